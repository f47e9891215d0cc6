//! The schema is for developers: in production there is neither introspection nor a page to ask for it.

use serde_json::json;

use crate::world::{Gateway, World, client};

const TYPES: &str = "{ __schema { types { name } } }";

#[tokio::test]
async fn production_hides_the_schema() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let answer = world.ask("abc", TYPES).await;
    assert!(answer.body["data"].is_null(), "{answer:?}");
    assert_eq!(answer.code(), "INTROSPECTION_DISABLED");
    let page = world
        .http
        .get(world.gateway.url("/graphql"))
        .header("accept", "text/html");
    let page = world.send(page).await;
    assert_eq!((page.status, page.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn development_shows_it_to_callers_and_the_page_to_everyone() {
    let world = World::with(|settings| settings["production"] = json!(false));
    world.directory.knows("abc", "tnt_a", "agent");
    assert!(world.ask("abc", TYPES).await.data()["__schema"]["types"].is_array());
    let page = world
        .http
        .get(world.gateway.url("/graphql"))
        .header("accept", "text/html");
    let page = world.send(page).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body
            .as_str()
            .unwrap()
            .to_lowercase()
            .contains("graphiql")
    );
    // The page is all that comes without a credential.
    let sly = [
        world
            .http
            .get(world.gateway.url("/graphql?query=%7Bagreements%7D"))
            .header("accept", "text/html"),
        world
            .http
            .get(world.gateway.url("/graphql?query=%7Bagreements%7D")),
        world.post(TYPES).header("accept", "text/html"),
        world.post(TYPES),
    ];
    for request in sly {
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
    }
}

/// The router's own loader would let the environment decide; ours does not read it.
#[tokio::test]
async fn the_environment_changes_nothing() {
    let world = World::new();
    let settings = json!({
        "listen": "127.0.0.1:0",
        "supergraph": format!("{}/tests/supergraph/supergraph.graphql", env!("CARGO_MANIFEST_DIR")),
        "subgraphs": { "intake": "http://127.0.0.1:1", "sla-clock": "http://127.0.0.1:1" },
        "directory": { "url": "http://127.0.0.1:1", "internal_key": "" },
        "signing": { "key": "key.pem", "jwks": "jwks.json", "kid": "k1" },
        "production": true,
    });
    let environment = [
        ("WEBSOCKET_ENABLED", "true"),
        ("LABORATORY_ENABLED", "true"),
        ("HOST", "0.0.0.0"),
        ("PORT", "1"),
        ("ROUTER_CONFIG_FILE_PATH", "/nowhere"),
    ];
    let gateway = Gateway::start(&settings, &environment);
    assert!(gateway.address.ip().is_loopback());
    let page = client()
        .get(gateway.url("/graphql"))
        .header("accept", "text/html");
    assert_eq!(world.send(page).await.status, 401);
    for path in ["/graphql", "/ws", "/"] {
        assert_upgrade_refused(&gateway, path);
    }
}

#[tokio::test]
async fn websocket_upgrades_are_refused() {
    let world = World::with(|settings| settings["production"] = json!(false));
    for path in ["/graphql", "/graphql/x", "/ws", "/subscriptions", "/"] {
        assert_upgrade_refused(&world.gateway, path);
    }
    world.directory.knows("abc", "tnt_a", "agent");
    let answer = world.send(
        world
            .post("{ agreements }")
            .bearer_auth("abc")
            .header("upgrade", "websocket"),
    );
    assert_eq!(answer.await.code(), "WEBSOCKET_NOT_SUPPORTED");
}

fn assert_upgrade_refused(gateway: &Gateway, path: &str) {
    let answer = gateway.raw(&format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: graphql-transport-ws\r\naccept: text/html\r\n\r\n"
    ));
    let status = answer.split(' ').nth(1).unwrap_or_default();
    assert!(["400", "404"].contains(&status), "{path}: {answer}");
}
