//! Clocks that cannot be computed, as the graph shows them.

use async_graphql::SimpleObject;

use super::enums::ClockTarget;
use crate::domain::problem::Problem;
use crate::domain::uncomputable::Failure;

/// Why the clocks of a target cannot be computed.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockProblem {
    /// What they measure.
    pub target: ClockTarget,
    /// Of a target of the tenant's own: its code.
    pub target_code: Option<String>,
    /// Stable code, for programs: `NEVER_DUE`, `NO_SUCH_CALENDAR`, `OUT_OF_RANGE`.
    pub code: String,
    /// For people, in Spanish.
    pub message: String,
}

impl From<&Failure> for ClockProblem {
    fn from(failure: &Failure) -> Self {
        let Problem { code, message, .. } = Problem::from(&failure.why);
        Self {
            target: failure.target.into(),
            target_code: (!failure.code.is_empty()).then(|| failure.code.clone()),
            code: code.to_owned(),
            message,
        }
    }
}
