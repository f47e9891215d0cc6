//! The band of volume that the contract is sized for: more than its most, or fewer than its fewest, and a level's figure may
//! be excused.

use serde::{Deserialize, Serialize};

use super::formula::Unit;
use super::level::Level;

/// Counts of a level's own denominator in a month (tickets, calls, units that are entered), before exclusions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// Fewer than these are outside; none: there is no lower end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fewest: Option<i64>,
    /// More than these are outside; none: there is no upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<i64>,
}

impl Band {
    /// Whether a volume lies outside. Too few there are only when the month is `over`: until then more may come.
    pub fn is_left_by(self, volume: i64, over: bool) -> bool {
        let too_many = self.most.is_some_and(|most| volume > most);
        let too_few = over && self.fewest.is_some_and(|fewest| volume < fewest);
        too_many || too_few
    }
}

/// What is wrong with a level's band: field, code and message.
pub fn faults(level: &Level) -> Option<(&'static str, &'static str, &'static str)> {
    let band = level.volume_band?;
    let fault = |code, message| Some(("volumeBand", code, message));
    // From an average nothing can be excluded, so that a band would promise what nobody can have.
    if level.unit == Unit::Score {
        return fault(
            "NOT_FOR_UNIT",
            "De un promedio no se excluye nada: no lleva banda de volumen.",
        );
    }
    match (band.fewest, band.most) {
        (None, None) => fault(
            "EMPTY_BAND",
            "Una banda de volumen tiene al menos un extremo.",
        ),
        (Some(n), _) | (_, Some(n)) if n < 0 => {
            fault("BAD_BAND", "El volumen no puede ser negativo.")
        }
        (Some(fewest), Some(most)) if fewest > most => fault(
            "BAD_BAND",
            "El mínimo de la banda no puede pasar de su máximo.",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::tests::percent;
    use super::*;

    fn band(fewest: Option<i64>, most: Option<i64>) -> Band {
        Band { fewest, most }
    }

    #[test]
    fn too_few_are_known_when_the_month_is_over() {
        let both = band(Some(10), Some(20));
        for (volume, lasting, over) in [
            (9, false, true),
            (10, false, false),
            (20, false, false),
            (21, true, true),
        ] {
            assert_eq!(both.is_left_by(volume, false), lasting, "{volume}");
            assert_eq!(both.is_left_by(volume, true), over, "{volume}");
        }
        assert!(!band(None, Some(20)).is_left_by(0, true));
        assert!(!band(Some(10), None).is_left_by(1_000, true));
    }

    #[test]
    fn a_band_has_an_end_and_the_right_way_round() {
        let code = |unit, volume_band| {
            let level = Level {
                unit,
                volume_band,
                ..percent("A", 100)
            };
            faults(&level).map(|(_, code, _)| code)
        };
        let of = |fewest, most| code(Unit::Percent, Some(band(fewest, most)));
        assert_eq!(code(Unit::Percent, None), None);
        assert_eq!(code(Unit::Score, None), None);
        for (fewest, most) in [(Some(0), None), (None, Some(0)), (Some(5), Some(5))] {
            assert_eq!(of(fewest, most), None);
        }
        assert_eq!(of(None, None), Some("EMPTY_BAND"));
        for (fewest, most) in [
            (Some(6), Some(5)),
            (Some(-1), None),
            (None, Some(-1)),
            (Some(-1), Some(5)),
        ] {
            assert_eq!(of(fewest, most), Some("BAD_BAND"));
        }
        let score = code(Unit::Score, Some(band(None, Some(5))));
        assert_eq!(score, Some("NOT_FOR_UNIT"));
    }
}
