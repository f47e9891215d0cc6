//! A target's cycles in what happened to a ticket, each with the rule that judges it.
//!
//! While a cycle goes on it is judged by the rule that is for the ticket as it is by now, from its beginning on. Once it has
//! ended it keeps the rule that it ended by: what the ticket is called afterwards neither moves its end nor undoes it, and
//! what a reopening does to it is for that rule to say.

use events::sla_clock::Target;

use super::agreement::{Agreement, Kind, OnReopen, Rule};
use super::happened::{Happened, What};
use super::run::{answers, is_cut_by_answers, was_responded, within};
use super::stretch::{Stretch, cut_by_resets, first, stretches};

/// A rule, and the agreement that says it.
pub type Ruled<'a> = (&'a Agreement, &'a Rule);

/// One cycle.
#[derive(Debug, Clone, Copy)]
pub struct Cycle<'a> {
    /// What judges it.
    pub by: Ruled<'a>,
    /// What happened in it.
    pub stretch: Stretch<'a>,
}

/// The cycles, the first one first. `rule_of` tells which rule is for the ticket as it is right after something happened.
pub fn cycles<'a>(
    happened: &'a [Happened],
    rule_of: impl Fn(&Happened) -> Option<Ruled<'a>>,
) -> Vec<Cycle<'a>> {
    let rules: Vec<Option<Ruled<'a>>> = happened.iter().map(rule_of).collect();
    let Some(last) = rules.last().copied() else {
        return Vec::new();
    };
    // Mostly one rule is for the ticket all its life.
    if let (Some(by), true) = (last, rules.iter().all(|r| same(*r, last))) {
        let (agreement, rule) = by;
        let all = stretches(agreement.kind, &agreement.terms, rule, happened);
        return all.into_iter().flat_map(|s| of(by, s)).collect();
    }
    by_turns(happened, &rules)
}

/// The cycles that a stretch is: more than one where it began anew.
fn of<'a>(by: Ruled<'a>, stretch: Stretch<'a>) -> impl Iterator<Item = Cycle<'a>> {
    let parts = cut_by_resets(by.1, stretch).into_iter();
    parts.map(move |stretch| Cycle { by, stretch })
}

fn same(one: Option<Ruled<'_>>, other: Option<Ruled<'_>>) -> bool {
    match (one, other) {
        (Some((_, one)), Some((_, other))) => std::ptr::eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// The same where one rule follows the other.
fn by_turns<'a>(happened: &'a [Happened], rules: &[Option<Ruled<'a>>]) -> Vec<Cycle<'a>> {
    let mut out = Vec::new();
    let mut begin = 0;
    let mut next = 0;
    let mut before = None;
    while let Some((seen, by, stretch)) = ended(happened, rules, (begin, next), before) {
        let (agreement, rule) = by;
        if agreement.kind != Kind::Sla || rule.target == Target::NextUpdate {
            // What ended one may begin the next.
            let Some(stop) = stretch.stop.and_then(|stop| place(happened, stop)) else {
                return out;
            };
            let responded =
                agreement.kind != Kind::Sla && was_responded(agreement.kind, rule, &happened[stop]);
            out.extend(of(by, stretch));
            (begin, next, before) = (stop, stop + 1, None);
            if responded {
                // But a run has one first response, whatever rule is for the ticket by now.
                let Some((over, looked)) = run_over(happened, rules, stop) else {
                    return out;
                };
                (begin, next) = (over, looked);
            }
            continue;
        }
        let reopened = reopening(rule, happened, seen);
        let until = reopened.unwrap_or(happened.len());
        let done = || first(agreement.kind, rule, &happened[begin..until]);
        match (reopened, agreement.terms.on_reopen(rule)) {
            // It goes on, by whatever rule is for the ticket by now.
            (Some(again), OnReopen::Continue) => {
                (next, before) = (again, Some(by));
            }
            (Some(again), reopens) => {
                let cycle = done().map(|stretch| Stretch {
                    cancelled: stretch.cancelled || reopens == OnReopen::Reset,
                    ..stretch
                });
                out.extend(cycle.into_iter().flat_map(|stretch| of(by, stretch)));
                (begin, next, before) = (again, again, None);
            }
            (None, _) => {
                out.extend(done().into_iter().flat_map(|stretch| of(by, stretch)));
                return out;
            }
        }
    }
    if let Some(by) = rules.last().copied().flatten() {
        let (agreement, rule) = by;
        let open = first(agreement.kind, rule, &happened[begin..]);
        out.extend(open.into_iter().flat_map(|stretch| of(by, stretch)));
    }
    out
}

/// Where the cycle that begins at `begin` is first seen to have ended, from `next` on: by what rule, and what it was until
/// then. `before` is the rule that judged it last.
fn ended<'a>(
    happened: &'a [Happened],
    rules: &[Option<Ruled<'a>>],
    (begin, next): (usize, usize),
    before: Option<Ruled<'a>>,
) -> Option<(usize, Ruled<'a>, Stretch<'a>)> {
    let mut before = before;
    for (place, h) in happened.iter().enumerate().skip(next) {
        let Some(by) = rules.get(place).copied().flatten() else {
            // What happens while no rule is for the ticket is judged by the next one that is.
            before = None;
            continue;
        };
        let another = !same(before, Some(by));
        before = Some(by);
        let previous = place.checked_sub(1).filter(|p| *p >= begin);
        let previous = previous.and_then(|p| happened.get(p));
        if !another && !may_end(by, previous, h) {
            continue;
        }
        let stretch = first(by.0.kind, by.1, &happened[begin..=place]);
        if let Some(stretch) = stretch.filter(|s| s.stop.is_some()) {
            return Some((place, by, stretch));
        }
    }
    None
}

/// Where the run is over in which an answer was given, and where that is seen: by the rule that is for the ticket by then, in all
/// that happened since the answer.
fn run_over(
    happened: &[Happened],
    rules: &[Option<Ruled<'_>>],
    answer: usize,
) -> Option<(usize, usize)> {
    let mut before = None;
    for (seen, by) in rules.iter().copied().enumerate().skip(answer + 1) {
        let another = !same(before, by);
        before = by;
        let Some((agreement, rule)) = by else {
            continue;
        };
        let from = if another { answer + 1 } else { seen };
        let outside = |h: &Happened| !within(agreement.kind, rule, h);
        if let Some(ahead) = happened[from..=seen].iter().position(outside) {
            return Some((from + ahead, seen));
        }
    }
    None
}

/// Whether something may end a cycle by the rule that judged it before: whether it is worth a closer look.
fn may_end((agreement, rule): Ruled<'_>, previous: Option<&Happened>, h: &Happened) -> bool {
    if agreement.kind == Kind::Sla {
        return h.what == What::Answered || rule.ends(h);
    }
    let inside = |h: &Happened| within(agreement.kind, rule, h);
    let answered = is_cut_by_answers(rule.target) && answers(agreement.kind, h);
    answered || (previous.is_some_and(inside) && !inside(h))
}

/// Where a clock that ended goes on, or another begins; none while the ticket is as it was when the clock ended. A first
/// response does not come twice.
pub fn reopening(rule: &Rule, happened: &[Happened], ended: usize) -> Option<usize> {
    if rule.target == Target::FirstResponse {
        return None;
    }
    let later = happened.iter().skip(ended + 1);
    later
        .enumerate()
        .find_map(|(n, h)| (!rule.ends(h)).then_some(ended + 1 + n))
}

/// The place of something that happened: the very thing, not another like it.
pub fn place(happened: &[Happened], of: &Happened) -> Option<usize> {
    happened.iter().position(|h| std::ptr::eq(h, of))
}
