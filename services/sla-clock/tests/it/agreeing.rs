//! Calendars and agreements: what is refused and why, versions, and what they do to tickets that are there.

use access::{CallerKind, Role};
use chrono::TimeDelta;
use events::sla_clock::ClockChanged;
use serde_json::{Value, json};

use crate::world::{World, story, usual_terms};

const CALENDAR: &str = "mutation($i: CreateCalendarInput!) { createCalendar(input: $i) { calendar { id version \
    versions { timeZone weekly { day spans } publicHolidays } } problems { field code } } }";
const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id version } \
    problems { field code } } }";
const CHANGE: &str = "mutation($i: ChangeAgreementInput!) { changeAgreement(input: $i) { agreement { version \
    versions { version targets { seconds } } } problems { field code } } }";

#[tokio::test]
async fn a_calendar_that_cannot_be_kept_is_refused_with_the_reason() {
    story(async {
        let world = World::start("calendars").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let weekly = json!([{"day": "MONDAY", "spans": ["09:00-13:00", "14:00-18:00"]}]);
        let make = |name: &str, hours: Value| {
            let input = json!({"i": {"name": name, "hours": hours}});
            let (world, manager) = (&world, &manager);
            async move { world.data(manager, CALENDAR, input).await["createCalendar"].clone() }
        };
        for (hours, code, field) in [
            (json!({"timeZone": "America/Lima"}), "NO_HOURS", "hours.weekly"),
            (json!({"timeZone": "Lima", "weekly": weekly.clone()}), "UNKNOWN_TIME_ZONE", "hours.timeZone"),
            (
                json!({"timeZone": "UTC", "weekly": [{"day": "MONDAY", "spans": ["09:00-13:00", "12:00-18:00"]}]}),
                "OVERLAPPING_HOURS",
                "hours.weekly",
            ),
        ] {
            let refused = make("x", hours).await;
            assert_eq!(refused["problems"], json!([{"field": field, "code": code}]));
            assert!(refused["calendar"].is_null());
        }
        let good = json!({"timeZone": "America/Lima", "weekly": weekly, "publicHolidays": ["PE"]});
        let kept = make("Oficina", good.clone()).await;
        assert_eq!(kept["calendar"]["versions"][0]["publicHolidays"], json!(["PE"]), "{kept}");
        assert_eq!(kept["calendar"]["versions"][0]["weekly"][0]["spans"], json!(["09:00-13:00", "14:00-18:00"]));
        assert_eq!(make("Oficina", good.clone()).await["problems"][0]["code"], "NAME_TAKEN");

        // The same key, the same calendar; another body with it is refused.
        let keyed = |name: &str| json!({"i": {"name": name, "hours": good, "idempotencyKey": "k1"}});
        let first = world.data(&manager, CALENDAR, keyed("Otra")).await;
        assert_eq!(world.data(&manager, CALENDAR, keyed("Otra")).await, first);
        assert_eq!(world.refusal(&manager, CALENDAR, keyed("Tercera")).await, "IDEMPOTENCY_MISMATCH");

        let agent = world.caller(CallerKind::Staff, Role::Agent, &[acme]);
        assert_eq!(world.refusal(&agent, CALENDAR, keyed("Otra")).await, "FORBIDDEN");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn years_and_places_that_nothing_can_be_kept_by_are_refused_with_the_field() {
    story(async {
        let world = World::start("extremes").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let agreement = world.usual(acme).await;
        let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
        let calendar = world.calendar(acme, "Otro", hours.clone()).await;
        let years = ["-200000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "+200000-01-01T00:00:00Z"];
        for valid_from in years {
            let bad = json!([{"field": "validFrom", "code": "BAD_VALID_FROM"}]);
            let input = json!({"i": {"name": "Lejano", "hours": hours, "validFrom": valid_from}});
            let done = world.data(&manager, CALENDAR, input).await;
            assert_eq!(done["createCalendar"]["problems"], bad);
            let change = "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { problems { field code } } }";
            let input = json!({"i": {"calendar": calendar, "hours": hours, "validFrom": valid_from}});
            let done = world.data(&manager, change, input).await;
            assert_eq!(done["changeCalendar"]["problems"], bad);
            let input = json!({"i": {"name": "Lejano", "calendar": calendar, "terms": usual_terms(), "validFrom": valid_from}});
            let done = world.data(&manager, CREATE, input).await;
            assert_eq!(done["createAgreement"]["problems"], bad);
            let input = json!({"i": {"agreement": agreement, "terms": usual_terms(), "validFrom": valid_from}});
            let done = world.data(&manager, CHANGE, input).await;
            assert_eq!(done["changeAgreement"]["problems"], bad);
        }
        for position in [i32::MAX, i32::MIN] {
            let bad = json!([{"field": "position", "code": "BAD_POSITION"}]);
            let input = json!({"i": {"name": "Lejano", "calendar": calendar, "terms": usual_terms(), "position": position}});
            let done = world.data(&manager, CREATE, input).await;
            assert_eq!(done["createAgreement"]["problems"], bad);
            let input = json!({"i": {"agreement": agreement, "terms": usual_terms(), "position": position}});
            let done = world.data(&manager, CHANGE, input).await;
            assert_eq!(done["changeAgreement"]["problems"], bad);
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_regions_holidays_close_the_desk_and_say_until_when_they_are_known() {
    story(async {
        let world = World::start("regions").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let query = "mutation($i: CreateCalendarInput!) { createCalendar(input: $i) { calendar { versions { regionalHolidays \
            holidaysKnownUntil publicHolidays } } problems { field code } } }";
        let make = async |region: &str| {
            let hours = json!({"timeZone": "Europe/Madrid", "regionalHolidays": [region],
                "weekly": [{"day": "MONDAY", "spans": ["09:00-18:00"]}]});
            let input = json!({"i": {"tenant": acme.to_string(), "name": region, "hours": hours}});
            world.data(&manager, query, input).await["createCalendar"].clone()
        };
        let madrid = make("ES-MD").await;
        let version = &madrid["calendar"]["versions"][0];
        assert_eq!((&version["regionalHolidays"], &version["publicHolidays"]), (&json!(["ES-MD"]), &json!([])), "{madrid}");
        assert!(version["holidaysKnownUntil"].as_i64().is_some_and(|year| year >= 2026));
        let nowhere = make("ES-XX").await;
        assert_eq!(nowhere["problems"], json!([{"field": "hours.regionalHolidays.0", "code": "UNKNOWN_REGION"}]));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_agreement_that_makes_no_sense_is_refused_with_the_reason() {
    story(async {
        let world = World::start("agreements").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let calendar = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let one_day = json!({"timeZone": "UTC", "dateHours": [{"date": "2030-01-01", "spans": ["09:00-10:00"]}]});
        let one_day = world.calendar(acme, "Un día", one_day).await;
        let target = json!({"target": "RESOLUTION", "seconds": 7_200});
        for (calendar, terms, code) in [
            (&calendar, json!({"targets": []}), "NO_TARGETS"),
            (&calendar, json!({"targets": [{"target": "RESOLUTION", "seconds": 0}]}), "BAD_SECONDS"),
            (&calendar, json!({"targets": [target, target]}), "UNREACHABLE_TARGET"),
            (&calendar, json!({"targets": [target], "pauseOn": ["RESOLVED"]}), "PAUSES_WHEN_DONE"),
            (
                &calendar,
                json!({"targets": [target], "pauseOn": ["OPEN", "QUEUED", "IN_PROGRESS", "REOPENED"]}),
                "NEVER_RUNS",
            ),
            (&calendar, json!({"targets": [target], "warnPercents": [80, 80]}), "BAD_WARN_PERCENT"),
            (&one_day, json!({"targets": [target]}), "NEVER_DUE"),
        ] {
            let input = json!({"i": {"name": "ANS", "calendar": calendar, "terms": terms}});
            let refused = world.data(&manager, CREATE, input).await;
            assert_eq!(refused["createAgreement"]["problems"][0]["code"], code);
        }
        let install = "mutation($i: InstallStandardAgreementInput!) { installStandardAgreement(input: $i) { \
            agreement { name versions { pauseOn warnPercents targets { priorities } } } problems { code } } }";
        let made = world.data(&manager, install, json!({"i": {"calendar": calendar}})).await;
        let version = &made["installStandardAgreement"]["agreement"]["versions"][0];
        assert_eq!(version["targets"].as_array().unwrap().len(), 8, "{made}");
        assert_eq!(version["pauseOn"], json!(["WAITING_FOR_REQUESTER", "WAITING_FOR_APPROVAL"]));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn another_version_is_for_new_tickets_and_for_open_ones_where_it_is_asked_for() {
    story(async {
        let world = World::start("versions").await;
        let acme = world.tenant("acme").await;
        let agreement = world.usual(acme).await;
        let manager = world.manager(acme);
        let old = world.ticket();
        world.hear(acme, &[world.opened(acme, &old)]).await;
        world.advance(600);
        let mut terms = usual_terms();
        terms["targets"][0]["seconds"] = json!(1_800);
        // Valid from now: the ticket that is there keeps its terms, even if all open ones are looked at.
        let input = json!({"i": {"agreement": agreement, "terms": terms, "applyToOpen": true, "version": 1}});
        let changed = world.data(&manager, CHANGE, input.clone()).await;
        assert_eq!(changed["changeAgreement"]["agreement"]["version"], 2, "{changed}");
        assert_eq!(world.announced_as::<ClockChanged>().await.len(), 2);
        let stale = world.data(&manager, CHANGE, input).await;
        assert_eq!(stale["changeAgreement"]["problems"], json!([{"field": "version", "code": "STALE"}]));
        let new = world.ticket();
        world.hear(acme, &[world.opened(acme, &new)]).await;
        let told = world.announced_as::<ClockChanged>().await;
        assert_eq!((told.len(), told[2].1.clock.target_seconds, told[2].1.clock.agreement_version), (4, 1_800, 2));

        // Valid from before: the old one, too, at once.
        terms["targets"][0]["seconds"] = json!(900);
        let before = world.now() - TimeDelta::days(1);
        let input = json!({"i": {"agreement": agreement, "terms": terms, "applyToOpen": true, "validFrom": before}});
        world.data(&manager, CHANGE, input).await;
        let told = world.announced_as::<ClockChanged>().await;
        assert_eq!(told.len(), 8, "both tickets, both clocks");
        let first: Vec<_> = told[4..].iter().filter(|(_, c)| c.clock.target_seconds == 900).collect();
        assert_eq!(first.len(), 2);
        // Their timers moved with them: the old one's warning is due by 720 s, the new one's is not.
        world.advance(120);
        assert_eq!(world.replica().step().await.unwrap(), 1);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_archived_agreement_takes_no_new_tickets() {
    story(async {
        let world = World::start("archive").await;
        let acme = world.tenant("acme").await;
        let agreement = world.usual(acme).await;
        let manager = world.manager(acme);
        let mut old = world.ticket();
        world.hear(acme, &[world.opened(acme, &old)]).await;
        world.advance(60);
        let query = "mutation($i: ArchiveAgreementInput!) { archiveAgreement(input: $i) { agreement { archivedAt } } }";
        world.data(&manager, query, json!({"i": {"agreement": agreement}})).await;
        let new = world.ticket();
        world.hear(acme, &[world.opened(acme, &new)]).await;
        assert_eq!(world.announced().await.len(), 2, "the old one's alone");
        let resolved = world.moved(acme, &mut old, events::intake::TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        assert_eq!(world.announced().await.len(), 4);
        assert_eq!(world.data(&manager, "{ agreements { id } }", json!({})).await["agreements"], json!([]));
        world.end().await;
    })
    .await;
}
