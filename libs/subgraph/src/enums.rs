//! Enums of tickets and clocks, as every subgraph that has them shows them: names and order are those of `libs/events`.
//! The texts are intake's where intake has the enum, since the composed graph takes its.

use async_graphql::Enum;

/// What a ticket is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
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

/// What a clock measures.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::sla_clock::Target")]
pub enum ClockTarget {
    /// To the first public answer of a person; of an agreement with a vendor, to the vendor's first.
    FirstResponse,
    /// From one public answer of a person to the next; of an agreement with a vendor, from one of the vendor's to the next.
    NextUpdate,
    /// To the service being back, by a workaround if need be.
    Restoration,
    /// To the resolution.
    Resolution,
    /// To the root cause being delivered.
    RootCause,
    /// A target of the tenant's own.
    Custom,
}

/// Between whom something is agreed.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::sla_clock::AgreementKind")]
pub enum AgreementKind {
    /// With the client: what the provider is paid by.
    Sla,
    /// Between the provider's groups: a clock runs while a group or line holds the ticket, each time anew.
    Ola,
    /// With a vendor: a clock runs while the vendor is waited for, each time anew.
    Supplier,
}
