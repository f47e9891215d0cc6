//! Targets in business days, calendar days and months, through the graph: written, shown, supposed, previewed and tried.

use events::intake::TicketState;
use events::sla_clock::ClockChanged;
use serde_json::{Value, json};

use crate::following::representation;
use crate::kit::HOUR;
use crate::world::{MONDAY, World, story};

const DAY: i64 = 24 * HOUR;

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id versions { targets { \
    seconds allowance { unit count } } } } problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!, $c: [ClockChangeInput!]! = []) { _entities(representations: $r) { ... on Ticket { \
    clocks { code targetSeconds allowance { unit count } elapsedSeconds dueAt explain { runningSeconds } attribution { seconds } } \
    clocksWhatIf(changes: $c) { problems { code } clocks { code dueMovesBySeconds \
      is { allowance { unit count } } wouldBe { targetSeconds dueAt allowance { unit count } } } } } } }";

fn custom(code: &str, how_long: Value) -> Value {
    let mut target = json!({"target": "CUSTOM", "code": code, "name": code});
    target
        .as_object_mut()
        .unwrap()
        .extend(how_long.as_object().unwrap().clone());
    target
}

#[tokio::test]
async fn what_is_agreed_in_days_and_months_is_kept_shown_and_counted() {
    story(async {
        let world = World::start("allowing").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let weekly: Vec<Value> = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
            .map(|day| json!({"day": day, "spans": ["09:00-18:00"]}))
            .into();
        let hours = |holidays: Value| json!({"timeZone": "America/Lima", "weekly": weekly, "holidays": holidays});
        let calendar = world.calendar(acme, "Oficina", hours(json!([]))).await;
        let agree = async |calendar: &str, targets: Value| {
            let input = json!({"i": {"name": "ANS", "calendar": calendar, "terms": {"targets": targets, "warnPercents": []},
                "validFrom": "2010-01-01T00:00:00Z"}});
            world.data(&manager, CREATE, input).await["createAgreement"].clone()
        };
        for odd in [json!({}), json!({"seconds": 60, "months": 1}), json!({"businessDays": 1, "calendarDays": 1})] {
            let refused = agree(&calendar, json!([custom("a", odd.clone())])).await;
            assert_eq!(refused["problems"], json!([{"field": "targets.0", "code": "ONE_ALLOWANCE"}]), "{odd}");
        }
        for (odd, field) in [(json!({"businessDays": 0}), "businessDays"), (json!({"months": 200}), "months")] {
            let refused = agree(&calendar, json!([custom("a", odd)])).await;
            assert_eq!(refused["problems"], json!([{"field": format!("targets.0.{field}"), "code": "BAD_ALLOWANCE"}]));
        }
        // One day in all its life: no second business day comes, while dates do.
        let once = json!({"timeZone": "UTC", "dateHours": [{"date": "2030-01-01", "spans": ["09:00-10:00"]}]});
        let once = world.calendar(acme, "Una vez", once).await;
        let two_days = json!([custom("a", json!({"businessDays": 2}))]);
        assert_eq!(agree(&once, two_days).await["problems"], json!([{"field": "targets", "code": "NEVER_DUE"}]));
        let by_it = custom("a", json!({"businessDays": 2, "hours": {"whose": "CALENDAR", "calendar": once}}));
        assert_eq!(agree(&calendar, json!([by_it])).await["problems"], json!([{"field": "targets.0.hours", "code": "NEVER_DUE"}]));

        let made = agree(&calendar, json!([
            custom("b", json!({"businessDays": 2})), custom("c", json!({"calendarDays": 2})),
            custom("m", json!({"months": 1})), custom("s", json!({"seconds": 3_600})),
            custom("x", json!({"calendarDays": 2, "hours": {"whose": "CALENDAR", "calendar": once}})),
        ]))
        .await;
        assert_eq!(made["problems"], json!([]));
        let shown = &made["agreement"]["versions"][0]["targets"];
        assert_eq!(shown[0], json!({"seconds": null, "allowance": {"unit": "BUSINESS_DAYS", "count": 2}}));
        assert_eq!(shown[3], json!({"seconds": 3_600, "allowance": {"unit": "SECONDS", "count": 3_600}}));

        // Monday nine o'clock in Lima.
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(DAY + HOUR);
        let asked = representation(acme, &ticket, 1);
        let seen = world.data(&manager, CLOCKS, asked.clone()).await["_entities"][0].clone();
        let brief = |clock: &Value| {
            assert_eq!(clock["elapsedSeconds"], clock["explain"]["runningSeconds"]);
            let shares = clock["attribution"].as_array().unwrap().iter();
            assert_eq!(shares.map(|s| s["seconds"].as_i64().unwrap()).sum::<i64>(), clock["elapsedSeconds"].as_i64().unwrap());
            json!([clock["code"], clock["allowance"]["unit"], clock["allowance"]["count"], clock["targetSeconds"].as_i64().unwrap() / HOUR,
                clock["elapsedSeconds"].as_i64().unwrap() / HOUR, clock["dueAt"]])
        };
        let brief: Vec<Value> = seen["clocks"].as_array().unwrap().iter().map(brief).collect();
        assert_eq!(
            brief,
            [
                // All of Monday, Tuesday and Wednesday; Monday's nine hours and one have passed.
                json!(["b", "BUSINESS_DAYS", 2, 27, 10, "2026-11-25T23:00:00+00:00"]),
                json!(["c", "CALENDAR_DAYS", 2, 48, 25, "2026-11-25T14:00:00+00:00"]),
                json!(["m", "MONTHS", 1, 30 * 24, 25, "2026-12-23T14:00:00+00:00"]),
                json!(["s", "SECONDS", 3_600, 1, 10, "2026-11-23T15:00:00+00:00"]),
                json!(["x", "CALENDAR_DAYS", 2, 48, 25, "2026-11-25T14:00:00+00:00"]),
            ],
            "{seen}"
        );
        let told = world.announced_as::<ClockChanged>().await;
        let of = |code: &str| told.iter().find(|(_, c)| c.clock.target_code.as_deref() == Some(code)).unwrap();
        assert_eq!(of("b").1.clock.target_seconds, 27 * HOUR);

        // Were Wednesday a holiday, business days would go to Thursday; dates would not.
        let mut supposed = asked.clone();
        supposed["c"] = json!([{"holiday": "2026-11-25"}]);
        let found = world.data(&manager, CLOCKS, supposed).await["_entities"][0]["clocksWhatIf"].clone();
        assert_eq!(found["problems"], json!([]));
        let moves: Vec<&Value> = found["clocks"].as_array().unwrap().iter().map(|c| &c["dueMovesBySeconds"]).collect();
        assert_eq!(moves, [&json!(DAY), &json!(0), &json!(0), &json!(0), &json!(0)], "{found}");
        let days = json!({"unit": "BUSINESS_DAYS", "count": 2});
        assert_eq!((&found["clocks"][0]["is"]["allowance"], &found["clocks"][0]["wouldBe"]["allowance"]), (&days, &days));

        // The same edit as a preview, and made; and the agreement tried on what was.
        let edit = json!({"calendar": calendar, "hours": hours(json!(["2026-11-25"])), "validFrom": MONDAY, "applyToOpen": true});
        let preview = "query($i: ChangeCalendarInput!) { previewCalendarChange(input: $i) { moved moves { target movesBySeconds } problems { code } } }";
        let seen = world.data(&manager, preview, json!({"i": edit})).await["previewCalendarChange"].clone();
        assert_eq!(seen, json!({"moved": 1, "moves": [{"target": "CUSTOM", "movesBySeconds": DAY}], "problems": []}));
        let change = "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { problems { code } } }";
        world.data(&manager, change, json!({"i": edit})).await;
        let seen = world.data(&manager, CLOCKS, asked).await["_entities"][0]["clocks"][0].clone();
        assert_eq!((&seen["dueAt"], &seen["targetSeconds"]), (&json!("2026-11-26T23:00:00+00:00"), &json!(27 * HOUR)));
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        let simulate = "query($i: SimulateAgreementInput!) { simulateAgreement(input: $i) { problems { code } \
            targets { code wouldBe { met breached } } } }";
        let terms = json!({"targets": [custom("b", json!({"calendarDays": 1})), custom("c", json!({"months": 1}))]});
        let input = json!({"i": {"agreement": made["agreement"]["id"], "terms": terms, "from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"}});
        let found = world.data(&manager, simulate, input).await["simulateAgreement"].clone();
        let would_be = |code: &str| {
            let mut all = found["targets"].as_array().unwrap().iter();
            all.find(|t| t["code"] == code).unwrap_or_else(|| panic!("{found}"))["wouldBe"].clone()
        };
        // Resolved after a day and an hour.
        assert_eq!((would_be("b"), would_be("c")), (json!({"met": 0, "breached": 1}), json!({"met": 1, "breached": 0})));
        world.end().await;
    })
    .await;
}
