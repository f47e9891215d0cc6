//! What is kept of a month that was closed: the inputs and the figures, word for word, with a digest over all that is kept.
//! A digest also covers that of the revision before: the revisions of a month are a chain.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use ids::PersonId;
use sha2::{Digest as _, Sha256};

use super::evaluation::{Figures, Inputs, LevelFigures};
use crate::domain::month::Month;
use crate::domain::problem::Problem;

/// The longest reason, characters.
const LONGEST_REASON: usize = 1_000;

/// The version by which digests are made now. To change what a digest covers: another version here, those before stay in
/// [`Revision::digest_over`] for months that were frozen with them.
const DIGEST_VERSION: i32 = 2;

/// One revision of a month's figures, without what it holds. It never changes; a later revision takes its place, and it
/// stays readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Which month.
    pub month: Month,
    /// 1 for the first; the highest is in force.
    pub number: i32,
    /// Why it was frozen again; of the first it may be left out.
    pub reason: Option<String>,
    /// Who froze it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// SHA-256 in hexadecimal, made as the version says.
    pub digest: String,
    /// By which version the digest is made.
    pub digest_version: i32,
    /// The digest of the revision before, as it stands there; none of the first.
    pub previous: Option<String>,
}

/// What a revision holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// [`Inputs`] as JSON.
    pub inputs: String,
    /// [`Figures`] as JSON.
    pub figures: String,
}

/// A revision with what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Which, by whom and why.
    pub revision: Revision,
    /// Word for word.
    pub contents: Contents,
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
    /// Freezes a month. `before`: number and digest of the revision that was in force until now.
    pub fn of(
        inputs: &Inputs,
        before: Option<(i32, String)>,
        reason: Option<String>,
        (by, at): (PersonId, DateTime<Utc>),
    ) -> Result<Self, serde_json::Error> {
        let contents = Contents {
            inputs: serde_json::to_string(inputs)?,
            figures: serde_json::to_string(&inputs.figures())?,
        };
        let (number, previous) = before.map_or((0, None), |(n, digest)| (n, Some(digest)));
        let mut revision = Revision {
            month: inputs.month,
            number: number + 1,
            reason,
            by,
            at,
            digest: String::new(),
            digest_version: DIGEST_VERSION,
            previous,
        };
        revision.digest = revision.digest_over(&contents)?.unwrap_or_default();
        Ok(Self { revision, contents })
    }

    /// [`Revision::recompute`] of what it holds.
    pub fn recompute(&self) -> Result<Recomputed, serde_json::Error> {
        self.revision.recompute(&self.contents)
    }
}

impl Contents {
    /// What the figures rest on, as it was kept.
    pub fn kept_inputs(&self) -> Result<Inputs, serde_json::Error> {
        serde_json::from_str(&self.inputs)
    }

    /// The figures as they were kept.
    pub fn kept_figures(&self) -> Result<Figures, serde_json::Error> {
        serde_json::from_str(&self.figures)
    }
}

impl Revision {
    /// The figures once more, from the inputs that were kept, by the versions of the formulas that they name.
    pub fn recompute(&self, contents: &Contents) -> Result<Recomputed, serde_json::Error> {
        let inputs = contents.kept_inputs()?;
        let figures = inputs.figures();
        let same = figures == contents.kept_figures()?
            && self.digest_over(contents)?.as_ref() == Some(&self.digest);
        Ok(Recomputed {
            inputs,
            figures,
            same,
        })
    }

    /// The digest by the version that it was made by; none of a version that nobody wrote.
    ///
    /// 1: over month, revision, inputs and figures. 2: over the JSON array, without blanks, of 2, month, revision, reason,
    /// who, when (microseconds since 1970), the digest of the revision before, inputs and figures.
    fn digest_over(&self, contents: &Contents) -> Result<Option<String>, serde_json::Error> {
        let Contents { inputs, figures } = contents;
        let text = match self.digest_version {
            1 => format!("{} {}\n{inputs}\n{figures}\n", self.month, self.number),
            2 => serde_json::to_string(&(
                2,
                self.month,
                self.number,
                &self.reason,
                self.by,
                self.at.timestamp_micros(),
                &self.previous,
                inputs,
                figures,
            ))?,
            _ => return Ok(None),
        };
        Ok(Some(sha256(&text)))
    }
}

