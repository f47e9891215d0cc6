//! Whether agreements that come before one in the attach order leave it any ticket: what could never attach is refused when it
//! is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::agreement::{Agreement, Rule};
use super::condition::Condition;
use super::problem::Problem;
use super::rulebook::Rulebook;
use super::satisfiable::{Budget, TooComplex, satisfiable};

/// A target that no ticket attaches to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// Its place in the list of targets, the first is 0.
    pub rule: usize,
    /// The agreements that take its tickets, in attach order.
    pub by: Vec<Arc<str>>,
}

impl From<Shadowed> for Problem {
    fn from(shadowed: Shadowed) -> Self {
        let names: Vec<String> = shadowed.by.iter().map(|name| format!("«{name}»")).collect();
        Self::at(
            format!("targets.{}", shadowed.rule),
            "NEVER_ATTACHES",
            format!(
                "Ningún caso llega a este objetivo: {} va antes y los toma todos. Póngalo delante (position), o archive antes lo otro.",
                names.join(", ")
            ),
        )
    }
}

/// The first target of a version of an agreement, which is in the book, that no ticket can attach to: of those that are opened
/// from its validity on, be that in the past (imports are judged by it), now or later. Between two instants at which some
/// agreement comes to be or ends, nothing changes, so the instants themselves are looked at. What cannot be decided is no reason.
pub fn shadowed(book: &Rulebook, of: &Agreement, now: DateTime<Utc>) -> Option<Shadowed> {
    let turns = book
        .agreements
        .iter()
        .flat_map(|a| [Some(a.valid_from), a.archived_at]);
    let later = turns.flatten().filter(|at| *at > of.valid_from);
    let mut instants: BTreeSet<DateTime<Utc>> = later.collect();
    instants.extend([of.valid_from, of.valid_from.max(now)]);
    let mut budget = Budget::default();
    let mut left: Vec<usize> = (0..of.terms.rules.len()).collect();
    let mut by: Vec<Arc<str>> = Vec::new();
    for at in instants {
        let in_force = book.in_force(at);
        let place = in_force
            .iter()
            .position(|a| a.id == of.id && a.version == of.version);
        let Some(before) = place.and_then(|place| in_force.get(..place)) else {
            // Another version of it counts then, or it has ended.
            continue;
        };
        // What cannot be decided is taken to be reached.
        left.retain(|i| takes_none(of, *i, before, &mut budget).unwrap_or_default());
        let which = left
            .first()
            .and_then(|i| of.terms.rules.get(*i))
            .map(Rule::which);
        let in_the_way = before
            .iter()
            .filter(|a| a.terms.rules.iter().any(|r| Some(r.which()) == which));
        for agreement in in_the_way {
            if !by.contains(&agreement.name) {
                by.push(agreement.name.clone());
            }
        }
        if left.is_empty() {
            return None;
        }
    }
    left.first().map(|rule| Shadowed { rule: *rule, by })
}

/// Whether those before it take every ticket that a rule is for, with the rules before it in its own agreement.
fn takes_none(
    of: &Agreement,
    rule: usize,
    before: &[&Agreement],
    budget: &mut Budget,
) -> Result<bool, TooComplex> {
    let Some(mine) = of.terms.rules.get(rule) else {
        return Ok(false);
    };
    let others = before.iter().flat_map(|a| a.terms.rules.iter());
    let mut others = others.filter(|r| r.which() == mine.which()).peekable();
    if others.peek().is_none() {
        return Ok(false);
    }
    let own = of
        .terms
        .rules
        .iter()
        .take(rule)
        .filter(|r| r.which() == mine.which());
    let taken = Condition::Any(others.chain(own).map(Rule::matching).collect());
    let left = Condition::Not(Box::new(taken));
    Ok(!satisfiable(&[&mine.matching(), &left], budget)?)
}
