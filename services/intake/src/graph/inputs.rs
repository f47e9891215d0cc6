//! What mutations take.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};

use super::enums::{
    Audience, Channel, ContactDirection, ContactOutcome, Degree, LinkKind, Priority, TicketKind,
    TicketState,
};

/// A further fact about a ticket.
#[derive(Debug, InputObject)]
pub struct TicketAttributeInput {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A ticket to be opened.
#[derive(Debug, InputObject)]
pub struct OpenTicketInput {
    /// Which tenant; the chosen one if nothing is said.
    pub tenant: Option<ID>,
    /// What it is.
    #[graphql(default_with = "TicketKind::Incident")]
    pub kind: TicketKind,
    /// In a line: at most 300 characters.
    pub subject: String,
    /// In full: at most 50,000 characters.
    #[graphql(default)]
    pub description: String,
    /// Impact on the tenant's own users.
    #[graphql(default_with = "Degree::Low")]
    pub impact_internal: Degree,
    /// Impact on the tenant's customers.
    #[graphql(default_with = "Degree::None")]
    pub impact_external: Degree,
    /// How urgent it is.
    #[graphql(default_with = "Degree::Low")]
    pub urgency: Degree,
    /// Declared a major incident. Needs the permission to open tickets for others.
    #[graphql(default)]
    pub major: bool,
    /// Global id of its category.
    pub category: Option<ID>,
    /// Global id of the application it is about.
    pub application: Option<ID>,
    /// Global id of the person who asks, if not the caller. Needs the permission to open tickets for others.
    pub requester: Option<ID>,
    /// Through what it came: a person's way is the portal, a machine's the API, and staff usually write down a call.
    /// Another one needs the permission to open tickets for others.
    pub channel: Option<Channel>,
    /// Further facts: at most 50.
    #[graphql(default)]
    pub attributes: Vec<TicketAttributeInput>,
    /// Came straight to N3's own channel. Needs the permission to open tickets for others.
    #[graphql(default)]
    pub direct_to_n3: bool,
    /// The same key with the same input gives the same ticket for 48 hours.
    pub idempotency_key: Option<String>,
}

/// A public reply.
#[derive(Debug, InputObject)]
pub struct ReplyToTicketInput {
    /// Global id of the ticket.
    pub ticket: ID,
    /// The words: at most 50,000 characters.
    pub body: String,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input replies once.
    pub idempotency_key: Option<String>,
}

/// An internal note.
#[derive(Debug, InputObject)]
pub struct AddNoteInput {
    /// Global id of the ticket.
    pub ticket: ID,
    /// The words: at most 50,000 characters.
    pub body: String,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input notes once.
    pub idempotency_key: Option<String>,
}

/// A move to another state.
#[derive(Debug, InputObject)]
pub struct ChangeTicketStateInput {
    /// Global id of the ticket.
    pub ticket: ID,
    /// Where to.
    pub to: TicketState,
    /// Global id of the vendor it waits for, where it goes to `WAITING_FOR_VENDOR`; for nobody named if absent. Of a ticket that
    /// stands there already: from now on for this one.
    pub vendor: Option<ID>,
    /// Why, in words that everybody who sees the ticket may read.
    pub reason: Option<String>,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input moves once.
    pub idempotency_key: Option<String>,
}

/// What tells a ticket from others; what is not said stays as it is.
#[derive(Debug, InputObject)]
pub struct ClassifyTicketInput {
    /// Global id of the ticket.
    pub ticket: ID,
    /// What it is. The number stays.
    pub kind: Option<TicketKind>,
    /// Declared a major incident.
    pub major: Option<bool>,
    /// Impact on the tenant's own users.
    pub impact_internal: Option<Degree>,
    /// Impact on the tenant's customers.
    pub impact_external: Option<Degree>,
    /// How urgent it is.
    pub urgency: Option<Degree>,
    /// Global id of its category; null takes it away.
    pub category: MaybeUndefined<ID>,
    /// Global id of the application it is about; null takes it away.
    pub application: MaybeUndefined<ID>,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input classifies once.
    pub idempotency_key: Option<String>,
}

/// The service that a ticket is about is back. Said again, it is put right: the instant, or how.
#[derive(Debug, InputObject)]
pub struct RestoreServiceInput {
    /// Global id of the ticket: an incident, or a major one, that is not done.
    pub ticket: ID,
    /// By a workaround: what was broken is still to be mended.
    pub workaround: bool,
    /// Since when: neither in the future nor before the opening or the last loss. Now, if nothing is said.
    pub restored_at: Option<DateTime<Utc>>,
    /// How, in words that everybody who sees the ticket may read: at most 50,000 characters.
    pub reason: Option<String>,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input says it once.
    pub idempotency_key: Option<String>,
}

/// The service that was back is lost again.
#[derive(Debug, InputObject)]
pub struct LoseServiceInput {
    /// Global id of the ticket, which is not done.
    pub ticket: ID,
    /// Since when: neither in the future nor before it was back. Now, if nothing is said.
    pub lost_at: Option<DateTime<Utc>>,
    /// Why, in words that everybody who sees the ticket may read: at most 50,000 characters.
    pub reason: Option<String>,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input says it once.
    pub idempotency_key: Option<String>,
}

/// The vendor that a ticket waits for has answered. It counts when it is written down.
#[derive(Debug, InputObject)]
pub struct RecordVendorAnswerInput {
    /// Global id of the ticket, which is in `WAITING_FOR_VENDOR`.
    pub ticket: ID,
    /// What the vendor said, in words that nobody of the tenant sees: at most 50,000 characters.
    pub body: String,
    /// The version that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input writes it down once.
    pub idempotency_key: Option<String>,
}

/// A link from one ticket to another of the same tenant.
#[derive(Debug, InputObject)]
pub struct LinkTicketsInput {
    /// Global id of the ticket.
    pub ticket: ID,
    /// How: the other is its parent, the one it repeats, the one that caused it, the one it was split off.
    pub kind: LinkKind,
    /// Global id of the other ticket.
    pub other: ID,
    /// The version of `ticket` that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input links once.
    pub idempotency_key: Option<String>,
}

/// A ticket to be split off another. What is absent of its classification is as with the original.
#[derive(Debug, InputObject)]
pub struct SplitTicketInput {
    /// Global id of the original.
    pub ticket: ID,
    /// What the new one is.
    pub kind: Option<TicketKind>,
    /// In a line: at most 300 characters.
    pub subject: String,
    /// In full: at most 50,000 characters.
    #[graphql(default)]
    pub description: String,
    /// Impact on the tenant's own users.
    pub impact_internal: Option<Degree>,
    /// Impact on the tenant's customers.
    pub impact_external: Option<Degree>,
    /// How urgent it is.
    pub urgency: Option<Degree>,
    /// Global id of its category.
    pub category: Option<ID>,
    /// Global id of the application it is about.
    pub application: Option<ID>,
    /// Global id of the person who asks.
    pub requester: Option<ID>,
    /// Further facts: at most 50. Those of the original stay there.
    #[graphql(default)]
    pub attributes: Vec<TicketAttributeInput>,
    /// The version of the original that the caller read; refused if it has changed since.
    pub expected_version: Option<i64>,
    /// The same key with the same input gives the same ticket for 48 hours.
    pub idempotency_key: Option<String>,
}

/// A link to be taken away.
#[derive(Debug, InputObject)]
pub struct UnlinkTicketsInput {
    /// Global id of the link.
    pub link: ID,
    /// The same key with the same input gives the same answer.
    pub idempotency_key: Option<String>,
}

/// A touch through a channel.
#[derive(Debug, InputObject)]
pub struct RecordContactInput {
    /// Which tenant; the chosen one if nothing is said.
    pub tenant: Option<ID>,
    /// Through what.
    pub channel: Channel,
    /// Which way.
    pub direction: ContactDirection,
    /// Global id of the tenant's person, if known.
    pub person: Option<ID>,
    /// When it was offered; now, if nothing is said.
    pub offered_at: Option<DateTime<Utc>>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: ContactOutcome,
    /// Global id of the ticket it belongs to, if any.
    pub ticket: Option<ID>,
    /// The same key with the same input records once.
    pub idempotency_key: Option<String>,
}

/// One cell of the priority matrix.
#[derive(Debug, InputObject)]
pub struct PriorityCellInput {
    /// Whom the impact is on.
    pub audience: Audience,
    /// How many of them.
    pub impact: Degree,
    /// How soon.
    pub urgency: Degree,
    /// What follows.
    pub priority: Priority,
}

/// Cells of the priority matrix to be set; the others stay.
#[derive(Debug, InputObject)]
pub struct SetPriorityMatrixInput {
    /// Which tenant; the chosen one if nothing is said.
    pub tenant: Option<ID>,
    /// The cells, each once.
    pub cells: Vec<PriorityCellInput>,
    /// Setting the same cells again changes nothing: a key is accepted and not needed.
    pub idempotency_key: Option<String>,
}

/// Within how long of its solution a ticket may be reopened by whoever asked for it. It counts at once, also for what was solved
/// before.
#[derive(Debug, InputObject)]
pub struct SetReopeningWindowInput {
    /// Which tenant; the chosen one if nothing is said.
    pub tenant: Option<ID>,
    /// So many hours of 60 minutes, 1 to 8,760, whatever calendar counts; without limit if absent or null.
    pub hours: Option<i32>,
    /// Setting the same hours again changes nothing: a key is accepted and not needed.
    pub idempotency_key: Option<String>,
}

/// A category to be added.
#[derive(Debug, InputObject)]
pub struct CreateCategoryInput {
    /// Which tenant; the chosen one if nothing is said.
    pub tenant: Option<ID>,
    /// Its name, unique under its parent: at most 120 characters.
    pub name: String,
    /// Global id of the category it is a part of.
    pub parent: Option<ID>,
    /// The same key with the same input adds one category.
    pub idempotency_key: Option<String>,
}
