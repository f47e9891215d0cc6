//! More is asked than can be answered: who waits, who is refused, and who does not notice.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::world::{Answer, PATIENCE, World, eventually};

/// Answered by sla-clock, as slowly as a test likes.
const ASK: &str = "{ agreements }";
/// Answered by intake.
const WHOAMI: &str = "{ whoami { tenant } }";

/// A number that stays what it is, so that a test knows who is inside.
fn rules(running: usize, (waiting, of_one): (usize, usize), wait_ms: u64) -> impl Fn(&mut Value) {
    move |settings| {
        settings["overload"] = json!({
            "running": running, "least": running, "most": running,
            "waiting": waiting, "waiting_of_one": of_one, "wait_ms": wait_ms,
        });
    }
}

/// A gateway that remembers somebody of each tenant, whose token is called as the tenant is.
async fn world(rules: impl FnOnce(&mut Value), tenants: &[&str]) -> World {
    let world = World::with(rules);
    for tenant in tenants {
        world.directory.knows(tenant, tenant, "agent");
        world.ask(tenant, WHOAMI).await.data();
    }
    world
}

/// Seconds after which to come back, of an answer that says so.
fn rest(answer: &Answer) -> u64 {
    let rest = answer.headers["retry-after"].to_str().unwrap();
    rest.parse().unwrap()
}

#[tokio::test]
async fn a_noisy_tenant_is_refused_and_the_others_do_not_notice() {
    let world = world(rules(4, (16, 4), 10_000), &["noisy", "polite"]).await;
    world.sla_clock.slow_ms.store(400, SeqCst);
    let noise = join_all((0..20).map(|_| world.ask("noisy", ASK)));
    let beside = async {
        // In the midst of it.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(world.ask("polite", ASK).await.status);
        }
        statuses
    };
    let (noise, beside) = join(noise, beside).await;
    assert_eq!(beside, [200, 200, 200]);

    let (answered, refused): (Vec<_>, Vec<_>) = noise.into_iter().partition(|a| a.status == 200);
    // Three at once, as one place stays free; and four in line.
    assert!(answered.len() >= 7, "{}", answered.len());
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!((answer.status, answer.code()), (429, "OVERLOADED"));
        assert!((1..=5).contains(&rest(&answer)), "{answer:?}");
        assert!(answer.body["errors"][0]["message"].is_string());
    }

    // Afterwards it is one like the others.
    world.sla_clock.slow_ms.store(0, SeqCst);
    let again = join_all((0..6).map(|_| world.ask("noisy", ASK))).await;
    assert!(again.iter().all(|answer| answer.status == 200));
}

#[tokio::test]
async fn when_all_together_ask_too_much_the_service_is_full() {
    let tenants = ["a", "b", "c", "d", "e", "f", "g"];
    let world = world(rules(2, (4, 3), 10_000), &tenants).await;
    world.sla_clock.slow_ms.store(1_500, SeqCst);
    // Two inside, four in line: none of them has more than its part.
    let six = join_all(tenants[..6].iter().map(|tenant| world.ask(tenant, ASK)));
    let seventh = async {
        while world.sla_clock.asked.load(SeqCst) < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.ask("g", ASK).await
    };
    let (mut answers, seventh) = join(six, seventh).await;
    answers.push(seventh);
    let refused: Vec<&Answer> = answers.iter().filter(|a| a.status != 200).collect();
    assert_eq!(refused.len(), 1, "{answers:?}");
    assert_eq!((refused[0].status, refused[0].code()), (503, "OVERLOADED"));
    assert_eq!(rest(refused[0]), 1);
}

/// Asks, and does not read the answer.
fn asking(world: &World, token: &str) -> TcpStream {
    let body = json!({ "query": ASK }).to_string();
    let mut connection = TcpStream::connect(world.gateway.address).unwrap();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).unwrap();
    eventually(|| world.sla_clock.asked.load(SeqCst) > 0);
    connection
}

