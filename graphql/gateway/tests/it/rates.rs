//! How often: per caller, per tenant, and together with other gateways.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stub::{self, Reply};
use crate::world::{PATIENCE, World};

fn rules(
    tenant: u32,
    caller: u32,
    per_second: f64,
    redis: Option<&str>,
) -> impl FnOnce(&mut Value) {
    let redis = redis.map(str::to_owned);
    move |settings| {
        settings["rates"] = json!({
            "tenant": { "per_second": per_second, "burst": tenant },
            "caller": { "per_second": per_second, "burst": caller },
        });
        settings["redis"] = json!(redis);
    }
}

#[tokio::test]
async fn a_caller_who_asks_too_often_is_told_when_to_come_back() {
    let world = World::with(rules(8, 5, 0.1, None));
    for token in ["one", "two"] {
        world.directory.knows(token, "tnt_a", "agent");
    }
    world.directory.knows("elsewhere", "tnt_b", "agent");
    for _ in 0..5 {
        assert_eq!(world.ask("one", "{ agreements }").await.status, 200);
    }
    let refused = world.ask("one", "{ agreements }").await;
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED"));
    let seconds: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    // Another caller of the tenant has what the first left of the tenant's eight; another tenant has its own.
    for _ in 0..3 {
        assert_eq!(world.ask("two", "{ agreements }").await.status, 200);
    }
    assert_eq!(
        world.ask("two", "{ agreements }").await.code(),
        "RATE_LIMITED"
    );
    assert_eq!(world.ask("elsewhere", "{ agreements }").await.status, 200);
}

#[tokio::test]
async fn who_is_not_known_yet_has_a_bucket_by_address() {
    let behind = stub::serve(|_| Reply::json(401, &json!({"code": "WRONG_PASSWORD"})));
    let world = World::with(|settings| {
        settings["doors"] =
            json!({ "auth": format!("http://{behind}"), "in": format!("http://{behind}") });
        settings["rates"] = json!({ "address": { "per_second": 0.1, "burst": 3 } });
        settings["trust_forwarded"] = json!(true);
    });
    let sign_in = |path: &str, list: &str| {
        let request = world.http.post(world.gateway.url(path));
        world.send(request.header("x-forwarded-for", list).body("{}"))
    };
    for _ in 0..3 {
        let answer = sign_in("/auth/login", "192.0.2.7").await;
        assert_eq!(answer.status, 401);
    }
    // What a client writes in front of its own address changes nothing, nor does a line of its own.
    let refused = sign_in("/auth/login", "203.0.113.9, 192.0.2.7:4711").await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    let request = world.http.post(world.gateway.url("/auth/login"));
    let lines = request.header("x-forwarded-for", "203.0.113.9");
    let lines = lines.header("x-forwarded-for", "192.0.2.7").body("{}");
    assert_eq!(world.send(lines).await.status, 429);
    // Whoever has signed in already does not stand behind those who guess.
    assert_eq!(sign_in("/auth/refresh", "192.0.2.7").await.status, 401);
    assert_eq!(sign_in("/auth/login", "192.0.2.8").await.status, 401);
    assert_eq!(sign_in("/in/hooks/acme", "192.0.2.7").await.status, 401);
}

#[tokio::test]
async fn two_gateways_share_a_limit_through_redis() {
    let redis = std::env::var("VENTANILLA_REDIS_URL").unwrap_or("redis://127.0.0.1:6379".into());
    let address = redis
        .trim_start_matches("redis://")
        .split(['/', '@'])
        .next()
        .unwrap()
        .to_owned();
    if std::net::TcpStream::connect(&address).is_err() {
        eprintln!("skipped: no Redis at {address}");
        return;
    }
    // Ids of this run alone; the keys expire by themselves within half a minute.
    let tenant = format!("tnt_{}_{}", std::process::id(), "shared");
    let [here, there] = [(); 2].map(|()| {
        let world = World::with(rules(20, 20, 2.0, Some(&redis)));
        world.directory.knows("one", &tenant, "agent");
        world
    });
    for _ in 0..20 {
        assert_eq!(here.ask("one", "{ agreements }").await.status, 200);
    }
    // The other gateway learns it with its next sharing, at the latest after a few requests of its own.
    let started = Instant::now();
    let mut let_through = 0;
    while there.ask("one", "{ agreements }").await.status == 200 {
        let_through += 1;
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert!(let_through < 20, "{let_through}: it counted alone");
}

#[tokio::test]
async fn a_redis_that_is_away_costs_neither_time_nor_limits() {
    // An address that swallows packets (TEST-NET-1), the worst kind of away.
    let world = World::with(rules(30, 30, 0.1, Some("redis://192.0.2.1:6379")));
    world.directory.knows("one", "tnt_a", "agent");
    world.ask("one", "{ agreements }").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut slowest = Duration::ZERO;
    for _ in 0..29 {
        let started = Instant::now();
        assert_eq!(world.ask("one", "{ agreements }").await.status, 200);
        slowest = slowest.max(started.elapsed());
    }
    // Redis' own patience is 250 ms: nobody waited for it.
    assert!(slowest < Duration::from_millis(200), "{slowest:?}");
    assert_eq!(
        world.ask("one", "{ agreements }").await.code(),
        "RATE_LIMITED"
    );
}
