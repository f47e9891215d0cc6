//! Enums of the graph. Those that others have too are theirs as well: they come from `libs/subgraph`.

use async_graphql::Enum;
pub use subgraph::enums::{Priority, TicketKind, TicketState};

use crate::domain;

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
