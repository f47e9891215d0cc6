//! Services that are back and lost again, as intake tells them, and the ready-made contract that is paid by it.

use std::collections::BTreeMap;

use access::{CallerKind, Role};
use chrono::{DateTime, TimeDelta, Utc};
use events::intake::{
    Actor, LinkKind, Priority, Service, TicketKind, TicketServiceChanged, TicketSnapshot,
    TicketState,
};
use events::sla_clock::{ClockBreached, ClockChanged, ClockState, Target};
use events::{Envelope, Meta, Origin};
use ids::{EventId, LinkId, TenantId};
use serde_json::{Value, json};

use crate::choosing_hours::weekdays;
use crate::following::representation;
use crate::kit::HOUR;
use crate::linking::linked;
use crate::world::{World, story};

use TicketState::{Closed, InProgress, Reopened, Resolved, WaitingForVendor};

const INSTALL: &str = "mutation($i: InstallSourceAgreementInput!) { installSourceAgreement(input: $i) { problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target state cycle startedAt \
    stoppedAt breachedAt elapsedSeconds explain { runningSeconds endedBy { what at version restored } } \
    correction { wouldBe { elapsedSeconds } } } } } }";

/// Somebody says now how the service stands.
fn said(
    world: &World,
    tenant: TenantId,
    ticket: &mut TicketSnapshot,
    service: Service,
) -> Envelope {
    ticket.version += 1;
    ticket.service = Some(service);
    let fact = TicketServiceChanged {
        ticket: ticket.clone(),
        by: Actor::System,
    };
    let meta = Meta {
        id: EventId::new(&*world.ids),
        subject: ticket.ticket.to_string(),
        time: world.now(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        sequence: ticket.version,
        origin: Origin::Live,
        traceparent: None,
    };
    Envelope::of(meta, &fact).unwrap()
}

fn back(at: DateTime<Utc>) -> Service {
    let workaround = true;
    Service::Restored { at, workaround }
}

/// Its clocks by what they measure, each as explained as it reads.
async fn clocks(
    world: &World,
    tenant: TenantId,
    ticket: &TicketSnapshot,
) -> BTreeMap<String, Value> {
    let asked = representation(tenant, ticket, 1);
    let seen = world.data(&world.manager(tenant), CLOCKS, asked).await;
    let all = seen["_entities"][0]["clocks"].as_array().unwrap().clone();
    let of = |c: Value| {
        assert_eq!(c["explain"]["runningSeconds"], c["elapsedSeconds"], "{c}");
        (c["target"].as_str().unwrap().to_owned(), c)
    };
    all.into_iter().map(of).collect()
}

/// State and hours.
fn brief(clock: &Value) -> (&str, f64) {
    let seconds = clock["elapsedSeconds"].as_i64().unwrap();
    (
        clock["state"].as_str().unwrap(),
        seconds as f64 / HOUR as f64,
    )
}

#[tokio::test]
async fn the_ready_made_contract_is_met_where_the_service_is_back() {
    story(async {
        let world = World::start("restored").await;
        let acme = world.tenant("acme").await;
        let desk = world
            .calendar(acme, "Mesa", weekdays("America/Lima", "08:00-20:00", &[]))
            .await;
        let input = json!({"i": {"calendar": desk, "validFrom": "2010-01-01T00:00:00Z"}});
        let made = world.data(&world.manager(acme), INSTALL, input).await["installSourceAgreement"]
            .clone();
        assert_eq!(made["problems"], json!([]), "{made}");
        // Monday, nine in the morning. The problem behind it is looked into beside it.
        let critical = |kind| TicketSnapshot {
            kind,
            priority: Priority::Critical,
            ..world.ticket()
        };
        let mut incident = critical(TicketKind::Incident);
        let problem = critical(TicketKind::Problem);
        world
            .hear(
                acme,
                &[world.opened(acme, &incident), world.opened(acme, &problem)],
            )
            .await;
        world.advance(HOUR);
        let fact = said(&world, acme, &mut incident, back(world.now()));
        world.hear(acme, &[fact]).await;
        let at_ten = world.now().to_rfc3339();
        world.advance(5 * HOUR);
        let fact = world.moved(acme, &mut incident, Resolved);
        world.hear(acme, &[fact]).await;
        let seen = clocks(&world, acme, &incident).await;
        assert_eq!(brief(&seen["RESTORATION"]), ("STOPPED", 1.0));
        assert_eq!(seen["RESTORATION"]["breachedAt"], Value::Null);
        assert_eq!(
            seen["RESTORATION"]["explain"]["endedBy"],
            json!({"what": "RESTORED", "at": at_ten, "version": 2, "restored": true})
        );
        assert_eq!(brief(&seen["RESOLUTION"]), ("STOPPED", 6.0));
        assert_eq!(
            brief(&clocks(&world, acme, &problem).await["ROOT_CAUSE"]),
            ("RUNNING", 6.0)
        );

        // Opened again it has lost its service: both go on, as this contract says.
        world.advance(HOUR);
        incident.service = Some(Service::Lost { at: world.now() });
        let fact = world.moved(acme, &mut incident, Reopened);
        world.hear(acme, &[fact]).await;
        world.advance(HOUR);
        let seen = clocks(&world, acme, &incident).await;
        assert_eq!(
            [brief(&seen["RESTORATION"]), brief(&seen["RESOLUTION"])],
            [("RUNNING", 8.0); 2]
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_word_that_comes_late_stops_the_clock_where_the_service_was_back() {
    story(async {
        let world = World::start("said-late").await;
        let acme = world.tenant("acme").await;
        world.always(acme, json!({"targets": [{"target": "RESTORATION", "seconds": 4 * HOUR}], "warnPercents": [50]})).await;
        let opened = world.now();
        let after = |hours| opened + TimeDelta::hours(hours);
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        assert_eq!(world.timers().await, 2);
        world.advance(3 * HOUR);
        let fact = world.moved(acme, &mut ticket, WaitingForVendor);
        world.hear(acme, &[fact]).await;
        // Missed, and told so; then somebody says that it was back after an hour.
        world.advance(2 * HOUR);
        while world.replica().step().await.unwrap() > 0 {}
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 1);
        let fact = said(&world, acme, &mut ticket, back(after(1)));
        world.hear(acme, std::slice::from_ref(&fact)).await;
        world.hear(acme, &[fact]).await;
        let seen = clocks(&world, acme, &ticket).await["RESTORATION"].clone();
        assert_eq!(brief(&seen), ("STOPPED", 1.0));
        assert_eq!((&seen["stoppedAt"], &seen["breachedAt"]), (&json!(after(1).to_rfc3339()), &Value::Null));
        assert_eq!(
            seen["explain"]["endedBy"],
            json!({"what": "RESTORED", "at": after(1).to_rfc3339(), "version": 3, "restored": true})
        );
        let (_, told) = world.announced_as::<ClockChanged>().await.pop().unwrap();
        assert_eq!((told.clock.state, told.clock.stopped_at), (ClockState::Stopped, Some(after(1))));
        // Put right; and lost again, an hour before that is said.
        let fact = said(&world, acme, &mut ticket, back(after(2)));
        world.hear(acme, &[fact]).await;
        assert_eq!(brief(&clocks(&world, acme, &ticket).await["RESTORATION"]), ("STOPPED", 2.0));
        let fact = said(&world, acme, &mut ticket, Service::Lost { at: after(4) });
        world.hear(acme, &[fact]).await;
        let seen = clocks(&world, acme, &ticket).await["RESTORATION"].clone();
        assert_eq!(brief(&seen), ("RUNNING", 5.0));
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 1, "told once");
        // A client's own eyes see the same; a stranger's see nothing.
        let stranger = world.tenant("boreal").await;
        let foreign = world.caller(CallerKind::Person, Role::TenantAdmin, &[stranger]);
        let asked = representation(acme, &ticket, 1);
        let shown = world.ask(&foreign, CLOCKS, asked).await;
        assert!(!shown.to_string().contains("RESTORED"), "{shown}");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_mass_incident_restores_its_parts_and_closed_ones_by_correction() {
    story(async {
        let world = World::start("mass-restored").await;
        let acme = world.tenant("acme").await;
        let terms = json!({"targets": [{"target": "RESTORATION", "seconds": 4 * HOUR}, {"target": "RESOLUTION", "seconds": 8 * HOUR}]});
        world.always(acme, terms).await;
        let begun = world.now();
        let (mut mass, mut open, mut closed) = (world.ticket(), world.ticket(), world.ticket());
        let opened = [&mass, &open, &closed].map(|t| world.opened(acme, t));
        world.hear(acme, &opened).await;
        let parent = (LinkKind::Parent, mass.ticket);
        for part in [&mut open, &mut closed] {
            let link = (LinkId::new(&*world.ids), false);
            let fact = linked(&world, acme, part, link, parent);
            world.hear(acme, &[fact]).await;
        }
        world.advance(2 * HOUR);
        for to in [InProgress, Resolved, Closed] {
            let fact = world.moved(acme, &mut closed, to);
            world.hear(acme, &[fact]).await;
        }
        world.advance(HOUR);
        let at = begun + TimeDelta::hours(1);
        let fact = said(&world, acme, &mut mass, back(at));
        world.hear(acme, &[fact]).await;
        for ticket in [&mass, &open] {
            let seen = clocks(&world, acme, ticket).await;
            assert_eq!(brief(&seen["RESTORATION"]), ("STOPPED", 1.0));
            assert_eq!(brief(&seen["RESOLUTION"]), ("RUNNING", 3.0));
        }
        let seen = clocks(&world, acme, &closed).await["RESTORATION"].clone();
        assert_eq!(brief(&seen), ("STOPPED", 2.0), "as it was told");
        assert_eq!(seen["correction"]["wouldBe"]["elapsedSeconds"], HOUR);
        // What is told of the mass incident afterwards is no news to the part that is closed.
        let fact = world.prioritised(acme, &mut mass, Priority::Low);
        world.hear(acme, &[fact]).await;
        let lost = said(&world, acme, &mut mass, Service::Lost { at: world.now() });
        world.hear(acme, &[lost]).await;
        let seen = clocks(&world, acme, &open).await;
        assert_eq!(brief(&seen["RESTORATION"]), ("RUNNING", 3.0));
        let seen = clocks(&world, acme, &closed).await["RESTORATION"].clone();
        assert_eq!(brief(&seen), ("STOPPED", 2.0));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn facts_of_an_intake_that_knew_no_services_are_followed_as_before() {
    story(async {
        let world = World::start("no-services").await;
        let acme = world.tenant("acme").await;
        world
            .always(
                acme,
                json!({"targets": [{"target": "RESTORATION", "seconds": HOUR}]}),
            )
            .await;
        let mut ticket = world.ticket();
        let opened = world.opened(acme, &ticket);
        assert!(
            !serde_json::to_string(&opened).unwrap().contains("service"),
            "{opened:?}"
        );
        world.hear(acme, &[opened]).await;
        world.advance(HOUR / 2);
        let fact = said(&world, acme, &mut ticket, back(world.now()));
        world.hear(acme, &[fact]).await;
        // A replica of the old version tells of a move, and nothing of the service.
        ticket.service = None;
        let fact = world.moved(acme, &mut ticket, InProgress);
        world.hear(acme, &[fact]).await;
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!(brief(&seen["RESTORATION"]), ("STOPPED", 0.5));
        let changed = world.announced_as::<ClockChanged>().await;
        assert!(
            changed
                .iter()
                .all(|(_, c)| c.clock.target == Target::Restoration)
        );
        world.end().await;
    })
    .await;
}

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { versions { targets { \
    target stop { field isOneOf } pause { any { field isOneOf } } } } } problems { field code } } }";

#[tokio::test]
async fn a_condition_on_the_service_is_written_and_shown_as_any_other() {
    story(async {
        let world = World::start("service-condition").await;
        let acme = world.tenant("acme").await;
        let calendar = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let back = json!({"field": "RESTORED", "isOneOf": ["true"]});
        let held = json!({"any": [back, {"field": "STATE", "isOneOf": ["WAITING_FOR_VENDOR"]}]});
        let input = |targets: Value| json!({"i": {"name": "ANS", "calendar": calendar, "terms": {"targets": targets}}});
        let targets = json!([
            {"target": "RESTORATION", "seconds": HOUR, "stop": back},
            {"target": "RESOLUTION", "seconds": HOUR, "pause": held}
        ]);
        let made = world.data(&world.manager(acme), CREATE, input(targets)).await["createAgreement"].clone();
        assert_eq!(made["problems"], json!([]), "{made}");
        let shown = &made["agreement"]["versions"][0]["targets"];
        assert_eq!((&shown[0]["stop"], &shown[1]["pause"]), (&back, &held));
        let never = json!([{"target": "RESTORATION", "seconds": HOUR, "start": back}]);
        let refused = world.data(&world.manager(acme), CREATE, input(never)).await["createAgreement"].clone();
        assert_eq!(refused["problems"], json!([{"field": "targets.0.stop", "code": "STOPS_AT_ONCE"}]), "{refused}");
        let odd = json!([{"target": "RESTORATION", "seconds": HOUR, "stop": {"field": "RESTORED", "isOneOf": ["perhaps"]}}]);
        assert_eq!(world.refusal(&world.manager(acme), CREATE, input(odd)).await, "BAD_INPUT");
        world.end().await;
    })
    .await;
}
