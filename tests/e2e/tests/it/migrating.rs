//! What cannot be migrated is named, and holds up nothing else.

use e2e::{Installation, SERVICES, audit};
use sqlx::AssertSqlSafe;

/// Somebody's tables of knowledge are gone, and nothing says that they were made.
async fn articles_are_gone(at: &Installation, schema: &str) {
    let mut knowledge = audit::open(&at.suite, "knowledge").await.unwrap();
    let q = "SELECT relname::text FROM pg_class WHERE relnamespace = to_regnamespace($1) AND relkind = 'r' \
             AND relname NOT IN ('inbox', 'waiting', 'idempotency')";
    let tables: Vec<String> = sqlx::query_scalar(q)
        .bind(schema)
        .fetch_all(&mut knowledge)
        .await
        .unwrap();
    assert!(!tables.is_empty());
    for table in tables {
        let q = AssertSqlSafe(format!("DROP TABLE {schema}.{table} CASCADE"));
        sqlx::query(q).execute(&mut knowledge).await.unwrap();
    }
    let q = "DELETE FROM platform.migration WHERE name = '2026-11-23-000-articles' \
             AND 't_' || replace(owner::text, '-', '') = $1";
    let forgotten = sqlx::query(q)
        .bind(schema)
        .execute(&mut knowledge)
        .await
        .unwrap();
    assert_eq!(forgotten.rows_affected(), 1);
}

async fn has_articles(at: &Installation, schema: &str) -> bool {
    let mut knowledge = audit::open(&at.suite, "knowledge").await.unwrap();
    sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(format!("{schema}.article"))
        .fetch_one(&mut knowledge)
        .await
        .unwrap()
}

#[tokio::test]
async fn bad_schemas_are_all_named_and_hold_up_no_other_service() {
    let at = Installation::together("migrating").await.unwrap();
    at.tenant("buena").await.unwrap();
    let bad = [
        at.tenant("mala").await.unwrap(),
        at.tenant("peor").await.unwrap(),
    ];
    // Directory forgets what it did for two of them: to do it again fails, as all of it is there.
    let mut directory = audit::open(&at.suite, "directory").await.unwrap();
    let q = "DELETE FROM platform.migration AS m USING platform.tenant AS t WHERE m.scope = 'tenant' AND m.owner = t.id \
             AND t.slug IN ('mala', 'peor') AND m.name = '2026-11-23-000-people'";
    let forgotten = sqlx::query(q).execute(&mut directory).await.unwrap();
    assert_eq!(forgotten.rows_affected(), 2);
    let good = audit::schema(&at.suite, "buena").await.unwrap();
    articles_are_gone(&at, &good).await;

    let said = at.cli(&["migrate"]).await.unwrap_err().to_string();
    assert!(said.contains("2 schemas failed"), "{said}");
    for id in &bad {
        let named = format!("2026-11-23-000-people of {id}: ");
        assert!(said.contains(&named), "{named}: {said}");
    }
    assert!(
        said.contains("not everything was migrated: directory"),
        "{said}"
    );
    for service in SERVICES.iter().filter(|one| **one != "directory") {
        let line = said.lines().find(|line| {
            line.starts_with(service) && line.contains("migrations applied, 0 schemas failed")
        });
        assert!(line.is_some(), "nothing of {service}: {said}");
    }
    assert!(has_articles(&at, &good).await, "knowledge was left behind");
    assert!(
        said.contains("knowledge  1 schemas to be migrated"),
        "{said}"
    );
}
