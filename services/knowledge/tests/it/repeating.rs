//! A mutation that comes again under the same key.

use std::sync::Arc;

use access::Role;
use chrono::TimeDelta;
use clock::{Clock as _, ManualClock};
use idempotency::{KEPT_FOR, purge};
use serde_json::{Value, json};

use crate::world::{World, story};

const WRITE: &str = "mutation($i: WriteArticleInput!) { writeArticle(input: $i) { article { id } problems { code } } }";

fn titled(title: &str) -> Value {
    json!({"i": {"title": title, "body": "Paso 1", "audience": "INTERNAL", "language": "ES", "idempotencyKey": "k"}})
}

#[tokio::test]
async fn an_article_is_written_once_per_key_for_two_days() {
    story(async {
        let clock = Arc::new(ManualClock::at("2026-11-23T14:00:00Z".parse().unwrap()));
        let world = World::start_on(clock.clone(), "keys").await;
        assert_eq!(world.jobs(), ["knowledge-purge"]);
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        let first = world.data(&agent, WRITE, titled("VPN")).await;

        clock.advance(KEPT_FOR - TimeDelta::minutes(1));
        assert_eq!(purge(&world.db, clock.now()).await.unwrap(), 0);
        assert_eq!(world.data(&agent, WRITE, titled("VPN")).await, first);
        assert_eq!(
            world.refusal(&agent, WRITE, titled("Red")).await,
            "IDEMPOTENCY_MISMATCH"
        );

        clock.advance(TimeDelta::minutes(2));
        assert_eq!(purge(&world.db, clock.now()).await.unwrap(), 1);
        let anew = world.data(&agent, WRITE, titled("Red")).await;
        assert_eq!(anew["writeArticle"]["problems"], json!([]));
        assert_ne!(anew, first);
        assert_eq!(world.announced().await.len(), 2);
        world.end().await;
    })
    .await;
}
