//! Documents that are too deep, too wide, too long or too dear are refused before a subgraph is asked.

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{PATIENCE, World};

async fn refused(world: &World, query: &str) -> (u16, String) {
    let answer = world.ask("abc", query).await;
    assert!(answer.body["data"].is_null(), "{answer:?}");
    (answer.status, answer.code().to_owned())
}

#[tokio::test]
async fn large_documents_are_refused() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");

    let deep = format!(
        "{{ ticket(id: 1) {{ {} id {} }} }}",
        "parent { ".repeat(20),
        "}".repeat(20)
    );
    assert_eq!(refused(&world, &deep).await.1, "MAX_DEPTH_EXCEEDED");

    let mut wide = String::from("{");
    for i in 0..40 {
        write!(wide, " a{i}: whoami {{ tenant }}").unwrap();
    }
    assert_eq!(
        refused(&world, &format!("{wide} }}")).await.1,
        "MAX_ALIASES_EXCEEDED"
    );

    let directives = format!("{{ agreements {} }}", "@include(if: true) ".repeat(60));
    assert_eq!(
        refused(&world, &directives).await.1,
        "MAX_DIRECTIVES_EXCEEDED"
    );

    let long = format!("{{ {} }}", "agreements ".repeat(5000));
    assert_eq!(refused(&world, &long).await.1, "TOKEN_LIMIT_EXCEEDED");

    let dear = "{ tickets(first: 100) { nodes { related { related { related { id } } } } } }";
    assert_eq!(
        refused(&world, dear).await.1,
        "COST_ESTIMATED_TOO_EXPENSIVE"
    );

    let padded = format!("{{ agreements }} # {}", "x".repeat(1024 * 1024));
    assert_eq!(refused(&world, &padded).await.0, 413);

    assert_eq!(
        world.intake.asked.load(SeqCst) + world.sla_clock.asked.load(SeqCst),
        0
    );
    let ordinary = "{ ticket(id: 1) { parent { id } related { id } clocks { name } } }";
    assert_eq!(
        world.ask("abc", ordinary).await.data()["ticket"]["clocks"][0]["name"],
        "resolución"
    );
}

/// Everything that there is of a ticket's clocks.
const ALL_OF_ITS_CLOCKS: &str = "query($id: ID!) { ticket(id: $id) { id clocks { id name target code kind cycle state asOf \
    agreement { id name version } targetSeconds startedAt dueAt stoppedAt pausedSince elapsedSeconds remainingSeconds breachedAt \
    problem { code message } correction { seen wouldBe { state dueAt elapsedSeconds } } \
    corrections { at reason by { id } before { elapsedSeconds } after { elapsedSeconds } } \
    explain(first: 100) { until runningSeconds totals { state heldBy seconds } hasNextPage endCursor \
      segments { from to state seconds cause { heldBy calendar fact { at what state } closed { by date name law } } } } \
    attribution { whose group line seconds lateSeconds heldSeconds } nested { id name state dueAt } } \
    clockProblems { target code message } } }";

/// A gateway with the whole graph and nobody behind it: whatever it lets pass fails, whatever it refuses is refused.
fn whole(cost: Option<u64>) -> World {
    let world = World::with(|settings| {
        let graph = Path::new(env!("CARGO_MANIFEST_DIR")).join("../supergraph.graphql");
        let names = [
            "directory",
            "intake",
            "knowledge",
            "reporting",
            "routing",
            "sla-clock",
        ];
        let nobody = |name: &str| (name.to_owned(), json!("http://127.0.0.1:1/graphql"));
        settings["supergraph"] = json!(graph);
        settings["subgraphs"] = names.map(nobody).into_iter().collect();
        if let Some(cost) = cost {
            settings["limits"] = json!({ "cost": cost });
        }
    });
    world.directory.knows("abc", "tnt_a", "agent");
    world
}

