//! A key is refused from now on.

use access::Permission;
use ids::{ApiKeyId, TenantId};

use super::{Act, Directory};
use crate::domain::api_key::ApiKey;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::api_keys;

/// Revokes a key. Already so is fine. The gateway hears of it; one that the broker does not reach serves the key up to
/// 60 s longer from what it remembers.
pub async fn revoke_api_key(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    id: ApiKeyId,
) -> Result<ApiKey, Error> {
    act.caller.require(tenant, Permission::ManageApiKeys)?;
    let provider = directory.db.tenant(tenant).await?.provider;
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    let mut key = api_keys::lock(&mut tx, id).await?;
    if key.revoked_at.is_none() {
        api_keys::revoke(&mut tx, id, now).await?;
        key.revoked_at = Some(now);
        let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, provider, now);
        directory
            .outbox
            .announce(&mut tx, &[telling.api_key_revoked(id)?])
            .await?;
    }
    tx.commit().await?;
    Ok(key)
}
