//! SQL. Rows never leave this room; every statement is set-based and runs inside the tenant's transaction.

pub mod announced;
pub mod calls;
pub mod cases;
pub mod clocks;
pub mod contacts;
pub mod exclusions;
pub mod facts;
pub mod frozen_months;
pub mod indicators;
pub mod level_sets;
pub mod measures;
pub mod rebuild;
pub mod steps;
pub mod summaries;
pub mod tickets;
pub mod waits;

use chrono::NaiveDate;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::month::Month;
use crate::error::Error;

/// Which of the two sets of read models a statement works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// The one that is read.
    Live,
    /// The one that a rebuild fills.
    Next,
}

impl Set {
    /// The statement with its table names: `step{n}` becomes `step` or `step_next`. Only our own constants go in.
    pub(crate) fn sql(self, template: &'static str) -> sqlx::AssertSqlSafe<String> {
        let suffix = match self {
            Self::Live => "",
            Self::Next => "_next",
        };
        sqlx::AssertSqlSafe(template.replace("{n}", suffix))
    }
}

/// Until the transaction ends nobody else writes service levels of this tenant: versions and revisions are numbered one
/// after the other, and what a month is frozen with is what stands there.
pub async fn alone(conn: &mut tenancy::Conn) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('service levels ' || current_schema(), 0))",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the read models that are about to be read, in the order in which a rebuild swaps them: whoever reads several of them in
/// another order, and a rebuild, could each wait for the other.
pub async fn read_models(conn: &mut tenancy::Conn) -> Result<(), sqlx::Error> {
    sqlx::query(
        "LOCK TABLE ticket_summary, ticket, clock_result, step, contact IN ACCESS SHARE MODE",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A `date` column as a month.
fn month(row: &sqlx::postgres::PgRow, column: &str) -> Result<Month, sqlx::Error> {
    sqlx::Row::try_get::<NaiveDate, _>(row, column).map(Month::of)
}

/// Enums as they are stored: serde's spelling, as in the facts.
fn written<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The value behind a stored word.
fn value<T: DeserializeOwned>(word: &str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(Error::Json)
}
