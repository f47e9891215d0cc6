//! What mutations on service levels take.

use async_graphql::{ID, InputObject, Result};
use chrono::{DateTime, Utc};
use ids::{ExclusionId, TenantId, TicketId};
use subgraph::{bad_input, gid, refused};

use super::enums::{
    ExclusionReason, ServiceLevelDirection, ServiceLevelFormula, ServiceLevelSource,
    ServiceLevelUnit, Weekday,
};
use super::month;
use crate::actions::{
    decide_exclusion, freeze_service_levels, propose_exclusion, record_measure, set_service_levels,
    withdraw_exclusion,
};
use crate::domain::service_levels::exclusion::Subject;
use crate::domain::service_levels::formula::{Direction, Formula};
use crate::domain::service_levels::level::{Level, Scope, Tightening};
use crate::domain::service_levels::volume::Band;
use crate::domain::service_levels::windows::{DatedWindow, WeeklyWindow, Windows};
use crate::graph::types::{ClockTarget, Priority, TicketKind};

/// A target that becomes harder month by month.
#[derive(InputObject, Debug)]
pub struct ServiceLevelTighteningInput {
    /// By so much each month after the set's first, hundredths of the unit, at least 1.
    pub monthly_hundredths: i32,
    /// No further than this, hundredths of the unit.
    pub until_hundredths: i32,
}

/// The volume that the contract is sized for, in a month: counts of the level's own denominator (tickets, calls, units that are
/// entered), before exclusions. One end at least is given.
#[derive(InputObject, Debug)]
pub struct ServiceLevelVolumeBandInput {
    /// Fewer than these are outside, once the month is over.
    pub fewest: Option<i32>,
    /// More than these are outside.
    pub most: Option<i32>,
}

/// A window that is once.
#[derive(InputObject, Debug)]
pub struct ServiceLevelDatedWindowInput {
    /// For people, at most 120 characters.
    pub name: String,
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
}

/// A window that comes every week, on the wall clock of the set's zone.
#[derive(InputObject, Debug)]
pub struct ServiceLevelWeeklyWindowInput {
    /// For people, at most 120 characters.
    pub name: String,
    /// The day on which the spans open.
    pub day: Weekday,
    /// `01:00-05:00`. A span that closes at or before its opening runs into the next day; `24:00` ends the day.
    pub spans: Vec<String>,
}

/// Windows that both sides agree on: what falls into one may be excused. At most 100 in all.
#[derive(InputObject, Debug)]
pub struct ServiceLevelWindowsInput {
    /// Those that are once.
    #[graphql(default)]
    pub dated: Vec<ServiceLevelDatedWindowInput>,
    /// Those that come every week.
    #[graphql(default)]
    pub weekly: Vec<ServiceLevelWeeklyWindowInput>,
}

impl ServiceLevelWindowsInput {
    fn read(self) -> Windows {
        let dated = self.dated.into_iter().map(|w| DatedWindow {
            name: w.name.trim().to_owned(),
            from: w.from,
            to: w.to,
        });
        let weekly = self.weekly.into_iter().map(|w| WeeklyWindow {
            name: w.name.trim().to_owned(),
            day: w.day.into(),
            spans: w.spans,
        });
        Windows {
            dated: dated.collect(),
            weekly: weekly.collect(),
        }
    }
}

/// One monthly indicator that the contract pays by.
#[derive(InputObject, Debug)]
pub struct ServiceLevelInput {
    /// Unique in the set: letters, digits and underscores, at most 40.
    pub code: String,
    /// Its name in Spanish.
    pub name_es: String,
    /// Its name in English.
    pub name_en: String,
    /// What it counts.
    pub formula: ServiceLevelFormula,
    /// By which version of the formula; the latest if absent.
    pub formula_version: Option<i32>,
    /// Where its numbers come from. For calls there is a choice: `FACTS` where the tenant's telephone is connected, so that each
    /// call is a recorded contact, else `ENTERED`, which is meant if nothing is said.
    pub source: Option<ServiceLevelSource>,
    /// What its value is told in. `SCORE` is for `SATISFACTION` and `MEASURED` alone.
    #[graphql(default_with = "ServiceLevelUnit::Percent")]
    pub unit: ServiceLevelUnit,
    /// Which way is better. Absent: as the formula says, and of `MEASURED` higher.
    pub direction: Option<ServiceLevelDirection>,
    /// What is wanted, hundredths of the unit: 9500 is 95.00 %, 430 is 4.30 points.
    pub target_hundredths: i32,
    /// Beyond this nothing is earned, hundredths of the unit.
    pub minimum_hundredths: i32,
    /// How the target grows harder month by month.
    pub tightening: Option<ServiceLevelTighteningInput>,
    /// Its share of what the set earns, percent; those of a set sum to 100.
    pub weight: i32,
    /// With a smaller denominator there is no verdict.
    #[graphql(default = 1)]
    pub minimum_sample: i32,
    /// So many months from the contract's start have no verdict, 0 to 24.
    #[graphql(default = 0)]
    pub stabilisation_months: i32,
    /// Of `ATTAINMENT`: what the clocks measure.
    pub clock_target: Option<ClockTarget>,
    /// Of the clock target `CUSTOM`: its code in the agreement.
    pub target_code: Option<String>,
    /// Kinds of tickets that it counts; all if empty.
    #[graphql(default)]
    pub kinds: Vec<TicketKind>,
    /// Priorities of tickets that it counts; all if empty.
    #[graphql(default)]
    pub priorities: Vec<Priority>,
    /// Of `FIRST_CONTACT`: working days within which a reopening undoes it.
    #[graphql(default = 5)]
    pub reopen_days: i32,
    /// Of calls from `FACTS`: whoever gave up before so many seconds had passed was not offered, 0 to 300; 0: everybody was.
    #[graphql(default = 0)]
    pub short_abandon_seconds: i32,
    /// Of `CALLS_ANSWERED` from `FACTS`: only those within so many seconds count as answered, 1 to 3600; all if absent.
    pub answered_within_seconds: Option<i32>,
    /// The volume that the contract is sized for; none is agreed if absent. Not of an average of points.
    pub volume_band: Option<ServiceLevelVolumeBandInput>,
}