fn sha256(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
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

    use super::super::calls::Ending;
    use super::super::evaluation::tests::{at, call, calls, enter, inputs, measured, percent};
    use super::*;

    fn freeze(inputs: &Inputs) -> Frozen {
        let by = PersonId::from_uuid(Uuid::from_u128(5));
        Frozen::of(inputs, None, None, (by, at("2026-12-02T12:00:00Z"))).unwrap()
    }

    /// A revision that follows another, with a reason.
    fn again(inputs: &Inputs, first: &Frozen) -> Frozen {
        let by = PersonId::from_uuid(Uuid::from_u128(6));
        let before = (first.revision.number, first.revision.digest.clone());
        let reason = Some("Llegó tarde un \"caso\".".to_owned());
        Frozen::of(
            inputs,
            Some(before),
            reason,
            (by, at("2026-12-05T12:00:00.123456789Z")),
        )
        .unwrap()
    }

    fn changed(frozen: &Frozen, change: impl FnOnce(&mut Frozen)) -> Frozen {
        let mut other = frozen.clone();
        change(&mut other);
        assert_ne!(other, *frozen);
        other
    }

    #[test]
    fn whoever_touches_what_was_kept_is_found_out() {
        let mut month = inputs(vec![percent("A", 60), measured("UP", 40)], 8, 2);
        enter(&mut month, "UP", 990, 1_000);
        let first = freeze(&month);
        let frozen = again(&month, &first);
        assert!(first.recompute().unwrap().same);
        assert!(frozen.recompute().unwrap().same);
        assert_eq!((frozen.revision.number, first.revision.number), (2, 1));
        assert_eq!(frozen.revision.digest.len(), 64);
        let touched = [
            changed(&frozen, |f| {
                let inputs = &mut f.contents.inputs;
                *inputs = inputs.replace("\"numerator\":990", "\"numerator\":991");
            }),
            changed(&frozen, |f| {
                let figures = &mut f.contents.figures;
                *figures = figures.replacen("990", "991", 1);
            }),
            changed(&frozen, |f| f.revision.number = 3),
            changed(&frozen, |f| f.revision.digest = "0".repeat(64)),
            changed(&frozen, |f| f.revision.reason = None),
            changed(&frozen, |f| {
                f.revision.reason = Some("Llegó tarde un caso.".to_owned());
            }),
            changed(&frozen, |f| {
                f.revision.by = PersonId::from_uuid(Uuid::from_u128(7));
            }),
            changed(&frozen, |f| f.revision.at = at("2026-12-05T12:00:01Z")),
            changed(&frozen, |f| f.revision.previous = None),
            changed(&frozen, |f| f.revision.previous = Some("0".repeat(64))),
            changed(&frozen, |f| f.revision.digest_version = 1),
            changed(&frozen, |f| f.revision.digest_version = 3),
        ];
        for (n, other) in touched.iter().enumerate() {
            assert!(!other.recompute().unwrap().same, "{n}");
        }
        // The table keeps microseconds.
        let kept = changed(&frozen, |f| {
            f.revision.at = at("2026-12-05T12:00:00.123456Z");
        });
        assert!(kept.recompute().unwrap().same);
    }

    /// A month that was frozen by the first version of all this, as it stands in the table: whatever is changed since, it
    /// must be read, and come to the same.
    fn frozen_first() -> Frozen {
        Frozen {
            revision: Revision {
                month: "2026-11".parse().unwrap(),
                number: 1,
                reason: None,
                by: PersonId::from_uuid(Uuid::nil()),
                at: at("2026-12-02T12:00:00Z"),
                digest: "39526dd1b2dd14c3e33447091f398e529900e2ad617ab4885c00c12bf40a8374"
                    .to_owned(),
                digest_version: 1,
                previous: None,
            },
            contents: Contents {
                inputs: include_str!("frozen-v1-inputs.json").trim_end().to_owned(),
                figures: include_str!("frozen-v1-figures.json").trim_end().to_owned(),
            },
        }
    }

    #[test]
    fn what_was_frozen_first_still_recomputes() {
        let frozen = frozen_first();
        let again = frozen.recompute().unwrap();
        assert_eq!(again.figures, frozen.contents.kept_figures().unwrap());
        assert!(again.same);
    }

    /// The second version, of a digest that was made by other means than this code: whoever verifies one relies on it.
    #[test]
    fn a_digest_of_the_second_version_is_what_it_says_to_be() {
        let mut frozen = frozen_first();
        let first = frozen.revision.digest.clone();
        frozen.revision = Revision {
            number: 2,
            reason: Some("Llegó tarde un \"caso\".\nY otro.".to_owned()),
            at: at("2026-12-05T12:00:00.123456Z"),
            digest_version: 2,
            previous: Some(first),
            ..frozen.revision
        };
        frozen.revision.digest =
            "9aa8615361561d6425fe888f3c3a82c75d1185c720371632799c9bb56609a8c4".to_owned();
        assert!(frozen.recompute().unwrap().same);
    }

    #[test]
    fn calls_are_kept_and_come_to_the_same() {
        let mut level = calls("CALLS", 100);
        level.scope.short_abandon_seconds = 5;
        level.scope.answered_within_seconds = Some(20);
        let mut month = inputs(vec![level], 0, 0);
        month.calls = vec![
            call(1, Ending::Answered, Some(20_000)),
            call(2, Ending::Abandoned, Some(4_999)),
            call(3, Ending::Unanswered, None),
        ];
        let frozen = freeze(&month);
        let again = frozen.recompute().unwrap();
        assert!(again.same);
        assert_eq!(again.inputs, month);
        let value = again.figures.levels[0].figure.value;
        assert_eq!((value.numerator, value.denominator), (1, 2));
        let touched = changed(&frozen, |f| {
            let inputs = &mut f.contents.inputs;
            *inputs = inputs.replace("unanswered", "answered");
        });
        assert!(!touched.recompute().unwrap().same);
        // A month without calls is written as it was before there were any.
        let without = freeze(&inputs(vec![percent("A", 100)], 1, 0))
            .contents
            .inputs;
        for word in ["calls", "source", "short", "within"] {
            assert!(!without.contains(word), "{word}");
        }
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
            prop_assert_eq!(frozen.contents.kept_figures().unwrap(), frozen.recompute().unwrap().figures);
        }
    }
}
