//! A fault of which nobody notices anything proves nothing: what must be seen of each.

use std::time::{Duration, Instant};

use e2e::audit;
use testkit::Suite;

use crate::desk::Desk;
use crate::fault::{Fault, NO_BITE, Struck};
use crate::ground::Ground;
use crate::network;
use crate::notes::{Kind, lock};

/// An operation that takes so many times what half of them take in peace is slow.
const SLOW: u32 = 5;
/// What is started again, or wakes up, is away for so much longer.
const WAKING: Duration = Duration::from_secs(2);
/// So much of the time during which nobody has the broker a subscriber hears nothing, at least.
const SILENT: Duration = Duration::from_secs(15);

/// When a fault was there.
#[derive(Debug, Clone, Copy)]
pub struct While {
    /// The beginning of the shift.
    pub began: Instant,
    /// The fault's beginning.
    pub broken: Instant,
    /// Its end.
    pub ended: Instant,
    /// How often the subscriber had lost its connection before.
    pub breaks: usize,
}

/// What was seen of a fault; an error if it was not what such a fault must show.
pub fn seen(
    fault: Fault,
    ground: &Ground,
    desks: &[Desk],
    times: While,
    struck: &Struck,
) -> Result<String, String> {
    let said = match fault {
        Fault::Kill(name) | Fault::StandStill(name) => felt(desks, touched(name), times)?,
        Fault::Restart("rabbitmq") | Fault::Crash("rabbitmq") => {
            let breaks = ground.tap.breaks() - times.breaks;
            if breaks == 0 {
                return Err("the subscriber kept its connection".to_owned());
            }
            format!("the subscriber lost its connection {breaks} times")
        }
        Fault::Restart(_) | Fault::Crash(_) => felt(desks, &Kind::ALL, times)?,
        Fault::DiskFull => refused(desks, times)?,
        Fault::BrokerLost => {
            let silence = ground.tap.silence(times.broken, times.ended);
            if silence < SILENT {
                return Err(format!(
                    "a subscriber heard nothing for {silence:.1?} alone"
                ));
            }
            format!("a subscriber heard nothing for {silence:.1?}")
        }
        Fault::SlowNetwork => slower(desks, times)?,
        Fault::Skew(service, ms) if fault.takes_away() => {
            let felt = felt(desks, touched(service), times)?;
            format!("{ms} ms ahead; {felt}")
        }
        Fault::Skew(service, ms) => ahead(ground, service, ms, times)?,
        Fault::Away(_) | Fault::Forget | Fault::Poison | Fault::Roll => String::new(),
    };
    let all: Vec<String> = struck.shown.iter().cloned().chain([said]).collect();
    let all: Vec<String> = all.into_iter().filter(|one| !one.is_empty()).collect();
    if all.is_empty() {
        return Err(NO_BITE.to_owned());
    }
    Ok(all.join("; "))
}

/// The work that a process takes part in, and cannot do without.
fn touched(name: &str) -> &'static [Kind] {
    match name {
        "intake" => &[Kind::Open, Kind::Reply, Kind::Move, Kind::Read],
        "routing" => &[Kind::Hand, Kind::Read],
        "sla-clock" => &[Kind::Read],
        "knowledge" => &[Kind::Article],
        "reporting" => &[Kind::Figures],
        "directory" => &[Kind::SignIn],
        _ => &Kind::ALL,
    }
}

/// How long half of the operations of a kind that were over before the fault took at most.
fn in_peace(desks: &[Desk], kind: Kind, times: While) -> Option<Duration> {
    half(desks, kind, times.began, times.broken)
}

fn half(desks: &[Desk], kind: Kind, from: Instant, to: Instant) -> Option<Duration> {
    let mut took = Vec::new();
    for desk in desks {
        let notes = lock(&desk.notes);
        let answers = notes.answers.get(&kind).into_iter().flatten();
        let within = answers.filter(|one| one.from >= from && one.to <= to);
        took.extend(within.map(|one| one.to.saturating_duration_since(one.from)));
    }
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}

