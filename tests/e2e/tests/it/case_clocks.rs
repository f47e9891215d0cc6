//! The clocks of imported cases with their explanations: as the graph tells them, and as a script of another language
//! computes them from the log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, NaiveDate, Utc};
use e2e::Installation;
use serde::Deserialize;
use serde_json::{Value, json};

/// So many tickets are asked for at once.
const PAGE: usize = 20;
/// The gateway counts what sla-clock adds to tickets as if ten were asked for, and so 500 segments of each clock with their
/// causes as 80,000, of one ticket too: more than it lets pass unless it is told to.
pub const COST: &str = "100000";

const CLOCK: &str = "fragment Clock on TicketClock { id target code cycle startedAt dueAt stoppedAt breachedAt \
    elapsedSeconds(asOf: $asOf) explain(asOf: $asOf, first: 500, after: $behind) { ...Explanation } } \
    fragment Explanation on ClockExplanation { until runningSeconds pausedSeconds outsideHoursSeconds hasNextPage endCursor \
    totals { heldBy seconds } segments { from to state seconds cause { fact { at state } agreementVersion \
    calendarVersion heldBy closed { by date law } } } }";

/// What caused a segment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cause {
    pub fact: Fact,
    pub agreement_version: i32,
    pub calendar_version: Option<i32>,
    pub held_by: Option<String>,
    pub closed: Option<Closed>,
}

/// What happened to the ticket.
#[derive(Debug, Clone, Deserialize)]
pub struct Fact {
    pub at: DateTime<Utc>,
    pub state: String,
}

/// What closes the desk.
#[derive(Debug, Clone, Deserialize)]
pub struct Closed {
    pub by: String,
    pub date: Option<NaiveDate>,
    pub law: Option<String>,
}

/// A part of a clock's life.
#[derive(Debug, Clone, Deserialize)]
pub struct Segment {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub state: String,
    pub seconds: i64,
    pub cause: Cause,
}

/// Seconds of one sort.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    pub held_by: Option<String>,
    pub seconds: i64,
}

/// A clock's life.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    pub until: DateTime<Utc>,
    pub running_seconds: i64,
    pub paused_seconds: i64,
    pub outside_hours_seconds: i64,
    pub totals: Vec<Total>,
    pub segments: Vec<Segment>,
    has_next_page: bool,
    end_cursor: Option<String>,
}

/// A clock as the graph tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    id: String,
    target: String,
    code: Option<String>,
    pub cycle: i32,
    pub started_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    pub stopped_at: Option<DateTime<Utc>>,
    pub breached_at: Option<DateTime<Utc>>,
    pub elapsed_seconds: i64,
    pub explain: Explanation,
}

impl Clock {
    /// What it measures: the target, or the code of the tenant's own.
    pub fn name(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.target)
    }
}

/// Every clock of every case of a tenant, judged at an instant.
pub async fn told(
    at: &Installation,
    token: &str,
    tenant: &str,
    as_of: DateTime<Utc>,
) -> BTreeMap<String, Vec<Clock>> {
    let query = format!(
        "query($after: String, $asOf: DateTime!, $behind: String) {{ tickets(first: {PAGE}, after: $after) {{ \
         pageInfo {{ hasNextPage endCursor }} nodes {{ id external {{ case }} clocks {{ ...Clock }} }} }} }} {CLOCK}"
    );
    let mut all = BTreeMap::new();
    let mut after = Value::Null;
    loop {
        let variables = json!({"after": after, "asOf": as_of});
        let mut data = at
            .data(token, Some(tenant), &query, variables)
            .await
            .unwrap();
        let page = data["tickets"].take();
        for node in page["nodes"].as_array().unwrap() {
            let mut clocks: Vec<Clock> = serde_json::from_value(node["clocks"].clone()).unwrap();
            for clock in &mut clocks {
                complete(at, token, tenant, (&node["id"], as_of), clock).await;
            }
            let case = node["external"]["case"].as_str().unwrap().to_owned();
            assert!(all.insert(case, clocks).is_none(), "a case came twice");
        }
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Asks for the segments of a long life that the first page left out.
async fn complete(
    at: &Installation,
    token: &str,
    tenant: &str,
    (ticket, as_of): (&Value, DateTime<Utc>),
    clock: &mut Clock,
) {
    let query = format!(
        "query($id: ID!, $asOf: DateTime!, $behind: String) {{ ticket(id: $id) {{ clocks {{ ...Clock }} }} }} {CLOCK}"
    );
    while clock.explain.has_next_page {
        let variables = json!({"id": ticket, "asOf": as_of, "behind": clock.explain.end_cursor});
        let mut data = at
            .data(token, Some(tenant), &query, variables)
            .await
            .unwrap();
        let clocks: Vec<Clock> = serde_json::from_value(data["ticket"]["clocks"].take()).unwrap();
        let more = clocks
            .into_iter()
            .find(|c| c.id == clock.id)
            .unwrap()
            .explain;
        clock.explain.segments.extend(more.segments);
        clock.explain.has_next_page = more.has_next_page;
        clock.explain.end_cursor = more.end_cursor;
    }
}

/// A clock as it was computed independently; instants in seconds since 1970.
#[derive(Debug, Clone, Deserialize)]
pub struct Computed {
    pub target: String,
    pub cycle: i32,
    pub started: i64,
    pub stopped: Option<i64>,
    pub elapsed: i64,
    /// Open seconds in which it was held, by whom the time belongs to.
    pub held: BTreeMap<String, i64>,
    pub outside: i64,
    pub due: Option<i64>,
    pub missed: bool,
}

/// Everything that the script says.
#[derive(Debug, Clone, Deserialize)]
pub struct Independent {
    pub holidays: BTreeSet<NaiveDate>,
    pub cases: BTreeMap<String, Vec<Computed>>,
}

/// What Python makes of the same log.
pub fn computed(log: &Path, as_of: DateTime<Utc>, terms: &[&str]) -> Independent {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("independent/case_clocks.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(log)
        .args([
            "--as-of",
            &as_of.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        ])
        .args(terms)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}
