//! Whether the targets of agreements can be reached by the hours that may count for them: what could never fall due is refused
//! when it is written, not found out by the first ticket.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::CalendarId;

use super::agreement::{Agreement, Kind, Rule};
use super::allowed::Allowed;
use super::dated::{self, Dated};
use super::duty::OutOfHours;
use super::found::{Duty, Found};
use super::hours_of::{Desk, HoursOf, Owner};
use super::rulebook::Rulebook;

/// So many ways to put a target's hours together are compiled: each takes some tenths of a millisecond, or some ten where they have
/// nothing in common, and the tenant's facts wait. What has more is refused: a way that was not tried is a ticket that finds out.
const MOST_TRIED: usize = 1_024;
/// So many for all the targets that one edit is for.
const MOST_OF_EDIT: usize = 8 * MOST_TRIED;
/// So many are listed, before those are left out in which the calendar in question has no part.
const MOST_LISTED: usize = 65_536;

/// Whether a target can be reached by all the hours that may count for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// By all of them.
    Always,
    /// By some it would never fall due.
    NeverDue,
    /// There are more than can be tried.
    TooMany,
}

/// A target that would never fall due, or of which nobody can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// Of which agreement.
    pub agreement: Arc<str>,
    /// Between whom that is.
    pub kind: Kind,
    /// Its place in the list of targets, the first is 0.
    pub rule: usize,
    /// Which of the two.
    pub why: Reach,
}

/// How many ways may still be tried for an edit.
#[derive(Debug)]
pub struct Tries(usize);

impl Default for Tries {
    fn default() -> Self {
        Self(MOST_OF_EDIT)
    }
}

impl Tries {
    /// Whether so many more may be; of one target at most [`MOST_TRIED`].
    fn spend(&mut self, ways: usize) -> bool {
        let left = self.0.checked_sub(ways).filter(|_| ways <= MOST_TRIED);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// The first target that a calendar would let no deadline come for, of the agreements that are for tickets opened from then
/// on.
pub fn unreached(book: &Rulebook, calendar: CalendarId, from: DateTime<Utc>) -> Option<Unreached> {
    let later = |a: &&Agreement| a.valid_from > from && a.judges(a.valid_from);
    let mut agreements = book.in_force(from);
    agreements.extend(book.agreements.iter().filter(later));
    let mut tries = Tries::default();
    agreements.into_iter().find_map(|agreement| {
        let mut rules = agreement.terms.rules.iter().enumerate();
        let own = (&agreement.hours[..], Some(calendar));
        let (rule, why) = rules.find_map(|(i, rule)| {
            let why = reach(&book.desk, own, rule, from, &mut tries);
            (why != Reach::Always).then_some((i, why))
        })?;
        Some(Unreached {
            agreement: agreement.name.clone(),
            kind: agreement.kind,
            rule,
            why,
        })
    })
}

/// Whether a rule's clock of a ticket opened from then on falls due by all hours that may count for it ([`reach`]).
pub fn reaches(
    desk: &Desk,
    own: &[Dated],
    rule: &Rule,
    from: DateTime<Utc>,
    only: Option<CalendarId>,
) -> bool {
    reach(desk, (own, only), rule, from, &mut Tries::default()) == Reach::Always
}

/// Whether a rule's clock of a ticket opened from then on falls due by all hours that may count for it; `own` are its
/// agreement's, and `only` those hours are tried in which that calendar has a part.
pub fn reach(
    desk: &Desk,
    (own, only): (&[Dated], Option<CalendarId>),
    rule: &Rule,
    from: DateTime<Utc>,
    tries: &mut Tries,
) -> Reach {
    let of = rule.hours.as_ref().unwrap_or(&HoursOf::Agreement);
    let own = dated::from_then_on(own, from);
    if only.is_some_and(|id| !has_part(desk, of, &own, from, id)) {
        return Reach::Always;
    }
    if one_is_enough(desk, (of, &own), rule, from, tries) {
        return Reach::Always;
    }
    let Some(mut ways) = ways(desk, of, &own, from) else {
        return Reach::TooMany;
    };
    if let Some(id) = only {
        ways.retain(|way| way.any(&|dated: &Dated| dated.id == id));
    }
    if !tries.spend(ways.len()) {
        return Reach::TooMany;
    }
    let reached = ways.iter().all(|way| match way.compile() {
        Ok(calendar) => {
            let opened = way.valid_from().max(from);
            rule.falls_due(&calendar, opened)
        }
        // Where it depends on the ticket, the agreement's hours count instead.
        Err(_) => !of.is_fixed(),
    });
    if reached {
        Reach::Always
    } else {
        Reach::NeverDue
    }
}

/// Whether a calendar is any of the hours that may come of it.
fn has_part(
    desk: &Desk,
    of: &HoursOf,
    own: &[&Dated],
    from: DateTime<Utc>,
    id: CalendarId,
) -> bool {
    let composite = |of: &&HoursOf| matches!(of, HoursOf::Union(_) | HoursOf::Intersection(_));
    let each = of.each().into_iter();
    each.filter(|of| !composite(of)).any(|of| {
        let ways = ways(desk, of, own, from);
        let is = |dated: &Dated| dated.id == id;
        ways.is_none_or(|ways| ways.iter().any(|way| way.any(&is)))
    })
}

/// Whether a union is reached by one of its members alone, whatever the others are: it is open whenever that one is. So none of
/// the many ways to put them together need be tried. (Business days are left out: members count theirs in zones of their own.)
fn one_is_enough(
    desk: &Desk,
    (of, own): (&HoursOf, &[&Dated]),
    rule: &Rule,
    from: DateTime<Utc>,
    tries: &mut Tries,
) -> bool {
    let HoursOf::Union(members) = of else {
        return false;
    };
    if matches!(rule.allowed, Some(Allowed::BusinessDays(_))) {
        return false;
    }
    // Whatever comes of the others, no way is valid later than the last of all versions.
    let given = desk.calendars.values().flat_map(|versions| versions.iter());
    let versions = given.chain(own.iter().copied());
    let opened = versions.map(|v| v.valid_from).fold(from, DateTime::max);
    let due = |way: &Found<'_>| way.compile().is_ok_and(|c| rule.falls_due(&c, opened));
    members.iter().any(|member| {
        let ways = ways(desk, member, own, from);
        ways.is_some_and(|ways| !ways.is_empty() && tries.spend(ways.len()) && ways.iter().all(due))
    })
}

/// The hours that may come of it, one ticket or another; none if they are too many to list.
fn ways<'a>(
    desk: &'a Desk,
    of: &HoursOf,
    own: &[&'a Dated],
    from: DateTime<Utc>,
) -> Option<Vec<Found<'a>>> {
    let agreements = || own.iter().copied().map(Found::One);
    let of_calendar = |id: CalendarId| {
        let versions = desk
            .calendars
            .get(&id)
            .map(|v| dated::from_then_on(v, from));
        versions.unwrap_or_default().into_iter().map(Found::One)
    };
    let given = |whose: fn(&Owner) -> bool| {
        let mut ids: Vec<CalendarId> = desk
            .now()
            .iter()
            .filter(|g| whose(&g.to))
            .filter_map(|g| g.calendar)
            .collect();
        ids.sort_unstable();
        ids.dedup();
        // Who has none counts by the agreement's.
        agreements()
            .chain(ids.into_iter().flat_map(of_calendar))
            .collect()
    };
    let all: Vec<Found<'a>> = match of {
        HoursOf::Agreement => agreements().collect(),
        HoursOf::Calendar(id) => of_calendar(*id).collect(),
        HoursOf::FirstGroup | HoursOf::HoldingGroup => given(|o| matches!(o, Owner::Group(_))),
        HoursOf::Application => given(|o| matches!(o, Owner::Application(_))),
        HoursOf::RequesterCountry => given(|o| matches!(o, Owner::Country(_))),
        HoursOf::RequesterSite => given(|o| matches!(o, Owner::Site(_))),
        HoursOf::Duty { office_only } => duties(desk, office_only.as_deref(), own, from)?,
        HoursOf::Union(members) => {
            let all = together(desk, members, own, from)?;
            all.into_iter().map(Found::Union).collect()
        }
        HoursOf::Intersection(members) => {
            let all = together(desk, members, own, from)?;
            all.into_iter().map(Found::Intersection).collect()
        }
    };
    (all.len() <= MOST_LISTED).then_some(all)
}

