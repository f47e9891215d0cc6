//! What is kept of a month that was closed: the inputs and the figures, word for word, with a digest over both.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use ids::PersonId;
use sha2::{Digest as _, Sha256};

use super::evaluation::{Figures, Inputs, LevelFigures};
use crate::domain::month::Month;
use crate::domain::problem::Problem;

/// The longest reason, characters.
const LONGEST_REASON: usize = 1_000;

/// One revision of a month's figures. It never changes; a later revision takes its place, and it stays readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Which month.
    pub month: Month,
    /// 1 for the first; the highest is in force.
    pub revision: i32,
    /// Why it was frozen again; of the first it may be left out.
    pub reason: Option<String>,
    /// [`Inputs`] as JSON.
    pub inputs: String,
    /// [`Figures`] as JSON.
    pub figures: String,
    /// SHA-256 over month, revision, inputs and figures, in hexadecimal.
    pub digest: String,
    /// Who froze it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is computed anew from what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    /// What it rests on.
    pub inputs: Inputs,
    /// The figures that follow from it.
    pub figures: Figures,
    /// Whether they, and the digest, are those that were kept.
    pub same: bool,
}

impl Frozen {
    /// Freezes a month.
    pub fn of(
        inputs: &Inputs,
        revision: i32,
        reason: Option<String>,
        (by, at): (PersonId, DateTime<Utc>),
    ) -> Result<Self, serde_json::Error> {
        let month = inputs.month;
        let figures = serde_json::to_string(&inputs.figures())?;
        let inputs = serde_json::to_string(inputs)?;
        Ok(Self {
            month,
            revision,
            reason,
            digest: digest(month, revision, &inputs, &figures),
            inputs,
            figures,
            by,
            at,
        })
    }

    /// The figures once more, from the inputs that were kept, by the versions of the formulas that they name.
    pub fn recompute(&self) -> Result<Recomputed, serde_json::Error> {
        let inputs: Inputs = serde_json::from_str(&self.inputs)?;
        let figures = inputs.figures();
        let kept: Figures = serde_json::from_str(&self.figures)?;
        let same = figures == kept
            && digest(self.month, self.revision, &self.inputs, &self.figures) == self.digest;
        Ok(Recomputed {
            inputs,
            figures,
            same,
        })
    }

    /// The figures as they were kept.
    pub fn kept_figures(&self) -> Result<Figures, serde_json::Error> {
        serde_json::from_str(&self.figures)
    }
}

fn digest(month: Month, revision: i32, inputs: &str, figures: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{month} {revision}\n{inputs}\n{figures}\n"));
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What stands in the way of freezing a month that ends at `to`, when its latest revision is `latest` (0: none).
pub fn faults(
    to: DateTime<Utc>,
    now: DateTime<Utc>,
    latest: i32,
    seen: Option<i32>,
    reason: Option<&str>,
) -> Vec<Problem> {
    let mut all = Vec::new();
    if now < to {
        all.push(Problem::at(
            "month",
            "MONTH_NOT_OVER",
            "El mes no ha terminado en la zona del contrato.",
        ));
    }
    if seen.is_some_and(|seen| seen != latest) {
        all.push(Problem::at(
            "revision",
            "STALE",
            format!("Otra persona lo cerró antes: la revisión vigente es la {latest}."),
        ));
    }
    let length = reason.map_or(0, |r| r.trim().chars().count());
    if latest > 0 && length == 0 {
        all.push(Problem::at(
            "reason",
            "REASON_MISSING",
            "El mes ya está cerrado: diga por qué se cierra de nuevo. Las revisiones anteriores se conservan.",
        ));
    }
    if length > LONGEST_REASON {
        all.push(Problem::at(
            "reason",
            "REASON_TOO_LONG",
            format!("El motivo tiene más de {LONGEST_REASON} caracteres."),
        ));
    }
    all
}

/// A level that would come out otherwise today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub code: String,
    /// As it was frozen; none: it was not in the set.
    pub frozen: Option<LevelFigures>,
    /// As it would be today; none: it is no longer in the set.
    pub today: Option<LevelFigures>,
}

