//! Everything that a tenant's clocks are judged by, as it stood after an edit.
//!
//! Every edit of a calendar or an agreement counts the book's version up, and what it added says since when it stands
//! there. So a result that was reached can be computed again by what was known when it was reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::agreement::{Agreement, Dated, Kind, Rule, Which};
use super::cycle::Ruled;
use super::happened::Happened;
use super::hours::Hours;
use super::hours_of::{Desk, Given};
use super::kept::Kept;
use super::standby::Scheme;

/// More earlier states than results of tickets that are looked at come from; above it they are made anew.
const MOST_EARLIER: usize = 100;

/// A tenant's agreements with their hours.
#[derive(Debug, Default)]
pub struct Rulebook {
    /// How many edits are in it.
    pub version: i64,
    /// Every version of every agreement.
    pub agreements: Vec<Agreement>,
    /// Calendars, and whom they are given to.
    pub desk: Desk,
    /// As it stood at earlier versions: the same few are asked for with every ticket.
    earlier: Mutex<BTreeMap<i64, Arc<Rulebook>>>,
}

impl Clone for Rulebook {
    /// What was made of it stays behind: a copy is made to be changed.
    fn clone(&self) -> Self {
        Self::new(self.version, self.agreements.clone(), self.desk.clone())
    }
}

impl Rulebook {
    /// As it stands.
    pub fn new(version: i64, agreements: Vec<Agreement>, desk: Desk) -> Self {
        Self {
            version,
            agreements,
            desk,
            earlier: Mutex::default(),
        }
    }

    /// The agreement that judges a clock, in the clock's version.
    pub fn agreement(&self, clock: &Kept) -> Option<&Agreement> {
        let mut all = self.agreements.iter();
        all.find(|a| a.id == clock.agreement && a.version == clock.agreement_version)
    }

    /// Whether a target is one of agreements between the provider's groups or with vendors.
    pub fn is_inner(&self, which: Which<'_>) -> bool {
        let inner = self.agreements.iter().filter(|a| a.kind != Kind::Sla);
        let mut rules = inner.flat_map(|a| a.terms.rules.iter());
        rules.any(|r| r.which() == which)
    }

    /// Everything that any version of any agreement measures.
    pub fn targets(&self) -> BTreeSet<Which<'_>> {
        let rules = self.agreements.iter().flat_map(|a| a.terms.rules.iter());
        rules.map(Rule::which).collect()
    }

    /// Whether who holds a ticket makes a difference to any of its clocks, or to whether it is converted.
    pub fn looks_at_holders(&self) -> bool {
        let mut rules = self.agreements.iter().flat_map(|a| a.terms.rules.iter());
        rules.any(Rule::looks_at_holders) || self.desk.converts()
    }

    /// Whether it makes a difference to any clock who asks.
    pub fn looks_at_requesters(&self) -> bool {
        let mut rules = self.agreements.iter().flat_map(|a| a.terms.rules.iter());
        rules.any(Rule::looks_at_requesters)
    }

    /// By which hours a rule's clock of a ticket counts, until it stopped if it did. None if the agreement has no calendar
    /// that is known.
    pub fn hours(
        &self,
        (agreement, rule): Ruled<'_>,
        happened: &[Happened],
        judged: &Happened,
        stopped_at: Option<DateTime<Utc>>,
    ) -> Option<Hours> {
        let own = &agreement.hours;
        match &rule.hours {
            Some(of) => self.desk.hours(of, own, happened, judged, stopped_at),
            None => Hours::along(own, happened.first()?.at),
        }
    }

    /// As it stood when its version was that one, made once. Attach order and archiving are as they are now: both are for
    /// tickets that are opened later.
    pub fn at(&self, version: i64) -> Arc<Self> {
        let mut earlier = self.earlier.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = earlier.get(&version) {
            return known.clone();
        }
        if earlier.len() >= MOST_EARLIER {
            earlier.clear();
        }
        let agreements = self.agreements.iter().filter(|a| a.since <= version);
        let made = Arc::new(Self::new(
            version.min(self.version),
            agreements.map(|a| a.at(version)).collect(),
            self.desk.at(version),
        ));
        earlier.insert(version, made.clone());
        made
    }

    /// The agreements that are for tickets opened then, in attach order; of each the latest version in force then.
    pub fn in_force(&self, opened_at: DateTime<Utc>) -> Vec<&Agreement> {
        let mut in_force: Vec<&Agreement> = Vec::new();
        for agreement in self.agreements.iter().filter(|a| a.judges(opened_at)) {
            match in_force.iter_mut().find(|a| a.id == agreement.id) {
                Some(known) if known.version < agreement.version => *known = agreement,
                Some(_) => {}
                None => in_force.push(agreement),
            }
        }
        in_force.sort_by_key(|a| (a.position, a.id));
        in_force
    }

    /// With one more version of a calendar, wherever it counts.
    pub fn with_hours(&self, dated: &Dated) -> Self {
        let mut book = self.clone();
        book.version += 1;
        for agreement in &mut book.agreements {
            if agreement.hours.first().is_some_and(|h| h.id == dated.id) {
                let mut hours = agreement.hours.to_vec();
                hours.push(dated.clone());
                hours.sort_by_key(|h| (h.valid_from, h.version));
                agreement.hours = hours.into();
            }
        }
        let mut calendars = (*book.desk.calendars).clone();
        let mut hours = calendars
            .get(&dated.id)
            .map(|h| h.to_vec())
            .unwrap_or_default();
        hours.push(dated.clone());
        hours.sort_by_key(|h| (h.valid_from, h.version));
        calendars.insert(dated.id, hours.into());
        let desk = &self.desk;
        book.desk = Desk::new(calendars, desk.given.to_vec(), desk.schemes.to_vec());
        book
    }

    /// With a calendar given to somebody.
    pub fn with_given(&self, given: Given) -> Self {
        let mut book = self.clone();
        book.version += 1;
        let all = self.desk.given.iter().cloned().chain([given]);
        let desk = &self.desk;
        let calendars = (*desk.calendars).clone();
        book.desk = Desk::new(calendars, all.collect(), desk.schemes.to_vec());
        book
    }

    /// With something else said of the standby.
    pub fn with_scheme(&self, scheme: Scheme) -> Self {
        let mut book = self.clone();
        book.version += 1;
        let desk = &self.desk;
        let all = desk.schemes.iter().cloned().chain([scheme]);
        let calendars = (*desk.calendars).clone();
        book.desk = Desk::new(calendars, desk.given.to_vec(), all.collect());
        book
    }

    /// With one more version of an agreement, which takes its others to its place in the attach order.
    pub fn with_agreement(&self, agreement: Agreement) -> Self {
        let mut book = self.clone();
        book.version += 1;
        for other in book.agreements.iter_mut().filter(|a| a.id == agreement.id) {
            other.position = agreement.position;
        }
        book.agreements.push(agreement);
        book
    }
}

/// What judges a target of a ticket: of the agreements in force when it was opened, in attach order, the first with a rule for
/// the ticket as it is now.
pub fn attach<'a>(
    in_force: &[&'a Agreement],
    now: &Happened,
    which: Which<'_>,
) -> Option<Ruled<'a>> {
    in_force
        .iter()
        .find_map(|a| a.terms.rule(which, now).map(|r| (*a, r)))
}
