//! The timeline of a ticket: what happened, in the order in which intake came to know.

use chrono::{DateTime, Utc};
use events::intake::{Actor, LinkKind, TicketState};
use events::routing::AssignmentReason;
use events::sla_clock::Target;
use events::words;
use ids::{ContactId, EntryId, GroupId, LinkId, PersonId, TicketId, VendorId};
use serde::{Deserialize, Serialize};

/// What an entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The ticket was opened.
    Opened,
    /// A public reply.
    Reply,
    /// An internal note.
    Note,
    /// Another state.
    StateChanged,
    /// Kind, impact, urgency, category, application or major flag changed, or for which vendor it waits.
    Classified,
    /// Linked to another ticket.
    Linked,
    /// A link was taken away.
    Unlinked,
    /// Somebody was in touch about it.
    Contact,
    /// Another holder (from routing).
    Assigned,
    /// A clock nears its end (from sla-clock).
    ClockWarned,
    /// A clock ran out (from sla-clock).
    ClockBreached,
    /// A row of another tool's history.
    Recorded,
    /// The service that it is about is back.
    ServiceRestored,
    /// That service is lost again.
    ServiceLost,
    /// The vendor that it waits for answered, and it goes on waiting.
    VendorAnswered,
}

words!(EntryKind:
    Opened = "opened", Reply = "reply", Note = "note", StateChanged = "state_changed", Classified = "classified",
    Linked = "linked", Unlinked = "unlinked", Contact = "contact", Assigned = "assigned",
    ClockWarned = "clock_warned", ClockBreached = "clock_breached", Recorded = "recorded",
    ServiceRestored = "service_restored", ServiceLost = "service_lost", VendorAnswered = "vendor_answered");

/// What an entry says besides words. Only what its kind has is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<TicketState>,
    /// The state after.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<TicketState>,
    /// For which vendor it waits after it; the one that answered, if that is what is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorId>,
    /// The link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// How the tickets hang together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_kind: Option<LinkKind>,
    /// The entry stands at the far end of the link.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub far_end: bool,
    /// The other ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<TicketId>,
    /// The resolver group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Its name, or the imported tool's word for the team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// Its support line, 1 to 3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<i16>,
    /// Who holds it: one of the provider's staff, hidden from the tenant's roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<PersonId>,
    /// Why the holder changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<AssignmentReason>,
    /// What the clock measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Which of the targets that measure so: of the tenant's own, and of those between groups and with vendors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_code: Option<String>,
    /// Share of the target used up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<i16>,
    /// The imported tool's status, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Its sub-status, verbatim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_status: Option<String>,
    /// The state machine would have forbidden the recorded move.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub irregular: bool,
    /// The service is back by a workaround.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workaround: Option<bool>,
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Of which ticket.
    pub ticket: TicketId,
    /// 1, 2, 3 … in the ticket.
    pub position: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it tells.
    pub kind: EntryKind,
    /// Hidden from the tenant's roles.
    pub internal: bool,
    /// Who did it.
    pub by: Actor,
    /// The contact through which it came or went.
    pub contact: Option<ContactId>,
    /// What somebody wrote.
    pub body: Option<String>,
    /// The rest.
    pub detail: Detail,
}

impl Entry {
    /// With words.
    pub fn saying(mut self, body: Option<String>) -> Self {
        self.body = body;
        self
    }

    /// With detail.
    pub fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Through a contact.
    pub fn through(mut self, contact: ContactId) -> Self {
        self.contact = Some(contact);
        self
    }

    /// Hidden from the tenant's roles.
    pub fn internal(mut self) -> Self {
        self.internal = true;
        self
    }
}

/// How an actor is written in a table: its kind and, but for the system, who.
pub fn actor_columns(actor: Actor) -> (&'static str, Option<PersonId>) {
    match actor {
        Actor::Requester { person } => ("requester", Some(person)),
        Actor::Staff { person } => ("staff", Some(person)),
        Actor::Machine { person } => ("machine", Some(person)),
        Actor::System => ("system", None),
    }
}

/// The actor so written.
pub fn actor(kind: &str, person: Option<PersonId>) -> Actor {
    match (kind, person) {
        ("requester", Some(person)) => Actor::Requester { person },
        ("staff", Some(person)) => Actor::Staff { person },
        ("machine", Some(person)) => Actor::Machine { person },
        _ => Actor::System,
    }
}
