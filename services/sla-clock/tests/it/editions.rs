//! Holiday data: a calendar counts by the edition that it was written by until somebody takes over a later one.

use access::Caller;
use business_time::Edition;
use events::intake::{TicketSnapshot, TicketState};
use ids::TenantId;
use serde_json::{Value, json};

use crate::following::representation;
use crate::kit::HOUR;
use crate::world::{MONDAY, World, at, story};

const CREATE: &str = "mutation($i: CreateCalendarInput!) { done: createCalendar(input: $i) { calendar { id } problems { field code } } }";
const CHANGE: &str = "mutation($i: ChangeCalendarInput!) { done: changeCalendar(input: $i) { calendar { version } problems { field code } } }";
const PREVIEW: &str = "query($i: ChangeCalendarInput!) { done: previewCalendarChange(input: $i) { tickets clocks moved problems { field code } \
    moves { target dueAt movesBySeconds wouldBe { dueAt } } } }";
const READ: &str = "{ calendars { newerHolidayData versions { version holidayData } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { dueAt stoppedAt elapsedSeconds \
    explain(first: 100) { runningSeconds segments { state cause { calendarVersion closed { by date law region holidayData } } } } } } } }";

/// Office hours in Madrid, closed on the holidays of Spain and of the region, by an edition of the data or by the newest.
fn hours(edition: Option<&str>) -> Value {
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
    let weekly: Vec<Value> = days
        .iter()
        .map(|day| json!({"day": day, "spans": ["09:00-18:00"]}))
        .collect();
    json!({"timeZone": "Europe/Madrid", "publicHolidays": ["ES"], "regionalHolidays": ["ES-MD"], "holidayData": edition,
        "weekly": weekly})
}

/// The one clock of a ticket, explained.
async fn clock(world: &World, by: &Caller, tenant: TenantId, ticket: &TicketSnapshot) -> Value {
    let asked = representation(tenant, ticket, ticket.version);
    world.data(by, CLOCKS, asked).await["_entities"][0]["clocks"][0].clone()
}

fn text<'a>(of: &'a Value, key: &str) -> Option<&'a str> {
    of[key].as_str()
}

/// The public holidays that closed the desk in a clock's life: date, region, edition of the data, version of the calendar.
fn holidays(clock: &Value) -> Vec<(&str, Option<&str>, &str, i64)> {
    let segments = clock["explain"]["segments"].as_array().unwrap().iter();
    let told = segments.filter(|s| s["cause"]["closed"]["by"] == "PUBLIC_HOLIDAY");
    told.map(|segment| {
        let (cause, closed) = (&segment["cause"], &segment["cause"]["closed"]);
        assert!(
            text(closed, "law").is_some_and(|law| !law.is_empty()),
            "{closed}"
        );
        (
            text(closed, "date").unwrap(),
            text(closed, "region"),
            text(closed, "holidayData").unwrap(),
            cause["calendarVersion"].as_i64().unwrap(),
        )
    })
    .collect()
}

