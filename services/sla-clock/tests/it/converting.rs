//! What comes to a group that converts outside its hours: of which incidents it is told, and of which not.

use std::sync::Arc;

use business_time::Calendar;
use chrono::{DateTime, Utc};
use events::intake::{Actor, Priority, TicketKind, TicketSnapshot, TicketState};
use events::sla_clock::{ClockChanged, ConversionDue};
use events::{Envelope, Origin};
use ids::{GroupId, PersonId, TenantId, TicketId};
use serde_json::{Value, json};
use sla_clock::domain::conversion::{Conversion, Fresh, due};
use sla_clock::domain::happened::{Happened, Held};
use sla_clock::domain::hours_of::Desk;
use sla_clock::domain::late::Heard;

use crate::choosing_hours::weekdays;
use crate::duty::{BARE, CONVERTS, DEFERS, GOES_ON, SAYS_NOTHING, desk, group, story as told};
use crate::world::{World, at, gid, story};

use Priority::{Critical, Medium};

/// All of it is news.
fn fresh(happened: &[Happened]) -> Fresh {
    Fresh {
        versions: happened.iter().map(|h| h.version).collect(),
        ..Fresh::default()
    }
}

fn since(desk: &Desk, happened: &[Happened]) -> Option<DateTime<Utc>> {
    due(desk, happened, &fresh(happened)).map(|c| c.at)
}

