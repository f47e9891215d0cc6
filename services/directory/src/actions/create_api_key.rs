//! A machine of a tenant gets a key.

use access::Permission;
use idempotency::Key;
use ids::{ApiKeyId, TenantId};

use super::{Act, Directory};
use crate::credentials::secret;
use crate::domain::api_key::{ApiKey, Wish};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::store::api_keys;

/// A new key, and its secret: shown this once. A repeat under the same idempotency key shows the key without it.
pub async fn create_api_key(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    wish: &Wish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<(ApiKey, Option<String>)>, Error> {
    act.caller.require(tenant, Permission::ManageApiKeys)?;
    let key = Key::of(act.caller.person, "createApiKey", idempotency_key, wish)?;
    let (name, roles) = match wish.read() {
        Ok(read) => read,
        Err(problems) => return Ok(Err(problems)),
    };
    let (id, now) = (ApiKeyId::new(&*directory.ids), directory.now());
    let mut tx = directory.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let found = api_keys::lock(&mut tx, before).await?;
        return Ok(Ok((found, None)));
    }
    let secret = secret::api_key(&*directory.ids);
    let api_key = ApiKey {
        id,
        name,
        roles,
        prefix: secret::shown(&secret),
        created_by: act.caller.person,
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    api_keys::insert(&mut tx, tenant, &api_key, secret::hash(&secret)).await?;
    tx.commit().await?;
    Ok(Ok((api_key, Some(secret))))
}
