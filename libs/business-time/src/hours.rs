//! Opening hours as they are written on the door: local times of day.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveTime, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use crate::error::HoursError;

/// One span of local wall-clock time, to the second. It belongs to the day on which it opens; a span whose closing is not after its opening
/// ends on the next day (`22:00-06:00`; `09:00-09:00` is 24 hours). In JSON it is `["09:00", "13:00"]`, as text `09:00-13:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(String, String)", into = "(String, String)")]
pub struct Hours {
    opens: NaiveTime,
    closes: NaiveTime,
}

impl Hours {
    /// From opening to closing, local time; fractions of a second are cut off. Midnight as `closes` is the end of the day.
    pub fn new(opens: NaiveTime, closes: NaiveTime) -> Self {
        let whole = |time: NaiveTime| time.with_nanosecond(0).unwrap_or(time);
        Self {
            opens: whole(opens),
            closes: whole(closes),
        }
    }

    /// The whole day, `00:00-24:00`.
    pub fn all_day() -> Self {
        Self {
            opens: NaiveTime::MIN,
            closes: NaiveTime::MIN,
        }
    }

    /// Opening time.
    pub fn opens(self) -> NaiveTime {
        self.opens
    }

    /// Closing time; on the next day if [`Self::closes_next_day`].
    pub fn closes(self) -> NaiveTime {
        self.closes
    }

    /// Whether the closing falls on the day after the opening (midnight included).
    pub fn closes_next_day(self) -> bool {
        self.closes <= self.opens
    }

    fn parse(opens: &str, closes: &str) -> Result<Self, HoursError> {
        if opens == END_OF_DAY {
            return Err(HoursError::OpensAtEnd);
        }
        let closes = if closes == END_OF_DAY {
            NaiveTime::MIN
        } else {
            time(closes)?
        };
        Ok(Self {
            opens: time(opens)?,
            closes,
        })
    }
}

const END_OF_DAY: &str = "24:00";

fn time(text: &str) -> Result<NaiveTime, HoursError> {
    let format = if text.len() == 5 { "%H:%M" } else { "%H:%M:%S" };
    NaiveTime::parse_from_str(text, format)
        .ok()
        // chrono reads a leap second (23:59:60) as a fraction; no desk opens on one.
        .filter(|time| time.nanosecond() == 0)
        .ok_or_else(|| HoursError::Time(text.to_owned()))
}

fn text(time: NaiveTime) -> String {
    let format = if time.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    time.format(format).to_string()
}

impl FromStr for Hours {
    type Err = HoursError;

    fn from_str(span: &str) -> Result<Self, HoursError> {
        let (opens, closes) = span
            .split_once('-')
            .ok_or_else(|| HoursError::Span(span.to_owned()))?;
        Self::parse(opens.trim(), closes.trim())
    }
}

impl TryFrom<(String, String)> for Hours {
    type Error = HoursError;

    fn try_from((opens, closes): (String, String)) -> Result<Self, HoursError> {
        Self::parse(&opens, &closes)
    }
}

impl From<Hours> for (String, String) {
    fn from(hours: Hours) -> Self {
        let closes = if hours.closes == NaiveTime::MIN {
            END_OF_DAY.to_owned()
        } else {
            text(hours.closes)
        };
        (text(hours.opens), closes)
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (opens, closes) = (*self).into();
        write!(out, "{opens}-{closes}")
    }
}

/// The hours of each day of the week; a day without spans is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weekly {
    /// Monday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mon: Vec<Hours>,
    /// Tuesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tue: Vec<Hours>,
    /// Wednesday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wed: Vec<Hours>,
    /// Thursday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thu: Vec<Hours>,
    /// Friday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fri: Vec<Hours>,
    /// Saturday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sat: Vec<Hours>,
    /// Sunday.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sun: Vec<Hours>,
}

impl Weekly {
    /// The spans that open on that day of the week.
    pub fn on(&self, day: Weekday) -> &[Hours] {
        match day {
            Weekday::Mon => &self.mon,
            Weekday::Tue => &self.tue,
            Weekday::Wed => &self.wed,
            Weekday::Thu => &self.thu,
            Weekday::Fri => &self.fri,
            Weekday::Sat => &self.sat,
            Weekday::Sun => &self.sun,
        }
    }

    /// The same, to change them.
    pub fn on_mut(&mut self, day: Weekday) -> &mut Vec<Hours> {
        match day {
            Weekday::Mon => &mut self.mon,
            Weekday::Tue => &mut self.tue,
            Weekday::Wed => &mut self.wed,
            Weekday::Thu => &mut self.thu,
            Weekday::Fri => &mut self.fri,
            Weekday::Sat => &mut self.sat,
            Weekday::Sun => &mut self.sun,
        }
    }

    /// Whether no day has hours.
    pub fn is_empty(&self) -> bool {
        let days = [
            &self.mon, &self.tue, &self.wed, &self.thu, &self.fri, &self.sat, &self.sun,
        ];
        days.into_iter().all(Vec::is_empty)
    }
}
