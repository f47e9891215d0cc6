//! What intake publishes: contacts and tickets.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ids::{
    ApplicationId, CategoryId, ContactId, EntryId, GroupId, LinkId, PersonId, TicketId, VendorId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a ticket is (ITIL 4 practices; `corrective_maintenance` is bug fixing on delivered software).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// Something is broken or degraded.
    Incident,
    /// Something is asked for.
    ServiceRequest,
    /// A question.
    Enquiry,
    /// A change to a system.
    Change,
    /// The cause behind incidents.
    Problem,
    /// Bug fixing on delivered software.
    CorrectiveMaintenance,
    /// One planned or requested operational task.
    Task,
}

/// Where a ticket stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TicketState {
    /// Taken in, with nobody yet.
    Open,
    /// In a group's queue.
    Queued,
    /// Somebody works on it.
    InProgress,
    /// The requester was asked.
    WaitingForRequester,
    /// An approval is awaited.
    WaitingForApproval,
    /// A vendor was asked.
    WaitingForVendor,
    /// A delivery to production is awaited.
    WaitingForImplementation,
    /// Another third party is awaited.
    WaitingForThirdParty,
    /// Solved, not yet accepted.
    Resolved,
    /// Done.
    Closed,
    /// Withdrawn.
    Cancelled,
    /// Back after it was resolved or closed.
    Reopened,
}

impl TicketState {
    /// Resolved, closed or cancelled: nobody is expected to act.
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed | Self::Cancelled)
    }

    /// One of the five waiting states.
    pub const fn is_waiting(self) -> bool {
        matches!(
            self,
            Self::WaitingForRequester
                | Self::WaitingForApproval
                | Self::WaitingForVendor
                | Self::WaitingForImplementation
                | Self::WaitingForThirdParty
        )
    }
}

/// How soon it must be dealt with: impact x urgency by the tenant's matrix.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Before everything else.
    Critical,
    /// Soon.
    High,
    /// In turn.
    Medium,
    /// When there is time.
    Low,
}

/// A degree of impact or urgency.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// Nobody.
    None,
    /// One or few.
    Low,
    /// A part of the organisation.
    Medium,
    /// Most or all.
    High,
}

/// Through what it came or went.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The portal.
    Portal,
    /// E-mail.
    Email,
    /// Microsoft Teams.
    Teams,
    /// Telephone, answered.
    Phone,
    /// The call mailbox.
    Voicemail,
    /// Jira.
    Jira,
    /// A monitoring alert.
    Alert,
    /// The API.
    Api,
    /// An import of history.
    Import,
}

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person of the tenant.
    Requester {
        /// Who.
        person: PersonId,
    },
    /// One of the provider's staff.
    Staff {
        /// Who.
        person: PersonId,
    },
    /// A machine with an API key; `person` is the key's id as a person.
    Machine {
        /// The key.
        person: PersonId,
    },
    /// A rule, a timer, an import.
    System,
}

/// How the service stands that a ticket is about, as was said last (restore first, then resolve).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Service {
    /// Back since then.
    Restored {
        /// Since when; whoever says so may say it later.
        at: DateTime<Utc>,
        /// By a workaround: what was broken is still to be mended.
        workaround: bool,
    },
    /// Lost again since then, or taken as lost because the ticket was reopened.
    Lost {
        /// Since when.
        at: DateTime<Utc>,
    },
}

impl Service {
    /// Since when it stands so.
    pub const fn at(self) -> DateTime<Utc> {
        match self {
            Self::Restored { at, .. } | Self::Lost { at } => at,
        }
    }

    /// Whether it is back.
    pub const fn is_restored(self) -> bool {
        matches!(self, Self::Restored { .. })
    }
}

/// The ticket as it was right after what the fact tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketSnapshot {
    /// The ticket.
    pub ticket: TicketId,
    /// Intake's sequence for it: equal to the envelope's `sequence`.
    pub version: i64,
    /// Readable number, unique in the tenant: `INC-000123`.
    pub number: String,
    /// What it is.
    pub kind: TicketKind,
    /// Declared a major incident.
    pub major: bool,
    /// How the service stands that it is about; absent until somebody says that it is back. The instants in it are those of
    /// the service, which may lie before the fact's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Where it stands.
    pub state: TicketState,
    /// By the tenant's matrix.
    pub priority: Priority,
    /// Impact on internal users.
    pub impact_internal: Degree,
    /// Impact on external customers.
    pub impact_external: Degree,
    /// Urgency.
    pub urgency: Degree,
    /// Category of the tenant's catalogue.
    pub category: Option<CategoryId>,
    /// What it is about.
    pub application: Option<ApplicationId>,
    /// For which vendor it waits, if that was said; none in any other state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorId>,
    /// Who asks.
    pub requester: Option<PersonId>,
    /// Through what it was opened.
    pub channel: Channel,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When its present state began.
    pub state_since: DateTime<Utc>,
}

