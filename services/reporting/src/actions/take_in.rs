//! Takes a batch of facts in: keep them, then bring the read models up to date.

use events::Envelope;
use tenancy::Conn;
use uuid::Uuid;

use crate::domain::projection::Projection;
use crate::domain::working_days::WorkingDays;
use crate::store::{Set, clocks, contacts, facts, steps, summaries, tickets};

/// Keeps `batch` and applies its projection. Statements per batch, not per fact.
pub(crate) async fn take_in(
    conn: &mut Conn,
    batch: &[Envelope],
    projection: &Projection,
    working_days: &WorkingDays,
) -> Result<(), sqlx::Error> {
    facts::gate(conn, batch).await?;
    facts::keep(conn, batch).await?;
    apply(conn, Set::Live, projection).await?;
    let touched: Vec<Uuid> = projection.touched.iter().copied().collect();
    summaries::sum_up(conn, Set::Live, &touched, working_days).await
}

/// Keeps a provider's facts. Nothing is projected from them: the figures are the tenants'.
pub(crate) async fn keep(conn: &mut Conn, batch: &[Envelope]) -> Result<(), sqlx::Error> {
    facts::keep(conn, batch).await
}

/// Writes the rows of a projection, without the sums. The tickets come first: their rows are the locks.
pub(crate) async fn apply(
    conn: &mut Conn,
    set: Set,
    projection: &Projection,
) -> Result<(), sqlx::Error> {
    tickets::upsert(conn, set, &projection.tickets).await?;
    clocks::upsert(conn, set, &projection.clocks).await?;
    steps::insert(conn, set, &projection.steps).await?;
    contacts::upsert(conn, set, &projection.contacts).await
}
