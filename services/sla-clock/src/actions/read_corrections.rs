//! Who corrected results, when and why.

use std::collections::{BTreeMap, HashMap};

use access::{Caller, Permission};
use ids::{ClockId, TenantId};

use super::Tools;
use crate::domain::correction::Correction;
use crate::error::Error;
use crate::store::corrections;

/// The corrections of clocks that the caller has before its eyes (see [`super::read_clocks`]), the first one first.
pub async fn read_corrections(
    tools: &Tools,
    caller: &Caller,
    wanted: &[(TenantId, ClockId)],
) -> Result<HashMap<(TenantId, ClockId), Vec<Correction>>, Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<ClockId>> = BTreeMap::new();
    for (tenant, clock) in wanted {
        if caller.may(*tenant, Permission::ReadClocks) {
            by_tenant.entry(*tenant).or_default().push(*clock);
        }
    }
    let mut all = HashMap::new();
    for (tenant, clocks) in by_tenant {
        let mut tx = tools.db.begin(tenant).await?;
        let found = corrections::of(&mut tx, &clocks).await?;
        tx.commit().await?;
        all.extend(found.into_iter().map(|(clock, of)| ((tenant, clock), of)));
    }
    Ok(all)
}
