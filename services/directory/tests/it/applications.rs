//! Applications of a tenant.

use access::Role;
use events::directory::ApplicationChanged;
use ids::{ApplicationId, GlobalId};
use serde_json::json;

use crate::world::{World, codes, global, id, story};

const FIELDS: &str = "application { id code name retired version owner { id name } } problems { code field } position";

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_registered_and_changed() {
    story(async {
        let world = World::start("application-life").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let owner = world.person("Omar Vega", &tenant, Role::ApplicationOwner).await;

        let input = json!({"code": "SAP-FI", "name": "SAP Finanzas", "owner": global(&tenant, owner.person), "idempotencyKey": "a"});
        let done = world.change(&admin, "registerApplication", input.clone(), FIELDS).await;
        assert_eq!(done["application"]["owner"]["name"], "Omar Vega");
        let sap: GlobalId<ApplicationId> = id(&done["application"]["id"]);
        let again = world.change(&admin, "registerApplication", input, FIELDS).await;
        assert_eq!(again["application"]["id"], done["application"]["id"]);
        let input = json!({"code": "sap-fi", "name": "Otra"});
        assert_eq!(codes(&world.change(&admin, "registerApplication", input, FIELDS).await), ["CODE_TAKEN"]);
        let input = json!({"code": "con espacio", "name": ""});
        assert_eq!(codes(&world.change(&admin, "registerApplication", input, FIELDS).await), ["CODE_INVALID", "NAME_INVALID"]);

        let input = json!({"application": sap, "owner": null, "retired": true, "version": 1});
        let done = world.change(&admin, "changeApplication", input, FIELDS).await;
        assert_eq!((&done["application"]["owner"], &done["application"]["version"]), (&json!(null), &json!(2)));
        let stale = json!({"application": sap, "name": "X", "version": 1});
        assert_eq!(codes(&world.change(&admin, "changeApplication", stale, FIELDS).await), ["STALE"]);
        let gone = json!({"person": global(&tenant, owner.person)});
        world.change(&admin, "deactivatePerson", gone, "problems { code }").await;
        let input = json!({"application": sap, "owner": global(&tenant, owner.person)});
        assert_eq!(codes(&world.change(&admin, "changeApplication", input, FIELDS).await), ["OWNER_UNKNOWN"]);

        let told = world.announced("application.changed.v1").await;
        assert_eq!((told.len(), told[0].sequence, told[0].subject.clone()), (1, 2, sap.id.to_string()));
        let fact: ApplicationChanged = told[0].read().unwrap();
        assert!(fact.application.retired && fact.application.owner.is_none());
        assert_eq!(world.announced("application.registered.v1").await.len(), 1);

        let requester = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let query = "query($all: Boolean = false) { applications(includeRetired: $all) { code } }";
        assert_eq!(world.data(&requester, query, json!({})).await["applications"], json!([]));
        let all = world.data(&requester, query, json!({"all": true})).await;
        assert_eq!(all["applications"], json!([{"code": "SAP-FI"}]));
        let input = json!({"code": "X", "name": "X"});
        let (_, errors) = world.try_change(&requester, "registerApplication", input, FIELDS).await;
        assert_eq!(errors, ["FORBIDDEN"]);
        world.suite.finish().await;
    })
    .await;
}
