//! Types of the answers and their enums; those that others have too come from `libs/subgraph`.

use async_graphql::{ComplexObject, Enum, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
pub use subgraph::enums::{AgreementKind, ClockTarget, Priority, TicketKind, TicketState};

use crate::domain::figures;

/// By what indicators are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "figures::Dimension")]
pub enum IndicatorDimension {
    /// The highest support line that the case reached.
    Line,
    /// The resolver group that holds the case, or held it last.
    Group,
    /// The application.
    Application,
    /// The priority.
    Priority,
    /// The kind.
    Kind,
    /// The month of the first event.
    Month,
    /// The agent who held the case at its first resolution; for the provider's quality roles alone.
    Agent,
}

/// Which tickets are counted; what is left out does not limit.
#[derive(Debug, Clone, Default, InputObject)]
pub struct IndicatorFilter {
    /// Kinds.
    pub kinds: Option<Vec<TicketKind>>,
    /// Priorities.
    pub priorities: Option<Vec<Priority>>,
    /// Applications: global ids, or names as an imported history has them.
    pub applications: Option<Vec<String>>,
    /// Names of the resolver groups that hold the tickets, or held them last.
    pub groups: Option<Vec<String>>,
    /// Highest lines reached, 1 to 3.
    pub lines: Option<Vec<i32>>,
    /// Present states.
    pub states: Option<Vec<TicketState>>,
}

/// Indicators of a tenant: its tickets whose first event lies in the period.
#[derive(Debug, SimpleObject)]
pub struct Indicators {
    #[graphql(flatten)]
    pub(super) total: IndicatorFigures,
    /// Events by the state they led to, most first.
    pub events_by_state: Vec<StateEvents>,
    /// Stays in waiting states, longest sum first.
    pub waiting: Vec<WaitingFigures>,
    /// Cases by the month of their first event, in the asked time zone.
    pub cases_per_month: Vec<MonthCases>,
    /// The same figures for each group that `groupBy` asks for, by key.
    pub groups: Vec<IndicatorGroup>,
    /// The IANA time zone in which months are cut.
    pub time_zone: String,
    /// The instant at which clocks are judged.
    pub as_of: DateTime<Utc>,
    /// Set if `afterPosition` was not reached in time: the figures stand at this instant.
    pub behind_since: Option<DateTime<Utc>>,
}

/// Figures of one group of tickets.
#[derive(Debug, SimpleObject)]
pub struct IndicatorGroup {
    /// What the group's tickets have in common, in the order of `groupBy`.
    pub keys: Vec<IndicatorKey>,
    /// Its figures.
    pub figures: IndicatorFigures,
}

/// One thing that a group's tickets have in common.
#[derive(Debug, SimpleObject)]
pub struct IndicatorKey {
    /// Of what sort.
    pub dimension: IndicatorDimension,
    /// Line number, group name, application (global id, or a name of an imported history), priority, kind, `2026-11`, or
    /// the agent's global id; empty where the tickets have none.
    pub value: String,
}

/// Figures of a set of tickets ("cases").
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct IndicatorFigures {
    /// Tickets.
    pub cases: i32,
    /// Their events: moves between states and holders, and rows of imported history.
    pub events: i32,
    /// Events that the state machine would have forbidden (imported history is recorded as it happened).
    pub irregular_events: i32,
    /// Cases by the highest support line they reached.
    pub cases_by_highest_line: Vec<LineCases>,
    /// Cases with an event on each support line.
    pub cases_reaching_line: Vec<LineCases>,
    /// Cases without an event on the first line.
    pub cases_never_in_first_line: i32,
    /// Cases whose first event is on the first line.
    pub cases_first_event_in_first_line: i32,
    /// From the first to the last event.
    pub throughput: ThroughputFigures,
    /// Changes of group between consecutive events.
    pub reassignments: ReassignmentFigures,
    /// Group A, then B, then A again.
    pub ping_pong: PingPongFigures,
    /// Work after an end.
    pub reopened: ReopenedFigures,
    /// First-contact resolution: the first line resolved in the contact that opened the case, without a handover, a
    /// later inbound contact, or a reopening within `reopenDays` working days.
    pub fcr: ResolutionFigures,
    /// First-level resolution: the first line resolved, in any number of contacts.
    pub flr: ResolutionFigures,
    /// Cases by how their clocks stand at `asOf`, per target.
    pub clocks: Vec<ClockFigures>,
    #[graphql(skip)]
    pub(super) over: std::collections::BTreeMap<i32, i64>,
}

#[ComplexObject]
impl IndicatorFigures {
    /// Cases whose throughput is longer than so many hours.
    async fn over_threshold(
        &self,
        #[graphql(desc = "Hours of real time.", default = 240, validator(minimum = 0))] hours: i32,
    ) -> OverThreshold {
        let cases = self.over.get(&hours).copied().unwrap_or_default();
        OverThreshold {
            hours,
            cases: count(cases),
            share: share(cases, i64::from(self.cases)),
        }
    }
}

/// Cases of a support line.
#[derive(Debug, Clone, SimpleObject)]
pub struct LineCases {
    /// 1 to 3; absent for cases that nobody held yet.
    pub line: Option<i32>,
    /// How many.
    pub cases: i32,
}

/// Days of real time from the first to the last event of a case; quantiles by linear interpolation.
#[derive(Debug, Clone, SimpleObject)]
#[allow(clippy::struct_field_names)] // the unit belongs into the API's names
pub struct ThroughputFigures {
    /// Half of the cases took less.
    pub median_days: f64,
    /// Mean.
    pub mean_days: f64,
    /// 90 % of the cases took less.
    pub p90_days: f64,
    /// 95 % of the cases took less.
    pub p95_days: f64,
    /// 99 % of the cases took less.
    pub p99_days: f64,
    /// The longest.
    pub max_days: f64,
}

/// Cases above a threshold of throughput.
#[derive(Debug, SimpleObject)]
pub struct OverThreshold {
    /// The threshold, hours of real time.
    pub hours: i32,
    /// How many.
    pub cases: i32,
    /// Of all cases, 0 to 1.
    pub share: f64,
}

/// Changes of group.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReassignmentFigures {
    /// All together.
    pub total: i32,
    /// Per case.
    pub mean: f64,
    /// Per case.
    pub median: f64,
    /// Of the case with most.
    pub max: i32,
    /// Cases that stayed with one group.
    pub cases_without: i32,
}

