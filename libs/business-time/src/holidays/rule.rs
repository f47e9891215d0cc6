//! How a law fixes a holiday, and the date that follows for a year.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::edition::{Edition, Editions};

/// One public holiday of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the country's language.
    pub name: &'static str,
    /// Where the law puts it.
    pub day: Day,
    /// Where the law moves it.
    pub shift: Shift,
    /// The first year in which it was kept.
    pub since: i32,
    /// The law.
    pub law: &'static str,
    /// The editions of the data that have this rule: nothing to do with the years in which the day was kept.
    pub editions: Editions,
}

/// Where a holiday lies before it is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Month and day of the month.
    Date(u32, u32),
    /// Days after Easter Sunday (before, if negative).
    Easter(i64),
}

impl Day {
    /// The date in that year; none for 29 February in a year without one.
    pub fn date(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Date(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Easter(days) => easter(year)?.checked_add_signed(TimeDelta::days(days)),
        }
    }
}

/// Where a holiday goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// It stays.
    Stays,
    /// To the Monday that follows, unless it is one.
    ToMonday,
    /// On a Sunday it is not kept (Spain: the regions decide about the Monday after it).
    NotOnSunday,
}

impl Rule {
    /// The same, come with an edition behind the one of its table.
    pub const fn came_with(mut self, edition: Edition) -> Self {
        self.editions.since = edition;
        self
    }

    /// The same, taken away by an edition, or replaced by a row that came with it.
    pub const fn gone_with(mut self, edition: Edition) -> Self {
        self.editions.until = Some(edition);
        self
    }

    /// The date in that year, if the holiday is kept then.
    pub fn date_in(&self, year: i32) -> Option<NaiveDate> {
        if year < self.since {
            return None;
        }
        let date = self.day.date(year)?;
        match self.shift {
            Shift::NotOnSunday if date.weekday() == Weekday::Sun => None,
            Shift::Stays | Shift::NotOnSunday => Some(date),
            Shift::ToMonday => date
                .iter_days()
                .take(7)
                .find(|day| day.weekday() == Weekday::Mon),
        }
    }
}

/// Easter Sunday in the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let lunar =
        (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - lunar - of_century % 4) % 7;
    let correction = (golden + 11 * lunar + 22 * weekday) / 451;
    let day = lunar + weekday - 7 * correction + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(day / 31).ok()?,
        u32::try_from(day % 31 + 1).ok()?,
    )
}
