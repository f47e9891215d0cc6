//! Enums of the graph. Those of facts are named and ordered as in `libs/events`.

use async_graphql::Enum;

/// What a ticket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::intake::TicketKind")]
pub enum TicketKind {
    /// Something is broken or degraded.
    Incident,
    /// Something is asked for.
    ServiceRequest,
    /// A question.
    Enquiry,
    /// A change to a system, with its approval and window.
    Change,
    /// The cause behind incidents.
    Problem,
    /// Bug fixing on delivered software.
    CorrectiveMaintenance,
    /// One planned or requested operational task.
    Task,
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::intake::TicketState")]
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

/// How soon a ticket must be dealt with: impact x urgency by the tenant's matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::intake::Priority")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::intake::Degree")]
pub enum Degree {
    /// Nobody; no hurry.
    None,
    /// One or few.
    Low,
    /// A part of the organisation.
    Medium,
    /// Most or all.
    High,
}

/// Through what something came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::intake::Channel")]
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

/// How two tickets hang together, read from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "events::intake::LinkKind")]
pub enum LinkKind {
    /// The other is its parent. Of two incidents: a mass incident, whose answers and resolution count for each of its parts.
    Parent,
    /// It repeats the other: merged into it, its clocks end with the link, and the other's take over how long it waited.
    DuplicateOf,
    /// The other caused it.
    CausedBy,
    /// They have to do with each other.
    Related,
    /// It was split off the other.
    SplitFrom,
}

/// Whom an impact is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::priority::Audience")]
pub enum Audience {
    /// The tenant's own users.
    Internal,
    /// The tenant's customers.
    External,
}

/// Which way a contact went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::contact::Direction")]
pub enum ContactDirection {
    /// To the support centre.
    Inbound,
    /// From the support centre.
    Outbound,
}

/// What came of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::contact::Outcome")]
pub enum ContactOutcome {
    /// Somebody spoke with the person.
    Answered,
    /// The person gave up before anybody answered.
    Abandoned,
    /// Words were left to be read later.
    MessageLeft,
    /// The matter was settled in it.
    Resolved,
    /// The person was told how things stand.
    Informed,
}

/// What a timeline entry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::domain::entry::EntryKind")]
pub enum TimelineEntryKind {
    /// The ticket was opened.
    Opened,
    /// A public reply.
    Reply,
    /// An internal note.
    Note,
    /// Another state.
    StateChanged,
    /// Kind, impact, urgency, category, application or major flag changed.
    Classified,
    /// Linked to another ticket.
    Linked,
    /// A link was taken away.
    Unlinked,
    /// Somebody was in touch about it.
    Contact,
    /// Another holder.
    Assigned,
    /// A clock nears its end.
    ClockWarned,
    /// A clock ran out.
    ClockBreached,
    /// A row of another tool's history.
    Recorded,
    /// The service that it is about is back.
    ServiceRestored,
    /// That service is lost again.
    ServiceLost,
    /// The vendor that it waits for answered, and it goes on waiting. Hidden from the tenant's roles.
    VendorAnswered,
}

/// What sort of somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ActorKind {
    /// A person of the tenant.
    Requester,
    /// One of the provider's staff.
    Staff,
    /// A machine with an API key.
    Machine,
    /// A rule, a timer, an import.
    System,
}

/// In which order tickets are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::actions::read::Order")]
pub enum TicketSort {
    /// Last opened first.
    Newest,
    /// First opened first.
    Oldest,
    /// Critical first; of the same priority, first opened first.
    Pressing,
}
