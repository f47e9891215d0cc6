//! Results that were told and would read otherwise by now, and who corrected them, as the graph takes and shows it.

use async_graphql::{ID, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};
use events::sla_clock::ClockSnapshot;
use ids::{TenantId, TicketId};
use subgraph::{Problem, gid, global};

use super::enums::ClockTarget;
use super::ticket::Ticket;
use super::types::problems;
use super::what_if::ClockReading;
use crate::actions::correct_clock;
use crate::domain::correction::Correction;
use crate::domain::late::Proposal;
use crate::domain::problem::Outcome;

/// A person; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Person {
    /// Global id.
    pub id: ID,
}

/// What a result that was told would read by all that is known by now. It stands as it was told until `correctClock`.
#[derive(SimpleObject, Debug, Clone)]
pub struct ProposedClockCorrection {
    /// As it would read; absent if its cycle never was: then it would be cancelled.
    pub would_be: Option<ClockReading>,
    /// Names what is seen here: what `correctClock` takes as `seen`. Another once more is heard, or it would come to something
    /// else.
    pub seen: String,
}

impl ProposedClockCorrection {
    /// A tenant's.
    pub fn of(tenant: TenantId, of: &Proposal) -> Self {
        Self {
            would_be: of
                .would_be
                .as_ref()
                .map(|r| ClockReading::would_be(tenant, r)),
            seen: of.seen(),
        }
    }
}

/// A result that somebody corrected; never changed once it is written.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockCorrection {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Person,
    /// Why, in whoever's own words.
    pub reason: String,
    /// As it had been told.
    pub before: ClockReading,
    /// As it is told since.
    pub after: ClockReading,
}

impl ClockCorrection {
    /// A tenant's.
    pub fn of(tenant: TenantId, of: &Correction) -> Self {
        let reading = |s: &ClockSnapshot| ClockReading::told(tenant, s);
        Self {
            at: of.at,
            by: Person {
                id: global(tenant, of.by),
            },
            reason: of.reason.clone(),
            before: reading(&of.before),
            after: reading(&of.after),
        }
    }
}

/// A result to be corrected.
#[derive(InputObject, Debug)]
pub struct CorrectClockInput {
    /// Global id of the ticket.
    pub ticket: ID,
    /// Which of its clocks: what it measures.
    pub target: ClockTarget,
    /// Of a target of the tenant's own (`CUSTOM`), or one between groups or with a vendor: its code.
    pub code: Option<String>,
    /// In which cycle, 1 for the first.
    pub cycle: i32,
    /// Why, 1 to 2,000 characters; kept beside who and when.
    pub reason: String,
    /// What is adopted: `seen` of the clock's `correction`. If more has been heard since, or it would come to something else, the
    /// problem is `STALE`, and nothing is written.
    pub seen: String,
    /// A repeat with the same key corrects nothing again; kept 48 h.
    pub idempotency_key: Option<String>,
}

impl CorrectClockInput {
    /// As the action knows it.
    pub fn read(self) -> Result<correct_clock::Wish> {
        let ticket = gid::<TicketId>(&self.ticket)?;
        Ok(correct_clock::Wish {
            tenant: ticket.tenant,
            ticket: ticket.id,
            target: self.target.into(),
            code: self.code.unwrap_or_default(),
            cycle: self.cycle,
            reason: self.reason,
            seen: self.seen,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What `correctClock` did.
#[derive(SimpleObject, Debug, Default)]
pub struct CorrectClockPayload {
    /// The ticket with its clocks as they are now; absent if nothing was done.
    pub ticket: Option<Ticket>,
    /// What stands in the way, for the user to put right; empty if it was done.
    pub problems: Vec<Problem>,
    /// Where sla-clock's facts stand after it. Absent: what other services read does not wait for it.
    pub position: Option<String>,
}

impl CorrectClockPayload {
    /// Of a ticket, by its global id.
    pub fn of<T>(ticket: ID, outcome: Outcome<T>) -> Self {
        match outcome {
            Ok(_) => Self {
                ticket: Some(Ticket {
                    id: ticket,
                    version: 0,
                }),
                ..Self::default()
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}
