//! A mutation that comes again under the same key.

use chrono::TimeDelta;
use idempotency::{KEPT_FOR, purge};
use serde_json::{Value, json};

use crate::kit::HOUR;
use crate::world::{World, story, usual_terms};

const CALENDAR: &str = "mutation($i: CreateCalendarInput!) { createCalendar(input: $i) { calendar { id } problems { code } } }";
const AGREEMENT: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id } problems { code } } }";

#[tokio::test]
async fn a_calendar_and_an_agreement_are_made_once_per_key_for_two_days() {
    story(async {
        let world = World::start("keys").await;
        let jobs: Vec<&str> = world.service.jobs.iter().map(|job| job.name).collect();
        assert!(jobs.contains(&"sla-clock-purge"), "{jobs:?}");
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        // The same text: a key is that of one operation.
        let calendar = |name: &str| {
            let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
            json!({"i": {"name": name, "hours": hours, "idempotencyKey": "k"}})
        };
        let hours = world.data(&manager, CALENDAR, calendar("24x7")).await;
        let id = hours["createCalendar"]["calendar"]["id"].clone();
        let agreement = |name: &str, position: i32| {
            json!({"i": {"name": name, "calendar": id, "terms": usual_terms(), "position": position, "idempotencyKey": "k"}})
        };
        let agreed = world.data(&manager, AGREEMENT, agreement("ANS", 1)).await;

        let again = async |query: &str, input: Value| world.data(&manager, query, input).await;
        world.clock.advance(KEPT_FOR - TimeDelta::minutes(1));
        assert_eq!(purge(&world.db, world.now()).await.unwrap(), 0);
        assert_eq!(again(CALENDAR, calendar("24x7")).await, hours);
        assert_eq!(again(AGREEMENT, agreement("ANS", 1)).await, agreed);
        for (query, other) in [(CALENDAR, calendar("x")), (AGREEMENT, agreement("x", 0))] {
            assert_eq!(world.refusal(&manager, query, other).await, "IDEMPOTENCY_MISMATCH");
        }

        world.advance(2 * 60);
        assert_eq!(purge(&world.db, world.now()).await.unwrap(), 2);
        let anew = again(CALENDAR, calendar("x")).await;
        assert_eq!(anew["createCalendar"]["problems"], json!([]));
        assert_ne!(anew, hours);
        let anew = again(AGREEMENT, agreement("x", 0)).await;
        assert_eq!(anew["createAgreement"]["problems"], json!([]));
        assert_ne!(anew, agreed);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_made_is_given_back_though_it_would_be_refused_by_now() {
    story(async {
        let world = World::start("keys-behind").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        // This Monday from nine to six in Lima, and never again.
        let calendar = |name: &str, key: &str, span: &str| {
            let hours = json!({"timeZone": "America/Lima", "dateHours": [{"date": "2026-11-23", "spans": [span]}]});
            json!({"i": {"name": name, "hours": hours, "idempotencyKey": key}})
        };
        let once = |name: &str, key: &str| calendar(name, key, "09:00-18:00");
        let made = world.data(&manager, CALENDAR, once("Una vez", "k")).await;
        assert_eq!(made["createCalendar"]["problems"], json!([]));
        let id = made["createCalendar"]["calendar"]["id"].clone();
        let agreement = |name: &str, key: &str| {
            let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 60}]});
            json!({"i": {"name": name, "calendar": id, "terms": terms, "idempotencyKey": key}})
        };
        let agreed = world.data(&manager, AGREEMENT, agreement("ANS", "k")).await;
        assert_eq!(agreed["createAgreement"]["problems"], json!([]));

        // It has closed for good: whoever comes with it now is refused, and whoever did not hear the answer gets it.
        world.advance(10 * HOUR);
        assert_eq!(world.data(&manager, CALENDAR, once("Una vez", "k")).await, made);
        assert_eq!(world.data(&manager, AGREEMENT, agreement("ANS", "k")).await, agreed);
        let refused = world.data(&manager, CALENDAR, once("Otra", "l")).await["createCalendar"].clone();
        assert_eq!(refused, json!({"calendar": null, "problems": [{"code": "NO_HOURS_AHEAD"}]}));
        let refused = world.data(&manager, AGREEMENT, agreement("Otro", "l")).await["createAgreement"].clone();
        assert_eq!(refused, json!({"agreement": null, "problems": [{"code": "NEVER_DUE"}]}));
        // Another input under the key is that, whenever it comes; what is none at any time is said to be so first.
        assert_eq!(world.refusal(&manager, CALENDAR, once("Otra", "k")).await, "IDEMPOTENCY_MISMATCH");
        let odd = world.data(&manager, CALENDAR, calendar("Una vez", "k", "de nueve a seis")).await;
        assert_eq!(odd["createCalendar"]["problems"], json!([{"code": "BAD_SPAN"}]));
        // What was refused was not remembered.
        let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
        let mended = json!({"i": {"name": "Otra", "hours": hours, "idempotencyKey": "l"}});
        let mended = world.data(&manager, CALENDAR, mended).await;
        assert_eq!(mended["createCalendar"]["problems"], json!([]));
        world.end().await;
    })
    .await;
}
