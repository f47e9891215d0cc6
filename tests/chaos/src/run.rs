//! One run: quiet, a fault, and time to recover; then the judgement.

use std::time::{Duration, Instant};

use anyhow::ensure;
use e2e::audit;
use tokio::time::sleep;

use crate::bite::{While, seen};
use crate::disk::SmallDisk;
use crate::fault::{Fault, NO_BITE};
use crate::ground::{Ground, old_binary, same_binary_will_do};
use crate::hearers::unheard;
use crate::judge::{Times, judge};
use crate::shift::Shift;
use crate::verdict::{RECOVERED_WITHIN, Verdict};

/// How long what takes.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Before the fault.
    pub quiet: Duration,
    /// After it was mended.
    pub after: Duration,
    /// Everybody rests so long after a piece of work.
    pub pause: Duration,
    /// So long until nothing is under way any more.
    pub settle: Duration,
    /// So much of every kind of work is acknowledged for every tenant at least: a load that does nothing loses nothing.
    pub least: usize,
}

impl Timing {
    /// Of `make chaos`. What is lost on the way is asked for again after 30 s: longer than that until all is quiet.
    pub const WHOLE: Self = Self {
        quiet: Duration::from_secs(5),
        after: Duration::from_secs(12),
        pause: Duration::from_millis(300),
        settle: Duration::from_secs(75),
        least: 5,
    };
    /// Of the ordinary tests.
    pub const SHORT: Self = Self {
        quiet: Duration::from_secs(2),
        after: Duration::from_secs(8),
        pause: Duration::from_millis(400),
        settle: Duration::from_secs(45),
        least: 2,
    };
}

/// What became of a run.
#[derive(Debug)]
pub enum Outcome {
    /// It was judged.
    Judged(Box<Verdict>),
    /// The machine does not permit it: why.
    Skipped(String),
}

/// Runs a fault on the ground that is there if it is of the right sort, else on a new one. Ground on which something went
/// wrong is left behind: what lies there would be held against the next one.
pub async fn run_on(
    kept: &mut Option<Ground>,
    name: &str,
    timing: Timing,
) -> anyhow::Result<Outcome> {
    let fault = Fault::named(name)?;
    ensure!(
        fault != Fault::Roll || old_binary().is_some() || same_binary_will_do(),
        "nothing older to upgrade from: VENTANILLA_OLD_BIN names no binary (scripts/old-binary makes one), and SAME_BIN=1 does \
         not say that the same one is good enough"
    );
    if kept.as_ref().is_none_or(|it| it.sort != fault.ground()) {
        // First the old one goes: two of them at once are too much for a small machine.
        *kept = None;
        *kept = Some(Ground::prepare(fault.ground()).await?);
    }
    let Some(mut ground) = kept.take() else {
        anyhow::bail!("no ground");
    };
    let outcome = run(&mut ground, name, fault, timing).await;
    let well = match &outcome {
        Ok(Outcome::Judged(verdict)) => verdict.wrong().is_empty(),
        Ok(Outcome::Skipped(_)) => true,
        Err(_) => false,
    };
    if well {
        *kept = Some(ground);
    } else {
        println!("{}", ground.at.last_lines(30));
    }
    outcome
}

/// One run on this ground.
pub async fn run(
    ground: &mut Ground,
    name: &str,
    fault: Fault,
    timing: Timing,
) -> anyhow::Result<Outcome> {
    let disk = if fault == Fault::DiskFull {
        match SmallDisk::lay(ground).await? {
            Ok(disk) => Some(disk),
            Err(reason) => return Ok(Outcome::Skipped(reason)),
        }
    } else {
        None
    };
    let shift = Shift::begin(ground, timing.pause).await?;
    let began = Instant::now();
    sleep(timing.quiet).await;
    let breaks = ground.tap.breaks();
    let broken = Instant::now();
    let struck = fault.strike(ground, disk.as_ref()).await?;
    let ended = struck.ended;
    sleep(timing.after).await;
    let stopped = Instant::now();
    let desks = shift.end().await?;

    let lasted = ended.saturating_duration_since(broken);
    let mut verdict = Verdict {
        fault: name.to_owned(),
        lasted,
        bound: if fault.takes_away() {
            lasted + RECOVERED_WITHIN
        } else {
            RECOVERED_WITHIN
        },
        ..Verdict::default()
    };
    verdict.remarks.extend(struck.remarks.iter().cloned());
    let times = While {
        began,
        broken,
        ended,
        breaks,
    };
    match seen(fault, ground, &desks, times, &struck) {
        Ok(said) => verdict.remarks.push(said),
        Err(said) => verdict.toothless = Some(format!("{NO_BITE}: {said}")),
    }
    if let Some(disk) = disk {
        disk.take_away(&ground.at.suite).await?;
    }
    let closed = Instant::now();
    verdict.stuck = settle(ground, timing.settle).await;
    verdict.settled = closed.elapsed();
    let times = Times {
        began,
        ended,
        stopped,
        least: timing.least,
    };
    judge(ground, &desks, times, &mut verdict).await?;
    verdict.stuck.extend(ground.at.ended());
    Ok(Outcome::Judged(Box::new(verdict)))
}

/// Waits until nothing is under way any more; what still is, in the end.
async fn settle(ground: &Ground, limit: Duration) -> Vec<String> {
    let began = Instant::now();
    // The broker tells the depths of its queues once a second: what it has not told yet is seen by a later look.
    let mut quiet = 0;
    loop {
        let left = match under_way(ground).await {
            Ok(left) => left,
            Err(error) => vec![format!("{error:#}")],
        };
        quiet = if left.is_empty() { quiet + 1 } else { 0 };
        if quiet == 3 || began.elapsed() > limit {
            return left;
        }
        sleep(Duration::from_millis(700)).await;
    }
}

/// What is in queues (also in those of what is parked), unpublished, waiting, or not heard by everybody.
async fn under_way(ground: &Ground) -> anyhow::Result<Vec<String>> {
    let suite = &ground.at.suite;
    let queued = suite.undelivered().await?;
    if queued.is_empty() {
        let loose = audit::loose_ends(suite).await?;
        return if loose.is_empty() {
            unheard(suite).await
        } else {
            Ok(loose)
        };
    }
    let mut left: Vec<String> = queued
        .iter()
        .map(|(queue, messages)| format!("{messages} messages in {queue}"))
        .collect();
    if queued.keys().any(|queue| queue.starts_with("parked.")) {
        left.push(ground.at.cli(&["dead-letters", "list"]).await?);
    }
    Ok(left)
}
