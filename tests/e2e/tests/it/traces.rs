//! What happens can be followed back to what brought it about: one trace from the public door to the last consequence.

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::{Installation, PASSWORD, agree_on_240_hours, audit, email, settled};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::eventually;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Tickets, assignments and clocks of a tenant, as reporting has kept what was said of them: (type, trace).
async fn told(at: &Installation, schema: &str) -> Vec<(String, Option<String>)> {
    let mut reporting = audit::open(&at.suite, "reporting").await.unwrap();
    let q = format!(
        "SELECT kind, traceparent FROM {schema}.facts WHERE kind ~ '^(ticket|assignment|clock)[.]' ORDER BY position"
    );
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(AssertSqlSafe(q))
        .fetch_all(&mut reporting)
        .await
        .unwrap();
    let trace = |context: String| context.split('-').nth(1).map(str::to_owned);
    rows.into_iter()
        .map(|(kind, context)| (kind, context.and_then(trace)))
        .collect()
}

#[tokio::test]
async fn what_follows_from_a_request_carries_its_trace() {
    let at = Installation::together("tracing").await.unwrap();
    at.tenant("norte").await.unwrap();
    let quality = at.token("norte", "quality_manager").await.unwrap();
    agree_on_240_hours(&at, &quality, "norte").await.unwrap();
    let schema = audit::schema(&at.suite, "norte").await.unwrap();
    let requester = at
        .sign_in(&email("norte", "requester"), PASSWORD)
        .await
        .unwrap();
    let q = "mutation { openTicket(input: {subject: \"Sin correo\"}) { ticket { id } problems { code } } }";
    let asked = at
        .http()
        .post(format!("{}/graphql", at.url))
        .bearer_auth(&requester)
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({ "query": q }));
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    assert!(answer["errors"].is_null(), "{answer}");

    // Intake's own fact, routing's and the clocks' answers to it, and what intake makes of those.
    let wanted = [
        "ticket.opened.v1",
        "assignment.changed.v1",
        "clock.changed.v1",
    ];
    eventually(Duration::from_secs(30), || async {
        let told = told(&at, &schema).await;
        let kinds: BTreeSet<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        if wanted.iter().all(|kind| kinds.contains(kind)) {
            Ok(())
        } else {
            Err(format!("{told:?}"))
        }
    })
    .await;
    settled(&at).await;
    for (kind, trace) in told(&at, &schema).await {
        assert_eq!(trace.as_deref(), Some(TRACE), "{kind}");
    }
}

#[tokio::test]
async fn each_run_of_an_import_is_one_trace() {
    let at = Installation::together("tracing imports").await.unwrap();
    at.tenant("norte").await.unwrap();
    let schema = audit::schema(&at.suite, "norte").await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (mapping, log) = (dir.path().join("mesa.toml"), dir.path().join("casos.csv"));
    let text = "tool = 'mesa'\ncase = { column = 'caso' }\ntime = { column = 'fecha' }\n\
                state = { status = 'estado', default = 'open', map = [] }";
    std::fs::write(&mapping, text).unwrap();
    let mut seen = BTreeSet::new();
    for (run, cases) in [1..=20, 21..=40].into_iter().enumerate() {
        let rows: Vec<String> = cases
            .map(|case| format!("{case},2026-03-01T08:30:00Z,x\n"))
            .collect();
        let rows = rows.concat();
        std::fs::write(&log, format!("caso,fecha,estado\n{rows}")).unwrap();
        let (mapping, log) = (mapping.display().to_string(), log.display().to_string());
        // Some commands, not one.
        let import = [
            "import",
            "--tenant",
            "norte",
            "--wait",
            "--batch",
            "5",
            "--mapping",
            &mapping,
            &log,
        ];
        let said = at.cli(&import).await.unwrap();
        let traces: Vec<String> = told(&at, &schema)
            .await
            .into_iter()
            .filter(|(kind, _)| kind == "ticket.recorded.v1")
            .map(|(kind, trace)| trace.unwrap_or_else(|| panic!("{kind} without a trace")))
            .collect();
        assert_eq!(traces.len(), 20 * (run + 1));
        seen.extend(traces);
        assert_eq!(seen.len(), run + 1, "{seen:?}");
        let last = said
            .lines()
            .find(|line| line.contains("rows sent"))
            .unwrap();
        assert!(
            seen.iter().any(|trace| last.contains(trace.as_str())),
            "{said}"
        );
    }
}
