//! What reporting announces of service levels: each fact with its subject. Free text stays here.

use chrono::{DateTime, Utc};
use events::reporting as told;
use events::{Envelope, Fact, Meta, Origin};
use ids::{EventId, TenantId};

use crate::actions::set_service_levels::KeptSet;
use crate::actions::{By, Tools};
use crate::domain::month::Month;
use crate::domain::service_levels::evaluation::{Inputs, LevelFigures, Total};
use crate::domain::service_levels::exclusion::{
    Decision, Exclusion, Reason, Side, Subject, Withdrawal,
};
use crate::domain::service_levels::formula::{Direction, Formula, Source, Unit};
use crate::domain::service_levels::frozen::Revision;
use crate::domain::service_levels::level::Level;
use crate::domain::service_levels::measure::Measure;
use crate::domain::service_levels::verdict::Verdict;
use crate::error::Error;

/// A fact, what it is about, and when it happened.
#[derive(Debug)]
pub struct News<F> {
    /// The subject: facts of one are told in their order.
    pub subject: String,
    at: DateTime<Utc>,
    fact: F,
}

impl<F: Fact> News<F> {
    fn of(subject: String, at: DateTime<Utc>, fact: F) -> Self {
        Self { subject, at, fact }
    }

    /// As it travels, as the `sequence`-th of its subject.
    pub fn envelope(
        &self,
        tools: &Tools,
        by: &By<'_>,
        tenant: TenantId,
        sequence: i64,
    ) -> Result<Envelope, Error> {
        let meta = Meta {
            id: EventId::new(&*tools.ids),
            subject: self.subject.clone(),
            time: self.at,
            tenant: Some(tenant),
            provider: by.caller.provider,
            sequence,
            origin: Origin::Live,
            traceparent: by.trace.clone(),
        };
        Ok(Envelope::of(meta, &self.fact)?)
    }
}

fn month_of(tenant: TenantId, month: Month) -> String {
    format!("{tenant}/{month}")
}

/// `service_levels.set.v1`. The tenant alone is no subject for it: of that reporting tells `tenant.provisioned.v1`.
pub fn set(tenant: TenantId, kept: &KeptSet) -> News<told::ServiceLevelsSet> {
    let set = &kept.set;
    let fact = told::ServiceLevelsSet {
        version: set.version,
        effective_from: set.effective_from.to_string(),
        contract_start: set.contract_start.to_string(),
        time_zone: set.time_zone.clone().unwrap_or_default(),
        levels: set.levels.iter().map(level).collect(),
        by: kept.by,
    };
    News::of(format!("{tenant}/service_levels"), kept.at, fact)
}

fn level(level: &Level) -> told::AgreedLevel {
    told::AgreedLevel {
        code: level.code.clone(),
        formula: formula(level.formula),
        formula_version: level.formula_version,
        source: Some(match level.source() {
            Source::Facts => told::Source::Facts,
            Source::Entered => told::Source::Entered,
        }),
        unit: unit(level.unit),
        direction: match level.direction {
            Direction::HigherIsBetter => told::Direction::HigherIsBetter,
            Direction::LowerIsBetter => told::Direction::LowerIsBetter,
        },
        target_hundredths: level.target,
        minimum_hundredths: level.minimum,
        tightening: level.tightening.map(|t| told::Tightening {
            monthly_hundredths: t.monthly,
            until_hundredths: t.until,
        }),
        weight: level.weight,
        minimum_sample: level.minimum_sample,
        stabilisation_months: level.stabilisation_months,
    }
}

/// `service_levels.measure_recorded.v1`.
pub fn measure_recorded(
    tenant: TenantId,
    month: Month,
    measure: &Measure,
) -> News<told::MeasureRecorded> {
    let fact = told::MeasureRecorded {
        month: month.to_string(),
        level: measure.level.clone(),
        revision: measure.revision,
        numerator: measure.numerator,
        denominator: measure.denominator,
        by: measure.by,
    };
    News::of(month_of(tenant, month), measure.at, fact)
}

/// `service_levels.exclusion_proposed.v1`.
pub fn exclusion_proposed(exclusion: &Exclusion) -> News<told::ExclusionProposed> {
    let (ticket, interval) = match exclusion.subject {
        Subject::Ticket(ticket) => (Some(ticket), None),
        Subject::Interval { from, to, units } => {
            (None, Some(told::ExcludedInterval { from, to, units }))
        }
    };
    let fact = told::ExclusionProposed {
        exclusion: exclusion.id,
        month: exclusion.month.to_string(),
        level: exclusion.level.clone(),
        ticket,
        interval,
        reason: match exclusion.reason {
            Reason::ClientDependency => told::ExclusionReason::ClientDependency,
            Reason::ForceMajeure => told::ExclusionReason::ForceMajeure,
            Reason::AgreedWindow => told::ExclusionReason::AgreedWindow,
            Reason::VolumeOutsideBand => told::ExclusionReason::VolumeOutsideBand,
        },
        side: party(exclusion.side),
        by: exclusion.proposed_by,
    };
    News::of(exclusion.id.to_string(), exclusion.proposed_at, fact)
}

