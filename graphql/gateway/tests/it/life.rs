//! How a gateway starts, and how it ends.

use std::process::Command;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{Gateway, World, eventually};

#[tokio::test]
async fn it_ends_when_its_parent_is_gone() {
    let mut world = World::new();
    drop(world.gateway.stdin.take());
    assert!(world.gateway.ended());
}

#[tokio::test]
async fn it_finishes_what_is_in_flight_before_it_ends() {
    let mut world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    world.sla_clock.slow_ms.store(800, SeqCst);
    let asking = world.send(world.post("{ agreements }").bearer_auth("abc"));
    let process = world.gateway.child.id().to_string();
    let telling = async {
        eventually_async(|| world.sla_clock.asked.load(SeqCst) == 1).await;
        assert!(
            Command::new("kill")
                .args(["-TERM", &process])
                .status()
                .unwrap()
                .success()
        );
    };
    let (answer, ()) = futures_util::future::join(asking, telling).await;
    assert_eq!(answer.data()["agreements"], json!(["oro"]));
    assert!(world.gateway.ended());
}

#[tokio::test]
async fn it_does_not_wait_for_ever() {
    let mut world = World::with(|settings| settings["drain_seconds"] = json!(1));
    world.directory.knows("abc", "tnt_a", "agent");
    world.sla_clock.slow_ms.store(15_000, SeqCst);
    let request = world.post("{ agreements }").bearer_auth("abc");
    let asking = tokio::spawn(request.send());
    eventually_async(|| world.sla_clock.asked.load(SeqCst) == 1).await;
    let process = world.gateway.child.id().to_string();
    let started = Instant::now();
    Command::new("kill")
        .args(["-TERM", &process])
        .status()
        .unwrap();
    assert!(world.gateway.ended());
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "{:?}",
        started.elapsed()
    );
    assert!(asking.await.unwrap().is_err());
}

async fn eventually_async(so: impl Fn() -> bool) {
    while !so() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn settings() -> Value {
    json!({
        "listen": "127.0.0.1:0",
        "supergraph": format!("{}/tests/supergraph/supergraph.graphql", env!("CARGO_MANIFEST_DIR")),
        "subgraphs": { "intake": "http://127.0.0.1:1", "sla-clock": "http://127.0.0.1:1" },
        "directory": { "url": "http://127.0.0.1:1", "internal_key": "" },
        "signing": { "key": "key.pem", "jwks": "jwks.json", "kid": "k1" },
        "production": true,
    })
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    let refusal = |path: &str, value: Value| {
        let mut settings = settings();
        *settings.pointer_mut(path).unwrap() = value;
        Gateway::refuses(&settings)
    };
    let without = refusal("/subgraphs", json!({ "intake": "http://127.0.0.1:1" }));
    assert!(without.contains("sla-clock"), "{without}");
    let other_key = refusal("/signing/kid", json!("k2"));
    assert!(other_key.contains("public half"), "{other_key}");
    let nowhere = refusal("/supergraph", json!("/nowhere.graphql"));
    assert!(nowhere.contains("/nowhere.graphql"), "{nowhere}");
    let add = |name: &str, value: Value| {
        let mut settings = settings();
        settings[name] = value;
        Gateway::refuses(&settings)
    };
    assert!(add("lisen", json!(1)).contains("lisen"));
    assert!(add("callers", json!({ "seconds": 31 })).contains("60 s"));
    assert!(add("workers", json!(8)).contains("workers"));
    for (rules, named) in [
        (json!({ "least": 0 }), "least"),
        (json!({ "running": 2, "least": 3 }), "running"),
        (
            json!({ "waiting": 1, "waiting_of_one": 2 }),
            "waiting_of_one",
        ),
        (json!({ "wait_ms": 60_000 }), "wait_ms"),
    ] {
        assert!(add("overload", rules).contains(named), "{named}");
    }
    assert!(add("amqp", json!("broker")).contains("amqp is no address"));
}

#[test]
fn every_setting_can_be_set() {
    let mut settings = settings();
    for (name, value) in [
        (
            "doors",
            json!({ "auth": "http://a", "in": "http://b", "files": "http://c", "events": "http://d" }),
        ),
        ("base_domain", json!("mesa.example")),
        ("trust_forwarded", json!(true)),
        ("redis", json!("redis://127.0.0.1:1")),
        ("amqp", json!("amqp://127.0.0.1:1/%2f")),
        ("workers", json!(1)),
        ("drain_seconds", json!(5)),
        (
            "limits",
            json!({ "depth": 10, "cost": 100, "page_of": { "intake": 20 }, "body_bytes": 1000, "streams": 2 }),
        ),
        (
            "rates",
            json!({ "caller": { "per_second": 1, "burst": 1 } }),
        ),
        (
            "overload",
            json!({ "running": 8, "least": 2, "most": 64, "waiting": 100, "waiting_of_one": 20, "wait_ms": 1000 }),
        ),
        (
            "callers",
            json!({ "seconds": 10, "refused_seconds": 1, "capacity": 10 }),
        ),
        ("trusted_documents", json!("jwks.json")),
        ("trusted_documents_only", json!(true)),
        ("otlp", json!("http://127.0.0.1:1/v1/traces")),
        ("metrics_port", json!(9)),
        ("log", json!({ "level": "info", "json": true })),
    ] {
        settings[name] = value;
    }
    assert_eq!(Gateway::check(&settings), "");
}

#[tokio::test]
async fn metrics_are_on_a_port_of_their_own() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let world = World::with(|settings| settings["metrics_port"] = json!(port));
    world.directory.knows("abc", "tnt_a", "agent");
    world.ask("abc", "{ agreements }").await.data();
    let metrics = world.http.get(format!("http://127.0.0.1:{port}/metrics"));
    let text = metrics.send().await.unwrap().text().await.unwrap();
    assert!(text.contains("http_server_request_duration"), "{text}");
}

#[test]
fn two_gateways_cannot_have_one_address() {
    let first = Gateway::start(&settings(), &[]);
    let mut second = settings();
    second["listen"] = json!(first.address.to_string());
    assert!(Gateway::refuses(&second).contains("cannot listen"));
    eventually(|| first.raw_get("/livez").starts_with("HTTP/1.1 200"));
}
