//! The holidays that the rules give are those of the countries' calendars.

use std::collections::{BTreeMap, BTreeSet};

use business_time::{Calendar, Country, Edition, Tz, Weekday};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::kit::{date, hours, shared_data};

fn dates(country: Country, year: i32) -> BTreeSet<NaiveDate> {
    country
        .holidays(year, Edition::LATEST)
        .into_iter()
        .map(|holiday| holiday.date)
        .collect()
}

fn keeps(country: Country, day: &str) -> bool {
    let day = date(day);
    dates(country, day.year()).contains(&day)
}

#[test]
fn rules_give_the_published_dates_from_2024_to_2027() {
    #[derive(Deserialize)]
    struct Published {
        countries: BTreeMap<String, Vec<Entry>>,
    }
    #[derive(Deserialize)]
    struct Entry {
        date: NaiveDate,
    }
    let Some(text) = shared_data("holidays/holidays_pe_co_es_2024_2027.json") else {
        return;
    };
    let published: Published = serde_json::from_str(&text).expect("the file reads");
    assert_eq!(published.countries.len(), Country::ALL.len());
    for (code, entries) in published.countries {
        let country = Country::from_code(&code).expect("a country with rules");
        for year in 2024..=2027 {
            let expected: BTreeSet<_> = entries
                .iter()
                .map(|entry| entry.date)
                .filter(|day| day.year() == year)
                .collect();
            assert!(expected.len() >= 8, "{code} {year} is in the file");
            assert_eq!(dates(country, year), expected, "{code} {year}");
        }
    }
}

#[test]
fn peru_keeps_a_new_holiday_only_from_its_law_on() {
    // Ley 31530 and Ley 31381.
    assert!(!keeps(Country::Peru, "2021-08-06") && keeps(Country::Peru, "2022-08-06"));
    assert!(!keeps(Country::Peru, "2021-12-09") && keeps(Country::Peru, "2022-12-09"));
    // Ley 31822 came before 23 July 2023, Ley 31788 only after 7 June 2023.
    assert!(!keeps(Country::Peru, "2022-07-23") && keeps(Country::Peru, "2023-07-23"));
    assert!(!keeps(Country::Peru, "2023-06-07") && keeps(Country::Peru, "2024-06-07"));
    assert_eq!(dates(Country::Peru, 2021).len(), 13);
    assert_eq!(dates(Country::Peru, 2024).len(), 17);
}

#[test]
fn colombia_moves_to_monday_what_ley_51_moves() {
    // 6 January 2026 is a Tuesday, 12 October 2026 a Monday already; 20 July and 7 August stay where they fall.
    assert!(!keeps(Country::Colombia, "2026-01-06") && keeps(Country::Colombia, "2026-01-12"));
    assert!(keeps(Country::Colombia, "2026-10-12"));
    assert!(keeps(Country::Colombia, "2025-07-20") && date("2025-07-20").weekday() == Weekday::Sun);
    // Ley 2578 of June 2026.
    assert!(!keeps(Country::Colombia, "2025-07-14") && keeps(Country::Colombia, "2026-07-13"));
    // Two that meet on one date are both named.
    let met: Vec<_> = Country::Colombia
        .holidays(2025, Edition::LATEST)
        .into_iter()
        .filter(|h| h.date == date("2025-06-30"))
        .collect();
    assert_eq!(
        met.iter().map(|h| h.name).collect::<Vec<_>>(),
        ["Sagrado Corazón de Jesús", "San Pedro y San Pablo"]
    );
}

#[test]
fn spain_leaves_sundays_to_its_regions() {
    assert!(!keeps(Country::Spain, "2026-11-01") && date("2026-11-01").weekday() == Weekday::Sun);
    assert!(keeps(Country::Spain, "2027-11-01"));
    assert!(
        !keeps(Country::Spain, "2026-04-02"),
        "Maundy Thursday is the regions'"
    );
}

#[test]
fn easter_is_right_on_its_outer_dates() {
    let easter = |year| {
        let found = Country::Peru
            .holidays(year, Edition::LATEST)
            .into_iter()
            .find(|h| h.name == "Domingo de Resurrección");
        found.expect("kept each year").date
    };
    for day in [
        "2008-03-23",
        "2011-04-24",
        "2019-04-21",
        "2024-03-31",
        "2038-04-25",
        "2049-04-18",
        "2076-04-19",
    ] {
        assert_eq!(easter(date(day).year()), date(day));
    }
}

#[test]
fn every_rule_names_its_law() {
    for country in Country::ALL {
        assert!(
            country
                .rules()
                .iter()
                .all(|rule| !rule.name.is_empty() && !rule.law.is_empty() && rule.since >= 1984)
        );
        let first = country
            .rules()
            .iter()
            .map(|rule| rule.since)
            .min()
            .expect("rules");
        assert!(country.holidays(first - 1, Edition::LATEST).is_empty());
    }
}

#[test]
fn a_calendar_of_two_countries_closes_on_the_holidays_of_both() {
    let shared = Calendar::builder(Tz::America__Lima)
        .weekdays(Weekday::Mon, Weekday::Fri, [hours("09:00-18:00")])
        .public_holidays(Country::Peru)
        .public_holidays(Country::Colombia)
        .build()
        .expect("a calendar");
    for (day, open) in [
        ("2026-07-20", false),
        ("2026-07-28", false),
        ("2026-07-21", true),
    ] {
        assert_eq!(shared.is_business_day(date(day)), Ok(open), "{day}");
        assert_eq!(!shared.hours_on(date(day)).is_empty(), open, "{day}");
    }
}
