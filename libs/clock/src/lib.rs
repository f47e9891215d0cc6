//! Time, handed in.
//!
//! Nothing in the product reads the machine's clock on its own: whoever needs the time takes a
//! [`SharedClock`] and calls [`Clock::now`]. This crate is the only place where the machine is asked
//! (`clippy.toml` bans `Utc::now` elsewhere and points here).
//!
//! In production pass [`system()`]; in a test a [`ManualClock`], which stands still until told otherwise:
//!
//! ```
//! use chrono::{DateTime, TimeDelta, Utc};
//! use clock::{Clock, ManualClock};
//!
//! let monday: DateTime<Utc> = "2026-11-23T09:00:00Z".parse()?;
//! let clock = ManualClock::at(monday);
//! clock.advance(TimeDelta::hours(2));
//! assert_eq!(clock.now(), monday + TimeDelta::hours(2));
//! # Ok::<(), chrono::ParseError>(())
//! ```

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Where the current instant comes from.
pub trait Clock: Send + Sync + Debug {
    /// The current instant in UTC, cut to microseconds: what Postgres keeps, so that a value written and
    /// read again is equal to itself.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock that many parts hold at once.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that reads the machine's clock
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }
}

/// The machine's clock, ready to hand on.
pub fn system() -> SharedClock {
    Arc::new(SystemClock)
}

/// The machine's clock, put forward or back.
#[derive(Debug, Clone, Copy)]
pub struct SkewedClock(TimeDelta);

impl Clock for SkewedClock {
    fn now(&self) -> DateTime<Utc> {
        let now = SystemClock.now();
        now.checked_add_signed(self.0).unwrap_or(now)
    }
}

/// What a machine would read whose clock is ahead by so much, or behind where it is negative; for tests of a whole
/// installation.
pub fn skewed(by: TimeDelta) -> SharedClock {
    Arc::new(SkewedClock(by))
}

/// A clock that moves only when told; for tests and for judging the past.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at `instant` (microsecond precision).
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(instant.timestamp_micros()))
    }

    /// Moves to `instant`, forwards or backwards.
    pub fn set(&self, instant: DateTime<Utc>) {
        self.0.store(instant.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves on by `by`.
    pub fn advance(&self, by: TimeDelta) {
        self.0
            .fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skewed_clock_is_wrong_by_what_it_was_told() {
        for by in [TimeDelta::hours(1), TimeDelta::seconds(-4)] {
            let off = skewed(by).now() - system().now();
            assert!((off - by).abs() < TimeDelta::seconds(1), "{off} for {by}");
        }
        // Beyond all time it is right.
        assert!(skewed(TimeDelta::MAX).now() < system().now() + TimeDelta::hours(1));
    }
}
