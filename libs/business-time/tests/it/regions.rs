//! Spain's regions: the years decided are those of the BOE, the others say that they are projected.

use std::collections::{BTreeMap, BTreeSet};

use business_time::{Calendar, CalendarSpec, Closed, Country, Edition, Region, State, Tz};
use chrono::{Datelike, NaiveDate, Weekday};
use serde::Deserialize;

use crate::kit::{at, date, office, shared_data};

fn dates(region: Region, year: i32) -> BTreeSet<NaiveDate> {
    let holidays = region.holidays(year, Edition::LATEST).into_iter();
    holidays.map(|holiday| holiday.date).collect()
}

/// What the region keeps beside the national days, as `MM-DD`.
fn own(region: Region, year: i32) -> Vec<String> {
    let national: BTreeSet<NaiveDate> = Country::Spain
        .holidays(year, Edition::LATEST)
        .into_iter()
        .map(|holiday| holiday.date)
        .collect();
    let own = dates(region, year).into_iter();
    own.filter(|day| !national.contains(day))
        .map(|day| day.format("%m-%d").to_string())
        .collect()
}

#[test]
fn lists_are_the_published_ones_from_2024_to_2027() {
    #[derive(Deserialize)]
    struct Published {
        #[serde(rename = "ES_subdivisions")]
        regions: BTreeMap<String, Vec<Entry>>,
    }
    #[derive(Deserialize)]
    struct Entry {
        date: NaiveDate,
    }
    let Some(text) = shared_data("holidays/holidays_pe_co_es_2024_2027.json") else {
        return;
    };
    let published: Published = serde_json::from_str(&text).expect("the file reads");
    assert!(published.regions.len() >= 3);
    for (code, entries) in published.regions {
        let region = Region::from_code(&format!("ES-{code}")).expect("a region");
        for year in 2024..=2027 {
            let of_year = entries.iter().map(|entry| entry.date);
            let expected: BTreeSet<_> = of_year.filter(|day| day.year() == year).collect();
            assert!(expected.len() >= 12, "{code} {year} is in the file");
            assert_eq!(dates(region, year), expected, "{code} {year}");
        }
    }
}

/// The BOE's own tables of national days that regions keep or not (Resoluciones for 2024, 2025 and 2026), read column by column.
#[test]
fn each_column_of_the_boe_has_its_regions() {
    use Region::*;
    let columns: [(&str, &[Region]); 12] = [
        ("2024-03-19", &[Murcia, Valencia]),
        (
            "2024-04-01",
            &[
                Baleares, Cantabria, Cataluna, Navarra, PaisVasco, LaRioja, Valencia,
            ],
        ),
        (
            "2024-07-25",
            &[Cantabria, Galicia, Madrid, Navarra, PaisVasco],
        ),
        (
            "2024-12-09",
            &[
                Andalucia,
                Aragon,
                Asturias,
                CastillaYLeon,
                Extremadura,
                Murcia,
                Melilla,
            ],
        ),
        ("2024-06-17", &[Ceuta, Melilla]),
        ("2024-08-05", &[Ceuta]),
        ("2025-03-19", &[Murcia, Valencia]),
        ("2025-07-25", &[Galicia, Madrid, Navarra, PaisVasco]),
        (
            "2025-10-13",
            &[Andalucia, Aragon, Asturias, CastillaYLeon, Extremadura],
        ),
        ("2026-03-20", &[Ceuta, Melilla]),
        (
            "2026-04-06",
            &[
                Baleares,
                CastillaLaMancha,
                Cataluna,
                Navarra,
                PaisVasco,
                LaRioja,
                Valencia,
            ],
        ),
        (
            "2026-11-02",
            &[
                Andalucia,
                Aragon,
                Asturias,
                Canarias,
                CastillaLaMancha,
                CastillaYLeon,
                Extremadura,
                Madrid,
                Navarra,
            ],
        ),
    ];
    for (day, expected) in columns {
        let day = date(day);
        let keep = Region::ALL
            .into_iter()
            .filter(|region| dates(*region, day.year()).contains(&day));
        let keep: BTreeSet<Region> = keep.collect();
        assert_eq!(keep, expected.iter().copied().collect(), "{day}");
    }
    // Maundy Thursday: everywhere but in two regions.
    for day in ["2024-03-28", "2025-04-17", "2026-04-02"] {
        let day = date(day);
        for region in Region::ALL {
            let keeps = dates(region, day.year()).contains(&day);
            assert_eq!(
                keeps,
                !matches!(region, Cataluna | Valencia),
                "{region:?} {day}"
            );
        }
    }
}

#[test]
fn a_years_list_is_as_long_as_the_law_allows() {
    for region in Region::ALL {
        // Twelve, for two are the town's. Canarias leaves one to its islands, Navarra has one town's day less, Cataluña and Comunitat Valenciana
        // add one that is worked in lieu in years without Sundays to give away; Ceuta and Melilla have their towns' days.
        let lengths = match region {
            Region::Canarias => 11..=11,
            Region::Navarra => 13..=13,
            Region::Cataluna | Region::Valencia => 12..=13,
            Region::Ceuta | Region::Melilla => 14..=14,
            _ => 12..=12,
        };
        for year in 2024..=2026 {
            let kept = dates(region, year);
            assert!(
                lengths.contains(&kept.len()),
                "{region:?} {year}: {}",
                kept.len()
            );
            let sundays = kept.iter().filter(|day| day.weekday() == Weekday::Sun);
            assert_eq!(sundays.count(), 0, "{region:?} {year}");
        }
    }
}

