//! A provider's staff, and whom they work for.

use access::{CallerKind, Role};
use events::directory::{StaffAssigned, StaffUnassigned};
use ids::PersonId;
use serde_json::{Value, json};

use crate::world::{World, codes, email, id, story, words};

const FIELDS: &str =
    "assignment { roles endedAt person { id name } tenant { slug } } problems { code } position";

fn names(data: &Value) -> Vec<&str> {
    let nodes = data["staff"]["nodes"].as_array().unwrap();
    nodes.iter().map(|n| n["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_begins_changes_and_ends_and_each_is_told_in_order() {
    story(async {
        let world = World::start("staff-life").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let luis = world.staff("Luis Rojas", provider, &[]).await;
        let manager = world.staff("Marta Diaz", provider, &[(&tenant, &[Role::ServiceManager])]).await;

        let input = |roles: &[Role]| json!({"staff": luis.person, "tenant": tenant.id, "roles": words(roles)});
        let done = world.change(&manager, "assignStaff", input(&[Role::Agent]), FIELDS).await;
        assert_eq!((&done["assignment"]["roles"], &done["assignment"]["tenant"]["slug"]), (&json!(["AGENT"]), &json!("banco-sur")));
        assert_eq!(done["assignment"]["person"]["name"], "Luis Rojas");
        let again = world.change(&manager, "assignStaff", input(&[Role::Agent, Role::Agent]), FIELDS).await;
        assert_eq!(again["position"], json!(null), "already so");
        world.change(&manager, "assignStaff", input(&[Role::Agent, Role::Coordinator]), FIELDS).await;
        let end = json!({"staff": luis.person, "tenant": tenant.id});
        let done = world.change(&manager, "unassignStaff", end.clone(), FIELDS).await;
        assert_eq!(done["assignment"]["roles"], json!([]));
        assert_eq!(world.change(&manager, "unassignStaff", end, FIELDS).await["position"], json!(null));
        world.change(&manager, "assignStaff", input(&[Role::Agent]), FIELDS).await;

        let subject = format!("{}/{}", luis.person, tenant.id);
        let mut told = world.announced("staff.assigned.v1").await;
        told.retain(|f| f.subject == subject);
        assert_eq!(told.iter().map(|f| f.sequence).collect::<Vec<_>>(), [1, 2, 4]);
        assert!(told.iter().all(|f| f.tenant == Some(tenant.id) && f.provider == Some(provider)));
        assert_eq!(told[1].read::<StaffAssigned>().unwrap().roles, ["agent", "coordinator"]);
        let ended = world.announced("staff.unassigned.v1").await;
        assert_eq!((ended.len(), ended[0].sequence), (1, 3));
        assert_eq!(ended[0].read::<StaffUnassigned>().unwrap().person, luis.person);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_assigns_agents_and_neither_makes_nor_unmakes_managers() {
    story(async {
        let world = World::start("staff-giving").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let coordinator = world.staff("Luis Rojas", provider, &[(&tenant, &[Role::Coordinator])]).await;
        let manager = world.staff("Marta Diaz", provider, &[(&tenant, &[Role::ServiceManager])]).await;
        let new = world.staff("Nora Paz", provider, &[]).await;

        let assign = |who: PersonId, role: Role| json!({"staff": who, "tenant": tenant.id, "roles": words(&[role])});
        let done = world.change(&coordinator, "assignStaff", assign(new.person, Role::Agent), FIELDS).await;
        assert_eq!(codes(&done), Vec::<&str>::new());
        let done = world.change(&coordinator, "assignStaff", assign(coordinator.person, Role::ServiceManager), FIELDS).await;
        assert_eq!(codes(&done), ["ROLE_TOO_HIGH"]);
        let done = world.change(&coordinator, "assignStaff", assign(manager.person, Role::Agent), FIELDS).await;
        assert_eq!(codes(&done), ["ROLE_TOO_HIGH"], "a manager is not made an agent from below");
        let end = json!({"staff": manager.person, "tenant": tenant.id});
        assert_eq!(codes(&world.change(&coordinator, "unassignStaff", end, FIELDS).await), ["ROLE_TOO_HIGH"]);
        let done = world.change(&manager, "assignStaff", assign(new.person, Role::TenantAdmin), FIELDS).await;
        assert_eq!(codes(&done), ["ROLE_INVALID"]);
        let (_, errors) = world.try_change(&coordinator, "registerStaff", json!({"name": "X", "email": "x@y.pe"}), "problems { code }").await;
        assert_eq!(errors, ["FORBIDDEN"]);
        let done = world.change(&manager, "registerStaff", json!({"name": "X", "email": email("Nora Paz")}), "problems { code }").await;
        assert_eq!(codes(&done), ["EMAIL_TAKEN"]);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_of_one_provider_never_see_another() {
    story(async {
        let world = World::start("staff-isolation").await;
        let (p, q) = (
            world.provider("mesa-p").await,
            world.provider("mesa-q").await,
        );
        let (a, b) = (world.tenant(p, "alfa").await, world.tenant(q, "beta").await);
        let manager = world
            .staff("Marta Diaz", p, &[(&a, &[Role::ServiceManager])])
            .await;
        let foreign = world
            .staff("Quela Ruiz", q, &[(&b, &[Role::ServiceManager])])
            .await;

        let query =
            "query($provider: ID) { staff(provider: $provider) { nodes { id name email } } }";
        assert_eq!(
            names(&world.data(&manager, query, json!({})).await),
            ["Marta Diaz"]
        );
        let (_, errors) = world.ask(&manager, query, json!({"provider": q})).await;
        assert_eq!(errors, ["NOT_FOUND"]);
        let input = json!({"provider": q, "name": "X", "email": "x@y.pe"});
        let (_, errors) = world
            .try_change(&manager, "registerStaff", input, "problems { code }")
            .await;
        assert_eq!(errors, ["NOT_FOUND"]);
        // Another provider's person is nobody here; one's own is nobody there.
        for (who, tenant) in [(foreign.person, a.id), (manager.person, b.id)] {
            let input = json!({"staff": who, "tenant": tenant, "roles": ["AGENT"]});
            let (_, errors) = world
                .try_change(&manager, "assignStaff", input, FIELDS)
                .await;
            assert_eq!(errors, ["NOT_FOUND"], "{who} {tenant}");
        }
        // A token that claims a tenant of another provider is refused by the door to the data.
        let mut liar = manager.clone();
        liar.tenants.push(foreign.tenants[0].clone());
        let input = json!({"staff": manager.person, "tenant": b.id, "roles": ["AGENT"]});
        let (_, errors) = world.try_change(&liar, "assignStaff", input, FIELDS).await;
        assert_eq!(errors, ["NOT_FOUND"]);
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_assigns_sees_everybody_and_others_see_their_own_tenants() {
    story(async {
        let world = World::start("staff-list").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (world.tenant(provider, "alfa").await, world.tenant(provider, "beta").await);
        let manager = world.staff("Marta Diaz", provider, &[(&a, &[Role::ServiceManager])]).await;
        let agent = world.staff("Luis Rojas", provider, &[(&a, &[Role::Agent]), (&b, &[Role::Agent])]).await;
        world.staff("Beto Cruz", provider, &[(&b, &[Role::Agent])]).await;
        world.staff("Nadie Aun", provider, &[]).await;

        let query = "query($after: String, $first: Int) { staff(first: $first, after: $after) { pageInfo { endCursor hasNextPage } \
            nodes { id name email assignments { tenant { slug } } } } }";
        let all = world.data(&manager, query, json!({})).await;
        assert_eq!(names(&all), ["Beto Cruz", "Luis Rojas", "Marta Diaz", "Nadie Aun"]);
        let luis = &all["staff"]["nodes"][1];
        assert_eq!(luis["email"], "luis.rojas@ejemplo.pe");
        assert_eq!(luis["assignments"], json!([{"tenant": {"slug": "alfa"}}]), "the manager has nothing to do with beta");
        let shared = world.data(&agent, query, json!({})).await;
        assert_eq!(names(&shared), ["Beto Cruz", "Luis Rojas", "Marta Diaz"]);
        assert_eq!(shared["staff"]["nodes"][0]["email"], json!(null));
        let first = world.data(&agent, query, json!({"first": 2})).await;
        let after = first["staff"]["pageInfo"]["endCursor"].clone();
        assert_eq!(names(&world.data(&agent, query, json!({"first": 2, "after": after})).await), ["Marta Diaz"]);

        let requester = world.person("Rosa Huaman", &a, Role::TenantAdmin).await;
        let (_, errors) = world.ask(&requester, query, json!({})).await;
        assert_eq!(errors, ["FORBIDDEN"]);
        let data = world.data(&agent, "{ me { kind name email tenant { slug } tenants { roles tenant { slug } } } }", json!({})).await;
        assert_eq!(data["me"]["name"], "Luis Rojas");
        assert_eq!((&data["me"]["kind"], &data["me"]["tenant"]), (&json!("STAFF"), &json!(null)));
        assert_eq!(data["me"]["tenants"].as_array().unwrap().len(), 2);
        assert_eq!(agent.kind, CallerKind::Staff);
        let _: PersonId = id(&luis["id"]);
        world.suite.finish().await;
    })
    .await;
}
