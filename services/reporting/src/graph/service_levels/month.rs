//! The figures of a month.

use async_graphql::{ID, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::TenantId;
use subgraph::fault;

use super::enums::{CallEnding, CountedOutcome, ServiceLevelVerdict};
use super::frozen::FrozenServiceLevels;
use super::levels::{ServiceLevel, ServiceLevelSet};
use super::measures::ServiceLevelMeasure;
use super::{Ticket, global, int};
use crate::actions::read_service_levels::MonthView;
use crate::domain::service_levels::calls::Call;
use crate::domain::service_levels::evaluation::{
    Figure, Figures, Inputs, LevelFigures, Outcome, Total,
};
use crate::domain::service_levels::frozen::differences;
use crate::domain::service_levels::level::Level;
use crate::error::Error;

/// A value, and what it comes to.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelFigure {
    /// Upper part of the value.
    pub numerator: i32,
    /// Lower part: the sample. 0: nothing was counted or entered.
    pub denominator: i32,
    /// The value in hundredths of the unit, rounded against the provider, so that what is shown as the target has reached
    /// it; absent of nothing. Verdicts are judged exactly, by numerator and denominator.
    pub value_hundredths: Option<i32>,
    /// How it came out.
    pub verdict: ServiceLevelVerdict,
    /// What it earns, in hundredths of a point of the level's weight, rounded down: the whole weight where the target was
    /// reached; between minimum and target the weight times value over target (where lower is better, target over value);
    /// nothing else.
    pub earned_hundredths: i32,
}

impl ServiceLevelFigure {
    fn of(level: &Level, figure: Figure) -> Self {
        let shown = figure.value.hundredths(level.unit, level.direction);
        Self {
            numerator: int(figure.value.numerator),
            denominator: int(figure.value.denominator),
            value_hundredths: shown.map(int),
            verdict: figure.verdict.into(),
            earned_hundredths: int(figure.earned),
        }
    }
}

/// One level in a month.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelResult {
    /// What is agreed of it.
    pub level: ServiceLevel,
    /// What was wanted in this month, hundredths of the unit.
    pub target_hundredths: i32,
    /// The figure that counts: with the accepted exclusions.
    pub figure: ServiceLevelFigure,
    /// What it would be without any.
    pub without_exclusions: ServiceLevelFigure,
    /// Tickets, calls or units that were excused.
    pub excused: i32,
    /// Of a level that is entered what was entered; absent: nothing was.
    pub measure: Option<ServiceLevelMeasure>,
}

impl ServiceLevelResult {
    fn of(tenant: TenantId, inputs: &Inputs, figures: &LevelFigures) -> Option<Self> {
        let level = inputs.set.level(&figures.code)?;
        let measure = inputs.measures.get(&figures.code);
        Some(Self {
            level: level.into(),
            target_hundredths: int(figures.target),
            figure: ServiceLevelFigure::of(level, figures.figure),
            without_exclusions: ServiceLevelFigure::of(level, figures.without_exclusions),
            excused: int(figures.excused),
            measure: measure
                .filter(|_| level.is_entered())
                .map(|m| ServiceLevelMeasure::of(tenant, m)),
        })
    }
}

/// The weighted total of a month. A level without a verdict takes no part, and its weight falls to the others in proportion
/// to theirs.
#[derive(SimpleObject, Debug, Clone)]
#[allow(clippy::struct_field_names)] // the unit belongs into the API's names
pub struct ServiceLevelTotal {
    /// Hundredths of points that the levels with a verdict earned.
    pub earned_hundredths: i32,
    /// Hundredths of points that they could have earned.
    pub possible_hundredths: i32,
    /// The one of the other, hundredths of a percent, rounded down.
    pub value_hundredths: i32,
}

impl From<Total> for ServiceLevelTotal {
    fn from(total: Total) -> Self {
        Self {
            earned_hundredths: int(total.earned),
            possible_hundredths: int(total.possible),
            value_hundredths: int(total.hundredths()),
        }
    }
}

/// The figures of a month.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelFigures {
    /// Level by level, in the contract's order.
    pub levels: Vec<ServiceLevelResult>,
    /// The weighted total with the accepted exclusions; absent: no level has a verdict.
    pub total: Option<ServiceLevelTotal>,
    /// What it would be without any.
    pub total_without_exclusions: Option<ServiceLevelTotal>,
}