#[test]
fn ceuta_kept_its_own_day_in_2026_but_not_in_2024_and_2025() {
    assert_eq!(
        own(Region::Ceuta, 2024),
        ["03-28", "04-10", "06-13", "06-17", "08-05"]
    );
    assert!(!dates(Region::Ceuta, 2025).contains(&date("2025-09-02")));
    assert!(dates(Region::Ceuta, 2026).contains(&date("2026-09-02")));
}

#[test]
fn the_valencian_year_2027_is_decided_without_saint_john() {
    assert_eq!(own(Region::Valencia, 2027), ["03-19", "03-29", "10-09"]);
    assert_eq!(Region::Valencia.known_until(Edition::LATEST), Some(2027));
    assert_eq!(
        own(Region::Valencia, 2026),
        ["03-19", "04-06", "06-24", "10-09"]
    );
}

#[test]
fn a_year_not_decided_is_projected_and_says_so() {
    let projected = Region::Andalucia.holidays(2027, Edition::LATEST);
    let monday = projected
        .iter()
        .find(|holiday| holiday.date == date("2027-08-16"));
    let monday = monday.expect("15 August 2027 is a Sunday");
    assert_eq!(monday.name, "Asunción de la Virgen");
    assert!(monday.law.contains("previsión"), "{}", monday.law);
    assert!(
        projected
            .iter()
            .any(|holiday| holiday.date == date("2027-03-01"))
    );
    let decided = Region::Andalucia.holidays(2026, Edition::LATEST);
    let monday = decided
        .iter()
        .find(|holiday| holiday.date == date("2026-11-02"));
    assert!(monday.is_some_and(|holiday| holiday.law.contains("BOE-A-2025-21667")));
    // A projection never keeps more than the law allows, and never a Sunday.
    for region in Region::ALL {
        assert_eq!(region.holidays(2007, Edition::LATEST), []);
        for year in (2008..2024).chain(2028..2060) {
            let kept = dates(region, year);
            assert!(
                (10..=13).contains(&kept.len()),
                "{region:?} {year}: {}",
                kept.len()
            );
            assert!(
                kept.iter().all(|day| day.weekday() != Weekday::Sun),
                "{region:?} {year}"
            );
        }
    }
}

#[test]
fn a_calendar_tells_until_when_its_holidays_are_known() {
    let madrid = office(Tz::Europe__Madrid, &["09:00-18:00"]).regional_holidays(Region::Madrid);
    let madrid = madrid.build().expect("a calendar");
    let valencia = office(Tz::Europe__Madrid, &["09:00-18:00"]).regional_holidays(Region::Valencia);
    let valencia = valencia.build().expect("a calendar");
    let lima = office(Tz::America__Lima, &["09:00-18:00"]).public_holidays(Country::Peru);
    let lima = lima.build().expect("a calendar");
    assert_eq!(madrid.known_until(), Some(2026));
    assert_eq!(valencia.known_until(), Some(2027));
    assert_eq!(lima.known_until(), None);
    let both = Calendar::union([&lima, &valencia, &madrid]).expect("a union");
    assert_eq!(both.known_until(), Some(2026));
}

#[test]
fn a_regional_calendar_closes_on_its_regions_days_and_tells_whose_they_are() {
    let json = r#"{"tz": "Europe/Madrid", "weekly": {"thu": [["09:00", "18:00"]]}, "regional_holidays": ["ES-CT"]}"#;
    let spec: CalendarSpec = serde_json::from_str(json).expect("it reads");
    let written = serde_json::to_value(&spec).expect("it writes");
    assert_eq!(
        written,
        serde_json::from_str::<serde_json::Value>(json).expect("JSON")
    );
    let barcelona = Calendar::try_from(spec).expect("a calendar");
    // Maundy Thursday is worked, the 11th of September is not.
    assert_eq!(barcelona.is_business_day(date("2025-04-17")), Ok(true));
    assert_eq!(barcelona.is_business_day(date("2025-09-11")), Ok(false));
    assert_eq!(barcelona.is_business_day(date("2025-12-25")), Ok(false));
    let mut day = barcelona
        .timeline(at("2025-09-11T08:00:00Z"), at("2025-09-11T09:00:00Z"), &[])
        .expect("a timeline");
    let why = day.next().map(|segment| segment.state);
    let Some(State::OutsideHours {
        why:
            Closed::PublicHoliday {
                country,
                region,
                name,
                law,
                ..
            },
        ..
    }) = why
    else {
        panic!("{why:?}");
    };
    assert_eq!((country, region), (Country::Spain, Some(Region::Cataluna)));
    assert_eq!(name, "Fiesta Nacional de Cataluña");
    assert!(law.contains("BOE-A-2024-21316"));
}

#[test]
fn every_region_has_its_code_and_its_decided_years_in_a_row() {
    for region in Region::ALL {
        assert_eq!(Region::from_code(region.code()), Some(region));
        let json = serde_json::to_value(region).expect("it writes");
        assert_eq!(json, region.code());
        let years = region.known_years(Edition::LATEST).expect("years");
        assert_eq!((*years.start(), years.contains(&2026)), (2024, true));
        for year in years {
            for holiday in region.holidays(year, Edition::LATEST) {
                assert!(!holiday.law.contains("previsión"), "{region:?} {year}");
                assert!(!holiday.name.is_empty() && holiday.date.year() == year);
            }
        }
    }
    let codes: BTreeSet<_> = Region::ALL.iter().map(|region| region.code()).collect();
    assert_eq!(codes.len(), 19);
}
