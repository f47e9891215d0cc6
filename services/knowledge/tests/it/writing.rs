//! Writing, revising, confirming, archiving.

use access::Role;
use serde_json::{Value, json};

use crate::world::{World, story};

const REVISE: &str = "mutation($i: ReviseArticleInput!) { reviseArticle(input: $i) { \
    article { title state revision revisions { revision title by { id } } } problems { code field } position } }";

#[tokio::test]
async fn an_article_is_captured_confirmed_corrected_and_archived() {
    story(async {
        let world = World::start("life").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        let coach = world.caller(Role::QualityManager, &[acme]);
        let id = world
            .article(&agent, " Restablecer la VPN ", "Paso 1", "TENANT")
            .await;

        let refused = world.state(&agent, &id, 1, "VALIDATED").await;
        assert_eq!(
            refused["problems"],
            json!([{"code": "VALIDATORS_ONLY", "field": "state"}])
        );
        let complete = world.state(&agent, &id, 1, "NOT_VALIDATED").await;
        assert_eq!(complete["article"]["state"], "NOT_VALIDATED");
        let valid = world.state(&coach, &id, 1, "VALIDATED").await;
        assert_eq!(
            valid["article"],
            json!({"state": "VALIDATED", "revision": 1})
        );
        let again = world.state(&coach, &id, 9, "VALIDATED").await;
        assert!(
            again["position"].is_null(),
            "already so: nothing new is told"
        );
        let wrong = world.state(&coach, &id, 1, "WORK_IN_PROGRESS").await;
        assert_eq!(wrong["problems"][0]["code"], "MOVE_NOT_ALLOWED");

        let revise = |input: Value| {
            let mut whole = json!({"article": id});
            whole
                .as_object_mut()
                .unwrap()
                .extend(input.as_object().unwrap().clone());
            json!({"i": whole})
        };
        let stale = world
            .data(
                &agent,
                REVISE,
                revise(json!({"revision": 3, "body": "Paso 2"})),
            )
            .await;
        assert_eq!(
            stale["reviseArticle"]["problems"],
            json!([{"code": "STALE", "field": "revision"}])
        );
        let revised = world
            .data(
                &agent,
                REVISE,
                revise(json!({"revision": 1, "title": "Restablecer VPN"})),
            )
            .await;
        let article = &revised["reviseArticle"]["article"];
        assert_eq!(
            (&article["state"], &article["revision"]),
            (&json!("NOT_VALIDATED"), &json!(2)),
            "confirmed words that an agent changes are to be confirmed again"
        );
        let titles: Vec<_> = article["revisions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["title"].clone())
            .collect();
        assert_eq!(
            titles,
            ["Restablecer VPN", "Restablecer la VPN"],
            "the earlier words are kept"
        );
        let gone = world.state(&coach, &id, 2, "ARCHIVED").await;
        assert_eq!(gone["article"]["state"], "ARCHIVED");
        let late = world
            .data(&coach, REVISE, revise(json!({"revision": 2, "title": "X"})))
            .await;
        assert_eq!(
            late["reviseArticle"]["problems"][0]["code"],
            "ARTICLE_ARCHIVED"
        );

        let told = world.announced().await;
        let told: Vec<_> = told
            .iter()
            .map(|(_, _, n, d)| {
                (
                    *n,
                    d["state"].as_str().unwrap(),
                    d["revision"].as_i64().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (1, "work_in_progress", 1),
                (2, "not_validated", 1),
                (3, "validated", 1),
                (4, "not_validated", 2),
                (5, "archived", 2)
            ]
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn written_once_per_key_and_not_without_words() {
    story(async {
        let world = World::start("once").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        let input = |title: &str| json!({"title": title, "body": "Paso 1", "audience": "INTERNAL", "language": "ES", "idempotencyKey": "k"});
        let first = world.write(&agent, input("VPN")).await;
        assert_eq!(world.write(&agent, input("VPN")).await, first);
        let query = "mutation($i: WriteArticleInput!) { writeArticle(input: $i) { article { id } problems { code field } } }";
        assert_eq!(world.refusal(&agent, query, json!({"i": input("Otra")})).await, "IDEMPOTENCY_MISMATCH");
        assert_eq!(world.announced().await.len(), 1);
        let empty = json!({"i": {"title": " ", "body": "", "audience": "TENANT", "language": "EN"}});
        let empty = world.data(&agent, query, empty).await;
        assert_eq!(
            empty["writeArticle"]["problems"],
            json!([{"code": "INVALID_TITLE", "field": "title"}, {"code": "INVALID_BODY", "field": "body"}])
        );
        for role in [Role::Requester, Role::TenantAdmin, Role::InventoryManager] {
            let other = world.caller(role, &[acme]);
            assert_eq!(world.refusal(&other, query, json!({"i": input("X")})).await, "FORBIDDEN", "{role}");
        }
        world.end().await;
    })
    .await;
}
