//! Requests that come whether those before them were answered or not: an open loop, as near as wrk (Debian package `wrk`) gets
//! to it.
//!
//! When each is due is drawn beforehand, as one Poisson process, and its connections take what is due in turn. So each rests for
//! nearly the same time between two of them, and is late only if an answer takes longer than that. What is asked late has
//! waited all the same: latency is counted from when it was due, by the script's own clock.
//!
//! A connection is a thread of the generator's: wrk does not tell a script by which connection an answer came, and a thread
//! that has but one knows. Nearly all of them sleep.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// A request among others.
#[derive(Debug, Clone)]
pub struct Wish {
    /// How often it is asked for, beside the others' weights.
    pub weight: f64,
    /// Who asks.
    pub token: String,
    /// In which tenant.
    pub tenant: String,
    /// JSON, in one line; `%ID%` in it is replaced by a fresh number.
    pub body: String,
}

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Requests per second.
    pub per_second: f64,
    /// For so long.
    pub seconds: u32,
    /// Which requests come when: with the same seed a shorter offer is the beginning of a longer one.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Good answers per second.
    pub per_second: f64,
    /// Median from when a request was due to its good answer, milliseconds. What waits at the end has waited until then.
    pub p50_ms: f64,
    /// 99th percentile of that.
    pub p99_ms: f64,
    /// Answers of any kind.
    pub requests: u64,
    /// Those that were not 2xx, or that were errors or problems; broken connections, and timeouts.
    pub failed: u64,
    /// Asked more than [`LATE_S`] after they were due.
    pub late: u64,
    /// Not answered when everything ended.
    pub unanswered: u64,
}

/// What is asked later than this is told of, seconds: wrk itself sleeps by milliseconds.
const LATE_S: f64 = 0.010;
/// So long after its start, in seconds, does the generator ask for the first: by then it has made its threads.
const LEAD_S: u32 = 1;
/// Threads of a generator at most: each has three files and sockets open, and a process may usually have 1,024.
const MOST: usize = 200;

/// When a request is due, seconds from the start, and which one.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    due: f64,
    wish: usize,
}

/// POSTs requests when they are due, each as often as its weight says.
pub fn offer(url: &str, wishes: &[Wish], offer: Offer) -> anyhow::Result<Outcome> {
    let arrivals = arrivals(wishes, offer);
    ensure!(!arrivals.is_empty(), "nothing to ask for");
    let connections = connections(offer.per_second).min(arrivals.len());
    let dir = tempfile::tempdir()?;
    lay_down(dir.path(), wishes, &arrivals, connections)?;
    let script = dir.path().join("offer.lua");
    let text = format!(
        "local FOLDER, LEAD = '{}', {LEAD_S}\n{}",
        dir.path().display(),
        include_str!("../../offer.lua")
    );
    std::fs::write(&script, text)?;
    let output = Command::new("wrk")
        .args(["--timeout", "20s"])
        .arg(format!("--threads={connections}"))
        .arg(format!("--connections={connections}"))
        .arg(format!("--duration={}s", offer.seconds + LEAD_S))
        .arg("--script")
        .arg(&script)
        .arg(format!("{url}/graphql"))
        .output()
        .context("wrk (Debian: apt-get install wrk)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && errors.is_empty(),
        "wrk: {errors}{text}"
    );
    let figure = |name: &str| -> anyhow::Result<f64> {
        let figure = text.lines().find_map(|line| line.strip_prefix(name));
        let figure = figure.and_then(|figure| figure.trim().parse().ok());
        figure.with_context(|| format!("wrk does not say {name}: {text}"))
    };
    let mut seen = Seen {
        broken: figure("broken ")? as u64,
        ..Seen::default()
    };
    let ended = figure("ended ")?;
    for n in 0..connections {
        let notes = std::fs::read_to_string(dir.path().join(format!("notes.{n}")))?;
        let mut notes = notes.lines();
        for arrival in arrivals.iter().skip(n).step_by(connections) {
            match notes.next() {
                Some(note) => seen.answered(arrival.due, note)?,
                None => seen.waits(ended - arrival.due),
            }
        }
    }
    Ok(seen.outcome(f64::from(offer.seconds)))
}

