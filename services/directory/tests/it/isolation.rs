//! Every mutation is tried on another tenant's things: "not found" or "forbidden", and nothing else.

use access::Role;
use ids::{GlobalId, SiteId};
use serde_json::{Value, json};

use crate::world::{World, codes, global, id, story};

/// The mutations there are, from the schema itself.
async fn mutations(world: &World) -> Vec<String> {
    let query = "{ __schema { mutationType { fields { name } } } }";
    let data = world.data(&world.operator(), query, json!({})).await;
    let fields = data["__schema"]["mutationType"]["fields"]
        .as_array()
        .unwrap();
    let mut names: Vec<String> = fields
        .iter()
        .map(|f| f["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_one_tenant_finds_nothing_of_another() {
    story(async {
        let world = World::start("isolation").await;
        let (p, q) = (world.provider("mesa-p").await, world.provider("mesa-q").await);
        let (a, b) = (world.tenant(p, "alfa").await, world.tenant(q, "beta").await);
        let admin = world.person("Ana Quispe", &a, Role::TenantAdmin).await;
        let victim = world.person("Beto Diaz", &b, Role::TenantAdmin).await;
        let agent = world.staff("Luis Rojas", q, &[(&b, &[Role::Agent])]).await;
        let there = b.as_manager(&*world.ids);
        let app = world.change(&there, "registerApplication", json!({"code": "B", "name": "B"}), "application { id }").await;
        let app = app["application"]["id"].clone();
        let key = world.change(&there, "createApiKey", json!({"name": "B"}), "apiKey { id }").await;
        let key = key["apiKey"]["id"].clone();
        let site = world.change(&there, "createSite", json!({"name": "B"}), "site { id }").await;
        let site = site["site"]["id"].clone();
        let vendor = world.change(&there, "createVendor", json!({"name": "B"}), "vendor { id }").await;
        let vendor = vendor["vendor"]["id"].clone();
        let beto = global(&b, victim.person);
        let own = world.change(&a.as_manager(&*world.ids), "registerApplication", json!({"code": "A", "name": "A"}), "application { id }").await;
        let own = own["application"]["id"].clone();

        let before = world.announced("person.changed.v1").await.len();
        let cases: Vec<(&str, Value, &[&str])> = vec![
            ("assignStaff", json!({"staff": agent.person, "tenant": b.id, "roles": ["AGENT"]}), &["NOT_FOUND"]),
            ("changeApplication", json!({"application": app, "name": "X"}), &["NOT_FOUND"]),
            ("changePerson", json!({"person": beto, "name": "X"}), &["NOT_FOUND"]),
            ("changeSite", json!({"site": site, "name": "X"}), &["NOT_FOUND"]),
            ("changeVendor", json!({"vendor": vendor, "name": "X"}), &["NOT_FOUND"]),
            ("createApiKey", json!({"tenant": b.id, "name": "X"}), &["NOT_FOUND"]),
            ("createProvider", json!({"slug": "nuevo", "name": "X"}), &["FORBIDDEN"]),
            ("createSite", json!({"tenant": b.id, "name": "X"}), &["NOT_FOUND"]),
            ("createTenant", json!({"provider": q, "slug": "nuevo", "name": "X", "locale": "es", "timeZone": "UTC"}), &["FORBIDDEN"]),
            ("createVendor", json!({"tenant": b.id, "name": "X"}), &["NOT_FOUND"]),
            ("deactivatePerson", json!({"person": beto}), &["NOT_FOUND"]),
            ("registerApplication", json!({"tenant": b.id, "code": "X", "name": "X"}), &["NOT_FOUND"]),
            ("registerPerson", json!({"tenant": b.id, "name": "X", "email": "x@y.pe", "roles": ["REQUESTER"]}), &["NOT_FOUND"]),
            ("registerStaff", json!({"provider": q, "name": "X", "email": "x@y.pe"}), &["FORBIDDEN"]),
            ("renameTenant", json!({"tenant": b.id, "name": "X"}), &["FORBIDDEN"]),
            ("resumeTenant", json!({"tenant": b.id}), &["FORBIDDEN"]),
            ("revokeApiKey", json!({"apiKey": key}), &["NOT_FOUND"]),
            // Takes no id: it can only be the caller's own.
            ("setPassword", json!({"old": "no es esta", "new": "cuatro gatos verdes"}), &[]),
            ("suspendTenant", json!({"tenant": b.id}), &["FORBIDDEN"]),
            ("unassignStaff", json!({"staff": agent.person, "tenant": b.id}), &["NOT_FOUND"]),
        ];
        let tried: Vec<String> = cases.iter().map(|c| c.0.to_owned()).collect();
        assert_eq!(tried, mutations(&world).await, "every mutation has its case, in this order");
        for (name, input, expected) in cases {
            let (_, errors) = world.try_change(&admin, name, input, "problems { code }").await;
            assert_eq!(errors, expected, "{name}");
        }
        // The other's person cannot be an owner here, under the other's id nor under a made-up one of ours.
        let foreign_owner = json!({"application": own, "owner": beto});
        let (_, errors) = world.try_change(&admin, "changeApplication", foreign_owner, "problems { code }").await;
        assert_eq!(errors, ["NOT_FOUND"]);
        let made_up = json!({"application": own, "owner": global(&a, victim.person)});
        let done = world.change(&admin, "changeApplication", made_up, "problems { code }").await;
        assert_eq!(codes(&done), ["OWNER_UNKNOWN"]);
        // Nor can the other's site be where somebody of ours works.
        let ana = global(&a, admin.person);
        let (_, errors) = world.try_change(&admin, "changePerson", json!({"person": ana, "site": site}), "problems { code }").await;
        assert_eq!(errors, ["NOT_FOUND"]);
        let new = json!({"name": "Y", "email": "y@ejemplo.pe", "roles": ["REQUESTER"], "site": site});
        let (_, errors) = world.try_change(&admin, "registerPerson", new, "problems { code }").await;
        assert_eq!(errors, ["NOT_FOUND"]);
        let theirs: GlobalId<SiteId> = id(&site);
        let made_up = json!({"person": ana, "site": GlobalId::new(a.id, theirs.id)});
        let done = world.change(&admin, "changePerson", made_up, "problems { code }").await;
        assert_eq!(codes(&done), ["SITE_UNKNOWN"]);
        for query in ["people", "applications", "apiKeys", "sites", "vendors"] {
            let paged = ["people", "vendors"].contains(&query);
            let inner = if paged { "nodes { id }" } else { "id" };
            let query = format!("query($t: ID) {{ {query}(tenant: $t) {{ {inner} }} }}");
            let (_, errors) = world.ask(&admin, &query, json!({"t": b.id})).await;
            assert_eq!(errors, ["NOT_FOUND"], "{query}");
        }
        assert_eq!(world.announced("person.changed.v1").await.len(), before, "nothing happened there");
        world.suite.finish().await;
    })
    .await;
}
