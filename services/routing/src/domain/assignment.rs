//! Who holds a ticket, and how that may change.
//!
//! Each verb gives the new state, or nothing where it is already so, or what stands in its way.

use chrono::{DateTime, Utc};
use events::routing::AssignmentReason;
use ids::{GroupId, PersonId, TenantId, TicketId};

use super::group::Team;
use super::problem::{Outcome, Problem};

/// Who holds a ticket now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Whose ticket.
    pub tenant: TenantId,
    /// The ticket.
    pub ticket: TicketId,
    /// The group.
    pub group: GroupId,
    /// Its line when it got the ticket.
    pub line: i16,
    /// The staff member, if one has it.
    pub holder: Option<PersonId>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why; none if it was taken over from another tool's history.
    pub reason: Option<AssignmentReason>,
    /// Routing's own count of changes.
    pub version: i64,
    /// Intake's version that was seen.
    pub ticket_version: i64,
    /// Resolved, closed or cancelled.
    pub done: bool,
}

/// A change that the rules allow; none: it is so already.
pub type Change = Outcome<Option<Assignment>>;

impl Assignment {
    fn next(
        &self,
        team: &Team,
        holder: Option<PersonId>,
        reason: AssignmentReason,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            group: team.group.id,
            line: team.group.line,
            holder,
            since: now,
            reason: Some(reason),
            version: self.version + 1,
            ..self.clone()
        }
    }

    fn open(&self, seen: Option<i64>) -> Outcome<()> {
        if let Some(seen) = seen
            && seen != self.version
        {
            return Err(vec![Problem::stale(self.version)]);
        }
        if self.done {
            return Err(vec![Problem::of(
                "TICKET_DONE",
                "El ticket ya está resuelto, cerrado o cancelado.",
            )]);
        }
        Ok(())
    }

    /// Gives it to `person` in `team`. `seen` is the version that the caller had before its eyes.
    pub fn assign(
        &self,
        team: &Team,
        person: PersonId,
        seen: Option<i64>,
        now: DateTime<Utc>,
    ) -> Change {
        if self.group == team.group.id && self.holder == Some(person) {
            return Ok(None);
        }
        self.open(seen)?;
        if !team.group.active && team.group.id != self.group {
            return Err(vec![inactive()]);
        }
        if !team.admits(person) {
            return Err(vec![not_a_member("holder")]);
        }
        Ok(Some(self.next(
            team,
            Some(person),
            AssignmentReason::Assigned,
            now,
        )))
    }

    /// `person` takes it out of its group's queue. `lead` may take what another holds.
    pub fn take(
        &self,
        team: &Team,
        person: PersonId,
        lead: bool,
        seen: Option<i64>,
        now: DateTime<Utc>,
    ) -> Change {
        if self.holder == Some(person) {
            return Ok(None);
        }
        self.open(seen)?;
        if self.holder.is_some() && !lead {
            return Err(vec![Problem::of(
                "ALREADY_HELD",
                "Otra persona ya tiene el ticket; quien coordina puede reasignarlo.",
            )]);
        }
        if !team.admits(person) && !lead {
            return Err(vec![not_a_member("ticket")]);
        }
        Ok(Some(self.next(
            team,
            Some(person),
            AssignmentReason::Taken,
            now,
        )))
    }

    /// Back to the group's queue. `person` may release what it holds, a `lead` anything.
    pub fn release(
        &self,
        team: &Team,
        person: PersonId,
        lead: bool,
        seen: Option<i64>,
        now: DateTime<Utc>,
    ) -> Change {
        if self.holder.is_none() {
            return Ok(None);
        }
        self.open(seen)?;
        if self.holder != Some(person) && !lead {
            return Err(vec![Problem::of(
                "NOT_YOURS",
                "El ticket lo tiene otra persona; solo ella o quien coordina puede liberarlo.",
            )]);
        }
        Ok(Some(self.next(team, None, AssignmentReason::Released, now)))
    }

    /// To another group's queue (functional escalation, or back down).
    pub fn move_to(&self, team: &Team, seen: Option<i64>, now: DateTime<Utc>) -> Change {
        if self.group == team.group.id {
            return Ok(None);
        }
        self.open(seen)?;
        if !team.group.active {
            return Err(vec![inactive()]);
        }
        Ok(Some(self.next(team, None, AssignmentReason::Moved, now)))
    }
}

