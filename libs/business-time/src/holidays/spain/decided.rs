//! What the regions decided, year by year, beside the national days: from the yearly resolution of the Dirección General de Trabajo, in the BOE
//! each October.
//!
//! # How to add a year
//! A row per region in [`LATER`], from the table of the resolution: what it marks as the region's, and the Mondays after national days on a
//! Sunday, with the resolution and the edition with which it comes ([`crate::holidays`]). A year that was wrong is put right by such a row, too:
//! rows that an edition has are never changed.

use super::Region;
use super::feast::{
    AFRICA, AFTER_ALL_SAINTS, AFTER_ASTURIAS, AFTER_BALEARES, AFTER_CONSTITUTION, AFTER_IMMACULATE,
    AFTER_LA_RIOJA, AFTER_NATIONAL_DAY, ANDALUCIA, ARAGON, ASTURIAS, BALEARES, BIEN_APARECIDA,
    CANARIAS, CANTABRIA, CARNIVAL_TUESDAY, CASTILLA_LA_MANCHA, CASTILLA_Y_LEON, CATALUNA, CEUTA,
    CORPUS_CHRISTI, EASTER_MONDAY, EID_AL_ADHA_2024, EID_AL_ADHA_2025, EID_AL_ADHA_2026,
    EID_AL_FITR_2024, EID_AL_FITR_2025, EID_AL_FITR_2026, EXTREMADURA, Feast, GALICIA, LA_RIOJA,
    LETRAS_GALLEGAS, MADRID, MAUNDY_THURSDAY, MELILLA, MURCIA, NAVARRA, SAINT_JAMES, SAINT_JOHN,
    SAINT_JOSEPH, SAINT_STEPHEN, SAN_ANTONIO, VALENCIA, VICTORIA,
};
use crate::holidays::Edition;

