//! Why terms cannot stand: what could never attach, start, run, pause, stop or warn is refused when it is written, not found
//! out when a contract is paid by it.

use std::collections::BTreeSet;

use events::intake::TicketState;
use events::sla_clock::Target;

use super::agreement::{Kind, Rule, Terms, USUAL_PAUSES, Warning};
use super::allowed::Allowed;
use super::condition::{Condition, Field, MOST_DEPTH, MOST_VALUES};
use super::hours_of::{HoursOf, MAX_DEPTH, MAX_MEMBERS};
use super::satisfiable::{Budget, TooComplex, satisfiable};

/// Why terms cannot stand. Numbers are places in the list of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermsFault {
    /// No rule: it could never attach.
    NoRules,
    /// A rule allows no time, or more than ten years.
    Seconds(usize),
    /// A rule says in several units how long, or in none.
    OneAllowance(usize),
    /// The same as `Seconds` in another unit: which.
    Allowed(usize, Allowed),
    /// A target of the tenant's own, or one between groups or with a vendor, has no code of 1 to 40 letters, digits and
    /// underscores, or no name; or another target has one.
    Code(usize),
    /// A target between groups or with a vendor, whatever it measures, that has no code.
    NeedsCode(usize),
    /// A target between groups or with a vendor that says what a reopening does: nothing, as its clock is another one each time.
    OnReopen(usize),
    /// A target between groups that does not say by its start which group or line it is for.
    NeedsHolder(usize),
    /// A target between groups or with a vendor that is for tickets which wait for a vendor: it would be for none of them any more
    /// where the wait ends, and its clock have no end.
    VendorBelongsToStart(usize),
    /// No ticket can be what a rule asks for.
    NeverAttaches(usize),
    /// A rule can never be reached: earlier ones of the same target take everything.
    Unreachable(usize),
    /// A ticket that a rule is for can never be what starts its clock.
    NeverStarts(usize),
    /// What starts the clock stops it.
    StopsAtOnce(usize),
    /// Nothing that a ticket can be stops the clock.
    NeverStops(usize),
    /// The clock is cancelled whatever the ticket is.
    AlwaysCancelled(usize),
    /// Nothing that a ticket can be cancels the clock, though a condition should.
    NeverCancels(usize),
    /// Nothing that a ticket can be while the clock goes holds it, though a condition should.
    NeverPauses(usize),
    /// Nothing that a ticket can be while the clock goes, and is not held anew, lets it go on, though a condition should.
    NeverResumes(usize),
    /// Nothing that a ticket can be while the clock goes makes it begin anew, though a condition should.
    NeverResets(usize),
    /// The clock would be held whatever the ticket is: it could never run.
    RuleNeverRuns(usize),
    /// Conditions of a rule that are too many and too different to decide, or too deep to read.
    TooComplex(usize),
    /// The clock would be held in a state in which it stops.
    PausesWhenDone,
    /// The clock would be held in every state: it could never run.
    NeverRuns,
    /// The agreement's pausing state at that place holds no clock: no ticket that a target is for can be in it while its clock
    /// goes, or all such targets say for themselves what holds theirs.
    NeverPausesOn(usize),
    /// A warning that is not between 1 and 99 percent, or stands twice.
    WarnPercent(i16),
    /// A warning of a rule that is not before its deadline, or stands twice.
    Warning(usize),
    /// Hours of a rule that are made of nothing, or of too many levels or calendars.
    Hours(usize),
}

/// Ten years of seconds, leap days counted: more than any agreement means.
const LONGEST_S: i64 = 315_576_000;

