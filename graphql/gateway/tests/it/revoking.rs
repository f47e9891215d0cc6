//! What was true of a caller ends with the fact that ends it, and for nobody else.

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::broker::{Broker, Road};
use crate::world::{PATIENCE, World};

const ASK: &str = "{ agreements }";
/// Answers that would live out a test, so that whatever ends within it was ended by a fact.
const LONG: Duration = Duration::from_secs(30);
const AT_ONCE: Duration = Duration::from_secs(1);

fn hears(amqp: &str) -> impl FnOnce(&mut Value) {
    let amqp = amqp.to_owned();
    move |settings| {
        settings["amqp"] = json!(amqp);
        settings["callers"] =
            json!({ "seconds": LONG.as_secs(), "refused_seconds": LONG.as_secs() });
    }
}

/// A gateway that hears the broker by now.
async fn listening(broker: &Broker, amqp: &str) -> World {
    let world = World::with(hears(amqp));
    world.directory.knows("probe", "tnt_probe", "agent");
    // Connecting drops what was asked before, once; what is dropped after that was dropped by a fact.
    let told = json!({ "tenant": "tnt_probe", "data": { "person": { "person": "psn_probe" } } });
    eventually(async || {
        broker.tell("person.changed.v1", told.clone()).await;
        status(&world, "probe").await;
        world.directory.asked_about("probe") >= 3
    })
    .await;
    world
}

async fn status(world: &World, token: &str) -> u16 {
    world.ask(token, ASK).await.status
}

/// Waits until something is so; how long it took. Not `world::eventually`, which would hold up the test's own broker
/// connection.
async fn eventually(so: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < PATIENCE, "it never came about");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn whoever_loses_a_right_is_refused_at_once() {
    let Some(broker) = Broker::start().await else {
        return;
    };
    let world = listening(&broker, broker.url.as_str()).await;
    let mut slowest = Duration::ZERO;
    for (token, kind, data) in [
        ("one", "tenant.suspended.v1", json!({ "tenant": "tnt_a" })),
        ("two", "tenant.changed.v1", json!({ "tenant": {} })),
        ("three", "tenant.resumed.v1", json!({ "tenant": "tnt_a" })),
        (
            "four",
            "person.changed.v1",
            json!({ "person": { "person": "psn_four" } }),
        ),
        (
            "five",
            "staff.assigned.v1",
            json!({ "person": "psn_five", "roles": [] }),
        ),
        ("six", "staff.unassigned.v1", json!({ "person": "psn_six" })),
        (
            "seven",
            "session.ended.v1",
            json!({ "session": "ses_1", "person": "psn_seven" }),
        ),
    ] {
        world.directory.knows(token, "tnt_a", "agent");
        assert_eq!(status(&world, token).await, 200);
        world.directory.forgets(token);
        assert_eq!(status(&world, token).await, 200, "remembered");
        let fact = json!({ "tenant": "tnt_a", "provider": "prv_1", "data": data });
        broker.tell(kind, fact).await;
        let took = eventually(async || status(&world, token).await == 401).await;
        assert!(took < AT_ONCE, "{kind}: {took:?}");
        slowest = slowest.max(took);
    }
    println!("refused after at most {slowest:.0?}");
}

#[tokio::test]
async fn whoever_gains_a_right_has_it_at_once() {
    let Some(broker) = Broker::start().await else {
        return;
    };
    let world = listening(&broker, broker.url.as_str()).await;
    assert_eq!(status(&world, "new").await, 401);
    world.directory.knows("new", "tnt_a", "agent");
    assert_eq!(status(&world, "new").await, 401, "a refusal is remembered");
    let fact = json!({ "tenant": "tnt_a", "data": { "person": "psn_new" } });
    broker.tell("staff.assigned.v1", fact).await;
    let took = eventually(async || status(&world, "new").await == 200).await;
    assert!(took < AT_ONCE, "{took:?}");
}

const ALL: [&str; 6] = ["ana", "luis", "beto", "vk_7", "eva", "zoe"];

