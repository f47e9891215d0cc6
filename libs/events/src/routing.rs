//! What routing publishes: who holds a ticket.

use ids::{GroupId, PersonId, TicketId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::intake::Actor;

/// Who holds a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Holder {
    /// The resolver group.
    pub group: GroupId,
    /// Its name: the provider's word, not a client's.
    pub group_name: String,
    /// Its support line, 1 to 3.
    pub line: i16,
    /// The staff member, if one has it.
    pub person: Option<PersonId>,
}

/// Why the holder changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssignmentReason {
    /// First routing, by rule.
    Routed,
    /// Somebody gave it to somebody.
    Assigned,
    /// Somebody took it.
    Taken,
    /// Back to the group's queue.
    Released,
    /// To another group or line.
    Moved,
}

/// The holder changed. Subject: the ticket (source routing has a sequence of its own for it).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AssignmentChanged {
    /// The ticket.
    pub ticket: TicketId,
    /// Intake's version of it that routing had seen.
    pub ticket_version: i64,
    /// The holder before; none at first routing.
    pub from: Option<Holder>,
    /// The holder now.
    pub to: Holder,
    /// Why.
    pub reason: AssignmentReason,
    /// By whom.
    pub by: Actor,
}

crate::fact!(Routing, AssignmentChanged = "assignment.changed.v1");
