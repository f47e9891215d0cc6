//! Indicators: what is asked, and what is answered. Seconds and days are real time; quantiles are interpolated linearly
//! between neighbours (`percentile_cont`).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// By what figures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// The highest line reached.
    Line,
    /// The group that holds it, or held it last.
    Group,
    /// The application.
    Application,
    /// The priority now.
    Priority,
    /// The kind now.
    Kind,
    /// The month of the first event, in the asked zone.
    Month,
    /// Who held it at its first resolution.
    Agent,
}

/// Which tickets. Empty lists leave everything in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Kinds.
    pub kinds: Vec<String>,
    /// Priorities.
    pub priorities: Vec<String>,
    /// Applications, as stored.
    pub applications: Vec<String>,
    /// Groups that hold them now.
    pub groups: Vec<String>,
    /// Highest lines.
    pub lines: Vec<i16>,
    /// States now.
    pub states: Vec<String>,
}

/// Which parts are wanted: what nobody asked for is not computed.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools)] // each is a part of its own; any set of them may be wanted
pub struct Parts {
    /// Events by state.
    pub events_by_state: bool,
    /// Waiting by state.
    pub waiting: bool,
    /// Cases per month.
    pub cases_per_month: bool,
    /// Clocks.
    pub clocks: bool,
    /// Thresholds of throughput, hours.
    pub over_hours: Vec<i32>,
}

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// Tickets whose first event lies at or after this.
    pub from: Option<DateTime<Utc>>,
    /// Tickets whose first event lies before this.
    pub to: Option<DateTime<Utc>>,
    /// Months are cut in it.
    pub zone: Tz,
    /// Dimensions of the groups.
    pub group_by: Vec<Dimension>,
    /// Which tickets.
    pub filter: Filter,
    /// Clocks are judged at it.
    pub as_of: DateTime<Utc>,
    /// Clocks of agreements between the provider's groups and with vendors, too.
    pub inner_clocks: bool,
    /// FCR: a reopening within so many working days undoes it.
    pub reopen_days: i32,
    /// What is wanted.
    pub parts: Parts,
}

/// Figures of a set of tickets.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Tickets.
    pub cases: i64,
    /// Their events.
    pub events: i64,
    /// Events that our state machine would have forbidden.
    pub irregular: i64,
    /// Cases by highest line; line 0: none told.
    pub by_highest_line: BTreeMap<i16, i64>,
    /// Cases with an event on the line.
    pub reaching_line: BTreeMap<i16, i64>,
    /// Cases without an event on line 1.
    pub never_in_first_line: i64,
    /// Cases whose first event is on line 1.
    pub first_event_in_first_line: i64,
    /// Throughput.
    pub throughput: Throughput,
    /// Cases over so many hours of throughput.
    pub over_hours: BTreeMap<i32, i64>,
    /// Handovers.
    pub reassignments: Reassignments,
    /// Cases that went A, B, A.
    pub ping_pong_cases: i64,
    /// How often.
    pub bounces: i64,
    /// Cases reopened, strict.
    pub reopened_strict: i64,
    /// Cases reopened, loose.
    pub reopened_loose: i64,
    /// Base of FCR and FLR.
    pub resolution_base: i64,
    /// First-contact resolutions.
    pub first_contact: i64,
    /// First-level resolutions.
    pub first_level: i64,
    /// Clocks by agreement, target and code.
    pub clocks: Vec<Clocks>,
}

/// Days from the first to the last event.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Throughput {
    /// Half of the cases are below it.
    pub median: f64,
    /// Mean.
    pub mean: f64,
    /// 90 % are below it.
    pub p90: f64,
    /// 95 % are below it.
    pub p95: f64,
    /// 99 % are below it.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// Changes of group.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reassignments {
    /// All of them.
    pub total: i64,
    /// Per case.
    pub mean: f64,
    /// Per case.
    pub median: f64,
    /// The most of a case.
    pub max: i32,
    /// Cases without one.
    pub cases_without: i64,
}

/// Cases by how their clocks of a target stand at the instant of judgement; each case once, by its worst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// `first_response`, `resolution`.
    pub target: String,
    /// Of a target of the tenant's own: which. Empty for the others.
    pub code: String,
    /// Between whom it was agreed: `sla`, `ola`, `supplier`.
    pub agreement_kind: String,
    /// Cases with such a clock.
    pub cases: i64,
    /// Some clock missed its target.
    pub breached: i64,
    /// All stopped in time.
    pub met: i64,
    /// The rest: some still counts, within its target.
    pub running: i64,
}

/// Events in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateEvents {
    /// Ours.
    pub state: String,
    /// The other tool's, empty for our own tickets.
    pub status: String,
    /// The other tool's, may be empty.
    pub sub_status: String,
    /// How many.
    pub events: i64,
}

/// Stays in a waiting state.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Ours.
    pub state: String,
    /// The other tool's, empty for our own tickets.
    pub status: String,
    /// The other tool's, may be empty.
    pub sub_status: String,
    /// Stays.
    pub events: i64,
    /// Cases with one.
    pub cases: i64,
    /// All stays together, days.
    pub total_days: f64,
    /// Of a stay, hours.
    pub median_hours: f64,
    /// Of a stay, hours.
    pub mean_hours: f64,
}

/// The answer.
#[derive(Debug, Clone, Default)]
pub struct Indicators {
    /// Of all tickets.
    pub total: Figures,
    /// Of each group, by its key in the order of the dimensions.
    pub groups: BTreeMap<Vec<String>, Figures>,
    /// Events by state.
    pub events_by_state: Vec<StateEvents>,
    /// Waiting by state.
    pub waiting: Vec<Waiting>,
    /// Cases by the month of their first event, `2012-05`.
    pub cases_per_month: Vec<(String, i64)>,
}
