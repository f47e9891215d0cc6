//! The figures of a month, from everything that they rest on. The same inputs give the same figures, today and when the
//! month was frozen.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::calls::Call;
use super::cases::{Case, Counts};
use super::exclusion::{Exclusion, State};
use super::formula::{Direction, Unit};
use super::level::{Level, LevelSet};
use super::measure::Measure;
use super::verdict::{Value, Verdict, earned, verdict};
use crate::domain::month::Month;

/// Everything that the figures of a month rest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Which month.
    pub month: Month,
    /// The IANA zone of the contract, in which it is cut.
    pub time_zone: String,
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant behind it.
    pub to: DateTime<Utc>,
    /// Clocks are judged at this instant: the month's end, or now while it lasts.
    pub as_of: DateTime<Utc>,
    /// What is agreed for the month.
    pub set: LevelSet,
    /// The tickets that each level looks at, by its code.
    pub cases: BTreeMap<String, Vec<Case>>,
    /// The calls that were offered, if a level counts calls: every such level looks at all of them. Months that were frozen
    /// before there was such a thing do not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// What was entered last for each level, by its code.
    pub measures: BTreeMap<String, Measure>,
    /// Every exclusion of the month, whatever became of it.
    pub exclusions: Vec<Exclusion>,
}

/// A value and what it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The value.
    pub value: Value,
    /// How it came out.
    pub verdict: Verdict,
    /// Hundredths of a point of the weight.
    pub earned: i64,
}

/// The figures of one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelFigures {
    /// Of which level.
    pub code: String,
    /// What was wanted in this month, hundredths of the unit.
    pub target: i64,
    /// The figure that counts: with the accepted exclusions.
    pub figure: Figure,
    /// What it would be without any.
    pub without_exclusions: Figure,
    /// Tickets, calls or units that were excused.
    pub excused: i64,
}

/// The weighted total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Hundredths of points that the levels with a verdict earned.
    pub earned: i64,
    /// Hundredths of points that they could have earned.
    pub possible: i64,
}

impl Total {
    /// Hundredths of a percent, rounded down.
    pub fn hundredths(self) -> i64 {
        let share = i128::from(self.earned) * 10_000 / i128::from(self.possible.max(1));
        i64::try_from(share).unwrap_or(0)
    }

    /// The total of figures with their weights. A level without a verdict takes no part, and its weight falls to the others
    /// in proportion to theirs. None: no level has a verdict, or those that do weigh nothing.
    fn of(figures: impl Iterator<Item = (i32, Figure)>) -> Option<Self> {
        let judged = figures.filter(|(_, f)| f.verdict.judges());
        let sum = judged.fold((0, 0), |(earned, possible), (weight, f)| {
            (earned + f.earned, possible + i64::from(weight) * 100)
        });
        (sum.1 > 0).then_some(Self {
            earned: sum.0,
            possible: sum.1,
        })
    }
}

/// The figures of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// In the contract's order.
    pub levels: Vec<LevelFigures>,
    /// The weighted total, with the accepted exclusions.
    pub total: Option<Total>,
    /// What it would be without any.
    pub total_without_exclusions: Option<Total>,
}

/// How a ticket or a call came out for a level, exclusions among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It counts for the provider.
    For,
    /// It counts against the provider.
    Against,
    /// It would count against the provider, and both sides agreed that it does not.
    Excused,
    /// It has no result, or is none of those that the level counts.
    NotCounted,
}

/// What counts for and against the provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    good: i64,
    bad: i64,
}

impl Tally {
    /// Of tickets or calls, and how many of those that count against are to be excused.
    fn of(outcomes: impl Iterator<Item = Outcome>) -> (Self, i64) {
        let (mut tally, mut excused) = (Self::default(), 0);
        for outcome in outcomes {
            match outcome {
                Outcome::For => tally.good += 1,
                Outcome::Against => tally.bad += 1,
                Outcome::Excused => {
                    tally.bad += 1;
                    excused += 1;
                }
                Outcome::NotCounted => {}
            }
        }
        (tally, excused)
    }

    fn value(self, direction: Direction) -> Value {
        Value {
            numerator: match direction {
                Direction::HigherIsBetter => self.good,
                Direction::LowerIsBetter => self.bad,
            },
            denominator: self.good + self.bad,
        }
    }

    /// With so many excused. An exclusion takes out what counts against the provider and nothing else: it excuses, and
    /// never makes a figure worse.
    fn excusing(self, units: i64) -> (Self, i64) {
        let excused = units.clamp(0, self.bad.max(0));
        let left = Self {
            bad: self.bad - excused,
            ..self
        };
        (left, excused)
    }
}

