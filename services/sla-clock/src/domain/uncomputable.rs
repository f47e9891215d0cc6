//! Why clocks of a target cannot be computed. The other targets of the ticket go on: one calendar that was spoilt must not
//! stop every promise.

use business_time::TimeError;
use events::sla_clock::Target;

use super::agreement::Which;
use super::problem::Problem;

/// Why something of a clock cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Uncomputable {
    /// The agreement counts by a calendar that is not known.
    #[error("the calendar of the agreement is not known")]
    NoCalendar,
    /// An instant lies beyond the years that calendars know, or the hours never suffice.
    #[error(transparent)]
    Time(#[from] TimeError),
}

impl From<&Uncomputable> for Problem {
    fn from(why: &Uncomputable) -> Self {
        match why {
            Uncomputable::NoCalendar => Self::of(
                "NO_SUCH_CALENDAR",
                "El calendario del acuerdo no se encuentra: el reloj no se puede calcular.",
            ),
            Uncomputable::Time(TimeError::BeyondHorizon | TimeError::StillPaused { .. }) => {
                Self::of(
                    "NEVER_DUE",
                    "Al calendario no le quedan horas suficientes: el plazo no vencería nunca.",
                )
            }
            Uncomputable::Time(TimeError::OutOfRange(_)) => Self::of(
                "OUT_OF_RANGE",
                "Un instante está fuera de los años que los calendarios conocen (1970 a 2099).",
            ),
        }
    }
}

/// A target of a ticket whose clocks cannot be computed. Those that were told stay as they were told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it measures.
    pub target: Target,
    /// Of a target of the tenant's own, or one between groups or with a vendor: which. Empty for the others.
    pub code: String,
    /// Why.
    pub why: Uncomputable,
}

impl Failure {
    /// Of a target.
    pub fn of((target, code): Which<'_>, why: Uncomputable) -> Self {
        Self {
            target,
            code: code.to_owned(),
            why,
        }
    }

    /// What it measures, and its code if it has one.
    pub fn which(&self) -> Which<'_> {
        (self.target, &self.code)
    }
}
