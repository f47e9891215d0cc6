//! A contact: one inbound or outbound touch. "How is my ticket?" is a contact, not a ticket.

use chrono::{DateTime, TimeDelta, Utc};
use events::intake::{Channel, ContactRecorded};
use events::{Word as _, words};
use ids::{ContactId, PersonId, TenantId, TicketId};

use super::problem::Problem;

/// Which way it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To us.
    Inbound,
    /// From us.
    Outbound,
}

words!(Direction: Inbound = "inbound", Outbound = "outbound");

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
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

words!(Outcome:
    Answered = "answered", Abandoned = "abandoned", MessageLeft = "message_left", Resolved = "resolved",
    Informed = "informed");

/// One touch.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: ContactId,
    /// Through what.
    pub channel: Channel,
    /// Which way.
    pub direction: Direction,
    /// The tenant's person, if known.
    pub person: Option<PersonId>,
    /// The agent, if any.
    pub agent: Option<PersonId>,
    /// When it was offered.
    pub offered_at: DateTime<Utc>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Outcome,
    /// The ticket it belongs to, if any.
    pub ticket: Option<TicketId>,
}

impl Contact {
    /// As it travels.
    pub fn fact(&self) -> ContactRecorded {
        ContactRecorded {
            contact: self.id,
            channel: self.channel,
            direction: self.direction.word().to_owned(),
            person: self.person,
            agent: self.agent,
            offered_at: self.offered_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            outcome: self.outcome.word().to_owned(),
            ticket: self.ticket,
        }
    }

    /// What is wrong with its instants: offered, answered, ended, in this order and not in the future (but for a minute, as
    /// the caller's clock may be ahead).
    pub fn problems(&self, now: DateTime<Utc>) -> Vec<Problem> {
        let now = now + TimeDelta::minutes(1);
        let mut problems = Vec::new();
        if self.offered_at > now {
            problems.push(Problem::of(
                "offeredAt",
                "IN_THE_FUTURE",
                "El contacto no puede estar en el futuro",
            ));
        }
        if self
            .answered_at
            .is_some_and(|a| a < self.offered_at || a > now)
        {
            problems.push(Problem::of(
                "answeredAt",
                "OUT_OF_ORDER",
                "No puede atenderse antes de entrar ni en el futuro",
            ));
        }
        let begun = self.answered_at.unwrap_or(self.offered_at);
        if self.ended_at.is_some_and(|e| e < begun || e > now) {
            problems.push(Problem::of(
                "endedAt",
                "OUT_OF_ORDER",
                "No puede terminar antes de empezar ni en el futuro",
            ));
        }
        if self.outcome == Outcome::Abandoned && self.answered_at.is_some() {
            problems.push(Problem::of(
                "outcome",
                "CONTRADICTION",
                "Un contacto atendido no es un abandono",
            ));
        }
        problems
    }
}

/// How a ticket's opening or reply comes in: spoken channels are answered at once by whoever writes it down, in the
/// others words are left.
pub fn outcome_of(channel: Channel, by_staff: bool) -> Outcome {
    if by_staff && matches!(channel, Channel::Phone | Channel::Teams) {
        Outcome::Answered
    } else {
        Outcome::MessageLeft
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn instants_stand_in_order() {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let mut c = Contact {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            id: ContactId::from_uuid(Uuid::from_u128(2)),
            channel: Channel::Phone,
            direction: Direction::Inbound,
            person: None,
            agent: None,
            offered_at: at,
            answered_at: Some(at + TimeDelta::seconds(20)),
            ended_at: Some(at + TimeDelta::minutes(3)),
            outcome: Outcome::Answered,
            ticket: None,
        };
        let now = at + TimeDelta::hours(1);
        assert!(c.problems(now).is_empty());
        c.ended_at = Some(at);
        assert_eq!(c.problems(now)[0].field, Some("endedAt"));
        c.ended_at = None;
        c.outcome = Outcome::Abandoned;
        assert_eq!(c.problems(now)[0].code, "CONTRADICTION");
        assert_eq!(
            c.problems(at - TimeDelta::seconds(61))[0].code,
            "IN_THE_FUTURE"
        );
    }
}