/// Levels that differ between a frozen month and today, in the order of the frozen set, then those that are new.
pub fn differences(frozen: &Figures, today: &Figures) -> Vec<Difference> {
    let of = |all: &Figures, code: &str| all.levels.iter().find(|l| l.code == code).cloned();
    let new = today
        .levels
        .iter()
        .filter(|l| of(frozen, &l.code).is_none());
    frozen
        .levels
        .iter()
        .chain(new)
        .map(|l| Difference {
            code: l.code.clone(),
            frozen: of(frozen, &l.code),
            today: of(today, &l.code),
        })
        .filter(|d| d.frozen != d.today)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::evaluation::tests::{at, enter, inputs, measured, percent};
    use super::*;

    fn freeze(inputs: &Inputs) -> Frozen {
        let by = PersonId::from_uuid(Uuid::from_u128(5));
        Frozen::of(inputs, 1, None, (by, at("2026-12-02T12:00:00Z"))).unwrap()
    }

    #[test]
    fn whoever_touches_what_was_kept_is_found_out() {
        let mut month = inputs(vec![percent("A", 60), measured("UP", 40)], 8, 2);
        enter(&mut month, "UP", 990, 1_000);
        let frozen = freeze(&month);
        assert!(frozen.recompute().unwrap().same);
        assert_eq!(frozen.digest.len(), 64);
        let touched = [
            Frozen {
                inputs: frozen
                    .inputs
                    .replace("\"numerator\":990", "\"numerator\":991"),
                ..frozen.clone()
            },
            Frozen {
                figures: frozen.figures.replacen("990", "991", 1),
                ..frozen.clone()
            },
            Frozen {
                revision: 2,
                ..frozen.clone()
            },
            Frozen {
                digest: "0".repeat(64),
                ..frozen.clone()
            },
        ];
        for other in touched {
            assert_ne!(other, frozen);
            assert!(!other.recompute().unwrap().same);
        }
    }

    /// A month that was frozen by the first version of all this, as it stands in the table: whatever is changed since, it
    /// must be read, and come to the same.
    #[test]
    fn what_was_frozen_first_still_recomputes() {
        let frozen = Frozen {
            month: "2026-11".parse().unwrap(),
            revision: 1,
            reason: None,
            inputs: include_str!("frozen-v1-inputs.json").trim_end().to_owned(),
            figures: include_str!("frozen-v1-figures.json").trim_end().to_owned(),
            digest: "39526dd1b2dd14c3e33447091f398e529900e2ad617ab4885c00c12bf40a8374".to_owned(),
            by: PersonId::from_uuid(Uuid::nil()),
            at: at("2026-12-02T12:00:00Z"),
        };
        let again = frozen.recompute().unwrap();
        assert_eq!(again.figures, frozen.kept_figures().unwrap());
        assert!(again.same);
    }

    #[test]
    fn what_came_late_is_a_difference() {
        let month = inputs(vec![percent("A", 60), percent("B", 40)], 8, 2);
        let mut today = month.clone();
        let late = today.cases.get_mut("B").unwrap().pop().unwrap();
        assert_eq!(differences(&month.figures(), &today.figures())[0].code, "B");
        today.cases.get_mut("B").unwrap().push(late);
        assert_eq!(differences(&month.figures(), &today.figures()), []);
        let codes = |set: &[&str]| {
            let other = inputs(
                set.iter()
                    .zip([60, 40])
                    .map(|(c, w)| percent(c, w))
                    .collect(),
                8,
                2,
            );
            let all = differences(&month.figures(), &other.figures());
            all.iter()
                .map(|d| (d.code.clone(), d.frozen.is_some(), d.today.is_some()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            codes(&["A", "C"]),
            [("B".to_owned(), true, false), ("C".to_owned(), false, true)]
        );
    }

    #[test]
    fn a_month_is_frozen_when_it_is_over_and_again_with_a_reason() {
        let end = at("2026-12-01T05:00:00Z");
        let codes = |now: &str, latest, seen, reason| -> Vec<&'static str> {
            faults(end, at(now), latest, seen, reason)
                .iter()
                .map(|p| p.code)
                .collect()
        };
        assert_eq!(codes("2026-12-01T05:00:00Z", 0, None, None), [""; 0]);
        assert_eq!(
            codes("2026-12-01T04:59:59Z", 0, None, None),
            ["MONTH_NOT_OVER"]
        );
        assert_eq!(
            codes("2026-12-02T00:00:00Z", 1, None, Some(" ")),
            ["REASON_MISSING"]
        );
        assert_eq!(
            codes("2026-12-02T00:00:00Z", 2, Some(1), Some("corrección")),
            ["STALE"]
        );
        assert_eq!(
            codes("2026-12-02T00:00:00Z", 2, Some(2), Some("corrección")),
            [""; 0]
        );
    }

    proptest! {
        #[test]
        fn frozen_equals_recomputed(met in 0_u128..50, missed in 0_u128..50, n in 0_i64..10_000, rest in 1_i64..10_000) {
            let mut month = inputs(vec![percent("A", 70), measured("UP", 30)], met, missed);
            enter(&mut month, "UP", n, n + rest);
            let frozen = freeze(&month);
            let again = frozen.recompute().unwrap();
            prop_assert!(again.same);
            prop_assert_eq!(again.figures, month.figures());
            prop_assert_eq!(again.inputs, month);
            prop_assert_eq!(frozen.kept_figures().unwrap(), frozen.recompute().unwrap().figures);
        }
    }
}
