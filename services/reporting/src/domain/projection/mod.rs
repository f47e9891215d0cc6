//! From facts to rows. Pure, and independent of the order of arrival between subjects, so that a rebuild comes to the
//! same as taking the facts in one by one. One file per sort of fact that the read models use.

mod assignment;
mod clock;
mod contact;
mod ticket;

use std::collections::{BTreeMap, BTreeSet};

use events::sla_clock::ClockSnapshot;
use events::{Envelope, Publisher, ReadError};
use uuid::Uuid;

pub use self::contact::ContactRow;
pub use self::ticket::TicketRow;
use crate::domain::history::Step;

/// Rows that a batch of facts comes to.
#[derive(Debug, Default)]
pub struct Projection {
    /// Latest snapshots; every ticket that the batch touches has one, if only an empty one.
    pub tickets: BTreeMap<Uuid, TicketRow>,
    /// Events of tickets.
    pub steps: Vec<(Uuid, Step)>,
    /// Contacts.
    pub contacts: BTreeMap<Uuid, ContactRow>,
    /// Clocks with the sequence of the fact that told them last.
    pub clocks: BTreeMap<Uuid, (i64, ClockSnapshot)>,
    /// Tickets to sum up anew.
    pub touched: BTreeSet<Uuid>,
}

impl Projection {
    /// Projects a batch. Facts that concern no read model are skipped.
    ///
    /// # Errors
    /// The position of a fact whose data does not fit its type.
    pub fn of(facts: &[Envelope]) -> Result<Self, (usize, ReadError)> {
        let mut into = Self::default();
        for (index, fact) in facts.iter().enumerate() {
            into.add(fact).map_err(|error| (index, error))?;
        }
        Ok(into)
    }

    fn add(&mut self, fact: &Envelope) -> Result<(), ReadError> {
        if fact.source == Publisher::Intake.source() {
            if fact.kind.starts_with("contact.") {
                contact::add(self, fact)
            } else {
                ticket::add(self, fact)
            }
        } else if fact.source == Publisher::Routing.source() {
            assignment::add(self, fact)
        } else if fact.source == Publisher::SlaClock.source() {
            clock::add(self, fact)
        } else {
            Ok(())
        }
    }

    /// Marks a ticket to be locked and summed up.
    fn touch(&mut self, ticket: Uuid) {
        self.tickets.entry(ticket).or_default();
        self.touched.insert(ticket);
    }
}
