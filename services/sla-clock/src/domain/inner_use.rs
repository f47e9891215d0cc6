//! Whether clocks of the provider's house count by hours that somebody is about to change: whoever may not see those clocks
//! must not move them.

use chrono::{DateTime, Utc};
use ids::{AgreementId, CalendarId};

use super::agreement::{Agreement, Kind, Rule};
use super::hours_of::{Desk, HoursOf, Owner};
use super::rulebook::Rulebook;

/// What is about to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// The hours of a calendar.
    Calendar(CalendarId),
    /// Which calendar somebody has.
    Given(Owner),
    /// Which tickets may call out the standby, and when.
    Standby,
}

/// Whether an agreement between groups or with a vendor counts by one of these: one that is for tickets opened from now on, or
/// one of those versions (`judging`) by which open clocks count though later ones took their place.
pub fn is_inner(
    book: &Rulebook,
    judging: &[(AgreementId, i32)],
    touched: &[Touched],
    now: DateTime<Utc>,
) -> bool {
    let later = |a: &&Agreement| a.valid_from > now && a.judges(a.valid_from);
    let judges = |a: &&Agreement| judging.contains(&(a.id, a.version));
    let in_force = book.in_force(now).into_iter();
    let others = book.agreements.iter().filter(|a| later(a) || judges(a));
    let mut inner = in_force.chain(others).filter(|a| a.kind != Kind::Sla);
    inner.any(|agreement| {
        let mut rules = agreement.terms.rules.iter();
        rules.any(|rule| {
            let mut touched = touched.iter();
            touched.any(|what| counts_by(&book.desk, agreement, rule, what))
        })
    })
}

fn counts_by(desk: &Desk, agreement: &Agreement, rule: &Rule, what: &Touched) -> bool {
    let of = rule.hours.as_ref().unwrap_or(&HoursOf::Agreement);
    match what {
        Touched::Given(owner) => of.looks_at_owners(owner),
        Touched::Standby => of.looks_at_duty(),
        Touched::Calendar(id) => {
            let own = agreement.hours.first().is_some_and(|h| h.id == *id);
            // Who has none counts by the agreement's: only what is always other calendars' needs it not.
            let needs_own = !of.is_fixed() || of.looks_at(&HoursOf::Agreement);
            let standby = desk.standby().is_some_and(|s| s.calendar == *id);
            let given = desk.now();
            let mut given = given.iter().filter(|g| g.calendar == Some(*id));
            (own && needs_own)
                || of.looks_at(&HoursOf::Calendar(*id))
                || (standby && of.looks_at_duty())
                || given.any(|g| of.looks_at_owners(&g.to))
        }
    }
}
