//! Whether conditions can hold at all, decided over everything that a ticket can be.
//!
//! Kinds, states, priorities, lines and flags (major, VIP, restored) have few values each; of ids only those that are named tell
//! anything apart, and all others are one value. Values that no leaf tells apart are tried once. A vendor is waited for in one
//! state alone.

use std::collections::{BTreeMap, BTreeSet};

use events::Word as _;
use events::intake::{Priority, TicketKind, TicketState};
use ids::VendorId;

use super::condition::{Condition, Field, words};

/// Comparisons before the question is given up, for all the rules of an agreement together: some tenths of a second, and far
/// more than conditions that somebody can read need.
const MOST_LOOKS: usize = 2_000_000;

/// The conditions are too many and too different to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooComplex;

/// How much may still be looked at: whoever writes an agreement must not occupy a processor that others need.
#[derive(Debug)]
pub struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MOST_LOOKS)
    }
}

impl Budget {
    pub(super) fn spend(&mut self, looks: usize) -> Result<(), TooComplex> {
        self.0 = self.0.checked_sub(looks).ok_or(TooComplex)?;
        Ok(())
    }
}

/// Whether some ticket meets all of these at once.
///
/// # Errors
/// [`TooComplex`] when the budget is spent.
pub fn satisfiable(all: &[&Condition], budget: &mut Budget) -> Result<bool, TooComplex> {
    let mut leaves = Vec::new();
    let mut asked: Vec<Asked> = all.iter().map(|c| Asked::of(c, &mut leaves)).collect();
    let vendors = vendors(all);
    if !vendors.is_empty() {
        let waits = Condition::State(vec![TicketState::WaitingForVendor]);
        let nobody = Condition::Not(Box::new(Condition::Vendor(vendors)));
        asked.push(Asked::of(&Condition::Any(vec![waits, nobody]), &mut leaves));
    }
    let mut fields = Vec::new();
    for field in Field::ALL {
        let lists: Vec<&BTreeSet<String>> = leaves
            .iter()
            .filter(|(of, _)| *of == field)
            .map(|(_, words)| words)
            .collect();
        if !lists.is_empty() {
            fields.push((field, values(field, &lists, budget)?));
        }
    }
    search(&asked, &leaves, &fields, &mut BTreeMap::new(), budget)
}

/// The vendors that are named anywhere.
fn vendors(all: &[&Condition]) -> Vec<VendorId> {
    let mut named = Vec::new();
    let mut left: Vec<&Condition> = all.to_vec();
    while let Some(condition) = left.pop() {
        if let Condition::Vendor(of) = condition {
            named.extend(of);
        }
        left.extend(condition.branches());
    }
    named
}

type Leaf = (Field, BTreeSet<String>);

/// A condition with its leaves' words at hand.
enum Asked {
    All(Vec<Asked>),
    Any(Vec<Asked>),
    Not(Box<Asked>),
    /// The place of the leaf.
    Leaf(usize),
}

impl Asked {
    fn of(condition: &Condition, leaves: &mut Vec<Leaf>) -> Self {
        match condition {
            Condition::All(of) => Self::All(of.iter().map(|c| Self::of(c, leaves)).collect()),
            Condition::Any(of) => Self::Any(of.iter().map(|c| Self::of(c, leaves)).collect()),
            Condition::Not(inner) => Self::Not(Box::new(Self::of(inner, leaves))),
            leaf => {
                leaves.extend(
                    leaf.leaf()
                        .map(|(field, of)| (field, of.into_iter().collect())),
                );
                Self::Leaf(leaves.len() - 1)
            }
        }
    }
}

/// One value of each sort that the leaves tell apart.
fn values(
    field: Field,
    lists: &[&BTreeSet<String>],
    budget: &mut Budget,
) -> Result<Vec<String>, TooComplex> {
    let mut all: BTreeSet<String> = lists.iter().flat_map(|l| l.iter().cloned()).collect();
    match field {
        Field::Kind => all.extend(words(TicketKind::ALL)),
        Field::State => all.extend(words(TicketState::ALL)),
        Field::Priority => all.extend(words(Priority::ALL)),
        Field::Line => all.extend(["", "1", "2", "3"].map(str::to_owned)),
        Field::Major | Field::Vip | Field::Restored => {
            all.extend(["true", "false"].map(str::to_owned));
        }
        // None, or one that nobody names.
        Field::Category | Field::Application | Field::Group | Field::Vendor => {
            all.extend([String::new()]);
        }
    }
    budget.spend(all.len() * lists.len())?;
    let mut seen = BTreeSet::new();
    Ok(all
        .into_iter()
        .filter(|value| seen.insert(lists.iter().map(|l| l.contains(value)).collect::<Vec<_>>()))
        .collect())
}

