//! Rate limits: one token bucket per tenant and one per caller; where nobody is known yet, one per address.
//!
//! A request is judged here, in memory, without waiting for anything. Where Redis is configured, [`crate::shared_rates`]
//! tells the buckets several times a second what the other gateways have spent; while Redis is away each gateway goes
//! on alone.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::config::{RateRule, RateRules};

/// Buckets kept at once, some 100 bytes each. Full ones carry no information and go first.
const CAPACITY: usize = 50_000;

/// Which buckets a caller draws from. The tenant comes first in every key, as everywhere in Redis.
#[derive(Debug, Clone)]
pub struct RateKeys {
    /// The tenant's bucket.
    pub tenant: Arc<str>,
    /// The caller's bucket within it.
    pub caller: Arc<str>,
}

impl RateKeys {
    /// Keys of `caller` acting for `tenant` (a tenant's id, or the provider's for staff of several).
    pub fn new(tenant: &str, caller: &str) -> Self {
        Self {
            tenant: format!("{tenant}:rate").into(),
            caller: format!("{tenant}:rate:{caller}").into(),
        }
    }
}

struct Bucket {
    rule: RateRule,
    level: f64,
    at: Instant,
    /// Taken since it was last shared.
    unshared: f64,
}

impl Bucket {
    fn refill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.rule.per_second;
        self.level = self.rule.burst.min(self.level + gained);
        self.at = now;
    }

    fn wait(&self) -> Duration {
        if self.level >= 1.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64((1.0 - self.level) / self.rule.per_second)
        }
    }

    fn take(&mut self) {
        self.level -= 1.0;
        self.unshared += 1.0;
    }
}

/// What a bucket has spent since it was last shared.
pub struct Spent {
    /// The bucket's key.
    pub key: Arc<str>,
    /// Its rule.
    pub rule: RateRule,
    /// Requests.
    pub requests: f64,
}

/// What somebody who is not known yet wants. Each has a bucket of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To sign in.
    In,
    /// To go on with a session, or to end it.
    Staying,
}

impl Way {
    const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Staying => "staying",
        }
    }
}

/// All buckets of this gateway.
pub struct Rates {
    rules: RateRules,
    buckets: Mutex<HashMap<Arc<str>, Bucket>>,
}

impl Rates {
    /// Starts with every bucket full.
    pub fn new(rules: RateRules) -> Self {
        Self {
            rules,
            buckets: Mutex::default(),
        }
    }

    /// Takes one request from both buckets, or from neither and says how long to wait.
    pub fn take(&self, keys: &RateKeys, now: Instant) -> Result<(), Duration> {
        self.take_each(
            [
                (&keys.tenant, self.rules.tenant),
                (&keys.caller, self.rules.caller),
            ],
            now,
        )
    }

    /// The same for somebody who is not known yet, by the address they come from.
    pub fn take_unknown(&self, address: IpAddr, way: Way, now: Instant) -> Result<(), Duration> {
        let key = format!("address:{}:{}", way.word(), neighbourhood(address)).into();
        self.take_each([(&key, self.rules.address)], now)
    }

    fn take_each<const N: usize>(
        &self,
        wanted: [(&Arc<str>, RateRule); N],
        now: Instant,
    ) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wait = Duration::ZERO;
        for (key, rule) in wanted {
            if !buckets.contains_key(key) {
                if buckets.len() >= CAPACITY {
                    make_room(&mut buckets, now);
                }
                let full = Bucket {
                    rule,
                    level: rule.burst,
                    at: now,
                    unshared: 0.0,
                };
                buckets.insert(Arc::clone(key), full);
            }
            if let Some(bucket) = buckets.get_mut(key) {
                bucket.refill(now);
                wait = wait.max(bucket.wait());
            }
        }
        if wait > Duration::ZERO {
            return Err(wait);
        }
        for (key, _) in wanted {
            if let Some(bucket) = buckets.get_mut(key) {
                bucket.take();
            }
        }
        Ok(())
    }

    /// What was spent since the last call, to be told to the other gateways.
    pub fn collect(&self) -> Vec<Spent> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets
            .iter_mut()
            .filter(|(_, bucket)| bucket.unshared > 0.0)
            .map(|(key, bucket)| Spent {
                key: Arc::clone(key),
                rule: bucket.rule,
                requests: std::mem::take(&mut bucket.unshared),
            })
            .collect()
    }

    /// Lowers a bucket to the level that all gateways have left together. Never raises it: a Redis that was emptied
    /// must not hand out a second burst.
    pub fn lower(&self, key: &str, shared_level: f64, now: Instant) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(key) {
            bucket.refill(now);
            bucket.level = bucket.level.min(shared_level - bucket.unshared);
        }
    }
}

