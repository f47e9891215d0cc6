//! What a clock shows, computed from what happened. Nothing is stored that this cannot say again.
//!
//! - A clock starts when the ticket was opened (or, in another cycle, reopened).
//! - A pausing state holds it from the instant the ticket entered it to the instant it left it.
//! - First response stops at the first public answer of a person, or at the resolution, whichever is first.
//! - Resolution stops where the ticket's last uninterrupted stretch of done states begins.
//! - A deadline that is met at its very instant is met.

use business_time::Pause;
use chrono::{DateTime, Utc};
use events::Origin;
use events::sla_clock::{ClockState, Target};
use ids::AgreementId;

use super::agreement::{Kind, Warning};
use super::allowed::Allowed;
use super::course::{Course, Story, course_of};
use super::kept::Kept;
use super::rulebook::Rulebook;
use super::standing::{Books, standing};
use super::uncomputable::{Failure, Uncomputable};

/// A clock at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it measures.
    pub target: Target,
    /// Of a target of the tenant's own, or one between groups or with a vendor: which. Empty for the others.
    pub code: String,
    /// 1 for the first.
    pub cycle: i32,
    /// By which agreement.
    pub agreement: AgreementId,
    /// In which version.
    pub agreement_version: i32,
    /// Between whom that is agreed.
    pub kind: Kind,
    /// Allowed working seconds.
    pub target_seconds: i64,
    /// What was agreed, if it was by the calendar.
    pub allowed: Option<Allowed>,
    /// Where it stands.
    pub state: ClockState,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it falls due; none while it is paused before its deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Since when it is held.
    pub paused_since: Option<DateTime<Utc>>,
    /// Working seconds until `as_of`, or until it stopped.
    pub elapsed_seconds: i64,
    /// The instant it was read at.
    pub as_of: DateTime<Utc>,
    /// When the deadline was missed, if it was by `as_of`.
    pub breached_at: Option<DateTime<Utc>>,
    /// The instants at which its thresholds are or were reached; only such as fall into the time in which the ticket lives
    /// here: what another tool's history reached is told to nobody.
    pub thresholds: Vec<(Threshold, DateTime<Utc>)>,
    /// The version of the book it was read by.
    pub book: i64,
    /// Up to which late batch it takes in what happened.
    pub late: i32,
}

/// What a ticket's clocks read, target by target: one that cannot be computed holds up none of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readings {
    /// Those that can be computed.
    pub of: Vec<Reading>,
    /// The targets that cannot, of which there are no readings.
    pub failed: Vec<Failure>,
}

impl Readings {
    /// Whether that clock is of a target that cannot be computed: it stays as it was told.
    pub fn misses(&self, clock: &Kept) -> bool {
        self.failed.iter().any(|f| f.which() == clock.which())
    }
}

/// Reads every clock of a ticket at `as_of`. What happened after `as_of` is not looked at.
pub fn read(book: &Rulebook, story: Story<'_>, as_of: DateTime<Utc>) -> Readings {
    read_kept(book, story, &[], as_of)
}

/// Reads every clock of a ticket; one that has its result already, and has it still, by the book that it was judged by:
/// neither a rewritten agreement nor a holiday announced late judges it anew, what is heard of the ticket late does.
pub fn read_kept(
    book: &Rulebook,
    story: Story<'_>,
    kept: &[Kept],
    as_of: DateTime<Utc>,
) -> Readings {
    let story = story.until(as_of);
    let here = story
        .happened
        .iter()
        .find(|h| h.origin == Origin::Live)
        .map(|h| h.at);
    let books = Books::of(book, kept);
    let mut readings = Readings::default();
    for which in book.targets() {
        let of_target = standing(&books, story, kept, which).and_then(|all| {
            all.iter()
                .map(|j| reading(&j.course, j.course.seconds, (j.book, here), as_of))
                .collect::<Result<Vec<_>, _>>()
        });
        match of_target {
            Ok(all) => readings.of.extend(all),
            Err(why) => readings.failed.push(Failure::of(which, why)),
        }
    }
    readings
}

/// The same for one clock by the agreement that it was attached to. None before it began.
///
/// # Errors
/// [`Uncomputable`] if its hours are not known, or a deadline lies beyond the calendar's horizon.
pub fn read_one(
    book: &Rulebook,
    clock: &Kept,
    story: Story<'_>,
    as_of: DateTime<Utc>,
) -> Result<Option<Reading>, Uncomputable> {
    course_of(book, clock, story, as_of)?
        .map(|course| reading(&course, clock.target_seconds, (book.version, None), as_of))
        .transpose()
}

