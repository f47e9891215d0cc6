//! What clocks would read if something were otherwise: computed beside how they are, and never written.

use chrono::TimeDelta;
use events::intake::TicketState;
use serde_json::{Value, json};

use crate::following::representation;
use crate::world::{World, story, usual_terms};

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
