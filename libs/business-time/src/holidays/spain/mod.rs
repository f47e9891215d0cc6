//! Spain, national: Estatuto de los Trabajadores (Real Decreto Legislativo 2/2015), article 37.2, and Real Decreto 2001/1983, article 45; the
//! yearly resolution of the Dirección General de Trabajo in the BOE lists them.
//!
//! Of the fourteen days off a year two are of the town, and the region completes the rest: it may replace 6 January, keep Maundy Thursday,
//! 19 March or 25 July, and it decides whether a holiday that falls on a Sunday is kept on the Monday. So there is no rule for a region's year,
//! only its decision, published each autumn: [`Region`] has them for the years decided, and a projection for the others that says it is one.

mod decided;
mod feast;
mod region;
mod usual;

pub use region::Region;

use super::edition::{Edition, Editions};
use super::rule::{Day, Rule, Shift};

/// The first year checked against the yearly resolutions.
const SINCE: i32 = 2008;
/// The table of national days came with it.
const FIRST: Editions = Editions::since(Edition::E2026_1);
/// The regions came with it.
const REGIONS: Edition = Edition::E2026_2;
const ET: &str = "Estatuto de los Trabajadores, art. 37.2; Real Decreto 2001/1983, art. 45.1";
const RD: &str = "Real Decreto 2001/1983, art. 45.1";
const HOLY_SEE: &str =
    "Real Decreto 2001/1983, art. 45.1 (Acuerdo con la Santa Sede de 1979, art. III)";

const fn kept(name: &'static str, day: Day, law: &'static str) -> Rule {
    Rule {
        name,
        day,
        shift: Shift::NotOnSunday,
        since: SINCE,
        law,
        editions: FIRST,
    }
}

pub(super) const RULES: &[Rule] = &[
    kept("Año Nuevo", Day::Date(1, 1), ET),
    kept("Epifanía del Señor", Day::Date(1, 6), RD),
    kept("Viernes Santo", Day::Easter(-2), HOLY_SEE),
    kept("Fiesta del Trabajo", Day::Date(5, 1), ET),
    kept("Asunción de la Virgen", Day::Date(8, 15), HOLY_SEE),
    kept(
        "Fiesta Nacional de España",
        Day::Date(10, 12),
        "Ley 18/1987; Estatuto de los Trabajadores, art. 37.2",
    ),
    kept("Todos los Santos", Day::Date(11, 1), HOLY_SEE),
    kept("Día de la Constitución Española", Day::Date(12, 6), RD),
    kept("Inmaculada Concepción", Day::Date(12, 8), HOLY_SEE),
    kept("Natividad del Señor", Day::Date(12, 25), ET),
];
