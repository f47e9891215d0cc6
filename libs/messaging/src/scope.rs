//! Whose transaction: a tenant's, a provider's, the platform's.

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use ids::{ProviderId, TenantId};
use tenancy::{PlatformTx, ProviderTx, ServiceDb, TenancyError, TenantTx, Tx};

/// What is taken in together, in one transaction: the facts of one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Key {
    Tenant(TenantId),
    Provider(ProviderId),
    Platform,
}

impl Key {
    /// A number for the transaction lock that keeps two replicas (or two lanes) from taking in the same inbox at once.
    pub(crate) fn lock(self) -> i64 {
        const SALT: i64 = 0x696e_626f_7800;
        let low = |uuid: uuid::Uuid| uuid.as_u64_pair().1 as i64;
        match self {
            Self::Tenant(id) => low(id.uuid()) ^ SALT,
            Self::Provider(id) => low(id.uuid()) ^ SALT ^ 1,
            Self::Platform => SALT,
        }
    }
}

/// An open transaction of any of the three kinds; dropping it rolls back.
pub(crate) enum Open {
    Tenant(TenantTx),
    Provider(ProviderTx),
    Platform(PlatformTx),
}

impl Open {
    /// Suspended tenants are served too: what happened before must still be taken in. A provider's sees the rows of no tenant.
    pub(crate) async fn begin(db: &ServiceDb, key: Key) -> Result<Self, TenancyError> {
        Ok(match key {
            Key::Tenant(id) => Self::Tenant(db.begin_fact(id).await?),
            Key::Provider(id) => Self::Provider(db.begin_provider(id, &[]).await?),
            Key::Platform => Self::Platform(db.begin_platform().await?),
        })
    }

    /// The same, alone with this inbox until its end: also among several processes. A provider's sees the rows of these tenants.
    pub(crate) async fn begin_alone(
        db: &ServiceDb,
        key: Key,
        tenants: &[TenantId],
    ) -> Result<Self, TenancyError> {
        let db = db.locking(key.lock());
        Ok(match key {
            Key::Tenant(id) => Self::Tenant(db.begin_fact(id).await?),
            Key::Provider(id) => Self::Provider(db.begin_provider(id, tenants).await?),
            Key::Platform => Self::Platform(db.begin_platform().await?),
        })
    }

    pub(crate) async fn commit(self) -> Result<(), TenancyError> {
        match self {
            Self::Tenant(tx) => tx.commit().await,
            Self::Provider(tx) => tx.commit().await,
            Self::Platform(tx) => tx.commit().await,
        }
    }
}

impl Deref for Open {
    type Target = Tx;
    fn deref(&self) -> &Tx {
        match self {
            Self::Tenant(tx) => tx,
            Self::Provider(tx) => tx,
            Self::Platform(tx) => tx,
        }
    }
}

impl DerefMut for Open {
    fn deref_mut(&mut self) -> &mut Tx {
        match self {
            Self::Tenant(tx) => tx,
            Self::Provider(tx) => tx,
            Self::Platform(tx) => tx,
        }
    }
}

/// One lock per key within the process, so that a lane that has to wait for another does so without a connection.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>);

impl Locks {
    pub(crate) async fn lock(&self, key: Key) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() > 4096 {
                all.retain(|_, lock| lock.strong_count() > 0);
            }
            let kept = all.get(&key).and_then(Weak::upgrade);
            kept.unwrap_or_else(|| {
                let new = Arc::new(tokio::sync::Mutex::new(()));
                all.insert(key, Arc::downgrade(&new));
                new
            })
        };
        lock.lock_owned().await
    }
}
