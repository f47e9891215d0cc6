//! What sla-clock publishes: clocks, their warnings and breaches, when people may be told of them, and which incidents are to be
//! converted.

use chrono::{DateTime, Utc};
use ids::{AgreementId, ClockId, GroupId, TicketId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a clock measures.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// To the first public answer of a person; of an agreement with a vendor, to the vendor's first.
    FirstResponse,
    /// From one public answer of a person to the next; of an agreement with a vendor, from one of the vendor's to the next.
    NextUpdate,
    /// To the service being back, by a workaround if need be.
    Restoration,
    /// To the resolution.
    Resolution,
    /// To the root cause being delivered.
    RootCause,
    /// A target of the tenant's own: its code says which.
    Custom,
}

/// Between whom something is agreed (ITIL 4: service level, operational level and underpinning agreements).
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AgreementKind {
    /// With the client: what the provider is paid by.
    #[default]
    Sla,
    /// Between the provider's groups: a clock runs while a group or line holds the ticket, each time anew. The client is
    /// not told of it.
    Ola,
    /// With a vendor: a clock runs while the vendor is waited for, each time anew. The client is not told of it.
    Supplier,
}

/// Where a clock stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// It counts (within the calendar's hours).
    Running,
    /// A condition of the agreement holds it.
    Paused,
    /// Its target was met or missed, and it counts no more.
    Stopped,
    /// It no longer applies.
    Cancelled,
}

/// A clock as it was. All spans in whole seconds of its calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockSnapshot {
    /// The clock.
    pub clock: ClockId,
    /// Of which ticket.
    pub ticket: TicketId,
    /// What it measures.
    pub target: Target,
    /// Of a target of the tenant's own, and of every one between groups or with a vendor, its code; none of the client's others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_code: Option<String>,
    /// By which agreement.
    pub agreement: AgreementId,
    /// In which version.
    pub agreement_version: i32,
    /// Between whom that is agreed.
    #[serde(default)]
    pub agreement_kind: AgreementKind,
    /// 1 for the first; a reopening may begin another.
    pub cycle: i32,
    /// Where it stands.
    pub state: ClockState,
    /// Allowed working seconds.
    pub target_seconds: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it falls due; none while it is paused.
    pub due_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Working seconds counted until `as_of`.
    pub elapsed_seconds: i64,
    /// The instant that `elapsed_seconds` is counted to.
    pub as_of: DateTime<Utc>,
    /// The instant at which the target was missed, if it was.
    pub breached_at: Option<DateTime<Utc>>,
}

/// A clock started, paused, went on, was given another target, stopped or was cancelled. Subject: the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockChanged {
    /// The clock after it.
    pub clock: ClockSnapshot,
}

/// A threshold before the deadline was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockWarned {
    /// The clock at that instant.
    pub clock: ClockSnapshot,
    /// Share of the target that was used up, percent; rounded down where the warning is set by time.
    pub percent: i16,
    /// Working seconds left to the deadline, where the warning is set by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_seconds: Option<i64>,
    /// It was already past when the clock was attached or the service came back.
    pub late: bool,
    /// When people may be told of it: at once, or when the tenant's notification hours next open. `clock.notice_due` is told
    /// then, unless nobody need hear of it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_at: Option<DateTime<Utc>>,
}

/// The deadline passed. The envelope's `time` is the deadline itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockBreached {
    /// The clock at that instant.
    pub clock: ClockSnapshot,
    /// It was already past when the clock was attached or the service came back.
    pub late: bool,
    /// When people may be told of it: at once, or when the tenant's notification hours next open. `clock.notice_due` is told
    /// then, unless nobody need hear of it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_at: Option<DateTime<Utc>>,
}

/// A point of a clock that people are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockThreshold {
    /// A warning before the deadline.
    Warning,
    /// The deadline.
    Breach,
}

/// People may be told from now on that a threshold was reached: it is within the tenant's notification hours, or the ticket is
/// urgent. The envelope's `time` is that instant; whoever notifies people follows this fact alone. Once for each threshold of a
/// cycle, and not at all of a warning that was mended, or overtaken by the breach, before anybody could be told. A breach is
/// told of even if the ticket was solved since: `clock.stopped_at` says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClockNoticeDue {
    /// The clock: at the instant of the threshold if people may be told at once, else as it is by now.
    pub clock: ClockSnapshot,
    /// What was reached.
    pub threshold: ClockThreshold,
    /// Share of the target that was used up then, percent: 100 of a breach.
    pub percent: i16,
    /// Working seconds left to the deadline then, where the warning is set by time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_seconds: Option<i64>,
    /// When it was reached: the `time` of the warning or breach.
    pub reached_at: DateTime<Utc>,
    /// People could have been told before: the service was away, or heard of it late.
    pub late: bool,
}

/// An incident came to a group outside its hours, and the group converts what may not call out the standby: a linked corrective
/// maintenance is to carry estimate, approval and hours. The incident stays what it is, and its clocks go on. Subject: the ticket,
/// of which this is the only fact that sla-clock tells: once, with sequence 1. The envelope's `time` is `at`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversionDue {
    /// The incident.
    pub ticket: TicketId,
    /// The group that holds it then, and that the maintenance is for.
    pub group: GroupId,
    /// When it came to that.
    pub at: DateTime<Utc>,
}

crate::fact!(
    SlaClock,
    ClockChanged = "clock.changed.v1",
    ClockWarned = "clock.warned.v1",
    ClockBreached = "clock.breached.v1",
    ClockNoticeDue = "clock.notice_due.v1",
    ConversionDue = "conversion.due.v1",
);
