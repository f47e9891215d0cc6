//! When people may be told that a threshold of a clock was reached, and whether they still need to hear of it. The threshold
//! itself is at its second whatever the hour.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::sla_clock::ClockState;
use ids::CalendarId;

use super::clock::Threshold;
use super::condition::{Condition, Field, MOST_DEPTH, MOST_VALUES};
use super::dated::{self, Dated};
use super::happened::Happened;
use super::kept::Kept;
use super::problem::Problem;
use super::satisfiable::{Budget, satisfiable};

/// The hours in which a tenant's people are told; by default any.
#[derive(Debug, Clone, Default)]
pub struct NotificationHours {
    /// By which calendar; at any hour without one.
    pub calendar: Option<CalendarId>,
    /// Of such tickets people are told whatever the hour.
    pub urgent: Option<Condition>,
    /// The calendar's versions, in the order in which they became valid.
    pub hours: Arc<[Dated]>,
}

impl NotificationHours {
    /// The first instant from then on at which people may be told: that one itself within the hours. Hours that never come
    /// again hold nothing back.
    pub fn opening(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.next_open(at).map_or(at, |open| open.max(at))
    }

    fn next_open(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut at = at;
        loop {
            let counting = dated::at(&self.hours, at)?;
            let open = counting.calendar.next_open(at).ok();
            match dated::turn(&self.hours, at) {
                // By then other hours count.
                Some(turn) if open.is_none_or(|open| open >= turn) => at = turn,
                _ => return open,
            }
        }
    }

    /// Whether people are told of a ticket whatever the hour.
    pub fn is_urgent(&self, ticket: &Happened) -> bool {
        self.urgent.as_ref().is_some_and(|c| c.holds(ticket))
    }

    /// What is wrong with them, were they set now.
    pub fn problems(&self, now: DateTime<Utc>) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.calendar.is_some() && self.next_open(now).is_none() {
            problems.push(Problem::at(
                "calendar",
                "NEVER_OPENS",
                "Al calendario no le quedan horas: no se avisaría nunca.",
            ));
        }
        let Some(urgent) = &self.urgent else {
            return problems;
        };
        if self.calendar.is_none() {
            problems.push(Problem::at(
                "urgent",
                "URGENT_WITHOUT_HOURS",
                "Sin calendario se avisa a cualquier hora: no hace falta decir qué es urgente.",
            ));
        }
        // Who holds a ticket and who asks is not known where notices are looked at; and for whom it waits hurries nobody.
        let unknown = [
            Field::Line,
            Field::Group,
            Field::Vip,
            Field::Vendor,
            Field::Restored,
        ];
        if unknown.into_iter().any(|field| urgent.looks_at(field)) {
            problems.push(Problem::at(
                "urgent",
                "BAD_URGENT_FIELD",
                "Qué es urgente depende de tipo, estado, prioridad, categoría, aplicación o incidente mayor; no de quién \
                 tiene el caso ni de quién lo pide.",
            ));
        }
        let (depth, values) = urgent.size();
        let small = depth <= MOST_DEPTH && values <= MOST_VALUES;
        let possible = if small {
            satisfiable(&[urgent], &mut Budget::default()).ok()
        } else {
            None
        };
        problems.extend(match possible {
            Some(true) => None,
            Some(false) => Some(Problem::at(
                "urgent",
                "NEVER_URGENT",
                "Ningún caso puede cumplir esa condición.",
            )),
            None => Some(Problem::at(
                "urgent",
                "TOO_COMPLEX",
                "La condición es demasiado compleja; escríbala más corta.",
            )),
        });
        problems
    }
}

/// So much above its own row a threshold stands in [`Kept::fired`] once more while nobody was told of it: it was put off before
/// anybody could be. Where it is reached again, people are told then.
pub const UNTOLD: i32 = 1_000_000_000;

/// Whether it has fired, and nobody was told.
pub fn untold(clock: &Kept, threshold: Threshold) -> bool {
    clock.fired.contains(&(threshold.row() + UNTOLD))
}

/// Whether people who could not be told before still need to hear of it. A warning is worth nothing once the clock stands
/// still or its deadline has passed; a breach did happen, whatever came after it, unless it was put off.
pub fn stands(clock: &Kept, threshold: Threshold, now: DateTime<Utc>) -> bool {
    if threshold == Threshold::BREACH {
        return clock.breached_at.is_some();
    }
    let open = clock.stopped_at.is_none() && clock.state != ClockState::Cancelled;
    open && clock.breached_at.is_none() && clock.due_at.is_none_or(|due| due > now)
}

/// Nobody is told of it now. A warning that is worth nothing any more is forgotten.
pub fn forgo(clock: &mut Kept, threshold: Threshold) {
    let fired = clock.fired.contains(&threshold.row());
    if threshold == Threshold::BREACH && fired && !untold(clock, threshold) {
        clock.fired.push(threshold.row() + UNTOLD);
    }
}

/// Whether people are owed the news of a threshold that fires: the first time, or if nobody was told the time before. It is
/// called once, as it fires.
pub fn owes(clock: &mut Kept, threshold: Threshold) -> bool {
    let owed = untold(clock, threshold) || !clock.fired.contains(&threshold.row());
    clock.fired.retain(|row| *row != threshold.row() + UNTOLD);
    owed
}
