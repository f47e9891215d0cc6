//! One value against what is wanted of it. Values are pairs of whole numbers and are compared by cross-multiplication:
//! 94.999… % is not 95 %.

use serde::{Deserialize, Serialize};

use super::formula::{Direction, Unit};
use super::level::Level;

/// How a level came out in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The target was reached.
    Met,
    /// It was not, but the minimum was.
    BelowTarget,
    /// Not even the minimum was.
    BelowMinimum,
    /// There were too few to judge by.
    NotEnoughSample,
    /// The contract is too young to judge by it.
    Stabilising,
    /// Nothing was counted or entered.
    NoData,
}

impl Verdict {
    /// Whether the level takes part in the month's total.
    pub const fn judges(self) -> bool {
        matches!(self, Self::Met | Self::BelowTarget | Self::BelowMinimum)
    }
}

/// A ratio. Of nothing (a denominator of 0) it has no value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
}

impl Value {
    /// The value in hundredths of its unit for people to read, rounded against the provider: what is shown as the target
    /// has reached it. None of nothing.
    pub fn hundredths(self, unit: Unit, direction: Direction) -> Option<i64> {
        if self.denominator == 0 {
            return None;
        }
        let (n, d) = (i128::from(self.numerator), i128::from(self.denominator));
        let scaled = n * i128::from(unit.whole());
        let rounded = match direction {
            Direction::HigherIsBetter => scaled.div_euclid(d),
            Direction::LowerIsBetter => (scaled + d - 1).div_euclid(d),
        };
        i64::try_from(rounded).ok()
    }

    /// Whether it reaches a bound (hundredths of the unit), exactly.
    pub fn reaches(self, bound: i64, unit: Unit, direction: Direction) -> bool {
        let value = i128::from(self.numerator) * i128::from(unit.whole());
        let wanted = i128::from(bound) * i128::from(self.denominator);
        match direction {
            Direction::HigherIsBetter => value >= wanted,
            Direction::LowerIsBetter => value <= wanted,
        }
    }
}

/// Judges a value of a level against the month's target. In order: nothing counted, contract too young, sample too small,
/// and only then the number.
pub fn verdict(level: &Level, value: Value, target: i64, stabilising: bool) -> Verdict {
    if value.denominator == 0 {
        Verdict::NoData
    } else if stabilising {
        Verdict::Stabilising
    } else if value.denominator < level.minimum_sample {
        Verdict::NotEnoughSample
    } else if value.reaches(target, level.unit, level.direction) {
        Verdict::Met
    } else if value.reaches(level.minimum, level.unit, level.direction) {
        Verdict::BelowTarget
    } else {
        Verdict::BelowMinimum
    }
}

