//! What clocks would read if something were otherwise, as the graph asks for and shows it.

use async_graphql::{ID, InputObject, Result, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use events::sla_clock::ClockSnapshot;
use ids::{TenantId, TypedId};
use subgraph::{bad_input, global, of_tenant};

use super::allowance::ClockAllowance;
use super::enums::{ClockState, ClockTarget, Priority, TicketKind};
use super::types::problems;
use crate::actions::read_clocks::Known;
use crate::actions::suppose_clocks::Supposition;
use crate::domain::clock::Reading;
use crate::domain::kept::Kept;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::what_if::{Classification, Compared, Comparison};

/// Another classification of the ticket, or others who hold it.
#[derive(InputObject, Debug)]
pub struct SupposedClassificationInput {
    /// From this instant on; from the opening if absent.
    pub from: Option<DateTime<Utc>>,
    /// Another kind; as it is if absent.
    pub kind: Option<TicketKind>,
    /// Another priority; as it is if absent.
    pub priority: Option<Priority>,
    /// Global id of another application; as it is if absent.
    pub application: Option<ID>,
    /// Global id of another category; as it is if absent.
    pub category: Option<ID>,
    /// Whether it is declared a major incident; as it is if absent.
    pub major: Option<bool>,
    /// Whether whoever asks was a VIP when the ticket was opened, and so all its life, whatever `from` says; as it was if absent.
    pub vip: Option<bool>,
    /// Global id of another group that holds it; as it is if absent. Where no group was told to hold it before `from`, this one did.
    pub group: Option<ID>,
    /// Another support line that holds it, 1 to 3; as it is if absent. It does not follow from the group: say both.
    pub line: Option<i32>,
    /// Global id of another vendor that it waits for; as it is if absent. It counts while the ticket waits for a vendor alone.
    pub vendor: Option<ID>,
}

impl SupposedClassificationInput {
    fn read(self, tenant: TenantId) -> Result<Classification> {
        Ok(Classification {
            from: self.from,
            kind: self.kind.map(Into::into),
            priority: self.priority.map(Into::into),
            application: own(tenant, self.application)?,
            category: own(tenant, self.category)?,
            major: self.major,
            vip: self.vip,
            group: own(tenant, self.group)?,
            line: self.line.map(line).transpose()?,
            vendor: own(tenant, self.vendor)?,
        })
    }
}

/// A thing of the tenant, if one is named. Which of them there are is known to their owners alone.
fn own<T: TypedId>(tenant: TenantId, named: Option<ID>) -> Result<Option<T>> {
    named.map(|id| of_tenant(tenant, &id)).transpose()
}

fn line(number: i32) -> Result<i16> {
    match number {
        1..=3 => Ok(number as i16),
        _ => Err(bad_input("line", "La línea es 1, 2 o 3.")),
    }
}

/// One more pause.
#[derive(InputObject, Debug)]
pub struct SupposedPauseInput {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when; it lasts if absent.
    pub to: Option<DateTime<Utc>>,
}

/// What is supposed to be otherwise; what is absent stays as it is.
#[derive(InputObject, Debug)]
pub struct ClockChangeInput {
    /// The ticket is classified otherwise, or held by others.
    pub classified: Option<SupposedClassificationInput>,
    /// That date is a holiday of every calendar that judges the ticket.
    pub holiday: Option<NaiveDate>,
    /// Global id of a calendar of the tenant: every agreement counts by its hours.
    pub calendar: Option<ID>,
    /// The clocks are held besides.
    pub pause: Option<SupposedPauseInput>,
}

impl ClockChangeInput {
    /// As the rules know it; another tenant's things are not found.
    pub fn read(self, tenant: TenantId) -> Result<Vec<Supposition>> {
        let mut all = Vec::new();
        if let Some(c) = self.classified {
            all.push(Supposition::Classified(c.read(tenant)?));
        }
        all.extend(self.holiday.map(Supposition::Holiday));
        if let Some(calendar) = self.calendar {
            all.push(Supposition::Calendar(of_tenant(tenant, &calendar)?));
        }
        all.extend(self.pause.map(|p| Supposition::Paused(p.from, p.to)));
        Ok(all)
    }
}

/// A clock at an instant.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockReading {
    /// Where it stands.
    pub state: ClockState,
    /// Global id of the agreement that judges it.
    pub agreement: ID,
    /// In which version.
    pub agreement_version: i32,
    /// How long it is allowed, as it was agreed; absent of what was told before a correction.
    pub allowance: Option<ClockAllowance>,
    /// Allowed working seconds; of an allowance in calendar days or months, seconds of real time.
    pub target_seconds: i32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it falls due; absent while it is paused before its deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Since when it is held.
    pub paused_since: Option<DateTime<Utc>>,
    /// Working seconds counted, pauses taken out.
    pub elapsed_seconds: i32,
    /// The deadline, if it was missed by then.
    pub breached_at: Option<DateTime<Utc>>,
}