fn inactive() -> Problem {
    Problem::at(
        "group",
        "GROUP_INACTIVE",
        "El grupo no recibe tickets: está inactivo.",
    )
}

fn not_a_member(field: &'static str) -> Problem {
    Problem::at(
        field,
        "NOT_A_MEMBER",
        "La persona no pertenece al grupo resolutorio.",
    )
}

#[cfg(test)]
mod tests {
    use super::super::group::{Group, Speciality};
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000 + minute * 60, 0).unwrap()
    }

    fn team(ids: &dyn ids::IdGen, line: i16, members: Vec<PersonId>) -> Team {
        let group = Group {
            id: GroupId::new(ids),
            tenant: None,
            name: "G".into(),
            line,
            speciality: Speciality::Database,
            active: true,
            version: 1,
        };
        Team { group, members }
    }

    fn queued(ids: &dyn ids::IdGen, team: &Team) -> Assignment {
        Assignment {
            tenant: TenantId::new(ids),
            ticket: TicketId::new(ids),
            group: team.group.id,
            line: team.group.line,
            holder: None,
            since: at(0),
            reason: Some(AssignmentReason::Routed),
            version: 1,
            ticket_version: 1,
            done: false,
        }
    }

    fn code(change: Change) -> &'static str {
        change.unwrap_err()[0].code
    }

    #[test]
    fn taken_released_and_moved() {
        let ids = ids::seeded(2);
        let (ana, luis) = (PersonId::new(&*ids), PersonId::new(&*ids));
        let desk = team(&*ids, 1, vec![ana, luis]);
        let database = team(&*ids, 3, vec![]);
        let start = queued(&*ids, &desk);
        let taken = start
            .take(&desk, ana, false, Some(1), at(5))
            .unwrap()
            .unwrap();
        assert_eq!(
            (taken.holder, taken.version, taken.since),
            (Some(ana), 2, at(5))
        );
        assert_eq!(
            taken.take(&desk, ana, false, Some(1), at(6)),
            Ok(None),
            "already so is a value"
        );
        assert_eq!(
            code(taken.take(&desk, luis, false, None, at(6))),
            "ALREADY_HELD"
        );
        assert_eq!(
            code(taken.release(&desk, luis, false, None, at(6))),
            "NOT_YOURS"
        );
        let moved = taken.move_to(&database, Some(2), at(7)).unwrap().unwrap();
        assert_eq!((moved.holder, moved.line, moved.version), (None, 3, 3));
        assert_eq!(
            code(moved.take(&database, ana, false, Some(2), at(8))),
            "STALE"
        );
        assert!(
            moved
                .take(&database, ana, false, Some(3), at(8))
                .unwrap()
                .is_some(),
            "a group without members is open"
        );
    }

    #[test]
    fn what_is_done_or_closed_to_the_person_stays() {
        let ids = ids::seeded(3);
        let (ana, luis) = (PersonId::new(&*ids), PersonId::new(&*ids));
        let desk = team(&*ids, 1, vec![ana]);
        let mut retired = team(&*ids, 2, vec![]);
        retired.group.active = false;
        let start = queued(&*ids, &desk);
        assert_eq!(code(start.assign(&desk, luis, None, at(1))), "NOT_A_MEMBER");
        assert_eq!(code(start.move_to(&retired, None, at(1))), "GROUP_INACTIVE");
        let done = Assignment {
            done: true,
            ..start.clone()
        };
        assert_eq!(code(done.assign(&desk, ana, None, at(1))), "TICKET_DONE");
        assert_eq!(start.release(&desk, luis, false, None, at(1)), Ok(None));
    }
}
