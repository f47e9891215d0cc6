//! A service's database, seen from the service.

use std::{sync::Arc, time::Duration};

use clock::SharedClock;
use ids::{ProviderId, TenantId};
use tokio::time::timeout;

use crate::{
    DbSettings, NewTenant, PlatformTx, ProviderTx, Provisioned, Schema, Scope, TenancyError,
    TenantRow, TenantState, TenantTx, Tx,
    by_keys::Plans,
    conn::silent,
    migrate::migrated,
    names::Names,
    owner::Owner,
    registry::{Age, Registry, tenant_of},
    slots::Slots,
};

/// All statements see the same state, and none can write.
pub(crate) const READING: &str = ";SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Milliseconds that Postgres waits for a lock with which a transaction begins: less than whoever begins waits for it.
const LOCKED_MS: u32 = 4_000;
/// How long the list of tenants may take to be read; everybody may be waiting for it.
const REGISTRY: Duration = Duration::from_secs(10);

/// A service's database; a handle that is cheap to clone.
#[derive(Clone)]
pub struct ServiceDb {
    inner: Arc<Inner>,
    /// The service's, or the one of who is apart.
    slots: Arc<Slots>,
}

struct Inner {
    schema: &'static Schema,
    names: Names,
    slots: Arc<Slots>,
    registry: Registry,
    owner: Option<Owner>,
    clock: SharedClock,
}

impl std::fmt::Debug for ServiceDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServiceDb({})", self.inner.names.database)
    }
}

impl ServiceDb {
    /// Connects, and reads which tenants there are. The database must have been migrated: [`TenancyError::Unavailable`] until its
    /// platform is what this program knows, or newer.
    pub async fn connect(
        settings: DbSettings,
        schema: &'static Schema,
        clock: SharedClock,
    ) -> Result<Self, TenancyError> {
        let names = Names::new(&settings, schema)?;
        let slots = Slots::new(schema.service, settings.login(&names)?, &settings);
        let owner = settings
            .owner_url
            .is_some()
            .then(|| Owner::new(&settings, schema))
            .transpose()?;
        let inner = Arc::new(Inner {
            schema,
            names,
            slots: Arc::clone(&slots),
            registry: Registry::default(),
            owner,
            clock,
        });
        let db = Self { inner, slots };
        db.read_registry().await?;
        let mut tx = db.begin_platform().await?;
        migrated(tx.conn(), schema).await?;
        tx.commit().await?;
        Ok(db)
    }

