//! The words of service levels.

use async_graphql::Enum;

use crate::domain::service_levels::{calls, evaluation, exclusion, formula, verdict};

/// What a service level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "formula::Formula")]
pub enum ServiceLevelFormula {
    /// Of the tickets whose clocks of a target came to a result in the month, those that met it; each ticket once, by its
    /// worst clock.
    Attainment,
    /// First-contact resolution (FCR): of the cases opened in the month that are resolved and did not come straight to the
    /// third line, those that the first line resolved in the contact that opened them.
    FirstContact,
    /// First-level resolution: of the same cases, those that the first line resolved in any number of contacts.
    FirstLevel,
    /// Of the cases opened in the month that were resolved, those on which work went on afterwards; lower is better.
    Reopened,
    /// Satisfaction of the requesters (CSAT), measured: good ratings of all, or points of all ratings.
    Satisfaction,
    /// Time available of the time agreed, measured.
    Availability,
    /// Calls answered of those offered: counted where the telephone is connected, or entered.
    CallsAnswered,
    /// Calls abandoned of those offered: counted where the telephone is connected, or entered; lower is better.
    CallsAbandoned,
    /// An indicator of the contract's own, measured.
    Measured,
}

/// Where a level's numbers come from: one of the two, and never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "formula::Source")]
pub enum ServiceLevelSource {
    /// The facts that are kept: tickets, clocks, calls.
    Facts,
    /// A person enters them (`recordMeasure`).
    Entered,
}

/// What a value is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "formula::Unit")]
pub enum ServiceLevelUnit {
    /// Numerator of denominator, percent.
    Percent,
    /// Points of the numerator for each of the denominator: an average.
    Score,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "formula::Direction")]
pub enum ServiceLevelDirection {
    /// The target is the least that is wanted.
    HigherIsBetter,
    /// The target is the most that is borne.
    LowerIsBetter,
}

/// How a level came out in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "verdict::Verdict")]
pub enum ServiceLevelVerdict {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "exclusion::Reason")]
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

/// Where an exclusion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "exclusion::State")]
pub enum ExclusionState {
    /// The other side has not decided; the figure does not change.
    Proposed,
    /// The other side agreed: it changes the figure.
    Accepted,
    /// The other side did not agree; the figure does not change.
    Rejected,
    /// The side that had proposed it took it back before the other one had decided; it counts nowhere.
    Withdrawn,
}

/// A party to the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "exclusion::Side")]
pub enum ContractSide {
    /// The support provider: its quality and service managers.
    Provider,
    /// The client: its administrators.
    Client,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calls::Ending")]
pub enum CallEnding {
    /// Somebody spoke with the caller.
    Answered,
    /// The caller gave up before anybody answered.
    Abandoned,
    /// Neither: a message was left.
    Unanswered,
}

/// How a ticket or a call came out for a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "evaluation::Outcome")]
pub enum CountedOutcome {
    /// It counts for the provider.
    For,
    /// It counts against the provider.
    Against,
    /// It would count against the provider, and both sides agreed that it does not.
    Excused,
    /// It has no result, or is none of those that the level counts: a caller who gave up at once.
    NotCounted,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "business_time::Weekday")]
pub enum Weekday {
    /// Monday.
    #[graphql(name = "MONDAY")]
    Mon,
    /// Tuesday.
    #[graphql(name = "TUESDAY")]
    Tue,
    /// Wednesday.
    #[graphql(name = "WEDNESDAY")]
    Wed,
    /// Thursday.
    #[graphql(name = "THURSDAY")]
    Thu,
    /// Friday.
    #[graphql(name = "FRIDAY")]
    Fri,
    /// Saturday.
    #[graphql(name = "SATURDAY")]
    Sat,
    /// Sunday.
    #[graphql(name = "SUNDAY")]
    Sun,
}
