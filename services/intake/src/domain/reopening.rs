//! Until when who asked for a ticket may reopen it: so many hours after it was solved, if the tenant has set a limit. What comes
//! later is another matter, with a ticket of its own.
//!
//! The hours are those of the clock on the wall, whatever calendar the ticket's targets count by: who asks knows when they were
//! told, and not which hours the provider works. Staff are not bound: they answer for what they reopen.

use chrono::{DateTime, TimeDelta, Utc};
use events::intake::TicketState;

use super::problem::Problem;
use super::ticket::Ticket;

/// Within how many hours of its solution a ticket may be reopened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(i32);

impl Window {
    /// The longest there is, hours: a year of 365 days.
    pub const LONGEST: i32 = 8_760;

    /// Of so many hours, 1 to [`Self::LONGEST`]; none of any other number.
    pub fn of(hours: i32) -> Option<Self> {
        (1..=Self::LONGEST).contains(&hours).then_some(Self(hours))
    }

    /// How many hours.
    pub const fn hours(self) -> i32 {
        self.0
    }

    /// Its last instant, which is still in it.
    fn end(self, solved: DateTime<Utc>) -> DateTime<Utc> {
        solved + TimeDelta::hours(i64::from(self.0))
    }
}

/// Cancelled is not solved, and nobody reopens it.
fn is_solved(state: TicketState) -> bool {
    matches!(state, TicketState::Resolved | TicketState::Closed)
}

impl Ticket {
    /// Since when it counts as solved: it was first said so since it was last alive. Whoever closes what was resolved confirms
    /// that, and lengthens nothing. None while it is not solved.
    pub fn solved_since(&self) -> Option<DateTime<Utc>> {
        match self.state {
            TicketState::Resolved => Some(self.state_since),
            // A ticket that came there before this was kept knows its present state alone.
            TicketState::Closed => Some(self.solved_at.unwrap_or(self.state_since)),
            _ => None,
        }
    }

    /// The last instant at which who asked for it may reopen it; none where there is no limit, or nothing to reopen.
    pub fn reopenable_until(&self, window: Option<Window>) -> Option<DateTime<Utc>> {
        let solved = self.solved_since()?;
        window.map(|w| w.end(solved))
    }

    /// Who asked for it comes too late to reopen it.
    pub fn too_late(&self, window: Option<Window>, now: DateTime<Utc>) -> Option<Problem> {
        let until = self.reopenable_until(window)?;
        (now > until).then(|| {
            let message = "El plazo para reabrir este ticket ya terminó: abra uno nuevo";
            Problem::of("to", "REOPENING_OVER", message)
        })
    }

    /// It has just left a state in which it was since then: what it knows of its solution begins, goes on or ends.
    pub(super) fn remember_solution(&mut self, from: TicketState, since: DateTime<Utc>) {
        self.solved_at = match (is_solved(from), is_solved(self.state)) {
            (true, true) if from == TicketState::Resolved => Some(since),
            (true, true) => self.solved_at.or(Some(since)),
            (false, true) => Some(self.state_since),
            (_, false) => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use events::intake::TicketState::{Cancelled, Closed, InProgress, Reopened, Resolved};

    use super::*;
    use crate::domain::moves::Mover;
    use crate::domain::ticket::tests::ticket;

    fn hours(ticket: &Ticket, hours: i64) -> DateTime<Utc> {
        ticket.opened_at + TimeDelta::hours(hours)
    }

    #[test]
    fn a_window_has_an_hour_at_least_and_a_year_at_most() {
        for hours in [i32::MIN, -1, 0, 8_761, i32::MAX] {
            assert_eq!(Window::of(hours), None);
        }
        for hours in [1, 72, 8_760] {
            assert_eq!(Window::of(hours).map(Window::hours), Some(hours));
        }
    }

    #[test]
    fn the_last_instant_is_in_time_and_whatever_follows_it_is_not() {
        let mut t = ticket(InProgress);
        let solved = hours(&t, 1);
        t.change_state(Resolved, Mover::Staff, solved);
        let window = Window::of(72);
        let last = hours(&t, 73);
        assert_eq!(t.reopenable_until(window), Some(last));
        assert_eq!(t.too_late(window, last), None);
        for late in [TimeDelta::microseconds(1), TimeDelta::seconds(1)] {
            let problem = t.too_late(window, last + late).unwrap();
            assert_eq!(
                (problem.field, problem.code),
                (Some("to"), "REOPENING_OVER")
            );
        }
        // Without a limit nothing is ever too late.
        assert_eq!(t.reopenable_until(None), None);
        assert_eq!(t.too_late(None, hours(&t, 1_000_000)), None);
    }

    #[test]
    fn who_closes_what_was_resolved_lengthens_nothing() {
        let mut t = ticket(InProgress);
        let (solved, closed) = (hours(&t, 1), hours(&t, 5));
        t.change_state(Resolved, Mover::Staff, solved);
        t.change_state(Closed, Mover::Requester, closed);
        assert_eq!((t.state_since, t.solved_since()), (closed, Some(solved)));
        assert_eq!(t.reopenable_until(Window::of(2)), Some(hours(&t, 3)));
    }

    #[test]
    fn another_solution_begins_another_window() {
        let mut t = ticket(InProgress);
        let (first, again, second) = (hours(&t, 1), hours(&t, 2), hours(&t, 9));
        t.change_state(Resolved, Mover::Staff, first);
        t.change_state(Reopened, Mover::Requester, again);
        assert_eq!((t.solved_at, t.solved_since()), (None, None));
        assert_eq!(t.reopenable_until(Window::of(1)), None);
        t.change_state(Resolved, Mover::Staff, second);
        assert_eq!(t.solved_since(), Some(second));
    }

    #[test]
    fn where_nobody_said_when_it_was_solved_it_is_since_its_state_began() {
        // Resolved before that was kept, and closed since.
        let mut t = ticket(Resolved);
        let resolved = t.state_since;
        assert_eq!(t.solved_since(), Some(resolved));
        let closed = hours(&t, 4);
        t.change_state(Closed, Mover::Staff, closed);
        assert_eq!(t.solved_since(), Some(resolved));
        // Closed before that was kept: of the solution nothing is known any more.
        let t = ticket(Closed);
        assert_eq!(t.solved_since(), Some(t.state_since));
    }

    #[test]
    fn what_is_not_solved_has_no_last_hour() {
        for state in [InProgress, Cancelled, Reopened] {
            let t = ticket(state);
            assert_eq!(t.solved_since(), None);
            assert_eq!(t.too_late(Window::of(1), hours(&t, 100)), None);
        }
        let mut t = ticket(InProgress);
        let at = hours(&t, 1);
        t.change_state(Cancelled, Mover::Staff, at);
        assert_eq!((t.solved_at, t.solved_since()), (None, None));
    }
}
