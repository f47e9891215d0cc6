//! Which incidents are to be converted: those that come to a group outside its hours, whose policy is that a linked corrective
//! maintenance carries what the standby is not called out for (domain.md, non-critical out of hours).
//!
//! What brings that about is a fact of the ticket: it was opened, came to the group, was classified otherwise or was opened
//! again outside the hours. Neither a reply at night nor the closing of the office does; what came in office hours goes on in
//! office hours. A part of a mass incident and a ticket that repeats another are not converted: the one that they belong to is.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use events::Origin;
use events::intake::TicketKind;
use ids::GroupId;

use super::duty::OutOfHours;
use super::happened::{Happened, What};
use super::hours_of::{Desk, Owner};

/// What was told of a ticket just now, by which it is found among all that happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    /// By intake: versions of the ticket.
    pub versions: BTreeSet<i64>,
    /// By routing: from when on somebody holds it.
    pub held: BTreeSet<DateTime<Utc>>,
}

/// An incident that is to be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// When it came to that.
    pub at: DateTime<Utc>,
    /// The group that held it then.
    pub group: GroupId,
}

/// Whether something that was told just now brings it about that a ticket is to be converted, by all that happened to it, with
/// who held it. What another tool's history recorded never does.
///
/// Facts come in any order, and the ticket as it was is made of what intake told last before and what routing told last before:
/// so whatever either of the two is news of is looked at, each at its own instant.
pub fn due(desk: &Desk, happened: &[Happened], fresh: &Fresh) -> Option<Conversion> {
    let last = happened.last()?;
    // What is done by now needs no maintenance any more.
    if last.state.is_done() || last.related.merged {
        return None;
    }
    // Who held it before it was heard of is its holder from the opening on.
    let begun = happened.iter().find(|h| h.related.of.is_none())?.at;
    let mut holder_is_news = fresh.held.first().is_some_and(|at| *at < begun);
    let mut before = None;
    for h in happened.iter().filter(|h| h.at >= begun) {
        if h.related.of.is_some() {
            // What a link makes of it is no fact of its own: it converts nothing, and neither does the next word on the ticket.
            before = converting(desk, h);
            continue;
        }
        if h.what == What::Held {
            holder_is_news = fresh.held.contains(&h.at);
        }
        let now = converting(desk, h);
        let turned = now.filter(|_| now != before);
        before = now;
        let news = holder_is_news || fresh.versions.contains(&h.version);
        if let Some(group) = turned
            && news
            && h.origin == Origin::Live
            && outside(desk, group, h.at)
        {
            return Some(Conversion { at: h.at, group });
        }
    }
    None
}

/// The group that converts a ticket as it was then, outside its hours: the ticket is an open incident of its own that may not
/// call out the standby.
fn converting(desk: &Desk, h: &Happened) -> Option<GroupId> {
    let group = h.group?;
    if h.kind != TicketKind::Incident || h.state.is_done() || h.related.parent.is_some() {
        return None;
    }
    let given = desk.given_to(&Owner::Group(group))?;
    let converts = given.calendar.is_some() && given.out_of_hours == Some(OutOfHours::Convert);
    let called = desk.standby().is_some_and(|s| s.may_be_called_for(h));
    (converts && !called).then_some(group)
}

/// Whether an instant lies outside the group's hours, in the version that counts then. One that no calendar knows does not.
fn outside(desk: &Desk, group: GroupId, at: DateTime<Utc>) -> bool {
    let calendar = desk.calendar_of(&Owner::Group(group));
    let hours = calendar.and_then(|id| desk.dated(id, at));
    hours.is_some_and(|hours| matches!(hours.calendar.is_open(at), Ok(false)))
}