impl ServiceLevelInput {
    fn read(self) -> Level {
        let formula = Formula::from(self.formula);
        let given = self.direction.map(Direction::from);
        let usual = formula.direction().unwrap_or(Direction::HigherIsBetter);
        Level {
            code: self.code,
            name_es: self.name_es.trim().to_owned(),
            name_en: self.name_en.trim().to_owned(),
            formula,
            formula_version: self.formula_version.unwrap_or(formula.latest()),
            source: self.source.map(Into::into),
            unit: self.unit.into(),
            direction: given.unwrap_or(usual),
            target: self.target_hundredths.into(),
            minimum: self.minimum_hundredths.into(),
            tightening: self.tightening.map(|t| Tightening {
                monthly: t.monthly_hundredths.into(),
                until: t.until_hundredths.into(),
            }),
            weight: self.weight,
            minimum_sample: self.minimum_sample.into(),
            stabilisation_months: self.stabilisation_months,
            scope: Scope {
                clock_target: self.clock_target.map(Into::into),
                target_code: self.target_code,
                kinds: self.kinds.into_iter().map(Into::into).collect(),
                priorities: self.priorities.into_iter().map(Into::into).collect(),
                reopen_days: self.reopen_days,
                short_abandon_seconds: self.short_abandon_seconds,
                answered_within_seconds: self.answered_within_seconds,
            },
            volume_band: self.volume_band.map(|band| Band {
                fewest: band.fewest.map(i64::from),
                most: band.most.map(i64::from),
            }),
        }
    }
}

/// Another version of what is agreed.
#[derive(InputObject, Debug)]
pub struct SetServiceLevelsInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// The first month that is judged by it, `2026-11`. May lie in the past: frozen months keep what they were frozen with.
    pub effective_from: String,
    /// The month from which stabilisation is counted; as before if absent, of a first set its first month.
    pub contract_start: Option<String>,
    /// The IANA zone in which its months are cut. If absent, that of the tenant as it is now; from a month on that has begun,
    /// the zone in which that month is cut already.
    pub time_zone: Option<String>,
    /// All that is agreed from then on, in the contract's order.
    pub levels: Vec<ServiceLevelInput>,
    /// Windows that are agreed from then on; none if absent.
    pub windows: Option<ServiceLevelWindowsInput>,
    /// The version that was seen, 0 for none; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
    /// A repeat with the same key gives the same version again; kept 48 h.
    pub idempotency_key: Option<String>,
}

