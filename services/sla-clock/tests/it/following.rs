//! From tickets to clocks, as the graph shows them.

use access::{CallerKind, Role};
use events::intake::{Actor, Priority, TicketSnapshot, TicketState};
use events::sla_clock::ClockChanged;
use ids::{PersonId, TenantId};
use serde_json::{Value, json};

use crate::world::{World, gid, story};

pub const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocksAsOf clocks { \
    target state cycle agreement { name version } targetSeconds elapsedSeconds remainingSeconds startedAt dueAt \
    stoppedAt breachedAt pausedSince asOf } } } }";

pub fn representation(tenant: TenantId, ticket: &TicketSnapshot, version: i64) -> Value {
    json!({"r": [{"__typename": "Ticket", "id": gid(tenant, ticket.ticket), "version": version}]})
}

/// The first response and the resolution of a ticket, as somebody sees them.
async fn clocks(
    world: &World,
    by: &access::Caller,
    tenant: TenantId,
    ticket: &TicketSnapshot,
) -> Vec<Value> {
    let data = world
        .data(
            by,
            CLOCKS,
            representation(tenant, ticket, ticket.version.min(1)),
        )
        .await;
    data["_entities"][0]["clocks"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_first_response_is_a_person_of_the_provider_in_public() {
    story(async {
        let world = World::start("first").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let manager = world.manager(acme);
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let person = PersonId::new(&*world.ids);
        world.advance(600);
        let template = world.replied(acme, &mut ticket, Actor::Staff { person }, true);
        let requester = world.replied(acme, &mut ticket, Actor::Requester { person }, false);
        let machine = world.replied(acme, &mut ticket, Actor::Machine { person }, false);
        world.hear(acme, &[template, requester, machine]).await;
        let seen = clocks(&world, &manager, acme, &ticket).await;
        assert_eq!(
            (&seen[0]["target"], &seen[0]["state"]),
            (&json!("FIRST_RESPONSE"), &json!("RUNNING"))
        );
        assert_eq!(seen[0]["elapsedSeconds"], 600);
        world.advance(600);
        let answer = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[answer]).await;
        world.advance(600);
        let seen = clocks(&world, &manager, acme, &ticket).await;
        assert_eq!(
            (&seen[0]["state"], &seen[0]["elapsedSeconds"]),
            (&json!("STOPPED"), &json!(1_200))
        );
        assert_eq!(
            (&seen[1]["state"], &seen[1]["elapsedSeconds"]),
            (&json!("RUNNING"), &json!(1_800))
        );
        assert_eq!(seen[1]["remainingSeconds"], 36_000 - 1_800);
        assert_eq!(seen[1]["agreement"], json!({"name": "ANS", "version": 1}));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_batch_tells_each_clock_once_as_it_is_after_it() {
    story(async {
        let world = World::start("batch").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut ticket = world.ticket();
        let mut facts = vec![world.opened(acme, &ticket)];
        for (seconds, state) in [
            (60, TicketState::InProgress),
            (60, TicketState::WaitingForRequester),
            (600, TicketState::InProgress),
        ] {
            world.advance(seconds);
            facts.push(world.moved(acme, &mut ticket, state));
        }
        world.advance(60);
        facts.push(world.prioritised(acme, &mut ticket, Priority::Critical));
        world.hear(acme, &facts).await;
        let told = world.announced_as::<ClockChanged>().await;
        assert_eq!(told.len(), 2);
        let resolution = &told[1].1.clock;
        assert_eq!(
            (resolution.target_seconds, resolution.elapsed_seconds),
            (7_200, 180)
        );
        // The same facts once more change nothing.
        world.hear(acme, &facts).await;
        assert_eq!(world.announced().await.len(), 2);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_imported_case_is_judged_at_the_instant_that_is_asked_for() {
    story(async {
        let world = World::start("import").await;
        let acme = world.tenant("acme").await;
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 864_000}], "pauseOn": [], "warnPercents": []});
        world.always(acme, terms).await;
        let start: chrono::DateTime<chrono::Utc> = "2012-05-01T00:00:00Z".parse().unwrap();
        let day = |n: i64| start + chrono::TimeDelta::days(n);
        let mut facts = Vec::new();
        // (day, state) by case: met; reopened and so missed; open.
        let cases: [&[(i64, TicketState)]; 3] = [
            &[(0, TicketState::Open), (5, TicketState::Resolved), (20, TicketState::Closed)],
            &[(0, TicketState::Open), (5, TicketState::Resolved), (9, TicketState::InProgress), (11, TicketState::Closed)],
            &[(0, TicketState::WaitingForRequester), (1, TicketState::InProgress)],
        ];
        for case in cases {
            let mut ticket = world.ticket();
            for (version, (days, state)) in (1..).zip(case) {
                ticket.version = version;
                ticket.state = *state;
                facts.push(world.recorded(acme, &ticket, day(*days)));
            }
        }
        world.hear(acme, &facts).await;
        let summary = |as_of: chrono::DateTime<chrono::Utc>| {
            let query = "query($t: ID, $a: DateTime) { clockSummary(tenant: $t, target: RESOLUTION, asOf: $a) { \
                clocks met breached running cancelled } }";
            let (world, acme) = (&world, acme);
            async move {
                let asked = json!({"t": acme.to_string(), "a": as_of});
                world.data(&world.manager(acme), query, asked).await["clockSummary"].clone()
            }
        };
        assert_eq!(
            summary(day(10)).await,
            json!({"clocks": 3, "met": 1, "breached": 0, "running": 2, "cancelled": 0}),
            "at its very instant a deadline is in time"
        );
        assert_eq!(
            summary(day(12)).await,
            json!({"clocks": 3, "met": 1, "breached": 2, "running": 0, "cancelled": 0})
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_anothers_clocks() {
    story(async {
        let world = World::start("isolation").await;
        let acme = world.tenant("acme").await;
        let globex = world.tenant("globex").await;
        world.usual(acme).await;
        let mut ticket = world.ticket();
        let mine = world.caller(CallerKind::Person, Role::Requester, &[acme]);
        ticket.requester = Some(mine.person);
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let colleague = world.caller(CallerKind::Person, Role::Requester, &[acme]);
        let stranger = world.manager(globex);
        assert_eq!(clocks(&world, &mine, acme, &ticket).await.len(), 2);
        assert!(clocks(&world, &colleague, acme, &ticket).await.is_empty());
        assert!(clocks(&world, &stranger, acme, &ticket).await.is_empty());
        // Under the stranger's own tenant there is no such ticket.
        assert!(clocks(&world, &stranger, globex, &ticket).await.is_empty());
        let theirs = json!({"t": acme.to_string()});
        for query in [
            "query($t: ID) { calendars(tenant: $t) { id } }",
            "query($t: ID) { agreements(tenant: $t) { id } }",
            "query($t: ID) { clockSummary(tenant: $t, target: RESOLUTION) { clocks } }",
        ] {
            assert_eq!(
                world.refusal(&stranger, query, theirs.clone()).await,
                "NOT_FOUND",
                "{query}"
            );
        }
        assert_eq!(
            world
                .data(&stranger, "{ agreements { id } }", json!({}))
                .await["agreements"],
            json!([])
        );
        world.end().await;
    })
    .await;
}