/// A touch through a channel was recorded. Subject: the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactRecorded {
    /// The contact.
    pub contact: ContactId,
    /// Through what.
    pub channel: Channel,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// The tenant's person, if known.
    pub person: Option<PersonId>,
    /// The agent, if any.
    pub agent: Option<PersonId>,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// `answered`, `abandoned`, `message_left`, `resolved`, `informed`.
    pub outcome: String,
    /// The ticket it belongs to, if any.
    pub ticket: Option<TicketId>,
}

/// A ticket was opened. Subject of this and all below: the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketOpened {
    /// The ticket.
    pub ticket: TicketSnapshot,
    /// By whom.
    pub by: Actor,
    /// The contact that opened it.
    pub contact: Option<ContactId>,
    /// Straight to N3's own channel: leaves the base of FCR.
    #[serde(default)]
    pub direct_to_n3: bool,
    /// It goes to this group whatever the tenant's rules say, if the group may be given it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
}

/// It moved to another state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketStateChanged {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// The state before.
    pub from: TicketState,
    /// By whom.
    pub by: Actor,
}

/// Kind, major flag, impact, urgency, priority, category or application changed; or, while it waits for a vendor, which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketClassified {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// By whom.
    pub by: Actor,
}

/// The service that it is about is back, or lost again: see the snapshot's `service`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketServiceChanged {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// By whom.
    pub by: Actor,
}

/// The vendor that it waits for answered: it took the case, asked something or said how far it is. The ticket goes on waiting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketVendorAnswered {
    /// The ticket after it; the vendor is the snapshot's, if anybody said which.
    pub ticket: TicketSnapshot,
    /// The timeline entry that holds the words.
    pub entry: EntryId,
    /// Who of the provider wrote it down.
    pub by: Actor,
}

/// A public reply was written, by either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketReplied {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// The timeline entry that holds the words.
    pub entry: EntryId,
    /// By whom.
    pub by: Actor,
    /// Sent by a rule or a template: no first response.
    pub automatic: bool,
    /// The contact through which it came or went.
    pub contact: Option<ContactId>,
}

/// An internal note was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketNoted {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// The timeline entry that holds the words.
    pub entry: EntryId,
    /// By whom.
    pub by: Actor,
}

/// How two tickets hang together, seen from the fact's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// The other is its parent.
    Parent,
    /// It repeats the other.
    DuplicateOf,
    /// The other caused it.
    CausedBy,
    /// They have to do with each other.
    Related,
    /// It was split off the other.
    SplitFrom,
}

/// It was linked to another ticket of the same tenant, or the link was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketLinked {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// The link.
    pub link: LinkId,
    /// How.
    pub kind: LinkKind,
    /// The other ticket.
    pub other: TicketId,
    /// The link was taken away.
    pub removed: bool,
    /// By whom.
    pub by: Actor,
}

/// Who held a ticket, in the words of the tool that the history came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedHolder {
    /// The team's name there.
    pub group: String,
    /// Its support line, 1 to 3.
    pub line: i16,
    /// The owner, as an id made from (tenant, source, name); the name stays in intake.
    pub owner: Option<PersonId>,
}

/// One row of another tool's history: what happened then, as it happened. Origin is always `history`. The first one
/// of a case is its opening. Rows of a case come in the order of (time, row).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketRecorded {
    /// The ticket after it.
    pub ticket: TicketSnapshot,
    /// The state before; none for the first row of a case.
    pub from: Option<TicketState>,
    /// The tool, as the mapping names it.
    pub tool: String,
    /// Its number for the case.
    pub case: String,
    /// Its status, verbatim.
    pub status: String,
    /// Its sub-status, verbatim; empty if the tool has none.
    pub sub_status: String,
    /// Who held it.
    pub holder: Option<RecordedHolder>,
    /// Our state machine would have forbidden the move.
    pub irregular: bool,
    /// Further columns that the mapping keeps.
    pub attributes: BTreeMap<String, String>,
}

crate::fact!(
    Intake,
    ContactRecorded = "contact.recorded.v1",
    TicketOpened = "ticket.opened.v1",
    TicketStateChanged = "ticket.state_changed.v1",
    TicketClassified = "ticket.classified.v1",
    TicketServiceChanged = "ticket.service_changed.v1",
    TicketVendorAnswered = "ticket.vendor_answered.v1",
    TicketReplied = "ticket.replied.v1",
    TicketNoted = "ticket.noted.v1",
    TicketLinked = "ticket.linked.v1",
    TicketRecorded = "ticket.recorded.v1",
);