/// When something was told, with which priority, and which group held the ticket.
type Step = (&'static str, Priority, u64);

const AFTERNOON: &str = "2026-11-23T16:00:00Z";
const TEN: &str = "2026-11-23T22:00:00Z";
const ELEVEN: &str = "2026-11-23T23:00:00Z";

#[test]
fn what_comes_to_the_factory_outside_its_hours_is_converted_unless_it_may_call_out_the_standby() {
    let desk = desk(Some(Calendar::always()));
    let all: [(&[Step], Option<&str>); 14] = [
        (&[(TEN, Medium, CONVERTS)], Some(TEN)),
        // On a Saturday at noon, too, but not in office hours.
        (
            &[("2026-11-28T12:00:00Z", Medium, CONVERTS)],
            Some("2026-11-28T12:00:00Z"),
        ),
        (&[(AFTERNOON, Medium, CONVERTS)], None),
        // What came by day goes on by day, whatever else happens to it at night.
        (
            &[(AFTERNOON, Medium, CONVERTS), (TEN, Medium, CONVERTS)],
            None,
        ),
        (
            &[(AFTERNOON, Medium, DEFERS), (TEN, Medium, CONVERTS)],
            Some(TEN),
        ),
        (
            &[(TEN, Medium, DEFERS), (ELEVEN, Medium, CONVERTS)],
            Some(ELEVEN),
        ),
        (&[(TEN, Critical, CONVERTS)], None),
        // Lowered at night, it comes under the policy then.
        (
            &[(TEN, Critical, CONVERTS), (ELEVEN, Medium, CONVERTS)],
            Some(ELEVEN),
        ),
        (
            &[
                (AFTERNOON, Medium, CONVERTS),
                (TEN, Critical, CONVERTS),
                (ELEVEN, Medium, CONVERTS),
            ],
            Some(ELEVEN),
        ),
        (
            &[
                (AFTERNOON, Critical, CONVERTS),
                ("2026-11-23T17:00:00Z", Medium, CONVERTS),
            ],
            None,
        ),
        (&[(TEN, Medium, DEFERS)], None),
        (&[(TEN, Medium, GOES_ON)], None),
        (&[(TEN, Medium, SAYS_NOTHING)], None),
        (&[(TEN, Medium, BARE)], None),
    ];
    for (steps, expected) in all {
        assert_eq!(since(&desk, &told(steps)), expected.map(at), "{steps:?}");
    }
    let bare = crate::duty::desk(None);
    let critical = told(&[(TEN, Critical, CONVERTS)]);
    assert_eq!(
        since(&bare, &critical),
        Some(at(TEN)),
        "nobody can be called out"
    );
    assert_eq!(
        due(&desk, &told(&[(TEN, Medium, CONVERTS)]), &fresh(&critical)),
        Some(Conversion {
            at: at(TEN),
            group: group(CONVERTS)
        })
    );
}

#[test]
fn only_open_incidents_that_live_here_and_stand_for_themselves_are_converted() {
    let desk = desk(Some(Calendar::always()));
    let night = told(&[(TEN, Medium, CONVERTS)]);
    let but = |change: &dyn Fn(&mut Happened)| {
        let mut happened = night.clone();
        happened.iter_mut().for_each(change);
        since(&desk, &happened)
    };
    assert_eq!(but(&|_| {}), Some(at(TEN)));
    assert_eq!(but(&|h| h.kind = TicketKind::ServiceRequest), None);
    assert_eq!(but(&|h| h.state = TicketState::Cancelled), None);
    assert_eq!(but(&|h| h.origin = Origin::History), None);
    assert_eq!(but(&|h| h.related.merged = true), None);
    assert_eq!(
        but(&|h| h.related.parent = Some(Arc::new(night[0].clone()))),
        None
    );

    // Taken out of a mass incident by day: what is said of it at night is still no more than that.
    let mut part = told(&[
        (AFTERNOON, Medium, CONVERTS),
        ("2026-11-23T21:00:00Z", Medium, CONVERTS),
        ("2026-11-23T22:00:00Z", Medium, CONVERTS),
        (TEN, Medium, CONVERTS),
    ]);
    part[1].related.parent = Some(Arc::new(night[0].clone()));
    for link in &mut part[1..3] {
        link.related.of = Some(TicketId::new(&*ids::seeded(9)));
    }
    assert_eq!(since(&desk, &part), None);

    // Solved by day and opened again at night: it comes under the policy again. Solved since, it needs no maintenance.
    let mut again = told(&[
        (AFTERNOON, Medium, CONVERTS),
        ("2026-11-23T17:00:00Z", Medium, CONVERTS),
        (TEN, Medium, CONVERTS),
    ]);
    again[1].state = TicketState::Resolved;
    again[2].state = TicketState::Reopened;
    assert_eq!(since(&desk, &again), Some(at(TEN)));
    let mut solved = told(&[(TEN, Medium, CONVERTS), (ELEVEN, Medium, CONVERTS)]);
    assert_eq!(since(&desk, &solved), Some(at(TEN)));
    solved[1].state = TicketState::Resolved;
    assert_eq!(since(&desk, &solved), None);

    // What was known before is no news: a policy that was said meanwhile converts nothing of the past.
    let known = Fresh {
        versions: [2].into(),
        ..Fresh::default()
    };
    let two = told(&[(TEN, Medium, CONVERTS), (ELEVEN, Medium, CONVERTS)]);
    assert_eq!(due(&desk, &two, &known), None);
}

#[test]
fn opening_and_holder_may_come_in_any_order() {
    let desk = desk(Some(Calendar::always()));
    let mut facts = told(&[(TEN, Medium, CONVERTS), (ELEVEN, Medium, CONVERTS)]);
    for fact in &mut facts {
        fact.group = None;
    }
    let by_intake = |version: i64| Fresh {
        versions: [version].into(),
        ..Fresh::default()
    };
    // At the instant of the opening, as a rule; by a clock that is behind, before it.
    for held in [TEN, "2026-11-23T21:59:59Z"].map(at) {
        let holder = Held {
            sequence: 1,
            at: held,
            group: group(CONVERTS),
            line: 3,
            origin: Origin::Live,
            late: 0,
        };
        let heard = Heard::of(facts[..1].to_vec(), &[holder]).all;
        let by_routing = Fresh {
            held: [held].into(),
            ..Fresh::default()
        };
        for news in [by_routing, by_intake(1)] {
            let found = due(&desk, &heard, &news).map(|c| c.at);
            assert_eq!(found, Some(at(TEN)), "{held} {news:?}");
        }
        let heard = Heard::of(facts.clone(), &[holder]).all;
        assert_eq!(due(&desk, &heard, &by_intake(2)), None, "a reply at night");
    }
}

const ASSIGN: &str = "mutation($i: AssignCalendarInput!) { assignCalendar(input: $i) { assignment { outOfHours } problems { code } } }";
const STANDBY: &str =
    "mutation($i: SetStandbySchemeInput!) { setStandbyScheme(input: $i) { problems { code } } }";

/// The groups of a tenant that work from nine to six in Lima; what is critical may call out the standby.
struct Groups {
    factory: GroupId,
    database: GroupId,
    operations: GroupId,
}

async fn groups(world: &World, tenant: TenantId) -> Groups {
    let office = weekdays("America/Lima", "09:00-18:00", &[]);
    let office = world.calendar(tenant, "Oficina", office).await;
    let always = json!({"timeZone": "UTC", "alwaysOpen": true});
    let on_call = world.calendar(tenant, "Guardia", always).await;
    let [factory, database, operations] = [(); 3].map(|()| GroupId::new(&*world.ids));
    for (group, policy) in [
        (factory, "CONVERT"),
        (database, "DEFER"),
        (operations, "CONTINUE"),
    ] {
        let input =
            json!({"i": {"group": gid(tenant, group), "calendar": office, "outOfHours": policy}});
        let done = world.data(&world.manager(tenant), ASSIGN, input).await;
        assert_eq!(done["assignCalendar"]["problems"], json!([]), "{done}");
    }
    let critical = json!({"field": "PRIORITY", "isOneOf": ["CRITICAL"]});
    let input = json!({"i": {"eligible": critical, "calendar": on_call}});
    let done = world.data(&world.manager(tenant), STANDBY, input).await;
    assert_eq!(done["setStandbyScheme"]["problems"], json!([]), "{done}");
    Groups {
        factory,
        database,
        operations,
    }
}

/// What was told of conversions, in order.
async fn conversions(world: &World) -> Vec<(Envelope, ConversionDue)> {
    let mut tx = world.db.begin_platform().await.unwrap();
    let bodies: Vec<String> = sqlx::query_scalar(
        "SELECT body FROM platform.outbox WHERE kind = 'conversion.due.v1' ORDER BY id",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let all = bodies.iter().map(|body| {
        let envelope: Envelope = serde_json::from_str(body).unwrap();
        let fact = envelope.read().unwrap();
        (envelope, fact)
    });
    all.collect()
}

#[tokio::test]
async fn an_incident_that_comes_to_the_factory_at_ten_at_night_is_told_once() {
    story(async {
        let world = World::start("converting").await;
        let acme = world.tenant("acme").await;
        // Nothing is agreed: that is another matter.
        let groups = groups(&world, acme).await;
        world.advance(13 * 3_600);
        let ticket = world.ticket();
        let batch = [
            world.opened(acme, &ticket),
            world.held(acme, &ticket, 1, groups.factory, 3),
        ];
        world.hear(acme, &batch).await;
        let all = conversions(&world).await;
        assert_eq!(all.len(), 1, "{all:?}");
        let (envelope, fact) = &all[0];
        let expected = ConversionDue {
            ticket: ticket.ticket,
            group: groups.factory,
            at: world.now(),
        };
        assert_eq!(fact, &expected);
        assert_eq!(
            (envelope.subject.as_str(), envelope.sequence, envelope.time),
            (ticket.ticket.to_string().as_str(), 1, world.now())
        );
        assert_eq!(
            (envelope.origin, envelope.tenant),
            (Origin::Live, Some(acme))
        );
        assert_eq!(envelope.source, "sla-clock");
        // The same batch again, and away and back: that it was told stands.
        world.hear(acme, &batch).await;
        for (sequence, to) in [(2, groups.database), (3, groups.factory)] {
            world.advance(600);
            let moved = world.held(acme, &ticket, sequence, to, 3);
            world.hear(acme, &[moved]).await;
        }
        assert_eq!(conversions(&world).await.len(), 1);
        assert_eq!(
            world.announced().await.len(),
            0,
            "no clocks without an agreement"
        );

        // Opening and holder one after the other, in either order, each with its trace.
        let (first, second) = (world.ticket(), world.ticket());
        let traced = |mut fact: Envelope, trace: &str| {
            fact.traceparent = Some(trace.to_owned());
            fact
        };
        let held = |t: &TicketSnapshot| world.held(acme, t, 1, groups.factory, 3);
        for fact in [
            traced(world.opened(acme, &first), "a"),
            traced(held(&first), "b"),
            traced(held(&second), "c"),
            traced(world.opened(acme, &second), "d"),
        ] {
            world.hear(acme, &[fact]).await;
        }
        let all = conversions(&world).await;
        let told_by: Vec<_> = all[1..]
            .iter()
            .map(|(e, f)| (f.ticket, e.traceparent.as_deref()))
            .collect();
        assert_eq!(
            told_by,
            [(first.ticket, Some("b")), (second.ticket, Some("d"))]
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_comes_by_day_or_to_others_or_calls_out_the_standby_or_is_history_is_not_converted() {
    story(async {
        let world = World::start("not-converting").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let groups = groups(&world, acme).await;
        let told = async || conversions(&world).await.len();
        let mut by_day = world.ticket();
        let batch = [
            world.opened(acme, &by_day),
            world.held(acme, &by_day, 1, groups.factory, 3),
        ];
        world.hear(acme, &batch).await;
        // At ten at night somebody answers it.
        world.advance(13 * 3_600);
        let by = Actor::Staff {
            person: PersonId::new(&*world.ids),
        };
        let answer = world.replied(acme, &mut by_day, by, false);
        world.hear(acme, &[answer]).await;
        let critical = TicketSnapshot {
            priority: Critical,
            ..world.ticket()
        };
        let request = TicketSnapshot {
            kind: TicketKind::ServiceRequest,
            ..world.ticket()
        };
        let (deferred, goes_on) = (world.ticket(), world.ticket());
        let mut batch = Vec::new();
        for (ticket, group) in [
            (&critical, groups.factory),
            (&request, groups.factory),
            (&deferred, groups.database),
            (&goes_on, groups.operations),
        ] {
            batch.extend([
                world.opened(acme, ticket),
                world.held(acme, ticket, 1, group, 3),
            ]);
        }
        world.hear(acme, &batch).await;
        // Another tool's history says that the factory had it; here somebody answers it.
        let mut recorded = world.ticket();
        let row = world.recorded(acme, &recorded, world.now());
        let mut holder = world.held(acme, &recorded, 1, groups.factory, 3);
        holder.origin = Origin::History;
        world.hear(acme, &[row, holder]).await;
        let answer = world.replied(acme, &mut recorded, by, false);
        world.hear(acme, &[answer]).await;
        assert_eq!(told().await, 0);

        // Raised, it is the standby's; lowered again at midnight, it is not any more.
        world.advance(3_600);
        let raised = world.prioritised(acme, &mut by_day, Critical);
        world.hear(acme, &[raised]).await;
        assert_eq!(told().await, 0);
        world.advance(3_600);
        let lowered = world.prioritised(acme, &mut by_day, Medium);
        world.hear(acme, &[lowered]).await;
        let all = conversions(&world).await;
        let seen: Vec<_> = all.iter().map(|(_, f)| (f.ticket, f.at)).collect();
        assert_eq!(seen, [(by_day.ticket, world.now())]);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn the_clocks_of_what_is_converted_are_told_as_if_it_were_not() {
    story(async {
        let world = World::start("clocks-go-on").await;
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        let mut of = Vec::new();
        for tenant in [acme, globex] {
            world.usual(tenant).await;
            let groups = groups(&world, tenant).await;
            // The one converts, the other defers.
            of.push(if tenant == acme {
                groups.factory
            } else {
                groups.database
            });
        }
        world.advance(13 * 3_600);
        let mut clocks: Vec<Vec<Value>> = Vec::new();
        for (tenant, group) in [acme, globex].into_iter().zip(of) {
            let before = world.announced().await.len();
            let ticket = world.ticket();
            world
                .hear(
                    tenant,
                    &[
                        world.opened(tenant, &ticket),
                        world.held(tenant, &ticket, 1, group, 3),
                    ],
                )
                .await;
            let all = world.announced_as::<ClockChanged>().await;
            clocks.push(
                all[before..]
                    .iter()
                    .map(|(_, f)| json!([f.clock.target, f.clock.due_at, f.clock.state]))
                    .collect(),
            );
        }
        assert_eq!(clocks[0].len(), 2);
        assert_eq!(clocks[0], clocks[1]);
        assert_eq!(conversions(&world).await.len(), 1);
        world.end().await;
    })
    .await;
}
