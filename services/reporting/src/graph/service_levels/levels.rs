//! What is agreed.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use ids::TenantId;

use super::enums::{
    ServiceLevelDirection, ServiceLevelFormula, ServiceLevelSource, ServiceLevelUnit,
};
use super::facts::{ServiceLevelVolumeBand, ServiceLevelWindows};
use super::{Person, int, person};
use crate::actions::read_service_levels::KeptSet;
use crate::domain::service_levels::level::{Level, LevelSet};
use crate::graph::types::{ClockTarget, Priority, TicketKind};

/// A target that becomes harder month by month.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelTightening {
    /// By so much each month after the set's first, hundredths of the unit.
    pub monthly_hundredths: i32,
    /// No further than this, hundredths of the unit.
    pub until_hundredths: i32,
}

/// One monthly indicator that the contract pays by.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevel {
    /// Unique in its set; what measures and exclusions name.
    pub code: String,
    /// Its name in Spanish.
    pub name_es: String,
    /// Its name in English.
    pub name_en: String,
    /// What it counts.
    pub formula: ServiceLevelFormula,
    /// By which version of the formula.
    pub formula_version: i32,
    /// Where its numbers come from.
    pub source: ServiceLevelSource,
    /// What its value is told in.
    pub unit: ServiceLevelUnit,
    /// Which way is better.
    pub direction: ServiceLevelDirection,
    /// What is wanted in the set's first month, hundredths of the unit: 9500 is 95.00 %.
    pub target_hundredths: i32,
    /// Beyond this nothing is earned, hundredths of the unit.
    pub minimum_hundredths: i32,
    /// How the target grows harder; absent: it does not.
    pub tightening: Option<ServiceLevelTightening>,
    /// Its share of what the set earns, percent.
    pub weight: i32,
    /// With a smaller denominator there is no verdict.
    pub minimum_sample: i32,
    /// So many months from the contract's start have no verdict.
    pub stabilisation_months: i32,
    /// Of attainment: what the clocks measure.
    pub clock_target: Option<ClockTarget>,
    /// Of a target of the tenant's own: its code in the agreement.
    pub target_code: Option<String>,
    /// Kinds of tickets that it counts; empty: all.
    pub kinds: Vec<TicketKind>,
    /// Priorities of tickets that it counts; empty: all.
    pub priorities: Vec<Priority>,
    /// Of FCR: working days within which a reopening undoes it.
    pub reopen_days: i32,
    /// Of calls that are counted: whoever gave up before so many seconds had passed was not offered; 0: everybody was.
    pub short_abandon_seconds: i32,
    /// Of calls answered that are counted: only those within so many seconds count as answered; absent: all of them.
    pub answered_within_seconds: Option<i32>,
    /// The volume that the contract is sized for; absent: none is agreed.
    pub volume_band: Option<ServiceLevelVolumeBand>,
}

impl From<&Level> for ServiceLevel {
    fn from(level: &Level) -> Self {
        Self {
            code: level.code.clone(),
            name_es: level.name_es.clone(),
            name_en: level.name_en.clone(),
            formula: level.formula.into(),
            formula_version: level.formula_version,
            source: level.source().into(),
            unit: level.unit.into(),
            direction: level.direction.into(),
            target_hundredths: int(level.target),
            minimum_hundredths: int(level.minimum),
            tightening: level.tightening.map(|t| ServiceLevelTightening {
                monthly_hundredths: int(t.monthly),
                until_hundredths: int(t.until),
            }),
            weight: level.weight,
            minimum_sample: int(level.minimum_sample),
            stabilisation_months: level.stabilisation_months,
            clock_target: level.scope.clock_target.map(Into::into),
            target_code: level.scope.target_code.clone(),
            kinds: level.scope.kinds.iter().map(|k| (*k).into()).collect(),
            priorities: level.scope.priorities.iter().map(|p| (*p).into()).collect(),
            reopen_days: level.scope.reopen_days,
            short_abandon_seconds: level.scope.short_abandon_seconds,
            answered_within_seconds: level.scope.answered_within_seconds,
            volume_band: level.volume_band.map(Into::into),
        }
    }
}

/// The service levels that are agreed from a month on. A version never changes.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelSet {
    /// Its number; the first is 1.
    pub version: i32,
    /// The first month that is judged by it, `2026-11`.
    pub effective_from: String,
    /// The month from which stabilisation is counted.
    pub contract_start: String,
    /// The IANA zone in which its months are cut; absent of a set from before zones were kept: that of the tenant.
    pub time_zone: Option<String>,
    /// In the contract's order; their weights sum to 100.
    pub levels: Vec<ServiceLevel>,
    /// Windows that both sides agreed on: what falls into one may be excused.
    pub windows: ServiceLevelWindows,
}

impl From<&LevelSet> for ServiceLevelSet {
    fn from(set: &LevelSet) -> Self {
        Self {
            version: set.version,
            effective_from: set.effective_from.to_string(),
            contract_start: set.contract_start.to_string(),
            time_zone: set.time_zone.clone(),
            levels: set.levels.iter().map(ServiceLevel::from).collect(),
            windows: (&set.windows).into(),
        }
    }
}

/// A version of what is agreed, with who wrote it.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelSetVersion {
    /// What is agreed.
    #[graphql(flatten)]
    pub set: ServiceLevelSet,
    /// Who wrote it.
    pub written_by: Person,
    /// When.
    pub written_at: DateTime<Utc>,
}

impl ServiceLevelSetVersion {
    /// A tenant's.
    pub fn of(tenant: TenantId, kept: &KeptSet) -> Self {
        Self {
            set: ServiceLevelSet::from(&kept.set),
            written_by: person(tenant, kept.by),
            written_at: kept.at,
        }
    }
}