#[tokio::test]
async fn who_hangs_up_leaves_the_place_to_the_next() {
    let world = world(rules(1, (4, 4), 300), &["a", "b"]).await;
    world.sla_clock.slow_ms.store(15_000, SeqCst);
    let connection = asking(&world, "a");
    let refused = world.ask("b", WHOAMI).await;
    assert_eq!((refused.status, refused.code()), (503, "OVERLOADED"));
    drop(connection);
    let gone = Instant::now();
    while world.ask("b", WHOAMI).await.status != 200 {
        assert!(gone.elapsed() < Duration::from_secs(8), "still held");
    }
}

#[tokio::test]
async fn whoever_is_refused_anyway_does_not_stand_in_line() {
    let world = world(rules(1, (4, 4), 3_000), &["a", "b"]).await;
    world.sla_clock.slow_ms.store(15_000, SeqCst);
    let _inside = asking(&world, "a");
    let began = Instant::now();
    let bare = world.send(world.post(ASK)).await;
    assert_eq!((bare.status, bare.code()), (401, "UNAUTHENTICATED"));
    let nonsense = world.post(ASK).bearer_auth("b");
    let nonsense = nonsense.header("x-ventanilla-tenant", "../x");
    assert_eq!(world.send(nonsense).await.status, 400);
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/nowhere", 404)] {
        let answer = world.gateway.raw_get(path);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}");
    }
    assert!(began.elapsed() < Duration::from_secs(2));

    // Who is not known yet has to be asked about, and that is work: it waits as all work does.
    let asked = world.directory.asked.load(SeqCst);
    let unknown = world.ask("nobody", WHOAMI).await;
    assert_eq!((unknown.status, unknown.code()), (503, "OVERLOADED"));
    assert_eq!(world.directory.asked.load(SeqCst), asked);
}

/// A subgraph whose streams begin, and do not end.
fn endless() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || begin(connection));
        }
    });
    address
}

fn begin(connection: TcpStream) -> Option<()> {
    let mut writer = connection.try_clone().ok()?;
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let event = json!({ "data": { "agreementSigned": "yes" } });
    let begun = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
         event: next\ndata: {event}\n\n"
    );
    writer.write_all(begun.as_bytes()).ok()?;
    // Until the other side is tired of it.
    reader.read_exact(&mut [0]).ok()
}

#[tokio::test]
async fn a_stream_holds_no_place() {
    let address = endless();
    let one_at_once = rules(1, (4, 4), 2_000);
    let with_streams = |settings: &mut Value| {
        one_at_once(settings);
        settings["subgraphs"]["sla-clock"] = json!(format!("http://{address}/graphql"));
    };
    let world = world(with_streams, &["a"]).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let request = world.post("subscription { agreementSigned }");
        let request = request.bearer_auth("a");
        let request = request.header("accept", "text/event-stream").send();
        let mut stream = tokio::time::timeout(PATIENCE, request)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(stream.status().as_u16(), 200);
        let mut seen = String::new();
        while !seen.contains("agreementSigned") {
            let chunk = stream.chunk().await.unwrap().unwrap();
            seen.push_str(&String::from_utf8_lossy(&chunk));
        }
        open.push(stream);
    }
    assert_eq!(world.ask("a", WHOAMI).await.status, 200);
}

#[tokio::test]
async fn the_line_can_be_watched() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let two_at_once = rules(2, (1, 1), 10_000);
    let watched = |settings: &mut Value| {
        two_at_once(settings);
        settings["metrics_port"] = json!(port);
    };
    let world = world(watched, &["a"]).await;
    world.sla_clock.slow_ms.store(300, SeqCst);
    // One inside, one in line, one too many.
    join_all((0..3).map(|_| world.ask("a", ASK))).await;
    let metrics = world.http.get(format!("http://127.0.0.1:{port}/metrics"));
    let text = metrics.send().await.unwrap().text().await.unwrap();
    for figure in ["running", "waiting", "limit", "refused", "wait_seconds"] {
        let name = format!("ventanilla_overload_{figure}");
        assert!(text.contains(&name), "{name}: {text}");
    }
}
