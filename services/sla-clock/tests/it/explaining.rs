//! Why a clock reads what it reads: the segments sum to the clock, and each says what caused it.

use business_time::{Calendar, Country, Hours, Tz, Weekday};
use chrono::{DateTime, TimeDelta, Utc};
use events::Origin;
use events::intake::{Priority, TicketKind, TicketState};
use proptest::prelude::*;
use serde_json::{Value, json};
use sla_clock::domain::agreement::OnReopen;
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::explain::{SegmentState, Window, explain};
use sla_clock::domain::happened::{Happened, Related, What};

use crate::following::representation;
use crate::kit::{agreement, book, office, read, terms};
use crate::world::{MONDAY, World, at, story, usual_terms};

pub const ALL: Window = Window {
    from: None,
    to: None,
    most: usize::MAX,
};

const STATES: [TicketState; 12] = [
    TicketState::Open,
    TicketState::Queued,
    TicketState::InProgress,
    TicketState::WaitingForRequester,
    TicketState::WaitingForApproval,
    TicketState::WaitingForVendor,
    TicketState::WaitingForImplementation,
    TicketState::WaitingForThirdParty,
    TicketState::Resolved,
    TicketState::Closed,
    TicketState::Cancelled,
    TicketState::Reopened,
];

/// A ticket that goes anywhere: seconds since the step before, state, priority, whether somebody answered.
pub fn stories() -> impl Strategy<Value = Vec<Happened>> {
    let step = (0i64..400_000, 0usize..12, 0usize..4, any::<bool>());
    prop::collection::vec(step, 1..12).prop_map(|steps| {
        let priorities = [
            Priority::Critical,
            Priority::High,
            Priority::Medium,
            Priority::Low,
        ];
        let mut time = at("2025-03-27T10:00:00Z");
        (1..)
            .zip(steps)
            .map(|(version, (later, state, priority, answered))| {
                // Instants have fractions; the clock counts whole seconds.
                time += TimeDelta::milliseconds(later * 1_000 + 137 * version);
                Happened {
                    version,
                    at: time,
                    what: match (version, answered) {
                        (1, _) => What::Opened,
                        (_, true) => What::Answered,
                        (_, false) => What::Changed,
                    },
                    kind: TicketKind::Incident,
                    state: STATES[state],
                    priority: priorities[priority],
                    application: None,
                    vendor: None,
                    category: None,
                    major: false,
                    service: None,
                    group: None,
                    line: None,
                    requester: None,
                    country: None,
                    site: None,
                    vip: false,
                    origin: Origin::Live,
                    late: 0,
                    related: Related::default(),
                }
            })
            .collect()
    })
}

fn santiago() -> Calendar {
    let day: Vec<Hours> = ["08:00-13:00", "14:00-18:30"]
        .iter()
        .map(|h| h.parse().unwrap())
        .collect();
    Calendar::builder(Tz::America__Santiago)
        .weekdays(Weekday::Mon, Weekday::Fri, day)
        .weekdays(
            Weekday::Sat,
            Weekday::Sat,
            ["22:00-06:00".parse::<Hours>().unwrap()],
        )
        .public_holidays(Country::Peru)
        .holiday("2025-04-08".parse().unwrap())
        .build()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_running_seconds_are_the_clock(
        happened in stories(),
        new_cycle in any::<bool>(),
        later in 0i64..3_000_000,
        which in 0usize..3,
    ) {
        let reopen = if new_cycle { OnReopen::NewCycle } else { OnReopen::Continue };
        let calendar = [office(), Calendar::always(), santiago()][which].clone();
        let mut terms = terms(reopen);
        terms.pause_on.push(TicketState::WaitingForApproval);
        terms.pause_on.push(TicketState::WaitingForVendor);
        let book = book(&[agreement(calendar, terms)]);
        let as_of = happened.last().unwrap().at + TimeDelta::seconds(later);
        let story = Story::of(&happened);
        let readings = read(&book, story, as_of).unwrap();
        prop_assert!(!readings.is_empty());
        for reading in readings {
            let mut all = courses(&book, story, (reading.target, "")).unwrap();
            let course = all.remove(usize::try_from(reading.cycle).unwrap() - 1);
            let told = explain(&course, reading.as_of, ALL).unwrap();
            prop_assert_eq!(told.seconds(SegmentState::Running), reading.elapsed_seconds);
            let whole = told.segments.iter().map(|s| s.seconds).sum::<i64>();
            prop_assert_eq!(whole, reading.as_of.timestamp() - reading.started_at.timestamp());
            let gaps = told.segments.windows(2).any(|pair| pair[0].to != pair[1].from);
            prop_assert!(!gaps, "a gap");
            for segment in &told.segments {
                prop_assert_eq!(segment.seconds, (segment.to - segment.from).num_seconds());
                prop_assert_eq!(segment.held_by.is_some(), segment.state == SegmentState::Paused);
                prop_assert_eq!(segment.closed.is_some(), segment.state == SegmentState::OutsideHours);
                prop_assert!(segment.fact.at.timestamp() <= segment.from.timestamp());
            }
            let totals = told.totals.iter().map(|t| t.seconds).sum::<i64>();
            prop_assert_eq!(totals, whole);
        }
    }

    #[test]
    fn pages_give_the_same_segments_as_one_look(happened in stories(), page in 1usize..5) {
        let book = book(&[agreement(office(), terms(OnReopen::Continue))]);
        let until = happened.last().unwrap().at + TimeDelta::days(3);
        let resolution = (events::sla_clock::Target::Resolution, "");
        for course in courses(&book, Story::of(&happened), resolution).unwrap() {
            let until = course.stop.map_or(until, |s| s.at);
            let whole = explain(&course, until, ALL).unwrap();
            let mut pages = Vec::new();
            let mut from: Option<DateTime<Utc>> = None;
            loop {
                let look = explain(&course, until, Window { from, to: None, most: page }).unwrap();
                prop_assert_eq!(&look.totals, &whole.totals);
                from = look.segments.last().map(|s| s.to).or(from);
                pages.extend(look.segments);
                if !look.more {
                    break;
                }
            }
            prop_assert_eq!(pages, whole.segments);
        }
    }
}

