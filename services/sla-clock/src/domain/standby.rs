//! Which tickets may call out the standby, and when it is there (domain.md, standby-eligible).

use ids::CalendarId;

use super::condition::{Condition, Field, MOST_DEPTH, MOST_VALUES};
use super::happened::Happened;
use super::problem::Problem;
use super::satisfiable::{Budget, TooComplex, satisfiable};

/// A tenant's standby.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standby {
    /// The tickets that may call it out.
    pub eligible: Condition,
    /// Its hours.
    pub calendar: CalendarId,
}

/// What a tenant said of its standby, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    /// Since which version of the book.
    pub since: i64,
    /// The standby; none any more if absent.
    pub standby: Option<Standby>,
}

/// Why a condition cannot say which tickets may call out the standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemeFault {
    /// It looks at where the ticket or its service stands, or at who holds it: whoever moves the ticket would turn the standby on and off.
    Field(Field),
    /// It is too deep to read, or too long to decide.
    TooComplex,
    /// No ticket can be so: nobody would ever be called out.
    NeverEligible,
    /// Every ticket is so: what is agreed for those out of hours would never count.
    AlwaysEligible,
}

impl Standby {
    /// Whether a ticket as it is then may call it out.
    pub fn may_be_called_for(&self, ticket: &Happened) -> bool {
        self.eligible.holds(ticket)
    }
}

/// The first thing that is wrong with such a condition.
pub fn fault(eligible: &Condition) -> Option<SchemeFault> {
    let (depth, values) = eligible.size();
    if depth > MOST_DEPTH || values > MOST_VALUES {
        return Some(SchemeFault::TooComplex);
    }
    // Nor is it known of every ticket who asks.
    let moves = [
        Field::State,
        Field::Line,
        Field::Group,
        Field::Vip,
        Field::Restored,
        Field::Vendor,
    ];
    if let Some(field) = moves.into_iter().find(|field| eligible.looks_at(*field)) {
        return Some(SchemeFault::Field(field));
    }
    decided(eligible).unwrap_or(Some(SchemeFault::TooComplex))
}

fn decided(eligible: &Condition) -> Result<Option<SchemeFault>, TooComplex> {
    let mut budget = Budget::default();
    if !satisfiable(&[eligible], &mut budget)? {
        return Ok(Some(SchemeFault::NeverEligible));
    }
    let others = Condition::Not(Box::new(eligible.clone()));
    let some = satisfiable(&[&others], &mut budget)?;
    Ok((!some).then_some(SchemeFault::AlwaysEligible))
}

impl SchemeFault {
    /// As whoever wrote it in that field is told.
    pub fn problem(self, field: &str) -> Problem {
        let (code, message) = match self {
            Self::Field(_) => (
                "BAD_STANDBY_FIELD",
                "Quién puede activar la guardia depende de tipo, prioridad, categoría, aplicación o incidente mayor; \
                 no de en qué estado está el caso o su servicio, de quién lo tiene ni de quién lo pide.",
            ),
            Self::TooComplex => (
                "TOO_COMPLEX",
                "La condición es demasiado larga o demasiado profunda para comprobarla.",
            ),
            Self::NeverEligible => (
                "NEVER_ELIGIBLE",
                "Ningún caso puede cumplir la condición: nadie activaría nunca la guardia.",
            ),
            Self::AlwaysEligible => (
                "ALWAYS_ELIGIBLE",
                "Todo caso cumple la condición: la guardia es solo para los muy críticos o tipificados.",
            ),
        };
        Problem::at(field, code, message)
    }
}
