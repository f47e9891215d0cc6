//! What somebody with a valid token, or a page that somebody with one looks at, can try at the public door. What a document
//! may cost is in `limits`, who is let in at all in `admission`, which paths there are in `doors`.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::stub::{self, Reply};
use crate::world::{Answer, World};

fn world() -> World {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    world
}

/// How often a subgraph was asked.
fn asked(world: &World) -> usize {
    world.intake.asked.load(SeqCst) + world.sla_clock.asked.load(SeqCst)
}

fn assert_refused(answer: &Answer, what: &str) {
    assert!(answer.body["data"].is_null(), "{what}: {answer:?}");
    let errors = answer.body["errors"].as_array();
    assert!(
        errors.is_some_and(|all| !all.is_empty()),
        "{what}: {answer:?}"
    );
}

#[tokio::test]
async fn a_batch_is_no_request() {
    let world = world();
    let one = json!({ "query": "{ agreements }" });
    for batch in [json!([one]), json!(vec![one; 50]), json!([])] {
        let request = world.http.post(world.gateway.url("/graphql"));
        let answer = world.send(request.bearer_auth("abc").json(&batch)).await;
        assert_eq!((answer.status, answer.code()), (400, "BAD_REQUEST"));
        assert_refused(&answer, "a batch");
    }
    // Two requests in one body are no request, either.
    let two = "{\"query\":\"{ agreements }\"}{\"query\":\"{ agreements }\"}";
    let request = world
        .http
        .post(world.gateway.url("/graphql"))
        .bearer_auth("abc")
        .header("content-type", "application/json")
        .body(two);
    assert_eq!(world.send(request).await.status, 400);
    assert_eq!(asked(&world), 0);
    world.ask("abc", "{ agreements }").await.data();
    assert_eq!(asked(&world), 1);
}

#[tokio::test]
async fn what_hides_in_fragments_is_counted() {
    let world = world();
    // Six fragments that come to 64 aliases, and are not deep.
    let mut bomb = String::from("{ ...f6 } fragment f0 on Query { a: agreements }");
    for n in 1..=6 {
        let before = n - 1;
        write!(
            bomb,
            " fragment f{n} on Query {{ ...f{before} ...f{before} }}"
        )
        .unwrap();
    }
    let answer = world.ask("abc", &bomb).await;
    assert_refused(&answer, "aliases");
    assert_eq!(answer.code(), "MAX_ALIASES_EXCEEDED");

    let mut deep = String::from("{ ticket(id: 1) { ...g0 } }");
    for n in 0..20 {
        let next = n + 1;
        write!(
            deep,
            " fragment g{n} on Ticket {{ parent {{ ...g{next} }} }}"
        )
        .unwrap();
    }
    deep.push_str(" fragment g20 on Ticket { id }");
    let answer = world.ask("abc", &deep).await;
    assert_refused(&answer, "depth");
    assert_eq!(answer.code(), "MAX_DEPTH_EXCEEDED");

    let round = "{ ticket(id: 1) { ...c } } fragment c on Ticket { id parent { ...c } }";
    assert_refused(&world.ask("abc", round).await, "a circle");
    // Deeper than the parser goes, whatever the names.
    let brackets = format!("{{ {} id {} }}", "a { ".repeat(900), "} ".repeat(900));
    assert_refused(&world.ask("abc", &brackets).await, "brackets");
    assert_eq!(asked(&world), 0);
    world.ask("abc", "{ agreements }").await.data();
}

#[tokio::test]
async fn names_that_nearly_fit_are_not_put_right() {
    let world = world();
    for (query, right) in [
        ("{ agreement }", "agreements"),
        ("{ whoami { tenan } }", "tenant"),
        ("{ tickets(firs: 1) { nodes { id } } }", "first"),
        (
            "{ agreements } fragment f on Tickt { id parent { id } }",
            "Ticket",
        ),
        ("mutation { dropTenan }", "dropTenant"),
    ] {
        let answer = world.ask("abc", query).await;
        assert_refused(&answer, query);
        let text = answer.body.to_string();
        assert!(!text.contains(right), "{query}: {text}");
        assert!(!text.to_lowercase().contains("did you mean"), "{text}");
    }
    assert_eq!(asked(&world), 0);
}

#[tokio::test]
async fn the_schema_is_hidden_however_it_is_asked_for() {
    let world = world();
    for query in [
        "{ t: __type(name: \"Ticket\") { fields { name } } }",
        "{ agreements ... on Query { __schema { queryType { name } } } }",
        "{ ...f } fragment f on Query { __schema { queryType { name } } }",
        "query q($with: Boolean = true) { agreements __schema @include(if: $with) { types { name } } }",
    ] {
        let answer = world.ask("abc", query).await;
        assert_refused(&answer, query);
        assert_eq!(answer.code(), "INTROSPECTION_DISABLED", "{query}");
    }
    for query in [
        "{ _service { sdl } }",
        "{ _entities(representations: []) { __typename } }",
    ] {
        assert_refused(&world.ask("abc", query).await, query);
    }
    assert_eq!(asked(&world), 0);
}

