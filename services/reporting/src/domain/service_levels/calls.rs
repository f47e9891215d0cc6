//! The calls that a formula counts, as they are frozen with a month: what the telephone told of them.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{ContactId, TicketId};
use serde::{Deserialize, Serialize};

use super::cases::Counts;
use super::formula::Formula;
use super::level::Level;

/// A caller who waited longer than this has not given up at once, seconds.
const LONGEST_SHORT_ABANDON: i32 = 300;
/// The longest time within which a call may have to be answered, seconds.
const LONGEST_ANSWER: i32 = 3_600;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Somebody spoke with the caller.
    Answered,
    /// The caller gave up before anybody answered.
    Abandoned,
    /// Neither: a message was left.
    Unanswered,
}

impl Ending {
    /// By the outcome that intake tells of a contact. A word that is not known yet is no answer.
    pub fn of(outcome: &str) -> Self {
        match outcome {
            "answered" | "resolved" | "informed" => Self::Answered,
            "abandoned" => Self::Abandoned,
            _ => Self::Unanswered,
        }
    }
}

/// An inbound call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The contact that intake recorded.
    pub contact: ContactId,
    /// When it was offered: the instant by which it belongs to the month.
    pub at: DateTime<Utc>,
    /// When it was answered, if that was told.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended, if that was told.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub ending: Ending,
    /// The ticket that it is about, if any.
    pub ticket: Option<TicketId>,
}

impl Call {
    /// How it counts, by the version of the formula that the level names. Whoever gave up at once was not offered: such a
    /// call counts nowhere, neither above nor below.
    pub fn counts(&self, level: &Level) -> Counts {
        if self.is_short(level) {
            return Counts::Not;
        }
        let good = match (level.formula, level.formula_version) {
            (Formula::CallsAnswered, 1) => {
                self.ending == Ending::Answered
                    && self.is_in_time(level.scope.answered_within_seconds)
            }
            (Formula::CallsAbandoned, 1) => self.ending != Ending::Abandoned,
            _ => return Counts::Not,
        };
        if good { Counts::For } else { Counts::Against }
    }

    /// Whether the caller gave up before the level's seconds had passed. Of an end that nobody told it is not known to be one.
    fn is_short(&self, level: &Level) -> bool {
        let short = seconds(level.scope.short_abandon_seconds);
        self.ending == Ending::Abandoned
            && self.ended_at.is_some_and(|ended| ended - self.at < short)
    }

    /// Whether it was answered within so many seconds, the last one included. Of an answer whose instant nobody told it is
    /// not known.
    fn is_in_time(&self, within: Option<i32>) -> bool {
        within.is_none_or(|within| {
            let waited = self.answered_at.map(|answered| answered - self.at);
            waited.is_some_and(|waited| waited <= seconds(within))
        })
    }
}

/// What is wrong with what a level says of calls: field, code and message of each.
pub fn faults(level: &Level) -> Vec<(&'static str, &'static str, String)> {
    let mut all = Vec::new();
    let (short, within) = (
        level.scope.short_abandon_seconds,
        level.scope.answered_within_seconds,
    );
    if short != 0 && !level.counts_calls() {
        all.push((
            "shortAbandonSeconds",
            "NOT_FOR_FORMULA",
            "Solo se descuentan abandonos donde las llamadas se cuentan de los hechos (FACTS)."
                .to_owned(),
        ));
    } else if !(0..=LONGEST_SHORT_ABANDON).contains(&short) {
        all.push((
            "shortAbandonSeconds",
            "BAD_SHORT_ABANDON",
            format!("Un abandono corto dura de 0 a {LONGEST_SHORT_ABANDON} segundos."),
        ));
    }
    let waits = level.counts_calls() && level.formula == Formula::CallsAnswered;
    if within.is_some() && !waits {
        all.push((
            "answeredWithinSeconds",
            "NOT_FOR_FORMULA",
            "Solo de las llamadas atendidas que se cuentan de los hechos (FACTS) se mide la espera."
                .to_owned(),
        ));
    } else if within.is_some_and(|w| !(1..=LONGEST_ANSWER).contains(&w)) {
        all.push((
            "answeredWithinSeconds",
            "BAD_ANSWERED_WITHIN",
            format!("El plazo para atender va de 1 a {LONGEST_ANSWER} segundos."),
        ));
    }
    all
}

fn seconds(n: i32) -> TimeDelta {
    TimeDelta::seconds(n.into())
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::tests::{call, calls};
    use super::*;

    fn counts(change: impl FnOnce(&mut Level), ending: Ending, waited_ms: Option<i64>) -> Counts {
        let mut level = calls("CALLS", 100);
        change(&mut level);
        call(1, ending, waited_ms).counts(&level)
    }

    fn abandoned(level: &mut Level) {
        level.formula = Formula::CallsAbandoned;
    }

    #[test]
    fn what_is_answered_and_what_is_not() {
        let plain = |_: &mut Level| {};
        assert_eq!(counts(plain, Ending::Answered, None), Counts::For);
        assert_eq!(counts(plain, Ending::Abandoned, Some(0)), Counts::Against);
        assert_eq!(counts(plain, Ending::Unanswered, None), Counts::Against);
        assert_eq!(counts(abandoned, Ending::Answered, None), Counts::For);
        assert_eq!(counts(abandoned, Ending::Unanswered, None), Counts::For);
        assert_eq!(
            counts(abandoned, Ending::Abandoned, Some(0)),
            Counts::Against
        );
        // A version that nobody wrote counts nothing.
        let later = |l: &mut Level| l.formula_version = 99;
        assert_eq!(counts(later, Ending::Answered, None), Counts::Not);
        for (word, ending) in [
            ("answered", Ending::Answered),
            ("resolved", Ending::Answered),
            ("informed", Ending::Answered),
            ("abandoned", Ending::Abandoned),
            ("message_left", Ending::Unanswered),
            ("transferred", Ending::Unanswered),
        ] {
            assert_eq!(Ending::of(word), ending, "{word}");
        }
    }

    #[test]
    fn whoever_gives_up_at_once_was_not_offered() {
        for of in [|_: &mut Level| {}, abandoned] {
            let short = |waited_ms| {
                let level = |l: &mut Level| {
                    of(l);
                    l.scope.short_abandon_seconds = 10;
                };
                counts(level, Ending::Abandoned, waited_ms)
            };
            assert_eq!(short(Some(9_999)), Counts::Not);
            assert_eq!(short(Some(10_000)), Counts::Against);
            assert_eq!(
                short(None),
                Counts::Against,
                "nobody told that it was short"
            );
        }
        let level = |l: &mut Level| l.scope.short_abandon_seconds = 10;
        assert_eq!(counts(level, Ending::Answered, Some(1_000)), Counts::For);
    }

    #[test]
    fn an_answer_may_have_to_come_in_time() {
        let within = |waited_ms| {
            let level = |l: &mut Level| l.scope.answered_within_seconds = Some(20);
            counts(level, Ending::Answered, waited_ms)
        };
        assert_eq!(within(Some(20_000)), Counts::For);
        assert_eq!(within(Some(20_001)), Counts::Against);
        assert_eq!(
            within(None),
            Counts::Against,
            "nobody told that it was in time"
        );
    }
}
