//! Who decides what counts outside a group's office hours: the standby for tickets that may call it out, for the others the
//! group's policy (domain.md, non-critical out of hours).

use std::collections::BTreeSet;

use business_time::{Calendar, TimeError};
use chrono::{DateTime, Utc};
use events::words;
use ids::CalendarId;
use serde::{Deserialize, Serialize};

use super::happened::Happened;

/// What becomes outside a group's office hours of a ticket that may not call out the standby.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfHours {
    /// A linked corrective maintenance carries estimate, approval and hours. The incident keeps its number, its kind and its
    /// clocks, which go on in the group's office hours: to a clock it is the same as [`Self::Defer`].
    Convert,
    /// It waits for the group's office hours. A group without a policy defers.
    Defer,
    /// The group works on: it counts round the clock.
    Continue,
}

words!(OutOfHours: Convert = "convert", Defer = "defer", Continue = "continue");

/// What decided outside a group's office hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Decided {
    /// The standby's hours: the ticket may call it out.
    Standby,
    /// The group's policy.
    Policy(OutOfHours),
}

/// The duty that a ticket is under from an instant on, of hours that follow it.
#[derive(Debug, Clone)]
pub struct OnDuty {
    /// What put it there: another group, or another classification.
    pub by: Happened,
    /// The group's office hours.
    pub office: Calendar,
    /// The standby's hours, and by which version of which calendar, if the ticket may call it out.
    pub standby: Option<(Calendar, (CalendarId, i32))>,
    /// The group's policy; none where the agreement's hours count for want of the group's.
    pub policy: Option<OutOfHours>,
    /// Of the calendars of the piece, in their order: whether it is one of the duty's.
    pub parts: Vec<bool>,
}

/// A part `[from, to)` of open time in which one thing decides; none in office hours.
pub type Cut = (DateTime<Utc>, DateTime<Utc>, Option<Decided>);

impl OnDuty {
    /// What decided that the desk is closed, by the calendar at that place; none if it is another's than the duty's.
    pub fn closed(&self, member: usize) -> Option<Decided> {
        self.parts.get(member).filter(|of_duty| **of_duty)?;
        match self.standby {
            Some(_) => Some(Decided::Standby),
            None => self.policy.map(Decided::Policy),
        }
    }

    /// Open time cut where something else decides that it is.
    ///
    /// # Errors
    /// [`TimeError`] outside the years that calendars know.
    pub fn cut(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Cut>, TimeError> {
        if self.standby.is_none() && self.policy != Some(OutOfHours::Continue) {
            return Ok(vec![(from, to, None)]);
        }
        let standby = self.standby.as_ref().map(|(calendar, _)| calendar);
        let mut turns = BTreeSet::from([from, to]);
        for calendar in [Some(&self.office), standby].into_iter().flatten() {
            for span in calendar.open_spans(from, to)? {
                turns.extend([span.from, span.to]);
            }
        }
        let turns: Vec<DateTime<Utc>> = turns.into_iter().collect();
        let mut cuts: Vec<Cut> = Vec::new();
        for pair in turns.windows(2) {
            let decided = self.decided(pair[0])?;
            match cuts.last_mut() {
                Some((_, end, before)) if *before == decided => *end = pair[1],
                _ => cuts.push((pair[0], pair[1], decided)),
            }
        }
        Ok(cuts)
    }

    fn decided(&self, at: DateTime<Utc>) -> Result<Option<Decided>, TimeError> {
        if self.office.is_open(at)? {
            return Ok(None);
        }
        if let Some((standby, _)) = &self.standby
            && standby.is_open(at)?
        {
            return Ok(Some(Decided::Standby));
        }
        let goes_on = self.policy.filter(|policy| *policy == OutOfHours::Continue);
        Ok(goes_on.map(Decided::Policy))
    }
}
