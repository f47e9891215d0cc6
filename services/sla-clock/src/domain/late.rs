//! What is heard of a ticket late, and the results that were told before.
//!
//! While a ticket is not closed, whatever is heard of it late counts as if it had come in time. Once it is closed, its results
//! are reported and paid by: what is heard from then on of the time before (a backfilled row, a delayed channel, who it was that
//! asked) changes no result that was told. The clock shows what it would come to, and somebody who may adopts it, with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use events::intake::TicketState;
use events::sla_clock::ClockState;
use ids::{ClockId, TicketId};
use sha2::{Digest as _, Sha256};

use super::agreement::Which;
use super::clock::{Reading, Readings, read_kept};
use super::course::Story;
use super::happened::{Happened, Held, with_holders};
use super::kept::{Change, Kept};
use super::relations::Family;
use super::requester::{Known, note};
use super::rulebook::Rulebook;

/// What happened to a ticket, in order: as far as it is known by now, and as it was known before each late batch.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// All of it.
    pub all: Vec<Happened>,
    /// The last version of the ticket that was heard of.
    pub version: i64,
    /// Of what earlier states are made.
    told: Told,
    /// What was told of whoever asked, in order of time; as much of it as was known is noted in each state.
    asked: Vec<Known>,
    /// What was known before the first late batch, before the second one, and so on. Mostly empty. Each is made when it is
    /// first asked for, and then shared: few of many batches have a result that stands by them.
    before: Vec<OnceLock<Vec<Happened>>>,
}

/// What was told; kept only where something came late.
#[derive(Debug, Clone, Default)]
enum Told {
    /// Nothing came late.
    #[default]
    InTime,
    /// Of the ticket alone: by intake, without who held it, and by routing.
    Alone(Vec<Happened>, Vec<Held>),
    /// Of tickets that hang together, and which of them it is.
    Together(Arc<Family>, TicketId),
}

fn of_batches(late: Option<i32>) -> Vec<OnceLock<Vec<Happened>>> {
    let batches = usize::try_from(late.unwrap_or_default()).unwrap_or_default();
    vec![OnceLock::new(); batches]
}

impl Heard {
    /// Joins what intake and what routing told.
    pub fn of(facts: Vec<Happened>, held: &[Held]) -> Self {
        let of_facts = facts.iter().map(|h| h.late);
        let last = of_facts.chain(held.iter().map(|h| h.late)).max();
        let version = facts.iter().map(|h| h.version).max();
        let before = of_batches(last);
        let told = if before.is_empty() {
            Told::InTime
        } else {
            Told::Alone(facts.clone(), held.to_vec())
        };
        let mut all = facts;
        with_holders(&mut all, held);
        Self {
            all,
            version: version.unwrap_or_default(),
            told,
            asked: Vec::new(),
            before,
        }
    }

    /// Of a ticket that hangs together with others: `last` is the last late batch, `version` the ticket's last.
    pub fn together(family: &Arc<Family>, ticket: TicketId, last: i32, version: i64) -> Self {
        let before = of_batches(Some(last));
        Self {
            all: family.story(ticket, last),
            version,
            told: Told::Together(family.clone(), ticket),
            asked: Vec::new(),
            before,
        }
    }

    /// The last late batch; 0 if there was none.
    pub fn last(&self) -> i32 {
        i32::try_from(self.before.len()).unwrap_or(i32::MAX)
    }

    /// What was known once that batch was.
    pub fn by(&self, late: i32) -> Story<'_> {
        let before = usize::try_from(late).ok().and_then(|n| self.before.get(n));
        let known = before.map(|before| before.get_or_init(|| self.known_by(late)));
        Story::of(known.unwrap_or(&self.all))
    }

    fn known_by(&self, late: i32) -> Vec<Happened> {
        let mut known = match &self.told {
            Told::InTime => self.all.clone(),
            Told::Alone(facts, held) => {
                let facts = facts.iter().filter(|h| h.late <= late);
                let held = held.iter().filter(|h| h.late <= late);
                let mut known: Vec<Happened> = facts.cloned().collect();
                with_holders(&mut known, &held.copied().collect::<Vec<_>>());
                known
            }
            Told::Together(family, ticket) => family.story(*ticket, late),
        };
        note(&mut known, &self.asked, late);
        known
    }

    /// How many of the earlier states were made: what looking at the ticket took, however many late batches it has.
    pub fn made(&self) -> usize {
        let made = self.before.iter().filter(|before| before.get().is_some());
        made.count()
    }

    /// Tells who asked, in order of time. What came when the ticket was closed makes late batches of its own.
    pub fn set_requester(&mut self, told: Vec<Known>) {
        let batches = told.iter().map(|w| w.late).max().unwrap_or_default();
        let batches = usize::try_from(batches).unwrap_or_default();
        let before = batches.max(self.before.len());
        // What was made of earlier states knew nobody who asked.
        self.before = vec![OnceLock::new(); before];
        self.asked = told;
        let last = self.last();
        note(&mut self.all, &self.asked, last);
    }
}

