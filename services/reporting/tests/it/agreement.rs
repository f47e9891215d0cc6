//! The SQL of the summaries and the rules in `domain/history.rs` say the same, over many made-up histories.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use events::Lane;
use events::intake::{
    Actor, RecordedHolder, TicketOpened, TicketRecorded, TicketState, TicketStateChanged,
};
use events::routing::{AssignmentChanged, AssignmentReason, Holder};
use events::{Envelope, Origin, Word as _};
use ids::{GroupId, PersonId};
use reporting::domain::history::{History, Step, summarise};
use sqlx::Row as _;
use uuid::Uuid;

use crate::world::{Told, World, at};

/// A small generator: the same histories every time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A ticket with some ten events: of our own making or of a log, in order or not, with ties in time.
fn make_up(world: &World, told: &Told<'_>, dice: &mut Dice) -> (Vec<Envelope>, Vec<Step>) {
    let history = dice.throw(2) == 0;
    let mut time = at("2026-01-05T08:00:00Z") + TimeDelta::minutes(dice.throw(10_000) as i64);
    let (mut facts, mut steps) = (Vec::new(), Vec::new());
    let mut snapshot = told.snapshot.clone();
    for n in 0..=dice.throw(14) {
        // Sometimes at the same instant, in a log now and then earlier.
        let minutes = dice.throw(4) * dice.throw(3_000);
        time += TimeDelta::minutes(if history && dice.throw(12) == 0 {
            -(minutes as i64)
        } else {
            minutes as i64
        });
        let state = TicketState::ALL[dice.throw(12) as usize];
        let group = ["A", "B", "C"][dice.throw(3) as usize].to_owned();
        let line = 1 + dice.throw(3) as i16;
        let person = (dice.throw(2) == 0)
            .then(|| PersonId::from_uuid(Uuid::from_u128(u128::from(dice.throw(3)))));
        let moved = !history && n > 0 && dice.throw(3) == 0;
        let mut step = Step {
            source: if moved { "routing" } else { "intake" }.to_owned(),
            seq: 0,
            at: time,
            state: None,
            status: None,
            sub_status: None,
            in_call: false,
            group: None,
            line: None,
            owner: None,
            irregular: false,
        };
        let subject = told.ticket.to_string();
        let fact = if moved {
            (step.group, step.line, step.owner) =
                (Some(group.clone()), Some(line), person.map(PersonId::uuid));
            let to = Holder {
                group: GroupId::new(&*world.ids),
                group_name: group,
                line,
                person,
            };
            let data = AssignmentChanged {
                ticket: told.ticket,
                ticket_version: 0,
                from: None,
                to,
                reason: AssignmentReason::Moved,
                by: Actor::System,
            };
            world.fact(told.tenant, &subject, time, Origin::Live, &data)
        } else {
            let state = if !history && n == 0 {
                TicketState::Open
            } else {
                state
            };
            snapshot.version += 1;
            snapshot.state = state;
            step.state = Some(state);
            if history {
                let mut attributes = BTreeMap::new();
                step.in_call = dice.throw(3) == 0;
                if step.in_call {
                    attributes.insert("resolution".to_owned(), "in_call".to_owned());
                }
                step.irregular = dice.throw(4) == 0;
                (step.status, step.sub_status) =
                    (Some("S".to_owned()), Some(format!("s{}", dice.throw(2))));
                let holder = (dice.throw(5) > 0).then(|| RecordedHolder {
                    group: group.clone(),
                    line,
                    owner: person,
                });
                if holder.is_some() {
                    (step.group, step.line, step.owner) =
                        (Some(group), Some(line), person.map(PersonId::uuid));
                }
                let data = TicketRecorded {
                    ticket: snapshot.clone(),
                    from: None,
                    tool: "log".to_owned(),
                    case: subject.clone(),
                    status: "S".to_owned(),
                    sub_status: step.sub_status.clone().unwrap(),
                    holder,
                    irregular: step.irregular,
                    attributes,
                };
                world.fact(told.tenant, &subject, time, Origin::History, &data)
            } else if n == 0 {
                let data = TicketOpened {
                    ticket: snapshot.clone(),
                    by: Actor::System,
                    contact: None,
                    direct_to_n3: false,
                    group: None,
                };
                world.fact(told.tenant, &subject, time, Origin::Live, &data)
            } else {
                let data = TicketStateChanged {
                    ticket: snapshot.clone(),
                    from: TicketState::Open,
                    by: Actor::System,
                };
                world.fact(told.tenant, &subject, time, Origin::Live, &data)
            }
        };
        step.seq = fact.sequence;
        facts.push(fact);
        steps.push(step);
    }
    (facts, steps)
}

