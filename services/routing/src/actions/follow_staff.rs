//! Which staff work for which tenant. What somebody may see comes from the signed caller alone; this tells whom a ticket
//! can be given to.

use std::collections::BTreeMap;

use ids::{PersonId, TenantId};
use tenancy::Tx;

use crate::error::Error;
use crate::store::staff;

/// Puts down what directory told, in its order; no roles means "no longer".
pub async fn follow_staff(
    tx: &mut Tx,
    told: Vec<(TenantId, PersonId, Vec<String>)>,
) -> Result<(), Error> {
    let last: BTreeMap<_, _> = told
        .into_iter()
        .map(|(tenant, person, roles)| ((tenant, person), roles))
        .collect();
    let told: Vec<_> = last
        .into_iter()
        .map(|((tenant, person), roles)| (tenant, person, roles))
        .collect();
    staff::follow(tx, &told).await
}
