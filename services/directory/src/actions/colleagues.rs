//! The provider's staff whom a tenant's pages have named lately: they are on nearly every page, and stand in a schema of their own,
//! which costs a transaction more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use ids::{PersonId, TenantId};

use crate::domain::staff::Member;

/// As long as the list of tenants is believed: a change that another process makes is seen after it.
const BELIEVED: TimeDelta = TimeDelta::seconds(15);
/// So many are remembered; then all are forgotten.
const MOST: usize = 20_000;

/// Who works, or worked, for which tenant. It is never taken back, so what is remembered gives nobody away; names may change.
#[derive(Debug, Default)]
pub struct Colleagues(Mutex<Known>);

/// Whom a tenant knows, as they were read when.
type Known = HashMap<(TenantId, PersonId), (DateTime<Utc>, Member)>;

impl Colleagues {
    fn all(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of them who are remembered as this tenant's.
    pub fn known(&self, tenant: TenantId, people: &[PersonId], now: DateTime<Utc>) -> Vec<Member> {
        let all = self.all();
        let seen = people.iter().filter_map(|person| {
            let (at, member) = all.get(&(tenant, *person))?;
            // A clock that was put back believes nothing.
            let age = now - *at;
            (TimeDelta::zero() <= age && age < BELIEVED).then(|| member.clone())
        });
        seen.collect()
    }

    /// What was read just now of those who work, or worked, for this tenant.
    pub fn remember(&self, tenant: TenantId, members: &[Member], now: DateTime<Utc>) {
        let mut all = self.all();
        if all.len() + members.len() > MOST {
            all.clear();
        }
        let read = members.iter().map(|m| ((tenant, m.id), (now, m.clone())));
        all.extend(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn whom_one_tenant_knows_another_does_not_and_nobody_for_long() {
        let (ours, theirs) = (
            TenantId::from_uuid(Uuid::from_u128(1)),
            TenantId::from_uuid(Uuid::from_u128(2)),
        );
        let nora = Member {
            id: PersonId::from_uuid(Uuid::from_u128(3)),
            name: "Nora".to_owned(),
            email: "nora@soporte.example".to_owned(),
            locale: "es".to_owned(),
            active: true,
        };
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let colleagues = Colleagues::default();
        let (all, none) = (std::slice::from_ref(&nora), &[][..]);
        colleagues.remember(ours, all, now);
        let known = |tenant, after| colleagues.known(tenant, &[nora.id], now + after);
        assert_eq!(known(ours, TimeDelta::seconds(14)), all);
        assert_eq!(known(theirs, TimeDelta::zero()), none);
        assert_eq!(known(ours, BELIEVED), none);
        assert_eq!(known(ours, TimeDelta::seconds(-1)), none);
    }
}
