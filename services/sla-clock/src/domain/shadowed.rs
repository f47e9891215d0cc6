//! Whether agreements that come before one in the attach order leave it any ticket: what could never attach is refused when it
//! is written.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::AgreementId;

use super::agreement::{Agreement, Rule, Which};
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
    let mut looked_at = None;
    for at in instants {
        let in_force = book.in_force(at);
        let of_this = |a: &&Agreement| a.id == of.id && a.version == of.version;
        let place = in_force.iter().position(of_this);
        let Some(before) = place.and_then(|place| in_force.get(..place)) else {
            // Another version of it counts then, or it has ended.
            continue;
        };
        let which: Vec<(AgreementId, i32)> = before.iter().map(|a| (a.id, a.version)).collect();
        if looked_at.as_ref() == Some(&which) {
            continue;
        }
        looked_at = Some(which);
        let taken = Taken::by(before);
        // What cannot be decided is taken to be reached.
        left.retain(|i| taken.all_of(of, *i, &mut budget).unwrap_or_default());
        let first = left.first().and_then(|i| of.terms.rules.get(*i))?;
        for (name, _) in taken.0.get(&first.which()).into_iter().flatten() {
            if !by.contains(name) {
                by.push(Arc::clone(name));
            }
        }
    }
    left.first().map(|rule| Shadowed { rule: *rule, by })
}

/// The targets of agreements, by what they are told apart by, each with the name of its agreement.
struct Taken<'a>(HashMap<Which<'a>, Vec<(Arc<str>, &'a Rule)>>);

impl<'a> Taken<'a> {
    fn by(before: &[&'a Agreement]) -> Self {
        let mut all: HashMap<Which<'a>, Vec<(Arc<str>, &'a Rule)>> = HashMap::new();
        for agreement in before {
            for rule in &agreement.terms.rules {
                let of = all.entry(rule.which()).or_default();
                of.push((Arc::clone(&agreement.name), rule));
            }
        }
        Self(all)
    }

    /// Whether they leave a rule no ticket, with the rules before it in its own agreement.
    fn all_of(&self, of: &Agreement, rule: usize, budget: &mut Budget) -> Result<bool, TooComplex> {
        let Some(mine) = of.terms.rules.get(rule) else {
            return Ok(false);
        };
        let Some(others) = self.0.get(&mine.which()) else {
            return Ok(false);
        };
        let own = of.terms.rules.iter().take(rule);
        let own = own.filter(|r| r.which() == mine.which());
        let all: Vec<Condition> = others
            .iter()
            .map(|(_, r)| *r)
            .chain(own)
            .map(Rule::matching)
            .collect();
        budget.spend(all.len())?;
        let left = Condition::Not(Box::new(Condition::Any(all)));
        Ok(!satisfiable(&[&mine.matching(), &left], budget)?)
    }
}
