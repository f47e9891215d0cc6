//! Lists that were longer than anybody counts when they were counted last: to count ten thousand rows again costs more than the page.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use ids::ProviderId;

use crate::domain::worklist::Filter;

/// As long as the list of tenants is believed.
const BELIEVED: TimeDelta = TimeDelta::seconds(15);
/// So many are remembered; then all are forgotten.
const MOST: usize = 10_000;

/// Which lists had [`COUNT_AT_MOST`](crate::domain::worklist::COUNT_AT_MOST) rows or more, and when they were counted.
#[derive(Debug, Default)]
pub struct Tallies(Mutex<HashMap<(ProviderId, Filter), DateTime<Utc>>>);

impl Tallies {
    fn all(&self) -> MutexGuard<'_, HashMap<(ProviderId, Filter), DateTime<Utc>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether that list was so long a moment ago. The filter names the tenants it is of, those of the caller among them.
    pub fn long(&self, provider: ProviderId, filter: &Filter, now: DateTime<Utc>) -> bool {
        let all = self.all();
        // A clock that was put back believes nothing.
        all.get(&(provider, filter.clone()))
            .is_some_and(|at| (TimeDelta::zero()..BELIEVED).contains(&(now - *at)))
    }

    /// That list has just been counted, and is so long.
    pub fn remember(&self, provider: ProviderId, filter: &Filter, now: DateTime<Utc>) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert((provider, filter.clone()), now);
    }
}

#[cfg(test)]
mod tests {
    use ids::TenantId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_long_list_is_believed_for_a_moment_and_tells_nothing_of_another() {
        let of = |tenants: &[u128]| Filter {
            tenants: tenants
                .iter()
                .map(|n| TenantId::from_uuid(Uuid::from_u128(*n)))
                .collect(),
            ..Filter::default()
        };
        let [ours, theirs] = [1, 2].map(|n| ProviderId::from_uuid(Uuid::from_u128(n)));
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let tallies = Tallies::default();
        tallies.remember(ours, &of(&[1, 2]), now);
        let long = |provider, filter: &Filter, after| tallies.long(provider, filter, now + after);
        let soon = TimeDelta::seconds(14);
        assert!(long(ours, &of(&[1, 2]), soon));
        assert!(!long(ours, &of(&[1, 2]), BELIEVED));
        assert!(!long(ours, &of(&[1, 2]), TimeDelta::seconds(-1)));
        assert!(!long(theirs, &of(&[1, 2]), soon));
        assert!(!long(ours, &of(&[1]), soon), "of fewer tenants");
        let major = Filter {
            major: Some(true),
            ..of(&[1, 2])
        };
        assert!(!long(ours, &major, soon));
    }
}
