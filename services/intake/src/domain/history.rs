//! Another tool's history: what happened there, recorded as it happened, also where our state machine would have
//! forbidden the move (marked irregular).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::intake::{Degree, Priority, TicketKind, TicketSnapshot, TicketState};
use ids::{PersonId, TenantId};
use uuid::Uuid;

use super::moves;
use super::ticket::Ticket;

/// One row of a case.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its place in the file.
    pub row: i64,
    /// SHA-256 of the canonical row.
    pub sha: [u8; 32],
    /// Which of several equal rows of the case, from 1.
    pub occurrence: i32,
    /// The tool's number for the case.
    pub case: String,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Status there, verbatim.
    pub status: String,
    /// Sub-status there, verbatim.
    pub sub_status: String,
    /// What that is with us.
    pub state: TicketState,
    /// Team and its support line there.
    pub holder: Option<(String, i16)>,
    /// Owner's name there.
    pub owner: Option<String>,
    /// Impact, if the tool has it.
    pub impact: Option<Degree>,
    /// Urgency, if the tool has it.
    pub urgency: Option<Degree>,
    /// Priority, if the tool has it.
    pub priority: Option<Priority>,
    /// What it is; an incident where the tool does not say.
    pub kind: Option<TicketKind>,
    /// In a line, if the tool has it.
    pub subject: Option<String>,
    /// Further columns that the mapping keeps.
    pub attributes: BTreeMap<String, String>,
}

/// What recording a row gave.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The state before; none for the first row.
    pub from: Option<TicketState>,
    /// The move is one that our machine forbids, or the row came after a later one.
    pub irregular: bool,
    /// The ticket as the row left it.
    pub snapshot: TicketSnapshot,
}

/// The owner's id: the same for the same name of the same tool in the same tenant, on every machine (UUIDv5).
pub fn owner_id(tenant: TenantId, tool: &str, name: &str) -> PersonId {
    let seed = format!("{tool}\n{name}");
    PersonId::from_uuid(Uuid::new_v5(&tenant.uuid(), seed.as_bytes()))
}

