//! Enums of the graph. Those of facts are named and ordered as in `libs/events`; those that others have too come from
//! `libs/subgraph`.

use async_graphql::Enum;
pub use subgraph::enums::{Priority, TicketKind, TicketState};

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
