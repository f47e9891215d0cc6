//! A mutation that comes again under the same key.

use chrono::TimeDelta;
use idempotency::{KEPT_FOR, purge};
use serde_json::{Value, json};

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
        let agreement = |name: &str| {
            json!({"i": {"name": name, "calendar": id, "terms": usual_terms(), "idempotencyKey": "k"}})
        };
        let agreed = world.data(&manager, AGREEMENT, agreement("ANS")).await;

        let again = async |query: &str, input: Value| world.data(&manager, query, input).await;
        world.clock.advance(KEPT_FOR - TimeDelta::minutes(1));
        assert_eq!(purge(&world.db, world.now()).await.unwrap(), 0);
        assert_eq!(again(CALENDAR, calendar("24x7")).await, hours);
        assert_eq!(again(AGREEMENT, agreement("ANS")).await, agreed);
        for (query, other) in [(CALENDAR, calendar("x")), (AGREEMENT, agreement("x"))] {
            assert_eq!(world.refusal(&manager, query, other).await, "IDEMPOTENCY_MISMATCH");
        }

        world.advance(2 * 60);
        assert_eq!(purge(&world.db, world.now()).await.unwrap(), 2);
        let anew = again(CALENDAR, calendar("x")).await;
        assert_eq!(anew["createCalendar"]["problems"], json!([]));
        assert_ne!(anew, hours);
        let anew = again(AGREEMENT, agreement("x")).await;
        assert_eq!(anew["createAgreement"]["problems"], json!([]));
        assert_ne!(anew, agreed);
        world.end().await;
    })
    .await;
}
