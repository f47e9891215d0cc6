//! Values that were entered.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use ids::TenantId;

use super::{Person, int, person};
use crate::domain::service_levels::measure::Measure;

/// A value that no ticket tells, as it was entered for a level and a month. Every entry is kept; the one with the highest
/// revision counts.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelMeasure {
    /// Code of the level.
    pub level: String,
    /// 1 for the first entry of the month and level.
    pub revision: i32,
    /// Upper part: calls answered, minutes available, points.
    pub numerator: i32,
    /// Lower part: calls offered, minutes agreed, ratings.
    pub denominator: i32,
    /// Where the numbers come from.
    pub source: String,
    /// Who entered them.
    pub entered_by: Person,
    /// When.
    pub entered_at: DateTime<Utc>,
}

impl ServiceLevelMeasure {
    /// A tenant's.
    pub fn of(tenant: TenantId, measure: &Measure) -> Self {
        Self {
            level: measure.level.clone(),
            revision: measure.revision,
            numerator: int(measure.numerator),
            denominator: int(measure.denominator),
            source: measure.source.clone(),
            entered_by: person(tenant, measure.by),
            entered_at: measure.at,
        }
    }
}
