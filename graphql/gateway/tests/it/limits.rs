//! Documents that are too deep, too wide, too long or too dear are refused before a subgraph is asked.

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

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
