//! Services made their parts of a tenant.

use ids::TenantId;
use tenancy::Tx;

use super::Directory;
use crate::error::Error;
use crate::store::tenants;

/// A service's word.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it stood among the facts.
    pub index: usize,
    /// The tenant.
    pub tenant: TenantId,
    /// The service that spoke.
    pub service: String,
    /// How long it took.
    pub took_ms: i64,
}

/// Notes them, in the transaction that holds the inbox; a tenant with all its parts is ready. The index of the first
/// part of a tenant that there is not.
pub async fn note_parts(
    directory: &Directory,
    tx: &mut Tx,
    parts: &[Part],
) -> Result<Option<usize>, Error> {
    if parts.is_empty() {
        return Ok(None);
    }
    let rows: Vec<_> = parts
        .iter()
        .map(|p| (p.tenant, p.service.clone(), p.took_ms))
        .collect();
    let known = tenants::parts_stand(tx, &rows, directory.now()).await?;
    Ok(parts
        .iter()
        .find(|p| !known.contains(&p.tenant))
        .map(|p| p.index))
}
