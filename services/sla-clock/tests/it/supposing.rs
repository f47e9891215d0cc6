//! What clocks would read if something were otherwise: computed beside how they are, and never written.

use chrono::TimeDelta;
use events::intake::{Actor, TicketSnapshot, TicketState};
use ids::{CategoryId, GroupId, PersonId, TenantId, VendorId};
use serde_json::{Value, json};

use crate::choosing_hours::weekdays;
use crate::following::representation;
use crate::kit::HOUR;
use crate::world::{World, gid, story, usual_terms};

const SUPPOSE: &str = "query($r: [_Any!]!, $c: [ClockChangeInput!]!) { _entities(representations: $r) { ... on Ticket { \
    clocksWhatIf(changes: $c) { problems { field code } clocks { target cycle dueMovesBySeconds \
    is { state dueAt elapsedSeconds breachedAt targetSeconds } \
    wouldBe { state dueAt elapsedSeconds breachedAt targetSeconds pausedSince } } } \
    clocks { target whatIf(changes: $c) { clocks { target dueMovesBySeconds } } } } } }";

#[tokio::test]
async fn another_priority_holiday_calendar_or_pause_is_computed_beside_what_is() {
    story(async {
        let world = World::start("suppose").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
        let always = world.calendar(acme, "Siempre", hours).await;
        let office = json!({"timeZone": "America/Lima", "weekly": [
            {"day": "MONDAY", "spans": ["09:00-18:00"]}, {"day": "TUESDAY", "spans": ["09:00-18:00"]}]});
        let office = world.calendar(acme, "Oficina", office).await;
        let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code } } }";
        let input = json!({"i": {"name": "ANS", "calendar": office, "terms": usual_terms(), "validFrom": "2010-01-01T00:00:00Z"}});
        world.data(&manager, query, input).await;
        // Monday nine o'clock; ten working hours end on Tuesday at ten.
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let begun = world.now();
        world.advance(7_200);
        let told = world.announced().await.len();
        let suppose = async |ticket: &events::intake::TicketSnapshot, changes: Value| {
            let mut asked = representation(acme, ticket, ticket.version);
            asked["c"] = changes;
            world.data(&manager, SUPPOSE, asked).await["_entities"][0].clone()
        };
        let resolution = async |ticket: &events::intake::TicketSnapshot, changes: Value| {
            let found = suppose(ticket, changes).await;
            assert_eq!(found["clocksWhatIf"]["problems"], json!([]), "{found}");
            found["clocksWhatIf"]["clocks"][1].clone()
        };
        let due = |hours: i64| json!((begun + TimeDelta::hours(hours)).to_rfc3339());

        let same = resolution(&ticket, json!([])).await;
        assert_eq!((&same["is"]["dueAt"], &same["dueMovesBySeconds"]), (&due(25), &json!(0)), "{same}");
        // Critical from the opening: due at eleven, which is now; a second later it is missed.
        world.advance(1);
        let critical = resolution(&ticket, json!([{"classified": {"priority": "CRITICAL"}}])).await;
        assert_eq!(critical["wouldBe"]["dueAt"], due(2));
        assert_eq!(critical["wouldBe"]["breachedAt"], due(2));
        assert_eq!((&critical["is"]["breachedAt"], &critical["is"]["targetSeconds"]), (&Value::Null, &json!(36_000)));
        assert_eq!(critical["dueMovesBySeconds"], -23 * 3_600);
        // Tomorrow is a holiday: due next Monday at ten.
        let holiday = resolution(&ticket, json!([{"holiday": "2026-11-24"}])).await;
        assert_eq!(holiday["wouldBe"]["dueAt"], due(7 * 24 + 1));
        // Round the clock: this evening.
        let other = resolution(&ticket, json!([{"calendar": always}])).await;
        assert_eq!(other["wouldBe"]["dueAt"], due(10));
        // Paused for half an hour, and paused still.
        let pause = |to: Value| json!([{"pause": {"from": begun + TimeDelta::hours(1), "to": to}}]);
        let half = resolution(&ticket, pause(json!(begun + TimeDelta::minutes(90)))).await;
        assert_eq!((&half["dueMovesBySeconds"], &half["wouldBe"]["elapsedSeconds"]), (&json!(1_800), &json!(5_401)));
        let still = resolution(&ticket, pause(Value::Null)).await;
        assert_eq!((&still["wouldBe"]["state"], &still["wouldBe"]["dueAt"]), (&json!("PAUSED"), &Value::Null));
        assert_eq!(still["wouldBe"]["elapsedSeconds"], 3_600);
        // All at once, and of one clock alone.
        let both = suppose(&ticket, json!([{"calendar": always}, {"classified": {"priority": "CRITICAL"}}])).await;
        assert_eq!(both["clocks"][1]["whatIf"]["clocks"], json!([{"target": "RESOLUTION", "dueMovesBySeconds": -23 * 3_600}]));

        // What cannot be is told as a problem; another tenant's calendar is not found.
        let empty = suppose(&ticket, pause(json!(begun))).await;
        assert_eq!(empty["clocksWhatIf"]["problems"][0]["code"], "EMPTY_PAUSE");
        let far = suppose(&ticket, json!([{"holiday": "1850-01-01"}])).await;
        assert_eq!(far["clocksWhatIf"]["problems"][0]["code"], "DATE_OUT_OF_RANGE");
        let globex = world.tenant("globex").await;
        let theirs = world.calendar(globex, "Suyo", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let mut asked = representation(acme, &ticket, 1);
        asked["c"] = json!([{"calendar": theirs}]);
        assert_eq!(world.refusal(&manager, SUPPOSE, asked).await, "NOT_FOUND");

        // A clock that has its result would have another one.
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        let after = resolution(&ticket, json!([{"classified": {"priority": "CRITICAL"}}])).await;
        assert_eq!((&after["is"]["breachedAt"], &after["wouldBe"]["breachedAt"]), (&Value::Null, &due(2)));
        // Nothing was written by any of it: both clocks once, and once more by the resolution.
        assert_eq!((told, world.announced().await.len()), (2, 4));
        world.end().await;
    })
    .await;
}

