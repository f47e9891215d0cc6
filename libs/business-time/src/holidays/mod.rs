//! Public holidays by rule and law, country by country.
//!
//! Each country is a table of [`Rule`]s: name, date (fixed or from Easter), where the law moves it, the first year in which it was kept, the law,
//! and the editions of the data that have it.
//! Calendars name countries ([`crate::CalendarSpec::public_holidays`]) and follow the rules in every year, or regions
//! ([`crate::CalendarSpec::regional_holidays`]), whose years are decided one by one: [`Region::known_years`] tells which are known. What is local
//! or of the house comes as dates of the calendar.
//!
//! # How to add a holiday, or put one right
//! A binary knows every edition of the data that there has been ([`Edition`]), and each calendar counts by the one that it names: what an edition
//! has is never changed, or results that people were told would be explained anew.
//! 1. A variant in [`Edition`] that says what came, with its text in `as_str`, in `ALL`, and as `LATEST`; one for all that a release brings.
//!    `UNSAID` stays.
//! 2. The rows. A country's holiday is a row of its `RULES`: the new one with `.came_with(edition)`, the one that it replaces, or that is no
//!    more, with `.gone_with(edition)`. A year of a region is a row of `LATER` in `spain/decided.rs`, a habit one in `spain/usual.rs`.
//! 3. In `tests/it/editions.rs` a date that the edition before did not close, or closed.
//!
//! Calendars go on as they are until somebody writes them by the later edition.
//!
//! # How to add a country
//! 1. A file beside `peru.rs` with its `RULES`: cite the law at each, and the first year in which the day was kept (the law's own year only if
//!    it was published before that day). A law that takes a holiday away needs a last year in [`Rule`]. `FIRST` is the edition with which the
//!    table comes.
//! 2. A variant in [`Country`] with its ISO 3166 code, in `code`, `rules` and `ALL`.
//! 3. Its dates of some years, from another source, in `tests/it/holidays.rs`; an edition, as above.
//!
//! Before the years that [`Edition`] tells a country's table is empty.

mod colombia;
mod edition;
mod peru;
mod rule;
mod spain;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use edition::{Edition, Editions};
pub use rule::{Day, Rule, Shift};
pub use spain::Region;

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

    /// Its rules, of every edition of the data.
    pub fn rules(self) -> &'static [Rule] {
        match self {
            Self::Colombia => colombia::RULES,
            Self::Peru => peru::RULES,
            Self::Spain => spain::RULES,
        }
    }

    /// Its holidays in a year by an edition of the data, by date. Two that meet on one date are both named.
    pub fn holidays(self, year: i32, edition: Edition) -> Vec<Holiday> {
        let kept = |rule: &Rule| {
            Some(Holiday {
                date: rule.date_in(year)?,
                name: rule.name,
                law: rule.law,
            })
        };
        let rules = self.rules().iter();
        let rules = rules.filter(|rule| rule.editions.hold(edition));
        let mut holidays: Vec<Holiday> = rules.filter_map(kept).collect();
        holidays.sort_by_key(|holiday| holiday.date);
        holidays
    }
}
