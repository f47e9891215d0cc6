//! Rows: each file one aggregate. Rows never leave this room.

pub mod agreements;
pub mod books;
pub mod clocks;
pub mod conversions;
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

use events::Word;
use tenancy::Tx;

use crate::error::Error;

/// A column's word as its type.
fn word<W: Word>(column: &'static str, value: &str) -> Result<W, Error> {
    W::of_word(value).ok_or_else(|| Error::Unreadable {
        column,
        value: value.to_owned(),
    })
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

/// The same for whoever rewrites by what clocks and notices go, or reads all of them anew: until the transaction ends no timer
/// of this tenant fires either. What fires holds the other side of it ([`clocks::hold`]), so that neither waits for clocks that
/// the other holds, and no notice begins to wait by hours that are being edited.
pub async fn alone_with_timers(tx: &mut Tx) -> Result<(), Error> {
    alone(tx).await?;
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('sla-clock timers ' || current_schema(), 0))",
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
