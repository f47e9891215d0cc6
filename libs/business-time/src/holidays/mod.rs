//! Public holidays by rule and law, country by country.
//!
//! Each country is a table of [`Rule`]s: name, date (fixed or from Easter), where the law moves it, the first year in which it was kept, the law.
//! Calendars name countries ([`crate::CalendarSpec::public_holidays`]) and follow the rules in every year, or regions
//! ([`crate::CalendarSpec::regional_holidays`]), whose years are decided one by one: [`Region::known_years`] tells which are known. What is local
//! or of the house comes as dates of the calendar.
//!
//! # How to add a country
//! 1. A file beside `peru.rs` with its `RULES`: cite the law at each, and the first year in which the day was kept (the law's own year only if
//!    it was published before that day). A law that takes a holiday away needs a last year in [`Rule`].
//! 2. A variant in [`Country`] with its ISO 3166 code, in `code`, `rules` and `ALL`.
//! 3. Its dates of some years, from another source, in `tests/it/holidays.rs`; raise [`DATA_VERSION`] and add a line to the list below.
//!
//! # Versions of the data
//! - `2026.1`: Peru from 1992, Colombia from 1984 with its day of July since 2026 (Ley 2578 de 2026), Spain (national) from 2008.
//! - `2026.2`: the regions of Spain, as published from 2024 to 2026 (Comunitat Valenciana to 2027), projected outside those years.
//!
//! Before those years a country's table is empty.

mod colombia;
mod peru;
mod rule;
mod spain;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use rule::{Day, Rule, Shift};
pub use spain::Region;

/// Version of the tables: a deadline computed under another one may differ. Raised with every change of a rule.
pub const DATA_VERSION: &str = "2026.2";

/// A country whose holidays are known, in JSON by its ISO 3166 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Country {
    /// Colombia.
    #[serde(rename = "CO")]
    Colombia,
    /// Peru.
    #[serde(rename = "PE")]
    Peru,
    /// Spain: the national holidays. A desk of one region names the [`Region`] instead, whose list holds them.
    #[serde(rename = "ES")]
    Spain,
}

/// A public holiday of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// The date on which it is kept.
    pub date: NaiveDate,
    /// Its name in the country's language.
    pub name: &'static str,
    /// The law.
    pub law: &'static str,
}

impl Country {
    /// Every country known.
    pub const ALL: [Self; 3] = [Self::Colombia, Self::Peru, Self::Spain];

    /// ISO 3166-1 alpha-2 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Colombia => "CO",
            Self::Peru => "PE",
            Self::Spain => "ES",
        }
    }

    /// The country of an ISO 3166-1 alpha-2 code, if it is known here.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code() == code)
    }

    /// Its rules.
    pub fn rules(self) -> &'static [Rule] {
        match self {
            Self::Colombia => colombia::RULES,
            Self::Peru => peru::RULES,
            Self::Spain => spain::RULES,
        }
    }

    /// Its holidays in a year, by date. Two that meet on one date are both named.
    pub fn holidays(self, year: i32) -> Vec<Holiday> {
        let kept = |rule: &Rule| {
            Some(Holiday {
                date: rule.date_in(year)?,
                name: rule.name,
                law: rule.law,
            })
        };
        let mut holidays: Vec<Holiday> = self.rules().iter().filter_map(kept).collect();
        holidays.sort_by_key(|holiday| holiday.date);
        holidays
    }
}
