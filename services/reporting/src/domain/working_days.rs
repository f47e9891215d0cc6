//! Working days between a resolution and a reopening (FCR counts a reopening within N of them).

use business_time::{Calendar, Country, Hours, Weekday};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

/// Monday to Friday in the contract's zone, without the public holidays of the tenant's country. Tables of holidays
/// exist for the countries that `business-time` knows; elsewhere the week alone counts.
#[derive(Debug, Clone)]
pub struct WorkingDays {
    zone: Tz,
    calendar: Option<Calendar>,
}

impl WorkingDays {
    /// From the tenant's IANA zone and BCP 47 locale (`es-PE`: Peru). An unknown zone counts in UTC.
    pub fn of(time_zone: &str, locale: &str) -> Self {
        let zone = time_zone.parse().unwrap_or(Tz::UTC);
        let country = locale
            .rsplit(['-', '_'])
            .next()
            .and_then(Country::from_code);
        // Which hours is of no matter: only whether a day has any.
        let calendar = "09:00-18:00".parse::<Hours>().ok().and_then(|hours| {
            let week = Calendar::builder(zone).weekdays(Weekday::Mon, Weekday::Fri, [hours]);
            let week = match country {
                Some(country) => week.public_holidays(country),
                None => week,
            };
            week.build().ok()
        });
        Self { zone, calendar }
    }

    /// Working days after `from`'s local date up to and including `to`'s: 0 on the same day, 1 on the next working
    /// day. Negative spans count 0.
    pub fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> i32 {
        let last = to.with_timezone(&self.zone).date_naive();
        let mut day = from.with_timezone(&self.zone).date_naive();
        let mut days = 0;
        while day < last {
            let Some(next) = day.succ_opt() else { break };
            day = next;
            days += i32::from(self.is_working(day));
        }
        days
    }

    fn is_working(&self, day: NaiveDate) -> bool {
        use chrono::Datelike as _;
        self.calendar
            .as_ref()
            .and_then(|c| c.is_business_day(day).ok())
            .unwrap_or_else(|| day.weekday().number_from_monday() < 6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_weekend_and_a_holiday_do_not_count() {
        let lima = WorkingDays::of("America/Lima", "es-PE");
        // Friday 2026-07-24 to Wednesday 29: Saturday, Sunday and the two national days (28, 29) are free.
        assert_eq!(
            lima.between(at("2026-07-24T15:00:00Z"), at("2026-07-29T15:00:00Z")),
            1
        );
        let nowhere = WorkingDays::of("Mars/Olympus", "xx");
        assert_eq!(
            nowhere.between(at("2026-07-24T15:00:00Z"), at("2026-07-29T15:00:00Z")),
            3
        );
    }

    #[test]
    fn the_day_is_the_contracts() {
        let lima = WorkingDays::of("America/Lima", "es-PE");
        // 03:00Z is still the evening before in Lima.
        assert_eq!(
            lima.between(at("2026-11-23T15:00:00Z"), at("2026-11-24T03:00:00Z")),
            0
        );
        assert_eq!(
            lima.between(at("2026-11-23T15:00:00Z"), at("2026-11-24T06:00:00Z")),
            1
        );
        assert_eq!(
            lima.between(at("2026-11-24T15:00:00Z"), at("2026-11-23T06:00:00Z")),
            0
        );
    }
}
