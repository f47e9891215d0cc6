//! Waits until an import has come through: intake holds every row of the file, reporting holds every row that intake
//! holds, and nothing more arrives there (the clocks' facts come behind the rows').

use std::time::Duration;

use anyhow::bail;
use ids::TenantId;
use reporting::Recorded;
use tenancy::ServiceDb;
use tokio::time::{Instant, sleep};

use super::send::bar;

/// How often is looked.
const LOOK: Duration = Duration::from_millis(250);
/// So long nothing more may arrive before the figures count as final: longer than any service takes over one batch.
const QUIET: Duration = Duration::from_secs(2);

/// Where to look.
pub struct Watch<'a> {
    /// Who records.
    pub intake: &'a ServiceDb,
    /// Who counts.
    pub reporting: &'a ServiceDb,
    /// Whose.
    pub tenant: TenantId,
    /// Of which tool.
    pub tool: &'a str,
}

/// Rows of a tool that intake holds.
pub async fn in_intake(intake: &ServiceDb, tenant: TenantId, tool: &str) -> anyhow::Result<i64> {
    let mut tx = intake.begin_fact(tenant).await?;
    let rows = sqlx::query_scalar("SELECT count(*) FROM imported_row AS r JOIN ticket AS t ON t.id = r.ticket WHERE t.tool = $1")
        .bind(tool)
        .fetch_one(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(rows)
}

/// Rows of these cases that intake holds.
async fn of_cases(watch: &Watch<'_>, cases: &[String]) -> anyhow::Result<i64> {
    let mut tx = watch.intake.begin_fact(watch.tenant).await?;
    let rows = sqlx::query_scalar(
        "SELECT count(*) FROM imported_row AS r JOIN ticket AS t ON t.id = r.ticket WHERE t.tool = $1 AND t.case_no = ANY($2)",
    )
    .bind(watch.tool)
    .bind(cases)
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(rows)
}

/// Waits; `rows` is what the file holds, of `cases`.
///
/// # Errors
/// If nothing moves for `patience`.
pub async fn wait(
    watch: &Watch<'_>,
    cases: &[String],
    rows: u64,
    patience: Duration,
) -> anyhow::Result<Recorded> {
    let bar = bar(rows, "arrived");
    let mut last = (0, None::<Recorded>);
    let mut moved = Instant::now();
    loop {
        let taken = of_cases(watch, cases).await?;
        let seen = reporting::recorded(watch.reporting, watch.tenant, watch.tool).await?;
        bar.set_position(seen.rows.clamp(0, rows as i64) as u64);
        if last != (taken, Some(seen)) {
            last = (taken, Some(seen));
            moved = Instant::now();
        }
        let still = moved.elapsed();
        if taken >= rows as i64 && still >= QUIET {
            let all = in_intake(watch.intake, watch.tenant, watch.tool).await?;
            if seen.rows == all {
                bar.finish();
                return Ok(seen);
            }
        }
        if still >= patience {
            bar.abandon();
            bail!(
                "nothing has moved for {still:.0?}: intake holds {taken} of {rows} rows, reporting {}. Do the services run? \
                 `ventanilla dead-letters list` shows what was put aside",
                seen.rows
            );
        }
        sleep(LOOK).await;
    }
}
