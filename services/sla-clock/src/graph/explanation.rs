//! Why a clock reads what it reads, as the graph shows it.

use async_graphql::{ComplexObject, Enum, ID, Result, SimpleObject};
use business_time::Closed;
use chrono::{DateTime, NaiveDate, Utc};
use ids::TenantId;
use subgraph::{bad_input, cursor, global};

use super::enums::{HolidayCountry, Priority, TicketKind, TicketState};
use super::types::Vendor;
use crate::domain::attribution::Share;
use crate::domain::duty::{Decided, OutOfHours};
use crate::domain::explain::{self, Told, Total, Window};
use crate::domain::happened::{Happened, What};

/// Nobody gets more segments at once.
const MOST: i32 = 500;

/// What a clock does during a segment: three facts, never under one word.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "explain::SegmentState")]
pub enum ClockSegmentState {
    /// Open and not held: the seconds count.
    Running,
    /// Open, and a condition of the agreement holds the clock.
    Paused,
    /// Closed, held or not.
    OutsideHours,
}

/// Whom the time belongs to while a clock is held.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::domain::held_by::HeldBy")]
pub enum ClockHeldBy {
    /// The person who asks was asked something.
    Requester,
    /// The client: an approval is awaited.
    Client,
    /// A vendor.
    Vendor,
    /// Another third party.
    ThirdParty,
    /// A delivery to production.
    Implementation,
    /// The provider itself: the agreement holds the clock in a state in which nobody else is awaited.
    Provider,
    /// Nothing but a supposition.
    Supposition,
}

/// What sort of thing happened to a ticket.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockFactKind {
    /// The ticket was opened.
    Opened,
    /// State or classification changed.
    Changed,
    /// A person of the provider answered the requester in public.
    Answered,
    /// The vendor that it waits for answered the provider, as a person of the provider wrote down.
    VendorAnswered,
    /// A row of another tool's history.
    Recorded,
    /// Another group or line holds it.
    Held,
    /// It was linked to another ticket by which its clocks go from here on, or no longer.
    Linked,
    /// The service that it is about is back: at that instant, though it may have been said later.
    Restored,
    /// That service is lost again, the same.
    Lost,
}

impl From<What> for ClockFactKind {
    fn from(what: What) -> Self {
        match what {
            What::Opened => Self::Opened,
            What::Changed => Self::Changed,
            What::Answered => Self::Answered,
            What::VendorAnswered => Self::VendorAnswered,
            What::Recorded => Self::Recorded,
            What::Held => Self::Held,
            What::Linked => Self::Linked,
            What::Restored => Self::Restored,
            What::Lost => Self::Lost,
        }
    }
}

/// Something that happened to a ticket, with the ticket as it was right after.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockFact {
    /// The version of the ticket that it made.
    pub version: i32,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it was.
    pub what: ClockFactKind,
    /// State after it.
    pub state: TicketState,
    /// Kind after it.
    pub kind: TicketKind,
    /// Priority after it.
    pub priority: Priority,
    /// Whether the service that it is about is back after it.
    pub restored: bool,
    /// Global id of the group that holds the ticket after it.
    pub group: Option<ID>,
    /// The support line that holds it after it, 1 to 3.
    pub line: Option<i32>,
    /// For which vendor the ticket waits after it, if that was said.
    pub vendor: Option<Vendor>,
    /// Global id of the ticket whose fact it is, if not this one's own: of one that was merged into it, that it was split off
    /// or merged into, or of its mass incident. `version` is that ticket's then, but of `LINKED`.
    pub related_ticket: Option<ID>,
}

impl ClockFact {
    fn of(tenant: TenantId, happened: &Happened) -> Self {
        Self {
            version: happened.version as i32,
            at: happened.at,
            what: happened.what.into(),
            state: happened.state.into(),
            kind: happened.kind.into(),
            priority: happened.priority.into(),
            restored: happened.restored(),
            group: happened.group.map(|g| global(tenant, g)),
            line: happened.line.map(i32::from),
            vendor: happened.vendor.map(|v| Vendor {
                id: global(tenant, v),
            }),
            related_ticket: happened.related.of.map(|t| global(tenant, t)),
        }
    }
}

