//! Trusted documents: the portal sends an id instead of a text. And the ways an answer may travel.

use serde_json::json;

use crate::world::World;

/// A file of one document, in a place of this process; the gateway reads it once, when it starts.
fn documents() -> std::path::PathBuf {
    let file = std::env::temp_dir().join(format!("gateway-it-{}-trusted.json", std::process::id()));
    std::fs::write(
        &file,
        json!({ "abc123": "{ whoami { tenant } }" }).to_string(),
    )
    .unwrap();
    file
}

#[tokio::test]
async fn a_trusted_document_is_known_by_its_id() {
    let file = documents();
    let [open, closed] = [false, true].map(|only| {
        let world = World::with(|settings| {
            settings["trusted_documents"] = json!(file);
            settings["trusted_documents_only"] = json!(only);
        });
        world.directory.knows("abc", "tnt_a", "agent");
        world
    });
    std::fs::remove_file(&file).unwrap();
    for world in [&open, &closed] {
        let send = |id: &str| {
            let body = json!({ "documentId": id });
            world
                .http
                .post(world.gateway.url("/graphql"))
                .bearer_auth("abc")
                .json(&body)
        };
        let known = world.send(send("abc123")).await;
        assert_eq!(known.data()["whoami"]["tenant"], "tnt_a");
        assert!(world.send(send("other")).await.body["errors"].is_array());
    }
    let text = "{ whoami { subject } }";
    assert_eq!(
        open.ask("abc", text).await.data()["whoami"]["subject"],
        "psn_abc"
    );
    let refused = closed.ask("abc", text).await;
    assert!(
        refused.body["data"].is_null() && refused.body["errors"].is_array(),
        "{refused:?}"
    );
}

#[tokio::test]
async fn answers_travel_as_json_and_as_events() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    for (media, query, holds) in [
        ("application/json", "{ agreements }", "oro"),
        ("application/graphql-response+json", "{ agreements }", "oro"),
        (
            "text/event-stream",
            "subscription { agreementSigned }",
            "tnt_a",
        ),
    ] {
        let request = world.post(query).bearer_auth("abc").header("accept", media);
        let answer = world.send(request).await;
        assert_eq!(answer.status, 200);
        let is = answer.headers["content-type"].to_str().unwrap();
        assert!(is.starts_with(media), "{is}");
        assert!(answer.body.to_string().contains(holds), "{answer:?}");
    }
    // A refusal speaks the language it was asked in.
    let media = "application/graphql-response+json";
    let refused = world
        .send(world.post("{ agreements }").header("accept", media))
        .await;
    assert_eq!((refused.status, refused.code()), (401, "UNAUTHENTICATED"));
    assert_eq!(refused.headers["content-type"], media);
}