/// Reads every clock of a ticket: results that were told, by what was known then; all else by what is known now.
pub fn read_told(book: &Rulebook, heard: &Heard, kept: &[Kept], as_of: DateTime<Utc>) -> Readings {
    let last = heard.last();
    let by = |late: i32| {
        let mut readings = read_kept(book, heard.by(late), kept, as_of);
        for reading in &mut readings.of {
            reading.late = late;
        }
        readings
    };
    let now = by(last);
    if last == 0 {
        return now;
    }
    let mut results: Vec<&Kept> = kept.iter().filter(|k| k.stopped_at.is_some()).collect();
    results.sort_by_key(|k| k.cycle);
    let earlier = results.iter().map(|k| k.late).filter(|late| *late < last);
    // Once for each batch, however many results stand by it.
    let earlier: BTreeSet<i32> = earlier.collect();
    let mut readings: BTreeMap<i32, Readings> =
        earlier.into_iter().map(|late| (late, by(late))).collect();
    let mut out = Readings {
        of: Vec::new(),
        failed: now.failed.clone(),
    };
    readings.insert(last, now);
    let computed = |which: &Which<'_>| out.failed.iter().all(|f| f.which() != *which);
    let targets: Vec<Which<'_>> = book.targets().into_iter().filter(computed).collect();
    for which in targets {
        let told = results.iter().filter(|k| k.which() == which);
        let told = told.filter_map(|k| {
            let then = readings.get(&k.late.min(last))?;
            let same = |r: &&Reading| k.is_of(r) && k.stopped_at == r.stopped_at;
            then.of.iter().find(same)
        });
        let told: Vec<&Reading> = told.collect();
        // What follows a result is cut as the result is; where all results are cut alike by what is known now, by that.
        let alike = |t: &&Reading| {
            let now = readings.get(&last).into_iter().flat_map(|all| &all.of);
            let mut same = now.filter(|r| r.key() == t.key());
            same.any(|r| r.stopped_at == t.stopped_at)
        };
        let rest = match told.last() {
            Some(result) if !told.iter().all(alike) => result.late,
            _ => last,
        };
        let of_rest = readings.get(&rest).into_iter().flat_map(|all| &all.of);
        let of_rest = of_rest
            .filter(|r| (r.target, r.code.as_str()) == which)
            .filter(|r| told.iter().all(|t| t.cycle != r.cycle));
        let mut all: Vec<Reading> = of_rest.chain(told.iter().copied()).cloned().collect();
        all.sort_by_key(|r| r.cycle);
        out.of.extend(all);
    }
    let without = |late: i32| match readings.get(&late) {
        Some(then) => then.of.clone(),
        None => by(late).of,
    };
    unattached(&mut out.of, heard, kept, without);
    out
}

/// A ticket that was closed without a clock was reported without it. What makes one of what was heard since is a result like any
/// other: it does not count until somebody adopts it. Such a clock is told as cancelled from its beginning on, so that it can be
/// seen and corrected; one that was told as cancelled stays so.
fn unattached(
    readings: &mut Vec<Reading>,
    heard: &Heard,
    kept: &[Kept],
    by: impl Fn(i32) -> Vec<Reading>,
) {
    let own = heard.all.iter().filter(|h| h.related.of.is_none());
    let closings = own.filter(|h| h.state == TicketState::Closed && h.late == 0);
    let Some(closed) = closings.map(|h| h.at).max() else {
        return;
    };
    let mut then: BTreeMap<i32, Vec<Reading>> = BTreeMap::new();
    readings.retain_mut(|reading| {
        let known = kept.iter().find(|k| k.is_of(reading));
        let late = match known {
            Some(clock) if clock.state != ClockState::Cancelled => return true,
            Some(clock) => clock.late,
            None => 0,
        };
        let reported = reading.stopped_at.is_some_and(|stop| stop <= closed);
        if !reported || reading.state == ClockState::Cancelled || late >= heard.last() {
            return true;
        }
        let then = then.entry(late).or_insert_with(|| by(late));
        // A correction counts the cycles anew: what was told of one can be another's now.
        let same = |r: &Reading| {
            let spans = (r.started_at, r.stopped_at) == (reading.started_at, reading.stopped_at);
            r.key() == reading.key()
                || (spans && (r.target, &r.code) == (reading.target, &reading.code))
        };
        if then.iter().any(same) {
            return true;
        }
        if known.is_none() {
            reading.never_was(late);
        }
        known.is_none()
    });
}

/// What a result that was told would come to by all that is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// As it would read; absent if its cycle never was.
    pub would_be: Option<Reading>,
    /// The clock as it would be told, with what had fired of it and the timers that it would want.
    pub change: Change,
}

impl Proposal {
    /// Names what somebody has before their eyes: once more is heard, or it would come to something else, the name is another.
    pub fn seen(&self) -> String {
        let after = &self.change.clock;
        let of = serde_json::json!([after.late, after.snapshot(), after.paused_since]);
        let digest = Sha256::digest(of.to_string());
        let mut text = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// What somebody may correct each of a ticket's clocks to; those of which there is nothing to correct are not there. Where
/// several results were judged by the same book, it is read once for all of them.
pub fn proposals(book: &Rulebook, heard: &Heard, kept: &[Kept]) -> BTreeMap<ClockId, Proposal> {
    let last = heard.last();
    let mut out = BTreeMap::new();
    let Some(as_of) = heard.all.last().map(|h| h.at) else {
        return out;
    };
    let mut by_book: BTreeMap<i64, Readings> = BTreeMap::new();
    let told = kept.iter().filter(|k| k.stopped_at.is_some());
    for clock in told.filter(|k| k.late < last) {
        let version = clock.judged_by(book.version);
        let readings = by_book
            .entry(version)
            .or_insert_with(|| read_kept(&book.at(version), heard.by(last), kept, as_of));
        if readings.misses(clock) {
            continue;
        }
        let found = readings.of.iter().find(|r| clock.is_of(r)).cloned();
        let would_be = found.map(|r| Reading { late: last, ..r });
        let same = match &would_be {
            Some(reading) => clock.reads(reading),
            None => clock.state == ClockState::Cancelled,
        };
        if !same {
            let all = (&readings.of[..], kept);
            let change = clock.corrected(would_be.as_ref(), all, &heard.all, last);
            out.insert(clock.id, Proposal { would_be, change });
        }
    }
    out
}
