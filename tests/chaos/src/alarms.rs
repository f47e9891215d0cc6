//! Warnings and breaches, held against the clocks that they are of: each told once, none before its time, none never.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use e2e::audit;
use ids::{ClockId, TicketId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::time::sleep;

use crate::desk::Desk;
use crate::ground::Ground;
use crate::verdict::Verdict;

/// So many looks, a second apart, until everything that is due has been told.
const LOOKS: u32 = 10;

/// A clock, and which share of its time, percent: 100 is the deadline.
type Alarm = (String, i32);

/// What was told of an alarm.
struct Told {
    /// How often, in one cycle.
    times: i64,
    /// It says an instant that has not come yet.
    early: bool,
}

/// Judges those of these tickets. Nothing holds their clocks (`e2e::agree_on_alarms`): where their thresholds lie follows from
/// where they began.
pub async fn alarms(
    ground: &Ground,
    desk: &Desk,
    tickets: &BTreeSet<String>,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let suite = &ground.at.suite;
    let schema = audit::schema(suite, &desk.house.slug).await?;
    let mut clocks = audit::open(suite, "sla_clock").await?;
    let mut reporting = audit::open(suite, "reporting").await?;
    let reached = reached(&mut clocks, &schema, tickets).await?;
    let mut told = told(&mut reporting, &schema, tickets).await?;
    for _ in 0..LOOKS {
        if reached.iter().all(|alarm| told.contains_key(alarm)) {
            break;
        }
        sleep(Duration::from_secs(1)).await;
        told = self::told(&mut reporting, &schema, tickets).await?;
    }
    let slug = &desk.house.slug;
    for (clock, percent) in reached.iter().filter(|alarm| !told.contains_key(*alarm)) {
        let never = format!("{slug}: {clock} was never told of its {percent} %");
        verdict.lost.push(never);
    }
    verdict.alarms += told.len();
    for ((clock, percent), Told { times, early }) in told {
        if times > 1 {
            let twice = format!("{slug}: {clock} was told of its {percent} % {times} times");
            verdict.doubled.push(twice);
        }
        if early {
            let early = format!("{slug}: {clock} was told of its {percent} % before");
            verdict.early.push(early);
        }
    }
    for clock in wronged(&mut clocks, &schema, tickets).await? {
        let missed = format!("{slug}: {clock} stopped in time and counts as missed");
        verdict.stuck.push(missed);
    }
    Ok(())
}

/// What was reached by now while the clock ran.
async fn reached(
    clocks: &mut PgConnection,
    schema: &str,
    tickets: &BTreeSet<String>,
) -> anyhow::Result<BTreeSet<Alarm>> {
    let q = format!(
        "SELECT c.id, c.ticket, p.percent FROM {schema}.clock AS c \
         JOIN (VALUES ('PRONTO', 50), ('PRONTO', 100), ('LEJANO', 90), ('LEJANO', 100)) AS p (code, percent) ON p.code = c.target_code \
         WHERE c.state <> 'cancelled' AND c.started_at + make_interval(secs => c.target_seconds * p.percent / 100.0) \
           < least(coalesce(c.stopped_at, 'infinity'), now())"
    );
    let rows: Vec<(Uuid, Uuid, i32)> = sqlx::query_as(AssertSqlSafe(q)).fetch_all(clocks).await?;
    let ours = rows
        .into_iter()
        .filter(|(_, ticket, _)| tickets.contains(&TicketId::from_uuid(*ticket).to_string()));
    Ok(ours
        .map(|(clock, _, percent)| (ClockId::from_uuid(clock).to_string(), percent))
        .collect())
}

/// What reporting has heard of warnings and breaches.
async fn told(
    reporting: &mut PgConnection,
    schema: &str,
    tickets: &BTreeSet<String>,
) -> anyhow::Result<BTreeMap<Alarm, Told>> {
    let q = format!(
        "SELECT f.subject, d.said->'clock'->>'ticket', coalesce((d.said->>'percent')::int, 100), count(*), \
         bool_or(f.\"time\" > now()) FROM {schema}.facts AS f, LATERAL (SELECT f.data::jsonb AS said) AS d \
         WHERE f.kind IN ('clock.warned.v1', 'clock.breached.v1') GROUP BY 1, 2, 3, d.said->'clock'->>'cycle'"
    );
    let rows: Vec<(String, String, i32, i64, bool)> = sqlx::query_as(AssertSqlSafe(q))
        .fetch_all(reporting)
        .await?;
    let ours = rows
        .into_iter()
        .filter(|(_, ticket, ..)| tickets.contains(ticket));
    Ok(ours
        .map(|(clock, _, percent, times, early)| ((clock, percent), Told { times, early }))
        .collect())
}

/// Clocks that stopped in time and are kept as missed, whatever was told of them before.
async fn wronged(
    clocks: &mut PgConnection,
    schema: &str,
    tickets: &BTreeSet<String>,
) -> anyhow::Result<Vec<String>> {
    let q = format!(
        "SELECT id, ticket FROM {schema}.clock WHERE stopped_at <= due_at AND breached_at IS NOT NULL"
    );
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(AssertSqlSafe(q)).fetch_all(clocks).await?;
    let ours = rows
        .into_iter()
        .filter(|(_, ticket)| tickets.contains(&TicketId::from_uuid(*ticket).to_string()));
    Ok(ours
        .map(|(clock, _)| ClockId::from_uuid(clock).to_string())
        .collect())
}