/// When what is due: gaps of a Poisson process, and who asks by weight.
fn arrivals(wishes: &[Wish], offer: Offer) -> Vec<Arrival> {
    let mut all = 0.0;
    let upto = wishes.iter().map(|wish| {
        all += wish.weight;
        all
    });
    let upto: Vec<f64> = upto.collect();
    let mut arrivals = Vec::new();
    if all <= 0.0 || offer.per_second <= 0.0 {
        return arrivals;
    }
    let mut chance = Chance(offer.seed);
    let mut due = 0.0;
    loop {
        due -= (1.0 - chance.draw()).ln() / offer.per_second;
        if due >= f64::from(offer.seconds) {
            return arrivals;
        }
        let drawn = chance.draw() * all;
        let wish = upto.partition_point(|upto| *upto <= drawn);
        let wish = wish.min(wishes.len() - 1);
        arrivals.push(Arrival { due, wish });
    }
}

/// How many rest for some two seconds between two requests: the gateway closes what is idle for five, and wrk counts that as a
/// broken connection. The fewer take turns, the more their rests vary: below ten a second they are half as long.
fn connections(per_second: f64) -> usize {
    let rest_s = if per_second < 10.0 { 1.0 } else { 2.0 };
    ((per_second * rest_s).round() as usize).clamp(1, MOST)
}

/// What the script reads.
fn lay_down(
    dir: &Path,
    wishes: &[Wish],
    arrivals: &[Arrival],
    connections: usize,
) -> anyhow::Result<()> {
    let (mut text, mut places) = (String::new(), Vec::with_capacity(wishes.len()));
    for wish in wishes {
        let from = text.len();
        // Writing to a String does not fail.
        let _written = write!(text, "{}\t{}\t{}", wish.token, wish.tenant, wish.body);
        places.push((from, text.len() - from));
    }
    std::fs::write(dir.join("wishes"), text)?;
    for n in 0..connections {
        let mut text = String::new();
        let mine = arrivals.iter().enumerate().skip(n).step_by(connections);
        for (id, arrival) in mine {
            let (from, bytes) = places[arrival.wish];
            let _written = writeln!(text, "{:.6} {from} {bytes} {id}", arrival.due);
        }
        std::fs::write(dir.join(format!("schedule.{n}")), text)?;
    }
    Ok(())
}

/// What was noted so far.
#[derive(Debug, Default)]
struct Seen {
    took_ms: Vec<f64>,
    good: u64,
    bad: u64,
    broken: u64,
    late: u64,
    unanswered: u64,
}

impl Seen {
    /// A line of the script's: when it was asked and answered, and whether the answer was good.
    fn answered(&mut self, due: f64, note: &str) -> anyhow::Result<()> {
        let said = || format!("wrk noted {note:?}");
        let words: Vec<&str> = note.split(' ').collect();
        let [asked, answered, good] = words[..] else {
            anyhow::bail!(said());
        };
        let asked: f64 = asked.parse().with_context(said)?;
        let answered: f64 = answered.parse().with_context(said)?;
        self.late += u64::from(asked - due > LATE_S);
        if good == "1" {
            self.good += 1;
            // Who wakes a millisecond early has waited from then on.
            self.took_ms.push((answered - due.min(asked)) * 1e3);
        } else {
            self.bad += 1;
        }
        Ok(())
    }

    /// One that was due so long ago when everything ended.
    fn waits(&mut self, seconds: f64) {
        self.unanswered += 1;
        self.took_ms.push(seconds * 1e3);
    }

    fn outcome(self, seconds: f64) -> Outcome {
        let (p50_ms, p99_ms) = quantiles(self.took_ms);
        Outcome {
            per_second: self.good as f64 / seconds,
            p50_ms,
            p99_ms,
            requests: self.good + self.bad,
            failed: self.bad + self.broken,
            late: self.late,
            unanswered: self.unanswered,
        }
    }
}

impl Outcome {
    /// What its row says of it.
    pub fn note(&self) -> String {
        format!(
            "{:.1}/s; failed {}; asked late {}, unanswered {}",
            self.per_second, self.failed, self.late, self.unanswered
        )
    }
}

/// The median and the 99th percentile.
pub fn quantiles(mut all: Vec<f64>) -> (f64, f64) {
    all.sort_by(f64::total_cmp);
    let last = all.len().saturating_sub(1) as f64;
    let at = |share: f64| {
        let at = (last * share).round() as usize;
        all.get(at).copied().unwrap_or_default()
    };
    (at(0.5), at(0.99))
}

/// The same numbers from the same seed (splitmix64).
struct Chance(u64);

impl Chance {
    /// At least 0 and less than 1.
    fn draw(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}