    /// The same over a connection of its own, which ends with this handle and its clones. For jobs that go from tenant to tenant
    /// through all of them: the connections that answer keep what they know of the tenants that ask. And for whoever is in a
    /// transaction most of the time.
    pub fn apart(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            slots: self.slots.apart(),
        }
    }

    /// The service's name.
    pub fn service(&self) -> &'static str {
        self.inner.schema.service
    }

    /// How many connections this process may have to it, besides those apart.
    pub fn slots(&self) -> usize {
        self.slots.count()
    }

    /// Which of these connections a tenant's transactions like best. Whoever works for many tenants at once takes those of one
    /// connection one after the other: they would wait for each other, or teach another connection their plans.
    pub fn home(&self, tenant: TenantId) -> usize {
        self.slots.home(tenant.uuid())
    }

    /// The clock that was handed in.
    pub fn clock(&self) -> &SharedClock {
        &self.inner.clock
    }

    /// A transaction for a tenant's people: unknown is [`TenancyError::NotFound`], suspended is
    /// [`TenancyError::Suspended`]. A suspension made by another process is seen within 15 s.
    ///
    /// Hold one transaction at a time: a caller that waits for a second one holds a slot that others wait for.
    /// End a reading transaction with `commit` too: dropping rolls back in the background, and until then the
    /// tenant's next transaction has to take another slot.
    pub async fn begin(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.ready_row(tenant).await?;
        self.open_tenant(tenant).await
    }

    /// As [`ServiceDb::begin`], for answers of several statements: all of them see the same state, and none can write.
    pub async fn begin_read(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.ready_row(tenant).await?;
        self.open(Scope::Tenant(tenant), Plans::Own, READING)
            .await
            .map(TenantTx)
    }

    /// A transaction for what happened or falls due: also for a suspended tenant.
    pub async fn begin_fact(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.row(tenant).await?;
        self.open_tenant(tenant).await
    }

    /// Transactions that hold a lock of Postgres (`pg_advisory_xact_lock`) from the round trip that begins them: what
    /// they read is what the lock's last holder left. Waiting for it counts as waiting for a connection, and ends in
    /// Postgres before we give up: a backend that nobody listens to any more would stay in the lock's queue.
    ///
    /// Made for work by keys, as [`ServiceDb::by_keys`] is.
    pub fn locking(&self, number: i64) -> Locking<'_> {
        Locking {
            db: self,
            also: format!(
                ";SET LOCAL lock_timeout={LOCKED_MS};SELECT pg_advisory_xact_lock({number});SET LOCAL lock_timeout=0"
            ),
        }
    }

    /// A transaction in a provider's schema that sees the rows of `tenants` alone. One of them that is not this
    /// provider's is [`TenancyError::NotFound`]. Suspended tenants are seen: a request passes what
    /// [`ServiceDb::ready`] leaves of its tenants.
    pub async fn begin_provider(
        &self,
        provider: ProviderId,
        tenants: &[TenantId],
    ) -> Result<ProviderTx, TenancyError> {
        self.open_provider(provider, tenants, Plans::Own, "").await
    }

    pub(crate) async fn open_provider(
        &self,
        provider: ProviderId,
        tenants: &[TenantId],
        plans: Plans,
        then: &str,
    ) -> Result<ProviderTx, TenancyError> {
        if !self.inner.registry.has_provider(provider) {
            let turn = self.inner.registry.turn().await;
            if !self.inner.registry.has_provider(provider) {
                self.read_registry().await?;
            }
            drop(turn);
            if !self.inner.registry.has_provider(provider) {
                return Err(TenancyError::NotFound);
            }
        }
        for tenant in tenants {
            if self.row(*tenant).await?.provider != provider {
                return Err(TenancyError::NotFound);
            }
        }
        let list: Vec<String> = tenants
            .iter()
            .map(|tenant| tenant.uuid().to_string())
            .collect();
        let also = format!(";SET LOCAL app.tenants='{{{}}}'{then}", list.join(","));
        self.open(Scope::Provider(provider), plans, &also)
            .await
            .map(ProviderTx)
    }

    /// A transaction of the login role itself: outbox, inbox, timers and the list of tenants; no tenant's data.
    pub async fn begin_platform(&self) -> Result<PlatformTx, TenancyError> {
        self.open(Scope::Platform, Plans::Own, "")
            .await
            .map(PlatformTx)
    }

    async fn open_tenant(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.open(Scope::Tenant(tenant), Plans::Own, "")
            .await
            .map(TenantTx)
    }

    pub(crate) async fn open(
        &self,
        scope: Scope,
        plans: Plans,
        also: &str,
    ) -> Result<Tx, TenancyError> {
        // Every scope sets both role and path: nothing of an earlier transaction can show through.
        let role = match scope {
            Scope::Platform => "NONE".to_owned(),
            Scope::Tenant(_) | Scope::Provider(_) => {
                format!("\"{}\"", self.inner.names.role(scope))
            }
        };
        let schema = scope.schema();
        let planned = plans.settings();
        let sql = format!(
            "BEGIN;SET LOCAL ROLE {role};SET LOCAL search_path={schema},shared{planned}{also}"
        );
        let slots = &self.slots;
        let lease = slots.begin(scope.uuid(), sql, &schema, plans).await?;
        metrics::counter!("tenancy_tx_begun_total", "service" => self.inner.schema.service, "scope" => scope.word())
            .increment(1);
        Ok(Tx::new(scope, lease))
    }

    /// A tenant, from the process's own copy; asked for again when it is not there.
    pub async fn tenant(&self, id: TenantId) -> Result<TenantRow, TenancyError> {
        self.row(id).await.map(|row| (*row).clone())
    }

    /// Every tenant, by id.
    pub async fn tenants(&self) -> Result<Vec<TenantRow>, TenancyError> {
        let _turn = self.inner.registry.turn().await;
        if self.inner.registry.age() != Age::Fresh {
            self.read_registry().await?;
        }
        Ok(self.inner.registry.tenants())
    }

    /// Every provider that has its schema here, by id.
    pub async fn providers(&self) -> Result<Vec<ProviderId>, TenancyError> {
        let _turn = self.inner.registry.turn().await;
        if self.inner.registry.age() != Age::Fresh {
            self.read_registry().await?;
        }
        Ok(self.inner.registry.providers())
    }

    /// Those of the given tenants that are known and not suspended, in the same order: whom a request that spans
    /// tenants may see.
    pub async fn ready(&self, tenants: &[TenantId]) -> Result<Vec<TenantId>, TenancyError> {
        let mut ready = Vec::with_capacity(tenants.len());
        for &tenant in tenants {
            match self.ready_row(tenant).await {
                Ok(_) => ready.push(tenant),
                Err(TenancyError::NotFound | TenancyError::Suspended) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ready)
    }

    /// Of a tenant that is known and not suspended.
    pub(crate) async fn ready_row(&self, id: TenantId) -> Result<Arc<TenantRow>, TenancyError> {
        let row = self.row(id).await?;
        match row.state {
            TenantState::Ready => Ok(row),
            TenantState::Suspended => Err(TenancyError::Suspended),
        }
    }

    pub(crate) async fn row(&self, id: TenantId) -> Result<Arc<TenantRow>, TenancyError> {
        match self.inner.registry.age() {
            Age::Fresh => {}
            Age::Ripe => self.read_registry_soon(),
            Age::Stale => {
                let _turn = self.inner.registry.turn().await;
                if self.inner.registry.age() == Age::Stale {
                    self.read_registry().await?;
                }
            }
        }
        if let Some(row) = self.inner.registry.tenant(id) {
            return Ok(row);
        }
        // It may have been provisioned a moment ago by another process.
        let mut tx = self.begin_platform().await?;
        let row = sqlx::query(
            "SELECT id, provider, slug, name, locale, time_zone, state FROM platform.tenant WHERE id = $1",
        )
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        let row = tenant_of(&row.ok_or(TenancyError::NotFound)?)?;
        self.inner.registry.put_tenant(row.clone());
        Ok(Arc::new(row))
    }

    async fn read_registry(&self) -> Result<(), TenancyError> {
        // Everybody waits for it: never behind a round that a tenant's locked table holds up.
        let everybody = Self {
            inner: Arc::clone(&self.inner),
            slots: Arc::clone(&self.inner.slots),
        };
        let read = async {
            let mut tx = everybody.begin_platform().await?;
            self.inner.registry.read(tx.conn()).await?;
            tx.commit().await
        };
        timeout(REGISTRY, read)
            .await
            .unwrap_or_else(|_| Err(TenancyError::Unavailable(silent())))
    }

    fn read_registry_soon(&self) {
        if self.inner.registry.turn_if_free().is_none() {
            return;
        }
        let db = self.clone();
        tokio::spawn(async move {
            let Some(_turn) = db.inner.registry.turn_if_free() else {
                return;
            };
            if db.inner.registry.age() == Age::Fresh {
                // Several saw that it was ripe; one was enough.
                return;
            }
            if let Err(error) = db.read_registry().await {
                tracing::warn!(service = db.service(), %error, "the list of tenants could not be read again");
            }
        });
    }

    fn owner(&self) -> Result<&Owner, TenancyError> {
        self.inner.owner.as_ref().ok_or_else(|| {
            TenancyError::Invalid(format!(
                "{}: provisioning needs the owner's URL",
                self.inner.schema.service
            ))
        })
    }

    /// Makes a provider's schema and role; one that exists is no error.
    pub async fn provision_provider(
        &self,
        id: ProviderId,
        slug: &str,
        name: &str,
    ) -> Result<Provisioned, TenancyError> {
        let done = self.owner()?.provision_provider(id, slug, name).await?;
        self.inner.registry.put_provider(id);
        Ok(done)
    }

    /// Makes a tenant's schema and role in one transaction, from the squashed script where there is one. A tenant that
    /// exists is left as it is.
    pub async fn provision_tenant(&self, tenant: &NewTenant) -> Result<Provisioned, TenancyError> {
        let (done, row) = self
            .owner()?
            .provision_tenant(tenant, self.inner.clock.now())
            .await?;
        self.inner.registry.put_tenant(row);
        Ok(done)
    }

    /// Suspends a tenant or takes it back; in this process at once.
    pub async fn set_tenant_state(
        &self,
        id: TenantId,
        state: TenantState,
    ) -> Result<(), TenancyError> {
        let mut tx = self.begin_platform().await?;
        let row = sqlx::query(
            "UPDATE platform.tenant SET state = $2 WHERE id = $1
             RETURNING id, provider, slug, name, locale, time_zone, state",
        )
        .bind(id.uuid())
        .bind(state.as_str())
        .fetch_optional(tx.conn())
        .await?;
        let row = tenant_of(&row.ok_or(TenancyError::NotFound)?)?;
        tx.commit().await?;
        self.inner.registry.put_tenant(row);
        Ok(())
    }

    /// Takes a tenant's new slug, name, locale and time zone over; in this process at once.
    pub async fn update_tenant(&self, tenant: &NewTenant) -> Result<(), TenancyError> {
        let mut tx = self.begin_platform().await?;
        let row = sqlx::query(
            "UPDATE platform.tenant SET slug = $2, name = $3, locale = $4, time_zone = $5 WHERE id = $1
             RETURNING id, provider, slug, name, locale, time_zone, state",
        )
        .bind(tenant.id.uuid())
        .bind(&tenant.slug)
        .bind(&tenant.name)
        .bind(&tenant.locale)
        .bind(&tenant.time_zone)
        .fetch_optional(tx.conn())
        .await?;
        let row = tenant_of(&row.ok_or(TenancyError::NotFound)?)?;
        tx.commit().await?;
        self.inner.registry.put_tenant(row);
        Ok(())
    }

    /// Whether the database answers, over one of the service's own connections.
    pub async fn ping(&self) -> Result<(), TenancyError> {
        self.begin_platform().await?.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent<T: Send>(_: T) {}

    /// Services spawn these; a future that is not `Send` would be found out only there.
    #[allow(dead_code)] // it is compiled, never called
    fn futures_can_be_spawned(
        db: &ServiceDb,
        settings: &DbSettings,
        schema: &'static Schema,
        tenant: &NewTenant,
    ) {
        sent(ServiceDb::connect(
            settings.clone(),
            schema,
            Arc::clone(db.clock()),
        ));
        sent(db.begin(tenant.id));
        sent(db.begin_provider(tenant.provider, &[]));
        sent(db.provision_tenant(tenant));
        sent(db.provision_provider(tenant.provider, "", ""));
        sent(db.tenants());
        sent(crate::migrate(settings, schema, |_| {}));
        sent(crate::snapshot(settings, schema));
        sent(db.ping());
    }
}

/// See [`ServiceDb::locking`].
#[derive(Debug)]
pub struct Locking<'a> {
    db: &'a ServiceDb,
    also: String,
}

impl Locking<'_> {
    /// As [`ServiceDb::begin_fact`].
    pub async fn begin_fact(&self, tenant: TenantId) -> Result<TenantTx, TenancyError> {
        self.db.row(tenant).await?;
        let scope = Scope::Tenant(tenant);
        self.db
            .open(scope, Plans::Kept, &self.also)
            .await
            .map(TenantTx)
    }

    /// As [`ServiceDb::begin_provider`].
    pub async fn begin_provider(
        &self,
        provider: ProviderId,
        tenants: &[TenantId],
    ) -> Result<ProviderTx, TenancyError> {
        self.db
            .open_provider(provider, tenants, Plans::Kept, &self.also)
            .await
    }

    /// As [`ServiceDb::begin_platform`].
    pub async fn begin_platform(&self) -> Result<PlatformTx, TenancyError> {
        self.db
            .open(Scope::Platform, Plans::Kept, &self.also)
            .await
            .map(PlatformTx)
    }
}