/// Whoever has one IPv6 address has 2^64 of them.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let high = v6.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(high))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn make_room(buckets: &mut HashMap<Arc<str>, Bucket>, now: Instant) {
    buckets.retain(|_, bucket| {
        bucket.refill(now);
        bucket.level < bucket.rule.burst
    });
    if buckets.len() >= CAPACITY {
        // More callers in a burst than buckets: forgetting all of them is generous, and it is bounded.
        buckets.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(tenant_burst: f64, caller_burst: f64) -> Rates {
        let rule = |burst| RateRule {
            per_second: 2.0,
            burst,
        };
        Rates::new(RateRules {
            tenant: rule(tenant_burst),
            caller: rule(caller_burst),
            address: rule(caller_burst),
        })
    }

    #[test]
    fn a_burst_passes_then_waits_and_refills() {
        let rates = rates(10.0, 3.0);
        let keys = RateKeys::new("tnt_a", "psn_1");
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(rates.take(&keys, start), Ok(()));
        }
        assert_eq!(rates.take(&keys, start), Err(Duration::from_millis(500)));
        let later = start + Duration::from_millis(500);
        assert_eq!(rates.take(&keys, later), Ok(()));
        assert!(rates.take(&keys, later).is_err());
    }

    #[test]
    fn one_caller_cannot_use_up_anothers_bucket_but_all_share_the_tenants() {
        let rates = rates(4.0, 3.0);
        let now = Instant::now();
        let (one, two) = (
            RateKeys::new("tnt_a", "psn_1"),
            RateKeys::new("tnt_a", "psn_2"),
        );
        let other = RateKeys::new("tnt_b", "psn_1");
        for _ in 0..3 {
            assert_eq!(rates.take(&one, now), Ok(()));
        }
        assert!(rates.take(&one, now).is_err());
        assert_eq!(rates.take(&two, now), Ok(()));
        assert!(
            rates.take(&two, now).is_err(),
            "the tenant's four are used up"
        );
        assert_eq!(rates.take(&other, now), Ok(()));
    }

    #[test]
    fn an_address_has_one_bucket_however_it_is_written() {
        let rates = rates(9.0, 2.0);
        let now = Instant::now();
        let take = |address: &str| {
            rates
                .take_unknown(address.parse().unwrap(), Way::In, now)
                .is_ok()
        };
        assert!(take("192.0.2.1") && take("::ffff:192.0.2.1"));
        assert!(!take("192.0.2.1"));
        assert!(take("192.0.2.2"));
        assert!(take("2001:db8::1") && take("2001:db8::2:0:0:2"));
        assert!(!take("2001:db8::3"), "its network has had its two");
        assert!(take("2001:db8:0:1::1"));
    }

    #[test]
    fn what_others_spent_lowers_a_bucket_and_never_raises_it() {
        let rates = rates(10.0, 10.0);
        let keys = RateKeys::new("tnt_a", "psn_1");
        let now = Instant::now();
        assert_eq!(rates.take(&keys, now), Ok(()));
        let spent = rates.collect();
        assert_eq!(spent.len(), 2);
        assert!(
            spent
                .iter()
                .all(|s| (s.requests - 1.0).abs() < f64::EPSILON)
        );
        assert!(rates.collect().is_empty());
        rates.lower(&keys.tenant, 100.0, now);
        rates.lower(&keys.caller, 1.5, now);
        assert_eq!(rates.take(&keys, now), Ok(()));
        assert!(rates.take(&keys, now).is_err());
    }
}
