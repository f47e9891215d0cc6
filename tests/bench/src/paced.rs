//! HTTP load at a given rate, by wrk, with every answer noted: how long it took, and what it was. A closed loop would ask
//! less the slower it is answered, and an overload is that nobody does so.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::load;

/// How hard is asked.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Connections, each of them a thread of the generator's that mostly sleeps. One asks again only when it has its
    /// answer: there must be so many that those who wait are few.
    pub connections: u32,
    /// Questions per second, of all connections.
    pub per_second: f64,
    /// For so long.
    pub seconds: u32,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its answer.
    Answered,
    /// Refused, because more is asked than can be answered.
    Overloaded,
    /// Refused, because the caller or the tenant asks too often.
    Limited,
    /// Errors, another refusal, or no answer at all.
    Failed,
}

/// One question.
#[derive(Debug, Clone)]
pub struct Asked {
    /// When, seconds on a clock that all runs on this machine share.
    pub at: f64,
    /// Until its answer was there, milliseconds.
    pub ms: f64,
    /// HTTP status; 0 if there was none.
    pub status: u16,
    /// What it was.
    pub kind: Kind,
    /// Whether a refusal said when to come back.
    pub says_when: bool,
    /// Which tenant was asked, by its slug.
    pub tenant: String,
    /// The first code of an error in the answer; `-` if there is none.
    pub code: String,
}

/// POSTs bodies in turn, as [`load::post`] does, and returns what came of each, in order.
pub fn post(
    url: &str,
    bodies: &[(String, String, String)],
    pace: Pace,
) -> anyhow::Result<Vec<Asked>> {
    let dir = tempfile::tempdir()?;
    let (script, notes) = (dir.path().join("paced.lua"), dir.path().join("notes"));
    std::fs::create_dir(&notes)?;
    let mut text = load::requests(bodies);
    // Writing to a String does not fail.
    let _written = writeln!(
        text,
        "local period = {}\nlocal folder = '{}'",
        f64::from(pace.connections) / pace.per_second,
        notes.display()
    );
    text.push_str(include_str!("paced.lua"));
    std::fs::write(&script, text)?;
    let output = Command::new("wrk")
        .args(["--timeout", "20s"])
        .arg(format!("--threads={}", pace.connections))
        .arg(format!("--connections={}", pace.connections))
        .arg(format!("--duration={}s", pace.seconds))
        .arg("--script")
        .arg(&script)
        .arg(format!("{url}/graphql"))
        .output()
        .context("wrk (Debian: apt-get install wrk)")?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && errors.is_empty(),
        "wrk: {errors}"
    );
    let mut all = Vec::new();
    for file in std::fs::read_dir(&notes)? {
        let text = std::fs::read_to_string(file?.path())?;
        for line in text.lines() {
            all.push(note(line).with_context(|| format!("wrk noted {line:?}"))?);
        }
    }
    ensure!(!all.is_empty(), "wrk noted nothing");
    all.sort_by(|a: &Asked, b: &Asked| a.at.total_cmp(&b.at));
    Ok(all)
}

fn note(line: &str) -> Option<Asked> {
    let mut words = line.split(' ');
    Some(Asked {
        at: words.next()?.parse().ok()?,
        ms: words.next()?.parse().ok()?,
        status: words.next()?.parse().ok()?,
        kind: match words.next()? {
            "answered" => Kind::Answered,
            "overloaded" => Kind::Overloaded,
            "limited" => Kind::Limited,
            _ => Kind::Failed,
        },
        says_when: words.next()? == "1",
        tenant: words.next()?.to_owned(),
        code: words.next()?.to_owned(),
    })
}

/// How long the answered ones took, milliseconds: the time that so large a share of them stays below. 0 if there are none.
pub fn quantile<'a>(asked: impl IntoIterator<Item = &'a Asked>, share: f64) -> f64 {
    let answered = asked.into_iter().filter(|a| a.kind == Kind::Answered);
    let mut took: Vec<f64> = answered.map(|a| a.ms).collect();
    took.sort_by(f64::total_cmp);
    let last = took.len().saturating_sub(1) as f64;
    let at = (last * share).round() as usize;
    took.get(at).copied().unwrap_or_default()
}
