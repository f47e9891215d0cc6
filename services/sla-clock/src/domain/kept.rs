//! Clocks as they are kept and told: what a new reading changes, and which timers it wants.

use chrono::{DateTime, Utc};
use events::sla_clock::{ClockSnapshot, ClockState, Target};
use ids::{AgreementId, ClockId, TicketId};

use super::agreement::{Kind, Which};
use super::clock::{Reading, Threshold};
use super::happened::Happened;
use super::notice::{UNTOLD, untold};

/// A clock as it was last told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: ClockId,
    /// Of which ticket.
    pub ticket: TicketId,
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
    /// Where it stands.
    pub state: ClockState,
    /// Allowed working seconds.
    pub target_seconds: i64,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it falls due; none while it is paused before its deadline.
    pub due_at: Option<DateTime<Utc>>,
    /// When it stopped.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Since when it is held.
    pub paused_since: Option<DateTime<Utc>>,
    /// Working seconds until `as_of`.
    pub elapsed_seconds: i64,
    /// The instant that `elapsed_seconds` is counted to.
    pub as_of: DateTime<Utc>,
    /// When the deadline was missed.
    pub breached_at: Option<DateTime<Utc>>,
    /// Thresholds that have fired in this cycle, percent.
    pub fired: Vec<i32>,
    /// How many facts there are about it.
    pub sequence: i64,
    /// The version of the book that it was read by.
    pub book: i64,
    /// Up to which late batch it takes in what happened.
    pub late: i32,
}

impl Kept {
    /// What it measures, and its code if it has one.
    pub fn which(&self) -> Which<'_> {
        (self.target, &self.code)
    }

    /// Whether a reading is of this clock.
    pub fn is_of(&self, reading: &Reading) -> bool {
        (self.target, self.code.as_str(), self.cycle) == reading.key()
    }

    /// The version of the book that judges it: of a result that was reached the one by which it was reached.
    pub fn judged_by(&self, current: i64) -> i64 {
        match self.stopped_at {
            Some(_) => self.book.min(current),
            None => current,
        }
    }

    /// As it travels.
    pub fn snapshot(&self) -> ClockSnapshot {
        ClockSnapshot {
            clock: self.id,
            ticket: self.ticket,
            target: self.target,
            target_code: (!self.code.is_empty()).then(|| self.code.clone()),
            agreement: self.agreement,
            agreement_version: self.agreement_version,
            agreement_kind: self.kind,
            cycle: self.cycle,
            state: self.state,
            target_seconds: self.target_seconds,
            started_at: self.started_at,
            due_at: self.due_at,
            stopped_at: self.stopped_at,
            elapsed_seconds: self.elapsed_seconds,
            as_of: self.as_of,
            breached_at: self.breached_at,
        }
    }

    /// As it was at the instant at which a threshold was reached.
    pub fn at_threshold(&self, threshold: Threshold, at: DateTime<Utc>) -> ClockSnapshot {
        ClockSnapshot {
            state: ClockState::Running,
            stopped_at: None,
            elapsed_seconds: threshold.seconds(self.target_seconds),
            as_of: at,
            breached_at: (threshold == Threshold::BREACH).then_some(at),
            ..self.snapshot()
        }
    }

    /// Whether somebody who was told the other learns nothing from this one. How much has elapsed follows from the
    /// rest, so it is nothing new.
    fn says_the_same(&self, other: &Self) -> bool {
        let quiet = |k: &Self| Self {
            elapsed_seconds: 0,
            as_of: DateTime::UNIX_EPOCH,
            fired: Vec::new(),
            sequence: 0,
            book: 0,
            late: 0,
            ..k.clone()
        };
        quiet(self) == quiet(other)
    }

    fn of(
        reading: &Reading,
        ticket: TicketId,
        id: ClockId,
        fired: Vec<i32>,
        sequence: i64,
    ) -> Self {
        Self {
            id,
            ticket,
            target: reading.target,
            code: reading.code.clone(),
            cycle: reading.cycle,
            agreement: reading.agreement,
            agreement_version: reading.agreement_version,
            kind: reading.kind,
            state: reading.state,
            target_seconds: reading.target_seconds,
            started_at: reading.started_at,
            due_at: reading.due_at,
            stopped_at: reading.stopped_at,
            paused_since: reading.paused_since,
            elapsed_seconds: reading.elapsed_seconds,
            as_of: reading.as_of,
            breached_at: reading.breached_at,
            fired,
            sequence,
            book: reading.book,
            late: reading.late,
        }
    }

    /// Whether it is just what a reading says.
    pub fn reads(&self, reading: &Reading) -> bool {
        let read = Self::of(reading, self.ticket, self.id, Vec::new(), 0);
        self.says_the_same(&read) && self.elapsed_seconds == read.elapsed_seconds
    }

    /// What has fired of it, where it now reads so. What began later than was told (with a ticket that was merged and is no longer,
    /// with a service that was back later): what was told too early by it is told where it really comes, the rest not again.
    fn fired_of(&self, reading: &Reading, by: DateTime<Utc>) -> Vec<i32> {
        if reading.started_at <= self.started_at {
            return self.fired.clone();
        }
        let past = reading.thresholds.iter().filter(|(_, at)| *at <= by);
        let past: Vec<i32> = past.map(|(which, _)| which.row()).collect();
        let of = |row: i32| if row > UNTOLD / 2 { row - UNTOLD } else { row };
        let fired = self.fired.iter().copied();
        fired.filter(|row| past.contains(&of(*row))).collect()
    }

    /// What is told once it was corrected: by a reading, or cancelled if its cycle never was. `late` is the last late batch,
    /// `kept` what was told of the ticket's clocks, `readings` what they read by all that is known now.
    pub fn corrected(
        &self,
        to: Option<&Reading>,
        (readings, kept): (&[Reading], &[Self]),
        happened: &[Happened],
        late: i32,
    ) -> Change {
        let sequence = self.sequence + 1;
        let Some(reading) = to else {
            let clock = Self {
                state: ClockState::Cancelled,
                paused_since: None,
                sequence,
                late,
                ..self.clone()
            };
            return Change::of(clock, &[]);
        };
        let by = happened.last().map_or(reading.as_of, |h| h.at);
        let (told_as, fired) = Fired::of(kept).told(self, reading, readings, by);
        let clock = Self {
            late,
            ..Self::of(reading, self.ticket, self.id, fired, sequence)
        };
        // A result has nothing ahead of it; a clock that is open again has what it would have had.
        let open = clock.stopped_at.is_none();
        let thresholds = if open { &reading.thresholds[..] } else { &[] };
        Change {
            told_as,
            ..Change::of(clock, thresholds)
        }
    }
}

