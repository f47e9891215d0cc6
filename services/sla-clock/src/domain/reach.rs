//! Whether the targets of agreements can be reached by the hours that may count for them: what could never fall due is refused
//! when it is written, not found out by the first ticket.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::CalendarId;

use super::agreement::{Agreement, Dated, Kind, Rule};
use super::duty::OutOfHours;
use super::found::{Duty, Found};
use super::hours_of::{Desk, HoursOf, Owner};
use super::rulebook::Rulebook;

/// More ways to put a target's hours together are not tried: each may compile calendars of its own.
const MOST_TRIED: usize = 256;

/// A target that would never fall due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// Of which agreement.
    pub agreement: Arc<str>,
    /// Between whom that is.
    pub kind: Kind,
    /// Its place in the list of targets, the first is 0.
    pub rule: usize,
}

/// The first target that a calendar would let no deadline come for, of the agreements that are for tickets opened from then
/// on.
pub fn unreached(book: &Rulebook, calendar: CalendarId, from: DateTime<Utc>) -> Option<Unreached> {
    let later = |a: &&Agreement| a.valid_from > from && a.judges(a.valid_from);
    let mut agreements = book.in_force(from);
    agreements.extend(book.agreements.iter().filter(later));
    agreements.into_iter().find_map(|agreement| {
        let mut rules = agreement.terms.rules.iter();
        let rule = rules
            .position(|rule| !reaches(&book.desk, &agreement.hours, rule, from, Some(calendar)))?;
        Some(Unreached {
            agreement: agreement.name.clone(),
            kind: agreement.kind,
            rule,
        })
    })
}

/// Whether a rule's clock of a ticket opened from then on falls due by all hours that may count for it; `own` are its
/// agreement's, and `only` those hours are tried in which that calendar has a part.
pub fn reaches(
    desk: &Desk,
    own: &[Dated],
    rule: &Rule,
    from: DateTime<Utc>,
    only: Option<CalendarId>,
) -> bool {
    let of = rule.hours.as_ref().unwrap_or(&HoursOf::Agreement);
    let own = counting(own, from);
    let concerned =
        |way: &Found<'_>| only.is_none_or(|id| way.any(&|dated: &Dated| dated.id == id));
    let ways = ways(desk, of, &own, from);
    let mut ways = ways.into_iter().filter(concerned);
    ways.all(|way| match way.compile() {
        Ok(calendar) => {
            let opened = way.valid_from().max(from);
            rule.falls_due(&calendar, opened)
        }
        // Where it depends on the ticket, the agreement's hours count instead.
        Err(_) => !of.is_fixed(),
    })
}

/// The versions that count for tickets opened from then on: the one in force then, and those that become valid later.
fn counting(versions: &[Dated], from: DateTime<Utc>) -> Vec<&Dated> {
    let in_force = versions.iter().rev().find(|v| v.valid_from <= from);
    let first = in_force.or(versions.first());
    let later = versions.iter().filter(|v| v.valid_from > from);
    let mut all: Vec<&Dated> = first.into_iter().chain(later).collect();
    all.dedup_by_key(|v| (v.id, v.version));
    all
}

/// The hours that may come of it, one ticket or another.
fn ways<'a>(
    desk: &'a Desk,
    of: &HoursOf,
    own: &[&'a Dated],
    from: DateTime<Utc>,
) -> Vec<Found<'a>> {
    let agreements = || own.iter().copied().map(Found::One);
    let of_calendar = |id: CalendarId| {
        let versions = desk.calendars.get(&id).map(|v| counting(v, from));
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
    match of {
        HoursOf::Agreement => agreements().collect(),
        HoursOf::Calendar(id) => of_calendar(*id).collect(),
        HoursOf::FirstGroup | HoursOf::HoldingGroup => given(|o| matches!(o, Owner::Group(_))),
        HoursOf::Application => given(|o| matches!(o, Owner::Application(_))),
        HoursOf::RequesterCountry => given(|o| matches!(o, Owner::Country(_))),
        HoursOf::RequesterSite => given(|o| matches!(o, Owner::Site(_))),
        HoursOf::Duty { office_only } => duties(desk, office_only.as_deref(), own, from),
        HoursOf::Union(members) => {
            let all = together(desk, members, own, from);
            all.into_iter().map(Found::Union).collect()
        }
        HoursOf::Intersection(members) => {
            let all = together(desk, members, own, from);
            all.into_iter().map(Found::Intersection).collect()
        }
    }
}

/// The hours of the duty of one group or another, of tickets that may call out the standby and of those that may not.
fn duties<'a>(
    desk: &'a Desk,
    office_only: Option<&HoursOf>,
    own: &[&'a Dated],
    from: DateTime<Utc>,
) -> Vec<Found<'a>> {
    let versions = |id: CalendarId| desk.calendars.get(&id).map(|v| counting(v, from));
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
        Some(of) => ways(desk, of, own, from).into_iter().map(Some).collect(),
        None => vec![None],
    };
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
    all.truncate(MOST_TRIED);
    all
}

/// Each way of one member with each of the others.
fn together<'a>(
    desk: &'a Desk,
    members: &[HoursOf],
    own: &[&'a Dated],
    from: DateTime<Utc>,
) -> Vec<Vec<Found<'a>>> {
    let mut all: Vec<Vec<Found<'a>>> = vec![Vec::new()];
    for member in members {
        let of_member = ways(desk, member, own, from);
        let joined = all.iter().flat_map(|before| {
            of_member.iter().map(move |way| {
                let mut one = before.clone();
                one.push(way.clone());
                one
            })
        });
        all = joined.take(MOST_TRIED).collect();
    }
    all
}
