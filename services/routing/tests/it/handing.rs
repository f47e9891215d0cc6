//! Taking, giving, releasing, moving.

use access::{Caller, CallerKind, Role};
use events::intake::TicketState;
use events::routing::AssignmentReason;
use ids::{PersonId, TenantId, TicketId};
use serde_json::{Value, json};

use crate::world::{World, gid, story};

async fn hand(world: &World, by: &Caller, verb: &str, input: Value) -> Value {
    let kind = match verb {
        "takeTicket" | "releaseTicket" => "TicketHandInput".to_owned(),
        other => format!("{}{}Input", other[..1].to_uppercase(), &other[1..]),
    };
    let query = format!(
        "mutation($i: {kind}!) {{ {verb}(input: $i) {{ problems {{ code field }} position \
         assignment {{ version line reason holder {{ id }} group {{ name }} }} }} }}"
    );
    let mut data = world.data(by, &query, json!({"i": input})).await;
    data[verb].take()
}

fn code(payload: &Value) -> &str {
    assert!(payload["assignment"].is_null(), "{payload}");
    payload["problems"][0]["code"].as_str().unwrap()
}

#[tokio::test]
async fn a_ticket_goes_through_many_hands_and_each_is_announced_once() {
    story(async {
        let world = World::start("hands").await;
        let acme = world.tenant("acme").await;
        let (ana, luis) = (
            world.staff(Role::Agent, &[acme]).await,
            world.staff(Role::Agent, &[acme]).await,
        );
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let database = world.group(&lead, "Bases de datos", 3).await;
        let ticket = gid(acme, world.open(acme, 1).await[0].ticket);

        let taken = hand(&world, &ana, "takeTicket", json!({"ticket": ticket, "version": 1})).await;
        assert_eq!(
            taken["assignment"],
            json!({"version": 2, "line": 1, "reason": "TAKEN",
                "holder": {"id": gid(acme, ana.person)}, "group": {"name": "Mesa de servicio N1"}})
        );
        assert!(taken["position"].is_string());
        let again = hand(&world, &ana, "takeTicket", json!({"ticket": ticket, "version": 1})).await;
        assert_eq!(again["assignment"]["version"], 2, "already so is a value");
        assert!(again["position"].is_null());
        assert_eq!(
            code(&hand(&world, &luis, "takeTicket", json!({"ticket": ticket})).await),
            "ALREADY_HELD"
        );
        assert_eq!(
            code(&hand(&world, &luis, "releaseTicket", json!({"ticket": ticket})).await),
            "NOT_YOURS"
        );
        let given = hand(
            &world,
            &lead,
            "assignTicket",
            json!({"ticket": ticket, "holder": gid(acme, luis.person)}),
        )
        .await;
        assert_eq!(given["assignment"]["holder"]["id"], gid(acme, luis.person));
        assert_eq!(
            code(&hand(&world, &ana, "moveTicket", json!({"ticket": ticket, "line": 3})).await),
            "NOT_YOURS"
        );
        let stale = hand(&world, &luis, "moveTicket", json!({"ticket": ticket, "line": 3, "version": 2})).await;
        assert_eq!(stale["problems"][0], json!({"code": "STALE", "field": "version"}));
        let moved = hand(&world, &luis, "moveTicket", json!({"ticket": ticket, "line": 3, "version": 3})).await;
        assert_eq!(
            moved["assignment"],
            json!({"version": 4, "line": 3, "reason": "MOVED", "holder": null, "group": {"name": "Bases de datos"}})
        );
        let there = hand(&world, &luis, "moveTicket", json!({"ticket": ticket, "group": database})).await;
        assert_eq!(there["assignment"]["version"], 4, "already there");
        assert_eq!(
            code(&hand(&world, &luis, "moveTicket", json!({"ticket": ticket, "line": 2})).await),
            "CHOOSE_GROUP"
        );

        let told: Vec<_> = world
            .announced()
            .await
            .into_iter()
            .map(|(e, f)| (e.sequence, f.reason, f.from.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                (1, AssignmentReason::Routed, false),
                (2, AssignmentReason::Taken, true),
                (3, AssignmentReason::Assigned, true),
                (4, AssignmentReason::Moved, true)
            ]
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn only_who_may_and_only_to_who_works_for_the_tenant() {
    story(async {
        let world = World::start("may").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let agent = world.staff(Role::Agent, &[acme]).await;
        let lead = world.staff(Role::Coordinator, &[acme]).await;
        let stranger = world.staff(Role::Coordinator, &[beta]).await;
        let mut snapshot = world.open(acme, 1).await.remove(0);
        let ticket = gid(acme, snapshot.ticket);
        let assign =
            "mutation($i: AssignTicketInput!) { assignTicket(input: $i) { problems { code } } }";
        let input = json!({"i": {"ticket": ticket, "holder": gid(acme, agent.person)}});
        assert_eq!(
            world.refusal(&agent, assign, input.clone()).await,
            "FORBIDDEN"
        );
        assert_eq!(world.refusal(&stranger, assign, input).await, "NOT_FOUND");
        let requester = world.caller(
            CallerKind::Person,
            PersonId::new(&*world.ids),
            Role::TenantAdmin,
            &[acme],
        );
        let take = "mutation($i: TicketHandInput!) { takeTicket(input: $i) { problems { code } } }";
        let input = json!({"i": {"ticket": ticket}});
        assert_eq!(world.refusal(&requester, take, input).await, "FORBIDDEN");
        // The stranger's tenant, the other's ticket: not found, as a ticket that nobody has.
        for unknown in [
            gid(beta, snapshot.ticket),
            gid(acme, TicketId::new(&*world.ids)),
        ] {
            let by = if unknown == gid(beta, snapshot.ticket) {
                &stranger
            } else {
                &agent
            };
            let input = json!({"i": {"ticket": unknown}});
            assert_eq!(world.refusal(by, take, input).await, "NOT_FOUND");
        }
        assert_eq!(
            world
                .refusal(&agent, take, json!({"i": {"ticket": "INC-1"}}))
                .await,
            "NOT_FOUND"
        );

        let input = json!({"ticket": ticket, "holder": gid(acme, stranger.person)});
        assert_eq!(
            code(&hand(&world, &lead, "assignTicket", input).await),
            "NOT_OF_THIS_TENANT"
        );
        let done = world.moved(acme, &mut snapshot, TicketState::Resolved);
        world.hear(&[done]).await;
        assert_eq!(
            code(&hand(&world, &agent, "takeTicket", json!({"ticket": ticket})).await),
            "TICKET_DONE"
        );
        assert_eq!(
            world.announced().await.len(),
            1,
            "nothing but the first routing"
        );
        world
            .db
            .set_tenant_state(acme, tenancy::TenantState::Suspended)
            .await
            .unwrap();
        assert_eq!(
            world
                .refusal(&agent, take, json!({"i": {"ticket": ticket}}))
                .await,
            "SUSPENDED"
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn two_who_take_at_once_one_gets_it() {
    story(async {
        let world = World::start("race").await;
        let acme: TenantId = world.tenant("acme").await;
        let ticket = gid(acme, world.open(acme, 1).await[0].ticket);
        let mut agents = Vec::new();
        for _ in 0..6 {
            agents.push(world.staff(Role::Agent, &[acme]).await);
        }
        let tries = agents
            .iter()
            .map(|a| hand(&world, a, "takeTicket", json!({"ticket": ticket})));
        let done = futures::future::join_all(tries).await;
        let got = done.iter().filter(|d| !d["assignment"].is_null()).count();
        assert_eq!(got, 1, "{done:?}");
        assert_eq!(world.announced().await.len(), 2);
        world.end().await;
    })
    .await;
}
