//! The service that a ticket is about: back, by a workaround or not, and lost again. Restore first, then resolve: that the
//! service is back says nothing of the ticket's state.

use chrono::{DateTime, SubsecRound as _, Utc};
use events::intake::{Service, TicketKind};

use super::problem::Problem;
use super::ticket::Ticket;
use super::words::spanish;

/// A service that is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Since when.
    pub at: DateTime<Utc>,
    /// By a workaround: what was broken is still to be mended.
    pub workaround: bool,
}

/// What became of a word on how the service stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It stands so since then.
    Yes(DateTime<Utc>),
    /// That was known already.
    AlreadySo,
    /// It cannot be said.
    No(Problem),
}

impl Ticket {
    /// How the service stands, as facts say it.
    pub fn service(&self) -> Option<Service> {
        let restored = self.restored.map(|r| Service::Restored {
            at: r.at,
            workaround: r.workaround,
        });
        restored.or(self.lost_at.map(|at| Service::Lost { at }))
    }

    /// The service is back since `at`; if nothing is said, since now, or since it was said to be. Said again, it is put right.
    /// One version on, as one fact follows.
    pub fn restore(
        &mut self,
        workaround: bool,
        at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Said {
        if let Some(problem) = self.over().or_else(|| self.without_service()) {
            return Said::No(problem);
        }
        // Before the loss it was another restoration, which that ended.
        let earliest = self
            .lost_at
            .map_or(self.opened_at, |l| l.max(self.opened_at));
        let known = self.restored.map(|r| r.at);
        let at = match at.map(|at| at.trunc_subsecs(6)) {
            Some(at) if at > now => return Said::No(in_the_future("restoredAt")),
            Some(at) if at < self.opened_at => {
                let message = "El servicio no puede haber vuelto antes de abrirse el ticket";
                return Said::No(Problem::of("restoredAt", "BEFORE_OPENING", message));
            }
            Some(at) if at < earliest => {
                let message = "El servicio no puede haber vuelto antes de perderse por última vez";
                return Said::No(Problem::of("restoredAt", "BEFORE_LOSS", message));
            }
            Some(at) => at,
            // Facts of other replicas may be told by a clock that is a little ahead.
            None => known.unwrap_or(now.max(earliest)),
        };
        let restored = Some(Restored { at, workaround });
        if self.restored == restored {
            return Said::AlreadySo;
        }
        self.restored = restored;
        self.version += 1;
        Said::Yes(at)
    }

    /// The service that was back is lost again since `at`, or since now. One version on, as one fact follows.
    pub fn lose(&mut self, at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Said {
        if let Some(problem) = self.over() {
            return Said::No(problem);
        }
        let Some(restored) = self.restored else {
            return Said::AlreadySo;
        };
        let at = match at.map(|at| at.trunc_subsecs(6)) {
            Some(at) if at > now => return Said::No(in_the_future("lostAt")),
            Some(at) if at < restored.at => {
                let message = "El servicio no puede haberse perdido antes de volver";
                return Said::No(Problem::of("lostAt", "BEFORE_RESTORATION", message));
            }
            Some(at) => at,
            None => now.max(restored.at),
        };
        self.restored = None;
        self.lost_at = Some(at);
        self.version += 1;
        Said::Yes(at)
    }

    /// Whoever reopens a ticket says that it was not solved: the service counts as lost from there on, and is not back since
    /// before, until somebody says that it is back again.
    pub(super) fn lost_by_reopening(&mut self) {
        self.restored = None;
        self.lost_at = Some(self.state_since);
    }

    /// Of a ticket that is done nothing is said of the service: it is reopened first.
    fn over(&self) -> Option<Problem> {
        self.state.is_done().then(|| {
            let message = format!("El ticket está {}: reábralo primero", spanish(self.state));
            Problem::of("ticket", "TICKET_DONE", message)
        })
    }

    /// Only by an incident is a service down; what is asked for, planned or looked into takes none away.
    fn without_service(&self) -> Option<Problem> {
        let down = self.kind == TicketKind::Incident || self.major;
        (!down).then(|| {
            let message = "Solo en un incidente hay un servicio que restablecer";
            Problem::of("ticket", "NO_SERVICE_DOWN", message)
        })
    }
}

fn in_the_future(field: &'static str) -> Problem {
    Problem::of(
        field,
        "IN_THE_FUTURE",
        "El instante no puede estar en el futuro",
    )
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use events::intake::TicketState::{Cancelled, Closed, InProgress, Reopened, Resolved};

    use super::*;
    use crate::domain::moves::Mover;
    use crate::domain::ticket::Moved;
    use crate::domain::ticket::tests::ticket;

    fn hours(ticket: &Ticket, hours: i64) -> DateTime<Utc> {
        ticket.opened_at + TimeDelta::hours(hours)
    }

    fn code(said: Said) -> &'static str {
        match said {
            Said::No(problem) => problem.code,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_service_that_is_back_is_one_version_and_said_again_it_is_put_right() {
        let mut t = ticket(InProgress);
        assert_eq!(t.service(), None);
        let (at, now) = (hours(&t, 1), hours(&t, 2));
        assert_eq!(t.restore(true, Some(at), now), Said::Yes(at));
        assert_eq!((t.version, t.state), (2, InProgress));
        let back = Service::Restored {
            at,
            workaround: true,
        };
        assert_eq!(t.snapshot().service, Some(back));
        for again in [None, Some(at)] {
            assert_eq!(t.restore(true, again, hours(&t, 3)), Said::AlreadySo);
        }
        assert_eq!(t.version, 2);
        // Mended for good, and half an hour earlier than was said.
        assert_eq!(t.restore(false, None, hours(&t, 3)), Said::Yes(at));
        let earlier = at - TimeDelta::minutes(30);
        assert_eq!(
            t.restore(false, Some(earlier), hours(&t, 3)),
            Said::Yes(earlier)
        );
        let restored = Restored {
            at: earlier,
            workaround: false,
        };
        assert_eq!((t.version, t.restored), (4, Some(restored)));
    }

    #[test]
    fn a_service_is_back_neither_in_the_future_nor_before_the_ticket_or_its_loss() {
        let mut t = ticket(InProgress);
        let now = hours(&t, 3);
        let (ahead, before) = (hours(&t, 4), hours(&t, -1));
        assert_eq!(code(t.restore(false, Some(ahead), now)), "IN_THE_FUTURE");
        assert_eq!(code(t.restore(false, Some(before), now)), "BEFORE_OPENING");
        let at = hours(&t, 1);
        assert_eq!(t.restore(false, Some(at), now), Said::Yes(at));
        assert_eq!(code(t.lose(Some(ahead), now)), "IN_THE_FUTURE");
        assert_eq!(code(t.lose(Some(before), now)), "BEFORE_RESTORATION");
        let lost = hours(&t, 2);
        assert_eq!(t.lose(Some(lost), now), Said::Yes(lost));
        assert_eq!(t.service(), Some(Service::Lost { at: lost }));
        assert_eq!(t.lose(None, now), Said::AlreadySo);
        assert_eq!(code(t.restore(false, Some(at), now)), "BEFORE_LOSS");
        // By a clock that is behind it is back at once.
        assert_eq!(t.restore(false, None, at), Said::Yes(lost));
        assert_eq!(t.version, 4);
    }

    #[test]
    fn only_an_incident_that_is_not_done_has_a_service_to_restore() {
        for state in [Resolved, Closed, Cancelled] {
            let mut t = ticket(state);
            let now = hours(&t, 1);
            assert_eq!(code(t.restore(false, None, now)), "TICKET_DONE");
            assert_eq!(code(t.lose(None, now)), "TICKET_DONE");
        }
        let mut t = ticket(InProgress);
        t.kind = TicketKind::Enquiry;
        let now = hours(&t, 1);
        assert_eq!(code(t.restore(false, None, now)), "NO_SERVICE_DOWN");
        t.major = true;
        assert_eq!(t.restore(false, None, now), Said::Yes(now));
        // What is called otherwise afterwards can still lose its service.
        t.major = false;
        assert_eq!(t.lose(None, now), Said::Yes(now));
    }

    #[test]
    fn whoever_reopens_a_ticket_says_that_the_service_is_lost() {
        let mut t = ticket(InProgress);
        let (back, solved, again) = (hours(&t, 1), hours(&t, 2), hours(&t, 3));
        t.restore(true, None, back);
        t.change_state(Resolved, Mover::Staff, solved);
        assert!(t.restored.is_some());
        let moved = t.change_state(Reopened, Mover::Requester, again);
        assert_eq!(moved, Moved::Yes(Resolved));
        assert_eq!(t.service(), Some(Service::Lost { at: again }));
        let now = hours(&t, 4);
        assert_eq!(code(t.restore(true, Some(back), now)), "BEFORE_LOSS");
        assert_eq!(t.restore(true, Some(again), now), Said::Yes(again));
    }
}
