//! The feasts of the regions: those that several keep, and each one's own.

use chrono::NaiveDate;

use crate::holidays::Holiday;
use crate::holidays::rule::Day;

/// A feast of a region, before anybody decides about a Sunday.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feast {
    pub name: &'static str,
    day: Day,
}

impl Feast {
    pub fn date(&self, year: i32) -> Option<NaiveDate> {
        self.day.date(year)
    }

    pub fn in_year(&self, year: i32, law: &'static str) -> Option<Holiday> {
        Some(Holiday {
            date: self.date(year)?,
            name: self.name,
            law,
        })
    }
}

const fn feast(month: u32, day: u32, name: &'static str) -> Feast {
    Feast {
        name,
        day: Day::Date(month, day),
    }
}

const fn easter_feast(days: i64, name: &'static str) -> Feast {
    Feast {
        name,
        day: Day::Easter(days),
    }
}

/// End of Ramadan: its date is decided by the moon, year by year.
const fn eid_al_fitr(month: u32, day: u32) -> Feast {
    feast(month, day, "Fin del Ramadán (Eid al-Fitr)")
}

/// Feast of the Sacrifice, likewise.
const fn eid_al_adha(month: u32, day: u32) -> Feast {
    feast(month, day, "Fiesta del Sacrificio (Eid al-Adha)")
}

pub(super) const CARNIVAL_TUESDAY: Feast = easter_feast(-47, "Martes de Carnaval");
pub(super) const SAINT_JOSEPH: Feast = feast(3, 19, "San José");
pub(super) const MAUNDY_THURSDAY: Feast = easter_feast(-3, "Jueves Santo");
pub(super) const EASTER_MONDAY: Feast = easter_feast(1, "Lunes de Pascua");
pub(super) const CORPUS_CHRISTI: Feast = easter_feast(60, "Corpus Christi");
pub(super) const SAINT_JOHN: Feast = feast(6, 24, "San Juan");
pub(super) const SAINT_JAMES: Feast = feast(7, 25, "Santiago Apóstol");
pub(super) const SAINT_STEPHEN: Feast = feast(12, 26, "San Esteban");

pub(super) const ANDALUCIA: Feast = feast(2, 28, "Día de Andalucía");
pub(super) const ARAGON: Feast = feast(4, 23, "Día de San Jorge");
pub(super) const ASTURIAS: Feast = feast(9, 8, "Día de Asturias");
pub(super) const CANTABRIA: Feast = feast(7, 28, "Día de las Instituciones de Cantabria");
pub(super) const BIEN_APARECIDA: Feast = feast(9, 15, "La Bien Aparecida");
pub(super) const SAN_ANTONIO: Feast = feast(6, 13, "San Antonio");
pub(super) const AFRICA: Feast = feast(8, 5, "Nuestra Señora de África");
pub(super) const CEUTA: Feast = feast(9, 2, "Día de Ceuta");
pub(super) const CASTILLA_Y_LEON: Feast = feast(4, 23, "Fiesta de Castilla y León");
pub(super) const CASTILLA_LA_MANCHA: Feast = feast(5, 31, "Día de Castilla-La Mancha");
pub(super) const CANARIAS: Feast = feast(5, 30, "Día de Canarias");
pub(super) const CATALUNA: Feast = feast(9, 11, "Fiesta Nacional de Cataluña");
pub(super) const EXTREMADURA: Feast = feast(9, 8, "Día de Extremadura");
pub(super) const LETRAS_GALLEGAS: Feast = feast(5, 17, "Día de las Letras Gallegas");
pub(super) const GALICIA: Feast = feast(7, 25, "Día Nacional de Galicia");
pub(super) const BALEARES: Feast = feast(3, 1, "Día de las Islas Baleares");
pub(super) const MURCIA: Feast = feast(6, 9, "Día de la Región de Murcia");
pub(super) const MADRID: Feast = feast(5, 2, "Fiesta de la Comunidad de Madrid");
pub(super) const MELILLA: Feast = feast(9, 17, "Día de Melilla");
pub(super) const VICTORIA: Feast = feast(9, 8, "Día de Nuestra Señora la Virgen de la Victoria");
pub(super) const NAVARRA: Feast = feast(12, 3, "San Francisco Javier");
pub(super) const LA_RIOJA: Feast = feast(6, 9, "Día de La Rioja");
pub(super) const VALENCIA: Feast = feast(10, 9, "Día de la Comunidad Valenciana");

pub(super) const AFTER_NATIONAL_DAY: Feast =
    feast(10, 13, "Fiesta Nacional de España (lunes siguiente)");
pub(super) const AFTER_ALL_SAINTS: Feast = feast(11, 2, "Todos los Santos (lunes siguiente)");
pub(super) const AFTER_CONSTITUTION: Feast =
    feast(12, 7, "Día de la Constitución Española (lunes siguiente)");
pub(super) const AFTER_IMMACULATE: Feast = feast(12, 9, "Inmaculada Concepción (lunes siguiente)");
pub(super) const AFTER_BALEARES: Feast = feast(3, 2, "Día de las Islas Baleares (lunes siguiente)");
pub(super) const AFTER_LA_RIOJA: Feast = feast(6, 10, "Día de La Rioja (lunes siguiente)");
pub(super) const AFTER_ASTURIAS: Feast = feast(9, 9, "Día de Asturias (lunes siguiente)");

// Decided by the moon, year by year.
pub(super) const EID_AL_FITR_2024: Feast = eid_al_fitr(4, 10);
pub(super) const EID_AL_FITR_2025: Feast = eid_al_fitr(3, 31);
pub(super) const EID_AL_FITR_2026: Feast = eid_al_fitr(3, 20);
pub(super) const EID_AL_ADHA_2024: Feast = eid_al_adha(6, 17);
pub(super) const EID_AL_ADHA_2025: Feast = eid_al_adha(6, 6);
pub(super) const EID_AL_ADHA_2026: Feast = eid_al_adha(5, 27);