/// A clock that is to be written and told, with all the timers it wants from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The clock after it.
    pub clock: Kept,
    /// Thresholds that are still to fire, with their instants.
    pub timers: Vec<(Threshold, DateTime<Utc>)>,
    /// Thresholds that have fired, where they lie by what is known now: a notice of one waits only if it is still reached.
    pub fired: Vec<(Threshold, DateTime<Utc>)>,
    /// Of which other clock and cycle that was told: its notices are this one's.
    pub told_as: Option<Cycle>,
}

impl Change {
    /// A clock that was told before, with those of its thresholds that are still to fire.
    fn of(clock: Kept, thresholds: &[(Threshold, DateTime<Utc>)]) -> Self {
        // A deadline that was put off after it was missed can be missed again: that is written, though not told as a breach
        // a second time.
        let to_fire = |threshold: Threshold| {
            !clock.fired.contains(&threshold.row())
                || untold(&clock, threshold)
                || (threshold == Threshold::BREACH && clock.breached_at.is_none())
        };
        let timers = thresholds.iter().filter(|(which, _)| to_fire(*which));
        let fired = thresholds.iter();
        let fired = fired.filter(|(which, _)| clock.fired.contains(&which.row()));
        Self {
            timers: timers.copied().collect(),
            fired: fired.copied().collect(),
            told_as: None,
            clock,
        }
    }
}

/// A clock and its cycle.
pub type Cycle = (ClockId, i32);

/// What has fired of the clocks that are known, by what they are of and when that began: merges and late answers change which
/// cycle that is.
struct Fired(Vec<Kept>);

