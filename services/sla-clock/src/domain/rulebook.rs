//! Everything that a tenant's clocks are judged by, as it stood after an edit.
//!
//! Every edit of a calendar or an agreement counts the book's version up, and what it added says since when it stands
//! there. So a result that was reached can be computed again by what was known when it was reached.

use std::collections::BTreeSet;

use super::agreement::{Agreement, Dated, Rule, Which};
use super::happened::Happened;
use super::hours::Hours;
use super::hours_of::Desk;
use super::kept::Kept;

/// A tenant's agreements with their hours.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    /// How many edits are in it.
    pub version: i64,
    /// Every version of every agreement.
    pub agreements: Vec<Agreement>,
    /// Calendars, and whom they are given to.
    pub desk: Desk,
}

impl Rulebook {
    /// The agreement that judges a clock, in the clock's version.
    pub fn agreement(&self, clock: &Kept) -> Option<&Agreement> {
        let mut all = self.agreements.iter();
        all.find(|a| a.id == clock.agreement && a.version == clock.agreement_version)
    }

    /// Everything that any version of any agreement measures.
    pub fn targets(&self) -> BTreeSet<Which<'_>> {
        let rules = self.agreements.iter().flat_map(|a| a.terms.rules.iter());
        rules.map(Rule::which).collect()
    }

    /// Whether who holds a ticket makes a difference to any of its clocks.
    pub fn looks_at_holders(&self) -> bool {
        let mut rules = self.agreements.iter().flat_map(|a| a.terms.rules.iter());
        rules.any(Rule::looks_at_holders)
    }

    /// Whether the country of a requester makes a difference to any clock.
    pub fn looks_at_countries(&self) -> bool {
        let mut rules = self.agreements.iter().flat_map(|a| a.terms.rules.iter());
        rules.any(Rule::looks_at_countries)
    }

    /// By which hours a rule's clock of a ticket counts. None if the agreement has no calendar that is known.
    pub fn hours(
        &self,
        agreement: &Agreement,
        rule: &Rule,
        happened: &[Happened],
        judged: &Happened,
    ) -> Option<Hours> {
        let opened = happened.first()?;
        let own = agreement.calendar(opened.at)?;
        Some(match &rule.hours {
            Some(of) => self.desk.hours(of, own, happened, judged),
            None => Hours::of(own),
        })
    }

    /// As it stood when its version was that one. Attach order and archiving are as they are now: both are for tickets
    /// that are opened later.
    pub fn at(&self, version: i64) -> Self {
        let agreements = self.agreements.iter().filter(|a| a.since <= version);
        Self {
            version: version.min(self.version),
            agreements: agreements.map(|a| a.at(version)).collect(),
            desk: self.desk.at(version),
        }
    }

    /// The agreement that judges a target of a ticket: among those in force when it was opened, the first in attach order
    /// with a rule for it as it is now; of each agreement the latest version in force then.
    pub fn attach(
        &self,
        opened: &Happened,
        now: &Happened,
        which: Which<'_>,
    ) -> Option<(&Agreement, &Rule)> {
        let mut in_force: Vec<&Agreement> = Vec::new();
        for agreement in self.agreements.iter().filter(|a| a.judges(opened.at)) {
            match in_force.iter_mut().find(|a| a.id == agreement.id) {
                Some(known) if known.version < agreement.version => *known = agreement,
                Some(_) => {}
                None => in_force.push(agreement),
            }
        }
        in_force.sort_by_key(|a| (a.position, a.id));
        in_force
            .into_iter()
            .find_map(|a| a.terms.rule(which, now).map(|r| (a, r)))
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
        book.desk = Desk::new(calendars, book.desk.given.to_vec());
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
