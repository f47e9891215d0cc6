//! Doors for work by keys: what is asked for is named, and the statements are the same every time.

use ids::{ProviderId, TenantId};

use crate::{ProviderTx, Scope, ServiceDb, TenancyError, TenantState, TenantTx};

/// How a transaction's statements are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plans {
    /// As Postgres sees fit: for filters that may or may not be there, ranges and searches.
    Own,
    /// Each statement once a minute for a connection, whatever values come: left to itself, Postgres plans anew for each list of keys,
    /// which takes longer than running the statement. And no table is read as a whole where there is an index.
    Kept,
}

impl Plans {
    /// What is set for it.
    pub(crate) fn settings(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Kept => {
                ";SET LOCAL plan_cache_mode=force_generic_plan;SET LOCAL enable_seqscan=off"
            }
        }
    }
}

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
        self.tenant(tenant, "").await
    }

    /// As [`ServiceDb::begin_read`].
    pub async fn begin_read(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.ready(tenant).await?;
        self.tenant(tenant, crate::service::READING).await
    }

    /// As [`ServiceDb::begin_fact`].
    pub async fn begin_fact(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.0.row(tenant).await?;
        self.tenant(tenant, "").await
    }

    /// As [`ServiceDb::begin_provider`].
    pub async fn begin_provider(
        &self,
        provider: ProviderId,
        tenants: &[TenantId],
    ) -> Result<ProviderTx, TenancyError> {
        self.0
            .open_provider(provider, tenants, Plans::Kept, "")
            .await
    }

    async fn ready(&self, tenant: TenantId) -> Result<(), TenancyError> {
        match self.0.row(tenant).await?.state {
            TenantState::Ready => Ok(()),
            TenantState::Suspended => Err(TenancyError::Suspended),
        }
    }

    async fn tenant(&self, tenant: TenantId, also: &str) -> Result<TenantTx, TenancyError> {
        let scope = Scope::Tenant(tenant);
        self.0.open(scope, Plans::Kept, also).await.map(TenantTx)
    }
}
