//! What a user can act on.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike as _, Utc};

use super::fault::TermsFault;

/// A reason why something was not done that the user can put right. The message is for people, in Spanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The input field it is about, as the API spells it.
    pub field: Option<String>,
    /// Stable code, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Problem {
    /// About one input field.
    pub fn at(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            code,
            message: message.into(),
        }
    }

    /// About the whole.
    pub fn of(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: None,
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// What is wrong with an instant from which on something is to be valid: calendars know no other years.
pub fn undatable(valid_from: Option<DateTime<Utc>>) -> Option<Problem> {
    let known = |at: &DateTime<Utc>| (1970..2100).contains(&at.year());
    let wrong = valid_from.filter(|at| !known(at));
    wrong.map(|_| {
        Problem::at(
            "validFrom",
            "BAD_VALID_FROM",
            "Indique un instante entre 1970 y 2099.",
        )
    })
}

/// Places in the attach order.
const PLACES: RangeInclusive<i32> = -1_000_000..=1_000_000;

/// What is wrong with a place in the attach order.
pub fn unplaced(position: Option<i32>) -> Option<Problem> {
    let wrong = position.filter(|p| !PLACES.contains(p));
    wrong.map(|_| {
        Problem::at(
            "position",
            "BAD_POSITION",
            "Indique un lugar entre -1000000 y 1000000.",
        )
    })
}

/// What came of an action: the thing, or what stands in its way.
pub type Outcome<T> = Result<T, Vec<Problem>>;

impl From<TermsFault> for Problem {
    fn from(fault: TermsFault) -> Self {
        let of_rule = |i: usize, part: &str, code, message| {
            let dot = if part.is_empty() { "" } else { "." };
            Self::at(format!("targets.{i}{dot}{part}"), code, message)
        };
        match fault {
            TermsFault::NoRules => Self::at(
                "targets",
                "NO_TARGETS",
                "Indique al menos un objetivo: sin ellos no aplicaría a nada.",
            ),
            TermsFault::Seconds(i) => of_rule(
                i,
                "seconds",
                "BAD_SECONDS",
                "El plazo debe ser de al menos un segundo y de diez años como máximo.",
            ),
            TermsFault::OneAllowance(i) => of_rule(
                i,
                "",
                "ONE_ALLOWANCE",
                "Indique el plazo de una sola forma: seconds, businessDays, calendarDays o months.",
            ),
            TermsFault::Allowed(i, allowed) => of_rule(
                i,
                allowed.field(),
                "BAD_ALLOWANCE",
                "El plazo debe ser de al menos un día o un mes, y de diez años como máximo.",
            ),
            TermsFault::Code(i) => of_rule(
                i,
                "code",
                "BAD_TARGET_CODE",
                "Un objetivo propio, entre grupos o con un proveedor lleva código (letras, cifras y guiones bajos, 40 como máximo) y nombre; los demás, ninguno.",
            ),
            TermsFault::NeedsCode(i) => of_rule(
                i,
                "code",
                "NEEDS_CODE",
                "Un objetivo entre grupos o con un proveedor lleva código y nombre, mida lo que mida.",
            ),
            TermsFault::OnReopen(i) => of_rule(
                i,
                "onReopening",
                "REOPENING_OF_NOTHING",
                "Entre grupos o con un proveedor el reloj empieza de nuevo cada vez: no diga qué hace una reapertura.",
            ),
            TermsFault::NeedsHolder(i) => of_rule(
                i,
                "start",
                "NEEDS_HOLDER",
                "Un acuerdo entre grupos dice en «start» de qué grupo o línea es: corre mientras ese tiene el caso.",
            ),
            TermsFault::VendorBelongsToStart(i) => of_rule(
                i,
                "when",
                "VENDOR_BELONGS_TO_START",
                "De qué proveedor es el objetivo se dice en «start»: corre mientras se espera por él.",
            ),
            TermsFault::NeverAttaches(i) => of_rule(
                i,
                "",
                "NEVER_ATTACHES",
                "Ningún caso puede cumplir a la vez todo lo que se pide: el objetivo no se aplicaría nunca.",
            ),
            TermsFault::Unreachable(i) => of_rule(
                i,
                "",
                "UNREACHABLE_TARGET",
                "Los objetivos anteriores ya toman todos los casos: este no se aplicaría nunca.",
            ),
            TermsFault::NeverStarts(i) => of_rule(
                i,
                "start",
                "NEVER_STARTS",
                "Ningún caso de este objetivo puede cumplir la condición de inicio: el reloj no empezaría nunca.",
            ),
            TermsFault::StopsAtOnce(i) => of_rule(
                i,
                "stop",
                "STOPS_AT_ONCE",
                "Lo que inicia el reloj lo detiene: no mediría nada.",
            ),
            TermsFault::NeverStops(i) => of_rule(
                i,
                "stop",
                "NEVER_STOPS",
                "Ningún caso de este objetivo puede cumplir la condición de fin: el reloj no se detendría nunca.",
            ),
            TermsFault::AlwaysCancelled(i) => of_rule(
                i,
                "cancel",
                "ALWAYS_CANCELLED",
                "Todo caso de este objetivo cumple la condición de anulación: el reloj no valdría nunca.",
            ),
            TermsFault::NeverCancels(i) => of_rule(
                i,
                "cancel",
                "NEVER_CANCELS",
                "Ningún caso de este objetivo puede cumplir la condición de anulación.",
            ),
            TermsFault::NeverPauses(i) => of_rule(
                i,
                "pause",
                "NEVER_PAUSES",
                "Ningún caso puede cumplir la condición de pausa mientras el reloj corre: no pausaría nunca.",
            ),
            TermsFault::NeverResumes(i) => of_rule(
                i,
                "resume",
                "NEVER_RESUMES",
                "Ningún caso puede cumplir la condición de reanudación mientras el reloj corre: una vez en pausa no seguiría nunca.",
            ),
            TermsFault::NeverResets(i) => of_rule(
                i,
                "reset",
                "NEVER_RESETS",
                "Ningún caso puede cumplir la condición de reinicio mientras el reloj corre.",
            ),
            TermsFault::RuleNeverRuns(i) => of_rule(
                i,
                "pause",
                "NEVER_RUNS",
                "La pausa vale para todo caso que no ha terminado: el reloj no correría nunca.",
            ),
            TermsFault::TooComplex(i) => of_rule(
                i,
                "",
                "TOO_COMPLEX",
                "Las condiciones son demasiadas o demasiado profundas para comprobarlas: divídalas en varios objetivos.",
            ),
            TermsFault::Warning(i) => of_rule(
                i,
                "warnings",
                "BAD_WARNING",
                "Cada aviso, una sola vez y antes del plazo: de 1 a 99 por ciento, o con más de cero segundos por delante.",
            ),
            TermsFault::Hours(i) => of_rule(
                i,
                "hours",
                "BAD_HOURS",
                "Un horario compuesto lleva al menos uno, cuatro niveles como máximo y 32 horarios como máximo; lo que acota a DUTY no lo lleva dentro.",
            ),
            TermsFault::PausesWhenDone => Self::at(
                "pauseOn",
                "PAUSES_WHEN_DONE",
                "Un estado en que el reloj se detiene no puede pausarlo.",
            ),
            TermsFault::NeverPausesOn(place) => Self::at(
                format!("pauseOn.{place}"),
                "NEVER_PAUSES",
                "Ningún caso con un reloj que dependa de esto puede estar en ese estado: no lo detendría nunca.",
            ),
            TermsFault::NeverRuns => Self::at(
                "pauseOn",
                "NEVER_RUNS",
                "Pausado en todo estado activo, el reloj no correría nunca.",
            ),
            TermsFault::WarnPercent(percent) => Self::at(
                "warnPercents",
                "BAD_WARN_PERCENT",
                format!("«{percent}» no sirve: entre 1 y 99, y cada uno una sola vez."),
            ),
        }
    }
}
