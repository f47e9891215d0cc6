//! Looking at what is held, on behalf of the operator: who must be told after a breach, what a person asked to see.

use ids::{ProviderId, TenantId};

use crate::{PlatformTx, ProviderTx, Scope, ServiceDb, TenancyError, TenantTx, by_keys::Plans};

/// A write is refused by Postgres (25006).
const ALSO: &str = crate::service::READING;

/// See [`ServiceDb::looking`].
#[derive(Debug)]
pub struct Looking<'a>(&'a ServiceDb);

impl ServiceDb {
    /// Transactions that read and cannot write. Suspended tenants are seen: whoever stops a client's people in an emergency
    /// must still be able to look.
    pub fn looking(&self) -> Looking<'_> {
        Looking(self)
    }
}

impl Looking<'_> {
    /// As [`ServiceDb::begin_fact`].
    pub async fn begin_fact(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.0.row(tenant).await?;
        let scope = Scope::Tenant(tenant);
        self.0.open(scope, Plans::Own, ALSO).await.map(TenantTx)
    }

    /// As [`ServiceDb::begin_provider`].
    pub async fn begin_provider(
        &self,
        provider: ProviderId,
        tenants: &[TenantId],
    ) -> Result<ProviderTx, TenancyError> {
        self.0
            .open_provider(provider, tenants, Plans::Own, ALSO)
            .await
    }

    /// As [`ServiceDb::begin_platform`].
    pub async fn begin_platform(&self) -> Result<PlatformTx, TenancyError> {
        let scope = Scope::Platform;
        self.0.open(scope, Plans::Own, ALSO).await.map(PlatformTx)
    }
}