impl ClockReading {
    /// As it would be.
    pub fn would_be(tenant: TenantId, r: &Reading) -> Self {
        Self {
            state: r.state.into(),
            agreement: global(tenant, r.agreement),
            agreement_version: r.agreement_version,
            allowance: Some(ClockAllowance::of(r.allowed, r.target_seconds)),
            target_seconds: r.target_seconds as i32,
            started_at: r.started_at,
            due_at: r.due_at,
            stopped_at: r.stopped_at,
            paused_since: r.paused_since,
            elapsed_seconds: r.elapsed_seconds as i32,
            breached_at: r.breached_at,
        }
    }

    /// As it was told.
    pub fn told(tenant: TenantId, s: &ClockSnapshot) -> Self {
        Self {
            state: s.state.into(),
            agreement: global(tenant, s.agreement),
            agreement_version: s.agreement_version,
            allowance: None,
            target_seconds: s.target_seconds as i32,
            started_at: s.started_at,
            due_at: s.due_at,
            stopped_at: s.stopped_at,
            paused_since: None,
            elapsed_seconds: s.elapsed_seconds as i32,
            breached_at: s.breached_at,
        }
    }

    fn is(tenant: TenantId, known: &Known, kept: &Kept, at: Option<DateTime<Utc>>) -> Self {
        Self {
            state: kept.state.into(),
            agreement: global(tenant, kept.agreement),
            agreement_version: kept.agreement_version,
            allowance: Some(ClockAllowance::of(known.allowed(kept), kept.target_seconds)),
            target_seconds: kept.target_seconds as i32,
            started_at: kept.started_at,
            due_at: kept.due_at,
            stopped_at: kept.stopped_at,
            paused_since: kept.paused_since,
            elapsed_seconds: known.elapsed(kept, at) as i32,
            breached_at: known.breached(kept, at),
        }
    }
}

/// A clock as it is, and as it would be.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockComparison {
    /// What it measures.
    pub target: ClockTarget,
    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    pub code: Option<String>,
    /// 1 for the first.
    pub cycle: i32,
    /// As it is; absent if there would be one more.
    pub is: Option<ClockReading>,
    /// As it would be; absent if there would be none.
    pub would_be: Option<ClockReading>,
    /// By how many seconds the deadline would come later; below zero, sooner. Absent unless there are both.
    pub due_moves_by_seconds: Option<i32>,
}

/// What a question about clocks found.
#[derive(SimpleObject, Debug, Default)]
pub struct ClockComparisons {
    /// Each clock of the ticket; nothing was written.
    pub clocks: Vec<ClockComparison>,
    /// What stands in the way, for the user to put right; empty if all of it was computed. Targets that could not be are told
    /// here, and left out of `clocks`.
    pub problems: Vec<subgraph::Problem>,
}

impl ClockComparisons {
    /// A ticket's; of one clock alone if one is given.
    pub fn of(
        tenant: TenantId,
        known: &Known,
        only: Option<&Kept>,
        at: Option<DateTime<Utc>>,
        outcome: Outcome<Comparison>,
    ) -> Self {
        let found = match outcome {
            Ok(found) => found,
            Err(all) => {
                return Self {
                    problems: problems(all),
                    ..Self::default()
                };
            }
        };
        let clocks = found
            .clocks
            .iter()
            .filter(|c| only.is_none_or(|k| c.is.as_ref().is_some_and(|is| is.id == k.id)))
            .filter_map(|c| comparison(tenant, known, at, c))
            .collect();
        let failed = found.failed.iter();
        let failed = failed.filter(|f| only.is_none_or(|k| k.which() == f.which()));
        let failed = failed.map(|f| Problem {
            field: Some("changes".to_owned()),
            ..Problem::from(&f.why)
        });
        Self {
            clocks,
            problems: problems(failed.collect()),
        }
    }
}

fn comparison(
    tenant: TenantId,
    known: &Known,
    at: Option<DateTime<Utc>>,
    compared: &Compared,
) -> Option<ClockComparison> {
    let Compared { is, would_be } = compared;
    let of_is = is.as_ref().map(|k| (k.target, k.code.as_str(), k.cycle));
    let (target, code, cycle) = of_is.or(would_be.as_ref().map(Reading::key))?;
    let due = |of: Option<Option<DateTime<Utc>>>| of.flatten();
    let was = due(is.as_ref().map(|k| k.due_at));
    let moves = due(would_be.as_ref().map(|r| r.due_at))
        .zip(was)
        .map(|(would_be, is)| (would_be - is).num_seconds() as i32);
    Some(ClockComparison {
        target: target.into(),
        code: (!code.is_empty()).then(|| code.to_owned()),
        cycle,
        is: is.as_ref().map(|k| ClockReading::is(tenant, known, k, at)),
        would_be: would_be.as_ref().map(|r| ClockReading::would_be(tenant, r)),
        due_moves_by_seconds: moves,
    })
}