/// What decided outside the office hours of the group that holds a ticket.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockOutOfHours {
    /// The standby's hours: the ticket may call it out (`standbyScheme`).
    Standby,
    /// The group's policy: a linked corrective maintenance carries the work, and the clock waits for office hours.
    Convert,
    /// The group's policy: the clock waits for office hours. A group without a policy defers.
    Defer,
    /// The group's policy: it works on.
    Continue,
}

impl From<Decided> for ClockOutOfHours {
    fn from(decided: Decided) -> Self {
        match decided {
            Decided::Standby => Self::Standby,
            Decided::Policy(OutOfHours::Convert) => Self::Convert,
            Decided::Policy(OutOfHours::Defer) => Self::Defer,
            Decided::Policy(OutOfHours::Continue) => Self::Continue,
        }
    }
}

/// What closes a desk.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    /// A public holiday.
    PublicHoliday,
    /// A closed date of the calendar's own.
    OwnHoliday,
    /// The hours given to that date alone leave out what the week would have had.
    SpecialDate,
    /// The week has no hours then: an ordinary night, lunch or weekend.
    WeeklyHours,
}

/// Why a desk is closed.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClosedReason {
    /// What closes it.
    pub by: ClosedBy,
    /// The local date whose hours were taken; absent for the week's own.
    pub date: Option<NaiveDate>,
    /// The public holiday's name, in the country's language.
    pub name: Option<String>,
    /// The law that makes it one.
    pub law: Option<String>,
    /// Whose holiday it is.
    pub country: Option<HolidayCountry>,
    /// ISO 3166-2 code of the region whose list has it, if the calendar names the region.
    pub region: Option<String>,
    /// The edition of the holiday data by which the calendar knows it: `2026.2`.
    pub holiday_data: Option<String>,
}

impl From<Closed> for ClosedReason {
    fn from(closed: Closed) -> Self {
        let none = Self {
            by: ClosedBy::WeeklyHours,
            date: None,
            name: None,
            law: None,
            country: None,
            region: None,
            holiday_data: None,
        };
        match closed {
            Closed::PublicHoliday {
                country,
                region,
                date,
                name,
                law,
                edition,
            } => Self {
                by: ClosedBy::PublicHoliday,
                date: Some(date),
                name: Some(name.to_owned()),
                law: Some(law.to_owned()),
                country: Some(country.into()),
                region: region.map(|r| r.code().to_owned()),
                holiday_data: Some(edition.as_str().to_owned()),
            },
            Closed::OwnHoliday { date } => Self {
                by: ClosedBy::OwnHoliday,
                date: Some(date),
                ..none
            },
            Closed::DateHours { date } => Self {
                by: ClosedBy::SpecialDate,
                date: Some(date),
                ..none
            },
            Closed::WeeklyHours => none,
        }
    }
}

/// What caused a segment.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockCause {
    /// What happened last that made the clock run, or be held; where its hours follow the duty, also that which brought
    /// another duty.
    pub fact: ClockFact,
    /// The version of the agreement that says so.
    pub agreement_version: i32,
    /// Global id of the calendar; of several that count as one the one that closes the desk, or the standby's where its hours
    /// decided, else the first.
    pub calendar: Option<ID>,
    /// The version of the calendar that says so.
    pub calendar_version: Option<i32>,
    /// Whom the time belongs to; of a paused segment alone.
    pub held_by: Option<ClockHeldBy>,
    /// What closes the desk; of a segment outside hours alone.
    pub closed: Option<ClosedReason>,
    /// What decided that the time counts, or does not, outside the group's office hours; absent within them, and where the target
    /// does not count by `DUTY`.
    pub out_of_hours: Option<ClockOutOfHours>,
}

/// A part `[from, to)` of a clock's life in which one state holds for one reason.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockSegment {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
    /// What the clock does.
    pub state: ClockSegmentState,
    /// Its length in whole seconds of real time.
    pub seconds: i32,
    /// Why.
    pub cause: ClockCause,
}

/// Seconds of one sort in a clock's life.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockTotal {
    /// What the clock did.
    pub state: ClockSegmentState,
    /// Whom the time belongs to, if it was paused.
    pub held_by: Option<ClockHeldBy>,
    /// How long, whole seconds of real time.
    pub seconds: i32,
}