/// Whether a document is too dear; whatever else is wrong with it is a mistake of the test.
async fn too_dear(world: &World, query: &str, variables: &Value) -> bool {
    let body = json!({ "query": query, "variables": variables });
    let request = world.http.post(world.gateway.url("/graphql"));
    let answer = world.send(request.bearer_auth("abc").json(&body)).await;
    let code = answer.code().to_owned();
    let passed = code.starts_with("SUBGRAPH_") || code.starts_with("SUBREQUEST_");
    assert!(
        passed || code == "COST_ESTIMATED_TOO_EXPENSIVE",
        "{query}: {answer:?}"
    );
    !passed
}

#[tokio::test]
async fn what_people_look_at_passes_with_room_to_spare() {
    let usual = whole(None);
    let ticket = json!({ "id": "x" });
    assert!(!too_dear(&usual, ALL_OF_ITS_CLOCKS, &ticket).await);
    // It would still pass with a little less; and it is what the limit is there for.
    assert!(!too_dear(&whole(Some(23_000)), ALL_OF_ITS_CLOCKS, &ticket).await);
    assert!(too_dear(&whole(Some(20_000)), ALL_OF_ITS_CLOCKS, &ticket).await);

    // The portal's own are cheap: a quarter of it would do.
    let narrow = whole(Some(6_000));
    let operations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../operations");
    let input = json!({ "kind": "INCIDENT", "subject": "x", "description": "x" });
    let variables = json!({ "id": "x", "input": input, "first": 100 });
    let mut seen = 0;
    for file in std::fs::read_dir(operations).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|e| e == "graphql") {
            seen += 1;
            let query = std::fs::read_to_string(&path).unwrap();
            assert!(!too_dear(&narrow, &query, &variables).await, "{path:?}");
        }
    }
    assert!(seen >= 4);

    // A page of everything, and more segments of many clocks than anybody reads.
    for dear in [
        "{ tickets(first: 100) { nodes { timeline(first: 100) { nodes { by { person { id } } } } } } }",
        "{ tickets(first: 100) { nodes { clocks { explain(first: 500) { segments { cause { fact { at } } } } } } } }",
    ] {
        assert!(too_dear(&usual, dear, &json!({})).await, "{dear}");
    }
    // Asked again and again under other names: however little is shown of it, and whatever is not said of its size.
    for (times, explained) in [
        (29, "explain(first: 0) { until }"),
        (12, "explain { segments { cause { fact { at } } } }"),
        (29, "attribution { seconds }"),
    ] {
        let all: Vec<String> = (0..times).map(|n| format!("a{n}: {explained}")).collect();
        let all = all.join(" ");
        let dear = format!("{{ tickets(first: 100) {{ nodes {{ clocks {{ {all} }} }} }} }}");
        assert!(too_dear(&usual, &dear, &json!({})).await, "{dear}");
    }
}

/// Sends a whole body of `size` bytes, then reads the answer: what a client that does not look while it sends gets.
fn send_then_read(world: &World, path: &str, credential: &str, size: usize) -> String {
    let mut connection = TcpStream::connect(world.gateway.address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\n{credential}content-type: application/json\r\n\
         connection: close\r\ncontent-length: {size}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    let piece = vec![b' '; 64 * 1024];
    for start in (0..size).step_by(piece.len()) {
        let piece = &piece[..piece.len().min(size - start)];
        connection.write_all(piece).unwrap();
        // Time enough for a server that does not wait to answer and to close.
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn who_is_refused_while_still_sending_hears_why() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let size = 5 * 1024 * 1024;
    for (path, credential, status) in [
        ("/graphql", "authorization: Bearer abc\r\n", 413),
        ("/graphql", "", 401),
        ("/nowhere", "", 404),
    ] {
        let answer = send_then_read(&world, path, credential, size);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn who_never_stops_sending_is_cut_off() {
    let world = World::new();
    let mut connection = TcpStream::connect(world.gateway.address).unwrap();
    connection.set_write_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(65536)).into_bytes();
    // 256 MiB would be let in by a server that reads on for ever.
    let cut = (0..4096).find(|_| connection.write_all(&chunk).is_err());
    assert!(cut.is_some());
}
