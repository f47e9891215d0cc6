//! A clock's life cut into cycles: where each begins, and what stops it.

use events::intake::TicketState;
use events::sla_clock::Target;

use super::agreement::{Kind, OnReopen, Rule, Terms};
use super::happened::{Happened, What};
use super::run::{first_in_runs, in_runs};

/// One cycle: what happened in it, what stops it, and whether that cancels it.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// From what began it on. Never empty.
    pub happened: &'a [Happened],
    /// What stopped it.
    pub stop: Option<&'a Happened>,
    /// It no longer applies.
    pub cancelled: bool,
}

/// The cycles of a rule's clock in what happened to a ticket, the first one first.
pub fn stretches<'a>(
    kind: Kind,
    terms: &Terms,
    rule: &Rule,
    happened: &'a [Happened],
) -> Vec<Stretch<'a>> {
    if kind != Kind::Sla {
        return in_runs(kind, rule, happened);
    }
    match (rule.target, terms.on_reopen(rule)) {
        (Target::FirstResponse, _) => response(rule, happened).into_iter().collect(),
        (Target::NextUpdate, _) => updates(rule, happened),
        (_, OnReopen::Continue) => whole(rule, happened).into_iter().collect(),
        (_, OnReopen::NewCycle) => between_reopenings(rule, happened)
            .filter_map(|cycle| whole(rule, cycle))
            .collect(),
        (_, OnReopen::Reset) => {
            let all = between_reopenings(rule, happened).filter_map(|cycle| whole(rule, cycle));
            let mut all: Vec<Stretch<'a>> = all.collect();
            let before = all.len().saturating_sub(1);
            all[..before].iter_mut().for_each(|s| s.cancelled = true);
            all
        }
    }
}

/// What a stretch is cut into by its rule's reset: wherever that begins to hold before the end, what went on until there is
/// given up, and another begins.
pub fn cut_by_resets<'a>(rule: &Rule, whole: Stretch<'a>) -> Vec<Stretch<'a>> {
    let Stretch { happened, stop, .. } = whole;
    let is_stop = |h: &Happened| stop.is_some_and(|stop| std::ptr::eq(stop, h));
    let end = happened.iter().position(is_stop).unwrap_or(happened.len());
    let mut out = Vec::new();
    let mut from = 0;
    for (place, pair) in happened[..end].windows(2).enumerate() {
        let [before, anew] = pair else { continue };
        if rule.resets(before) || !rule.resets(anew) {
            continue;
        }
        // What begins anew at the instant at which it began has begun once.
        if happened[from].at < anew.at {
            out.push(Stretch {
                happened: &happened[from..=place + 1],
                stop: Some(anew),
                cancelled: true,
            });
        }
        from = place + 1;
    }
    out.push(Stretch {
        happened: &happened[from..],
        ..whole
    });
    out
}

/// The first cycle, as if no reopening began another: what goes on, or ends for the first time, at the last of what happened.
pub fn first<'a>(kind: Kind, rule: &Rule, happened: &'a [Happened]) -> Option<Stretch<'a>> {
    if kind != Kind::Sla {
        return first_in_runs(kind, rule, happened);
    }
    match rule.target {
        Target::FirstResponse => response(rule, happened),
        Target::NextUpdate => update(rule, happened, 0).map(|(stretch, _)| stretch),
        _ => whole(rule, happened),
    }
}

fn between_reopenings<'a>(
    rule: &Rule,
    happened: &'a [Happened],
) -> impl Iterator<Item = &'a [Happened]> {
    happened.chunk_by(|before, after| !rule.ends(before) || rule.ends(after))
}

/// From where the rule lets it begin.
fn begun<'a>(rule: &Rule, happened: &'a [Happened]) -> Option<&'a [Happened]> {
    let first = happened.iter().position(|h| rule.starts(h))?;
    happened.get(first..)
}

/// Stops where its last uninterrupted run of what ends it begins.
fn whole<'a>(rule: &Rule, happened: &'a [Happened]) -> Option<Stretch<'a>> {
    let begun = begun(rule, happened)?;
    let ended = begun
        .iter()
        .rposition(|h| !rule.ends(h))
        .map_or(0, |i| i + 1);
    // A ticket that is withdrawn after it was solved takes its clock along. What else a rule's condition cancels, it cancels
    // where the end is reached, or not at all: a result is not judged anew by what the ticket is called later.
    let withdrawn = |h: &&Happened| h.state == TicketState::Cancelled;
    let judged = begun.last().filter(withdrawn);
    let judged = judged.or(begun.get(ended).filter(|h| !withdrawn(h)));
    Some(Stretch {
        happened: begun,
        stop: begun.get(ended),
        cancelled: judged.is_some_and(|h| rule.cancels(h)),
    })
}

/// Stops at the first public answer, or at the first end, for good.
fn response<'a>(rule: &Rule, happened: &'a [Happened]) -> Option<Stretch<'a>> {
    let begun = begun(rule, happened)?;
    let ends = |h: &Happened| h.what == What::Answered || rule.ends(h);
    let ended = begun.iter().position(ends).unwrap_or(begun.len());
    let stop = begun.get(ended);
    Some(Stretch {
        happened: begun,
        stop,
        cancelled: stop.is_some_and(|h| rule.cancels(h)),
    })
}

/// Each public answer to a ticket that goes on begins one; the next answer, or the end, stops it.
fn updates<'a>(rule: &Rule, happened: &'a [Happened]) -> Vec<Stretch<'a>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some((stretch, begun)) = update(rule, happened, from) {
        out.push(stretch);
        from = begun + 1;
    }
    out
}

/// The first such answer's from a place on, and the place where it begins.
fn update<'a>(rule: &Rule, happened: &'a [Happened], from: usize) -> Option<(Stretch<'a>, usize)> {
    let begins = |h: &Happened| h.what == What::Answered && !rule.ends(h) && rule.starts(h);
    let ahead = happened.iter().skip(from).position(begins)?;
    let first = from + ahead;
    let begun = &happened[first..];
    let ends = |h: &Happened| h.what == What::Answered || rule.ends(h);
    let ended = begun.iter().skip(1).position(ends).map(|n| n + 1);
    let stop = ended.and_then(|n| begun.get(n));
    let own = &begun[..ended.map_or(begun.len(), |n| n + 1)];
    let stretch = Stretch {
        happened: own,
        stop,
        cancelled: stop.is_some_and(|h| h.what != What::Answered && rule.cancels(h)),
    };
    Some((stretch, first))
}
