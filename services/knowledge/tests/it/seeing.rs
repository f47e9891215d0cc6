//! Who sees which article.

use access::Role;
use serde_json::{Value, json};

use crate::world::{World, story};

const LIST: &str = "query($f: ArticleFilter, $n: Int, $a: String) { articles(filter: $f, first: $n, after: $a) { \
    totalCount pageInfo { hasNextPage endCursor } edges { node { id title } } } }";
const ONE: &str =
    "query($id: ID!) { article(id: $id) { title createdBy { id } revisions { revision } } }";

fn titles(list: &Value) -> Vec<&str> {
    let edges = list["articles"]["edges"].as_array().unwrap();
    edges
        .iter()
        .map(|e| e["node"]["title"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn the_client_sees_what_is_meant_for_it_and_confirmed() {
    story(async {
        let world = World::start("audience").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let agent = world.caller(Role::Agent, &[acme]);
        let coach = world.caller(Role::Coordinator, &[acme]);
        let client = world.caller(Role::Requester, &[acme]);
        let stranger = world.caller(Role::ServiceManager, &[beta]);
        let mut ids = Vec::new();
        for (title, audience, states) in [
            ("interno válido", "INTERNAL", &["VALIDATED"][..]),
            ("público en curso", "TENANT", &[]),
            ("público válido", "TENANT", &["VALIDATED"]),
            ("público archivado", "TENANT", &["VALIDATED", "ARCHIVED"]),
        ] {
            let id = world.article(&agent, title, "contraseña", audience).await;
            for state in states {
                let moved = world.state(&coach, &id, 1, state).await;
                assert_eq!(moved["problems"], json!([]));
            }
            ids.push(id);
        }
        let seen = world.data(&client, LIST, json!({})).await;
        assert_eq!(titles(&seen), ["público válido"]);
        assert_eq!(seen["articles"]["totalCount"], 1);
        // Asking for more gives no more.
        let asked = json!({"f": {"states": ["WORK_IN_PROGRESS", "ARCHIVED", "VALIDATED"]}});
        assert_eq!(titles(&world.data(&client, LIST, asked).await), ["público válido"]);
        let search = "{ searchArticles(text: \"contrasena\") { totalCount edges { node { title } } } }";
        let found = world.data(&client, search, json!({})).await;
        assert_eq!(found["searchArticles"]["edges"], json!([{"node": {"title": "público válido"}}]));
        assert_eq!(world.data(&agent, search, json!({})).await["searchArticles"]["totalCount"], 3);
        let staff = world.data(&agent, LIST, json!({})).await;
        assert_eq!(titles(&staff), ["público válido", "público en curso", "interno válido"], "the last changed first");
        let archived = json!({"f": {"states": ["ARCHIVED"]}});
        assert_eq!(titles(&world.data(&agent, LIST, archived).await), ["público archivado"]);
        let inside = json!({"f": {"audience": "INTERNAL"}});
        assert_eq!(titles(&world.data(&agent, LIST, inside).await), ["interno válido"]);

        for (id, to_client) in ids.iter().zip([false, false, true, false]) {
            let one = world.data(&client, ONE, json!({"id": id})).await;
            assert_eq!(!one["article"].is_null(), to_client, "{one}");
            assert!(!world.data(&agent, ONE, json!({"id": id})).await["article"].is_null());
            assert!(world.data(&stranger, ONE, json!({"id": id})).await["article"].is_null());
        }
        let one = world.data(&client, ONE, json!({"id": ids[2]})).await;
        assert_eq!(one["article"], json!({"title": "público válido", "createdBy": null, "revisions": []}));
        assert_eq!(world.refusal(&client, ONE, json!({"id": "art_x"})).await, "NOT_FOUND");
        let other = "query($t: ID) { articles(tenant: $t) { totalCount } searchArticles(tenant: $t, text: \"x\") { totalCount } }";
        assert_eq!(world.refusal(&stranger, other, json!({"t": acme.to_string()})).await, "NOT_FOUND");
        let revise = "mutation($i: ReviseArticleInput!) { reviseArticle(input: $i) { problems { code } } }";
        let input = json!({"i": {"article": ids[2], "revision": 1, "title": "robado"}});
        assert_eq!(world.refusal(&stranger, revise, input).await, "NOT_FOUND");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn the_list_goes_on_behind_a_page() {
    story(async {
        let world = World::start("pages").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        for n in 0..7 {
            world.article(&agent, &format!("impresora {n}"), "atasco de papel", "INTERNAL").await;
        }
        for (query, field) in [
            (LIST, "articles"),
            (
                "query($n: Int, $a: String) { searchArticles(text: \"impresoras\", first: $n, after: $a) { \
                 totalCount pageInfo { hasNextPage endCursor } edges { node { id title } } } }",
                "searchArticles",
            ),
        ] {
            let (mut seen, mut after) = (Vec::new(), Value::Null);
            loop {
                let page = world.data(&agent, query, json!({"n": 3, "a": after})).await;
                let page = &page[field];
                assert_eq!(page["totalCount"], 7);
                seen.extend(page["edges"].as_array().unwrap().iter().map(|e| e["node"]["title"].to_string()));
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
            }
            assert_eq!(seen.len(), 7, "{field}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), 7, "{field}: an article came twice");
        }
        assert_eq!(world.refusal(&agent, LIST, json!({"n": 101})).await, "BAD_INPUT");
        world.end().await;
    })
    .await;
}