/// What a level earns, in hundredths of a point of its weight, rounded down. The target reached earns the whole weight,
/// less than the minimum nothing; between the two the weight times value over target (where lower is better, target over
/// value).
pub fn earned(level: &Level, value: Value, target: i64, verdict: Verdict) -> i64 {
    let whole = i64::from(level.weight) * 100;
    if verdict == Verdict::Met {
        return whole;
    }
    if verdict != Verdict::BelowTarget {
        return 0;
    }
    let reached = i128::from(value.numerator) * i128::from(level.unit.whole());
    let wanted = i128::from(target) * i128::from(value.denominator);
    let (part, of) = match level.direction {
        Direction::HigherIsBetter => (reached, wanted),
        Direction::LowerIsBetter => (wanted, reached),
    };
    if of <= 0 {
        return 0;
    }
    i64::try_from(i128::from(whole) * part / of).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::evaluation::tests::percent;
    use super::*;

    fn value(numerator: i64, denominator: i64) -> Value {
        Value {
            numerator,
            denominator,
        }
    }

    /// Target 90 %, minimum 80 %, weight 40, sample of at least 10.
    fn level(direction: Direction) -> Level {
        let mut level = percent("A", 40);
        level.minimum_sample = 10;
        level.direction = direction;
        if direction == Direction::LowerIsBetter {
            (level.target, level.minimum) = (500, 1_000);
        }
        level
    }

    #[test]
    fn what_is_judged_and_in_which_order() {
        let higher = level(Direction::HigherIsBetter);
        let judged = |n, d| verdict(&higher, value(n, d), 9_000, false);
        assert_eq!(judged(90, 100), Verdict::Met);
        assert_eq!(
            judged(899_999_999, 1_000_000_000),
            Verdict::BelowTarget,
            "a hair below is below"
        );
        assert_eq!(judged(80, 100), Verdict::BelowTarget);
        assert_eq!(judged(79, 100), Verdict::BelowMinimum);
        assert_eq!(judged(9, 9), Verdict::NotEnoughSample);
        assert_eq!(judged(0, 0), Verdict::NoData);
        assert_eq!(
            verdict(&higher, value(1, 1), 9_000, true),
            Verdict::Stabilising
        );
        assert_eq!(verdict(&higher, value(0, 0), 9_000, true), Verdict::NoData);
        let lower = level(Direction::LowerIsBetter);
        let judged = |n, d| verdict(&lower, value(n, d), 500, false);
        assert_eq!(
            (judged(5, 100), judged(6, 100), judged(11, 100)),
            (Verdict::Met, Verdict::BelowTarget, Verdict::BelowMinimum)
        );
    }

    #[test]
    fn what_is_earned() {
        let points = |direction, n, d, target| {
            let level = level(direction);
            let v = verdict(&level, value(n, d), target, false);
            earned(&level, value(n, d), target, v)
        };
        let higher = |n, d| points(Direction::HigherIsBetter, n, d, 9_000);
        assert_eq!(higher(95, 100), 4_000);
        // 40 points times 85/90 = 37.77…
        assert_eq!(higher(85, 100), 3_777);
        assert_eq!(higher(79, 100), 0);
        let lower = |n, d| points(Direction::LowerIsBetter, n, d, 500);
        assert_eq!((lower(0, 100), lower(5, 100)), (4_000, 4_000));
        // 40 points times 5/8.
        assert_eq!((lower(8, 100), lower(11, 100)), (2_500, 0));
        assert_eq!(
            points(Direction::LowerIsBetter, 1, 100, 0),
            0,
            "nothing is a share of nothing"
        );
    }

    #[test]
    fn what_is_shown_never_looks_better_than_it_is() {
        let shown = |n, d, direction| value(n, d).hundredths(Unit::Percent, direction);
        assert_eq!(
            shown(89_999, 100_000, Direction::HigherIsBetter),
            Some(8_999)
        );
        assert_eq!(
            shown(50_001, 1_000_000, Direction::LowerIsBetter),
            Some(501)
        );
        assert_eq!(shown(0, 0, Direction::HigherIsBetter), None);
        assert_eq!(
            value(433, 100).hundredths(Unit::Score, Direction::HigherIsBetter),
            Some(433)
        );
    }

    proptest! {
        #[test]
        fn shown_and_judged_agree(n in 0_i64..5_000, more in 0_i64..5_000, bound in 0_i64..=10_000, higher: bool) {
            let value = value(n, n + more);
            let direction = if higher { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
            if let Some(shown) = value.hundredths(Unit::Percent, direction) {
                let by_shown = if higher { shown >= bound } else { shown <= bound };
                prop_assert_eq!(value.reaches(bound, Unit::Percent, direction), by_shown);
            }
        }

        #[test]
        fn a_better_value_never_earns_less(n in 0_i64..1_000, d in 1_i64..1_000, higher: bool) {
            let direction = if higher { Direction::HigherIsBetter } else { Direction::LowerIsBetter };
            let (n, d) = (n.min(d), d);
            let level = level(direction);
            let points = |n| {
                let v = verdict(&level, value(n, d), level.target, false);
                earned(&level, value(n, d), level.target, v)
            };
            let better = if higher { (n + 1).min(d) } else { (n - 1).max(0) };
            prop_assert!(points(better) >= points(n));
        }
    }
}
