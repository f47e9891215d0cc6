//! Whose turn it is to compute a preview: each reads up to some 100,000 tickets, and clocks of tickets must not wait for many of
//! them at once. And whose turn it is to fetch the feed that a caller names, for a preview or to follow it: that takes as long as
//! whoever publishes it likes, so nobody holds a turn to compute meanwhile; but no process asks for any number of addresses at
//! once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ids::TenantId;

use crate::config;
use crate::error::{Error, Rationed};

/// Turns that are taken in this process, by tenant.
#[derive(Debug, Clone)]
pub struct PreviewTurns {
    of: Rationed,
    at_once: usize,
    of_tenant: usize,
    retry_after_s: u32,
    taken: Arc<Mutex<HashMap<TenantId, usize>>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    tenant: TenantId,
    taken: Arc<Mutex<HashMap<TenantId, usize>>>,
}

impl PreviewTurns {
    /// Those to compute. Nobody has one yet.
    pub fn of_computing(settings: &config::Previews) -> Self {
        let (at_once, of_tenant) = (settings.at_once, settings.of_tenant);
        Self::new(Rationed::Previews, at_once, of_tenant, settings)
    }

    /// Those to fetch a feed. Nobody has one yet.
    pub fn of_fetching(settings: &config::Previews) -> Self {
        let (at_once, of_tenant) = (settings.fetches_at_once, settings.fetches_of_tenant);
        Self::new(Rationed::Feeds, at_once, of_tenant, settings)
    }

    fn new(of: Rationed, at_once: usize, of_tenant: usize, settings: &config::Previews) -> Self {
        Self {
            of,
            at_once,
            of_tenant,
            retry_after_s: settings.retry_after_s,
            taken: Arc::default(),
        }
    }

    /// Takes a turn. Nobody waits for one: whoever asks is told to ask again, and when.
    ///
    /// # Errors
    /// [`Error::Busy`] while the tenant, or all tenants together, have as many as there may be.
    pub fn take(&self, tenant: TenantId) -> Result<Turn, Error> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = taken.get(&tenant).copied().unwrap_or_default();
        let of_all: usize = taken.values().sum();
        if of_tenant >= self.of_tenant || of_all >= self.at_once {
            return Err(Error::Busy {
                of: self.of,
                retry_after_s: self.retry_after_s,
            });
        }
        taken.insert(tenant, of_tenant + 1);
        Ok(Turn {
            tenant,
            taken: self.taken.clone(),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.tenant) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_its_share_and_all_together_have_theirs() {
        let ids = ids::seeded(1);
        let [one, other, third] = [(); 3].map(|()| TenantId::new(&*ids));
        let turns = PreviewTurns::of_computing(&config::Previews {
            at_once: 3,
            of_tenant: 2,
            retry_after_s: 7,
            ..config::Previews::default()
        });
        let busy = |tenant| {
            matches!(
                turns.take(tenant),
                Err(Error::Busy {
                    of: Rationed::Previews,
                    retry_after_s: 7
                })
            )
        };
        let held = [turns.take(one).unwrap(), turns.take(one).unwrap()];
        assert!(busy(one));
        let another = turns.take(other).unwrap();
        assert!(busy(third) && busy(other));
        drop(held);
        drop((turns.take(third).unwrap(), turns.take(one).unwrap()));
        drop(another);
        assert!(turns.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn to_fetch_has_bounds_of_its_own() {
        let ids = ids::seeded(2);
        let [one, other, third] = [(); 3].map(|()| TenantId::new(&*ids));
        let turns = PreviewTurns::of_fetching(&config::Previews {
            at_once: 0,
            of_tenant: 0,
            retry_after_s: 7,
            fetches_at_once: 2,
            fetches_of_tenant: 1,
        });
        let busy = |tenant| {
            matches!(
                turns.take(tenant),
                Err(Error::Busy {
                    of: Rationed::Feeds,
                    retry_after_s: 7
                })
            )
        };
        let first = turns.take(one).unwrap();
        assert!(busy(one));
        let second = turns.take(other).unwrap();
        assert!(busy(third));
        drop(first);
        drop(turns.take(one).unwrap());
        drop(second);
    }
}