impl SetServiceLevelsInput {
    /// As the action knows it.
    pub fn read(self, tenant: TenantId) -> Result<set_service_levels::Wish> {
        let start = self.contract_start.as_deref();
        Ok(set_service_levels::Wish {
            tenant,
            effective_from: month("effectiveFrom", &self.effective_from)?,
            contract_start: start.map(|m| month("contractStart", m)).transpose()?,
            time_zone: self.time_zone,
            levels: self
                .levels
                .into_iter()
                .map(ServiceLevelInput::read)
                .collect(),
            windows: self
                .windows
                .map(ServiceLevelWindowsInput::read)
                .unwrap_or_default(),
            seen: self.version,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// A value that no ticket tells.
#[derive(InputObject, Debug)]
pub struct RecordMeasureInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Of which month, `2026-11`.
    pub month: String,
    /// Code of a level of that month whose values are entered.
    pub level: String,
    /// Upper part: calls answered, minutes available, points.
    pub numerator: i32,
    /// Lower part: calls offered, minutes agreed, ratings. At least 1.
    pub denominator: i32,
    /// Where the numbers come from.
    pub source: String,
    /// The revision that was seen, 0 for none; another one now is a problem, not an overwrite.
    pub revision: Option<i32>,
    /// A repeat with the same key gives the same entry again; kept 48 h.
    pub idempotency_key: Option<String>,
}

impl RecordMeasureInput {
    /// As the action knows it.
    pub fn read(self, tenant: TenantId) -> Result<record_measure::Wish> {
        Ok(record_measure::Wish {
            tenant,
            month: month("month", &self.month)?,
            level: self.level,
            numerator: self.numerator.into(),
            denominator: self.denominator.into(),
            source: self.source,
            seen: self.revision,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// An interval that is to be excused. It lies within the month, in the contract's zone.
#[derive(InputObject, Debug)]
pub struct ExclusionIntervalInput {
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
    /// Of a level that is entered: units of its denominator (minutes, calls) that counted against the provider. Of a level that
    /// counts tickets or calls nothing: those whose instant lies in the interval are excused.
    pub units: Option<i32>,
}

/// What does not count against the provider. One of `ticket` and `interval` is given.
#[derive(InputObject, Debug)]
pub struct ProposeExclusionInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// The month that it is about, `2026-11`.
    pub month: String,
    /// Code of the level. Of a ticket it may be absent: then it is about every level that counts the ticket.
    pub level: Option<String>,
    /// Global id of the ticket.
    pub ticket: Option<ID>,
    /// The interval.
    pub interval: Option<ExclusionIntervalInput>,
    /// By what fact.
    pub reason: ExclusionReason,
    /// What shows it: minutes, mails, numbers of changes.
    pub evidence: String,
    /// A repeat with the same key gives the same proposal again; kept 48 h.
    pub idempotency_key: Option<String>,
}

impl ProposeExclusionInput {
    /// As the action knows it.
    pub fn read(self, tenant: TenantId) -> Result<propose_exclusion::Wish> {
        let subject = match (self.ticket, self.interval) {
            (Some(ticket), None) => {
                let ticket = gid::<TicketId>(&ticket)?;
                if ticket.tenant != tenant {
                    return Err(refused(access::Refusal::NotFound));
                }
                Subject::Ticket(ticket.id)
            }
            (None, Some(interval)) => Subject::Interval {
                from: interval.from,
                to: interval.to,
                units: interval.units.map(i64::from),
            },
            _ => {
                return Err(bad_input(
                    "ticket",
                    "Indique un caso o un intervalo, uno de los dos.",
                ));
            }
        };
        Ok(propose_exclusion::Wish {
            tenant,
            month: month("month", &self.month)?,
            level: self.level,
            subject,
            reason: self.reason.into(),
            evidence: self.evidence,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// What the other side says to a proposal.
#[derive(InputObject, Debug)]
pub struct DecideExclusionInput {
    /// Global id of the proposal.
    pub exclusion: ID,
    /// Whether it is accepted.
    pub accept: bool,
    /// Why.
    pub note: Option<String>,
}

impl DecideExclusionInput {
    /// As the action knows it.
    pub fn read(self) -> Result<decide_exclusion::Wish> {
        let exclusion = gid::<ExclusionId>(&self.exclusion)?;
        Ok(decide_exclusion::Wish {
            tenant: exclusion.tenant,
            exclusion: exclusion.id,
            accept: self.accept,
            note: self.note,
        })
    }
}

/// A proposal that is taken back.
#[derive(InputObject, Debug)]
pub struct WithdrawExclusionInput {
    /// Global id of the proposal.
    pub exclusion: ID,
}

impl WithdrawExclusionInput {
    /// As the action knows it.
    pub fn read(&self) -> Result<withdraw_exclusion::Wish> {
        let exclusion = gid::<ExclusionId>(&self.exclusion)?;
        Ok(withdraw_exclusion::Wish {
            tenant: exclusion.tenant,
            exclusion: exclusion.id,
        })
    }
}

/// A month that is closed.
#[derive(InputObject, Debug)]
pub struct FreezeServiceLevelsInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Which, `2026-11`; it must be over in the contract's zone.
    pub month: String,
    /// Why; needed where the month was frozen before.
    pub reason: Option<String>,
    /// The revision that was seen, 0 for none; another one now is a problem, not an overwrite.
    pub revision: Option<i32>,
    /// A repeat with the same key gives the same revision again; kept 48 h.
    pub idempotency_key: Option<String>,
}

impl FreezeServiceLevelsInput {
    /// As the action knows it.
    pub fn read(self, tenant: TenantId) -> Result<freeze_service_levels::Wish> {
        Ok(freeze_service_levels::Wish {
            tenant,
            month: month("month", &self.month)?,
            reason: self.reason,
            seen: self.revision,
            idempotency_key: self.idempotency_key,
        })
    }
}
