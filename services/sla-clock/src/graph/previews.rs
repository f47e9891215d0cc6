//! What edits would do, as the graph asks for and shows it.

use async_graphql::{ID, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::{AgreementId, CalendarId, GlobalId, TenantId};
use subgraph::{bad_input, gid, global, of_tenant};

use super::enums::{ClockTarget, Priority};
use super::terms::AgreementTermsInput;
use super::ticket::Ticket;
use super::types::problems;
use super::what_if::ClockReading;
use crate::actions::simulate_agreement;
use crate::domain::clock::Reading;
use crate::domain::preview::{Move, Preview};
use crate::domain::problem::Outcome;
use crate::domain::simulation::{Pair, Simulation, Tally};

/// Nobody gets more moves at once.
const MOST: i32 = 200;

/// How many moves are wanted.
pub fn moves(first: i32) -> Result<usize> {
    match first {
        0..=MOST => Ok(first as usize),
        _ => Err(bad_input("first", format!("De 0 a {MOST}."))),
    }
}

/// An open clock whose deadline would move, or that would begin or end.
#[derive(SimpleObject, Debug, Clone)]
pub struct DeadlineMove {
    /// Of which ticket.
    pub ticket: Ticket,
    /// What it measures.
    pub target: ClockTarget,
    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    pub code: Option<String>,
    /// 1 for the first.
    pub cycle: i32,
    /// When it falls due now; absent while it is paused, and if the clock would be new.
    pub due_at: Option<DateTime<Utc>>,
    /// As it would be; absent if no agreement would measure it any more.
    pub would_be: Option<ClockReading>,
    /// By how many seconds it would fall due later; below zero, sooner. Absent unless it is due now and would be.
    pub moves_by_seconds: Option<i32>,
}

impl DeadlineMove {
    fn of(tenant: TenantId, of: &Move) -> Option<Self> {
        let is = of.is.as_ref();
        let would_be = of.would_be.as_ref();
        let which = is.map(|k| (k.target, k.code.as_str(), k.cycle));
        let (target, code, cycle) = which.or(would_be.map(Reading::key))?;
        let due_at = is.and_then(|k| k.due_at);
        let moves = would_be.and_then(|r| r.due_at).zip(due_at);
        Some(Self {
            ticket: Ticket {
                id: global(tenant, of.ticket),
                version: 0,
            },
            target: target.into(),
            code: (!code.is_empty()).then(|| code.to_owned()),
            cycle,
            due_at,
            would_be: would_be.map(|r| ClockReading::would_be(tenant, r)),
            moves_by_seconds: moves.map(|(later, is)| (later - is).num_seconds() as i32),
        })
    }
}

/// What an edit would move, if it were applied to open tickets. Nothing was written. An edit that is so already moves nothing, and
/// nothing is looked at.
#[derive(SimpleObject, Debug, Default)]
pub struct EditPreview {
    /// Open tickets looked at.
    pub tickets: i32,
    /// Those of them of which some clock could not be computed, now or by the edit: it is in none of the figures, their other
    /// clocks are.
    pub uncomputable: i32,
    /// Open clocks looked at.
    pub clocks: i32,
    /// Those that would move, begin or end.
    pub moved: i32,
    /// In time now, and missed if the edit were made.
    pub would_be_breached: i32,
    /// Missed now, and in time if the edit were made.
    pub saved: i32,
    /// The first of those that would move, by the age of their tickets.
    pub moves: Vec<DeadlineMove>,
    /// Whether every open ticket was looked at; at most 100,000 are.
    pub complete: bool,
    /// What would stand in the way of the edit, for the user to put right; empty if it could be made.
    pub problems: Vec<subgraph::Problem>,
}

impl EditPreview {
    /// A tenant's.
    pub fn of(tenant: TenantId, outcome: Outcome<Preview>) -> Self {
        match outcome {
            Ok(of) => Self {
                tickets: of.tickets as i32,
                uncomputable: of.uncomputable as i32,
                clocks: of.clocks as i32,
                moved: of.moved as i32,
                would_be_breached: of.would_be_breached as i32,
                saved: of.saved as i32,
                moves: of
                    .moves
                    .iter()
                    .filter_map(|m| DeadlineMove::of(tenant, m))
                    .collect(),
                complete: !of.cut,
                problems: Vec::new(),
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}

/// An agreement to be tried on the tickets of a time that is past.
#[derive(InputObject, Debug)]
pub struct SimulateAgreementInput {
    /// In place of this agreement; as a new one if absent.
    pub agreement: Option<ID>,
    /// Its hours; those of the agreement if absent.
    pub calendar: Option<ID>,
    /// What it says.
    pub terms: AgreementTermsInput,
    /// Its place in the attach order. Absent: that of the agreement; of a new one, before all others.
    pub position: Option<i32>,
    /// Tickets opened from here on.
    pub from: DateTime<Utc>,
    /// And before this; at most 400 days later.
    pub to: DateTime<Utc>,
    /// Judged at this instant; now if absent, and a later instant than now counts as now.
    pub as_of: Option<DateTime<Utc>>,
}

impl SimulateAgreementInput {
    /// As the rules know it. The agreement or the calendar says whose it is.
    pub fn read(self) -> Result<simulate_agreement::Wish> {
        let agreement: Option<GlobalId<AgreementId>> =
            self.agreement.as_ref().map(gid).transpose()?;
        let calendar: Option<GlobalId<CalendarId>> = self.calendar.as_ref().map(gid).transpose()?;
        let whose = agreement.map(|a| a.tenant).or(calendar.map(|c| c.tenant));
        let tenant = whose.ok_or_else(|| {
            bad_input(
                "calendar",
                "Indique el acuerdo o el calendario de que se trata.",
            )
        })?;
        let calendar = self.calendar.map(|c| of_tenant(tenant, &c)).transpose()?;
        Ok(simulate_agreement::Wish {
            tenant,
            agreement: agreement.map(|a| a.id),
            calendar,
            terms: self.terms.read(tenant)?,
            position: self.position,
            from: self.from,
            to: self.to,
            as_of: self.as_of,
        })
    }
}

/// Clocks of one sort, by how they came out.
#[derive(SimpleObject, Debug, Clone, Copy, Default)]
pub struct ClockTally {
    /// All of them.
    pub clocks: i32,
    /// Stopped in time.
    pub met: i32,
    /// Past their deadline, whether they still count or not.
    pub breached: i32,
    /// Open (running or paused), and in time.
    pub running: i32,
    /// Cancelled before their deadline.
    pub cancelled: i32,
}

impl From<Tally> for ClockTally {
    fn from(tally: Tally) -> Self {
        Self {
            clocks: tally.clocks as i32,
            met: tally.met as i32,
            breached: tally.breached as i32,
            running: tally.open as i32,
            cancelled: tally.cancelled as i32,
        }
    }
}

/// Clocks of a target and priority: what really held beside what would have held.
#[derive(SimpleObject, Debug, Clone)]
pub struct SimulatedTarget {
    /// What they measure.
    pub target: ClockTarget,
    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    pub code: Option<String>,
    /// Priority of the ticket when the clock stopped, or as it is.
    pub priority: Priority,
    /// As it was told.
    pub is: ClockTally,
    /// As it would have been.
    pub would_be: ClockTally,
}

/// What a simulation found. Nothing was written.
#[derive(SimpleObject, Debug, Default)]
pub struct AgreementSimulation {
    /// Tickets looked at.
    pub tickets: i32,
    /// Those of them of which some clock could not be computed by the agreement: it is in none of the figures, their other
    /// clocks are.
    pub uncomputable: i32,
    /// By target and priority.
    pub targets: Vec<SimulatedTarget>,
    /// Whether every ticket of the time was looked at; at most 200,000 are.
    pub complete: bool,
    /// What stands in the way, for the user to put right; empty if it was computed.
    pub problems: Vec<subgraph::Problem>,
}

impl From<Outcome<Simulation>> for AgreementSimulation {
    fn from(outcome: Outcome<Simulation>) -> Self {
        let target = |((target, code, priority), pair): (&(_, String, _), &Pair)| SimulatedTarget {
            target: ClockTarget::from(*target),
            code: (!code.is_empty()).then(|| code.clone()),
            priority: Priority::from(*priority),
            is: pair.is.into(),
            would_be: pair.would_be.into(),
        };
        match outcome {
            Ok(of) => Self {
                tickets: of.tickets as i32,
                uncomputable: of.uncomputable as i32,
                targets: of.by.iter().map(target).collect(),
                complete: !of.cut,
                problems: Vec::new(),
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}