#[tokio::test]
async fn another_edition_moves_open_clocks_when_somebody_takes_it_over_and_never_a_result() {
    story(async {
        let world = World::start("editions").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let newest = Edition::LATEST.as_str();
        let office = world.calendar(acme, "Madrid", hours(Some("2026.1"))).await;
        let agree = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code } } }";
        let terms = json!({"warnPercents": [], "targets": [{"target": "RESOLUTION", "seconds": 27 * HOUR}]});
        let ans = json!({"i": {"name": "ANS", "calendar": office, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        let agreed = world.data(&manager, agree, ans).await;
        assert_eq!(agreed["createAgreement"]["problems"], json!([]));
        let kept = world.data(&manager, READ, json!({})).await["calendars"][0].clone();
        assert_eq!(kept, json!({"newerHolidayData": newest, "versions": [{"version": 1, "holidayData": "2026.1"}]}));

        // Friday nine o'clock in Madrid. The region celebrates on the Monday, as its edition does not know yet; the nation on Tuesday.
        world.advance(10 * 86_400 + 18 * HOUR);
        let (mut done, mut open) = (world.ticket(), world.ticket());
        world.hear(acme, &[world.opened(acme, &done), world.opened(acme, &open)]).await;
        // Wednesday ten o'clock.
        world.advance(5 * 86_400 + HOUR);
        let resolved = world.moved(acme, &mut done, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        let due = |clock: &Value| at(clock["dueAt"].as_str().unwrap());
        let was = clock(&world, &manager, acme, &open).await;
        assert_eq!(due(&was), at("2026-12-09T17:00:00Z"), "{was}");
        assert_eq!(holidays(&was), [("2026-12-08", None, "2026.1", 1)]);
        let result = clock(&world, &manager, acme, &done).await;

        // Written again by what it was written by, nothing moves; the newest data takes the Monday away.
        let edit = |edition: Option<&str>| {
            json!({"i": {"calendar": office, "hours": hours(edition), "validFrom": MONDAY, "applyToOpen": true}})
        };
        let same = world.data(&manager, PREVIEW, edit(Some("2026.1"))).await["done"].clone();
        assert_eq!((&same["clocks"], &same["moved"]), (&json!(1), &json!(0)), "{same}");
        let seen = world.data(&manager, PREVIEW, edit(None)).await["done"].clone();
        assert_eq!(
            (&seen["tickets"], &seen["moved"], &seen["problems"]),
            (&json!(1), &json!(1), &json!([])),
            "{seen}"
        );
        let moves = &seen["moves"][0];
        assert_eq!((due(moves), due(&moves["wouldBe"])), (due(&was), at("2026-12-10T17:00:00Z")));
        assert_eq!(moves["movesBySeconds"], 24 * HOUR);
        assert_eq!(clock(&world, &manager, acme, &open).await, was, "it was only looked at");

        let made = world.data(&manager, CHANGE, edit(None)).await["done"].clone();
        assert_eq!(made, json!({"calendar": {"version": 2}, "problems": []}));
        let kept = world.data(&manager, READ, json!({})).await["calendars"][0].clone();
        let versions = json!([{"version": 1, "holidayData": "2026.1"}, {"version": 2, "holidayData": newest}]);
        assert_eq!(kept, json!({"newerHolidayData": null, "versions": versions}));
        let after = clock(&world, &manager, acme, &open).await;
        assert_eq!(due(&after), at("2026-12-10T17:00:00Z"));
        assert_eq!(
            holidays(&after),
            [("2026-12-07", Some("ES-MD"), newest, 2), ("2026-12-08", None, newest, 2)]
        );
        assert_eq!(after["elapsedSeconds"], 10 * HOUR, "Friday, and an hour of Wednesday");
        assert_eq!(after["explain"]["runningSeconds"], after["elapsedSeconds"]);

        // The result keeps its deadline and its reasons, also when more is heard of its ticket.
        for state in [TicketState::Resolved, TicketState::Closed] {
            if state != done.state {
                let next = world.moved(acme, &mut done, state);
                let other = world.moved(acme, &mut open, TicketState::InProgress);
                world.hear(acme, &[next, other]).await;
            }
            let kept = clock(&world, &manager, acme, &done).await;
            assert_eq!(kept, result);
            assert_eq!((due(&kept), &kept["elapsedSeconds"]), (due(&was), &json!(19 * HOUR)));
            assert_eq!(holidays(&kept), [("2026-12-08", None, "2026.1", 1)]);
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn who_writes_a_calendar_names_an_edition_that_is_known_or_gets_the_newest() {
    story(async {
        let world = World::start("edition unknown").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let problem = json!([{"field": "hours.holidayData", "code": "UNKNOWN_HOLIDAY_DATA"}]);
        let new = json!({"i": {"tenant": acme.to_string(), "name": "Madrid", "hours": hours(Some("1999.1"))}});
        let refused = world.data(&manager, CREATE, new).await["done"].clone();
        assert_eq!(refused, json!({"calendar": null, "problems": problem}));
        // Who names none gets the newest, and has nothing to take over; round the clock there is nothing that could be.
        let office = world.calendar(acme, "Madrid", hours(None)).await;
        let always = json!({"timeZone": "UTC", "alwaysOpen": true, "holidayData": "2026.1"});
        world.calendar(acme, "Siempre", always).await;
        let calendars = world.data(&manager, READ, json!({})).await["calendars"].clone();
        let shown = |edition: &str| json!({"newerHolidayData": null, "versions": [{"version": 1, "holidayData": edition}]});
        assert_eq!(calendars, json!([shown(Edition::LATEST.as_str()), shown("2026.1")]));
        let edit = json!({"i": {"calendar": office, "hours": hours(Some("1999.1"))}});
        for asked in [PREVIEW, CHANGE] {
            let refused = world.data(&manager, asked, edit.clone()).await["done"].clone();
            assert_eq!(refused["problems"], problem);
        }
        // Under a key the edition is part of what was asked for.
        let keyed = |edition: Option<&str>| {
            json!({"i": {"tenant": acme.to_string(), "name": "Otra", "hours": hours(edition), "idempotencyKey": "k"}})
        };
        let made = world.data(&manager, CREATE, keyed(Some("2026.1"))).await;
        assert_eq!(made["done"]["problems"], json!([]));
        assert_eq!(world.data(&manager, CREATE, keyed(Some("2026.1"))).await, made);
        assert_eq!(world.refusal(&manager, CREATE, keyed(None)).await, "IDEMPOTENCY_MISMATCH");
        world.end().await;
    })
    .await;
}
