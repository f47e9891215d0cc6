//! Numbers that no ticket tells: entered by hand, each entry kept.

use chrono::{DateTime, Utc};
use ids::PersonId;
use serde::{Deserialize, Serialize};

use super::formula::Unit;
use super::level::Level;
use crate::domain::problem::Problem;

/// The largest number of either part: room for a month of seconds of 500 services.
pub const MOST: i64 = 2_000_000_000;
/// The longest text of a source, characters.
const LONGEST_SOURCE: usize = 300;

/// What was entered for a level and a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Of which level.
    pub level: String,
    /// 1 for the first entry of the month and level; the highest counts, the others are kept.
    pub revision: i32,
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
    /// Where the numbers come from.
    pub source: String,
    /// Who entered them.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is wrong with numbers for a level.
pub fn faults(level: &Level, numerator: i64, denominator: i64, source: &str) -> Vec<Problem> {
    let mut all = Vec::new();
    if !level.is_entered() {
        all.push(Problem::at(
            "level",
            "NOT_MEASURED",
            "Este nivel de servicio se calcula de los hechos (casos o llamadas): no se anotan valores.",
        ));
    }
    if !(1..=MOST).contains(&denominator) {
        all.push(Problem::at(
            "denominator",
            "BAD_DENOMINATOR",
            format!("El denominador va de 1 a {MOST}."),
        ));
    }
    // A share is part of its whole; a score has ten points at most for each.
    let most = match level.unit {
        Unit::Percent => denominator,
        Unit::Score => denominator.saturating_mul(Unit::Score.most() / Unit::Score.whole()),
    };
    if !(0..=most.min(MOST)).contains(&numerator) {
        all.push(Problem::at(
            "numerator",
            "BAD_NUMERATOR",
            "El numerador no puede ser negativo ni pasar de lo que el denominador permite.",
        ));
    }
    if !(1..=LONGEST_SOURCE).contains(&source.trim().chars().count()) {
        all.push(Problem::at(
            "source",
            "SOURCE_MISSING",
            format!("Diga de dónde salen los números (hasta {LONGEST_SOURCE} caracteres)."),
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::tests::{calls, measured, percent};
    use super::*;

    fn codes(level: &Level, numerator: i64, denominator: i64, source: &str) -> Vec<&'static str> {
        faults(level, numerator, denominator, source)
            .iter()
            .map(|p| p.code)
            .collect()
    }

    #[test]
    fn a_part_is_no_larger_than_its_whole() {
        let share = measured("CALLS", 100);
        assert_eq!(codes(&share, 95, 100, "centralita"), [""; 0]);
        assert_eq!(codes(&share, 101, 100, "centralita"), ["BAD_NUMERATOR"]);
        assert_eq!(codes(&share, -1, 100, "x"), ["BAD_NUMERATOR"]);
        assert_eq!(
            codes(&share, 0, 0, " "),
            ["BAD_DENOMINATOR", "SOURCE_MISSING"]
        );
        let score = Level {
            unit: Unit::Score,
            ..measured("CSAT", 100)
        };
        assert_eq!(codes(&score, 430, 100, "encuesta"), [""; 0]);
        assert_eq!(codes(&score, 1_001, 100, "encuesta"), ["BAD_NUMERATOR"]);
        assert_eq!(codes(&percent("A", 100), 1, 2, "x"), ["NOT_MEASURED"]);
        assert_eq!(codes(&calls("CALLS", 100), 1, 2, "x"), ["NOT_MEASURED"]);
    }
}
