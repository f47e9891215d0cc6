//! Who calls: credentials are swapped for a signed caller, and nothing else of a caller's gets through.

use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{World, verify};

const WHOAMI: &str = "{ whoami { tenant subject issuer lifetime token headers } }";

#[tokio::test]
async fn a_token_is_swapped_for_a_signed_caller() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let answer = world.ask("abc", WHOAMI).await;
    let me = &answer.data()["whoami"];
    assert_eq!(me["tenant"], "tnt_a");
    assert_eq!(me["subject"], "psn_abc");
    assert_eq!(me["issuer"], "ventanilla");
    assert_eq!(me["lifetime"], 60);
    let token = me["token"].as_str().unwrap();
    assert_ne!(token, "abc");
    assert_eq!(
        verify(token)["tenants"],
        json!([{ "id": "tnt_a", "roles": ["agent"] }])
    );
}

#[tokio::test]
async fn an_api_key_is_a_credential_too() {
    let world = World::new();
    world
        .directory
        .knows_credential("api_key", "vk_1", "tnt_b", "integrator");
    let answer = world
        .send(world.post(WHOAMI).header("x-api-key", "vk_1"))
        .await;
    assert_eq!(answer.data()["whoami"]["tenant"], "tnt_b");
    // The same text as a token is somebody else's.
    assert_eq!(world.ask("vk_1", WHOAMI).await.status, 401);
}

#[tokio::test]
async fn the_tenant_comes_from_directory_whatever_headers_say() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let spoofed = world
        .post(WHOAMI)
        .bearer_auth("abc")
        .header("x-tenant", "tnt_b")
        .header("x-tenant-id", "tnt_b")
        .header("x-internal-key", "guess")
        .header("x-forwarded-for", "10.0.0.1")
        .header("x-ventanilla-caller", "root")
        .header("cookie", "session=1")
        .header("x-user", "root");
    let answer = world.send(spoofed).await;
    let me = &answer.data()["whoami"];
    assert_eq!(me["tenant"], "tnt_a");
    let strange: Vec<&str> = me["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| header.as_str().unwrap())
        .filter(|header| {
            let ours = [
                "accept: ",
                "accept-encoding: ",
                "authorization: Bearer ",
                "connection: ",
                "content-length: ",
                "content-type: ",
                "host: ",
            ];
            !ours.iter().any(|start| header.starts_with(start))
        })
        .collect();
    assert_eq!(strange, Vec::<&str>::new());
}

#[tokio::test]
async fn the_wished_tenant_is_directorys_to_grant() {
    let world = World::with(|settings| settings["base_domain"] = json!("mesa.example"));
    world.directory.knows("abc", "tnt_a", "agent");
    let wish = |name: &'static str, value: &'static str| {
        world.post(WHOAMI).bearer_auth("abc").header(name, value)
    };
    let granted = world.send(wish("x-ventanilla-tenant", "beta")).await;
    assert_eq!(granted.data()["whoami"]["tenant"], "beta");
    let by_subdomain = world.send(wish("host", "gamma.mesa.example:8080")).await;
    assert_eq!(by_subdomain.data()["whoami"]["tenant"], "gamma");
    let refused = world.send(wish("x-ventanilla-tenant", "ajeno")).await;
    assert_eq!((refused.status, refused.code()), (403, "FORBIDDEN"));
    assert_eq!(refused.body["errors"][0]["message"], "No es suyo.");
    for nonsense in ["", "a b", "../x", "a,b"] {
        let answer = world.send(wish("x-ventanilla-tenant", nonsense)).await;
        assert_eq!(
            (answer.status, answer.code()),
            (400, "BAD_TENANT"),
            "{nonsense}"
        );
    }
}

