//! A tenant's tables, as Postgres has them.

#[tokio::test]
async fn the_script_and_the_migrations_make_the_same_and_rows_are_guarded() {
    Box::pin(testkit::schema_holds(&reporting::app::SCHEMA)).await;
}