impl Terms {
    /// The first thing that is wrong with them.
    pub fn fault(&self, kind: Kind) -> Option<TermsFault> {
        if self.rules.is_empty() {
            return Some(TermsFault::NoRules);
        }
        let mut budget = Budget::default();
        for (i, rule) in self.rules.iter().enumerate() {
            let own = of_rule(kind, i, rule).or_else(|| of_kind(kind, i, rule));
            let fault = own.or_else(|| {
                self.conditions_of(kind, i, rule, &mut budget)
                    .unwrap_or(Some(TermsFault::TooComplex(i)))
            });
            if fault.is_some() {
                return fault;
            }
        }
        if self.pause_on.iter().any(|s| s.is_done()) {
            return Some(TermsFault::PausesWhenDone);
        }
        match self.idle_pause(kind, &mut budget) {
            Ok(None) => {}
            Ok(Some(place)) => return Some(TermsFault::NeverPausesOn(place)),
            Err(TooComplex) => return Some(TermsFault::TooComplex(0)),
        }
        let active = [
            TicketState::Open,
            TicketState::Queued,
            TicketState::InProgress,
            TicketState::Reopened,
        ];
        if active.iter().all(|s| self.pause_on.contains(s)) {
            return Some(TermsFault::NeverRuns);
        }
        let mut seen = BTreeSet::new();
        self.warn_percents
            .iter()
            .find(|p| !(1..=99).contains(*p) || !seen.insert(**p))
            .map(|p| TermsFault::WarnPercent(*p))
    }