impl From<&Total> for ClockTotal {
    fn from(total: &Total) -> Self {
        Self {
            state: total.state.into(),
            held_by: total.held_by.map(Into::into),
            seconds: total.seconds as i32,
        }
    }
}

/// A clock explained: its life in segments, in order and without gaps. Those that ran sum to its `elapsedSeconds`, to the
/// second.
#[derive(SimpleObject, Debug)]
#[graphql(complex)]
pub struct ClockExplanation {
    /// Where it ends: the stop, or the instant that was asked for.
    pub until: DateTime<Utc>,
    /// Seconds that counted.
    pub running_seconds: i32,
    /// Open seconds in which the clock was held.
    pub paused_seconds: i32,
    /// Seconds in which the desk was closed.
    pub outside_hours_seconds: i32,
    /// The same by whom the time belongs to; of the whole life of the clock, whatever segments are asked for.
    pub totals: Vec<ClockTotal>,
    /// Segments, as many as were asked for.
    pub segments: Vec<ClockSegment>,
    /// Whether there are more behind them.
    pub has_next_page: bool,
    /// What stopped or cancelled it; absent while it goes on.
    pub ended_by: Option<ClockFact>,
    #[graphql(skip)]
    last: Option<DateTime<Utc>>,
}

#[ComplexObject]
impl ClockExplanation {
    /// To go on from: what `after` takes. Absent if there are no segments.
    async fn end_cursor(&self) -> Option<String> {
        self.last.map(|to| cursor::encode(&to))
    }
}

impl ClockExplanation {
    /// A tenant's, by a version of an agreement.
    pub fn of(tenant: TenantId, agreement_version: i32, of: &explain::Explanation) -> Self {
        let segment = |told: &Told| ClockSegment {
            from: told.from,
            to: told.to,
            state: told.state.into(),
            seconds: told.seconds as i32,
            cause: ClockCause {
                fact: ClockFact::of(tenant, &told.fact),
                agreement_version,
                calendar: told.calendar.map(|(calendar, _)| global(tenant, calendar)),
                calendar_version: told.calendar.map(|(_, version)| version),
                held_by: told.held_by.map(Into::into),
                closed: told.closed.map(Into::into),
                out_of_hours: told.decided.map(Into::into),
            },
        };
        let seconds = |state| of.seconds(state) as i32;
        Self {
            until: of.until,
            running_seconds: seconds(explain::SegmentState::Running),
            paused_seconds: seconds(explain::SegmentState::Paused),
            outside_hours_seconds: seconds(explain::SegmentState::OutsideHours),
            totals: of.totals.iter().map(Into::into).collect(),
            segments: of.segments.iter().map(segment).collect(),
            has_next_page: of.more,
            ended_by: of.stop.as_ref().map(|h| ClockFact::of(tenant, h)),
            last: of.segments.last().map(|s| s.to),
        }
    }
}

/// Somebody's part of a clock's time, in seconds of the clock's hours.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockShare {
    /// Whose.
    pub whose: ClockHeldBy,
    /// Of the provider's: global id of the group, if one is known.
    pub group: Option<ID>,
    /// Of the provider's: the support line, if one is known.
    pub line: Option<i32>,
    /// Of a vendor's: which vendor, if that was said.
    pub vendor: Option<Vendor>,
    /// That counted.
    pub seconds: i32,
    /// Of those, behind the deadline.
    pub late_seconds: i32,
    /// In which the clock was held.
    pub held_seconds: i32,
}

impl ClockShare {
    /// A tenant's.
    pub fn of(tenant: TenantId, share: &Share) -> Self {
        Self {
            whose: share.of.into(),
            group: share.group.map(|g| global(tenant, g)),
            line: share.line.map(i32::from),
            vendor: share.vendor.map(|v| Vendor {
                id: global(tenant, v),
            }),
            seconds: share.seconds as i32,
            late_seconds: share.late_seconds as i32,
            held_seconds: share.held_seconds as i32,
        }
    }
}

/// Which segments are wanted.
pub fn window(
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    first: i32,
    after: Option<&str>,
) -> Result<Window> {
    let most = match first {
        0..=MOST => first as usize,
        _ => return Err(bad_input("first", format!("De 0 a {MOST}."))),
    };
    let after: Option<DateTime<Utc>> = after.map(cursor::decode).transpose()?;
    Ok(Window {
        from: from.max(after),
        to,
        most,
    })
}
