//! What routing announces.

use events::intake::Actor;
use events::routing::{AssignmentChanged, Holder};
use events::{Envelope, Meta, Origin};
use ids::{EventId, IdGen, ProviderId};

use crate::domain::assignment::Assignment;
use crate::domain::group::Group;
use crate::error::Error;

fn holder(assignment: &Assignment, group: &Group) -> Holder {
    Holder {
        group: group.id,
        group_name: group.name.clone(),
        line: assignment.line,
        person: assignment.holder,
    }
}

/// A change of hands, from (with its group) to (with its group).
#[derive(Debug, Clone, Copy)]
pub struct Handed<'a> {
    /// Before; none at first routing.
    pub from: Option<(&'a Assignment, &'a Group)>,
    /// Now. Its instant is when it happened, its version the fact's sequence.
    pub to: (&'a Assignment, &'a Group),
    /// By whom.
    pub by: Actor,
}

/// `assignment.changed.v1` of a change that has a reason.
pub fn assignment_changed(
    ids: &dyn IdGen,
    provider: ProviderId,
    traceparent: Option<String>,
    handed: Handed<'_>,
) -> Result<Option<Envelope>, Error> {
    let (to, group) = handed.to;
    let Some(reason) = to.reason else {
        return Ok(None);
    };
    let fact = AssignmentChanged {
        ticket: to.ticket,
        ticket_version: to.ticket_version,
        from: handed.from.map(|(a, g)| holder(a, g)),
        to: holder(to, group),
        reason,
        by: handed.by,
    };
    let meta = Meta {
        id: EventId::new(ids),
        subject: to.ticket.to_string(),
        time: to.since,
        tenant: Some(to.tenant),
        provider: Some(provider),
        sequence: to.version,
        origin: Origin::Live,
        traceparent,
    };
    Ok(Some(Envelope::of(meta, &fact)?))
}
