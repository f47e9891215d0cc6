//! Facts on their way out: envelopes for what an action did.

use chrono::{DateTime, Utc};
use events::{Envelope, Fact, Meta, Origin};
use ids::{EventId, IdGen, ProviderId, TenantId};

use crate::domain::contact::Contact;
use crate::domain::ticket::Ticket;

/// What all facts of one action have in common.
#[derive(Debug)]
pub struct Teller<'a> {
    /// Where ids come from.
    pub ids: &'a dyn IdGen,
    /// Whose facts.
    pub tenant: TenantId,
    /// Who serves the tenant.
    pub provider: ProviderId,
    /// Live or history.
    pub origin: Origin,
    /// W3C trace context of what made it true.
    pub trace: Option<String>,
}

impl Teller<'_> {
    fn tell<F: Fact>(
        &self,
        subject: String,
        sequence: i64,
        time: DateTime<Utc>,
        fact: &F,
    ) -> Result<Envelope, serde_json::Error> {
        let meta = Meta {
            id: EventId::new(self.ids),
            subject,
            time,
            tenant: Some(self.tenant),
            provider: Some(self.provider),
            sequence,
            origin: self.origin,
            traceparent: self.trace.clone(),
        };
        Envelope::of(meta, fact)
    }

    /// A fact about a ticket; its sequence is the ticket's version.
    ///
    /// # Errors
    /// Only if the fact cannot be written as JSON.
    pub fn ticket<F: Fact>(
        &self,
        ticket: &Ticket,
        time: DateTime<Utc>,
        fact: &F,
    ) -> Result<Envelope, serde_json::Error> {
        self.tell(ticket.id.to_string(), ticket.version, time, fact)
    }

    /// The fact that a contact was recorded. A contact never changes: one fact, sequence 1.
    ///
    /// # Errors
    /// Only if the fact cannot be written as JSON.
    pub fn contact(&self, contact: &Contact) -> Result<Envelope, serde_json::Error> {
        self.tell(
            contact.id.to_string(),
            1,
            contact.offered_at,
            &contact.fact(),
        )
    }
}
