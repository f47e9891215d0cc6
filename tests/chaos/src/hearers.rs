//! Who should have heard of what: inboxes tell only what a service has heard of at all.
//!
//! Reporting keeps every fact. Every service that hears a kind of fact (`messaging::TOPOLOGY`) has each subject of such facts
//! in an inbox, up to the last fact.

use std::collections::{BTreeMap, HashMap};

use anyhow::ensure;
use e2e::audit;
use messaging::{Subscription, TOPOLOGY};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use testkit::Suite;

/// Source and subject.
type About = (String, String);

/// What was told live of a subject.
struct Told {
    last: i64,
    kinds: Vec<String>,
}

/// What a service should have heard of and has not, or not to its end.
pub async fn unheard(suite: &Suite) -> anyhow::Result<Vec<String>> {
    let told = told(suite).await?;
    let mut missing = Vec::new();
    for row in TOPOLOGY {
        let heard = heard(suite, row.service).await?;
        let mut compared = 0;
        for ((source, subject), told) in &told {
            if !hears(row, subject, &told.kinds) {
                continue;
            }
            compared += 1;
            let last = heard.get(&(source.clone(), subject.clone()));
            if last != Some(&told.last) {
                let far = last.map_or_else(|| "never".to_owned(), |last| format!("up to {last}"));
                missing.push(format!(
                    "{}: {source} {subject} heard {far}, of {}",
                    row.service, told.last
                ));
            }
        }
        // A look that compares nothing would miss nothing, either.
        ensure!(
            compared > 10 || row.hears.is_empty(),
            "{} is to have heard of {compared} subjects alone",
            row.service
        );
    }
    Ok(missing)
}

fn hears(row: &Subscription, subject: &str, kinds: &[String]) -> bool {
    !row.leaves_out(subject) && row.types().any(|kind| kinds.iter().any(|one| one == kind))
}

async fn schemas(of: &mut PgConnection, table: &str, like: &str) -> anyhow::Result<Vec<String>> {
    let q = "SELECT n.nspname::text FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid \
             WHERE c.relname = $1 AND c.relkind IN ('r', 'p') AND n.nspname ~ $2 ORDER BY 1";
    Ok(sqlx::query_scalar(q)
        .bind(table)
        .bind(like)
        .fetch_all(of)
        .await?)
}

/// What was told of tenants' subjects, as reporting keeps it.
async fn told(suite: &Suite) -> anyhow::Result<BTreeMap<About, Told>> {
    let mut reporting = audit::open(suite, "reporting").await?;
    let mut told = BTreeMap::new();
    for schema in schemas(&mut reporting, "facts", "^t_[0-9a-f]{32}$").await? {
        let q = format!(
            "SELECT source, subject, max(sequence) AS last, array_agg(DISTINCT kind) AS kinds FROM {schema}.facts \
             GROUP BY source, subject HAVING bool_or(origin = 'live')"
        );
        let rows = sqlx::query(AssertSqlSafe(q))
            .fetch_all(&mut reporting)
            .await?;
        for row in rows {
            let about: About = (row.try_get("source")?, row.try_get("subject")?);
            let (last, kinds) = (row.try_get("last")?, row.try_get("kinds")?);
            told.insert(about, Told { last, kinds });
        }
    }
    Ok(told)
}

/// How far a service has heard of what, in whatever inbox.
async fn heard(suite: &Suite, service: &str) -> anyhow::Result<HashMap<About, i64>> {
    let mut of = audit::open(suite, &service.replace('-', "_")).await?;
    let mut heard: HashMap<About, i64> = HashMap::new();
    for schema in schemas(&mut of, "inbox", "^([tp]_[0-9a-f]{32}|platform)$").await? {
        let q = format!("SELECT source, subject, sequence FROM {schema}.inbox");
        for row in sqlx::query(AssertSqlSafe(q)).fetch_all(&mut of).await? {
            let about: About = (row.try_get(0)?, row.try_get(1)?);
            let far: i64 = row.try_get(2)?;
            let kept = heard.entry(about).or_default();
            *kept = far.max(*kept);
        }
    }
    Ok(heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_should_have_heard_follows_from_the_topology() {
        let hearers = |kind: &str, subject: &str| -> Vec<&str> {
            let kinds = [kind.to_owned()];
            let rows = TOPOLOGY.iter().filter(|row| hears(row, subject, &kinds));
            rows.map(|row| row.service).collect()
        };
        assert_eq!(
            hearers("ticket.opened.v1", "tkt_1"),
            ["routing", "sla-clock", "knowledge", "reporting"]
        );
        // Of contacts the others have no use.
        assert_eq!(hearers("contact.recorded.v1", "con_1"), ["reporting"]);
    }
}
