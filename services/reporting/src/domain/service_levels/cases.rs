//! The facts of tickets that a formula counts, as they are frozen with a month.

use chrono::{DateTime, Utc};
use ids::TicketId;
use serde::{Deserialize, Serialize};

use super::formula::Formula;
use super::level::Level;
use crate::domain::clock::{Known, Verdict, judge};

/// A ticket that a level looks at, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub ticket: TicketId,
    /// The instant by which it belongs to the month: of attainment the one at which its (worst, then first) result was
    /// reached, else its first event.
    pub at: DateTime<Utc>,
    /// What is known.
    pub facts: Facts,
    /// Seconds that it waited for the client, if that was looked up: no formula needs it. Months that were frozen before do not
    /// tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_for_client_s: Option<i64>,
}

/// What is known of a ticket, as far as a formula cares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// Its clocks of the target whose result fell into the month.
    Clocks(Vec<Known>),
    /// How it was resolved.
    Resolution {
        /// Resolved on N1 without having left it.
        first_level: bool,
        /// Changes of group.
        handovers: i32,
        /// Inbound contacts besides the one that opened it.
        later_contacts: i32,
        /// Working days between its resolution and the first work behind it, if there was any.
        reopened_after_days: Option<i32>,
    },
    /// Whether work went on after a resolution or closing.
    Reopening {
        /// It did.
        reopened: bool,
    },
}

/// How a ticket counts for a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// For the provider: target met, resolved at first contact, not reopened.
    For,
    /// Against the provider.
    Against,
    /// Not at all: there is no result yet, or the formula is not about it.
    Not,
}

impl Case {
    /// The instants at which it counts against the provider, or would: its own, and of attainment those of every clock that is not
    /// met, as one alone would count.
    pub fn instants(&self, as_of: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let mut all = vec![self.at];
        if let Facts::Clocks(clocks) = &self.facts {
            let counting = clocks.iter().filter(|clock| {
                matches!(judge(clock, as_of), Verdict::Breached | Verdict::Running)
            });
            all.extend(counting.filter_map(|clock| clock.breached_at.or(clock.due_at)));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// How it counts, by the version of the formula that the level names. Clocks are judged at `as_of`.
    pub fn counts(&self, level: &Level, as_of: DateTime<Utc>) -> Counts {
        let good = match (level.formula, level.formula_version, &self.facts) {
            (Formula::Attainment, 1, Facts::Clocks(clocks)) => match worst(clocks, as_of) {
                Some(met) => met,
                None => return Counts::Not,
            },
            (
                Formula::FirstContact,
                1,
                Facts::Resolution {
                    first_level,
                    handovers,
                    later_contacts,
                    reopened_after_days,
                },
            ) => {
                let reopened = reopened_after_days.is_some_and(|d| d <= level.scope.reopen_days);
                *first_level && *handovers == 0 && *later_contacts == 0 && !reopened
            }
            (Formula::FirstLevel, 1, Facts::Resolution { first_level, .. }) => *first_level,
            (Formula::Reopened, 1, Facts::Reopening { reopened }) => !reopened,
            _ => return Counts::Not,
        };
        if good { Counts::For } else { Counts::Against }
    }
}

/// A ticket counts once, by the worst of its clocks: whether it met the target. None: no clock has a result.
fn worst(clocks: &[Known], as_of: DateTime<Utc>) -> Option<bool> {
    let verdicts = clocks.iter().map(|c| judge(c, as_of));
    verdicts
        .filter_map(|v| match v {
            Verdict::Met => Some(true),
            Verdict::Breached => Some(false),
            Verdict::Running | Verdict::Void => None,
        })
        .reduce(|a, b| a && b)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::evaluation::tests::percent;
    use super::*;

    fn case(facts: Facts) -> Case {
        Case {
            ticket: TicketId::from_uuid(uuid::Uuid::from_u128(1)),
            at: start(),
            facts,
            waited_for_client_s: None,
        }
    }

    fn start() -> DateTime<Utc> {
        "2026-11-02T09:00:00Z".parse().unwrap()
    }

    fn clock(stopped_after_h: Option<i64>) -> Known {
        let due = start() + TimeDelta::hours(8);
        let stopped_at = stopped_after_h.map(|h| start() + TimeDelta::hours(h));
        Known {
            cancelled: false,
            started_at: start(),
            due_at: Some(due),
            stopped_at,
            breached_at: stopped_at.is_some_and(|s| s > due).then_some(due),
        }
    }

    #[test]
    fn a_ticket_counts_once_by_its_worst_clock() {
        let level = percent("A", 100);
        let end = start() + TimeDelta::days(20);
        let counts = |clocks: &[Known]| case(Facts::Clocks(clocks.to_vec())).counts(&level, end);
        assert_eq!(counts(&[clock(Some(2))]), Counts::For);
        assert_eq!(counts(&[clock(Some(2)), clock(Some(9))]), Counts::Against);
        assert_eq!(
            counts(&[clock(None)]),
            Counts::Against,
            "open, and its deadline has passed"
        );
        let cancelled = Known {
            cancelled: true,
            ..clock(Some(9))
        };
        assert_eq!(counts(&[cancelled]), Counts::Not);
        assert_eq!(counts(&[cancelled, clock(Some(1))]), Counts::For);
        let early = start() + TimeDelta::hours(1);
        assert_eq!(
            case(Facts::Clocks(vec![clock(None)])).counts(&level, early),
            Counts::Not
        );
    }

    #[test]
    fn first_contact_is_undone_by_what_came_later() {
        let mut level = percent("FCR", 100);
        level.formula = Formula::FirstContact;
        let counts = |first_level, handovers, later_contacts, days| {
            case(Facts::Resolution {
                first_level,
                handovers,
                later_contacts,
                reopened_after_days: days,
            })
            .counts(&level, start())
        };
        assert_eq!(counts(true, 0, 0, None), Counts::For);
        assert_eq!(
            counts(true, 0, 0, Some(6)),
            Counts::For,
            "reopened after the fifth working day"
        );
        for (handovers, contacts, days) in
            [(1, 0, None), (0, 1, None), (0, 0, Some(5)), (0, 0, Some(0))]
        {
            assert_eq!(counts(true, handovers, contacts, days), Counts::Against);
        }
        assert_eq!(counts(false, 0, 0, None), Counts::Against);
        level.formula = Formula::FirstLevel;
        let facts = Facts::Resolution {
            first_level: true,
            handovers: 2,
            later_contacts: 3,
            reopened_after_days: Some(1),
        };
        assert_eq!(case(facts.clone()).counts(&level, start()), Counts::For);
        // A version that nobody wrote counts nothing.
        level.formula_version = 99;
        assert_eq!(case(facts).counts(&level, start()), Counts::Not);
    }
}