#[tokio::test]
async fn without_a_credential_there_is_nothing() {
    let world = World::new();
    let bare = world.send(world.post(WHOAMI)).await;
    assert_eq!((bare.status, bare.code()), (401, "UNAUTHENTICATED"));
    assert_eq!(bare.headers["www-authenticate"], "Bearer");
    assert!(bare.body["errors"][0]["message"].is_string());
    let unknown = world.ask("nobody", WHOAMI).await;
    assert_eq!((unknown.status, unknown.code()), (401, "UNAUTHENTICATED"));
    world.directory.knows("abc", "tnt_a", "agent");
    let doubtful = [
        world.post(WHOAMI).header("authorization", "Basic abc"),
        world.post(WHOAMI).header("authorization", "Bearer "),
        world
            .post(WHOAMI)
            .bearer_auth("abc")
            .header("x-api-key", "vk_1"),
        world
            .post(WHOAMI)
            .bearer_auth("abc")
            .header("authorization", "Bearer other"),
    ];
    for request in doubtful {
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
    }
    assert_eq!(world.intake.asked.load(SeqCst), 0);
}

#[tokio::test]
async fn a_signed_caller_is_no_credential() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let me = world.ask("abc", WHOAMI).await;
    let signed = me.data()["whoami"]["token"].as_str().unwrap().to_owned();
    let replayed = world.ask(&signed, WHOAMI).await;
    assert_eq!((replayed.status, replayed.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn scopes_are_enforced_before_a_subgraph_is_asked() {
    let world = World::new();
    world.directory.knows("agent", "tnt_a", "agent");
    world.directory.knows("operator", "tnt_a", "agent operator");
    let refused = world.ask("agent", "{ secret }").await;
    assert_eq!(refused.body["data"]["secret"], Value::Null);
    assert_eq!(refused.code(), "UNAUTHORIZED_FIELD_OR_TYPE");
    let refused = world.ask("agent", "mutation { dropTenant }").await;
    assert_eq!(refused.code(), "UNAUTHORIZED_FIELD_OR_TYPE");
    assert_eq!(world.intake.asked.load(SeqCst), 0);
    let allowed = world.ask("operator", "{ secret }").await;
    assert_eq!(allowed.data()["secret"], "for operators");
    let allowed = world.ask("operator", "mutation { dropTenant }").await;
    assert_eq!(allowed.data()["dropTenant"], true);
}

#[tokio::test]
async fn a_caller_is_resolved_once_however_many_ask() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    world.directory.slow_ms.store(300, SeqCst);
    let together = (0..20).map(|_| world.ask("abc", "{ whoami { token } }"));
    let answers = futures_util::future::join_all(together).await;
    assert_eq!(
        world.directory.asked.load(SeqCst),
        1,
        "equal questions at once"
    );
    let later = world.ask("abc", "{ whoami { token } }").await;
    assert_eq!(
        world.directory.asked.load(SeqCst),
        1,
        "the answer is remembered"
    );
    for answer in answers {
        assert_eq!(answer.data(), later.data(), "and so is its signature");
    }
    for _ in 0..5 {
        assert_eq!(world.ask("nobody", WHOAMI).await.status, 401);
    }
    assert_eq!(world.directory.asked.load(SeqCst), 2, "a refusal too");
}

#[tokio::test]
async fn revocation_takes_hold_within_the_bound() {
    let world = World::with(|settings| settings["callers"] = json!({ "seconds": 1 }));
    world.directory.knows("abc", "tnt_a", "agent");
    assert_eq!(world.ask("abc", WHOAMI).await.status, 200);
    world.directory.forgets("abc");
    let revoked = Instant::now();
    let refused = loop {
        let answer = world.ask("abc", WHOAMI).await;
        if answer.status != 200 {
            break answer;
        }
        assert!(revoked.elapsed() < Duration::from_secs(3), "still let in");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((refused.status, refused.code()), (401, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn a_directory_that_is_away_is_neither_a_yes_nor_a_no() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    world.directory.away.store(true, SeqCst);
    let answer = world.ask("abc", WHOAMI).await;
    assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE"));
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(!answer.body.to_string().contains("psql"));
    world.directory.away.store(false, SeqCst);
    assert_eq!(world.ask("abc", WHOAMI).await.status, 200);
}

#[tokio::test]
async fn only_well_formed_traces_travel_on() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (sent, arrives) in [(trace, true), ("x'; DROP TABLE", false)] {
        let request = world
            .post(WHOAMI)
            .bearer_auth("abc")
            .header("traceparent", sent);
        let answer = world.send(request).await;
        let headers = answer.data()["whoami"]["headers"].to_string();
        assert_eq!(headers.contains("traceparent"), arrives, "{headers}");
        assert_eq!(headers.contains(trace), arrives);
    }
}
