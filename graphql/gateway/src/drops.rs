//! What was remembered too long: after a fact that changes what somebody may do, the answers that it concerns no
//! longer hold.
//!
//! A drop does not walk through the cache. It is numbered, and every answer carries the number of the last drop that it
//! is known to have outlived: to begin with the one that was the last when directory was *asked*. Whoever is about to
//! use an answer looks at the drops since. So one that was under way while the fact arrived is caught exactly as one
//! that lay in the cache, and nobody who joined in waiting for it is served with it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use serde_json::{Map, Value};

/// Drops that are remembered one by one, some 100 bytes each. An answer that was not looked at for longer is dropped
/// too: asking once more is cheap, and too little would be wrong.
const KEPT: usize = 1024;

/// Whom a fact concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// A person, or a machine's key, worn as a person.
    Person(String),
    /// Everybody who has to do with a tenant.
    Tenant(String),
    /// Those, and all of the staff of its provider: they may do more from now on, and what is remembered of them does
    /// not name the tenant.
    TenantAndStaff {
        /// The tenant.
        tenant: String,
        /// Its provider.
        provider: String,
    },
}

/// What an answer says of a caller, as far as facts can concern it.
#[derive(Debug)]
pub struct Standing {
    person: String,
    tenants: Vec<String>,
    /// For staff alone.
    staff_of: Option<String>,
}

impl Standing {
    /// From directory's claims, whose `sub` is `person`.
    pub fn of(person: &str, claims: &Map<String, Value>) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let granted = claims.get("tenants").and_then(Value::as_array);
        let granted = granted
            .into_iter()
            .flatten()
            .filter_map(|t| t["id"].as_str());
        Self {
            person: person.to_owned(),
            tenants: granted.map(str::to_owned).chain(text("tenant")).collect(),
            staff_of: text("provider").filter(|_| text("kind").as_deref() == Some("staff")),
        }
    }

    fn is_meant_by(&self, concern: &Concern) -> bool {
        match concern {
            Concern::Person(person) => self.person == *person,
            Concern::Tenant(tenant) => self.tenants.contains(tenant),
            Concern::TenantAndStaff { tenant, provider } => {
                self.tenants.contains(tenant) || self.staff_of.as_ref() == Some(provider)
            }
        }
    }
}

/// The last drops, in order.
#[derive(Debug, Default)]
pub struct Drops {
    /// The number of the last one; written while `recent` is locked.
    last: AtomicU64,
    recent: RwLock<VecDeque<Concern>>,
}

impl Drops {
    /// The number of the last drop. Taken before directory is asked, it is what the answer has outlived.
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Drops what a fact concerns.
    pub fn add(&self, concern: Concern) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back(concern);
        self.last.fetch_add(1, Ordering::AcqRel);
    }

    /// Drops everything that was asked for before now.
    pub fn add_all(&self) {
        let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
        // With a number that has no concern beside it, whatever is older has missed more than can be looked up.
        recent.clear();
        self.last.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether an answer that has outlived the drops up to `since` holds still: then the number up to which it does.
    /// One that names nobody (a refusal) holds only if there was none.
    pub fn outlived(&self, since: u64, standing: Option<&Standing>) -> Option<u64> {
        if self.last() == since {
            return Some(since);
        }
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let last = self.last();
        let missed = usize::try_from(last.saturating_sub(since)).unwrap_or(usize::MAX);
        let begin = recent.len().checked_sub(missed)?;
        let standing = standing?;
        let meant = recent.range(begin..).any(|c| standing.is_meant_by(c));
        (!meant).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn standing(claims: Value) -> Standing {
        let Value::Object(claims) = claims else {
            panic!("no claims")
        };
        Standing::of("per_1", &claims)
    }

    fn staff(tenants: &[&str]) -> Standing {
        let tenants: Vec<Value> = tenants.iter().map(|id| json!({ "id": id })).collect();
        standing(json!({ "kind": "staff", "provider": "prv_1", "tenants": tenants }))
    }

    #[test]
    fn a_drop_is_for_those_it_concerns_and_for_what_was_asked_before() {
        let drops = Drops::default();
        let (a, ab) = (staff(&["ten_a"]), staff(&["ten_a", "ten_b"]));
        let before = drops.last();
        assert_eq!(drops.outlived(before, Some(&a)), Some(before));
        drops.add(Concern::Tenant("ten_b".into()));
        assert_eq!(drops.outlived(before, Some(&ab)), None);
        let now = drops.last();
        assert_eq!(drops.outlived(before, Some(&a)), Some(now));
        assert_eq!(drops.outlived(now, Some(&ab)), Some(now), "asked after it");
        assert_eq!(drops.outlived(before, None), None, "a refusal names nobody");
        drops.add(Concern::Person("per_2".into()));
        assert_eq!(drops.outlived(now, Some(&ab)), Some(now + 1));
        drops.add(Concern::Person("per_1".into()));
        assert_eq!(drops.outlived(now, Some(&ab)), None);
    }

    #[test]
    fn everything_means_everything_before() {
        let drops = Drops::default();
        let one = staff(&["ten_a"]);
        drops.add(Concern::Tenant("ten_x".into()));
        let before = drops.last();
        drops.add_all();
        let after = drops.last();
        assert_eq!(drops.outlived(before, Some(&one)), None);
        assert_eq!(drops.outlived(after, Some(&one)), Some(after));
        drops.add(Concern::Tenant("ten_x".into()));
        assert_eq!(drops.outlived(before, Some(&one)), None);
        assert_eq!(drops.outlived(after, Some(&one)), Some(after + 1));
    }

    #[test]
    fn what_is_too_old_to_be_judged_is_dropped() {
        let drops = Drops::default();
        let one = staff(&["ten_a"]);
        let before = drops.last();
        for _ in 0..KEPT {
            drops.add(Concern::Tenant("ten_x".into()));
        }
        assert!(drops.outlived(before, Some(&one)).is_some());
        drops.add(Concern::Tenant("ten_x".into()));
        assert_eq!(drops.outlived(before, Some(&one)), None);
    }

    #[test]
    fn a_tenant_that_comes_back_concerns_all_the_staff_of_its_provider_and_no_other() {
        let concern = Concern::TenantAndStaff {
            tenant: "ten_a".into(),
            provider: "prv_1".into(),
        };
        assert!(staff(&[]).is_meant_by(&concern));
        let own = json!({ "kind": "person", "provider": "prv_1", "tenant": "ten_a" });
        assert!(standing(own).is_meant_by(&concern));
        let neighbour = json!({ "kind": "person", "provider": "prv_1", "tenant": "ten_b" });
        assert!(!standing(neighbour).is_meant_by(&concern));
        let elsewhere = json!({ "kind": "staff", "provider": "prv_2", "tenants": [] });
        assert!(!standing(elsewhere).is_meant_by(&concern));
    }
}
