//! Resolver groups and who belongs to them.

use access::{CallerKind, Role};
use ids::PersonId;
use serde_json::{Value, json};

use crate::world::{World, gid, story};

const CREATE: &str = "mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id version } problems { code field } } }";
const CHANGE: &str = "mutation($i: ChangeGroupInput!) { changeGroup(input: $i) { group { name line active version } problems { code field } } }";

#[tokio::test]
async fn made_once_per_key_and_named_once() {
    story(async {
        let world = World::start("groups").await;
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::ServiceManager, &[acme]).await;
        let input = |name: &str, line: i32, key: Value| json!({"i": {"name": name, "line": line,
            "speciality": "SYSTEMS_OPERATIONS", "idempotencyKey": key}});
        let first = world.data(&lead, CREATE, input("Operaciones", 2, json!("k1"))).await;
        let again = world.data(&lead, CREATE, input("Operaciones", 2, json!("k1"))).await;
        assert_eq!(first, again, "a repeat gives the same group");
        let other = world.refusal(&lead, CREATE, input("Otra", 2, json!("k1"))).await;
        assert_eq!(other, "IDEMPOTENCY_MISMATCH");
        let twice = world.data(&lead, CREATE, input("operaciones", 2, Value::Null)).await;
        assert_eq!(twice["createGroup"]["problems"], json!([{"code": "NAME_TAKEN", "field": "name"}]));
        let wrong = world.data(&lead, CREATE, input(" ", 7, Value::Null)).await;
        assert_eq!(
            wrong["createGroup"]["problems"],
            json!([{"code": "INVALID_NAME", "field": "name"}, {"code": "INVALID_LINE", "field": "line"}])
        );
        let agent = world.staff(Role::Agent, &[acme]).await;
        assert_eq!(world.refusal(&agent, CREATE, input("X", 1, Value::Null)).await, "FORBIDDEN");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn changed_with_the_version_that_was_seen() {
    story(async {
        let world = World::start("changing").await;
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let group = world.group(&lead, "Base de datos", 3).await;
        let change = |more: Value| {
            let mut input = json!({"group": group});
            input
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"i": input})
        };
        let same = world
            .data(&lead, CHANGE, change(json!({"line": 3, "version": 9})))
            .await;
        assert_eq!(
            same["changeGroup"]["group"]["version"], 1,
            "already so is a value"
        );
        let stale = world
            .data(&lead, CHANGE, change(json!({"line": 2, "version": 9})))
            .await;
        assert_eq!(stale["changeGroup"]["problems"][0]["code"], "STALE");
        let changed = world
            .data(
                &lead,
                CHANGE,
                change(json!({"name": "Bases de datos", "active": false, "version": 1})),
            )
            .await;
        assert_eq!(
            changed["changeGroup"]["group"],
            json!({"name": "Bases de datos", "line": 3, "active": false, "version": 2})
        );
        let shown = world
            .data(
                &lead,
                "{ active: groups { name } all: groups(includeInactive: true) { name } }",
                json!({}),
            )
            .await;
        assert_eq!(shown["active"].as_array().unwrap().len(), 1);
        assert_eq!(shown["all"].as_array().unwrap().len(), 2);

        let desk = world
            .data(&lead, "{ routingRules { defaultGroup { id } } }", json!({}))
            .await;
        let desk = desk["routingRules"]["defaultGroup"]["id"].clone();
        let refused = world
            .data(
                &lead,
                CHANGE,
                json!({"i": {"group": desk, "active": false}}),
            )
            .await;
        assert_eq!(
            refused["changeGroup"]["problems"][0]["code"],
            "GROUP_IN_USE"
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_group_with_members_is_theirs_and_the_client_sees_no_names() {
    story(async {
        let world = World::start("members").await;
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let (ana, luis) = (
            world.staff(Role::Agent, &[acme]).await,
            world.staff(Role::Agent, &[acme]).await,
        );
        let desk = world.data(&lead, "{ groups { id } }", json!({})).await;
        let desk = desk["groups"][0]["id"].clone();
        let add = "mutation($i: GroupMemberInput!) { addGroupMember(input: $i) { group { members { id } } } }";
        let ana_id = gid(acme, ana.person);
        for _ in 0..2 {
            let data = world.data(&lead, add, json!({"i": {"group": desk, "person": ana_id}})).await;
            assert_eq!(data["addGroupMember"]["group"]["members"], json!([{"id": ana_id}]));
        }
        let ticket = gid(acme, world.open(acme, 1).await[0].ticket);
        let take = "mutation($i: TicketHandInput!) { takeTicket(input: $i) { problems { code } assignment { version } } }";
        let refused = world.data(&luis, take, json!({"i": {"ticket": ticket}})).await;
        assert_eq!(refused["takeTicket"]["problems"][0]["code"], "NOT_A_MEMBER");
        let taken = world.data(&ana, take, json!({"i": {"ticket": ticket}})).await;
        assert_eq!(taken["takeTicket"]["assignment"]["version"], 2);

        // The client's administrator sees the group of a ticket, and no person of the provider.
        let admin = world.caller(CallerKind::Person, PersonId::new(&*world.ids), Role::TenantAdmin, &[acme]);
        let entity = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { assignment { \
            group { name members { id } } holder { id } line } } } }";
        let representation = json!({"r": [{"__typename": "Ticket", "id": ticket, "version": 1}]});
        let seen = world.data(&admin, entity, representation.clone()).await;
        assert_eq!(
            seen["_entities"][0]["assignment"],
            json!({"group": {"name": "Mesa de servicio N1", "members": []}, "holder": null, "line": 1})
        );
        let seen = world.data(&luis, entity, representation).await;
        assert_eq!(seen["_entities"][0]["assignment"]["holder"]["id"], ana_id);
        assert_eq!(world.refusal(&admin, "{ groups { id } }", json!({})).await, "FORBIDDEN");

        let remove = "mutation($i: GroupMemberInput!) { removeGroupMember(input: $i) { group { members { id } } } }";
        let data = world.data(&lead, remove, json!({"i": {"group": desk, "person": ana_id}})).await;
        assert_eq!(data["removeGroupMember"]["group"]["members"], json!([]));
        world.end().await;
    })
    .await;
}
