//! A calendar as it is written, stored and sent.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::error::CalendarError;
use crate::holidays::{Country, Edition, Region};
use crate::hours::{Hours, Weekly};
use crate::year;

/// What makes a calendar: `Calendar::try_from` checks and compiles it (several as one: [`crate::Schedule`]). As JSON:
/// `{"tz": "America/Lima", "weekly": {"mon": [["09:00", "13:00"]]}, "public_holidays": ["PE"], "regional_holidays": ["ES-MD"],
/// "holiday_data": "2026.2", "holidays": ["2026-12-24"], "date_hours": {"2026-12-31": [["09:00", "12:00"]]}}`; all but `tz` may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSpec {
    /// IANA zone of the wall clock that the hours are read on.
    pub tz: Tz,
    /// Hours of an ordinary week.
    #[serde(default)]
    pub weekly: Weekly,
    /// Countries whose public holidays close the desk, in every year from the year of their law.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub public_holidays: BTreeSet<Country>,
    /// Regions whose public holidays close the desk: a region's list holds the national days too, so its country need not be named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub regional_holidays: BTreeSet<Region>,
    /// The edition of the data by which those holidays are known, whatever later ones say. [`Edition::UNSAID`] is not written, and what was written
    /// without one means it: so what was stored before editions were kept reads on, and who does not know them yet reads what names none.
    #[serde(default = "unsaid", skip_serializing_if = "is_unsaid")]
    pub holiday_data: Edition,
    /// Further closed dates: local, of the house.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub holidays: BTreeSet<NaiveDate>,
    /// Dates with hours of their own (none = closed); they replace the week's hours and a holiday.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub date_hours: BTreeMap<NaiveDate, Vec<Hours>>,
}

fn unsaid() -> Edition {
    Edition::UNSAID
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_unsaid(edition: &Edition) -> bool {
    *edition == Edition::UNSAID
}

impl CalendarSpec {
    /// A calendar of that zone with no hours yet, by the newest holiday data.
    pub fn new(tz: Tz) -> Self {
        Self {
            tz,
            weekly: Weekly::default(),
            public_holidays: BTreeSet::new(),
            regional_holidays: BTreeSet::new(),
            holiday_data: Edition::LATEST,
            holidays: BTreeSet::new(),
            date_hours: BTreeMap::new(),
        }
    }

    /// The last year whose public holidays are all decided; `None` if rules of law give them in every year, or the edition of the data knows none of
    /// the regions. Later ones are projected in part ([`Region::known_years`]).
    pub fn known_until(&self) -> Option<i32> {
        let regions = self.regional_holidays.iter();
        let years = regions.filter_map(|region| region.known_until(self.holiday_data));
        years.min()
    }

    /// The newest edition of the holiday data, if the calendar closes on public holidays and knows them by an earlier one.
    pub fn newer_holiday_data(&self) -> Option<Edition> {
        let closes = !self.public_holidays.is_empty() || !self.regional_holidays.is_empty();
        (closes && self.holiday_data < Edition::LATEST).then_some(Edition::LATEST)
    }

    /// Whether there are hours at all, and every date lies in the years that the index knows.
    pub(crate) fn check(&self) -> Result<(), CalendarError> {
        if self.weekly.is_empty() && self.date_hours.values().all(Vec::is_empty) {
            return Err(CalendarError::NoHours);
        }
        let mut dates = self.holidays.iter().chain(self.date_hours.keys());
        match dates.find(|date| !year::holds(**date)) {
            Some(date) => Err(CalendarError::DateOutOfRange(*date)),
            None => Ok(()),
        }
    }
}
