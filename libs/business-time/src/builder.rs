//! Building a calendar in code; stored ones come as a [`CalendarSpec`].

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;

use crate::calendar::Calendar;
use crate::error::CalendarError;
use crate::holidays::{Country, Edition, Region};
use crate::hours::Hours;
use crate::spec::CalendarSpec;

/// Collects hours, holidays and special dates; [`Self::build`] checks them.
#[derive(Debug, Clone)]
pub struct CalendarBuilder {
    spec: CalendarSpec,
}

impl CalendarBuilder {
    pub(crate) fn new(tz: Tz) -> Self {
        Self {
            spec: CalendarSpec::new(tz),
        }
    }

    /// Sets the hours of one day of the week, in place of those it had.
    pub fn weekly(mut self, day: Weekday, hours: impl IntoIterator<Item = Hours>) -> Self {
        *self.spec.weekly.on_mut(day) = hours.into_iter().collect();
        self
    }

    /// Sets the same hours for each day from `first` to `last`, both included, across the week's end if need be.
    pub fn weekdays(
        mut self,
        first: Weekday,
        last: Weekday,
        hours: impl IntoIterator<Item = Hours>,
    ) -> Self {
        let hours: Vec<Hours> = hours.into_iter().collect();
        for ahead in 0..=last.days_since(first) {
            let day = (0..ahead).fold(first, |day, _| day.succ());
            hours.clone_into(self.spec.weekly.on_mut(day));
        }
        self
    }

    /// Closes on the public holidays of a country, in every year; may be called for several countries.
    pub fn public_holidays(mut self, country: Country) -> Self {
        self.spec.public_holidays.insert(country);
        self
    }

    /// Closes on the public holidays of a region (the national ones that it keeps and its own), in place of its country's.
    pub fn regional_holidays(mut self, region: Region) -> Self {
        self.spec.regional_holidays.insert(region);
        self
    }

    /// Knows those holidays by that edition of the data, in place of the newest.
    pub fn holiday_data(mut self, edition: Edition) -> Self {
        self.spec.holiday_data = edition;
        self
    }

    /// Closes on one date.
    pub fn holiday(mut self, date: NaiveDate) -> Self {
        self.spec.holidays.insert(date);
        self
    }

    /// Closes on these dates.
    pub fn holidays(mut self, dates: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.spec.holidays.extend(dates);
        self
    }

    /// Gives a date its own hours, in place of the week's and in spite of a holiday; none = closed.
    pub fn date_hours(mut self, date: NaiveDate, hours: impl IntoIterator<Item = Hours>) -> Self {
        self.spec
            .date_hours
            .insert(date, hours.into_iter().collect());
        self
    }

    /// The calendar, or what is wrong with it.
    pub fn build(self) -> Result<Calendar, CalendarError> {
        Calendar::try_from(self.spec)
    }
}