/// The hours of the duty of one group or another, of tickets that may call out the standby and of those that may not.
fn duties<'a>(
    desk: &'a Desk,
    office_only: Option<&HoursOf>,
    own: &[&'a Dated],
    from: DateTime<Utc>,
) -> Option<Vec<Found<'a>>> {
    let versions = |id: CalendarId| {
        desk.calendars
            .get(&id)
            .map(|v| dated::from_then_on(v, from))
    };
    let mut groups: Vec<(CalendarId, OutOfHours)> = desk
        .now()
        .iter()
        .filter(|g| matches!(g.to, Owner::Group(_)))
        .filter_map(|g| Some((g.calendar?, g.out_of_hours.unwrap_or(OutOfHours::Defer))))
        .collect();
    groups.sort_unstable();
    groups.dedup();
    let mut offices: Vec<(&Dated, Option<OutOfHours>)> = own.iter().map(|d| (*d, None)).collect();
    for (id, policy) in groups {
        let hours = versions(id).unwrap_or_default();
        offices.extend(hours.into_iter().map(|office| (office, Some(policy))));
    }
    let called = desk.standby().and_then(|s| versions(s.calendar));
    let called: Vec<&Dated> = called.unwrap_or_default();
    let cuts: Vec<Option<Found<'_>>> = match office_only {
        Some(of) => ways(desk, of, own, from)?.into_iter().map(Some).collect(),
        None => vec![None],
    };
    if offices.len().saturating_mul(called.len() + cuts.len()) > MOST_LISTED {
        return None;
    }
    let mut all = Vec::new();
    for (office, policy) in offices {
        let duty = |standby| Duty {
            office,
            policy,
            standby,
        };
        all.extend(called.iter().map(|s| duty(Some(*s)).hours(|| None)));
        if policy == Some(OutOfHours::Continue) {
            all.push(duty(None).hours(|| None));
            continue;
        }
        all.extend(cuts.iter().map(|cut| duty(None).hours(|| cut.clone())));
    }
    Some(all)
}

/// Each way of one member with each of the others; none if they are too many to list.
fn together<'a>(
    desk: &'a Desk,
    members: &[HoursOf],
    own: &[&'a Dated],
    from: DateTime<Utc>,
) -> Option<Vec<Vec<Found<'a>>>> {
    let mut all: Vec<Vec<Found<'a>>> = vec![Vec::new()];
    for member in members {
        let of_member = ways(desk, member, own, from)?;
        if all.len().saturating_mul(of_member.len()) > MOST_LISTED {
            return None;
        }
        let joined = all.iter().flat_map(|before| {
            of_member.iter().map(move |way| {
                let mut one = before.clone();
                one.push(way.clone());
                one
            })
        });
        all = joined.collect();
    }
    Some(all)
}
