//! Looks into the databases, as nobody else may, for what must not be there after trouble.

use std::collections::BTreeMap;

use anyhow::ensure;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use testkit::Suite;

/// Databases of the services.
const DATABASES: [&str; 6] = [
    "directory",
    "intake",
    "routing",
    "sla_clock",
    "knowledge",
    "reporting",
];

/// Tables in which two tenants with the same history may differ: what counts facts that are told once for many changes,
/// and what forgets.
const NOT_COMPARED: [&str; 4] = ["idempotency", "waiting", "inbox", "facts"];

/// A service's database, by its owner.
pub async fn open(suite: &Suite, database: &str) -> sqlx::Result<PgConnection> {
    PgConnection::connect(&suite.database_url(database)).await
}

async fn schemas(of: &mut PgConnection, like: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT nspname::text FROM pg_namespace WHERE nspname ~ $1 ORDER BY 1")
        .bind(like)
        .fetch_all(of)
        .await
}

async fn tables(of: &mut PgConnection, schema: &str) -> sqlx::Result<Vec<String>> {
    // Partitions are counted with their parents.
    let q = "SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = to_regnamespace($1) \
             AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1";
    sqlx::query_scalar(q).bind(schema).fetch_all(of).await
}

async fn count(of: &mut PgConnection, table: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
        .fetch_one(of)
        .await
}

/// `t_…`: where a tenant's rows are.
pub async fn schema(suite: &Suite, slug: &str) -> anyhow::Result<String> {
    let mut directory = open(suite, "directory").await?;
    let q = "SELECT 't_' || replace(id::text, '-', '') FROM platform.tenant WHERE slug = $1";
    let found: String = sqlx::query_scalar(q)
        .bind(slug)
        .fetch_one(&mut directory)
        .await?;
    Ok(found)
}

/// Rows of another tool's history that intake has recorded, and that reporting has heard of.
pub async fn recorded(suite: &Suite, schema: &str) -> anyhow::Result<(i64, i64)> {
    let mut intake = open(suite, "intake").await?;
    let mut reporting = open(suite, "reporting").await?;
    let rows = count(&mut intake, &format!("{schema}.imported_row")).await?;
    let heard = count(
        &mut reporting,
        &format!("{schema}.facts WHERE kind = 'ticket.recorded.v1'"),
    )
    .await?;
    Ok((rows, heard))
}

/// What waits, is unpublished, has a gap, stands double, or has not been heard by everybody: nothing of it may be there
/// when all is quiet.
pub async fn loose_ends(suite: &Suite) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    // (source, subject) -> last sequence, as reporting has kept it
    let mut told: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut reporting = open(suite, "reporting").await?;
    for schema in schemas(&mut reporting, "^[tp]_[0-9a-f]{32}$").await? {
        if !tables(&mut reporting, &schema)
            .await?
            .contains(&"facts".to_owned())
        {
            continue;
        }
        let q = format!(
            "SELECT source, subject, count(*) AS rows, count(DISTINCT sequence) AS different, min(sequence) AS first, \
             max(sequence) AS last FROM {schema}.facts GROUP BY source, subject"
        );
        for row in sqlx::query(AssertSqlSafe(q))
            .fetch_all(&mut reporting)
            .await?
        {
            let (source, subject): (String, String) =
                (row.try_get("source")?, row.try_get("subject")?);
            let (rows, different): (i64, i64) = (row.try_get("rows")?, row.try_get("different")?);
            let (first, last): (i64, i64) = (row.try_get("first")?, row.try_get("last")?);
            if rows != different || first != 1 || rows != last {
                found.push(format!("{schema}: {source} {subject}: {rows} facts from {first} to {last}, {different} different"));
            }
            told.insert((source, subject), last);
        }
    }
    // A look that sees nothing would find nothing, either.
    ensure!(
        told.len() > 10,
        "reporting has kept facts of {} subjects alone",
        told.len()
    );
    let mut compared = 0;
    for database in DATABASES {
        let mut of = open(suite, database).await?;
        let unpublished = count(&mut of, "platform.outbox").await?;
        if unpublished > 0 {
            found.push(format!("{database}: {unpublished} facts unpublished"));
        }
        for schema in schemas(&mut of, "^([tp]_[0-9a-f]{32}|platform)$").await? {
            let tables = tables(&mut of, &schema).await?;
            if tables.contains(&"waiting".to_owned()) {
                let waiting = count(&mut of, &format!("{schema}.waiting")).await?;
                if waiting > 0 {
                    found.push(format!(
                        "{database}, {schema}: {waiting} facts wait for others"
                    ));
                }
            }
            if !tables.contains(&"inbox".to_owned()) {
                continue;
            }
            let q = format!("SELECT source, subject, sequence FROM {schema}.inbox");
            for row in sqlx::query(AssertSqlSafe(q)).fetch_all(&mut of).await? {
                let (source, subject): (String, String) = (row.try_get(0)?, row.try_get(1)?);
                let heard: i64 = row.try_get(2)?;
                let Some(last) = told.get(&(source.clone(), subject.clone())) else {
                    continue;
                };
                compared += 1;
                if *last != heard {
                    found.push(format!(
                        "{database}, {schema}: {source} {subject} heard up to {heard} of {last}"
                    ));
                }
            }
        }
    }
    ensure!(
        compared > told.len(),
        "{compared} places in inboxes stand for {} subjects",
        told.len()
    );
    Ok(found)
}

/// How many subjects of directory with this prefix each service has heard of, whoever they belong to.
pub async fn heard(suite: &Suite, prefix: &str) -> anyhow::Result<Vec<(&'static str, i64)>> {
    let mut all = Vec::new();
    for database in DATABASES {
        let mut of = open(suite, database).await?;
        let mut heard = 0;
        for schema in schemas(&mut of, "^([tp]_[0-9a-f]{32}|platform)$").await? {
            if tables(&mut of, &schema)
                .await?
                .contains(&"inbox".to_owned())
            {
                let rows = format!(
                    "{schema}.inbox WHERE source = 'directory' AND starts_with(subject, '{prefix}_')"
                );
                heard += count(&mut of, &rows).await?;
            }
        }
        all.push((database, heard));
    }
    Ok(all)
}

/// How many rows each table of a tenant has, in every service: `intake.ticket` -> 500.
pub async fn inventory(suite: &Suite, schema: &str) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut all = BTreeMap::new();
    for database in DATABASES {
        let mut of = open(suite, database).await?;
        for table in tables(&mut of, schema)
            .await?
            .iter()
            .filter(|t| !NOT_COMPARED.contains(&t.as_str()))
        {
            all.insert(
                format!("{database}.{table}"),
                count(&mut of, &format!("{schema}.{table}")).await?,
            );
        }
    }
    Ok(all)
}

/// What became of each case: its facts, entries and rows, state and priority; the same for the same history.
pub async fn cases(suite: &Suite, schema: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut intake = open(suite, "intake").await?;
    let q = format!(
        "SELECT t.case_no, concat_ws(' ', t.state, t.priority, t.opened_at, t.state_since, t.recorded_until, \
         (SELECT count(*) FROM {schema}.imported_row AS r WHERE r.ticket = t.id), \
         (SELECT count(*) FROM {schema}.entry AS e WHERE e.ticket = t.id AND e.kind = 'recorded')) \
         FROM {schema}.ticket AS t WHERE t.case_no IS NOT NULL"
    );
    let rows = sqlx::query(AssertSqlSafe(q)).fetch_all(&mut intake).await?;
    rows.iter()
        .map(|row| Ok((row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?)))
        .collect()
}