const AHEAD: &str = "query($r: [_Any!]!, $at: DateTime) { _entities(representations: $r) { ... on Ticket { clocksAsOf \
    clocksWhatIf(changes: [], asOf: $at) { clocks { is { state elapsedSeconds breachedAt dueAt } \
    wouldBe { state elapsedSeconds breachedAt dueAt } } } \
    clocks { target elapsedSeconds(asOf: $at) remainingSeconds(asOf: $at) breachedAt explain(asOf: $at) { until runningSeconds } \
    attribution(asOf: $at) { seconds } whatIf(changes: [], asOf: $at) { clocks { is { elapsedSeconds breachedAt } \
    wouldBe { elapsedSeconds breachedAt } } } } } } }";

#[tokio::test]
async fn an_instant_ahead_is_computed_if_nothing_more_happens_and_explained_as_now() {
    story(async {
        let world = World::start("ahead").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(1_800);
        let at = async |hours: i64| {
            let mut asked = representation(acme, &ticket, 1);
            asked["at"] = json!(begun + TimeDelta::hours(hours));
            world.data(&world.manager(acme), AHEAD, asked).await["_entities"][0].clone()
        };
        let due = json!((begun + TimeDelta::hours(10)).to_rfc3339());
        let ahead = at(12).await;
        assert_eq!(ahead["clocksAsOf"], Value::Null, "it is as the ticket is");
        let clock = &ahead["clocks"][1];
        assert_eq!(
            (
                &clock["target"],
                &clock["elapsedSeconds"],
                &clock["remainingSeconds"]
            ),
            (&json!("RESOLUTION"), &json!(43_200), &json!(-7_200))
        );
        // Whoever asks what the clock would read gets both sides at the same instant: the deadline is missed by then.
        for found in [
            &ahead["clocksWhatIf"]["clocks"][1],
            &clock["whatIf"]["clocks"][0],
        ] {
            assert_eq!(found["is"], found["wouldBe"]);
            assert_eq!(
                (&found["is"]["elapsedSeconds"], &found["is"]["breachedAt"]),
                (&json!(43_200), &due),
                "{found}"
            );
        }
        // But it is not missed yet, and what has not happened has no reason.
        assert_eq!(clock["breachedAt"], Value::Null);
        assert_eq!(
            (
                &clock["explain"]["until"],
                &clock["explain"]["runningSeconds"]
            ),
            (&json!(world.now().to_rfc3339()), &json!(1_800))
        );
        assert_eq!(clock["attribution"], json!([{"seconds": 1_800}]));

        // And once it is missed, it was not before.
        world.advance(12 * 3_600);
        let before = at(9).await;
        let found = &before["clocksWhatIf"]["clocks"][1];
        assert_eq!(
            (&found["is"], &found["is"]["breachedAt"]),
            (&found["wouldBe"], &Value::Null)
        );
        assert_eq!(before["clocks"][1]["breachedAt"], due);
        world.end().await;
    })
    .await;
}

