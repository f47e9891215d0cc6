//! sea-orm over a [`Tx`]: what sea-orm does for its own connections (`driver/sqlx_postgres.rs`), on ours.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
    sea_query::Values,
};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Postgres, query::Query};

use crate::Tx;

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        let mut lease = self.lease().lock().await;
        let done = query(stmt).execute(lease.conn()).await;
        done.map(Into::into)
            .map_err(|error| DbErr::Exec(runtime(error)))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut lease = self.lease().lock().await;
        let done = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(lease.conn())
            .await;
        done.map(Into::into)
            .map_err(|error| DbErr::Exec(runtime(error)))
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut lease = self.lease().lock().await;
        let row = query(stmt).fetch_optional(lease.conn()).await;
        row.map(|row| row.map(Into::into))
            .map_err(|error| DbErr::Query(runtime(error)))
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut lease = self.lease().lock().await;
        let rows = query(stmt).fetch_all(lease.conn()).await;
        rows.map(|rows| rows.into_iter().map(Into::into).collect())
            .map_err(|error| DbErr::Query(runtime(error)))
    }
}

/// The text is sea-query's, made from constants of the program; what comes from outside is bound.
fn query(stmt: Statement) -> Query<'static, Postgres, SqlxValues> {
    sqlx::query_with(
        AssertSqlSafe(stmt.sql),
        SqlxValues(stmt.values.unwrap_or(Values(Vec::new()))),
    )
}

fn runtime(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(error.into())
}
