//! What the regions keep in years not decided yet (or not known here): a projection from their habits.
//!
//! Estatuto de los Trabajadores, article 37.2: at most fourteen days a year, two of them of the town; the rest of a holiday on a Sunday passes
//! to the Monday, unless the region keeps a feast of its own instead. So: the national days, the region's own feasts, and Mondays in the order of
//! the year while there is room.

use chrono::{Datelike, NaiveDate, Weekday};

use super::Region;
use super::feast::{
    AFRICA, ANDALUCIA, ARAGON, ASTURIAS, BALEARES, BIEN_APARECIDA, CANARIAS, CANTABRIA,
    CASTILLA_LA_MANCHA, CASTILLA_Y_LEON, CATALUNA, CORPUS_CHRISTI, EASTER_MONDAY, EXTREMADURA,
    Feast, GALICIA, LA_RIOJA, LETRAS_GALLEGAS, MADRID, MAUNDY_THURSDAY, MELILLA, MURCIA, NAVARRA,
    SAINT_JAMES, SAINT_JOHN, SAINT_JOSEPH, SAINT_STEPHEN, SAN_ANTONIO, VALENCIA, VICTORIA,
};
use crate::holidays::{Country, Edition, Holiday};

const PROJECTED: &str = "Estatuto de los Trabajadores, art. 37.2, y Real Decreto 2001/1983, art. 45.3 (previsión: la lista del año no consta)";

/// What a region does with a feast.
#[derive(Clone, Copy)]
enum When {
    /// Kept; on a Sunday, on the Monday after it.
    MovedToMonday,
    /// Kept unless it falls on a Sunday.
    UnlessSunday,
    /// Kept only in years in which that other day (month, day) falls on a Sunday.
    InPlaceOf(u32, u32),
}
use When::{InPlaceOf, MovedToMonday, UnlessSunday};

