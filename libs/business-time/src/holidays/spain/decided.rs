//! What the regions decided, year by year, beside the national days: from the yearly resolution of the Dirección General de Trabajo, in the BOE
//! each October.
//!
//! # How to add a year
//! A row per region from the table of the resolution: what it marks as the region's, and the Mondays after national days on a Sunday. Add the
//! resolution to [`law`], raise [`crate::holidays::DATA_VERSION`].

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

/// A year, and the feasts of the region in it.
pub(super) type Year = (i32, &'static [Feast]);

/// The law that fixed the list of a year.
pub(super) fn law(region: Region, year: i32) -> &'static str {
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

/// The years decided, in order.
pub(super) fn years(region: Region) -> &'static [Year] {
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
