//! The other public doors: an exact table, and requests handed on as they came.

use serde_json::{Value, json};

use crate::stub::{self, Reply};
use crate::world::World;

/// A service that answers with what it was sent; `/files/large` with 3 MiB, `/auth/callback` with a redirect.
fn echo(name: &'static str) -> String {
    let address = stub::serve(move |request| {
        if request.target == "/files/large" {
            return Reply {
                status: 200,
                headers: vec![("content-type", "application/pdf".into())],
                body: vec![7; 3 * 1024 * 1024],
            };
        }
        if request.target.starts_with("/auth/callback") {
            return Reply {
                status: 302,
                headers: vec![
                    ("location", "https://portal.example/".into()),
                    ("set-cookie", "a=1".into()),
                    ("set-cookie", "b=2".into()),
                    ("keep-alive", "timeout=5".into()),
                    ("x-internal-trace", "secret".into()),
                ],
                body: Vec::new(),
            };
        }
        let seen = json!({
            "service": name, "method": request.method, "target": request.target, "headers": request.headers,
            "body": String::from_utf8_lossy(&request.body),
        });
        Reply::json(201, &seen)
    });
    format!("http://{address}")
}

fn world() -> World {
    World::with(|settings| {
        settings["doors"] =
            json!({ "auth": echo("directory"), "in": echo("intake"), "files": echo("intake") });
    })
}

#[tokio::test]
async fn each_door_leads_to_its_service() {
    let world = world();
    for (path, service) in [
        ("/auth/login?next=%2Fhome", "directory"),
        ("/in/hooks/acme", "intake"),
        ("/files/att_1", "intake"),
    ] {
        let request = world
            .http
            .put(world.gateway.url(path))
            .bearer_auth("mine")
            .header("cookie", "session=1")
            .header("x-hub-signature-256", "sha256=1")
            .body("hola");
        let answer = world.send(request).await;
        assert_eq!(answer.status, 201);
        let seen = &answer.body;
        assert_eq!(seen["service"], service);
        assert_eq!(
            (&seen["method"], &seen["target"]),
            (&json!("PUT"), &json!(path))
        );
        assert_eq!(seen["body"], "hola");
        assert_eq!(seen["headers"]["authorization"], "Bearer mine");
        assert_eq!(seen["headers"]["cookie"], "session=1");
        assert_eq!(seen["headers"]["x-hub-signature-256"], "sha256=1");
        assert_eq!(
            seen["headers"]["x-forwarded-host"],
            world.gateway.address.to_string()
        );
    }
}

#[tokio::test]
async fn what_is_not_in_the_table_does_not_exist() {
    let world = world();
    for path in [
        "/",
        "/events/acme/log",
        "/internal/callers",
        "/health",
        "/readiness",
        "/metrics",
        "/auth",
        "/authx/login",
        "/graphqlx",
        "/auth/../internal/callers",
        "/auth/%2e%2e/internal/callers",
        "/auth/..%2finternal/callers",
        "/auth//internal/callers",
        "/files/%252e%252e/internal/callers",
    ] {
        let answer = world.gateway.raw_get(path);
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
        let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
        assert_eq!(body["code"], "NOT_FOUND", "{path}");
    }
    for path in ["/livez", "/readyz"] {
        let answer = world.gateway.raw_get(path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn what_only_neighbours_say_stays_between_them() {
    let world = world();
    let request = "GET /in/x HTTP/1.1\r\nhost: mesa.example\r\nconnection: close, x-odd\r\nx-odd: 1\r\n\
                   te: trailers\r\nx-internal-key: guess\r\nx-tenant-id: tnt_b\r\nx-forwarded-for: 10.0.0.1\r\n\
                   x-forwarded-proto: https\r\nforwarded: for=10.0.0.1\r\nx-real-ip: 10.0.0.1\r\n\r\n";
    let answer = world.gateway.raw(request);
    let start = answer.find('{').unwrap_or_else(|| panic!("{answer}"));
    let end = answer.rfind('}').unwrap();
    let seen: Value = serde_json::from_str(&answer[start..=end]).unwrap();
    let headers = seen["headers"].as_object().unwrap();
    for gone in [
        "x-odd",
        "te",
        "x-internal-key",
        "x-tenant-id",
        "forwarded",
        "x-real-ip",
    ] {
        assert!(!headers.contains_key(gone), "{gone}: {headers:?}");
    }
    assert_eq!(headers["x-forwarded-for"], "127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["x-forwarded-host"], "mesa.example");
}

#[tokio::test]
async fn answers_come_back_as_they_are() {
    let world = world();
    let redirect = world
        .send(world.http.get(world.gateway.url("/auth/callback?code=1")))
        .await;
    assert_eq!(redirect.status, 302);
    assert_eq!(redirect.headers["location"], "https://portal.example/");
    assert_eq!(redirect.headers.get_all("set-cookie").iter().count(), 2);
    assert!(!redirect.headers.contains_key("x-internal-trace"));
    assert!(!redirect.headers.contains_key("keep-alive"));
    let large = world
        .http
        .get(world.gateway.url("/files/large"))
        .send()
        .await
        .unwrap();
    assert_eq!(large.headers()["content-type"], "application/pdf");
    assert_eq!(large.bytes().await.unwrap().len(), 3 * 1024 * 1024);
}

#[tokio::test]
async fn bodies_are_limited_and_silence_is_named() {
    let world = World::with(|settings| {
        settings["doors"] = json!({ "in": echo("intake"), "files": "http://127.0.0.1:1" });
    });
    let at_most = world
        .http
        .post(world.gateway.url("/in/x"))
        .body(vec![b'x'; 1024 * 1024]);
    assert_eq!(world.send(at_most).await.status, 201);
    let more = world
        .http
        .post(world.gateway.url("/in/x"))
        .body(vec![b'x'; 1024 * 1024 + 1]);
    let more = world.send(more).await;
    assert_eq!(
        (more.status, &more.body["code"]),
        (413, &json!("PAYLOAD_TOO_LARGE"))
    );
    let silent = world
        .send(world.http.get(world.gateway.url("/files/x")))
        .await;
    assert_eq!(
        (silent.status, &silent.body["code"]),
        (503, &json!("UNAVAILABLE"))
    );
}
