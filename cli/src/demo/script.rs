//! When things happen in a demo ticket's life: drawn from a seed, within the client's office hours.

use chrono::{DateTime, Datelike as _, Days, NaiveTime, TimeDelta, TimeZone as _, Utc, Weekday};
use chrono_tz::Tz;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::cast::{Client, REQUESTS};

/// How a ticket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nobody has taken it yet.
    Untouched,
    /// Somebody works on it.
    InProgress,
    /// The requester was asked.
    Waiting,
    /// Solved, not confirmed.
    Resolved,
    /// Solved and confirmed.
    Closed,
}

/// One ticket's life.
#[derive(Debug, Clone)]
pub struct Life {
    /// Which of [`REQUESTS`].
    pub request: usize,
    /// Who asks: index into the client's people.
    pub requester: usize,
    /// Impact, urgency.
    pub degrees: (&'static str, &'static str),
    /// When it was opened.
    pub opened: DateTime<Utc>,
    /// When an agent took it.
    pub taken: DateTime<Utc>,
    /// When the agent answered.
    pub answered: DateTime<Utc>,
    /// When it was moved to line 2 or 3, if it was.
    pub moved: Option<(DateTime<Utc>, u8)>,
    /// When it ended as it did.
    pub ended: DateTime<Utc>,
    /// How it ends.
    pub ending: Ending,
}

/// The lives of a client's tickets, oldest first; all of them before `now`.
pub fn lives(client: &Client, now: DateTime<Utc>) -> Vec<Life> {
    let mut rng = StdRng::seed_from_u64(client.seed);
    let zone: Tz = client.time_zone.parse().unwrap_or(Tz::America__Lima);
    let mut lives: Vec<Life> = (0..client.tickets)
        .map(|n| {
            // The last few are of today and yesterday, so that there is work to be done.
            let days_ago = if n + 12 > client.tickets {
                rng.random_range(0..2)
            } else {
                rng.random_range(2..35)
            };
            life(&mut rng, zone, now, days_ago)
        })
        .collect();
    lives.sort_by_key(|l| l.opened);
    lives
}

fn life(rng: &mut StdRng, zone: Tz, now: DateTime<Utc>, days_ago: u64) -> Life {
    let request = rng.random_range(0..REQUESTS.len());
    let opened = office_instant(rng, zone, now, days_ago);
    let minutes =
        |rng: &mut StdRng, from: i64, to: i64| TimeDelta::minutes(rng.random_range(from..to));
    let taken = opened + minutes(rng, 2, 45);
    let answered = taken + minutes(rng, 3, 40);
    let deep = rng.random_range(0..10);
    let moved = match deep {
        0..=5 => None,
        6..=8 => Some((answered + minutes(rng, 5, 90), 2)),
        _ => Some((answered + minutes(rng, 5, 90), 3)),
    };
    let worked = moved.map_or(answered, |(at, _)| at);
    let ended = worked
        + if deep > 5 {
            minutes(rng, 60, 2400)
        } else {
            minutes(rng, 10, 400)
        };
    let ending = if days_ago < 2 {
        [
            Ending::Untouched,
            Ending::InProgress,
            Ending::Waiting,
            Ending::Resolved,
        ][rng.random_range(0..4)]
    } else {
        match rng.random_range(0..20) {
            0 => Ending::InProgress,
            1 => Ending::Waiting,
            2..=5 => Ending::Resolved,
            _ => Ending::Closed,
        }
    };
    let degrees = [
        ("LOW", "LOW"),
        ("LOW", "MEDIUM"),
        ("MEDIUM", "MEDIUM"),
        ("MEDIUM", "HIGH"),
        ("HIGH", "HIGH"),
    ][[0, 0, 1, 1, 2, 2, 2, 3, 3, 4][rng.random_range(0..10)]];
    // Nothing of the story lies in the future.
    let cap = |t: DateTime<Utc>| t.min(now - TimeDelta::seconds(5));
    Life {
        request,
        requester: rng.random_range(0..4),
        degrees,
        opened: cap(opened),
        taken: cap(taken),
        answered: cap(answered),
        moved: moved.map(|(at, line)| (cap(at), line)),
        ended: cap(ended),
        ending,
    }
}

/// An instant in office hours of a working day about `days_ago` days before `now`.
fn office_instant(rng: &mut StdRng, zone: Tz, now: DateTime<Utc>, days_ago: u64) -> DateTime<Utc> {
    let mut day = now.with_timezone(&zone).date_naive() - Days::new(days_ago);
    while days_ago >= 2 && matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        day = day - Days::new(1);
    }
    let seconds = rng.random_range(8 * 3600..17 * 3600);
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap_or_default();
    zone.from_local_datetime(&day.and_time(time))
        .earliest()
        .map_or(now, |t| t.with_timezone(&Utc))
}