impl ServiceLevelFigures {
    /// A tenant's.
    pub fn of(tenant: TenantId, inputs: &Inputs, figures: &Figures) -> Self {
        Self {
            levels: figures
                .levels
                .iter()
                .filter_map(|l| ServiceLevelResult::of(tenant, inputs, l))
                .collect(),
            total: figures.total.map(Into::into),
            total_without_exclusions: figures.total_without_exclusions.map(Into::into),
        }
    }
}

/// A level of a frozen month that would come out otherwise today.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelDifference {
    /// Code of the level.
    pub code: String,
    /// As it was frozen; absent: it was not in the set.
    pub frozen: Option<ServiceLevelResult>,
    /// As it would be today; absent: it is no longer in the set.
    pub today: Option<ServiceLevelResult>,
}

/// A month of a tenant: as it would be judged now, and as it was frozen.
#[derive(SimpleObject, Debug)]
pub struct MonthlyServiceLevels {
    /// `2026-11`.
    pub month: String,
    /// The IANA zone of the contract, in which the month is cut.
    pub time_zone: String,
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant behind it.
    pub to: DateTime<Utc>,
    /// Clocks are judged at this instant: the month's end, or now while it lasts.
    pub as_of: DateTime<Utc>,
    /// What is agreed for the month.
    pub set: ServiceLevelSet,
    /// The figures as they are now: of a frozen month, as they would be today.
    pub figures: ServiceLevelFigures,
    /// The frozen revision in force, whose figures are those that count; absent: the month is open.
    pub frozen: Option<FrozenServiceLevels>,
    /// Levels that would come out otherwise today than they were frozen: facts, decisions or values that came late.
    pub differences: Vec<ServiceLevelDifference>,
}

impl MonthlyServiceLevels {
    /// A tenant's.
    pub fn of(tenant: TenantId, view: MonthView) -> Result<Self> {
        let MonthView { inputs, frozen } = view;
        let today = inputs.figures();
        let mut found = Vec::new();
        if let Some(frozen) = &frozen {
            let held = &frozen.contents;
            let then = held.kept_inputs().map_err(Error::from).map_err(fault)?;
            let kept = held.kept_figures().map_err(Error::from).map_err(fault)?;
            for d in differences(&kept, &today) {
                let shown = |inputs: &Inputs, figures: Option<&LevelFigures>| {
                    figures.and_then(|f| ServiceLevelResult::of(tenant, inputs, f))
                };
                found.push(ServiceLevelDifference {
                    frozen: shown(&then, d.frozen.as_ref()),
                    today: shown(&inputs, d.today.as_ref()),
                    code: d.code,
                });
            }
        }
        Ok(Self {
            month: inputs.month.to_string(),
            time_zone: inputs.time_zone.clone(),
            from: inputs.from,
            to: inputs.to,
            as_of: inputs.as_of,
            set: ServiceLevelSet::from(&inputs.set),
            figures: ServiceLevelFigures::of(tenant, &inputs, &today),
            frozen: frozen.map(|f| FrozenServiceLevels::whole(tenant, f)),
            differences: found,
        })
    }
}

/// A ticket behind a level's figure.
#[derive(SimpleObject, Debug, Clone)]
pub struct CountedTicket {
    /// The ticket.
    pub ticket: Ticket,
    /// The instant by which it belongs to the month: of attainment that of its result, else of its first event.
    pub at: DateTime<Utc>,
    /// How it came out.
    pub outcome: CountedOutcome,
    /// Seconds that it waited for the requester or for an approval, up to the month's end or to now. Absent of months that were
    /// frozen before this was kept.
    pub waited_for_client_seconds: Option<i32>,
}

/// A call behind a level's figure.
#[derive(SimpleObject, Debug, Clone)]
pub struct CountedCall {
    /// Global id of the contact that was recorded of it.
    pub contact: ID,
    /// When it was offered: the instant by which it belongs to the month.
    pub offered_at: DateTime<Utc>,
    /// When it was answered, if that was told.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended, if that was told.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub ending: CallEnding,
    /// The ticket that it is about, if any.
    pub ticket: Option<Ticket>,
    /// How it came out.
    pub outcome: CountedOutcome,
}

impl CountedCall {
    /// A tenant's.
    pub fn of(tenant: TenantId, call: &Call, outcome: Outcome) -> Self {
        Self {
            contact: global(tenant, call.contact),
            offered_at: call.at,
            answered_at: call.answered_at,
            ended_at: call.ended_at,
            ending: call.ending.into(),
            ticket: call.ticket.map(|id| Ticket {
                id: global(tenant, id),
            }),
            outcome: outcome.into(),
        }
    }
}
