//! Contacts.

use chrono::{DateTime, Utc};
use events::intake::ContactRecorded;
use events::{Envelope, ReadError, Word as _};
use ids::{PersonId, TicketId};
use uuid::Uuid;

use super::Projection;

/// One touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Of which ticket.
    pub ticket: Option<Uuid>,
    /// When it was offered.
    pub at: DateTime<Utc>,
    /// `inbound`, `outbound`.
    pub direction: String,
    /// Through what.
    pub channel: &'static str,
    /// How it ended.
    pub outcome: String,
    /// Who took it.
    pub agent: Option<Uuid>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

pub(super) fn add(into: &mut Projection, fact: &Envelope) -> Result<(), ReadError> {
    if !fact.is::<ContactRecorded>() {
        return Ok(());
    }
    let recorded: ContactRecorded = fact.data_as()?;
    let ticket = recorded.ticket.map(TicketId::uuid);
    let row = ContactRow {
        ticket,
        at: recorded.offered_at,
        direction: recorded.direction,
        channel: recorded.channel.word(),
        outcome: recorded.outcome,
        agent: recorded.agent.map(PersonId::uuid),
        answered_at: recorded.answered_at,
        ended_at: recorded.ended_at,
    };
    into.contacts.insert(recorded.contact.uuid(), row);
    if let Some(ticket) = ticket {
        into.touch(ticket);
    }
    Ok(())
}
