//! Which tenants there are: a copy of `platform.tenant` in the process.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use ids::{ProviderId, TenantId};
use sqlx::{Row, postgres::PgRow};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

use crate::{Conn, TenancyError};

/// After so long a copy is read again in the background: another process may have suspended a tenant.
const FRESH: Duration = Duration::from_secs(5);
/// After so long nobody is served from the copy before it was read again.
const STALE: Duration = Duration::from_secs(15);

/// A tenant as this service knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRow {
    /// Never changes.
    pub id: TenantId,
    /// Never changes.
    pub provider: ProviderId,
    /// Its readable name in addresses; unique, may change.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// BCP 47, `es-PE`.
    pub locale: String,
    /// IANA, `America/Lima`.
    pub time_zone: String,
    /// Whether its people are served.
    pub state: TenantState,
}

/// Whether a tenant's people are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantState {
    /// They are.
    Ready,
    /// They are refused; facts about it are still taken.
    Suspended,
}

impl TenantState {
    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Suspended => "suspended",
        }
    }
}

/// What a tenant begins with, and what `update_tenant` makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenant {
    /// Decides the names of schema and role.
    pub id: TenantId,
    /// Its provider, for ever.
    pub provider: ProviderId,
    /// Unique among all tenants.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// BCP 47, `es-PE`.
    pub locale: String,
    /// IANA, `America/Lima`.
    pub time_zone: String,
}

#[derive(Debug, Default)]
pub(crate) struct Registry {
    known: RwLock<Known>,
    reading: Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    tenants: HashMap<TenantId, Arc<TenantRow>>,
    providers: HashSet<ProviderId>,
    read_at: Option<Instant>,
    /// Counts what this process put in, so that a read that began before it does not undo it.
    changes: u64,
}

/// How old the copy is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Fresh,
    /// Good enough, to be read again soon.
    Ripe,
    Stale,
}

impl Registry {
    pub fn age(&self) -> Age {
        let read_at = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .read_at;
        match read_at.map(|at| at.elapsed()) {
            Some(age) if age < FRESH => Age::Fresh,
            Some(age) if age < STALE => Age::Ripe,
            _ => Age::Stale,
        }
    }

    pub fn tenant(&self, id: TenantId) -> Option<Arc<TenantRow>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .tenants
            .get(&id)
            .cloned()
    }

    pub fn tenants(&self) -> Vec<TenantRow> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<TenantRow> = known.tenants.values().map(|row| (**row).clone()).collect();
        all.sort_by_key(|row| row.id);
        all
    }

    pub fn providers(&self) -> Vec<ProviderId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<ProviderId> = known.providers.iter().copied().collect();
        all.sort_unstable();
        all
    }

    pub fn has_provider(&self, id: ProviderId) -> bool {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .providers
            .contains(&id)
    }

    pub fn put_tenant(&self, row: TenantRow) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.changes += 1;
        known.tenants.insert(row.id, Arc::new(row));
    }

    pub fn put_provider(&self, id: ProviderId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.changes += 1;
        known.providers.insert(id);
    }

    /// Only one reads at a time; the others wait, and find it done.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().await
    }

    /// As [`Registry::turn`], without waiting.
    pub fn turn_if_free(&self) -> Option<MutexGuard<'_, ()>> {
        self.reading.try_lock().ok()
    }

    /// Reads everything.
    pub async fn read(&self, conn: &mut Conn) -> Result<(), TenancyError> {
        // Taken before the read: what changes while it runs counts as not yet seen.
        let read_at = Instant::now();
        let changes = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .changes;
        let tenants = sqlx::query(
            "SELECT id, provider, slug, name, locale, time_zone, state FROM platform.tenant",
        )
        .fetch_all(&mut *conn)
        .await?;
        let providers: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM platform.provider")
            .fetch_all(&mut *conn)
            .await?;
        let tenants = tenants
            .iter()
            .map(|row| tenant_of(row).map(|row| (row.id, Arc::new(row))))
            .collect::<Result<HashMap<_, _>, _>>()?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known
            .providers
            .extend(providers.into_iter().map(ProviderId::from_uuid));
        if known.changes == changes {
            known.tenants = tenants;
            known.read_at = Some(read_at);
        }
        Ok(())
    }
}

pub(crate) fn tenant_of(row: &PgRow) -> Result<TenantRow, sqlx::Error> {
    Ok(TenantRow {
        id: TenantId::from_uuid(row.try_get("id")?),
        provider: ProviderId::from_uuid(row.try_get("provider")?),
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        locale: row.try_get("locale")?,
        time_zone: row.try_get("time_zone")?,
        state: match row.try_get::<&str, _>("state")? {
            "ready" => TenantState::Ready,
            // In doubt it is refused.
            _ => TenantState::Suspended,
        },
    })
}
