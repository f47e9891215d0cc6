//! The hours that a clock counts by: one calendar after the other.

use business_time::{Calendar, DayRule, Pause, Segment, State, TimeError};
use chrono::{DateTime, NaiveDate, Utc};
use ids::CalendarId;

use super::dated::{self, Dated};
use super::duty::{Decided, OnDuty};

/// From an instant on, one calendar, or several as one.
#[derive(Debug, Clone)]
pub struct Piece {
    /// From here on, until the next piece.
    pub from: DateTime<Utc>,
    /// By these hours.
    pub calendar: Calendar,
    /// The versions of calendars that they are made of, in reading order. Never empty.
    pub parts: Vec<(CalendarId, i32)>,
    /// The duty that decides, where they follow it.
    pub duty: Option<Box<OnDuty>>,
}

/// A part of a clock's life in which one state holds for one reason, with who decided it outside office hours, and by which
/// version of which calendar.
pub type Told = (Segment, Option<Decided>, Option<(CalendarId, i32)>);

impl Piece {
    /// One version of one calendar.
    pub fn of(from: DateTime<Utc>, dated: &Dated) -> Self {
        Self {
            from,
            calendar: dated.calendar.clone(),
            parts: vec![(dated.id, dated.version)],
            duty: None,
        }
    }

    /// The same, by other hours.
    pub fn counting_by(&self, calendar: Calendar) -> Self {
        Self {
            from: DateTime::<Utc>::MIN_UTC,
            calendar,
            parts: self.parts.clone(),
            duty: None,
        }
    }

    /// A segment that was read by these hours, cut where something else decides.
    ///
    /// # Errors
    /// [`TimeError`] outside the years that calendars know.
    pub fn tell(&self, segment: Segment) -> Result<Vec<Told>, TimeError> {
        let member = match segment.state {
            State::OutsideHours { member, .. } => member,
            State::Running | State::Paused { .. } => 0,
        };
        let part = self.part(member);
        let Some(duty) = &self.duty else {
            return Ok(vec![(segment, None, part)]);
        };
        if matches!(segment.state, State::OutsideHours { .. }) {
            return Ok(vec![(segment, duty.closed(member), part)]);
        }
        let cuts = duty.cut(segment.from, segment.to)?.into_iter();
        let told = cuts.map(|(from, to, decided)| {
            let cut = Segment {
                from,
                to,
                seconds: to.timestamp() - from.timestamp(),
                ..segment
            };
            let standby = duty.standby.as_ref().map(|(_, version)| *version);
            let standby = standby.filter(|_| decided == Some(Decided::Standby));
            (cut, decided, standby.or(part))
        });
        Ok(told.collect())
    }

    /// The calendar that says so, of several the one at that place.
    pub fn part(&self, member: usize) -> Option<(CalendarId, i32)> {
        self.parts.get(member).or(self.parts.first()).copied()
    }
}

/// The whole life of a clock in pieces, by time; the first holds from the beginning. Never empty.
#[derive(Debug, Clone)]
pub struct Hours(Vec<Piece>);

impl Hours {
    /// One calendar in its versions, of what happens from an instant on. None if it has none.
    pub fn along(versions: &[Dated], begins: DateTime<Utc>) -> Option<Self> {
        let mut pieces: Vec<Piece> = dated::from_then_on(versions, begins)
            .into_iter()
            .map(|dated| Piece::of(dated.valid_from, dated))
            .collect();
        pieces.first_mut()?.from = DateTime::<Utc>::MIN_UTC;
        Some(Self(pieces))
    }

