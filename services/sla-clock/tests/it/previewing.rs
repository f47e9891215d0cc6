//! Edits before they are made: what they would move, and what they would have made of last month. Nothing is written.

use access::{CallerKind, Role};
use chrono::TimeDelta;
use events::intake::{Priority, TicketState};
use events::sla_clock::ClockChanged;
use serde_json::{Value, json};

use crate::world::{MONDAY, World, at, story, usual_terms};

const CALENDAR: &str = "query($i: ChangeCalendarInput!, $first: Int! = 50) { preview: previewCalendarChange(input: $i, first: $first) { \
    tickets clocks moved wouldBeBreached saved complete problems { code } \
    moves { ticket { id } target dueAt movesBySeconds wouldBe { dueAt } } } }";
const AGREEMENT: &str = "query($i: ChangeAgreementInput!) { preview: previewAgreementChange(input: $i) { \
    tickets clocks moved wouldBeBreached saved problems { code } moves { target movesBySeconds wouldBe { targetSeconds } } } }";
const SIMULATE: &str = "query($i: SimulateAgreementInput!) { simulateAgreement(input: $i) { tickets complete problems { code } \
    targets { target priority is { clocks met breached running cancelled } wouldBe { clocks met breached running cancelled } } } }";

/// A tenant with office hours on Monday and Tuesday; the ids of calendar and agreement.
async fn office(world: &World, tenant: ids::TenantId) -> (String, String) {
    let calendar = world.calendar(tenant, "Oficina", hours(&[])).await;
    let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id } problems { code } } }";
    let input = json!({"i": {"name": "ANS", "calendar": calendar, "terms": usual_terms(), "validFrom": "2010-01-01T00:00:00Z"}});
    let made = world.data(&world.manager(tenant), query, input).await;
    let agreement = made["createAgreement"]["agreement"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    (calendar, agreement)
}

fn hours(holidays: &[&str]) -> Value {
    json!({"timeZone": "America/Lima", "holidays": holidays, "weekly": [
        {"day": "MONDAY", "spans": ["09:00-18:00"]}, {"day": "TUESDAY", "spans": ["09:00-18:00"]}]})
}

