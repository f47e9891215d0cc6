//! People of a tenant.

use access::Role;
use events::directory::{PersonChanged, PersonRegistered};
use ids::{GlobalId, PersonId};
use messaging::Position;
use serde_json::{Value, json};

use crate::world::{World, codes, global, id, story};

const FIELDS: &str =
    "person { id name email roles locale country active version } problems { code field } position";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_registered_changed_and_deactivated_and_each_is_told_in_order() {
    story(async {
        let world = World::start("person-life").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;

        let input = json!({"name": " Rosa  Huamán ", "email": "Rosa@Ejemplo.pe", "roles": ["REQUESTER"], "country": "co"});
        let done = world.change(&admin, "registerPerson", input, FIELDS).await;
        let person = &done["person"];
        assert_eq!(person["name"], "Rosa Huamán");
        assert_eq!((&person["locale"], &person["country"], &person["version"]), (&json!("es-PE"), &json!("CO"), &json!(1)));
        let rosa: GlobalId<PersonId> = id(&person["id"]);
        assert_eq!(rosa.tenant, tenant.id);
        let position: Position = id(&done["position"]);
        assert_eq!((position.subject, position.sequence), (rosa.id.to_string(), 1));

        let input = json!({"person": rosa, "roles": ["REQUESTER", "APPLICATION_OWNER"], "country": null, "version": 1});
        let done = world.change(&admin, "changePerson", input, FIELDS).await;
        assert_eq!((&done["person"]["country"], &done["person"]["version"]), (&json!(null), &json!(2)));
        let stale = json!({"person": rosa, "name": "Otra", "version": 1});
        assert_eq!(codes(&world.change(&admin, "changePerson", stale, FIELDS).await), ["STALE"]);
        let same = json!({"person": rosa, "name": "Rosa Huamán"});
        let done = world.change(&admin, "changePerson", same, FIELDS).await;
        assert_eq!((&done["person"]["version"], &done["position"]), (&json!(2), &json!(null)));

        let input = json!({"person": rosa});
        let done = world.change(&admin, "deactivatePerson", input.clone(), FIELDS).await;
        assert_eq!((&done["person"]["active"], &done["person"]["version"]), (&json!(false), &json!(3)));
        let done = world.change(&admin, "deactivatePerson", input, FIELDS).await;
        assert_eq!(done["person"]["version"], 3, "already so");
        let oneself = json!({"person": global(&tenant, admin.person)});
        assert_eq!(codes(&world.change(&admin, "deactivatePerson", oneself, FIELDS).await), ["ONESELF"]);

        let told = world.announced("person.registered.v1").await;
        let told = told.iter().find(|f| f.subject == rosa.id.to_string()).unwrap();
        assert_eq!((told.tenant, told.provider, told.sequence), (Some(tenant.id), Some(provider), 1));
        assert_eq!(told.read::<PersonRegistered>().unwrap().person.country.as_deref(), Some("CO"));
        assert!(!told.data.get().contains("Rosa") && !told.data.get().contains('@'), "names do not travel");
        let changes = world.announced("person.changed.v1").await;
        assert_eq!(changes.iter().map(|f| f.sequence).collect::<Vec<_>>(), [2, 3]);
        let last: PersonChanged = changes[1].read().unwrap();
        assert_eq!(last.person.roles, ["requester", "application_owner"]);
        assert!(!last.person.active);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_belongs_to_one_person_of_a_tenant_and_may_recur_in_another() {
    story(async {
        let world = World::start("person-address").await;
        let provider = world.provider("mesa-lima").await;
        let (one, other) = (
            world.tenant(provider, "uno").await,
            world.tenant(provider, "dos").await,
        );
        let (admin, foreign) = (
            world.person("Ana Quispe", &one, Role::TenantAdmin).await,
            world.person("Ana Quispe", &other, Role::TenantAdmin).await,
        );
        let input =
            json!({"name": "Otra Ana", "email": "ANA.quispe@ejemplo.pe", "roles": ["REQUESTER"]});
        let done = world.change(&admin, "registerPerson", input, FIELDS).await;
        assert_eq!(codes(&done), ["EMAIL_TAKEN"]);
        let rosa = world.person("Rosa Huaman", &one, Role::Requester).await;
        let input = json!({"person": global(&one, rosa.person), "email": "ana.quispe@ejemplo.pe"});
        assert_eq!(
            codes(&world.change(&admin, "changePerson", input, FIELDS).await),
            ["EMAIL_TAKEN"]
        );
        assert_ne!(admin.person, foreign.person);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_input_give_the_same_person() {
    story(async {
        let world = World::start("person-key").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let input = |name: &str| {
            json!({"name": name, "email": "rosa@ejemplo.pe", "roles": ["REQUESTER"], "idempotencyKey": "k1"})
        };
        let one = || world.change(&admin, "registerPerson", input("Rosa"), FIELDS);
        let done = futures::future::join_all((0..4).map(|_| one())).await;
        assert!(done.iter().all(|d| d["person"]["id"] == done[0]["person"]["id"] && codes(d).is_empty()), "{done:?}");
        let (_, errors) = world.try_change(&admin, "registerPerson", input("Otra"), FIELDS).await;
        assert_eq!(errors, ["IDEMPOTENCY_MISMATCH"]);
        let told = world.announced("person.registered.v1").await;
        assert_eq!(told.len(), 2, "the administrator and one more");
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_another_more_than_oneself() {
    story(async {
        let world = World::start("person-giving").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let coordinator = world.staff("Luis Rojas", provider, &[(&tenant, &[Role::Coordinator])]).await;
        let requester = world.person("Rosa Huaman", &tenant, Role::Requester).await;

        let new = |role: &str| json!({"tenant": tenant.id, "name": "X", "email": "x@ejemplo.pe", "roles": [role]});
        let done = world.change(&coordinator, "registerPerson", new("TENANT_ADMIN"), FIELDS).await;
        assert_eq!(codes(&done), ["ROLE_TOO_HIGH"]);
        let done = world.change(&coordinator, "registerPerson", new("AGENT"), FIELDS).await;
        assert_eq!(codes(&done), ["ROLE_INVALID"]);
        let reset = json!({"person": global(&tenant, admin.person), "password": "cuatro gatos verdes"});
        let done = world.change(&coordinator, "changePerson", reset, FIELDS).await;
        assert_eq!(codes(&done), ["ROLE_TOO_HIGH"]);
        let raise = json!({"person": global(&tenant, requester.person), "roles": ["TENANT_ADMIN"]});
        assert_eq!(codes(&world.change(&coordinator, "changePerson", raise.clone(), FIELDS).await), ["ROLE_TOO_HIGH"]);
        let (_, errors) = world.try_change(&requester, "changePerson", raise.clone(), FIELDS).await;
        assert_eq!(errors, ["FORBIDDEN"]);
        assert_eq!(codes(&world.change(&admin, "changePerson", raise, FIELDS).await), Vec::<&str>::new());
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_whatever_accents_and_case_page_by_page() {
    story(async {
        let world = World::start("person-search").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let manager = tenant.as_manager(&*world.ids);
        for (name, mail) in [("José Núñez", "jose"), ("Josefina Ríos", "fina"), ("Marta 100% Díaz", "marta"), ("Óscar Peña", "opena")] {
            let input = json!({"tenant": tenant.id, "name": name, "email": format!("{mail}@ejemplo.pe"), "roles": ["REQUESTER"]});
            world.change(&manager, "registerPerson", input, FIELDS).await;
        }
        let query = "query($search: String, $after: String, $all: Boolean = false) { \
            people(first: 2, after: $after, search: $search, includeInactive: $all) { pageInfo { hasNextPage endCursor } nodes { id name } } }";
        let names = |data: &Value| -> Vec<String> {
            let nodes = data["people"]["nodes"].as_array().unwrap();
            nodes.iter().map(|n| n["name"].as_str().unwrap().to_owned()).collect()
        };
        let found = |search: &'static str| {
            let (world, manager) = (&world, &manager);
            async move { world.data(manager, query, json!({"search": search})).await }
        };
        assert_eq!(names(&found("NUNEZ").await), ["José Núñez"]);
        assert_eq!(names(&found("jose").await), ["José Núñez", "Josefina Ríos"]);
        assert_eq!(names(&found("opena@").await), ["Óscar Peña"]);
        assert_eq!(names(&found("100%").await), ["Marta 100% Díaz"]);
        assert_eq!(names(&found("_").await), Vec::<String>::new(), "an underscore is an underscore");

        let first = world.data(&manager, query, json!({})).await;
        assert_eq!(first["people"]["pageInfo"]["hasNextPage"], true);
        let after = first["people"]["pageInfo"]["endCursor"].clone();
        let second = world.data(&manager, query, json!({"after": after})).await;
        let mut all = names(&first);
        all.extend(names(&second));
        assert_eq!(all.len(), 4);
        assert_eq!(second["people"]["pageInfo"]["hasNextPage"], false);

        let gone = json!({"person": first["people"]["nodes"][0]["id"]});
        world.change(&manager, "deactivatePerson", gone, FIELDS).await;
        let left = world.data(&manager, query, json!({"search": "jose"})).await;
        let with_gone = world.data(&manager, query, json!({"search": "jose", "all": true})).await;
        assert_eq!(names(&left).len() + 1, names(&with_gone).len());
        let (_, errors) = world.ask(&manager, "{ people(first: 101) { nodes { id } } }", json!({})).await;
        assert_eq!(errors, ["BAD_INPUT"]);
        let (_, errors) = world.ask(&manager, "{ people(after: \"x\") { nodes { id } } }", json!({})).await;
        assert_eq!(errors, ["BAD_INPUT"]);
        world.suite.finish().await;
    })
    .await;
}
