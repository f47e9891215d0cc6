//! What is heard of a ticket late, and the results that were told before.
//!
//! While a ticket is not closed, whatever is heard of it late counts as if it had come in time. Once it is closed, its results
//! are reported and paid by: what is heard from then on of the time before (a backfilled row, a delayed channel) changes no
//! result that was told. The clock shows what it would come to, and somebody who may adopts it, with a reason.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::agreement::Which;
use super::clock::{Reading, Readings, read_kept};
use super::course::Story;
use super::happened::{Happened, Held, with_holders};
use super::kept::Kept;
use super::rulebook::Rulebook;

/// What happened to a ticket, in order: as far as it is known by now, and as it was known before each late batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// All of it.
    pub all: Vec<Happened>,
    /// What was known before the first late batch, before the second one, and so on. Mostly empty.
    pub before: Vec<Vec<Happened>>,
}

impl Heard {
    /// Joins what intake and what routing told.
    pub fn of(facts: Vec<Happened>, held: &[Held]) -> Self {
        let of_facts = facts.iter().map(|h| h.late);
        let last = of_facts.chain(held.iter().map(|h| h.late)).max();
        let up_to = |late: i32| {
            let facts = facts.iter().filter(|h| h.late <= late);
            let held = held.iter().filter(|h| h.late <= late);
            let mut known: Vec<Happened> = facts.cloned().collect();
            with_holders(&mut known, &held.copied().collect::<Vec<_>>());
            known
        };
        let before = (0..last.unwrap_or_default()).map(up_to).collect();
        let mut all = facts;
        with_holders(&mut all, held);
        Self { all, before }
    }

    /// The last late batch; 0 if there was none.
    pub fn last(&self) -> i32 {
        i32::try_from(self.before.len()).unwrap_or(i32::MAX)
    }

    /// What was known once that batch was.
    pub fn by(&self, late: i32) -> Story<'_> {
        let before = usize::try_from(late).ok().and_then(|n| self.before.get(n));
        Story::of(before.unwrap_or(&self.all))
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
    let mut readings: BTreeMap<i32, Readings> = earlier.map(|late| (late, by(late))).collect();
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
        // What follows a result is cut as the result is.
        let rest = told.last().map_or(last, |r| r.late);
        let of_rest = readings.get(&rest).into_iter().flat_map(|all| &all.of);
        let of_rest = of_rest
            .filter(|r| (r.target, r.code.as_str()) == which)
            .filter(|r| told.iter().all(|t| t.cycle != r.cycle));
        let mut all: Vec<Reading> = of_rest.chain(told.iter().copied()).cloned().collect();
        all.sort_by_key(|r| r.cycle);
        out.of.extend(all);
    }
    out
}

/// What a result that was told would come to by all that is known now: none, if to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// As it would read; absent if its cycle never was.
    pub would_be: Option<Reading>,
}

/// What somebody may correct a clock to; none if there is nothing to correct.
pub fn proposal(book: &Rulebook, heard: &Heard, kept: &[Kept], clock: &Kept) -> Option<Proposal> {
    let last = heard.last();
    if clock.stopped_at.is_none() || clock.late >= last {
        return None;
    }
    let judged = book.at(clock.judged_by(book.version));
    let as_of = heard.all.last()?.at;
    let readings = read_kept(&judged, heard.by(last), kept, as_of);
    if readings.misses(clock) {
        return None;
    }
    let mut found = readings.of.into_iter().filter(|r| clock.is_of(r));
    let would_be = found.next().map(|r| Reading { late: last, ..r });
    let same = would_be.as_ref().is_some_and(|r| clock.reads(r));
    (!same).then_some(Proposal { would_be })
}