/// The habits of a region: its feasts, the dearest first, and the number of days up to which it keeps them.
type Habit = (&'static [(Feast, When)], usize);

/// Habits that came, or were put right, behind the first edition of these lists, edition by edition: of a region's rows the last that an edition
/// has stands.
const LATER: &[(Edition, Region, Habit)] = &[];

/// Up to so many days in all the rest of a Sunday passes to the Monday.
const MOST: usize = 12;

/// Adds to the national days of a year what the region usually keeps, in an edition that knows the region.
pub(super) fn add(region: Region, year: i32, edition: Edition, holidays: &mut Vec<Holiday>) {
    let (own, most) = habit(region, edition);
    let own = own.iter().filter_map(|(feast, when)| {
        let date = kept(feast.date(year)?, *when)?;
        Some(Holiday {
            date,
            name: feast.name,
            law: PROJECTED,
        })
    });
    let room = most.saturating_sub(holidays.len());
    holidays.extend(own.take(room));
    let national = Country::Spain.rules().iter();
    for rule in national.filter(|rule| rule.editions.hold(edition)) {
        let Some(sunday) = rule.day.date(year).filter(|date| is_sunday(*date)) else {
            continue;
        };
        let monday = sunday.succ_opt().filter(|monday| {
            holidays.len() < most.min(MOST)
                && !holidays.iter().any(|holiday| holiday.date == *monday)
        });
        holidays.extend(monday.map(|date| Holiday {
            date,
            name: rule.name,
            law: PROJECTED,
        }));
    }
}

fn kept(date: NaiveDate, when: When) -> Option<NaiveDate> {
    match when {
        MovedToMonday if is_sunday(date) => date.succ_opt(),
        UnlessSunday if is_sunday(date) => None,
        InPlaceOf(month, day) => {
            let other = NaiveDate::from_ymd_opt(date.year(), month, day)?;
            is_sunday(other).then_some(date)
        }
        MovedToMonday | UnlessSunday => Some(date),
    }
}

fn is_sunday(date: NaiveDate) -> bool {
    date.weekday() == Weekday::Sun
}

fn habit(region: Region, edition: Edition) -> Habit {
    let later = LATER
        .iter()
        .rev()
        .find(|(since, of, _)| *of == region && *since <= edition);
    later.map_or_else(|| first(region), |(_, _, habit)| *habit)
}

/// Twelve days ([`MOST`]) are the region's and the nation's. Canarias leaves one to its islands; Cataluña and Navarra keep thirteen (one to be
/// worked in lieu, or instead of a town's day); Ceuta and Melilla have no towns, but two feasts by the moon, which cannot be told in advance.
fn first(region: Region) -> Habit {
    const MAUNDY: (Feast, When) = (MAUNDY_THURSDAY, UnlessSunday);
    const PASCUA: (Feast, When) = (EASTER_MONDAY, UnlessSunday);
    match region {
        Region::Andalucia => (&[(ANDALUCIA, MovedToMonday), MAUNDY], MOST),
        Region::Aragon => (&[MAUNDY, (ARAGON, MovedToMonday)], MOST),
        Region::Asturias => (&[MAUNDY, (ASTURIAS, MovedToMonday)], MOST),
        Region::Cantabria => (
            &[
                MAUNDY,
                (EASTER_MONDAY, InPlaceOf(7, 28)),
                (SAINT_JAMES, InPlaceOf(9, 15)),
                (CANTABRIA, UnlessSunday),
                (BIEN_APARECIDA, UnlessSunday),
            ],
            MOST,
        ),
        Region::Ceuta => (
            &[MAUNDY, (SAN_ANTONIO, MovedToMonday), (AFRICA, UnlessSunday)],
            MOST,
        ),
        Region::CastillaYLeon => (&[MAUNDY, (CASTILLA_Y_LEON, MovedToMonday)], MOST),
        Region::CastillaLaMancha => (
            &[
                MAUNDY,
                (EASTER_MONDAY, InPlaceOf(5, 31)),
                (CASTILLA_LA_MANCHA, UnlessSunday),
                (CORPUS_CHRISTI, UnlessSunday),
            ],
            MOST,
        ),
        Region::Canarias => (&[MAUNDY, (CANARIAS, MovedToMonday)], 11),
        Region::Cataluna => (
            &[
                (CATALUNA, UnlessSunday),
                PASCUA,
                (SAINT_STEPHEN, UnlessSunday),
                (SAINT_JOHN, UnlessSunday),
            ],
            13,
        ),
        Region::Extremadura => (&[MAUNDY, (EXTREMADURA, UnlessSunday)], MOST),
        Region::Galicia => (
            &[
                MAUNDY,
                (LETRAS_GALLEGAS, UnlessSunday),
                (GALICIA, UnlessSunday),
            ],
            MOST,
        ),
        Region::Baleares => (&[(BALEARES, MovedToMonday), MAUNDY, PASCUA], MOST),
        Region::Murcia => (
            &[
                (MURCIA, MovedToMonday),
                MAUNDY,
                (SAINT_JOSEPH, UnlessSunday),
            ],
            MOST,
        ),
        // In 2021, when the Assumption fell on a Sunday, Madrid kept Saint Joseph instead of the Monday.
        Region::Madrid => (
            &[
                (MADRID, MovedToMonday),
                MAUNDY,
                (SAINT_JOSEPH, InPlaceOf(8, 15)),
            ],
            MOST,
        ),
        Region::Melilla => (
            &[MAUNDY, (VICTORIA, UnlessSunday), (MELILLA, MovedToMonday)],
            MOST,
        ),
        Region::Navarra => (&[(NAVARRA, MovedToMonday), MAUNDY, PASCUA], 13),
        Region::PaisVasco => (
            &[
                MAUNDY,
                PASCUA,
                (SAINT_JAMES, UnlessSunday),
                (SAINT_JOSEPH, InPlaceOf(8, 15)),
            ],
            MOST,
        ),
        Region::LaRioja => (&[(LA_RIOJA, MovedToMonday), MAUNDY, PASCUA], MOST),
        Region::Valencia => (
            &[
                (VALENCIA, UnlessSunday),
                (SAINT_JOSEPH, UnlessSunday),
                PASCUA,
            ],
            MOST,
        ),
    }
}
