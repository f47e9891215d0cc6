//! Doors for work by keys: what is asked for is named, and the statements are the same every time.

use std::time::Duration;

use ids::{ProviderId, TenantId};
use tokio::time::Instant;

use crate::{ProviderTx, Scope, ServiceDb, TenancyError, TenantTx};

/// How a transaction's statements are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plans {
    /// As Postgres sees fit: for filters that may or may not be there, ranges and searches.
    Own,
    /// Each statement once for a connection until it forgets its plans ([`crate::DbSettings::keep_plans`]), whatever values come: left
    /// to itself, Postgres plans anew for each list of keys, which takes longer than running the statement. And no table is read
    /// as a whole where there is an index.
    Kept,
    /// As `Kept`; and they are good for so long yet.
    Ahead(Duration),
}

impl Plans {
    /// Whether the connection's plans, which are to be forgotten at that instant, are of no more use. Whoever plans further ahead
    /// than plans are kept for at all makes do with most of that, and undoes nothing that was planned just now.
    pub(crate) fn forgotten(self, at: Instant, now: Instant, keep: Duration) -> bool {
        let left = at.saturating_duration_since(now);
        match self {
            Self::Own | Self::Kept => left.is_zero(),
            Self::Ahead(last) => left <= last.min(keep / 8 * 7),
        }
    }

    /// What is set for it.
    pub(crate) fn settings(self) -> &'static str {
        match self {
            Self::Own => "",
            Self::Kept | Self::Ahead(_) => {
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
        self.0.ready_row(tenant).await?;
        self.tenant(tenant, Plans::Kept, "").await
    }

    /// As [`ServiceDb::begin_read`].
    pub async fn begin_read(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.0.ready_row(tenant).await?;
        let reading = crate::service::READING;
        self.tenant(tenant, Plans::Kept, reading).await
    }

    /// As [`ServiceDb::begin_fact`].
    pub async fn begin_fact(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.0.row(tenant).await?;
        self.tenant(tenant, Plans::Kept, "").await
    }

    /// As [`ByKeys::begin_fact`]; none of its statements waits longer than so for a lock (55P03, which passes).
    pub async fn begin_hurried(
        &self,
        tenant: TenantId,
        patience: Duration,
    ) -> Result<TenantTx, TenancyError> {
        self.0.row(tenant).await?;
        // Of 0 Postgres makes no limit.
        let also = format!(
            ";SET LOCAL lock_timeout={}",
            patience.as_millis().clamp(1, 60_000)
        );
        self.tenant(tenant, Plans::Kept, &also).await
    }

    /// As [`ByKeys::begin_fact`], for whoever has the connection plan ahead: what is planned here it does not forget within `last`,
    /// if that is less than seven eighths of what it keeps plans for at all, and nobody plans further ahead on it.
    pub async fn begin_ahead(
        &self,
        tenant: TenantId,
        last: Duration,
    ) -> Result<TenantTx, TenancyError> {
        self.0.row(tenant).await?;
        self.tenant(tenant, Plans::Ahead(last), "").await
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

    async fn tenant(
        &self,
        tenant: TenantId,
        plans: Plans,
        also: &str,
    ) -> Result<TenantTx, TenancyError> {
        let scope = Scope::Tenant(tenant);
        self.0.open(scope, plans, also).await.map(TenantTx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_planned_ahead_is_not_forgotten_before_its_time() {
        let now = Instant::now();
        let [soon, later] = [10, 20].map(|s| now + Duration::from_secs(s));
        let keep = Duration::from_mins(5);
        let ahead = Plans::Ahead(Duration::from_secs(15));
        assert!(ahead.forgotten(soon, now, keep));
        assert!(!ahead.forgotten(later, now, keep));
        for usual in [Plans::Own, Plans::Kept] {
            assert!(!usual.forgotten(soon, now, keep));
            assert!(usual.forgotten(soon, soon, keep));
        }
        // Further ahead than plans are kept: what was planned a moment ago is good enough.
        let far = Plans::Ahead(keep * 2);
        assert!(far.forgotten(now + keep / 2, now, keep));
        assert!(!far.forgotten(now + keep, now, keep));
    }
}