const EXPLAIN: &str = "query($r: [_Any!]!, $first: Int! = 100, $after: String) { _entities(representations: $r) { \
    ... on Ticket { clocks { target elapsedSeconds explain(first: $first, after: $after) { until runningSeconds \
    pausedSeconds outsideHoursSeconds hasNextPage endCursor totals { state heldBy seconds } segments { from to state \
    seconds cause { agreementVersion calendar calendarVersion heldBy fact { version what state } \
    closed { by date name law country } } } } } } } }";

/// The resolution clock of a ticket, explained.
async fn explained(world: &World, by: &access::Caller, mut asked: Value, more: Value) -> Value {
    asked
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let data = world.data(by, EXPLAIN, asked).await;
    data["_entities"][0]["clocks"][1].clone()
}

#[tokio::test]
async fn a_clock_tells_its_life_in_segments_with_their_causes() {
    story(async {
        let world = World::start("explain").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let hours = json!({"timeZone": "America/Lima", "publicHolidays": ["PE"], "weekly": [
            {"day": "MONDAY", "spans": ["09:00-18:00"]}, {"day": "TUESDAY", "spans": ["09:00-18:00"]}]});
        let calendar = world.calendar(acme, "Oficina", hours).await;
        let mut terms = usual_terms();
        terms["targets"][2]["seconds"] = json!(360_000);
        let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code } } }";
        let input = json!({"i": {"name": "ANS", "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        world.data(&manager, query, input).await;

        // Monday nine in Lima: an hour of work, an hour of waiting for the requester, half an hour for an approval.
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        for (seconds, state) in [
            (3_600, TicketState::WaitingForRequester),
            (3_600, TicketState::WaitingForApproval),
            (1_800, TicketState::InProgress),
        ] {
            world.advance(seconds);
            let fact = world.moved(acme, &mut ticket, state);
            world.hear(acme, &[fact]).await;
        }
        // Until Monday two weeks later, 10:00; 8 December, a Tuesday, is a holiday of Peru.
        world.advance(14 * 86_400 + 3_600 - 9_000);
        let asked = representation(acme, &ticket, ticket.version);
        let clock = explained(&world, &manager, asked.clone(), json!({})).await;
        let explain = &clock["explain"];
        assert_eq!(explain["runningSeconds"], clock["elapsedSeconds"], "{clock}");
        // 9 h of Monday less 1.5 h, 9 h on Tuesday, Monday and Tuesday, and an hour on the third Monday.
        assert_eq!(clock["elapsedSeconds"], 3_600 * 9 * 4 - 5_400 + 3_600);
        assert_eq!(explain["pausedSeconds"], 5_400);
        let totals = explain["totals"].as_array().unwrap();
        assert!(totals.contains(&json!({"state": "PAUSED", "heldBy": "REQUESTER", "seconds": 3_600})));
        assert!(totals.contains(&json!({"state": "PAUSED", "heldBy": "CLIENT", "seconds": 1_800})));
        let segments = explain["segments"].as_array().unwrap();
        let first: Vec<(&Value, &Value, &Value)> = segments[..5]
            .iter()
            .map(|s| (&s["state"], &s["seconds"], &s["cause"]["fact"]["version"]))
            .collect();
        assert_eq!(
            first,
            [
                (&json!("RUNNING"), &json!(3_600), &json!(1)),
                (&json!("PAUSED"), &json!(3_600), &json!(2)),
                (&json!("PAUSED"), &json!(1_800), &json!(3)),
                (&json!("RUNNING"), &json!(23_400), &json!(4)),
                (&json!("OUTSIDE_HOURS"), &json!(54_000), &json!(4)),
            ]
        );
        assert_eq!(segments[4]["cause"]["closed"]["by"], "WEEKLY_HOURS");
        assert_eq!(segments[0]["cause"]["calendar"], json!(calendar));

        // The same in pages of two.
        let (mut paged, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = explained(&world, &manager, asked.clone(), json!({"first": 2, "after": after})).await;
            paged.extend(page["explain"]["segments"].as_array().unwrap().clone());
            after = page["explain"]["endCursor"].clone();
            if page["explain"]["hasNextPage"] == json!(false) {
                break;
            }
        }
        assert_eq!(json!(paged), explain["segments"]);
        let refused = json!({"r": asked["r"], "first": 501});
        assert_eq!(world.refusal(&manager, EXPLAIN, refused).await, "BAD_INPUT");

        // Eight days later, behind the holiday: it is named with its law.
        world.advance(8 * 86_400);
        let clock = explained(&world, &manager, asked, json!({})).await;
        assert_eq!(clock["explain"]["runningSeconds"], clock["elapsedSeconds"]);
        let segments = clock["explain"]["segments"].as_array().unwrap();
        let holiday = segments.iter().find(|s| s["cause"]["closed"]["by"] == "PUBLIC_HOLIDAY").unwrap();
        let closed = &holiday["cause"]["closed"];
        assert_eq!((&closed["date"], &closed["country"]), (&json!("2026-12-08"), &json!("PE")), "{closed}");
        assert_eq!(holiday["seconds"], 9 * 3_600);
        assert!(closed["law"].as_str().is_some_and(|law| !law.is_empty()));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_holiday_announced_late_moves_open_clocks_and_never_a_result() {
    story(async {
        let world = World::start("announced").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let hours = |holidays: &[&str]| json!({"timeZone": "UTC", "holidays": holidays, "weekly": [
            {"day": "MONDAY", "spans": ["00:00-24:00"]}, {"day": "TUESDAY", "spans": ["00:00-24:00"]},
            {"day": "WEDNESDAY", "spans": ["00:00-24:00"]}]});
        let calendar = world.calendar(acme, "Días", hours(&[])).await;
        let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code } } }";
        let mut terms = usual_terms();
        terms["targets"][2]["seconds"] = json!(48 * 3_600);
        let input = json!({"i": {"name": "ANS", "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        world.data(&manager, query, input).await;
        let mut done = world.ticket();
        let mut open = world.ticket();
        world.hear(acme, &[world.opened(acme, &done), world.opened(acme, &open)]).await;
        world.advance(86_400);
        let resolved = world.moved(acme, &mut done, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;

        // On Tuesday it is announced that the Monday was a holiday.
        let change = "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { calendar { version } problems { code } } }";
        let input = json!({"i": {"calendar": calendar, "hours": hours(&["2026-11-23"]), "applyToOpen": true,
            "validFrom": MONDAY}});
        let changed = world.data(&manager, change, input).await;
        assert_eq!(changed["changeCalendar"]["calendar"]["version"], 2, "{changed}");
        let of = async |ticket: &events::intake::TicketSnapshot| {
            let asked = representation(acme, ticket, ticket.version);
            explained(&world, &manager, asked, json!({})).await
        };
        let result = of(&done).await;
        assert_eq!(result["elapsedSeconds"], 86_400);
        assert_eq!(result["explain"]["runningSeconds"], 86_400);
        assert_eq!(result["explain"]["segments"][0]["cause"]["calendarVersion"], 1);
        let moved = of(&open).await;
        assert_eq!(moved["explain"]["runningSeconds"], 14 * 3_600, "the hours of Tuesday alone");
        assert_eq!(moved["elapsedSeconds"], 14 * 3_600);
        assert_eq!(moved["explain"]["segments"][0]["cause"]["calendarVersion"], 2);
        assert_eq!(moved["explain"]["segments"][0]["cause"]["closed"]["by"], "OWN_HOLIDAY");

        // Something else of the resolved ticket is heard: its result stays.
        let closed = world.moved(acme, &mut done, TicketState::Closed);
        let touched = world.moved(acme, &mut open, TicketState::InProgress);
        world.hear(acme, &[closed, touched]).await;
        assert_eq!(of(&done).await["elapsedSeconds"], 86_400);
        world.end().await;
    })
    .await;
}
