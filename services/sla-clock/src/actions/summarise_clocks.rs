//! How many clocks were met and missed.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::TenantId;

use super::Tools;
use crate::domain::agreement::Kind;
use crate::error::Error;
use crate::store::clocks;
pub use crate::store::clocks::{Counted, Summary};

/// The clocks counted as they stood at an instant (now, if none is given), which is given back beside them.
pub async fn summarise_clocks(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    counted: &Counted,
    as_of: Option<DateTime<Utc>>,
) -> Result<(Summary, DateTime<Utc>), Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    if counted.kind != Kind::Sla {
        caller.require(tenant, Permission::ReadInnerClocks)?;
    }
    let as_of = as_of.unwrap_or_else(|| tools.clock.now());
    let mut tx = tools.db.begin(tenant).await?;
    let summary = clocks::summary(&mut tx, counted, as_of).await?;
    tx.commit().await?;
    Ok((summary, as_of))
}