/// What of these kinds was not acknowledged while the fault was there, or slowly.
fn felt(desks: &[Desk], kinds: &[Kind], times: While) -> Result<String, String> {
    let end = times.ended + WAKING;
    let (mut failed, mut slow, mut longest) = (0, 0, Duration::ZERO);
    for kind in kinds {
        let usual = in_peace(desks, *kind, times);
        for desk in desks {
            let notes = lock(&desk.notes);
            let failures = notes.failures.get(kind).into_iter().flatten();
            failed += failures
                .filter(|one| one.from <= end && one.to >= times.broken)
                .count();
            let answers = notes.answers.get(kind).into_iter().flatten();
            for one in answers.filter(|one| one.from <= end && one.to >= times.broken) {
                let took = one.to.saturating_duration_since(one.from);
                if usual.is_some_and(|usual| took > usual * SLOW) {
                    slow += 1;
                    longest = longest.max(took);
                }
            }
        }
    }
    if failed + slow == 0 {
        return Err("nothing failed meanwhile, and nothing was slow".to_owned());
    }
    let slow = match slow {
        0 => "none was slow".to_owned(),
        n => format!("{n} took up to {longest:.1?}"),
    };
    Ok(format!("{failed} operations failed meanwhile, {slow}"))
}

/// Attempts to open a ticket that were refused meanwhile.
fn refused(desks: &[Desk], times: While) -> Result<String, String> {
    let mut refused = 0;
    for desk in desks {
        let notes = lock(&desk.notes);
        let failures = notes.failures.get(&Kind::Open).into_iter().flatten();
        refused += failures
            .filter(|one| (times.broken..=times.ended).contains(&one.to))
            .count();
    }
    if refused == 0 {
        return Err("the disk was full, and no opening was refused".to_owned());
    }
    Ok(format!(
        "{refused} attempts to open a ticket were refused while it was full"
    ))
}

/// Every reading goes at least once there and back, over a line that takes so much longer each way.
fn slower(desks: &[Desk], times: While) -> Result<String, String> {
    let before = in_peace(desks, Kind::Read, times).ok_or("nothing was read before")?;
    let meanwhile = half(desks, Kind::Read, times.broken, times.ended);
    let meanwhile = meanwhile.ok_or("nothing was read meanwhile")?;
    let said =
        format!("half of the readings took {before:.0?} before and {meanwhile:.0?} meanwhile");
    if meanwhile < before + network::DELAY * 2 {
        return Err(said);
    }
    Ok(said)
}

/// The times of a service's facts against the clock of whoever hears them. Some of them are not its own: what follows a fact of
/// another's may have that one's. So it is a quarter of them that are looked at, those that are the most wrong.
fn ahead(ground: &Ground, service: &str, ms: i64, times: While) -> Result<String, String> {
    let tap = &ground.tap;
    let percent = if ms > 0 { 75 } else { 25 };
    let before = tap.ahead_ms(service, times.began, times.broken, percent);
    let before = before.ok_or_else(|| format!("{service} told nothing before"))?;
    let meanwhile = tap.ahead_ms(service, times.broken, times.ended, percent);
    let meanwhile = meanwhile.ok_or_else(|| format!("{service} told nothing meanwhile"))?;
    let difference = meanwhile - before;
    let said =
        format!("facts of {service} came with times {difference} ms from where they were before");
    if difference.signum() != ms.signum() || difference.abs() < ms.abs() / 2 {
        return Err(said);
    }
    Ok(said)
}

/// Facts of intake that nobody has taken yet.
pub async fn unpublished(suite: &Suite) -> anyhow::Result<i64> {
    let mut intake = audit::open(suite, "intake").await?;
    let held = sqlx::query_scalar("SELECT count(*) FROM platform.outbox")
        .fetch_one(&mut intake)
        .await?;
    Ok(held)
}