impl Fired {
    fn of<'a>(kept: impl IntoIterator<Item = &'a Kept>) -> Self {
        Self(kept.into_iter().cloned().collect())
    }

    /// Of the clock that began when this reading did, if one is known, with which that is: the one of its own cycle before any
    /// other. Of several cycles that begin at one instant all but the last are over at once.
    fn began_with(&self, reading: &Reading, old: Option<&Kept>) -> Option<(Cycle, Vec<i32>)> {
        let same = self.0.iter().filter(|k| began_with(k, reading));
        let own = old.filter(|old| began_with(old, reading));
        let found = own.or_else(|| same.max_by_key(|k| k.fired.len()));
        found.map(|k| ((k.id, k.cycle), k.fired.clone()))
    }

    /// What has fired of a clock that was told before and now reads so, and of which other clock and cycle that was told.
    fn told(
        &self,
        old: &Kept,
        reading: &Reading,
        readings: &[Reading],
        by: DateTime<Utc>,
    ) -> (Option<Cycle>, Vec<i32>) {
        if let Some((which, fired)) = self.began_with(reading, Some(old)) {
            return (
                Some(which).filter(|which| *which != (old.id, reading.cycle)),
                fired,
            );
        }
        if readings.iter().any(|r| began_with(old, r)) {
            // It is that one's.
            return (None, Vec::new());
        }
        (None, old.fired_of(reading, by))
    }
}

/// Whether a reading began when the clock did: then what has fired of the clock is that reading's.
fn began_with(old: &Kept, reading: &Reading) -> bool {
    (old.target, old.code.as_str(), old.started_at)
        == (reading.target, reading.code.as_str(), reading.started_at)
}

/// Compares what a ticket's clocks read now with what was told of them; `at` is when the last of what they were read from happened.
pub fn settle(
    ticket: TicketId,
    readings: &[Reading],
    kept: Vec<Kept>,
    at: DateTime<Utc>,
    new_id: impl FnMut() -> ClockId,
) -> Vec<Change> {
    settle_after(None, (ticket, readings), kept, at, new_id)
}

/// The same, once one of the clocks was corrected: `before` is that clock as it had been told. What had fired of it may be another
/// cycle's by now.
pub fn settle_after(
    before: Option<&Kept>,
    (ticket, readings): (TicketId, &[Reading]),
    kept: Vec<Kept>,
    at: DateTime<Utc>,
    mut new_id: impl FnMut() -> ClockId,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let fired = Fired::of(kept.iter().chain(before));
    let mut kept = kept;
    for reading in readings {
        let known = kept.iter().position(|k| k.is_of(reading));
        let Some(old) = known.map(|i| kept.swap_remove(i)) else {
            let (told_as, fired) = fired.began_with(reading, None).unzip();
            let clock = Kept::of(reading, ticket, new_id(), fired.unwrap_or_default(), 1);
            changes.push(Change {
                told_as,
                ..Change::of(clock, &reading.thresholds)
            });
            continue;
        };
        let other_terms = (old.agreement, old.agreement_version)
            != (reading.agreement, reading.agreement_version);
        if other_terms && old.stopped_at.is_some() && old.stopped_at == reading.stopped_at {
            // A result that was told is not judged anew because an agreement was rewritten.
            continue;
        }
        let (told_as, told) = fired.told(&old, reading, readings, at);
        let mut clock = Kept::of(reading, ticket, old.id, told, old.sequence + 1);
        let open = clock.stopped_at.is_none();
        if open
            && clock.breached_at.is_none()
            && old.breached_at.is_some()
            && old.breached_at == clock.due_at
        {
            // The timer saw the deadline pass; what came in now had happened before.
            clock.breached_at = old.breached_at;
        }
        if clock.says_the_same(&old) {
            continue;
        }
        changes.push(Change {
            told_as,
            ..Change::of(clock, &reading.thresholds)
        });
    }
    for old in kept {
        let target_is_measured = readings
            .iter()
            .any(|r| r.target == old.target && r.code == old.code);
        if old.state == ClockState::Cancelled
            || (old.state == ClockState::Stopped && !target_is_measured)
        {
            continue;
        }
        // No agreement measures it any more, or its cycle never was.
        let clock = Kept {
            state: ClockState::Cancelled,
            stopped_at: Some(at.max(old.started_at)),
            paused_since: None,
            sequence: old.sequence + 1,
            ..old
        };
        changes.push(Change {
            clock,
            timers: Vec::new(),
            fired: Vec::new(),
            told_as: None,
        });
    }
    changes
}
