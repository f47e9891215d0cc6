//! A tenant comes, is stopped and goes on, while everything runs; or many come at once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use e2e::{Installation, PASSWORD, email};
use serde_json::{Value, json};
use testkit::eventually;

async fn code(at: &Installation, token: &str, tenant: Option<&str>, query: &str) -> Value {
    at.ask(token, tenant, query, json!({})).await.unwrap()["errors"][0]["extensions"]["code"]
        .clone()
}

#[tokio::test]
async fn a_tenant_becomes_ready_with_all_services_up() {
    let at = Installation::together("provisioning").await.unwrap();
    let operator = at.token("", "operator").await.unwrap();
    let q = "mutation { createProvider(input: {slug: \"soporte\", name: \"Soporte\"}) { provider { id } problems { code } } }";
    let provider =
        at.data(&operator, None, q, json!({})).await.unwrap()["createProvider"]["provider"]["id"]
            .clone();
    let create = "mutation($p: ID!, $s: String!) { createTenant(input: {provider: $p, slug: $s, name: $s, locale: \"es-PE\", \
                  timeZone: \"America/Lima\"}) { tenant { id } problems { code message } } }";
    let mut took = Vec::new();
    for n in 0..6 {
        let began = Instant::now();
        let slug = format!("cliente-{n}");
        let data = at
            .data(&operator, None, create, json!({"p": provider, "s": slug}))
            .await
            .unwrap();
        assert_eq!(data["createTenant"]["problems"], json!([]));
        let id = data["createTenant"]["tenant"]["id"].clone();
        eventually(Duration::from_secs(30), || async {
            let tenant = at
                .data(
                    &operator,
                    None,
                    "query($id: ID) { tenant(id: $id) { state } }",
                    json!({"id": id}),
                )
                .await
                .unwrap();
            (tenant["tenant"]["state"] == "READY").then_some(())
        })
        .await;
        took.push(began.elapsed());
    }
    // How soon is for `make bench` to measure (`provisioning`).
    println!("ready after {took:.2?}");

    // Twice the same slug is a problem that the operator can put right, not another tenant.
    let again = at
        .data(
            &operator,
            None,
            create,
            json!({"p": provider, "s": "cliente-0"}),
        )
        .await
        .unwrap();
    assert!(again["createTenant"]["tenant"].is_null(), "{again}");
    assert_ne!(again["createTenant"]["problems"], json!([]));
}

#[tokio::test]
async fn a_suspended_tenant_is_refused_at_the_door_and_goes_on_where_it_was() {
    let at = Installation::together("suspending").await.unwrap();
    at.tenant("pausada").await.unwrap();
    at.tenant("vecina").await.unwrap();
    let requester = at
        .sign_in(&email("pausada", "requester"), PASSWORD)
        .await
        .unwrap();
    let neighbour = at
        .sign_in(&email("vecina", "requester"), PASSWORD)
        .await
        .unwrap();
    let q = "mutation { openTicket(input: {subject: \"Antes de la pausa\"}) { ticket { number } problems { code } } }";
    at.data(&requester, None, q, json!({})).await.unwrap();

    at.cli(&["tenant", "suspend", "pausada"]).await.unwrap();
    // The services refuse when they hear of it, the gateway when it has forgotten whom it let in (30 s at most).
    let asked = "{ tickets { nodes { subject } } }";
    for (door, query) in [("intake", asked), ("the gateway", "{ me { name } }")] {
        let began = Instant::now();
        let said = eventually(Duration::from_mins(1), || async {
            let code = code(&at, &requester, None, query).await;
            (!code.is_null()).then_some(code)
        })
        .await;
        println!(
            "refused as {said} by {door} after {:.1} s",
            began.elapsed().as_secs_f64()
        );
        assert!(
            ["SUSPENDED", "FORBIDDEN"].contains(&said.as_str().unwrap()),
            "{said}"
        );
    }
    let late = at.sign_in(&email("pausada", "requester"), PASSWORD).await;
    assert!(late.is_err(), "somebody of a suspended tenant signed in");
    // From now on for good, with the tenant's name as without, and whatever is asked.
    for query in ["{ me { name } }", asked, q] {
        for tenant in [None, Some("pausada")] {
            let said = code(&at, &requester, tenant, query).await;
            assert!(
                ["SUSPENDED", "FORBIDDEN"].contains(&said.as_str().unwrap_or_default()),
                "{query} {tenant:?}: {said}"
            );
        }
    }
    // Nobody else notices.
    at.data(&neighbour, None, asked, json!({})).await.unwrap();

    at.cli(&["tenant", "resume", "pausada"]).await.unwrap();
    let began = Instant::now();
    let found = eventually(Duration::from_mins(1), || async {
        at.data(&requester, None, asked, json!({})).await.ok()
    })
    .await;
    println!("let in again after {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(
        found["tickets"]["nodes"],
        json!([{"subject": "Antes de la pausa"}])
    );
}

/// The lines that say which tenant is which.
fn made(said: &str) -> BTreeSet<&str> {
    said.lines().filter(|line| line.contains(" ten_")).collect()
}

#[tokio::test]
async fn many_tenants_come_from_a_file_and_come_but_once() {
    let at = Installation::together("many-tenants").await.unwrap();
    let create = ["tenant", "create", "--provider", "soporte"];
    let new = ["--slug", "primera", "--name", "Primera"];
    let one = [&create[..], &new[..]].concat();
    let first = at.cli(&one).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tenants");
    std::fs::write(&file, "primera\nsegunda, La Segunda\n\ntercera\n").unwrap();
    let file = file.display().to_string();
    let from = ["--demo-people", "--from", file.as_str()];
    let many = [&create[..], &from[..]].concat();
    let said = at.cli(&many).await.unwrap();
    assert_eq!(made(&said).len(), 3, "{said}");
    assert!(
        said.contains(first.trim()),
        "who was there stayed: {first} {said}"
    );
    let again = at.cli(&many).await.unwrap();
    assert_eq!(made(&again), made(&said));
    let list = at.cli(&["tenant", "list"]).await.unwrap();
    assert_eq!(list.lines().count(), 3, "{list}");
    assert!(list.contains("La Segunda"), "{list}");

    // Somebody can ask in each of them, and is let in there.
    for role in ["requester", "agent"] {
        let tokens = at
            .cli(&["token", "--tenants", &file, "--role", role])
            .await
            .unwrap();
        let slugs: Vec<&str> = tokens
            .lines()
            .filter_map(|l| Some(l.split_once(' ')?.0))
            .collect();
        assert_eq!(slugs, ["primera", "segunda", "tercera"]);
        for line in tokens.lines() {
            let (slug, token) = line.split_once(' ').unwrap();
            let me = at
                .data(token, Some(slug), "{ me { tenant { slug } } }", json!({}))
                .await
                .unwrap();
            assert_eq!(me["me"]["tenant"]["slug"], slug, "{role}");
        }
    }
}