const OTHERWISE: &str = "query($r: [_Any!]!, $c: [ClockChangeInput!]!) { _entities(representations: $r) { ... on Ticket { \
    clocksWhatIf(changes: $c) { problems { code } clocks { target code cycle dueMovesBySeconds is { state dueAt } \
    wouldBe { state startedAt stoppedAt dueAt targetSeconds elapsedSeconds breachedAt } } } } } }";
const AGREE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { field code } } }";
const ASSIGN: &str =
    "mutation($i: AssignCalendarInput!) { assignCalendar(input: $i) { problems { field code } } }";
const STANDBY: &str = "mutation($i: SetStandbySchemeInput!) { setStandbyScheme(input: $i) { problems { field code } } }";

async fn agree(world: &World, tenant: TenantId, (kind, calendar): (&str, &str), targets: Value) {
    let terms = json!({"targets": targets, "warnPercents": []});
    let input = json!({"i": {"name": kind, "kind": kind, "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
    let made = world.data(&world.manager(tenant), AGREE, input).await;
    assert_eq!(made["createAgreement"]["problems"], json!([]));
}

/// The ticket's clocks, if it were so classified.
async fn classified(
    world: &World,
    tenant: TenantId,
    ticket: &TicketSnapshot,
    otherwise: &Value,
) -> Value {
    let mut asked = representation(tenant, ticket, ticket.version);
    asked["c"] = json!([{"classified": otherwise}]);
    let found = world.data(&world.manager(tenant), OTHERWISE, asked).await;
    let found = found["_entities"][0]["clocksWhatIf"].clone();
    assert_eq!(found["problems"], json!([]), "{otherwise}");
    found["clocks"].clone()
}

/// The clock of a target or, of the tenant's own, of a code; null if there is none.
fn of(clocks: &Value, which: &str, cycle: i64) -> Value {
    let mut all = clocks.as_array().unwrap().iter();
    let found = all.find(|c| (c["target"] == which || c["code"] == which) && c["cycle"] == cycle);
    found.cloned().unwrap_or(Value::Null)
}

fn is(field: &str, value: &str) -> Value {
    json!({"field": field, "isOneOf": [value]})
}

/// A target of the tenant's own, of so many hours, that runs while that holds.
fn during(code: &str, hours: i64, start: Value) -> Value {
    json!({"target": "CUSTOM", "code": code, "name": code, "seconds": hours * HOUR, "start": start})
}

fn always() -> Value {
    json!({"timeZone": "UTC", "alwaysOpen": true})
}

#[tokio::test]
async fn whatever_conditions_look_at_can_be_supposed() {
    story(async {
        let world = World::start("suppose-conditions").await;
        let acme = world.tenant("acme").await;
        let calendar = world.calendar(acme, "24x7", always()).await;
        let category = gid(acme, CategoryId::new(&*world.ids));
        let group = gid(acme, GroupId::new(&*world.ids));
        let resolution = |hours: i64, when: Value| json!({"target": "RESOLUTION", "seconds": hours * HOUR, "when": when});
        let response = |hours: i64, when: Value| json!({"target": "FIRST_RESPONSE", "seconds": hours * HOUR, "when": when});
        let targets = json!([
            response(1, is("VIP", "true")),
            response(2, Value::Null),
            resolution(1, is("CATEGORY", &category)),
            resolution(2, is("MAJOR", "true")),
            resolution(3, is("VIP", "true")),
            resolution(4, is("LINE", "3")),
            resolution(5, is("GROUP", &group)),
            resolution(10, Value::Null),
        ]);
        agree(&world, acme, ("SLA", &calendar), targets).await;
        // Answered after an hour and a half of two.
        let mut ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(5_400);
        let person = PersonId::new(&*world.ids);
        let answer = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[answer]).await;
        world.advance(600);
        let told = world.announced().await.len();
        let due = |hours: i64| json!((begun + TimeDelta::hours(hours)).to_rfc3339());

        for (otherwise, hours) in [
            (json!({"category": category}), 1),
            (json!({"major": true}), 2),
            (json!({"vip": true}), 3),
            (json!({"line": 3}), 4),
            (json!({"group": group}), 5),
            // All at once: the first target that is for it.
            (json!({"group": group, "line": 3, "vip": true, "major": true}), 2),
            // And what is for none of them.
            (json!({"line": 2, "major": false, "vip": false, "category": gid(acme, CategoryId::new(&*world.ids))}), 10),
        ] {
            let found = classified(&world, acme, &ticket, &otherwise).await;
            let clock = of(&found, "RESOLUTION", 1);
            let would_be = &clock["wouldBe"];
            assert_eq!((&would_be["targetSeconds"], &would_be["dueAt"]), (&json!(hours * HOUR), &due(hours)), "{otherwise}");
            assert_eq!((&clock["is"]["dueAt"], &clock["dueMovesBySeconds"]), (&due(10), &json!((hours - 10) * HOUR)), "{otherwise}");
        }
        // A clock that still runs is judged from its beginning on by what the ticket is by now; what it is to become is not yet.
        for (minutes, moves) in [(30, -9 * HOUR), (180, 0)] {
            let otherwise = json!({"category": category, "from": begun + TimeDelta::minutes(minutes)});
            let found = classified(&world, acme, &ticket, &otherwise).await;
            assert_eq!(of(&found, "RESOLUTION", 1)["dueMovesBySeconds"], moves, "{otherwise}");
        }
        // Who asks was a VIP at the opening or never: also for the answer that was before.
        let later = begun + TimeDelta::minutes(95);
        let found = classified(&world, acme, &ticket, &json!({"vip": true, "from": later})).await;
        let answered = of(&found, "FIRST_RESPONSE", 1)["wouldBe"].clone();
        assert_eq!((&answered["targetSeconds"], &answered["breachedAt"]), (&json!(HOUR), &due(1)));
        assert_eq!((&answered["state"], &answered["elapsedSeconds"]), (&json!("STOPPED"), &json!(5_400)));
        assert_eq!(of(&found, "RESOLUTION", 1)["wouldBe"]["targetSeconds"], 3 * HOUR);

        // What a ticket is can be supposed away.
        let mut major = world.ticket();
        major.major = true;
        world.hear(acme, &[world.opened(acme, &major)]).await;
        let found = classified(&world, acme, &major, &json!({"major": false})).await;
        assert_eq!(of(&found, "RESOLUTION", 1)["dueMovesBySeconds"], 8 * HOUR);

        // Another tenant's things are not found, and there are three lines.
        let globex = world.tenant("globex").await;
        for (otherwise, code) in [
            (json!({"category": gid(globex, CategoryId::new(&*world.ids))}), "NOT_FOUND"),
            (json!({"group": gid(globex, GroupId::new(&*world.ids))}), "NOT_FOUND"),
            (json!({"vendor": gid(globex, VendorId::new(&*world.ids))}), "NOT_FOUND"),
            (json!({"line": 0}), "BAD_INPUT"),
            (json!({"line": 4}), "BAD_INPUT"),
        ] {
            let mut asked = representation(acme, &ticket, ticket.version);
            asked["c"] = json!([{"classified": otherwise}]);
            assert_eq!(world.refusal(&world.manager(acme), OTHERWISE, asked).await, code);
        }
        // Both clocks of the other ticket alone are new.
        assert_eq!(world.announced().await.len(), told + 2);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_supposed_holder_moves_hours_that_follow_it_and_clocks_between_groups() {
    story(async {
        let world = World::start("suppose-holder").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let calendar = world.calendar(acme, "24x7", always()).await;
        let by_night = world.calendar(acme, "Noche", weekdays("UTC", "20:00-24:00", &[])).await;
        let [desk, other, night] = [(); 3].map(|()| GroupId::new(&*world.ids));
        let category = gid(acme, CategoryId::new(&*world.ids));
        let target = |target: &str, whose: &str| json!({"target": target, "seconds": 3 * HOUR, "hours": {"whose": whose}});
        let targets = json!([
            target("RESOLUTION", "HOLDING_GROUP"),
            target("RESTORATION", "FIRST_GROUP"),
            target("ROOT_CAUSE", "DUTY"),
        ]);
        agree(&world, acme, ("SLA", &calendar), targets).await;
        let targets = json!([
            during("n1", 2, is("LINE", "1")),
            during("n3", 2, is("LINE", "3")),
            during("noche", 1, is("GROUP", &gid(acme, night))),
        ]);
        agree(&world, acme, ("OLA", &calendar), targets).await;
        let given = json!({"i": {"group": gid(acme, night), "calendar": by_night}});
        assert_eq!(world.data(&manager, ASSIGN, given).await["assignCalendar"]["problems"], json!([]));
        let eligible = json!({"any": [is("CATEGORY", &category), is("MAJOR", "true")]});
        let scheme = json!({"i": {"calendar": calendar, "eligible": eligible}});
        assert_eq!(world.data(&manager, STANDBY, scheme).await["setStandbyScheme"]["problems"], json!([]));

        // Opened at two in the afternoon (UTC), the one with the desk and the other with the group that works by night.
        let (ticket, nightly) = (world.ticket(), world.ticket());
        let begun = world.now();
        world.hear(acme, &[
            world.opened(acme, &ticket),
            world.held(acme, &ticket, 1, desk, 1),
            world.opened(acme, &nightly),
            world.held(acme, &nightly, 1, night, 3),
        ])
        .await;
        world.advance(HOUR);
        let told = world.announced().await.len();
        let after = |minutes: i64| json!((begun + TimeDelta::minutes(minutes)).to_rfc3339());
        let from = json!(begun + TimeDelta::minutes(30));

        // With the others from half past two on: half an hour is counted, the rest from eight in the evening on.
        let found = classified(&world, acme, &ticket, &json!({"group": gid(acme, night), "from": from})).await;
        for (which, due, moves) in [("RESOLUTION", 510, 330), ("ROOT_CAUSE", 510, 330), ("RESTORATION", 180, 0)] {
            let clock = of(&found, which, 1);
            assert_eq!((&clock["is"]["dueAt"], &clock["wouldBe"]["dueAt"]), (&after(180), &after(due)), "{which}");
            assert_eq!(clock["dueMovesBySeconds"], moves * 60, "{which}");
        }
        assert_eq!(of(&found, "RESOLUTION", 1)["wouldBe"]["elapsedSeconds"], 1_800);
        // The clock of that group begins, and that of the first line goes on: nobody said another line.
        let begins = of(&found, "noche", 1);
        assert_eq!(begins["is"], Value::Null);
        assert_eq!((&begins["wouldBe"]["startedAt"], &begins["wouldBe"]["dueAt"]), (&after(30), &after(90)), "{found}");
        assert_eq!((&of(&found, "n1", 1)["dueMovesBySeconds"], of(&found, "n3", 1)), (&json!(0), Value::Null));
        // From the opening on it was the first group, too.
        let found = classified(&world, acme, &ticket, &json!({"group": gid(acme, night)})).await;
        for which in ["RESOLUTION", "ROOT_CAUSE", "RESTORATION"] {
            let clock = of(&found, which, 1);
            assert_eq!((&clock["wouldBe"]["dueAt"], &clock["dueMovesBySeconds"]), (&after(540), &json!(6 * HOUR)), "{which}");
        }
        // Another line: the first one's clock stops there, and the third one's begins.
        let found = classified(&world, acme, &ticket, &json!({"line": 3, "from": from})).await;
        let n1 = of(&found, "n1", 1);
        assert_eq!((&n1["is"]["state"], &n1["is"]["dueAt"]), (&json!("RUNNING"), &after(120)));
        assert_eq!((&n1["wouldBe"]["state"], &n1["wouldBe"]["stoppedAt"]), (&json!("STOPPED"), &after(30)), "{n1}");
        assert_eq!(n1["wouldBe"]["elapsedSeconds"], 1_800);
        let n3 = of(&found, "n3", 1);
        assert_eq!((&n3["wouldBe"]["startedAt"], &n3["wouldBe"]["dueAt"]), (&after(30), &after(150)));
        // Where the standby may be called out from half past two on, the duty is round the clock; the group's hours are not.
        for otherwise in [json!({"category": category, "from": from}), json!({"major": true, "from": from})] {
            let found = classified(&world, acme, &nightly, &otherwise).await;
            let duty = of(&found, "ROOT_CAUSE", 1);
            assert_eq!((&duty["is"]["dueAt"], &duty["wouldBe"]["dueAt"]), (&after(540), &after(210)), "{otherwise}");
            assert_eq!((&duty["wouldBe"]["elapsedSeconds"], &duty["dueMovesBySeconds"]), (&json!(1_800), &json!(-330 * 60)));
            assert_eq!(of(&found, "RESOLUTION", 1)["dueMovesBySeconds"], 0);
        }
        assert_eq!(world.announced().await.len(), told, "nothing was written");

        // An hour with another line, and back: had it stayed with the first one, that would have been one time and not two.
        world.hear(acme, &[world.held(acme, &ticket, 2, other, 2)]).await;
        world.advance(HOUR);
        world.hear(acme, &[world.held(acme, &ticket, 3, desk, 1)]).await;
        world.advance(1_800);
        let found = classified(&world, acme, &ticket, &json!({"line": 1, "from": from})).await;
        let first = of(&found, "n1", 1);
        assert_eq!((&first["is"]["state"], &first["wouldBe"]["state"]), (&json!("STOPPED"), &json!("RUNNING")), "{found}");
        assert_eq!((&first["wouldBe"]["elapsedSeconds"], &first["wouldBe"]["breachedAt"]), (&json!(9_000), &after(120)));
        let second = of(&found, "n1", 2);
        assert_eq!((&second["is"]["state"], &second["wouldBe"]), (&json!("RUNNING"), &Value::Null));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_supposed_vendor_is_the_one_that_is_waited_for_while_one_is() {
    story(async {
        let world = World::start("suppose-vendor").await;
        let acme = world.tenant("acme").await;
        let calendar = world.calendar(acme, "24x7", always()).await;
        let [a, b] = [(); 2].map(|()| VendorId::new(&*world.ids));
        let targets = json!([
            during("a", 2, is("VENDOR", &gid(acme, a))),
            during("b", 4, is("VENDOR", &gid(acme, b))),
        ]);
        agree(&world, acme, ("SUPPLIER", &calendar), targets).await;
        let mut ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(HOUR);
        ticket.vendor = Some(a);
        let waits = world.moved(acme, &mut ticket, TicketState::WaitingForVendor);
        world.hear(acme, &[waits]).await;
        world.advance(5_400);
        let told = world.announced().await.len();
        let after = |hours: i64| json!((begun + TimeDelta::hours(hours)).to_rfc3339());

        // From an hour of waiting on for the other one.
        let otherwise = json!({"vendor": gid(acme, b), "from": begun + TimeDelta::hours(2)});
        let found = classified(&world, acme, &ticket, &otherwise).await;
        let of_a = of(&found, "a", 1);
        assert_eq!(
            (&of_a["is"]["state"], &of_a["wouldBe"]["state"]),
            (&json!("RUNNING"), &json!("STOPPED")),
            "{found}"
        );
        assert_eq!(
            (
                &of_a["wouldBe"]["stoppedAt"],
                &of_a["wouldBe"]["elapsedSeconds"]
            ),
            (&after(2), &json!(HOUR))
        );
        let of_b = of(&found, "b", 1);
        assert_eq!(
            (&of_b["is"], &of_b["wouldBe"]["startedAt"]),
            (&Value::Null, &after(2))
        );
        assert_eq!(
            (
                &of_b["wouldBe"]["dueAt"],
                &of_b["wouldBe"]["elapsedSeconds"]
            ),
            (&after(6), &json!(1_800))
        );
        // All along: from where it waits, not from the opening.
        let found = classified(&world, acme, &ticket, &json!({"vendor": gid(acme, b)})).await;
        assert_eq!(of(&found, "a", 1)["wouldBe"], Value::Null);
        let of_b = of(&found, "b", 1);
        assert_eq!(
            (
                &of_b["wouldBe"]["startedAt"],
                &of_b["wouldBe"]["elapsedSeconds"]
            ),
            (&after(1), &json!(5_400))
        );
        assert_eq!(world.announced().await.len(), told, "nothing was written");

        // Who works on it waits for nobody, whatever is supposed.
        world.advance(1_800);
        ticket.vendor = None;
        let works = world.moved(acme, &mut ticket, TicketState::InProgress);
        world.hear(acme, &[works]).await;
        let otherwise = json!({"vendor": gid(acme, b), "from": begun + TimeDelta::hours(3)});
        let found = classified(&world, acme, &ticket, &otherwise).await;
        let of_a = of(&found, "a", 1);
        assert_eq!(
            (
                &of_a["wouldBe"]["state"],
                &of_a["wouldBe"]["elapsedSeconds"]
            ),
            (&json!("STOPPED"), &json!(2 * HOUR))
        );
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        world.end().await;
    })
    .await;
}
