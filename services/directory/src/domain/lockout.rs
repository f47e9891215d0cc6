//! How long an address waits after failures.

use chrono::TimeDelta;

/// So many failures in a row are free.
pub const FREE: i32 = 5;
/// The first wait; it doubles with each further failure.
const FIRST_S: i64 = 30;
/// The longest wait: somebody else's failures must not keep a person out for a day.
const LONGEST_S: i64 = 15 * 60;
/// After so long without an attempt the count begins again.
pub const FORGOTTEN: TimeDelta = TimeDelta::hours(24);

/// How long to wait after so many failures in a row.
pub fn wait(failures: i32) -> Option<TimeDelta> {
    let beyond = failures.checked_sub(FREE).filter(|n| *n >= 0)?;
    let doublings = u32::try_from(beyond.min(10)).unwrap_or(10);
    Some(TimeDelta::seconds((FIRST_S << doublings).min(LONGEST_S)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits: Vec<Option<i64>> = (1..=12).map(|n| wait(n).map(|w| w.num_seconds())).collect();
        assert_eq!(waits[..4], [None; 4]);
        assert_eq!(waits[4..], [30, 60, 120, 240, 480, 900, 900, 900].map(Some));
        assert_eq!(wait(i32::MAX).map(|w| w.num_seconds()), Some(900));
    }
}
