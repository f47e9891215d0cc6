//! Where new ids come from.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use clock::SharedClock;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use uuid::{Builder, Uuid};

/// A source of new ids and of the randomness behind them.
pub trait IdGen: Send + Sync + fmt::Debug {
    /// A UUIDv7: 48 bits of milliseconds, the rest random.
    fn uuid(&self) -> Uuid;
    /// Fills `bytes` with randomness fit for secrets (tokens, keys) when the generator is [`system`]'s.
    fn fill(&self, bytes: &mut [u8]);
}

/// A generator that many parts hold at once.
pub type SharedIds = Arc<dyn IdGen>;

struct SystemIds {
    clock: SharedClock,
}

impl fmt::Debug for SystemIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemIds")
    }
}

#[allow(clippy::disallowed_methods)] // the one place that takes the machine's chance
impl IdGen for SystemIds {
    fn uuid(&self) -> Uuid {
        let mut random = [0u8; 10];
        rand::rng().fill_bytes(&mut random);
        let millis = self.clock.now().timestamp_millis().max(0).unsigned_abs();
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// Ids from the clock that is handed in and the operating system's randomness.
pub fn system(clock: SharedClock) -> SharedIds {
    Arc::new(SystemIds { clock })
}

struct SeededIds(Mutex<(StdRng, u64)>);

impl fmt::Debug for SeededIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SeededIds")
    }
}

impl IdGen for SeededIds {
    fn uuid(&self) -> Uuid {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut random = [0u8; 10];
        state.0.fill_bytes(&mut random);
        state.1 += 1;
        Builder::from_unix_timestamp_millis(state.1, &random).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .fill_bytes(bytes);
    }
}

/// The same ids every time for the same seed: tests and demo data. Never for secrets.
pub fn seeded(seed: u64) -> SharedIds {
    // 2024-01-01T00:00:00Z in milliseconds: seeded ids look like ids and sort before those of today.
    Arc::new(SeededIds(Mutex::new((
        StdRng::seed_from_u64(seed),
        1_704_067_200_000,
    ))))
}
