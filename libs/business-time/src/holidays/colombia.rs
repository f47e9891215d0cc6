//! Colombia: Ley 51 de 1983, article 1 (Código Sustantivo del Trabajo, article 177). Its second paragraph moves the religious days, 12 October
//! and 11 November to the Monday that follows ("Ley Emiliani"), in force from 1984.

use super::edition::{Edition, Editions};
use super::rule::{Day, Rule, Shift};

/// This table came with it.
const FIRST: Editions = Editions::since(Edition::E2026_1);

const LEY_51: &str = "Ley 51 de 1983, art. 1";
const LEY_51_MOVED: &str = "Ley 51 de 1983, art. 1, num. 2 (trasladado al lunes)";

const fn kept(name: &'static str, day: Day) -> Rule {
    Rule {
        name,
        day,
        shift: Shift::Stays,
        since: 1984,
        law: LEY_51,
        editions: FIRST,
    }
}

const fn moved(name: &'static str, day: Day) -> Rule {
    Rule {
        name,
        day,
        shift: Shift::ToMonday,
        since: 1984,
        law: LEY_51_MOVED,
        editions: FIRST,
    }
}

pub(super) const RULES: &[Rule] = &[
    kept("Año Nuevo", Day::Date(1, 1)),
    moved("Día de los Reyes Magos", Day::Date(1, 6)),
    moved("Día de San José", Day::Date(3, 19)),
    kept("Jueves Santo", Day::Easter(-3)),
    kept("Viernes Santo", Day::Easter(-2)),
    kept("Día del Trabajo", Day::Date(5, 1)),
    moved("Ascensión del Señor", Day::Easter(39)),
    moved("Corpus Christi", Day::Easter(60)),
    moved("Sagrado Corazón de Jesús", Day::Easter(68)),
    moved("San Pedro y San Pablo", Day::Date(6, 29)),
    Rule {
        name: "Nuestra Señora del Rosario de Chiquinquirá",
        day: Day::Date(7, 9),
        shift: Shift::ToMonday,
        since: 2026,
        law: "Ley 2578 de 2026, art. 6 (junio de 2026)",
        editions: FIRST,
    },
    kept("Día de la Independencia", Day::Date(7, 20)),
    kept("Batalla de Boyacá", Day::Date(8, 7)),
    moved("Asunción de la Virgen", Day::Date(8, 15)),
    moved("Día de la Raza", Day::Date(10, 12)),
    moved("Todos los Santos", Day::Date(11, 1)),
    moved("Independencia de Cartagena", Day::Date(11, 11)),
    kept("Inmaculada Concepción", Day::Date(12, 8)),
    kept("Navidad", Day::Date(12, 25)),
];
