//! Peru: Decreto Legislativo 713 (in force since November 1991), article 6, with the days that later laws added to it. Holidays are kept on
//! their date (article 7), Sunday or not. Days off that the government decrees for the public sector each year are no holidays.

use super::edition::{Edition, Editions};
use super::rule::{Day, Rule, Shift};

/// This table came with it.
const FIRST: Editions = Editions::since(Edition::E2026_1);

const DL_713: &str = "Decreto Legislativo 713 (1991), art. 6";

const fn kept(name: &'static str, day: Day, since: i32, law: &'static str) -> Rule {
    Rule {
        name,
        day,
        shift: Shift::Stays,
        since,
        law,
        editions: FIRST,
    }
}

pub(super) const RULES: &[Rule] = &[
    kept("Año Nuevo", Day::Date(1, 1), 1992, DL_713),
    kept("Jueves Santo", Day::Easter(-3), 1992, DL_713),
    kept("Viernes Santo", Day::Easter(-2), 1992, DL_713),
    // No law names it; lists of public holidays do. It matters only to a desk that opens on Sundays.
    kept(
        "Domingo de Resurrección",
        Day::Easter(0),
        1992,
        "por costumbre (domingo; no figura en el Decreto Legislativo 713)",
    ),
    kept("Día del Trabajo", Day::Date(5, 1), 1992, DL_713),
    // The law came eight days after the day of its year: first kept in 2024.
    kept(
        "Batalla de Arica y Día de la Bandera",
        Day::Date(6, 7),
        2024,
        "Ley 31788 (publicada el 15 de junio de 2023)",
    ),
    kept("San Pedro y San Pablo", Day::Date(6, 29), 1992, DL_713),
    kept(
        "Día de la Fuerza Aérea del Perú",
        Day::Date(7, 23),
        2023,
        "Ley 31822 (publicada en julio de 2023)",
    ),
    kept("Fiestas Patrias", Day::Date(7, 28), 1992, DL_713),
    kept("Fiestas Patrias", Day::Date(7, 29), 1992, DL_713),
    kept(
        "Batalla de Junín",
        Day::Date(8, 6),
        2022,
        "Ley 31530 (publicada en julio de 2022)",
    ),
    kept("Santa Rosa de Lima", Day::Date(8, 30), 1992, DL_713),
    kept("Combate de Angamos", Day::Date(10, 8), 1992, DL_713),
    kept("Todos los Santos", Day::Date(11, 1), 1992, DL_713),
    kept("Inmaculada Concepción", Day::Date(12, 8), 1992, DL_713),
    kept(
        "Batalla de Ayacucho",
        Day::Date(12, 9),
        2022,
        "Ley 31381 (publicada en diciembre de 2021)",
    ),
    kept("Navidad del Señor", Day::Date(12, 25), 1992, DL_713),
];