impl Inputs {
    /// How a ticket came out for a level.
    pub fn outcome(&self, level: &Level, case: &Case) -> Outcome {
        let counts = case.counts(level, self.as_of);
        self.came_out(counts, |e| e.covers(level, case))
    }

    /// How a call came out for a level.
    pub fn outcome_of_call(&self, level: &Level, call: &Call) -> Outcome {
        self.came_out(call.counts(level), |e| e.covers_call(level, call))
    }

    fn came_out(&self, counts: Counts, covers: impl Fn(&Exclusion) -> bool) -> Outcome {
        match counts {
            Counts::For => Outcome::For,
            Counts::Not => Outcome::NotCounted,
            Counts::Against if self.accepted().any(covers) => Outcome::Excused,
            Counts::Against => Outcome::Against,
        }
    }

    /// The figures.
    pub fn figures(&self) -> Figures {
        let levels: Vec<LevelFigures> = self.set.levels.iter().map(|l| self.of_level(l)).collect();
        let total = |which: fn(&LevelFigures) -> Figure| {
            let weights = self.set.levels.iter().map(|l| l.weight);
            Total::of(weights.zip(levels.iter().map(which)))
        };
        Figures {
            total: total(|l| l.figure),
            total_without_exclusions: total(|l| l.without_exclusions),
            levels,
        }
    }

    /// What a level counts in the month, whatever is excused of it: its denominator. None: nothing was entered.
    pub fn volume(&self, level: &Level) -> Option<i64> {
        if level.is_entered() {
            return self.measures.get(&level.code).map(|m| m.denominator);
        }
        let (raw, _) = self.tally(level);
        Some(raw.good + raw.bad)
    }

    /// The instants of the cases that an exclusion excuses, or would once they count: all but those that count for the
    /// provider.
    pub fn instants(&self, exclusion: &Exclusion) -> Vec<DateTime<Utc>> {
        let mut all = Vec::new();
        for level in &self.set.levels {
            let cases = self.cases.get(&level.code).into_iter().flatten();
            let excused = cases.filter(|case| {
                exclusion.covers(level, case) && case.counts(level, self.as_of) != Counts::For
            });
            all.extend(excused.flat_map(|case| case.instants(self.as_of)));
        }
        all
    }

    fn accepted(&self) -> impl Iterator<Item = &Exclusion> {
        self.exclusions
            .iter()
            .filter(|e| e.state() == State::Accepted)
    }

    fn of_level(&self, level: &Level) -> LevelFigures {
        let (with, without, excused) = if level.unit == Unit::Score {
            let value = self.measured(level);
            (value, value, 0)
        } else {
            let (raw, wanted) = self.tally(level);
            let (left, excused) = raw.excusing(wanted);
            let value = |t: Tally| t.value(level.direction);
            (value(left), value(raw), excused)
        };
        let target = self.set.target_in(level, self.month);
        let stabilising = self.set.is_stabilising(level, self.month);
        let judged = |value| {
            let verdict = verdict(level, value, target, stabilising);
            Figure {
                value,
                verdict,
                earned: earned(level, value, target, verdict),
            }
        };
        LevelFigures {
            code: level.code.clone(),
            target,
            figure: judged(with),
            without_exclusions: judged(without),
            excused,
        }
    }

    fn measured(&self, level: &Level) -> Value {
        let measure = self.measures.get(&level.code);
        measure.map_or_else(Value::default, |m| Value {
            numerator: m.numerator,
            denominator: m.denominator,
        })
    }

    /// What counts for and against, and how much of the latter is to be excused.
    fn tally(&self, level: &Level) -> (Tally, i64) {
        if level.is_entered() {
            let Value {
                numerator,
                denominator,
            } = self.measured(level);
            let rest = denominator - numerator;
            let tally = match level.direction {
                Direction::HigherIsBetter => Tally {
                    good: numerator,
                    bad: rest,
                },
                Direction::LowerIsBetter => Tally {
                    good: rest,
                    bad: numerator,
                },
            };
            let units = self
                .accepted()
                .fold(0_i64, |sum, e| sum.saturating_add(e.units(level)));
            return (tally, units);
        }
        if level.counts_calls() {
            Tally::of(self.calls.iter().map(|c| self.outcome_of_call(level, c)))
        } else {
            let cases = self.cases.get(&level.code).into_iter().flatten();
            Tally::of(cases.map(|c| self.outcome(level, c)))
        }
    }
}

#[cfg(test)]
#[path = "evaluation_tests.rs"]
pub(crate) mod tests;
