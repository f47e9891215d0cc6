//! The seventeen autonomous communities, Ceuta and Melilla.

use std::ops::RangeInclusive;

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::{REGIONS, SINCE, decided, usual};
use crate::holidays::{Country, Edition, Holiday};

/// A region of Spain whose holidays are known, in JSON by its ISO 3166-2 code.
///
/// Its list is whole: the national days and those that the region keeps beside them or instead, without those of its towns (Ceuta and Melilla
/// are one town each: theirs are in). Days of one island (Canarias) and of Arán (17 June, for 26 December) are dates of the calendar.
///
/// The years [`Self::known_years`] are as published. Outside them the list is a projection: the national days, the feasts that the region keeps
/// in ordinary years, and the Mondays after holidays that fall on a Sunday, up to the number that the law leaves to it; days by the moon are
/// missing. Whoever promises beyond [`Self::known_until`] should say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Region {
    /// Andalucía.
    #[serde(rename = "ES-AN")]
    Andalucia,
    /// Aragón.
    #[serde(rename = "ES-AR")]
    Aragon,
    /// Principado de Asturias.
    #[serde(rename = "ES-AS")]
    Asturias,
    /// Cantabria.
    #[serde(rename = "ES-CB")]
    Cantabria,
    /// Ciudad de Ceuta.
    #[serde(rename = "ES-CE")]
    Ceuta,
    /// Castilla y León.
    #[serde(rename = "ES-CL")]
    CastillaYLeon,
    /// Castilla-La Mancha.
    #[serde(rename = "ES-CM")]
    CastillaLaMancha,
    /// Canarias.
    #[serde(rename = "ES-CN")]
    Canarias,
    /// Cataluña.
    #[serde(rename = "ES-CT")]
    Cataluna,
    /// Extremadura.
    #[serde(rename = "ES-EX")]
    Extremadura,
    /// Galicia.
    #[serde(rename = "ES-GA")]
    Galicia,
    /// Illes Balears.
    #[serde(rename = "ES-IB")]
    Baleares,
    /// Región de Murcia.
    #[serde(rename = "ES-MC")]
    Murcia,
    /// Comunidad de Madrid.
    #[serde(rename = "ES-MD")]
    Madrid,
    /// Ciudad de Melilla.
    #[serde(rename = "ES-ML")]
    Melilla,
    /// Comunidad Foral de Navarra.
    #[serde(rename = "ES-NC")]
    Navarra,
    /// País Vasco.
    #[serde(rename = "ES-PV")]
    PaisVasco,
    /// La Rioja.
    #[serde(rename = "ES-RI")]
    LaRioja,
    /// Comunitat Valenciana.
    #[serde(rename = "ES-VC")]
    Valencia,
}

impl Region {
    /// Every region known.
    pub const ALL: [Self; 19] = [
        Self::Andalucia,
        Self::Aragon,
        Self::Asturias,
        Self::Cantabria,
        Self::Ceuta,
        Self::CastillaYLeon,
        Self::CastillaLaMancha,
        Self::Canarias,
        Self::Cataluna,
        Self::Extremadura,
        Self::Galicia,
        Self::Baleares,
        Self::Murcia,
        Self::Madrid,
        Self::Melilla,
        Self::Navarra,
        Self::PaisVasco,
        Self::LaRioja,
        Self::Valencia,
    ];

    /// ISO 3166-2 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Andalucia => "ES-AN",
            Self::Aragon => "ES-AR",
            Self::Asturias => "ES-AS",
            Self::Cantabria => "ES-CB",
            Self::Ceuta => "ES-CE",
            Self::CastillaYLeon => "ES-CL",
            Self::CastillaLaMancha => "ES-CM",
            Self::Canarias => "ES-CN",
            Self::Cataluna => "ES-CT",
            Self::Extremadura => "ES-EX",
            Self::Galicia => "ES-GA",
            Self::Baleares => "ES-IB",
            Self::Murcia => "ES-MC",
            Self::Madrid => "ES-MD",
            Self::Melilla => "ES-ML",
            Self::Navarra => "ES-NC",
            Self::PaisVasco => "ES-PV",
            Self::LaRioja => "ES-RI",
            Self::Valencia => "ES-VC",
        }
    }

    /// The region of an ISO 3166-2 code, if it is known here.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|region| region.code() == code)
    }

    /// Its country.
    pub fn country(self) -> Country {
        Country::Spain
    }

    /// The first edition of the data that knows it.
    pub fn since(self) -> Edition {
        REGIONS
    }

    /// The years whose list has been decided and published, by an edition of the data; the list of any other year is a projection. None in an
    /// edition that does not know the region.
    pub fn known_years(self, edition: Edition) -> Option<RangeInclusive<i32>> {
        if edition < self.since() {
            return None;
        }
        let first = decided::years(self, edition).min()?;
        let last = decided::years(self, edition).max()?;
        Some(first..=last)
    }

    /// The last year whose list has been decided and published, by an edition that knows the region.
    pub fn known_until(self, edition: Edition) -> Option<i32> {
        self.known_years(edition).map(|years| *years.end())
    }

    /// Its holidays in a year by an edition of the data, by date; none before 2008, and none at all, the national ones neither, in an edition that
    /// does not know the region. Two that meet on one date are both named.
    pub fn holidays(self, year: i32, edition: Edition) -> Vec<Holiday> {
        if year < SINCE || edition < self.since() {
            return Vec::new();
        }
        let mut holidays = self.country().holidays(year, edition);
        match decided::year(self, year, edition) {
            Some((feasts, law)) => {
                holidays.extend(feasts.iter().filter_map(|feast| feast.in_year(year, law)));
            }
            None => usual::add(self, year, edition, &mut holidays),
        }
        holidays.sort_by_key(|holiday| holiday.date.ordinal());
        holidays
    }
}