fn reading(
    course: &Course<'_>,
    seconds: i64,
    (book, here): (i64, Option<DateTime<Utc>>),
    as_of: DateTime<Utc>,
) -> Result<Reading, Uncomputable> {
    let pauses = course.pauses();
    let started_at = course.begun.at;
    let stopped_at = course.stop.map(|h| h.at);
    let until = stopped_at.unwrap_or(as_of);
    let due_at = course.after(seconds, &pauses)?;
    let elapsed_seconds = course.hours.elapsed(started_at, until, &pauses)?;
    let paused_since = course.held_since.or_else(|| course.supposed_at(until));
    let state = match stopped_at {
        Some(_) if course.cancelled => ClockState::Cancelled,
        Some(_) => ClockState::Stopped,
        None if paused_since.is_some() => ClockState::Paused,
        None => ClockState::Running,
    };
    let thresholds = match here {
        Some(here) if state != ClockState::Cancelled => {
            let mut all = thresholds(course, seconds, &pauses)?;
            all.retain(|(_, at)| *at >= here && stopped_at.is_none_or(|stop| *at < stop));
            all
        }
        _ => Vec::new(),
    };
    Ok(Reading {
        target: course.rule.target,
        code: course.rule.code.clone(),
        cycle: course.cycle,
        agreement: course.agreement.id,
        agreement_version: course.agreement.version,
        kind: course.agreement.kind,
        target_seconds: seconds,
        allowed: course.rule.allowed,
        state,
        started_at,
        due_at,
        stopped_at,
        paused_since: paused_since.filter(|_| stopped_at.is_none()),
        elapsed_seconds,
        as_of: until,
        breached_at: due_at.filter(|due| *due < until),
        thresholds,
        book,
        late: 0,
    })
}

impl Reading {
    /// What a ticket's clocks are told apart by.
    pub fn key(&self) -> (Target, &str, i32) {
        (self.target, &self.code, self.cycle)
    }

    /// Makes it that of a clock that was never told, and is not to count: cancelled where it would have begun, by what was known
    /// once that late batch was.
    pub(super) fn never_was(&mut self, late: i32) {
        self.state = ClockState::Cancelled;
        (self.due_at, self.breached_at, self.paused_since) = (None, None, None);
        (self.stopped_at, self.as_of) = (Some(self.started_at), self.started_at);
        self.elapsed_seconds = 0;
        self.thresholds.clear();
        self.late = late;
    }
}

/// A point of a clock at which something is announced, as a timer's row tells it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(i32);

impl Threshold {
    /// The deadline.
    pub const BREACH: Self = Self(100);

    /// Of a warning. Percent are 1 to 99; working seconds before the deadline are below zero.
    pub fn of(warning: Warning) -> Self {
        match warning {
            Warning::Percent(percent) => Self(i32::from(percent)),
            Warning::Before(seconds) => Self(i32::try_from(-seconds).unwrap_or(i32::MIN)),
        }
    }

    /// From a row.
    pub const fn from_row(row: i32) -> Self {
        Self(row)
    }

    /// As in a row.
    pub const fn row(self) -> i32 {
        self.0
    }

    /// The working seconds after which it is reached. Of a percentage rounded up: a warning at 80 % never comes before
    /// 80 % are used.
    pub fn seconds(self, target_seconds: i64) -> i64 {
        match self.0 {
            before @ ..0 => (target_seconds + i64::from(before)).max(0),
            percent => (target_seconds * i64::from(percent) + 99) / 100,
        }
    }

    /// Share of the target that is used then, whole percent.
    pub fn percent(self, target_seconds: i64) -> i16 {
        match self.0 {
            ..0 => i16::try_from(self.seconds(target_seconds) * 100 / target_seconds.max(1))
                .unwrap_or(0),
            percent => i16::try_from(percent).unwrap_or(100),
        }
    }

    /// Working seconds left, of a warning that is set by them.
    pub fn before(self) -> Option<i64> {
        (self.0 < 0).then(|| -i64::from(self.0))
    }
}

fn thresholds(
    course: &Course<'_>,
    seconds: i64,
    pauses: &[Pause],
) -> Result<Vec<(Threshold, DateTime<Utc>)>, Uncomputable> {
    let warnings = course.agreement.terms.warnings(course.rule);
    let mut all: Vec<Threshold> = warnings.into_iter().map(Threshold::of).collect();
    all.push(Threshold::BREACH);
    all.sort_by_key(|t| (t.seconds(seconds), *t));
    let mut out = Vec::with_capacity(all.len());
    for threshold in all {
        if let Some(at) = course.after(threshold.seconds(seconds), pauses)? {
            out.push((threshold, at));
        }
    }
    Ok(out)
}
