//! How a clock is judged at an instant.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a clock amounts to at the instant that it is judged at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The target was missed by then.
    Breached,
    /// It stopped in time.
    Met,
    /// It still counts, within its target.
    Running,
    /// It no longer applies, or had not begun.
    Void,
}

/// What is known of a clock from its last fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// It was cancelled.
    pub cancelled: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it falls due; none while paused.
    pub due_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// When its target was missed, if it was.
    pub breached_at: Option<DateTime<Utc>>,
}

/// Judges a clock at `as_of`: what happened later did not happen yet, and an open clock whose deadline has passed is
/// breached even where no timer was there to say so (history starts none).
pub fn judge(clock: &Known, as_of: DateTime<Utc>) -> Verdict {
    if clock.cancelled || clock.started_at > as_of {
        return Verdict::Void;
    }
    let stopped = clock.stopped_at.is_some_and(|t| t <= as_of);
    if clock.breached_at.is_some_and(|t| t <= as_of) {
        return Verdict::Breached;
    }
    // A deadline that a stop came in time for is met; `due_at` of a stopped clock says nothing more.
    if !stopped && clock.stopped_at.is_none() && clock.due_at.is_some_and(|t| t < as_of) {
        return Verdict::Breached;
    }
    if stopped {
        Verdict::Met
    } else {
        Verdict::Running
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn what_happened_later_did_not_happen_yet() {
        let start: DateTime<Utc> = "2012-05-01T00:00:00Z".parse().unwrap();
        let h = |n| start + TimeDelta::hours(n);
        let open = Known {
            cancelled: false,
            started_at: start,
            due_at: Some(h(240)),
            stopped_at: None,
            breached_at: None,
        };
        assert_eq!(judge(&open, h(240)), Verdict::Running);
        assert_eq!(judge(&open, h(241)), Verdict::Breached);
        assert_eq!(judge(&open, h(-1)), Verdict::Void);
        let told = Known {
            breached_at: Some(h(240)),
            ..open
        };
        assert_eq!(judge(&told, h(239)), Verdict::Running);
        assert_eq!(judge(&told, h(240)), Verdict::Breached);
        let met = Known {
            stopped_at: Some(h(200)),
            ..open
        };
        assert_eq!(judge(&met, h(500)), Verdict::Met);
        assert_eq!(judge(&met, h(100)), Verdict::Running);
        let late = Known {
            stopped_at: Some(h(300)),
            breached_at: Some(h(240)),
            ..open
        };
        assert_eq!(judge(&late, h(500)), Verdict::Breached);
        assert_eq!(
            judge(
                &Known {
                    cancelled: true,
                    ..late
                },
                h(500)
            ),
            Verdict::Void
        );
        let paused = Known {
            due_at: None,
            ..open
        };
        assert_eq!(judge(&paused, h(500)), Verdict::Running);
    }
}