/// Persons of two tenants, a machine, staff of two, of none, and of another provider.
fn know_all(world: &World) {
    let grants = |tenants: &[&str]| -> Vec<Value> {
        tenants
            .iter()
            .map(|id| json!({ "id": id, "roles": ["agent"] }))
            .collect()
    };
    for (name, kind, provider, tenants) in [
        ("ana", "person", "prv_1", grants(&["tnt_a"])),
        ("luis", "staff", "prv_1", grants(&["tnt_a", "tnt_b"])),
        ("beto", "person", "prv_1", grants(&["tnt_b"])),
        ("eva", "staff", "prv_1", grants(&[])),
        ("zoe", "staff", "prv_2", grants(&["tnt_z"])),
    ] {
        let claims = json!({
            "sub": format!("per_{name}"), "kind": kind, "provider": provider, "tenants": tenants,
            "tenant": "tnt_chosen", "scope": "agent",
        });
        world.directory.knows_as("bearer", name, claims);
    }
    let claims = json!({
        "sub": "per_7", "kind": "machine", "provider": "prv_1", "tenants": grants(&["tnt_a"]),
        "tenant": "tnt_a", "scope": "integrator",
    });
    world.directory.knows_as("api_key", "vk_7", claims);
}

async fn call(world: &World, who: &str) {
    let request = world.post(ASK);
    let request = if who.starts_with("vk_") {
        request.header("x-api-key", who)
    } else {
        request.bearer_auth(who)
    };
    assert_eq!(world.send(request).await.status, 200, "{who}");
}

