//! Sites of a tenant, and who works there; VIPs.

use access::Role;
use events::directory::{PersonChanged, PersonRegistered};
use ids::{GlobalId, PersonId, SiteId};
use serde_json::{Value, json};

use crate::world::{World, codes, global, id, story};

const SITE: &str = "site { id name country version } problems { code field } position";
const PERSON: &str = "person { id vip site { id name country } version } problems { code field }";

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_made_and_changed() {
    story(async {
        let world = World::start("site-life").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;

        let input = json!({"name": " San  Isidro ", "country": "pe", "idempotencyKey": "s"});
        let done = world
            .change(&admin, "createSite", input.clone(), SITE)
            .await;
        assert_eq!(
            (&done["site"]["name"], &done["site"]["country"]),
            (&json!("San Isidro"), &json!("PE"))
        );
        assert_eq!(done["position"], Value::Null, "nothing is told of it");
        let again = world.change(&admin, "createSite", input, SITE).await;
        assert_eq!(again["site"]["id"], done["site"]["id"]);
        let site: GlobalId<SiteId> = id(&done["site"]["id"]);
        assert_eq!(site.tenant, tenant.id);

        let taken = json!({"name": "SAN ISIDRO"});
        assert_eq!(
            codes(&world.change(&admin, "createSite", taken, SITE).await),
            ["NAME_TAKEN"]
        );
        let odd = json!({"name": "", "country": "Perú"});
        assert_eq!(
            codes(&world.change(&admin, "createSite", odd, SITE).await),
            ["NAME_INVALID", "COUNTRY_INVALID"]
        );
        world
            .change(&admin, "createSite", json!({"name": "Ñuñoa"}), SITE)
            .await;

        let input = json!({"site": site, "name": "Miraflores", "country": null, "version": 1});
        let done = world.change(&admin, "changeSite", input, SITE).await;
        assert_eq!(
            done["site"],
            json!({"id": site, "name": "Miraflores", "country": null, "version": 2})
        );
        let stale = json!({"site": site, "name": "Otra", "version": 1});
        assert_eq!(
            codes(&world.change(&admin, "changeSite", stale, SITE).await),
            ["STALE"]
        );
        let same = json!({"site": site, "name": "Miraflores"});
        assert_eq!(
            world.change(&admin, "changeSite", same, SITE).await["site"]["version"],
            2
        );
        let taken = json!({"site": site, "name": "ñuñoa"});
        assert_eq!(
            codes(&world.change(&admin, "changeSite", taken, SITE).await),
            ["NAME_TAKEN"]
        );

        let all = world.data(&admin, "{ sites { name } }", json!({})).await;
        assert_eq!(
            all["sites"],
            json!([{"name": "Miraflores"}, {"name": "Ñuñoa"}])
        );
        let agent = world
            .staff("Luis Rojas", provider, &[(&tenant, &[Role::Agent])])
            .await;
        let (_, errors) = world
            .try_change(&agent, "createSite", json!({"name": "X"}), SITE)
            .await;
        assert_eq!(errors, ["FORBIDDEN"]);
        let (_, errors) = world
            .try_change(&agent, "changeSite", json!({"site": site}), SITE)
            .await;
        assert_eq!(errors, ["FORBIDDEN"]);
        let requester = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let (_, errors) = world.ask(&requester, "{ sites { name } }", json!({})).await;
        assert_eq!(errors, ["FORBIDDEN"]);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_works_and_who_is_a_vip_is_kept_and_told() {
    story(async {
        let world = World::start("site-people").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let made = world.change(&admin, "createSite", json!({"name": "San Isidro"}), SITE).await;
        let site: GlobalId<SiteId> = id(&made["site"]["id"]);

        let input = json!({"name": "Rosa", "email": "rosa@ejemplo.pe", "roles": ["REQUESTER"], "site": site, "vip": true});
        let done = world.change(&admin, "registerPerson", input, PERSON).await;
        let person = &done["person"];
        assert_eq!((&person["vip"], &person["site"]["name"]), (&json!(true), &json!("San Isidro")), "{done}");
        let rosa: GlobalId<PersonId> = id(&person["id"]);
        let told = world.announced("person.registered.v1").await;
        let of = |who: PersonId| told.iter().find(|f| f.subject == who.to_string()).unwrap();
        let fact: PersonRegistered = of(rosa.id).read().unwrap();
        assert_eq!((fact.person.site, fact.person.vip), (Some(site.id), true));
        // Of whoever is neither, nothing is said.
        let ana = of(admin.person).data.get();
        assert!(!ana.contains("vip") && !ana.contains("site"), "{ana}");

        let input = json!({"person": rosa, "name": "Rosa Huamán"});
        let done = world.change(&admin, "changePerson", input, PERSON).await;
        assert_eq!((&done["person"]["vip"], &done["person"]["site"]["id"]), (&json!(true), &json!(site)), "what is absent stays");
        let input = json!({"person": rosa, "site": null, "vip": false, "version": 2});
        let done = world.change(&admin, "changePerson", input, PERSON).await;
        assert_eq!(done["person"], json!({"id": rosa, "vip": false, "site": null, "version": 3}));
        let input = json!({"person": rosa, "site": null, "vip": false});
        assert_eq!(world.change(&admin, "changePerson", input, PERSON).await["person"]["version"], 3, "already so");
        let input = json!({"person": rosa, "site": site});
        world.change(&admin, "changePerson", input, PERSON).await;
        let told = world.announced("person.changed.v1").await;
        let facts: Vec<(Option<SiteId>, bool)> = told
            .iter()
            .map(|f| f.read::<PersonChanged>().unwrap().person)
            .map(|p| (p.site, p.vip))
            .collect();
        assert_eq!(facts, [(Some(site.id), true), (None, false), (Some(site.id), false)]);

        let nowhere = GlobalId::new(tenant.id, SiteId::new(&*world.ids));
        let input = json!({"person": rosa, "site": nowhere});
        let done = world.change(&admin, "changePerson", input, PERSON).await;
        assert_eq!(done["problems"], json!([{"code": "SITE_UNKNOWN", "field": "site"}]));
        let input = json!({"name": "X", "email": "x@ejemplo.pe", "roles": ["REQUESTER"], "site": nowhere});
        assert_eq!(codes(&world.change(&admin, "registerPerson", input, PERSON).await), ["SITE_UNKNOWN"]);

        // Who works where and who is a VIP is for those who may read people, and for the person.
        let requester = world.person("Omar Vega", &tenant, Role::Requester).await;
        let query = "query($of: [_Any!]!) { _entities(representations: $of) { ... on Person { vip site { name } } } }";
        let of = json!({"of": [{"__typename": "Person", "id": rosa}, {"__typename": "Person", "id": global(&tenant, requester.person)}]});
        let seen = world.data(&requester, query, of).await;
        assert_eq!(seen["_entities"], json!([{"vip": null, "site": null}, {"vip": false, "site": null}]));
        world.suite.finish().await;
    })
    .await;
}
