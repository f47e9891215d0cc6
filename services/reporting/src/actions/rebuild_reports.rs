//! Rebuilds a tenant's read models from the kept facts.

use access::{Caller, Permission};
use ids::TenantId;
use tenancy::ServiceDb;

use super::take_in::apply;
use crate::domain::projection::Projection;
use crate::domain::working_days::WorkingDays;
use crate::error::Error;
use crate::store::{Set, rebuild as store, summaries};

/// The swap and a dump of the schema may lock tables in opposite orders; Postgres then ends one of the two.
const TRIES: u32 = 3;
/// Tickets summed up per statement.
const CHUNK: usize = 2000;

/// What a rebuild went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Facts read.
    pub facts: u64,
    /// Tickets summed up.
    pub tickets: u64,
}

/// Rebuilds on behalf of a caller. None: another rebuild of the tenant is under way.
///
/// # Errors
/// [`Error::Refused`] without [`Permission::RebuildReports`].
pub async fn rebuild_reports(
    db: &ServiceDb,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Option<Rebuilt>, Error> {
    caller.require(tenant, Permission::RebuildReports)?;
    rebuild(db, tenant).await
}

/// Fills the second tables from everything kept, while the first are read and written as ever; then holds new batches
/// off for the moment it takes to catch up with what arrived meanwhile, and swaps. One transaction: when it fails,
/// nothing has happened. None: another rebuild of the tenant is under way.
///
/// # Errors
/// What the database says; [`Error::Kept`] if a kept fact cannot be read.
pub async fn rebuild(db: &ServiceDb, tenant: TenantId) -> Result<Option<Rebuilt>, Error> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        match once(db, tenant).await {
            Err(Error::Tenancy(error)) if error.is_transient() && tries > 0 => {
                tracing::warn!(%tenant, %error, "rebuild gave way; trying again");
            }
            done => return done,
        }
    }
}

async fn once(db: &ServiceDb, tenant: TenantId) -> Result<Option<Rebuilt>, Error> {
    // One transaction over all facts of a tenant: it is nobody else's home that it keeps meanwhile.
    let db = db.apart();
    let row = db.tenant(tenant).await?;
    let working_days = WorkingDays::of(&row.time_zone, &row.locale);
    let mut tx = db.begin_fact(tenant).await?;
    let Some(snapshot) = store::prepare(tx.conn()).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    let mut facts = 0;
    store::open(tx.conn()).await?;
    loop {
        let chunk = store::chunk(tx.conn(), tenant).await?;
        if chunk.is_empty() {
            break;
        }
        facts += chunk.len() as u64;
        apply(tx.conn(), Set::Next, &project(&chunk)?).await?;
    }
    let tickets = store::tickets(tx.conn()).await?;
    for some in tickets.chunks(CHUNK) {
        summaries::sum_up(tx.conn(), Set::Next, some, &working_days).await?;
    }

    let late = store::close(tx.conn(), tenant, &snapshot).await?;
    let projection = project(&late)?;
    apply(tx.conn(), Set::Next, &projection).await?;
    let touched: Vec<_> = projection.touched.iter().copied().collect();
    summaries::sum_up(tx.conn(), Set::Next, &touched, &working_days).await?;
    store::swap(tx.conn()).await?;
    tx.commit().await?;
    let rebuilt = Rebuilt {
        facts: facts + late.len() as u64,
        tickets: tickets.len() as u64,
    };
    tracing::info!(%tenant, facts = rebuilt.facts, tickets = rebuilt.tickets, "read models rebuilt");
    Ok(Some(rebuilt))
}

fn project(facts: &[events::Envelope]) -> Result<Projection, Error> {
    Projection::of(facts).map_err(|(index, error)| {
        let which = facts
            .get(index)
            .map(|f| f.id.to_string())
            .unwrap_or_default();
        Error::Kept(format!("{which}: {error}"))
    })
}