/// A year, and the feasts of the region in it.
type Year = (i32, &'static [Feast]);

/// A year of a region that came, or was put right, behind the first edition of these lists; with its law.
type Later = (Edition, Region, Year, &'static str);

/// Edition by edition. Of several rows for one year the last that an edition has stands, in the place of the first edition's too.
const LATER: &[Later] = &[];

/// The feasts of a year that is decided, in an edition that knows the region, and the law that fixed them.
pub(super) fn year(
    region: Region,
    year: i32,
    edition: Edition,
) -> Option<(&'static [Feast], &'static str)> {
    later(LATER, region, year, edition).or_else(|| {
        let mut first = first(region).iter();
        let (_, feasts) = first.find(|(decided, _)| *decided == year)?;
        Some((*feasts, law(region, year)))
    })
}

/// The years decided, in an edition that knows the region.
pub(super) fn years(region: Region, edition: Edition) -> impl Iterator<Item = i32> {
    let later = LATER
        .iter()
        .filter(move |(since, of, ..)| *of == region && *since <= edition);
    let first = first(region).iter().map(|(year, _)| *year);
    first.chain(later.map(|(_, _, (year, _), _)| *year))
}

fn later(
    rows: &[Later],
    region: Region,
    year: i32,
    edition: Edition,
) -> Option<(&'static [Feast], &'static str)> {
    let row = rows.iter().rev().find(|(since, of, (decided, _), _)| {
        *of == region && *decided == year && *since <= edition
    });
    row.map(|(_, _, (_, feasts), law)| (*feasts, *law))
}

/// The law that fixed the list of a year, of the first edition.
fn law(region: Region, year: i32) -> &'static str {
    match (region, year) {
        // Ceuta and Melilla decree all six days beside the national ones; the BOE repeats four of them.
        (Region::Ceuta | Region::Melilla, 2024) => {
            "Resolución de 23 de octubre de 2023, DGT (BOE-A-2023-22014), y decreto de la Ciudad"
        }
        (Region::Ceuta | Region::Melilla, 2025) => {
            "Resolución de 15 de octubre de 2024, DGT (BOE-A-2024-21316), y decreto de la Ciudad"
        }
        (Region::Ceuta | Region::Melilla, 2026) => {
            "Resolución de 2025, DGT (BOE-A-2025-21667), y decreto de la Ciudad"
        }
        (_, 2024) => "Resolución de 23 de octubre de 2023, DGT (BOE-A-2023-22014)",
        (_, 2025) => "Resolución de 15 de octubre de 2024, DGT (BOE-A-2024-21316)",
        (_, 2026) => "Resolución de 2025, DGT (BOE-A-2025-21667, 28 de octubre de 2025)",
        (Region::Valencia, _) => "Decreto del Consell, calendario laboral de 2027",
        _ => "Real Decreto 2001/1983, art. 45.3",
    }
}

/// The years decided when the lists came, in order.
fn first(region: Region) -> &'static [Year] {
    match region {
        Region::Andalucia => &[
            (2024, &[ANDALUCIA, MAUNDY_THURSDAY, AFTER_IMMACULATE]),
            (2025, &[ANDALUCIA, MAUNDY_THURSDAY, AFTER_NATIONAL_DAY]),
            (
                2026,
                &[
                    ANDALUCIA,
                    MAUNDY_THURSDAY,
                    AFTER_ALL_SAINTS,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Aragon => &[
            (2024, &[MAUNDY_THURSDAY, ARAGON, AFTER_IMMACULATE]),
            (2025, &[MAUNDY_THURSDAY, ARAGON, AFTER_NATIONAL_DAY]),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    ARAGON,
                    AFTER_ALL_SAINTS,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Asturias => &[
            (2024, &[MAUNDY_THURSDAY, AFTER_ASTURIAS, AFTER_IMMACULATE]),
            (2025, &[MAUNDY_THURSDAY, ASTURIAS, AFTER_NATIONAL_DAY]),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    ASTURIAS,
                    AFTER_ALL_SAINTS,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Cantabria => &[
            (2024, &[MAUNDY_THURSDAY, EASTER_MONDAY, SAINT_JAMES]),
            (2025, &[MAUNDY_THURSDAY, CANTABRIA, BIEN_APARECIDA]),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    CANTABRIA,
                    BIEN_APARECIDA,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Ceuta => &[
            (
                2024,
                &[
                    MAUNDY_THURSDAY,
                    EID_AL_FITR_2024,
                    SAN_ANTONIO,
                    EID_AL_ADHA_2024,
                    AFRICA,
                ],
            ),
            (
                2025,
                &[
                    EID_AL_FITR_2025,
                    MAUNDY_THURSDAY,
                    EID_AL_ADHA_2025,
                    SAN_ANTONIO,
                    AFRICA,
                ],
            ),
            (
                2026,
                &[
                    EID_AL_FITR_2026,
                    MAUNDY_THURSDAY,
                    EID_AL_ADHA_2026,
                    SAN_ANTONIO,
                    AFRICA,
                    CEUTA,
                ],
            ),
        ],
        Region::CastillaYLeon => &[
            (2024, &[MAUNDY_THURSDAY, CASTILLA_Y_LEON, AFTER_IMMACULATE]),
            (
                2025,
                &[MAUNDY_THURSDAY, CASTILLA_Y_LEON, AFTER_NATIONAL_DAY],
            ),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    CASTILLA_Y_LEON,
                    AFTER_ALL_SAINTS,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::CastillaLaMancha => &[
            (2024, &[MAUNDY_THURSDAY, CORPUS_CHRISTI, CASTILLA_LA_MANCHA]),
            (2025, &[MAUNDY_THURSDAY, CASTILLA_LA_MANCHA, CORPUS_CHRISTI]),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    EASTER_MONDAY,
                    CORPUS_CHRISTI,
                    AFTER_ALL_SAINTS,
                ],
            ),
        ],
        Region::Canarias => &[
            (2024, &[MAUNDY_THURSDAY, CANARIAS]),
            (2025, &[MAUNDY_THURSDAY, CANARIAS]),
            (2026, &[MAUNDY_THURSDAY, CANARIAS, AFTER_ALL_SAINTS]),
        ],
        Region::Cataluna => &[
            (2024, &[EASTER_MONDAY, SAINT_JOHN, CATALUNA, SAINT_STEPHEN]),
            (2025, &[EASTER_MONDAY, SAINT_JOHN, CATALUNA, SAINT_STEPHEN]),
            (2026, &[EASTER_MONDAY, SAINT_JOHN, CATALUNA, SAINT_STEPHEN]),
        ],
        Region::Extremadura => &[
            (2024, &[CARNIVAL_TUESDAY, MAUNDY_THURSDAY, AFTER_IMMACULATE]),
            (2025, &[MAUNDY_THURSDAY, EXTREMADURA, AFTER_NATIONAL_DAY]),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    EXTREMADURA,
                    AFTER_ALL_SAINTS,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Galicia => &[
            (2024, &[MAUNDY_THURSDAY, LETRAS_GALLEGAS, GALICIA]),
            (2025, &[MAUNDY_THURSDAY, LETRAS_GALLEGAS, GALICIA]),
            (2026, &[SAINT_JOSEPH, MAUNDY_THURSDAY, SAINT_JOHN, GALICIA]),
        ],
        Region::Baleares => &[
            (2024, &[BALEARES, MAUNDY_THURSDAY, EASTER_MONDAY]),
            (2025, &[BALEARES, MAUNDY_THURSDAY, SAINT_STEPHEN]),
            (
                2026,
                &[
                    AFTER_BALEARES,
                    MAUNDY_THURSDAY,
                    EASTER_MONDAY,
                    SAINT_STEPHEN,
                ],
            ),
        ],
        Region::Murcia => &[
            (2024, &[SAINT_JOSEPH, MAUNDY_THURSDAY, AFTER_IMMACULATE]),
            (2025, &[SAINT_JOSEPH, MAUNDY_THURSDAY, MURCIA]),
            (
                2026,
                &[SAINT_JOSEPH, MAUNDY_THURSDAY, MURCIA, AFTER_CONSTITUTION],
            ),
        ],
        Region::Madrid => &[
            (2024, &[MAUNDY_THURSDAY, MADRID, SAINT_JAMES]),
            (2025, &[MAUNDY_THURSDAY, MADRID, SAINT_JAMES]),
            (
                2026,
                &[
                    MAUNDY_THURSDAY,
                    MADRID,
                    AFTER_ALL_SAINTS,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Melilla => &[
            (
                2024,
                &[
                    MAUNDY_THURSDAY,
                    EID_AL_FITR_2024,
                    EID_AL_ADHA_2024,
                    MELILLA,
                    AFTER_IMMACULATE,
                ],
            ),
            (
                2025,
                &[
                    EID_AL_FITR_2025,
                    MAUNDY_THURSDAY,
                    EID_AL_ADHA_2025,
                    VICTORIA,
                    MELILLA,
                ],
            ),
            (
                2026,
                &[
                    EID_AL_FITR_2026,
                    MAUNDY_THURSDAY,
                    EID_AL_ADHA_2026,
                    VICTORIA,
                    MELILLA,
                    AFTER_CONSTITUTION,
                ],
            ),
        ],
        Region::Navarra => &[
            (
                2024,
                &[MAUNDY_THURSDAY, EASTER_MONDAY, SAINT_JAMES, NAVARRA],
            ),
            (
                2025,
                &[MAUNDY_THURSDAY, EASTER_MONDAY, SAINT_JAMES, NAVARRA],
            ),
            (
                2026,
                &[
                    SAINT_JOSEPH,
                    MAUNDY_THURSDAY,
                    EASTER_MONDAY,
                    AFTER_ALL_SAINTS,
                    NAVARRA,
                ],
            ),
        ],
        Region::PaisVasco => &[
            (2024, &[MAUNDY_THURSDAY, EASTER_MONDAY, SAINT_JAMES]),
            (2025, &[MAUNDY_THURSDAY, EASTER_MONDAY, SAINT_JAMES]),
            (
                2026,
                &[SAINT_JOSEPH, MAUNDY_THURSDAY, EASTER_MONDAY, SAINT_JAMES],
            ),
        ],
        Region::LaRioja => &[
            (2024, &[MAUNDY_THURSDAY, EASTER_MONDAY, AFTER_LA_RIOJA]),
            (2025, &[MAUNDY_THURSDAY, EASTER_MONDAY, LA_RIOJA]),
            (
                2026,
                &[MAUNDY_THURSDAY, EASTER_MONDAY, LA_RIOJA, AFTER_CONSTITUTION],
            ),
        ],
        Region::Valencia => &[
            (2024, &[SAINT_JOSEPH, EASTER_MONDAY, SAINT_JOHN, VALENCIA]),
            (2025, &[SAINT_JOSEPH, EASTER_MONDAY, SAINT_JOHN, VALENCIA]),
            (2026, &[SAINT_JOSEPH, EASTER_MONDAY, SAINT_JOHN, VALENCIA]),
            (2027, &[SAINT_JOSEPH, EASTER_MONDAY, VALENCIA]),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_that_is_put_right_stays_as_it_was_in_the_editions_before() {
        const ROWS: &[Later] = &[
            (Edition::E2026_1, Region::Madrid, (2030, &[MADRID]), "first"),
            (
                Edition::E2026_2,
                Region::Madrid,
                (2030, &[SAINT_JAMES]),
                "right",
            ),
        ];
        let told = |region, year, edition| {
            let found = later(ROWS, region, year, edition);
            found.map(|(feasts, law)| (feasts[0].name, law))
        };
        let first = told(Region::Madrid, 2030, Edition::E2026_1);
        assert_eq!(first, Some((MADRID.name, "first")));
        let right = told(Region::Madrid, 2030, Edition::E2026_2);
        assert_eq!(right, Some((SAINT_JAMES.name, "right")));
        assert_eq!(told(Region::Madrid, 2031, Edition::E2026_2), None);
        assert_eq!(told(Region::Murcia, 2030, Edition::E2026_2), None);
    }
}