fn search(
    all: &[Asked],
    leaves: &[Leaf],
    fields: &[(Field, Vec<String>)],
    known: &mut BTreeMap<Field, String>,
    budget: &mut Budget,
) -> Result<bool, TooComplex> {
    budget.spend(1)?;
    let mut certain = true;
    for asked in all {
        match judge(asked, leaves, known, budget)? {
            Some(false) => return Ok(false),
            Some(true) => {}
            None => certain = false,
        }
    }
    let Some(((field, values), rest)) = fields.split_first() else {
        return Ok(true);
    };
    if certain {
        return Ok(true);
    }
    for value in values {
        known.insert(*field, value.clone());
        let found = search(all, leaves, rest, known, budget)?;
        known.remove(field);
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a condition comes to as far as is known: none if that is not enough.
fn judge(
    asked: &Asked,
    leaves: &[Leaf],
    known: &BTreeMap<Field, String>,
    budget: &mut Budget,
) -> Result<Option<bool>, TooComplex> {
    // What one branch alone decides: a false one an "all", a true one an "any".
    let (branches, decides) = match asked {
        Asked::All(of) => (of, false),
        Asked::Any(of) => (of, true),
        Asked::Not(inner) => return Ok(judge(inner, leaves, known, budget)?.map(|v| !v)),
        Asked::Leaf(place) => {
            budget.spend(1)?;
            let leaf = leaves.get(*place);
            return Ok(leaf.and_then(|(field, of)| Some(of.contains(known.get(field)?))));
        }
    };
    let mut verdict = Some(!decides);
    for branch in branches {
        match judge(branch, leaves, known, budget)? {
            Some(is) if is == decides => return Ok(Some(decides)),
            Some(_) => {}
            None => verdict = None,
        }
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Condition::{All, Any, Line, Major, Not, Priority as Prio, State};

    fn can(all: &[Condition]) -> bool {
        satisfiable(&all.iter().collect::<Vec<_>>(), &mut Budget::default()).unwrap()
    }

    #[test]
    fn what_excludes_itself_cannot_hold() {
        let waiting = State(vec![TicketState::WaitingForVendor]);
        let done = State(vec![TicketState::Resolved, TicketState::Closed]);
        assert!(can(&[]));
        assert!(can(&[waiting.clone(), Not(Box::new(done.clone()))]));
        assert!(!can(&[waiting.clone(), done.clone()]));
        assert!(!can(&[Any(vec![])]) && can(&[All(vec![])]));
        // Every priority excluded, one by one.
        let one = |p: &Priority| Not(Box::new(Prio(vec![*p])));
        let none: Vec<_> = Priority::ALL.iter().map(one).collect();
        assert!(!can(&none) && can(&none[1..]));
        // Held by nobody is no line; a flag has two values.
        assert!(can(&[Not(Box::new(Line(vec![1, 2, 3])))]));
        assert!(!can(&[
            Not(Box::new(Major(true))),
            Not(Box::new(Major(false)))
        ]));
        assert!(can(&[Condition::Vip(true), Not(Box::new(Major(true)))]));
        assert!(!can(&[Condition::Vip(true), Condition::Vip(false)]));
        // A group that is not named is always left.
        let ids = ids::seeded(4);
        let group = ids::GroupId::new(&*ids);
        assert!(can(&[
            Not(Box::new(Condition::Group(vec![group]))),
            waiting
        ]));
        assert!(!can(&[
            Condition::Group(vec![group]),
            Not(Box::new(Condition::Group(vec![group])))
        ]));
    }

    #[test]
    fn a_vendor_is_waited_for_in_one_state_alone() {
        let ids = ids::seeded(5);
        let (one, other) = (VendorId::new(&*ids), VendorId::new(&*ids));
        let of = |vendor| Condition::Vendor(vec![vendor]);
        let waiting = State(vec![TicketState::WaitingForVendor]);
        assert!(can(&[of(one)]) && can(&[of(one), waiting.clone()]));
        assert!(!can(&[of(one), Not(Box::new(waiting.clone()))]));
        assert!(!can(&[of(one), of(other)]));
        // Whoever waits need not have said for whom; and another one than those that are named is always left.
        assert!(can(&[
            waiting,
            Not(Box::new(of(one))),
            Not(Box::new(of(other)))
        ]));
        assert!(can(&[
            State(vec![TicketState::Open]),
            Not(Box::new(of(one)))
        ]));
    }

    #[test]
    fn it_agrees_with_trying_every_ticket() {
        // A chain of implications that leaves one ticket: critical, in progress, major.
        let implies = |a: Condition, b: Condition| Any(vec![Not(Box::new(a)), b]);
        let critical = Prio(vec![Priority::Critical]);
        let working = State(vec![TicketState::InProgress]);
        let chain = [
            implies(Not(Box::new(critical.clone())), Any(vec![])),
            implies(critical, working.clone()),
            implies(working.clone(), Major(true)),
        ];
        assert!(can(&chain));
        let mut none = chain.to_vec();
        none.push(implies(working, Major(false)));
        assert!(!can(&none));
    }

    #[test]
    fn what_cannot_be_decided_in_time_is_given_up() {
        // Told apart by many ids, and excluded only by what is decided last.
        let ids = ids::seeded(7);
        let any = |of: &dyn Fn() -> Condition| Any((0..160).map(|_| of()).collect());
        let hard = [
            any(&|| Condition::Category(vec![ids::CategoryId::new(&*ids)])),
            any(&|| Condition::Application(vec![ids::ApplicationId::new(&*ids)])),
            any(&|| Condition::Group(vec![ids::GroupId::new(&*ids)])),
            Major(true),
            Not(Box::new(Major(true))),
        ];
        let began = std::time::Instant::now();
        let all: Vec<&Condition> = hard.iter().collect();
        assert_eq!(satisfiable(&all, &mut Budget::default()), Err(TooComplex));
        println!("given up after {:?}", began.elapsed());
    }
}
