//! Asks the gateway for the indicators of a tenant and holds them against `expected.json`.

use e2e::Installation;
use serde_json::{Value, json};

/// Everything that `expected.json` says and the indicators show, in UTC as the log's figures are.
pub const INDICATORS: &str = "query($asOf: DateTime) { indicators(timeZone: \"UTC\", asOf: $asOf) { \
    cases events irregularEvents \
    eventsByState { status subStatus count } \
    casesByHighestLine { line cases } casesReachingLine { line cases } \
    casesNeverInFirstLine casesFirstEventInFirstLine \
    throughput { medianDays meanDays p90Days p95Days p99Days maxDays } \
    overThreshold(hours: 240) { cases share } \
    reassignments { total mean median max casesWithout } \
    pingPong { cases bounces } reopened { strictCases looseCases } \
    waiting { status subStatus events cases totalDays medianHours meanHours } \
    casesPerMonth { month cases } \
    clocks { target cases breached met running } } }";

/// The indicators of a tenant, through the gateway.
pub async fn indicators(
    at: &Installation,
    token: &str,
    tenant: &str,
    as_of: Option<&str>,
) -> Value {
    at.data(token, Some(tenant), INDICATORS, json!({"asOf": as_of}))
        .await
        .unwrap()["indicators"]
        .clone()
}

fn count(list: &Value, key: &str, wanted: &Value, figure: &str) -> Value {
    list.as_array()
        .unwrap()
        .iter()
        .find(|row| row[key] == *wanted)
        .map_or(json!(0), |row| row[figure].clone())
}

/// Sum of `count` over the rows of `eventsByState` whose `key` is `wanted`.
fn events(indicators: &Value, key: &str, wanted: &str) -> i64 {
    indicators["eventsByState"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|r| r[key] == wanted)
        .map(|r| r["count"].as_i64().unwrap())
        .sum()
}

/// Every figure: what it is called, what came out, what is expected.
pub fn compared(got: &Value, want: &Value) -> Vec<(String, Value, Value)> {
    let mut rows: Vec<(String, Value, Value)> = Vec::new();
    let mut row = |name: &str, got: &Value, want: &Value| {
        rows.push((name.to_owned(), got.clone(), want.clone()));
    };
    row("cases", &got["cases"], &want["cases"]);
    row("events", &got["events"], &want["events"]);
    for (status, n) in want["status_events"].as_object().unwrap() {
        row(
            &format!("status {status}"),
            &json!(events(got, "status", status)),
            n,
        );
    }
    for (status, n) in want["substatus_events"].as_object().unwrap() {
        row(
            &format!("sub-status {status}"),
            &json!(events(got, "subStatus", status)),
            n,
        );
    }
    let front = &want["push_to_front"];
    for line in 1..=3 {
        let n = &front["cases_max_line"][line.to_string()];
        row(
            &format!("highest line {line}"),
            &count(&got["casesByHighestLine"], "line", &json!(line), "cases"),
            n,
        );
    }
    for (line, key) in [
        (2, "cases_reaching_2nd_line"),
        (3, "cases_reaching_3rd_line"),
    ] {
        row(
            key,
            &count(&got["casesReachingLine"], "line", &json!(line), "cases"),
            &front[key],
        );
    }
    row(
        "never in 1st line",
        &got["casesNeverInFirstLine"],
        &front["cases_never_in_1st_line"],
    );
    row(
        "first event in 1st line",
        &got["casesFirstEventInFirstLine"],
        &front["cases_first_event_in_1st_line"],
    );
    let days = &want["throughput_days"];
    for (ours, theirs) in [
        ("medianDays", "median"),
        ("meanDays", "mean"),
        ("p90Days", "p90"),
        ("p95Days", "p95"),
        ("p99Days", "p99"),
        ("maxDays", "max"),
    ] {
        row(
            &format!("throughput {theirs}"),
            &got["throughput"][ours],
            &days[theirs],
        );
    }
    row(
        "over 240 h",
        &got["overThreshold"]["cases"],
        &want["breach_over_240h"]["cases"],
    );
    row(
        "over 240 h, share",
        &got["overThreshold"]["share"],
        &want["breach_over_240h"]["share"],
    );
    let handover = &want["handover"];
    for (ours, theirs) in [
        ("total", "total"),
        ("mean", "mean"),
        ("median", "median"),
        ("max", "max"),
        ("casesWithout", "cases_zero"),
    ] {
        row(
            &format!("reassignments {theirs}"),
            &got["reassignments"][ours],
            &handover[theirs],
        );
    }
    row(
        "ping-pong cases",
        &got["pingPong"]["cases"],
        &want["ping_pong"]["cases"],
    );
    row(
        "ping-pong bounces",
        &got["pingPong"]["bounces"],
        &want["ping_pong"]["bounces"],
    );
    row(
        "reopened strict",
        &got["reopened"]["strictCases"],
        &want["reopen"]["strict_cases"],
    );
    row(
        "reopened loose",
        &got["reopened"]["looseCases"],
        &want["reopen"]["loose_cases"],
    );
    for (sub, w) in want["wait"].as_object().unwrap() {
        let waiting = |figure: &str| count(&got["waiting"], "subStatus", &json!(sub), figure);
        for (ours, theirs) in [
            ("events", "events"),
            ("cases", "cases"),
            ("totalDays", "total_days"),
            ("medianHours", "median_hours"),
            ("meanHours", "mean_hours"),
        ] {
            row(&format!("{sub}: {theirs}"), &waiting(ours), &w[theirs]);
        }
    }
    for (month, n) in want["cases_opened_per_month"].as_object().unwrap() {
        row(
            &format!("cases in {month}"),
            &count(&got["casesPerMonth"], "month", &json!(month), "cases"),
            n,
        );
    }
    rows
}

/// Equal: counts to the unit, others to the four decimals that `expected.json` keeps.
pub fn equal(got: &Value, want: &Value) -> bool {
    match (got.as_f64(), want.as_f64()) {
        (Some(g), Some(w)) if want.is_i64() || want.is_u64() => (g - w).abs() < f64::EPSILON,
        (Some(g), Some(w)) => (g - w).abs() <= 0.000_051,
        _ => false,
    }
}