/// `service_levels.exclusion_decided.v1`.
pub fn exclusion_decided(
    exclusion: &Exclusion,
    side: Side,
    decision: &Decision,
) -> News<told::ExclusionDecided> {
    let fact = told::ExclusionDecided {
        exclusion: exclusion.id,
        month: exclusion.month.to_string(),
        accepted: decision.accepted,
        side: party(side),
        by: decision.by,
    };
    News::of(exclusion.id.to_string(), decision.at, fact)
}

/// `service_levels.exclusion_withdrawn.v1`.
pub fn exclusion_withdrawn(
    exclusion: &Exclusion,
    withdrawal: &Withdrawal,
) -> News<told::ExclusionWithdrawn> {
    let fact = told::ExclusionWithdrawn {
        exclusion: exclusion.id,
        month: exclusion.month.to_string(),
        side: party(exclusion.side),
        by: withdrawal.by,
    };
    News::of(exclusion.id.to_string(), withdrawal.at, fact)
}

/// `service_levels.frozen.v1`.
pub fn frozen(
    tenant: TenantId,
    revision: &Revision,
    inputs: &Inputs,
) -> News<told::ServiceLevelsFrozen> {
    let figures = inputs.figures();
    let levels = inputs.set.levels.iter().zip(&figures.levels);
    let fact = told::ServiceLevelsFrozen {
        month: revision.month.to_string(),
        revision: revision.number,
        digest: revision.digest.clone(),
        digest_version: revision.digest_version,
        previous_digest: revision.previous.clone(),
        time_zone: inputs.time_zone.clone(),
        from: inputs.from,
        to: inputs.to,
        set_version: inputs.set.version,
        levels: levels.map(|(l, f)| result(l, f)).collect(),
        total: figures.total.map(total),
        by: revision.by,
    };
    News::of(month_of(tenant, revision.month), revision.at, fact)
}

fn result(level: &Level, figures: &LevelFigures) -> told::FrozenLevel {
    let figure = figures.figure;
    told::FrozenLevel {
        code: level.code.clone(),
        formula: formula(level.formula),
        formula_version: level.formula_version,
        unit: unit(level.unit),
        target_hundredths: figures.target,
        weight: level.weight,
        numerator: figure.value.numerator,
        denominator: figure.value.denominator,
        value_hundredths: figure.value.hundredths(level.unit, level.direction),
        verdict: match figure.verdict {
            Verdict::Met => told::Verdict::Met,
            Verdict::BelowTarget => told::Verdict::BelowTarget,
            Verdict::BelowMinimum => told::Verdict::BelowMinimum,
            Verdict::NotEnoughSample => told::Verdict::NotEnoughSample,
            Verdict::Stabilising => told::Verdict::Stabilising,
            Verdict::NoData => told::Verdict::NoData,
        },
        earned_hundredths: figure.earned,
        excused: figures.excused,
    }
}

fn total(total: Total) -> told::FrozenTotal {
    told::FrozenTotal {
        earned_hundredths: total.earned,
        possible_hundredths: total.possible,
        value_hundredths: total.hundredths(),
    }
}

fn formula(formula: Formula) -> told::Formula {
    match formula {
        Formula::Attainment => told::Formula::Attainment,
        Formula::FirstContact => told::Formula::FirstContact,
        Formula::FirstLevel => told::Formula::FirstLevel,
        Formula::Reopened => told::Formula::Reopened,
        Formula::Satisfaction => told::Formula::Satisfaction,
        Formula::Availability => told::Formula::Availability,
        Formula::CallsAnswered => told::Formula::CallsAnswered,
        Formula::CallsAbandoned => told::Formula::CallsAbandoned,
        Formula::Measured => told::Formula::Measured,
    }
}

fn unit(unit: Unit) -> told::Unit {
    match unit {
        Unit::Percent => told::Unit::Percent,
        Unit::Score => told::Unit::Score,
    }
}

fn party(side: Side) -> told::Side {
    match side {
        Side::Provider => told::Side::Provider,
        Side::Client => told::Side::Client,
    }
}
