//! What reporting publishes: the service levels that a contract pays by. Levels are named by their codes, and months as
//! `2026-11`; names, evidence, sources, notes and reasons are free text and stay with reporting.

use chrono::{DateTime, Utc};
use ids::{ExclusionId, PersonId, TicketId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a level counts.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Formula {
    /// Tickets whose clocks of a target met it, of those whose result fell into the month.
    Attainment,
    /// First-contact resolution.
    FirstContact,
    /// First-level resolution.
    FirstLevel,
    /// Cases on which work went on after their resolution; lower is better.
    Reopened,
    /// The requesters' rating, measured.
    Satisfaction,
    /// Time available of the time agreed, measured.
    Availability,
    /// Calls answered of those offered, counted or entered.
    CallsAnswered,
    /// Calls abandoned of those offered, counted or entered; lower is better.
    CallsAbandoned,
    /// An indicator of the contract's own, measured.
    Measured,
}

/// Where a level's numbers come from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The facts that are kept: tickets, clocks, calls.
    Facts,
    /// A person enters them.
    Entered,
}

/// What a value is told in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Numerator of denominator, percent.
    Percent,
    /// Points of the numerator for each of the denominator.
    Score,
}

/// Which way is better.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The target is the least that is wanted.
    HigherIsBetter,
    /// The target is the most that is borne.
    LowerIsBetter,
}

/// How a level came out in a month.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
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

/// The fact that excuses.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionReason {
    /// It waited for something that the client owed.
    ClientDependency,
    /// Nobody could have prevented it.
    ForceMajeure,
    /// It fell into a window that both sides had agreed on.
    AgreedWindow,
    /// More came than the band of volume that the contract is sized for.
    VolumeOutsideBand,
}

/// A party to the contract.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The support provider.
    Provider,
    /// The client.
    Client,
}

/// A target that becomes harder month by month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tightening {
    /// By so much each month after the set's first, hundredths of the unit.
    pub monthly_hundredths: i64,
    /// No further than this, hundredths of the unit.
    pub until_hundredths: i64,
}

/// One indicator that the contract pays by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgreedLevel {
    /// Unique in its set.
    pub code: String,
    /// What it counts.
    pub formula: Formula,
    /// By which version of the formula.
    pub formula_version: i32,
    /// Where its numbers come from; none of a set from before that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What its value is told in.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// What is wanted in the set's first month, hundredths of the unit.
    pub target_hundredths: i64,
    /// Beyond this nothing is earned, hundredths of the unit.
    pub minimum_hundredths: i64,
    /// How the target grows harder; none: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tightening: Option<Tightening>,
    /// Its share of what the set earns, percent.
    pub weight: i32,
    /// With a smaller denominator there is no verdict.
    pub minimum_sample: i64,
    /// So many months from the contract's start have no verdict.
    pub stabilisation_months: i32,
}

/// Another version of what is agreed was written; those before stay. Subject: `ten_…/service_levels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceLevelsSet {
    /// The version; the first is 1.
    pub version: i32,
    /// The first month that is judged by it.
    pub effective_from: String,
    /// The month from which stabilisation is counted.
    pub contract_start: String,
    /// The IANA zone in which its months are cut.
    pub time_zone: String,
    /// In the contract's order; their weights sum to 100.
    pub levels: Vec<AgreedLevel>,
    /// By whom.
    pub by: PersonId,
}

/// A value that no ticket tells was entered; the highest revision counts. Subject: the tenant's month, `ten_…/2026-11`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureRecorded {
    /// Of which month.
    pub month: String,
    /// Code of the level.
    pub level: String,
    /// 1 for the first entry of the month and level.
    pub revision: i32,
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
    /// By whom.
    pub by: PersonId,
}

/// An interval that is to be excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExcludedInterval {
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
    /// Of a measured level: units of its denominator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units: Option<i64>,
}

/// One side proposed that something does not count against the provider. Subject: the exclusion, as of the next two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExclusionProposed {
    /// Which.
    pub exclusion: ExclusionId,
    /// Of which month.
    pub month: String,
    /// Code of the level; none: every level that counts the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The ticket, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// The interval, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<ExcludedInterval>,
    /// By what fact.
    pub reason: ExclusionReason,
    /// Which side proposed it; the other one decides.
    pub side: Side,
    /// By whom.
    pub by: PersonId,
}

/// The other side accepted or rejected it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExclusionDecided {
    /// Which.
    pub exclusion: ExclusionId,
    /// Of which month.
    pub month: String,
    /// Whether it was accepted: it changes the figures.
    pub accepted: bool,
    /// Which side decided.
    pub side: Side,
    /// By whom.
    pub by: PersonId,
}

/// The side that had proposed it withdrew it before the other one had decided: it counts nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExclusionWithdrawn {
    /// Which.
    pub exclusion: ExclusionId,
    /// Of which month.
    pub month: String,
    /// Which side withdrew it.
    pub side: Side,
    /// By whom.
    pub by: PersonId,
}

/// A level in a month that was closed, with the accepted exclusions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrozenLevel {
    /// Code of the level.
    pub code: String,
    /// What it counts.
    pub formula: Formula,
    /// By which version of the formula.
    pub formula_version: i32,
    /// What its value is told in.
    pub unit: Unit,
    /// What was wanted in the month, hundredths of the unit.
    pub target_hundredths: i64,
    /// Its share of what the set earns, percent.
    pub weight: i32,
    /// Upper part of the value.
    pub numerator: i64,
    /// Lower part; 0: nothing was counted or entered.
    pub denominator: i64,
    /// The value in hundredths of the unit, rounded against the provider; none of nothing.
    pub value_hundredths: Option<i64>,
    /// How it came out.
    pub verdict: Verdict,
    /// What it earns, hundredths of a point of its weight.
    pub earned_hundredths: i64,
    /// Tickets, calls or units that were excused.
    pub excused: i64,
}

/// The weighted total of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrozenTotal {
    /// Hundredths of points that the levels with a verdict earned.
    pub earned_hundredths: i64,
    /// Hundredths of points that they could have earned.
    pub possible_hundredths: i64,
    /// The one of the other, hundredths of a percent, rounded down.
    pub value_hundredths: i64,
}

/// A month was closed, or closed again: the highest revision is in force. Subject: the tenant's month, `ten_…/2026-11`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceLevelsFrozen {
    /// Which month.
    pub month: String,
    /// 1 for the first.
    pub revision: i32,
    /// SHA-256 over what is kept of it, hexadecimal.
    pub digest: String,
    /// By which rule the digest is made.
    pub digest_version: i32,
    /// The digest of the revision before; none of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_digest: Option<String>,
    /// The IANA zone in which the month is cut.
    pub time_zone: String,
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant behind it.
    pub to: DateTime<Utc>,
    /// The version of what was agreed for it.
    pub set_version: i32,
    /// Level by level, in the contract's order.
    pub levels: Vec<FrozenLevel>,
    /// The weighted total; none: no level has a verdict.
    pub total: Option<FrozenTotal>,
    /// By whom.
    pub by: PersonId,
}

crate::fact!(
    Reporting,
    ServiceLevelsSet = "service_levels.set.v1",
    MeasureRecorded = "service_levels.measure_recorded.v1",
    ExclusionProposed = "service_levels.exclusion_proposed.v1",
    ExclusionDecided = "service_levels.exclusion_decided.v1",
    ExclusionWithdrawn = "service_levels.exclusion_withdrawn.v1",
    ServiceLevelsFrozen = "service_levels.frozen.v1",
);