fn stored(row: &sqlx::postgres::PgRow) -> History {
    let texts = |name: &str| row.get::<Vec<String>, _>(name);
    let place = |(state, (status, sub)): (String, (String, String))| (state, status, sub);
    let places = texts("states")
        .into_iter()
        .zip(texts("statuses").into_iter().zip(texts("sub_statuses")))
        .map(place);
    let waits = texts("wait_states")
        .into_iter()
        .zip(
            texts("wait_statuses")
                .into_iter()
                .zip(texts("wait_sub_statuses")),
        )
        .map(place);
    History {
        first_at: row.get("first_at"),
        last_at: row.get("last_at"),
        throughput_seconds: row.get("throughput_seconds"),
        events: row.get("events"),
        irregular: row.get("irregular"),
        first_line: row.get("first_line"),
        max_line: row.get("max_line"),
        lines: row.get("lines"),
        handovers: row.get("handovers"),
        bounces: row.get("bounces"),
        reopened_strict: row.get("reopened_strict"),
        reopened_loose: row.get("reopened_loose"),
        state: TicketState::of_word(row.get("state")).unwrap(),
        group: row.get("group_name"),
        resolver: row.get("resolver"),
        resolved_at: row.get::<Option<DateTime<Utc>>, _>("resolved_at"),
        reopened_at: row.get("reopened_at"),
        done_since: row.get("done_since"),
        first_level: row.get("first_level"),
        places: places.zip(row.get::<Vec<i32>, _>("state_events")).collect(),
        waits: waits.zip(row.get::<Vec<f64>, _>("wait_seconds")).collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_hundred_histories_sum_up_alike() {
    let world = World::start("agreement").await;
    let tenant = world.tenant("acuerdo").await;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut expected = BTreeMap::new();
    let mut sent = 1;
    let mut batch = Vec::new();
    for _ in 0..400 {
        let told = Told::new(&world, tenant);
        let (facts, steps) = make_up(&world, &told, &mut dice);
        sent += facts.len() as i64;
        batch.extend(facts);
        expected.insert(told.ticket.uuid(), summarise(&steps).unwrap());
    }
    // In pieces that tear tickets apart: what is summed up twice comes to the same.
    for piece in batch.chunks(37) {
        world.hear(Lane::Bulk, piece).await;
    }
    world.kept(tenant, sent).await;
    let mut tx = world.db.begin(tenant).await.unwrap();
    let rows = sqlx::query(
        "SELECT ticket, first_at, last_at, throughput_seconds, events, irregular, first_line, max_line, lines, handovers, bounces,
           reopened_strict, reopened_loose, state, group_name, resolver, resolved_at, reopened_at, done_since, first_level,
           states, statuses, sub_statuses, state_events, wait_states, wait_statuses, wait_sub_statuses, wait_seconds
         FROM ticket_summary",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let found: BTreeMap<Uuid, History> = rows
        .iter()
        .map(|row| (row.get("ticket"), stored(row)))
        .collect();
    assert_eq!(found.len(), expected.len());
    for (ticket, wanted) in &expected {
        assert_eq!(&found[ticket], wanted, "{ticket}");
    }
    // The made-up histories meet every rule.
    let some = |rule: fn(&History) -> bool| assert!(expected.values().any(rule));
    some(|h| h.bounces > 1);
    some(|h| h.reopened_loose && !h.reopened_strict);
    some(|h| h.first_level && h.handovers > 0);
    some(|h| h.waits.len() > 2);
    world.finish().await;
}