    /// The place of a pausing state of the agreement that can hold no clock. What is agreed where nothing is said is not
    /// judged: nobody wrote it for these targets.
    fn idle_pause(&self, kind: Kind, budget: &mut Budget) -> Result<Option<usize>, TooComplex> {
        if self.pause_on == USUAL_PAUSES {
            return Ok(None);
        }
        for (place, state) in self.pause_on.iter().enumerate() {
            let in_it = Condition::State(vec![*state]);
            let mut holds = false;
            for (i, rule) in self.rules.iter().enumerate() {
                let (its, lives) = (self.taking(i, rule), living(kind, rule));
                holds |= rule.pause.is_none() && satisfiable(&[&its, &lives, &in_it], budget)?;
                if holds {
                    break;
                }
            }
            if !holds {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// The tickets that a rule is for: those that it matches, and no earlier one of the same target does.
    fn taking(&self, i: usize, rule: &Rule) -> Condition {
        let earlier = self.rules[..i].iter().filter(|r| r.which() == rule.which());
        let left = not(Condition::Any(earlier.map(Rule::matching).collect()));
        Condition::All(vec![rule.matching(), left])
    }

    /// What is wrong with a rule's conditions, each decided over all that a ticket can be where the rule is for it.
    fn conditions_of(
        &self,
        kind: Kind,
        i: usize,
        rule: &Rule,
        budget: &mut Budget,
    ) -> Result<Option<TermsFault>, TooComplex> {
        let mut satisfiable = |all: &[&Condition]| satisfiable(all, budget);
        if !satisfiable(&[&rule.matching()])? {
            return Ok(Some(TermsFault::NeverAttaches(i)));
        }
        let its = self.taking(i, rule);
        if !satisfiable(&[&its])? {
            return Ok(Some(TermsFault::Unreachable(i)));
        }
        let starts = rule.lasting(kind);
        let goes_on = not(rule.ending());
        let lives = living(kind, rule);
        // What another group or a public answer ends needs no condition to stop it.
        let ended =
            kind != Kind::Sla || matches!(rule.target, Target::FirstResponse | Target::NextUpdate);
        let faults = [
            (!satisfiable(&[&its, &starts])?, TermsFault::NeverStarts(i)),
            (
                !satisfiable(&[&its, &not(rule.cancelling())])?,
                TermsFault::AlwaysCancelled(i),
            ),
            (
                rule.cancel.is_some() && !satisfiable(&[&its, &rule.cancelling()])?,
                TermsFault::NeverCancels(i),
            ),
            (
                !satisfiable(&[&its, &starts, &goes_on])?,
                TermsFault::StopsAtOnce(i),
            ),
            (
                !ended && !satisfiable(&[&its, &rule.stopping()])?,
                TermsFault::NeverStops(i),
            ),
        ];
        if let Some((_, fault)) = faults.into_iter().find(|(wrong, _)| *wrong) {
            return Ok(Some(fault));
        }
        if let Some(pause) = &rule.pause
            && !satisfiable(&[&its, &lives, pause])?
        {
            return Ok(Some(TermsFault::NeverPauses(i)));
        }
        // The agreement's pausing states may be all that there are in its time, too.
        let agreed = || Condition::State(self.pause_on.clone());
        let held = rule.pause.clone().unwrap_or_else(agreed);
        if !satisfiable(&[&its, &lives, &not(held.clone())])? {
            return Ok(Some(TermsFault::RuleNeverRuns(i)));
        }
        if let Some(resume) = &rule.resume {
            if !satisfiable(&[&its, &lives, &held])? {
                return Ok(Some(TermsFault::NeverPauses(i)));
            }
            if !satisfiable(&[&its, &lives, &not(held), resume])? {
                return Ok(Some(TermsFault::NeverResumes(i)));
            }
        }
        match &rule.reset {
            Some(reset) if !satisfiable(&[&its, &lives, reset])? => {
                Ok(Some(TermsFault::NeverResets(i)))
            }
            _ => Ok(None),
        }
    }
}

/// What is wrong with a rule of such an agreement: clocks between groups and with vendors begin and end with who holds the ticket
/// or is waited for.
fn of_kind(kind: Kind, i: usize, rule: &Rule) -> Option<TermsFault> {
    if kind != Kind::Sla && rule.on_reopen.is_some() {
        return Some(TermsFault::OnReopen(i));
    }
    let by_vendor = |c: &Condition| c.looks_at(Field::Vendor);
    if kind != Kind::Sla && rule.when.as_ref().is_some_and(by_vendor) {
        return Some(TermsFault::VendorBelongsToStart(i));
    }
    let by_holder = |c: &Condition| c.looks_at(Field::Line) || c.looks_at(Field::Group);
    let held = rule.start.as_ref().is_some_and(by_holder);
    (kind == Kind::Ola && !held).then_some(TermsFault::NeedsHolder(i))
}

/// What a ticket is while a rule's clock goes: a client's goes on after what started it; one between groups or with a vendor
/// lives in its time alone.
fn living(kind: Kind, rule: &Rule) -> Condition {
    let goes_on = not(rule.ending());
    match kind {
        Kind::Sla => goes_on,
        Kind::Ola | Kind::Supplier => Condition::All(vec![rule.lasting(kind), goes_on]),
    }
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// What is wrong with a rule's own values. Clocks between groups and with vendors are told from the client's, and from each other,
/// by their codes.
fn of_rule(kind: Kind, i: usize, rule: &Rule) -> Option<TermsFault> {
    match rule.allowed {
        None if !(1..=LONGEST_S).contains(&rule.seconds) => return Some(TermsFault::Seconds(i)),
        Some(_) if rule.seconds != 0 => return Some(TermsFault::OneAllowance(i)),
        Some(allowed) if !allowed.is_sensible() => return Some(TermsFault::Allowed(i, allowed)),
        _ => {}
    }
    let named = (1..=40).contains(&rule.code.len())
        && rule
            .code
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !rule.name.trim().is_empty()
        && rule.name.chars().count() <= 120;
    let plain = rule.code.is_empty() && rule.name.is_empty();
    if kind != Kind::Sla && rule.code.is_empty() {
        return Some(TermsFault::NeedsCode(i));
    }
    if !(if kind != Kind::Sla || rule.target == Target::Custom {
        named
    } else {
        plain
    }) {
        return Some(TermsFault::Code(i));
    }
    let too_much = |(_, c): (_, &Condition)| {
        let (depth, values) = c.size();
        depth > MOST_DEPTH || values > MOST_VALUES
    };
    let listed = rule.kinds.len() + rule.priorities.len() + rule.applications.len();
    if listed > MOST_VALUES || rule.conditions().any(too_much) {
        return Some(TermsFault::TooComplex(i));
    }
    let odd = |of: &HoursOf| of.depth() > MAX_DEPTH || of.members() > MAX_MEMBERS || of.is_hollow();
    if rule.hours.as_ref().is_some_and(odd) {
        return Some(TermsFault::Hours(i));
    }
    // What days come to is known where they begin: here is refused what never lies before the deadline.
    let within = rule
        .allowed
        .map_or(rule.seconds, Allowed::fewer_seconds_than);
    let mut seen = BTreeSet::new();
    let mut warnings = rule.warnings.iter().flatten();
    let wrong = warnings.any(|warning| {
        let before = match warning {
            Warning::Percent(percent) => (1..=99).contains(percent),
            Warning::Before(seconds) => (1..within).contains(seconds),
        };
        !before || !seen.insert(*warning)
    });
    wrong.then_some(TermsFault::Warning(i))
}
