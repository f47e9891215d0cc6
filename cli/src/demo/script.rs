//! When things happen in a demo ticket's life: drawn from a seed, within the client's office hours, and counted back from now
//! in these. So at whatever hour and on whatever day the demo is made, nothing of it lies in the future, in the night or on
//! a Sunday, nobody solves in a second what takes half an hour, and what is told is the same.

use chrono::{
    DateTime, Datelike as _, Days, NaiveTime, SubsecRound as _, TimeZone as _, Timelike as _, Utc,
    Weekday,
};
use chrono_tz::Tz;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::cast::{Client, REQUESTS};

/// Seconds after midnight at which the client's office opens.
const OPENS: i64 = 8 * 3600;
/// And closes.
const CLOSES: i64 = 17 * 3600;
/// Seconds of an office day.
const DAY: i64 = CLOSES - OPENS;

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
    /// When an agent took it. Like everything that follows: just before now, if it ends before that.
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
    let office = Office {
        zone: client.time_zone.parse().unwrap_or(Tz::America__Lima),
        now: now.trunc_subsecs(0),
    };
    let mut lives: Vec<Life> = (0..client.tickets)
        .map(|n| {
            // The last few are of the last two office days, so that there is work to be done.
            let recent = n + 12 > client.tickets;
            life(&mut rng, &office, recent)
        })
        .collect();
    lives.sort_by_key(|l| l.opened);
    lives
}

fn life(rng: &mut StdRng, office: &Office, recent: bool) -> Life {
    let request = rng.random_range(0..REQUESTS.len());
    let minutes = |rng: &mut StdRng, from: i64, to: i64| 60 * rng.random_range(from..to);
    // Since it was opened, in seconds of office hours.
    let taken = minutes(rng, 2, 45);
    let answered = taken + minutes(rng, 3, 40);
    let deep = rng.random_range(0..10);
    let line = match deep {
        0..=5 => None,
        6..=8 => Some(2),
        _ => Some(3),
    };
    let moved = line.map(|line| (answered + minutes(rng, 5, 90), line));
    let worked = moved.map_or(answered, |(at, _)| at);
    let ended = worked
        + if deep > 5 {
            minutes(rng, 60, 1200)
        } else {
            minutes(rng, 10, 400)
        };
    let ending = if recent {
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
    let requester = rng.random_range(0..4);
    let last = match ending {
        Ending::Untouched => 0,
        Ending::InProgress => worked,
        Ending::Waiting | Ending::Resolved | Ending::Closed => ended,
    };
    let ago = match ending {
        // Who waits for a first answer does not do so for days.
        Ending::Untouched => rng.random_range(300..2 * 3600),
        _ if recent => rng.random_range(300..2 * DAY),
        _ => rng.random_range(2 * DAY..25 * DAY),
    };
    // Whatever has happened has had the time for it, and was not just now.
    let ago = ago.max(last + minutes(rng, 5, 60));
    let at = |since: i64| office.before_now((ago - since).max(60));
    Life {
        request,
        requester,
        degrees,
        opened: at(0),
        taken: at(taken),
        answered: at(answered),
        moved: moved.map(|(since, line)| (at(since), line)),
        ended: at(ended),
        ending,
    }
}

/// The client's office, Monday to Friday, as seen from now.
#[derive(Debug)]
struct Office {
    zone: Tz,
    now: DateTime<Utc>,
}

impl Office {
    /// The instant so many seconds of office hours before now.
    fn before_now(&self, seconds: i64) -> DateTime<Utc> {
        let local = self.now.with_timezone(&self.zone);
        let mut day = local.date_naive();
        let mut until = i64::from(local.num_seconds_from_midnight()).clamp(OPENS, CLOSES);
        let mut left = seconds;
        loop {
            let works = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            if works && left <= until - OPENS {
                break;
            }
            if works {
                left -= until - OPENS;
            }
            day = day - Days::new(1);
            until = CLOSES;
        }
        let time = u32::try_from(until - left).unwrap_or_default();
        let time = NaiveTime::from_num_seconds_from_midnight_opt(time, 0).unwrap_or_default();
        self.zone
            .from_local_datetime(&day.and_time(time))
            .earliest()
            .map_or(self.now, |t| t.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::cast::CLIENTS;
    use super::*;

    /// What has happened to a ticket, in order.
    fn acts(life: &Life) -> Vec<DateTime<Utc>> {
        let mut acts = vec![life.opened];
        if life.ending != Ending::Untouched {
            acts.extend([life.taken, life.answered]);
            acts.extend(life.moved.map(|(at, _)| at));
        }
        if !matches!(life.ending, Ending::Untouched | Ending::InProgress) {
            acts.push(life.ended);
        }
        acts
    }

    /// Everything but the instants, in no order: two tickets of one minute may change places.
    fn told(lives: &[Life]) -> Vec<String> {
        let one = |l: &Life| {
            let line = l.moved.map(|(_, line)| line);
            let ending = l.ending;
            format!(
                "{} {} {:?} {line:?} {ending:?}",
                l.request, l.requester, l.degrees
            )
        };
        let mut told: Vec<String> = lives.iter().map(one).collect();
        told.sort();
        told
    }

    #[test]
    fn a_story_is_believable_at_every_hour_of_a_week() {
        let monday: DateTime<Utc> = "2026-11-23T00:00:17.25Z".parse().unwrap();
        for client in &CLIENTS {
            let zone: Tz = client.time_zone.parse().unwrap();
            let first = told(&lives(client, monday));
            for quarter in 0..7 * 24 * 4 {
                let now = monday + TimeDelta::minutes(15 * quarter);
                let lives = lives(client, now);
                assert_eq!(lives.len(), client.tickets);
                assert_eq!(told(&lives), first, "another story at {now}");
                for life in &lives {
                    let acts = acts(life);
                    for act in &acts {
                        let local = act.with_timezone(&zone);
                        let sunday = matches!(local.weekday(), Weekday::Sat | Weekday::Sun);
                        let seconds = i64::from(local.num_seconds_from_midnight());
                        let open = (OPENS..=CLOSES).contains(&seconds) && !sunday;
                        assert!(open, "{local} at {now}: {life:?}");
                    }
                    for pair in acts.windows(2) {
                        let took = pair[1] - pair[0];
                        assert!(took >= TimeDelta::minutes(2), "{took} at {now}: {life:?}");
                    }
                    let last = acts.last().unwrap();
                    assert!(*last <= now - TimeDelta::minutes(5), "at {now}: {life:?}");
                    assert!(life.ended < now && life.opened > now - TimeDelta::days(50));
                }
                let to_do = lives
                    .iter()
                    .any(|life| matches!(life.ending, Ending::Untouched | Ending::InProgress));
                assert!(to_do, "nothing to be done at {now}");
            }
        }
    }
}
