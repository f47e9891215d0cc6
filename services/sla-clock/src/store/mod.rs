//! Rows: each file one aggregate. Rows never leave this room.

pub mod agreements;
pub mod books;
pub mod clocks;
pub mod corrections;
pub mod countries;
pub mod desks;
pub mod facts;
pub mod feeds;
pub mod holders;
pub mod notices;
pub mod relations;
pub mod standby;
pub mod timers;

use serde::de::DeserializeOwned;
use tenancy::Tx;

use crate::domain::words;
use crate::error::Error;

/// A column's word as its type.
fn word<T: DeserializeOwned>(column: &'static str, value: &str) -> Result<T, Error> {
    words::value(value).ok_or_else(|| Error::Unreadable {
        column,
        value: value.to_owned(),
    })
}

/// From here on the transaction can write nothing: of questions that compute what an edit would do.
pub async fn read_only(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query("SET TRANSACTION READ ONLY")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Until the transaction ends nobody else computes this tenant's clocks: an agreement that is being published and a
/// ticket that is being heard of do not miss each other.
pub async fn alone(tx: &mut Tx) -> Result<(), Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('sla-clock ' || current_schema(), 0))",
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