#[tokio::test]
async fn an_edit_shows_what_it_moves_and_moves_just_that() {
    story(async {
        let world = World::start("preview").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let (calendar, agreement) = office(&world, acme).await;
        // Two tickets of Monday nine o'clock; one of them answered. A third one is resolved.
        let (one, two, mut three) = (world.ticket(), world.ticket(), world.ticket());
        let facts = [world.opened(acme, &one), world.opened(acme, &two), world.opened(acme, &three)];
        world.hear(acme, &facts).await;
        world.advance(7_200);
        let resolved = world.moved(acme, &mut three, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        let told = world.announced().await.len();

        // Tomorrow becomes a holiday: both resolutions, due on Tuesday at ten, move by six days.
        let edit = json!({"calendar": calendar, "hours": hours(&["2026-11-24"]), "version": 1,
            "validFrom": MONDAY, "applyToOpen": true});
        let seen = world.data(&manager, CALENDAR, json!({"i": edit})).await["preview"].clone();
        assert_eq!(
            (&seen["tickets"], &seen["clocks"], &seen["moved"], &seen["complete"]),
            (&json!(2), &json!(4), &json!(2), &json!(true)),
            "{seen}"
        );
        assert_eq!((&seen["wouldBeBreached"], &seen["saved"], &seen["problems"]), (&json!(0), &json!(0), &json!([])));
        let moves = seen["moves"].as_array().unwrap();
        assert!(moves.iter().all(|m| m["target"] == "RESOLUTION" && m["movesBySeconds"] == 6 * 86_400));
        let few = world.data(&manager, CALENDAR, json!({"i": edit, "first": 1})).await["preview"].clone();
        assert_eq!((few["moves"].as_array().unwrap().len(), &few["moved"]), (1, &json!(2)));
        // Today was one: the first responses, missed an hour ago, would not be.
        let mut today = edit.clone();
        today["hours"] = hours(&["2026-11-23"]);
        world.advance(1);
        let seen = world.data(&manager, CALENDAR, json!({"i": today})).await["preview"].clone();
        assert_eq!((&seen["moved"], &seen["saved"]), (&json!(4), &json!(2)), "{seen}");
        // From now on only: what lies behind stays as it was counted, and tomorrow is a holiday all the same.
        let mut later = edit.clone();
        later.as_object_mut().unwrap().remove("validFrom");
        let seen = world.data(&manager, CALENDAR, json!({"i": later})).await["preview"].clone();
        assert_eq!((&seen["clocks"], &seen["moved"]), (&json!(4), &json!(2)), "{seen}");
        later["hours"] = hours(&["2026-11-23"]);
        let seen = world.data(&manager, CALENDAR, json!({"i": later})).await["preview"].clone();
        assert_eq!((&seen["moved"], &seen["saved"]), (&json!(2), &json!(0)), "what is left of today: {seen}");

        // A stricter agreement: both resolutions would be missed already.
        let mut terms = usual_terms();
        terms["targets"][2]["seconds"] = json!(7_200);
        let stricter = json!({"agreement": agreement, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"});
        let seen = world.data(&manager, AGREEMENT, json!({"i": stricter})).await["preview"].clone();
        assert_eq!((&seen["moved"], &seen["wouldBeBreached"]), (&json!(2), &json!(2)), "{seen}");
        // Eight working hours of Monday less: 16 h by the wall, as a night lies between.
        assert_eq!(seen["moves"][0]["movesBySeconds"], -(8 + 15) * 3_600);

        // The same problems as the edit itself.
        let stale = json!({"i": {"calendar": calendar, "hours": hours(&[]), "version": 7}});
        assert_eq!(world.data(&manager, CALENDAR, stale).await["preview"]["problems"][0]["code"], "STALE");
        let empty = json!({"i": {"agreement": agreement, "terms": {"targets": []}}});
        assert_eq!(world.data(&manager, AGREEMENT, empty).await["preview"]["problems"][0]["code"], "NO_TARGETS");
        let agent = world.caller(CallerKind::Staff, Role::Agent, &[acme]);
        assert_eq!(world.refusal(&agent, CALENDAR, json!({"i": edit})).await, "FORBIDDEN");
        let globex = world.tenant("globex").await;
        let stranger = world.manager(globex);
        assert_eq!(world.refusal(&stranger, CALENDAR, json!({"i": edit})).await, "NOT_FOUND");
        assert_eq!(world.refusal(&stranger, AGREEMENT, json!({"i": stricter})).await, "NOT_FOUND");

        // Nothing was written; and the edit moves what its preview said.
        assert_eq!(world.announced().await.len(), told);
        let change = "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { calendar { version } problems { code } } }";
        let made = world.data(&manager, change, json!({"i": edit})).await;
        assert_eq!(made["changeCalendar"]["calendar"]["version"], 2, "{made}");
        let changed = world.announced_as::<ClockChanged>().await;
        let due: Vec<Value> = changed[told..].iter().map(|(_, c)| json!(c.clock.due_at)).collect();
        let wanted: Vec<Value> = moves.iter().map(|m| m["wouldBe"]["dueAt"].clone()).collect();
        let instants = |all: &[Value]| all.iter().map(|t| at(t.as_str().unwrap())).collect::<Vec<_>>();
        assert_eq!(instants(&due), instants(&wanted));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_agreement_is_tried_on_last_months_tickets() {
    story(async {
        let world = World::start("simulate").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let agreement = world.usual(acme).await;
        let begun = world.now();
        // Resolved after one, five and eleven hours, one of them critical; one cancelled; one still open.
        let mut facts = Vec::new();
        let mut tickets: Vec<_> = (0..5).map(|_| world.ticket()).collect();
        tickets[1].priority = Priority::Critical;
        for ticket in &tickets {
            facts.push(world.opened(acme, ticket));
        }
        world.hear(acme, &facts).await;
        for (hours, which, to) in [
            (1, 0, TicketState::Resolved),
            (4, 1, TicketState::Resolved),
            (6, 2, TicketState::Resolved),
            (1, 3, TicketState::Cancelled),
        ] {
            world.advance(hours * 3_600);
            let fact = world.moved(acme, &mut tickets[which], to);
            world.hear(acme, &[fact]).await;
        }
        world.advance(3_600);
        let told = world.announced().await.len();
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 18_000}]});
        let input = json!({"agreement": agreement, "terms": terms, "from": begun, "to": begun + TimeDelta::days(1)});
        let found = world.data(&manager, SIMULATE, json!({"i": input})).await["simulateAgreement"].clone();
        assert_eq!((&found["tickets"], &found["complete"], &found["problems"]), (&json!(5), &json!(true), &json!([])), "{found}");
        let of = |target: &str, priority: &str| {
            let all = found["targets"].as_array().unwrap().iter();
            let one = all.clone().find(|t| t["target"] == target && t["priority"] == priority);
            let one = one.unwrap_or_else(|| panic!("{found}"));
            (one["is"].clone(), one["wouldBe"].clone())
        };
        let tally = |clocks, met, breached, running, cancelled| {
            json!({"clocks": clocks, "met": met, "breached": breached, "running": running, "cancelled": cancelled})
        };
        // By ten hours as by five: the one of an hour in time, those of eleven and twelve and the open one late.
        assert_eq!(of("RESOLUTION", "MEDIUM"), (tally(4, 1, 3, 0, 0), tally(4, 1, 3, 0, 0)));
        // Two hours held for critical ones, five would: met at its very instant.
        assert_eq!(of("RESOLUTION", "CRITICAL"), (tally(1, 0, 1, 0, 0), tally(1, 1, 0, 0, 0)));
        // It would measure no first response.
        let (_, first) = of("FIRST_RESPONSE", "MEDIUM");
        assert_eq!(first, tally(0, 0, 0, 0, 0));

        // As it stood after two hours; tickets of another time; a new agreement before the others.
        let mut early = input.clone();
        early["asOf"] = json!(begun + TimeDelta::hours(2));
        let seen = world.data(&manager, SIMULATE, json!({"i": early})).await["simulateAgreement"].clone();
        let medium = seen["targets"].as_array().unwrap().iter().find(|t| t["target"] == "RESOLUTION" && t["priority"] == "MEDIUM").unwrap();
        assert_eq!(medium["wouldBe"], tally(4, 1, 0, 3, 0), "{seen}");
        let mut none = input.clone();
        none["from"] = json!(begun + TimeDelta::seconds(1));
        assert_eq!(world.data(&manager, SIMULATE, json!({"i": none})).await["simulateAgreement"]["tickets"], 0);
        let calendar = world.calendar(acme, "Siempre", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let mut new = input.clone();
        new["agreement"] = Value::Null;
        new["calendar"] = json!(calendar);
        let seen = world.data(&manager, SIMULATE, json!({"i": new})).await["simulateAgreement"].clone();
        let critical = seen["targets"].as_array().unwrap().iter().find(|t| t["target"] == "RESOLUTION" && t["priority"] == "CRITICAL").unwrap();
        assert_eq!(critical["wouldBe"], tally(1, 1, 0, 0, 0), "{seen}");

        let mut backwards = input.clone();
        backwards["to"] = json!(begun);
        let seen = world.data(&manager, SIMULATE, json!({"i": backwards})).await["simulateAgreement"].clone();
        assert_eq!(seen["problems"][0]["code"], "BAD_PERIOD");
        let stranger = world.manager(world.tenant("globex").await);
        assert_eq!(world.refusal(&stranger, SIMULATE, json!({"i": input})).await, "NOT_FOUND");
        assert_eq!(world.announced().await.len(), told, "nothing was written");
        world.end().await;
    })
    .await;
}