#[tokio::test]
async fn what_a_page_of_others_can_send_does_nothing() {
    let world = world();
    let graphql = || world.gateway.url("/graphql");
    let mutation = "mutation { openTicket(subject: \"x\") { id } }";
    // A link or an image: no change of anything, whoever shows what.
    let link = world.http.get(graphql()).query(&[("query", mutation)]);
    let link = world.send(link.bearer_auth("abc")).await;
    assert_eq!(
        (link.status, link.code()),
        (405, "MUTATION_NOT_ALLOWED_OVER_HTTP_GET")
    );
    // A form: none of what a form can send is read.
    let body = json!({ "query": mutation }).to_string();
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let form = world.http.post(graphql()).header("content-type", media);
        let form = world.send(form.bearer_auth("abc").body(body.clone())).await;
        assert_eq!(
            (form.status, form.code()),
            (415, "UNSUPPORTED_CONTENT_TYPE")
        );
    }
    // What a browser adds by itself is no credential.
    for cookie in ["authorization=Bearer abc", "token=abc", "x-api-key=abc"] {
        let request = world.post(mutation).header("cookie", cookie);
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
    }
    let in_address = format!("{}?access_token=abc&token=abc", graphql());
    let request = world.http.post(in_address);
    let request = request.json(&json!({ "query": mutation }));
    assert_eq!(world.send(request).await.status, 401);
    assert_eq!(asked(&world), 0);

    // No other origin is let read, nor send what a page cannot send without being allowed to.
    let preflight = world
        .http
        .request(reqwest::Method::OPTIONS, graphql())
        .header("origin", "https://other.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization");
    let preflight = world.send(preflight).await;
    assert_eq!(preflight.status, 401);
    let read = world
        .post("{ agreements }")
        .bearer_auth("abc")
        .header("origin", "https://other.example");
    let read = world.send(read).await;
    read.data();
    for answer in [preflight, read] {
        let allowed = answer
            .headers
            .keys()
            .find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(allowed, None);
    }
}

#[tokio::test]
async fn an_id_of_a_document_is_no_path() {
    let file = std::env::temp_dir().join(format!("gateway-it-{}-paths.json", std::process::id()));
    std::fs::write(&file, json!({ "abc123": "{ agreements }" }).to_string()).unwrap();
    let world = World::with(|settings| settings["trusted_documents"] = json!(file));
    std::fs::remove_file(&file).unwrap();
    world.directory.knows("abc", "tnt_a", "agent");
    for id in [
        "../gateway.json",
        "/etc/passwd",
        "file:///etc/passwd",
        "..\\key.pem",
        "abc123/../key.pem",
        "abc123\u{0}",
    ] {
        let request = world.http.post(world.gateway.url("/graphql"));
        let request = request
            .bearer_auth("abc")
            .json(&json!({ "documentId": id }));
        let answer = world.send(request).await;
        assert_refused(&answer, id);
        let text = answer.body.to_string();
        assert!(
            !text.contains("root:") && !text.contains("PRIVATE KEY") && !text.contains("No such"),
            "{id}: {text}"
        );
    }
    for path in [
        "/graphql/../key.pem",
        "/graphql/..%2fkey.pem",
        "/graphql/%2e%2e/x",
    ] {
        let answer = world.gateway.raw_get(path);
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
    assert_eq!(asked(&world), 0);
}

/// A service that notes what arrives, and a gateway before it.
fn noting() -> (World, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&seen);
    let address = stub::serve(move |request| {
        let line = format!("{} {}", request.method, request.target);
        notes.lock().unwrap().push(line);
        Reply::json(200, &Value::Null)
    });
    let world = World::with(|settings| {
        settings["doors"] = json!({ "in": format!("http://{address}") });
    });
    (world, seen)
}

#[tokio::test]
async fn one_request_is_not_two_to_whoever_stands_behind() {
    let (world, seen) = noting();
    let hidden = "GET /internal/callers HTTP/1.1\r\nhost: x\r\n\r\n";
    let length = hidden.len() + 5;
    // Of two lengths, neither: the body would end in one place for us and in another for the service.
    for lengths in [
        format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
        format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"),
        format!("content-length: 5\r\ncontent-length: {length}\r\n"),
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n".to_owned(),
        "transfer-encoding: x-chunked\r\n".to_owned(),
        "content-length: +5\r\n".to_owned(),
    ] {
        let request = format!(
            "POST /in/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{lengths}\r\n0\r\n\r\n{hidden}"
        );
        let answer = world.gateway.raw(&request);
        assert!(answer.starts_with("HTTP/1.1 400"), "{lengths}: {answer}");
    }
    assert_eq!(*seen.lock().unwrap(), Vec::<String>::new());
    // A body that looks like a request is a body.
    let whole = format!(
        "POST /in/x HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{hidden}",
        hidden.len()
    );
    let answer = world.gateway.raw(&whole);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(*seen.lock().unwrap(), ["POST /in/x"]);
}

#[tokio::test]
async fn the_signed_caller_cannot_be_talked_away() {
    let world = world();
    // Headers that end at a proxy are named in `connection`: ours is not the caller's to name.
    let request = world
        .post("{ whoami { tenant subject } }")
        .bearer_auth("abc")
        .header("connection", "keep-alive, authorization, x-api-key");
    let answer = world.send(request).await;
    assert_eq!(
        answer.data()["whoami"],
        json!({ "tenant": "tnt_a", "subject": "psn_abc" })
    );
    // Nor is a line of it smuggled into another header: a break in a value ends the request.
    for value in ["a\rauthorization: Bearer x", "a\0b"] {
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer abc\r\n\
             x-request-id: {value}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let answer = world.gateway.raw(&request);
        assert!(answer.starts_with("HTTP/1.1 400"), "{value:?}: {answer}");
    }
    assert_eq!(asked(&world), 1);
}
