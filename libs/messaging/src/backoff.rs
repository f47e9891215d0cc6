//! How long to wait before the next try.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// 50 ms, doubling up to 5 s.
#[derive(Debug, Default)]
pub(crate) struct Backoff(Option<Duration>);

impl Backoff {
    pub(crate) fn next(&mut self) -> Duration {
        let now = self.0.map_or(FIRST, |last| (last * 2).min(LONGEST));
        self.0 = Some(now);
        now
    }

    pub(crate) fn reset(&mut self) {
        self.0 = None;
    }
}
