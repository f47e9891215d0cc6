//! Who gets which slot, and when a connection's time is over: numbers that are spread evenly, and the same for every process.

use uuid::Uuid;

/// The slots in the order in which `key` likes them: the highest mix of key and slot first.
pub(crate) fn order(key: Uuid, slots: usize) -> Vec<usize> {
    let (high, low) = key.as_u64_pair();
    let mut ranked: Vec<(u64, usize)> = (0..slots)
        .map(|slot| (mix(high ^ mix(low ^ mix(slot as u64 + 1))), slot))
        .collect();
    ranked.sort_unstable_by(|one, other| other.cmp(one));
    ranked.into_iter().map(|(_, slot)| slot).collect()
}

/// Which share of the usual time a connection keeps its plans for, and lives: half of it or more, and no two that follow each other the same,
/// so that those that are opened, or forget, together do not plan everything anew, or end, together the next time.
pub(crate) fn share(turn: u64) -> f64 {
    // Steps of the golden ratio are spread evenly, however many there are.
    const STEP: f64 = 0.618_033_988_749_894_8;
    0.5 + (turn as f64 * STEP).fract() / 2.0
}

/// The finaliser of splitmix64: every bit of the input moves every bit of the output.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> impl Iterator<Item = Uuid> {
        let ids = ids::seeded(3);
        (0..4_000).map(move |_| ids.uuid())
    }

    #[test]
    fn tenants_spread_evenly() {
        let mut counts = [0; 4];
        keys().for_each(|key| counts[order(key, 4)[0]] += 1);
        assert!(
            counts.iter().all(|&count| (900..1_100).contains(&count)),
            "{counts:?}"
        );
    }

    #[test]
    fn connections_that_are_opened_together_forget_their_plans_apart() {
        let mut shares: Vec<f64> = (0..8).map(share).collect();
        shares.sort_by(f64::total_cmp);
        assert!(shares[0] >= 0.5 && shares[7] < 1.0);
        assert!(
            shares.windows(2).all(|two| two[1] - two[0] > 0.025),
            "{shares:?}"
        );
    }

    #[test]
    fn one_more_slot_moves_only_those_who_prefer_it() {
        for key in keys() {
            let (before, after) = (order(key, 4)[0], order(key, 5)[0]);
            assert!(after == before || after == 4);
        }
    }
}
