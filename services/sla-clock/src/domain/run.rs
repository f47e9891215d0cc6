//! Clocks between groups and with vendors: they live in runs.
//!
//! A run is an uninterrupted stretch in which a group or line holds the ticket, or a vendor is waited for, and nothing has ended
//! that. What is to be done by its end (a resolution, a target of the tenant's own) has one clock in each run. A first response
//! has one too, which the first answer stops: it does not begin again before the next run. A next update has one from each
//! answer to the next, or to the end of the run.

use events::sla_clock::Target;

use super::agreement::{Kind, Rule};
use super::happened::{Happened, What};
use super::stretch::Stretch;

/// Whether the ticket is in a run of the rule right after something happened.
pub fn within(kind: Kind, rule: &Rule, h: &Happened) -> bool {
    rule.lasts(kind, h) && !rule.ends(h)
}

/// Whether it is an answer of whom such an agreement binds: a vendor's own one where it binds a vendor, else one of the provider's
/// staff to the requester. What the staff write to the requester is no word of the vendor's, and the other way round.
pub fn answers(kind: Kind, h: &Happened) -> bool {
    let of = match kind {
        Kind::Supplier => What::VendorAnswered,
        Kind::Sla | Kind::Ola => What::Answered,
    };
    h.what == of
}

/// Whether an answer cuts a clock of such a target.
pub const fn is_cut_by_answers(target: Target) -> bool {
    matches!(target, Target::FirstResponse | Target::NextUpdate)
}

/// The cycles of a rule's clock in what happened to a ticket, the first one first.
pub fn in_runs<'a>(kind: Kind, rule: &Rule, happened: &'a [Happened]) -> Vec<Stretch<'a>> {
    let mut out = Vec::new();
    let mut from = 0;
    while let Some((first, end)) = run(kind, rule, happened, from) {
        out.extend(of_run(kind, rule, happened, (first, end)));
        from = end;
    }
    out
}

/// The first of them.
pub fn first_in_runs<'a>(kind: Kind, rule: &Rule, happened: &'a [Happened]) -> Option<Stretch<'a>> {
    let mut from = 0;
    while let Some((first, end)) = run(kind, rule, happened, from) {
        let of_run = of_run(kind, rule, happened, (first, end));
        if let Some(stretch) = of_run.into_iter().next() {
            return Some(stretch);
        }
        from = end;
    }
    None
}

/// Whether what stopped a clock was the first response in a run that goes on: such a run has no other.
pub fn was_responded(kind: Kind, rule: &Rule, stop: &Happened) -> bool {
    rule.target == Target::FirstResponse && within(kind, rule, stop)
}

/// From where on the next clock may begin, behind one that stopped there. What stopped it may begin the next; behind a first
/// response that was given, the end of the run.
pub fn goes_on(kind: Kind, rule: &Rule, happened: &[Happened], stop: usize) -> Option<usize> {
    let by = happened.get(stop)?;
    if !was_responded(kind, rule, by) {
        return Some(stop);
    }
    let mut later = happened.iter().enumerate().skip(stop);
    let over = later.find(|(_, h)| !within(kind, rule, h));
    over.map(|(place, _)| place)
}

/// The first run from a place on: where it begins, and the place where it ends.
fn run(kind: Kind, rule: &Rule, happened: &[Happened], from: usize) -> Option<(usize, usize)> {
    let inside = |h: &Happened| within(kind, rule, h);
    let first = from + happened.iter().skip(from).position(inside)?;
    let length = happened[first..].iter().take_while(|h| inside(h)).count();
    Some((first, first + length))
}

/// The clocks of one run.
fn of_run<'a>(
    kind: Kind,
    rule: &Rule,
    happened: &'a [Happened],
    (first, end): (usize, usize),
) -> Vec<Stretch<'a>> {
    let between = |from: usize, to: usize| {
        let stop = happened.get(to);
        Stretch {
            happened: &happened[from..(to + 1).min(happened.len())],
            stop,
            cancelled: stop.is_some_and(|h| rule.cancels(h)),
        }
    };
    let answered: Vec<usize> = (first..end)
        .filter(|place| answers(kind, &happened[*place]))
        .collect();
    match rule.target {
        Target::FirstResponse => {
            vec![between(first, answered.first().copied().unwrap_or(end))]
        }
        Target::NextUpdate => {
            let ends = answered.iter().copied().skip(1).chain([end]);
            let all = answered.iter().copied().zip(ends);
            all.map(|(from, to)| between(from, to)).collect()
        }
        _ => vec![between(first, end)],
    }
}
