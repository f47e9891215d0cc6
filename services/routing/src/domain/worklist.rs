//! The staff's list of tickets: what is asked for, in which order, and what one row shows.

use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketKind, TicketState};
use ids::{ApplicationId, CategoryId, GroupId, PersonId, TenantId, TicketId};
use serde::{Deserialize, Serialize};

use super::assignment::Assignment;
use super::group::Group;

/// The count of a list stops here: beyond it nobody pages, and counting would cost more than the page.
pub const COUNT_AT_MOST: i64 = 10_001;

/// Whose hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeldBy {
    /// Nobody: in a group's queue.
    Nobody,
    /// This person.
    Person(PersonId),
}

/// Which tickets. An empty list sets no condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Whose (never empty when it is run: the caller's).
    pub tenants: Vec<TenantId>,
    /// In one of these states; empty means everything that is still to be done.
    pub states: Vec<TicketState>,
    /// Of one of these priorities.
    pub priorities: Vec<Priority>,
    /// Of one of these kinds.
    pub kinds: Vec<TicketKind>,
    /// With one of these groups.
    pub groups: Vec<GroupId>,
    /// On one of these lines.
    pub lines: Vec<i16>,
    /// In whose hands.
    pub held_by: Option<HeldBy>,
    /// Major incidents only, or none of them.
    pub major: Option<bool>,
    /// With a missed target only, or without one.
    pub breached: Option<bool>,
    /// Due before this instant.
    pub due_before: Option<DateTime<Utc>>,
}

impl Filter {
    /// Whether it asks for no more than the queues as they are opened: all that is to be done, of at most one group, in at most
    /// one person's hands or nobody's. What is to be read then does not depend on the values.
    pub fn is_a_queue(&self) -> bool {
        let Self {
            tenants: _,
            states,
            priorities,
            kinds,
            groups,
            lines,
            held_by: _,
            major,
            breached,
            due_before,
        } = self;
        states.is_empty()
            && priorities.is_empty()
            && kinds.is_empty()
            && groups.len() <= 1
            && lines.is_empty()
            && major.is_none()
            && breached.is_none()
            && due_before.is_none()
    }

    /// Whether tickets that are done are asked for.
    pub fn wants_done(&self) -> bool {
        self.states.iter().any(|s| s.is_done())
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sort {
    /// What falls due first; what is never due comes last.
    #[default]
    #[serde(rename = "d")]
    DueFirst,
    /// Critical first, then by age.
    #[serde(rename = "p")]
    Priority,
    /// Newest first.
    #[serde(rename = "n")]
    OpenedNewest,
    /// Oldest first.
    #[serde(rename = "o")]
    OpenedOldest,
    /// Last changed first.
    #[serde(rename = "u")]
    Updated,
}

/// The place of a row in an order: what a cursor holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The order it belongs to.
    #[serde(rename = "s")]
    pub sort: Sort,
    /// Rank of the priority, where that is the order.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i16>,
    /// The instant it is sorted by, microseconds since 1970.
    #[serde(rename = "t")]
    pub at: i64,
    /// The ticket, where instants are equal.
    #[serde(rename = "i")]
    pub ticket: TicketId,
}

/// One row.
#[derive(Debug, Clone)]
pub struct Item {
    /// Who holds it.
    pub assignment: Assignment,
    /// The group that does.
    pub group: Group,
    /// Readable number.
    pub number: String,
    /// What it is.
    pub kind: TicketKind,
    /// A major incident.
    pub major: bool,
    /// Where it stands.
    pub state: TicketState,
    /// Since when.
    pub state_since: DateTime<Utc>,
    /// Priority.
    pub priority: Priority,
    /// Application.
    pub application: Option<ApplicationId>,
    /// Category.
    pub category: Option<CategoryId>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// The next target falls due.
    pub due_at: Option<DateTime<Utc>>,
    /// A target was missed.
    pub breached: bool,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Its place in the order asked for.
    pub place: Place,
}

/// A page of the list.
#[derive(Debug, Default)]
pub struct Page {
    /// The rows.
    pub items: Vec<Item>,
    /// There are more behind them.
    pub more: bool,
    /// How many there are in all, if asked; [`COUNT_AT_MOST`] stands for "that many or more".
    pub count: Option<i64>,
    /// The list is older than what the caller has written: how old.
    pub as_of: Option<DateTime<Utc>>,
}
