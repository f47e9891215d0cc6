//! The formulas of service levels. A formula that changes its meaning gets another version; months that were judged by an
//! earlier one keep it.

use serde::{Deserialize, Serialize};

/// What a level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Tickets whose clocks of a target met it, of those whose result fell into the month (ANS attainment).
    Attainment,
    /// First-contact resolution: of the cases opened in the month that are resolved and did not come straight to N3 by a
    /// channel of its own, those that N1 resolved in the contact that opened them.
    FirstContact,
    /// First-level resolution: of the same cases, those that N1 resolved in any number of contacts.
    FirstLevel,
    /// Of the cases opened in the month that were resolved, those on which work went on afterwards.
    Reopened,
    /// The requesters' rating (CSAT), measured: good ratings of all, or the sum of points of all.
    Satisfaction,
    /// Time available of the time agreed, measured.
    Availability,
    /// Calls answered of those offered, counted or entered.
    CallsAnswered,
    /// Calls abandoned of those offered, counted or entered.
    CallsAbandoned,
    /// An indicator of the contract's own, measured.
    Measured,
}

/// Where a level's numbers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The facts that are kept: tickets, clocks, calls.
    Facts,
    /// A person enters them.
    Entered,
}

/// What a value is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Numerator of denominator, percent.
    Percent,
    /// Points of numerator for each of denominator: an average.
    Score,
}

impl Unit {
    /// One denominator's worth in hundredths of the unit: 100.00 % or 1.00 point.
    pub const fn whole(self) -> i64 {
        match self {
            Self::Percent => 10_000,
            Self::Score => 100,
        }
    }

    /// The largest target, hundredths: 100.00 % or 10.00 points.
    pub const fn most(self) -> i64 {
        match self {
            Self::Percent => 10_000,
            Self::Score => 1_000,
        }
    }
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The target is the least that is wanted.
    HigherIsBetter,
    /// The target is the most that is borne.
    LowerIsBetter,
}

impl Formula {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::Attainment,
        Self::FirstContact,
        Self::FirstLevel,
        Self::Reopened,
        Self::Satisfaction,
        Self::Availability,
        Self::CallsAnswered,
        Self::CallsAbandoned,
        Self::Measured,
    ];

    /// The latest version of its rule; the first is 1. To change a rule: another version here, the old one stays in
    /// `cases::Case::counts` or `calls::Call::counts` for months that were judged by it.
    pub const fn latest(self) -> i32 {
        1
    }

    /// Whether it counts calls.
    pub const fn is_of_calls(self) -> bool {
        matches!(self, Self::CallsAnswered | Self::CallsAbandoned)
    }

    /// Where its numbers come from if a level does not say so: entered are those that no ticket tells. A telephone tells of
    /// calls only where it is connected, so that a level must ask for them.
    pub const fn usual_source(self) -> Source {
        match self {
            Self::Attainment | Self::FirstContact | Self::FirstLevel | Self::Reopened => {
                Source::Facts
            }
            Self::Satisfaction
            | Self::Availability
            | Self::CallsAnswered
            | Self::CallsAbandoned
            | Self::Measured => Source::Entered,
        }
    }

    /// Whether its numbers may come from there.
    pub fn may_come_from(self, source: Source) -> bool {
        self.is_of_calls() || source == self.usual_source()
    }

    /// Which way is better; none where the contract says so itself.
    pub const fn direction(self) -> Option<Direction> {
        match self {
            Self::Measured => None,
            Self::Reopened | Self::CallsAbandoned => Some(Direction::LowerIsBetter),
            _ => Some(Direction::HigherIsBetter),
        }
    }

    /// Whether its value may be told in a unit.
    pub const fn may_be(self, unit: Unit) -> bool {
        matches!(unit, Unit::Percent) || matches!(self, Self::Satisfaction | Self::Measured)
    }
}
