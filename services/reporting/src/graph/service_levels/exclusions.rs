//! Exclusions.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use ids::TenantId;

use super::enums::{ContractSide, ExclusionReason, ExclusionState};
use super::facts::ExclusionFact;
use super::{Person, Ticket, global, int, person};
use crate::domain::service_levels::exclusion::{Exclusion, Subject};

/// An interval that is excused.
#[derive(SimpleObject, Debug, Clone)]
pub struct ExclusionInterval {
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
    /// Of a measured level: units of its denominator (minutes, calls) that counted against the provider.
    pub units: Option<i32>,
}

/// What the other side said.
#[derive(SimpleObject, Debug, Clone)]
pub struct ExclusionDecision {
    /// Whether it agreed.
    pub accepted: bool,
    /// Who said so.
    pub decided_by: Person,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// Why.
    pub note: Option<String>,
}

/// That a proposal was taken back.
#[derive(SimpleObject, Debug, Clone)]
pub struct ExclusionWithdrawal {
    /// Who took it back.
    pub withdrawn_by: Person,
    /// When.
    pub withdrawn_at: DateTime<Utc>,
}

/// What one side says does not count against the provider. It changes the figure once the other side accepts it.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelExclusion {
    /// Global id.
    pub id: ID,
    /// The month that it is about, `2026-11`.
    pub month: String,
    /// Code of the level; absent: every level that counts the ticket.
    pub level: Option<String>,
    /// The ticket that is excused; absent where it is an interval.
    pub ticket: Option<Ticket>,
    /// The interval that is excused; absent where it is a ticket.
    pub interval: Option<ExclusionInterval>,
    /// By what fact.
    pub reason: ExclusionReason,
    /// What shows it.
    pub evidence: String,
    /// Where it stands.
    pub state: ExclusionState,
    /// Which side proposed it; the other one decides.
    pub proposed_by_side: ContractSide,
    /// Who.
    pub proposed_by: Person,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// What the other side said; absent: nothing yet.
    pub decision: Option<ExclusionDecision>,
    /// That the side that had proposed it took it back; absent: it did not.
    pub withdrawal: Option<ExclusionWithdrawal>,
    /// The fact behind it, beside the words: as it is known now, or in a frozen month as it was kept with it. Absent of months
    /// that were frozen before facts were kept.
    pub fact: Option<ExclusionFact>,
}

impl ServiceLevelExclusion {
    /// A tenant's.
    pub fn of(tenant: TenantId, exclusion: &Exclusion) -> Self {
        let (ticket, interval) = match &exclusion.subject {
            Subject::Ticket(id) => {
                let id = global(tenant, *id);
                (Some(Ticket { id }), None)
            }
            Subject::Interval { from, to, units } => {
                let units = units.map(int);
                let (from, to) = (*from, *to);
                (None, Some(ExclusionInterval { from, to, units }))
            }
        };
        Self {
            id: global(tenant, exclusion.id),
            month: exclusion.month.to_string(),
            level: exclusion.level.clone(),
            ticket,
            interval,
            reason: exclusion.reason.into(),
            evidence: exclusion.evidence.clone(),
            state: exclusion.state().into(),
            proposed_by_side: exclusion.side.into(),
            proposed_by: person(tenant, exclusion.proposed_by),
            proposed_at: exclusion.proposed_at,
            decision: exclusion.decision.as_ref().map(|d| ExclusionDecision {
                accepted: d.accepted,
                decided_by: person(tenant, d.by),
                decided_at: d.at,
                note: d.note.clone(),
            }),
            withdrawal: exclusion.withdrawal.as_ref().map(|w| ExclusionWithdrawal {
                withdrawn_by: person(tenant, w.by),
                withdrawn_at: w.at,
            }),
            fact: exclusion.fact.as_ref().map(Into::into),
        }
    }
}
