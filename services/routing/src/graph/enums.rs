//! Enums of the graph. Those that others have too say the same there: they come from `libs/events`.

use async_graphql::Enum;

use crate::domain;

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

/// How soon a ticket must be dealt with.
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

/// What a resolver group is good at.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::group::Speciality")]
pub enum Speciality {
    /// First contact.
    ServiceDesk,
    /// Operation of the systems (N2).
    SystemsOperations,
    /// Delivered software (N3).
    SoftwareFactory,
    /// Databases (N3).
    Database,
    /// Operating systems and infrastructure, physical and virtual (N3).
    OsInfrastructure,
    /// Whatever else.
    Other,
}

/// The order of the worklist.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::worklist::Sort")]
pub enum WorklistSort {
    /// What falls due first; what is never due comes last.
    DueFirst,
    /// Critical first, then the oldest.
    Priority,
    /// Newest first.
    OpenedNewest,
    /// Oldest first.
    OpenedOldest,
    /// Last changed first.
    Updated,
}

/// Why a ticket is in these hands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Taken over from another tool's history.
    Recorded,
}

impl From<Option<events::routing::AssignmentReason>> for AssignmentReason {
    fn from(reason: Option<events::routing::AssignmentReason>) -> Self {
        use events::routing::AssignmentReason as R;
        match reason {
            Some(R::Routed) => Self::Routed,
            Some(R::Assigned) => Self::Assigned,
            Some(R::Taken) => Self::Taken,
            Some(R::Released) => Self::Released,
            Some(R::Moved) => Self::Moved,
            None => Self::Recorded,
        }
    }
}