/// Records a row on its ticket, one version on. `first`: the ticket was made for it.
///
/// A late row (older than the newest one recorded) is told as it was, but the ticket stays where the newer row left it.
pub fn record(
    ticket: &mut Ticket,
    row: &Row,
    priority: impl Fn(Degree, Degree) -> Priority,
    first: bool,
) -> Recorded {
    let newest = ticket.external.as_ref().map(|e| e.recorded_until);
    let late = !first && newest.is_some_and(|n| row.at < n);
    let from = (!first).then_some(ticket.state);
    let before = from.unwrap_or(TicketState::Open);
    let irregular = late || (before != row.state && !moves::exists(before, row.state));

    let stays = late.then(|| ticket.clone());
    ticket.version += 1;
    if ticket.state != row.state || first {
        let (left, since) = (ticket.state, ticket.state_since);
        ticket.state = row.state;
        ticket.state_since = row.at;
        ticket.remember_solution(left, since);
        ticket.vendor = None;
    }
    ticket.opened_at = ticket.opened_at.min(row.at);
    ticket.kind = row.kind.unwrap_or(ticket.kind);
    ticket.impact_internal = row.impact.unwrap_or(ticket.impact_internal);
    ticket.urgency = row.urgency.unwrap_or(ticket.urgency);
    if row.priority.is_some() || row.impact.is_some() || row.urgency.is_some() || first {
        ticket.priority = row
            .priority
            .unwrap_or_else(|| priority(ticket.impact_internal, ticket.urgency));
    }
    if let Some(subject) = row.subject.as_ref().filter(|s| !s.is_empty()) {
        ticket.subject.clone_from(subject);
    }
    for (name, value) in &row.attributes {
        ticket.attributes.insert(name.clone(), value.clone());
    }
    if let Some(external) = &mut ticket.external {
        external.recorded_until = external.recorded_until.max(row.at);
    }
    let snapshot = ticket.snapshot();
    if let Some(stays) = stays {
        *ticket = Ticket {
            version: ticket.version,
            opened_at: ticket.opened_at,
            ..stays
        };
    }
    Recorded {
        from,
        irregular,
        snapshot,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::ticket::External;
    use crate::domain::ticket::tests::ticket;

    fn row(state: TicketState, at: DateTime<Utc>) -> Row {
        Row {
            row: 1,
            sha: [0; 32],
            occurrence: 1,
            case: "c".to_owned(),
            at,
            status: "s".to_owned(),
            sub_status: String::new(),
            state,
            holder: None,
            owner: None,
            impact: None,
            urgency: None,
            priority: None,
            kind: None,
            subject: None,
            attributes: BTreeMap::new(),
        }
    }

    fn imported() -> Ticket {
        let mut t = ticket(TicketState::Open);
        t.version = 0;
        t.external = Some(External {
            tool: "x".to_owned(),
            case: "c".to_owned(),
            recorded_until: t.opened_at,
        });
        t
    }

    fn low(_: Degree, _: Degree) -> Priority {
        Priority::Low
    }

    #[test]
    fn a_forbidden_move_is_recorded_and_marked() {
        let mut t = imported();
        let at = t.opened_at;
        let r = record(&mut t, &row(TicketState::Cancelled, at), low, true);
        assert!(!r.irregular && r.from.is_none());
        let r = record(
            &mut t,
            &row(TicketState::InProgress, at + TimeDelta::hours(1)),
            low,
            false,
        );
        assert!(r.irregular);
        assert_eq!(r.from, Some(TicketState::Cancelled));
        assert_eq!(
            (r.snapshot.version, r.snapshot.state),
            (2, TicketState::InProgress)
        );
        assert_eq!(t.state_since, at + TimeDelta::hours(1));
    }

    #[test]
    fn the_same_state_again_is_no_move() {
        let mut t = imported();
        let at = t.opened_at;
        record(&mut t, &row(TicketState::InProgress, at), low, true);
        let r = record(
            &mut t,
            &row(TicketState::InProgress, at + TimeDelta::hours(1)),
            low,
            false,
        );
        assert!(!r.irregular);
        assert_eq!((t.version, t.state_since), (2, at));
    }

    #[test]
    fn a_late_row_is_told_but_moves_nothing() {
        let mut t = imported();
        let at = t.opened_at;
        record(&mut t, &row(TicketState::InProgress, at), low, true);
        let done = at + TimeDelta::hours(5);
        record(&mut t, &row(TicketState::Resolved, done), low, false);
        let early = at - TimeDelta::hours(1);
        let r = record(&mut t, &row(TicketState::Queued, early), low, false);
        assert!(r.irregular);
        assert_eq!(r.snapshot.state, TicketState::Queued);
        assert_eq!((t.state, t.state_since), (TicketState::Resolved, done));
        assert_eq!((t.version, t.opened_at), (3, early));
    }

    #[test]
    fn what_another_tool_solved_and_reopened_is_recorded_however_late() {
        let mut t = imported();
        let at = t.opened_at;
        let hours = |n| at + TimeDelta::hours(n);
        record(&mut t, &row(TicketState::Resolved, at), low, true);
        assert_eq!(t.solved_at, Some(at));
        record(&mut t, &row(TicketState::Closed, hours(2)), low, false);
        assert_eq!(t.solved_since(), Some(at));
        // A row from before is told, and leaves the solution where it was.
        record(&mut t, &row(TicketState::Queued, hours(1)), low, false);
        assert_eq!(t.solved_since(), Some(at));
        let again = row(TicketState::Reopened, hours(10_000));
        let r = record(&mut t, &again, low, false);
        assert!(!r.irregular);
        assert_eq!((t.state, t.solved_at), (TicketState::Reopened, None));
    }

    #[test]
    fn an_owner_keeps_the_id() {
        let (a, b) = (
            TenantId::from_uuid(Uuid::from_u128(1)),
            TenantId::from_uuid(Uuid::from_u128(2)),
        );
        assert_eq!(owner_id(a, "t", "Ana"), owner_id(a, "t", "Ana"));
        assert_ne!(owner_id(a, "t", "Ana"), owner_id(b, "t", "Ana"));
        assert_ne!(owner_id(a, "t", "Ana"), owner_id(a, "u", "Ana"));
    }
}