#[tokio::test]
async fn a_fact_ends_the_answers_that_it_concerns_and_no_other() {
    let Some(broker) = Broker::start().await else {
        return;
    };
    let world = listening(&broker, broker.url.as_str()).await;
    know_all(&world);
    for who in ALL {
        call(&world, who).await;
    }
    let of_a = |data: Value| json!({ "tenant": "tnt_a", "provider": "prv_1", "data": data });
    let of_b = |data: Value| json!({ "tenant": "tnt_b", "provider": "prv_1", "data": data });
    let nobodys = json!({ "data": {} });
    for (kind, fact, concerned) in [
        (
            "tenant.suspended.v1",
            of_a(json!({})),
            &["ana", "luis", "vk_7"][..],
        ),
        ("tenant.changed.v1", of_b(json!({})), &["luis", "beto"]),
        // Whoever had nothing else to do may have it again: the staff of the provider.
        (
            "tenant.resumed.v1",
            of_a(json!({})),
            &["ana", "luis", "vk_7", "eva"],
        ),
        (
            "person.changed.v1",
            of_a(json!({ "person": { "person": "per_ana" } })),
            &["ana"],
        ),
        (
            "staff.assigned.v1",
            of_b(json!({ "person": "per_eva" })),
            &["eva"],
        ),
        (
            "staff.unassigned.v1",
            of_b(json!({ "person": "per_luis" })),
            &["luis"],
        ),
        (
            "session.ended.v1",
            json!({ "data": { "person": "per_zoe" } }),
            &["zoe"],
        ),
        (
            "api_key.revoked.v1",
            of_a(json!({ "key": "key_7" })),
            &["vk_7"],
        ),
        // In doubt too many: the tenant, else all.
        (
            "person.changed.v1",
            of_b(json!({ "somebody": "else" })),
            &["luis", "beto"],
        ),
        ("session.ended.v1", nobodys, &ALL),
    ] {
        let before = ALL.map(|who| world.directory.asked_about(who));
        broker.tell(kind, fact).await;
        eventually(async || {
            call(&world, concerned[0]).await;
            let nth = ALL.iter().position(|who| *who == concerned[0]).unwrap();
            world.directory.asked_about(concerned[0]) > before[nth]
        })
        .await;
        for who in ALL {
            call(&world, who).await;
        }
        for (who, before) in ALL.iter().zip(before) {
            let more = world.directory.asked_about(who) - before;
            assert_eq!(more, usize::from(concerned.contains(who)), "{kind}: {who}");
        }
    }
    // Other types are not even sent here.
    let before = world.directory.asked.load(SeqCst);
    broker.tell("tenant.created.v1", of_a(json!({}))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    for who in ALL {
        call(&world, who).await;
    }
    assert_eq!(world.directory.asked.load(SeqCst), before);
}

#[tokio::test]
async fn an_answer_that_the_fact_overtook_is_not_used() {
    let Some(broker) = Broker::start().await else {
        return;
    };
    let world = listening(&broker, broker.url.as_str()).await;
    world.directory.knows("abc", "tnt_a", "agent");
    world.directory.slow_ms.store(1500, SeqCst);
    let meanwhile = async {
        eventually(async || world.directory.asked_about("abc") == 1).await;
        // Directory has found its answer; it is under way for another second.
        world.directory.forgets("abc");
        world.directory.slow_ms.store(0, SeqCst);
        let fact = json!({ "tenant": "tnt_a", "data": { "person": "psn_abc" } });
        broker.tell("staff.unassigned.v1", fact).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        // Who asks after the fact joins those who wait, and is served no better than the fact allows.
        status(&world, "abc").await
    };
    let (first, second, later) =
        tokio::join!(status(&world, "abc"), status(&world, "abc"), meanwhile);
    assert_eq!((first, second, later), (401, 401, 401));
    assert_eq!(world.directory.asked_about("abc"), 2, "once more, together");
    assert_eq!(status(&world, "abc").await, 401);
}

#[tokio::test]
async fn without_a_broker_answers_live_out_their_time_and_no_request_notices() {
    // Nobody listens on the first; the second (TEST-NET-1) swallows packets.
    for amqp in ["amqp://127.0.0.1:1/%2f", "amqp://192.0.2.1:5672/%2f"] {
        let world = World::with(|settings| {
            settings["amqp"] = json!(amqp);
            settings["callers"] = json!({ "seconds": 1 });
        });
        world.directory.knows("abc", "tnt_a", "agent");
        assert_eq!(status(&world, "abc").await, 200);
        world.directory.forgets("abc");
        let took = eventually(async || {
            let began = Instant::now();
            let status = status(&world, "abc").await;
            assert!(began.elapsed() < AT_ONCE, "{amqp}: a request waited");
            status == 401
        })
        .await;
        assert!(took < Duration::from_secs(3), "{amqp}: {took:?}");
    }
}

#[tokio::test]
async fn after_a_broken_connection_all_are_asked_anew_and_facts_are_heard_again() {
    let Some(broker) = Broker::start().await else {
        return;
    };
    let road = Road::to(broker.address());
    let world = listening(&broker, &broker.by(&road)).await;
    for token in ["missed", "next"] {
        world.directory.knows(token, "tnt_a", "agent");
        assert_eq!(status(&world, token).await, 200);
    }
    road.cut();
    world.directory.forgets("missed");
    let fact = |person: &str| json!({ "tenant": "tnt_a", "data": { "person": person } });
    broker.tell("staff.unassigned.v1", fact("psn_missed")).await;
    // Long enough for a try in vain; meanwhile what is remembered serves.
    let cut = Instant::now();
    while cut.elapsed() < Duration::from_millis(700) {
        assert_eq!(status(&world, "missed").await, 200);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.directory.asked_about("missed"), 1);
    road.mend();
    let took = eventually(async || status(&world, "missed").await == 401).await;
    println!("what was missed took hold {took:.0?} after the road was mended");
    assert!(took < Duration::from_secs(10), "{took:?}");

    assert_eq!(status(&world, "next").await, 200);
    assert_eq!(
        world.directory.asked_about("next"),
        2,
        "all were dropped once"
    );
    world.directory.forgets("next");
    broker.tell("staff.unassigned.v1", fact("psn_next")).await;
    let took = eventually(async || status(&world, "next").await == 401).await;
    assert!(took < AT_ONCE, "{took:?}");
}

#[tokio::test]
async fn its_queue_is_its_own_and_goes_with_it() {
    let Some(broker) = Broker::start().await else {
        return;
    };
    let world = listening(&broker, broker.url.as_str()).await;
    let (queues, keys) = broker.queues().await;
    let [queue] = &queues[..] else {
        panic!("{queues:?}")
    };
    let kind = ["durable", "exclusive", "auto_delete"].map(|name| queue[name].as_bool());
    assert_eq!(kind, [Some(false), Some(true), Some(true)]);
    assert_eq!(
        keys,
        [
            "live.*.api_key.revoked.v1",
            "live.*.person.changed.v1",
            "live.*.session.ended.v1",
            "live.*.staff.assigned.v1",
            "live.*.staff.unassigned.v1",
            "live.*.tenant.changed.v1",
            "live.*.tenant.resumed.v1",
            "live.*.tenant.suspended.v1",
        ]
    );
    drop(world);
    eventually(async || broker.queues().await.0.is_empty()).await;
}
