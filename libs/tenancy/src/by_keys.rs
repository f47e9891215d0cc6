//! Doors for work by keys: what is asked for is named, and the statements are the same every time.

use ids::{ProviderId, TenantId};

use crate::{ProviderTx, Scope, ServiceDb, TenancyError, TenantState, TenantTx};

/// Each statement is planned once for a connection, whatever values come: left to itself, Postgres plans anew for each list of
/// keys, which takes longer than running the statement. And no table is read as a whole where there is an index: a plan that
/// was made for an empty table would read all of a full one.
pub(crate) const ALSO: &str =
    ";SET LOCAL plan_cache_mode=force_generic_plan;SET LOCAL enable_seqscan=off";

/// See [`ServiceDb::by_keys`].
#[derive(Debug)]
pub struct ByKeys<'a>(&'a ServiceDb);

impl ServiceDb {
    /// Transactions for work by keys: what is read and written is found by ids that are handed in. Filters that may or may not
    /// be there, ranges and searches need plans of their own, and the plain doors.
    pub fn by_keys(&self) -> ByKeys<'_> {
        ByKeys(self)
    }
}

impl ByKeys<'_> {
    /// As [`ServiceDb::begin`].
    pub async fn begin(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.ready(tenant).await?;
        self.0.open(Scope::Tenant(tenant), ALSO).await.map(TenantTx)
    }

    /// As [`ServiceDb::begin_read`].
    pub async fn begin_read(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.ready(tenant).await?;
        let also = format!("{}{ALSO}", crate::service::READING);
        self.0
            .open(Scope::Tenant(tenant), &also)
            .await
            .map(TenantTx)
    }

    /// As [`ServiceDb::begin_fact`].
    pub async fn begin_fact(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.0.row(tenant).await?;
        self.0.open(Scope::Tenant(tenant), ALSO).await.map(TenantTx)
    }

    /// As [`ServiceDb::begin_provider`].
    pub async fn begin_provider(
        &self,
        provider: ProviderId,
        tenants: &[TenantId],
    ) -> Result<ProviderTx, TenancyError> {
        self.0.open_provider(provider, tenants, ALSO).await
    }

    async fn ready(&self, tenant: TenantId) -> Result<(), TenancyError> {
        match self.0.row(tenant).await?.state {
            TenantState::Ready => Ok(()),
            TenantState::Suspended => Err(TenancyError::Suspended),
        }
    }
}