    /// One calendar after the other; by time, and at least one.
    pub fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces)
    }

    /// The piece that holds at an instant.
    pub fn at(&self, at: DateTime<Utc>) -> Option<&Piece> {
        let mut later = self.0.iter().rev();
        later.find(|piece| piece.from <= at).or(self.0.first())
    }

    /// The pieces that `[from, to)` touches, cut to it.
    fn parts(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = (&Piece, DateTime<Utc>, DateTime<Utc>)> {
        self.0.iter().enumerate().filter_map(move |(i, piece)| {
            let end = self.0.get(i + 1).map_or(to, |next| next.from.min(to));
            let begin = piece.from.max(from);
            (begin < end).then_some((piece, begin, end))
        })
    }

    /// Working seconds in `[from, to)` outside the pauses; 0 if `to` is not after `from`.
    ///
    /// # Errors
    /// [`TimeError`] outside the years that calendars know.
    pub fn elapsed(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pauses: &[Pause],
    ) -> Result<i64, TimeError> {
        self.parts(from, to).try_fold(0, |sum, (piece, from, to)| {
            Ok(sum + piece.calendar.elapsed(from, to, pauses)?)
        })
    }

    /// The instant at which so many working seconds have passed since `start` outside the pauses; none if a pause without
    /// an end comes before it.
    ///
    /// # Errors
    /// [`TimeError`] if it lies beyond the calendars' horizon.
    pub fn deadline(
        &self,
        start: DateTime<Utc>,
        seconds: i64,
        pauses: &[Pause],
    ) -> Result<Option<DateTime<Utc>>, TimeError> {
        let mut left = seconds;
        let mut at = start;
        for (i, piece) in self.0.iter().enumerate() {
            let next = self.0.get(i + 1).map(|next| next.from);
            if let Some(next) = next {
                if next <= at {
                    continue;
                }
                let here = piece.calendar.elapsed(at, next, pauses)?;
                if here < left {
                    left -= here;
                    at = next;
                    continue;
                }
            }
            return match piece.calendar.deadline(at, left, pauses) {
                Ok(due) => Ok(Some(due)),
                Err(TimeError::StillPaused { .. }) => Ok(None),
                Err(error) => Err(error),
            };
        }
        Ok(None)
    }

    /// The last closing of the last of so many working days behind the date of `start`, at least one. A date counts by the hours
    /// in whose time its last closing lies; one that closes in nobody's, as other hours came between, counts not at all.
    ///
    /// # Errors
    /// [`TimeError`] if it lies beyond the calendars' horizon.
    pub fn business_deadline(
        &self,
        start: DateTime<Utc>,
        days: i32,
    ) -> Result<DateTime<Utc>, TimeError> {
        let begun = self.0.iter().rposition(|piece| piece.from <= start);
        let mut pieces = self.0.iter().skip(begun.unwrap_or(0)).peekable();
        let mut left = days;
        let mut counted: Option<NaiveDate> = None;
        while let Some(piece) = pieces.next() {
            let calendar = &piece.calendar;
            let until = pieces.peek().map(|next| next.from);
            if until.is_none() && counted.is_none() && piece.from <= start {
                return calendar.business_deadline(start, days, DayRule::LastClosing, &[]);
            }
            let local = |at: DateTime<Utc>| at.with_timezone(&calendar.spec().tz).date_naive();
            let begins = piece.from.max(start);
            // What closes behind its beginning opens on that date or the one before; what has been counted is not counted again.
            let behind = *counted.get_or_insert_with(|| local(start));
            let first = behind.succ_opt().max(local(begins).pred_opt());
            let mut date = first.ok_or(TimeError::BeyondHorizon)?;
            while until.is_none_or(|until| date <= local(until)) {
                let closing = calendar.last_closing_on(date)?;
                let its =
                    |at: &DateTime<Utc>| *at > begins && until.is_none_or(|until| *at <= until);
                if let Some(closing) = closing.filter(its) {
                    counted = Some(date);
                    left -= 1;
                    if left <= 0 {
                        return Ok(closing);
                    }
                }
                date = date.succ_opt().ok_or(TimeError::BeyondHorizon)?;
            }
        }
        Err(TimeError::BeyondHorizon)
    }

    /// `[from, to)` in segments, in order and without gaps, each with the hours that it was read by.
    ///
    /// # Errors
    /// [`TimeError`] outside the years that calendars know.
    pub fn timeline<'a>(
        &'a self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pauses: &'a [Pause],
    ) -> Result<impl Iterator<Item = (&'a Piece, Segment)>, TimeError> {
        let parts: Vec<_> = self
            .parts(from, to)
            .map(|(piece, from, to)| Ok((piece, piece.calendar.timeline(from, to, pauses)?)))
            .collect::<Result<_, TimeError>>()?;
        Ok(parts
            .into_iter()
            .flat_map(|(piece, segments)| segments.map(move |s| (piece, s))))
    }
}