/// Tickets that came back to a group from another.
#[derive(Debug, Clone, SimpleObject)]
pub struct PingPongFigures {
    /// Cases with at least one such return.
    pub cases: i32,
    /// Returns: each A, B, A counts.
    pub bounces: i32,
}

/// Cases on which work went on after an end.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReopenedFigures {
    /// After a resolution or closing, other than within the call that opened the case.
    pub strict_cases: i32,
    /// After any end.
    pub loose_cases: i32,
}

/// Resolutions among those that count.
#[derive(Debug, Clone, SimpleObject)]
pub struct ResolutionFigures {
    /// Cases that count: resolved or closed, and not sent straight to the third line by its own channel.
    pub base: i32,
    /// Those that meet the definition.
    pub resolved: i32,
    /// `resolved` of `base`, 0 to 1.
    pub share: f64,
}

/// Cases by how their clocks of a target stand; each once, by its worst clock.
#[derive(Debug, Clone, SimpleObject)]
pub struct ClockFigures {
    /// What the clocks measure.
    pub target: ClockTarget,
    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    pub code: Option<String>,
    /// Between whom it was agreed. Those of the provider's groups and vendors are shown to its staff alone.
    pub agreement_kind: AgreementKind,
    /// Cases with such a clock.
    pub cases: i32,
    /// The target was missed, or an open clock is past its deadline.
    pub breached: i32,
    /// Stopped in time.
    pub met: i32,
    /// Still counting or paused, within the target.
    pub running: i32,
    /// `breached` of `cases`, 0 to 1.
    pub breached_share: f64,
}

/// Events that led to a state.
#[derive(Debug, SimpleObject)]
pub struct StateEvents {
    /// The state, in our terms.
    pub state: TicketState,
    /// The other tool's status, verbatim; absent for tickets of our own.
    pub status: Option<String>,
    /// The other tool's sub-status, verbatim.
    pub sub_status: Option<String>,
    /// How many.
    pub count: i32,
}

/// Stays in a waiting state, each until the next event that tells a state.
#[derive(Debug, SimpleObject)]
pub struct WaitingFigures {
    /// The state, in our terms.
    pub state: TicketState,
    /// The other tool's status, verbatim; absent for tickets of our own.
    pub status: Option<String>,
    /// The other tool's sub-status, verbatim.
    pub sub_status: Option<String>,
    /// Stays.
    pub events: i32,
    /// Cases with at least one.
    pub cases: i32,
    /// All stays together, days.
    pub total_days: f64,
    /// Of a stay, hours.
    pub median_hours: f64,
    /// Of a stay, hours.
    pub mean_hours: f64,
}

/// Cases of a month.
#[derive(Debug, SimpleObject)]
pub struct MonthCases {
    /// `2026-11`.
    pub month: String,
    /// How many.
    pub cases: i32,
}

/// A count as GraphQL's Int: more than 2,147,483,647 is shown as that.
pub(super) fn count(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// `part` of `whole`; 0 of nothing.
pub(super) fn share(part: i64, whole: i64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}
