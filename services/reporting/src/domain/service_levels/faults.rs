//! What cannot be agreed: a set of levels that could not be judged, or would pay for something else than it says, is
//! refused when it is written.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use events::sla_clock::Target;

use super::formula::{Direction, Formula, Source};
use super::level::{Level, LevelSet, Tightening};
use crate::domain::problem::Problem;

/// More levels than this nobody can follow.
const MOST_LEVELS: usize = 50;
/// The longest code, characters.
const LONGEST_CODE: usize = 40;
/// The longest name, characters.
const LONGEST_NAME: usize = 120;
/// The longest stabilisation, months.
const LONGEST_STABILISATION: i32 = 24;
/// The largest minimum sample.
const LARGEST_SAMPLE: i64 = 1_000_000;
/// The most working days within which a reopening counts.
const MOST_REOPEN_DAYS: i32 = 365;

impl LevelSet {
    /// Everything that is wrong with it. Fields are those of the input: `levels.2.weight`.
    pub fn faults(&self) -> Vec<Problem> {
        let mut all = Vec::new();
        if self.effective_from < self.contract_start {
            all.push(Problem::at(
                "effectiveFrom",
                "BEFORE_CONTRACT",
                "Lo acordado no puede regir antes del inicio del contrato.",
            ));
        }
        let zone = self.time_zone.as_deref();
        if zone.is_some_and(|z| z.parse::<Tz>().is_err()) {
            all.push(Problem::at(
                "timeZone",
                "UNKNOWN_TIME_ZONE",
                "No es una zona horaria IANA, como «America/Lima».",
            ));
        }
        if self.levels.is_empty() {
            all.push(Problem::at(
                "levels",
                "NO_LEVELS",
                "Indique al menos un nivel de servicio.",
            ));
            return all;
        }
        if self.levels.len() > MOST_LEVELS {
            all.push(Problem::at(
                "levels",
                "TOO_MANY_LEVELS",
                format!("Como máximo {MOST_LEVELS} niveles de servicio."),
            ));
            return all;
        }
        all.extend(self.windows.faults());
        let mut codes = BTreeSet::new();
        for (i, level) in self.levels.iter().enumerate() {
            let mut faults = Faults { i, all: &mut all };
            if !codes.insert(level.code.as_str()) {
                faults.add("code", "DUPLICATE_CODE", "Otro nivel ya tiene ese código.");
            }
            faults.of_words(level);
            faults.of_formula(level);
            faults.of_numbers(level);
            faults.of_scope(level);
        }
        let weights: i64 = self.levels.iter().map(|l| i64::from(l.weight)).sum();
        if weights != 100 {
            all.push(Problem::at(
                "levels",
                "WEIGHTS_NOT_100",
                format!("Los pesos deben sumar 100; suman {weights}."),
            ));
        }
        all
    }
}

/// Collects what is wrong with one level.
struct Faults<'a> {
    i: usize,
    all: &'a mut Vec<Problem>,
}

impl Faults<'_> {
    fn add(&mut self, part: &str, code: &'static str, message: impl Into<String>) {
        let field = format!("levels.{}.{part}", self.i);
        self.all.push(Problem::at(field, code, message));
    }

    fn of_words(&mut self, level: &Level) {
        let code = &level.code;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !(1..=LONGEST_CODE).contains(&code.len()) || !code.chars().all(plain) {
            self.add(
                "code",
                "BAD_LEVEL_CODE",
                format!(
                    "El código lleva letras, cifras y guiones bajos ({LONGEST_CODE} como máximo)."
                ),
            );
        }
        for (part, name) in [("nameEs", &level.name_es), ("nameEn", &level.name_en)] {
            match name.trim().chars().count() {
                0 => self.add(part, "NAME_MISSING", "Indique un nombre."),
                1..=LONGEST_NAME => {}
                _ => self.add(
                    part,
                    "NAME_TOO_LONG",
                    format!("El nombre tiene más de {LONGEST_NAME} caracteres."),
                ),
            }
        }
    }

    fn of_formula(&mut self, level: &Level) {
        let formula = level.formula;
        if !(1..=formula.latest()).contains(&level.formula_version) {
            self.add(
                "formulaVersion",
                "UNKNOWN_FORMULA_VERSION",
                format!(
                    "De esta fórmula hay las versiones 1 a {}.",
                    formula.latest()
                ),
            );
        }
        if formula.direction().is_some_and(|d| d != level.direction) {
            self.add(
                "direction",
                "WRONG_DIRECTION",
                "La fórmula dice por sí misma si es mejor un valor mayor o menor: aquí es al revés.",
            );
        }
        if !formula.may_be(level.unit) {
            self.add("unit", "WRONG_UNIT", "Esta fórmula da un porcentaje.");
        }
        match level.source.filter(|s| !formula.may_come_from(*s)) {
            Some(Source::Facts) => self.add(
                "source",
                "WRONG_SOURCE",
                "Ningún hecho dice este valor: se anota.",
            ),
            Some(Source::Entered) => self.add(
                "source",
                "WRONG_SOURCE",
                "Este valor se calcula de los casos: no se anota.",
            ),
            None => {}
        }
    }

    fn of_numbers(&mut self, level: &Level) {
        let most = level.unit.most();
        for (part, code, value) in [
            ("targetHundredths", "BAD_TARGET", level.target),
            ("minimumHundredths", "BAD_MINIMUM", level.minimum),
        ] {
            if !(0..=most).contains(&value) {
                self.add(
                    part,
                    code,
                    format!("En centésimas de la unidad, de 0 a {most}."),
                );
            }
        }
        let beyond = match level.direction {
            Direction::HigherIsBetter => level.minimum > level.target,
            Direction::LowerIsBetter => level.minimum < level.target,
        };
        if beyond {
            self.add(
                "minimumHundredths",
                "MINIMUM_BEYOND_TARGET",
                "El mínimo pide más que el objetivo: revise cuál es cuál, o si es mejor un valor mayor o menor.",
            );
        }
        if let Some(tightening) = level.tightening {
            self.of_tightening(level, tightening);
        }
        if !(0..=100).contains(&level.weight) {
            self.add("weight", "BAD_WEIGHT", "El peso va de 0 a 100.");
        }
        if !(1..=LARGEST_SAMPLE).contains(&level.minimum_sample) {
            self.add(
                "minimumSample",
                "BAD_MINIMUM_SAMPLE",
                format!("La muestra mínima va de 1 a {LARGEST_SAMPLE}."),
            );
        }
        if !(0..=LONGEST_STABILISATION).contains(&level.stabilisation_months) {
            self.add(
                "stabilisationMonths",
                "BAD_STABILISATION",
                format!("La estabilización dura de 0 a {LONGEST_STABILISATION} meses."),
            );
        }
    }

    fn of_tightening(&mut self, level: &Level, Tightening { monthly, until }: Tightening) {
        let harder = match level.direction {
            Direction::HigherIsBetter => until >= level.target,
            Direction::LowerIsBetter => until <= level.target,
        };
        if monthly < 1 || !harder || !(0..=level.unit.most()).contains(&until) {
            self.add(
                "tightening",
                "BAD_TIGHTENING",
                "El objetivo se endurece al menos una centésima por mes, hacia el lado mejor.",
            );
        }
    }

    fn of_scope(&mut self, level: &Level) {
        let scope = &level.scope;
        let attainment = level.formula == Formula::Attainment;
        match scope.clock_target {
            None if attainment => self.add(
                "clockTarget",
                "CLOCK_TARGET_MISSING",
                "El cumplimiento se mide en un objetivo del acuerdo: diga en cuál.",
            ),
            Some(_) if !attainment => self.add(
                "clockTarget",
                "NOT_FOR_FORMULA",
                "Solo el cumplimiento se mide en un objetivo del acuerdo.",
            ),
            _ => {}
        }
        let own = attainment && scope.clock_target == Some(Target::Custom);
        let named = scope.target_code.as_deref().map(str::trim);
        if own && named.is_none_or(str::is_empty) {
            self.add(
                "targetCode",
                "TARGET_CODE_MISSING",
                "De un objetivo propio, diga su código en el acuerdo.",
            );
        } else if !own && named.is_some() {
            self.add(
                "targetCode",
                "TARGET_CODE_UNEXPECTED",
                "De los objetivos con el cliente, solo los propios (CUSTOM) tienen código.",
            );
        }
        if level.is_entered() || level.counts_calls() {
            for (part, given) in [
                ("kinds", !scope.kinds.is_empty()),
                ("priorities", !scope.priorities.is_empty()),
            ] {
                if given {
                    self.add(
                        part,
                        "NOT_FOR_FORMULA",
                        "Este nivel de servicio no se calcula de los casos: no se filtra por ellos.",
                    );
                }
            }
        }
        if let Some((part, code, message)) = super::volume::faults(level) {
            self.add(part, code, message);
        }
        for (part, code, message) in super::calls::faults(level) {
            self.add(part, code, message);
        }
        if !(0..=MOST_REOPEN_DAYS).contains(&scope.reopen_days) {
            self.add(
                "reopenDays",
                "BAD_REOPEN_DAYS",
                format!("De 0 a {MOST_REOPEN_DAYS} días laborables."),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use events::intake::Priority;

    use super::super::evaluation::tests::{calls, measured, month, percent, set};
    use super::super::formula::Unit;
    use super::*;

    /// `field code` of everything that is wrong with one level of weight 100.
    fn found(change: impl FnOnce(&mut Level)) -> Vec<String> {
        let mut level = percent("A", 100);
        change(&mut level);
        of(&set(vec![level]))
    }

    fn of(set: &LevelSet) -> Vec<String> {
        let all = set.faults().into_iter();
        all.map(|p| format!("{} {}", p.code, p.field.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn what_makes_sense_is_agreed() {
        assert_eq!(found(|_| {}), [""; 0]);
        let mut fcr = percent("FCR", 20);
        fcr.formula = Formula::FirstContact;
        fcr.scope.clock_target = None;
        fcr.tightening = Some(Tightening {
            monthly: 25,
            until: 9_500,
        });
        let mut abandoned = measured("ABANDONED", 0);
        abandoned.formula = Formula::CallsAbandoned;
        abandoned.direction = Direction::LowerIsBetter;
        (abandoned.target, abandoned.minimum) = (500, 1_000);
        let mut csat = measured("CSAT", 20);
        csat.formula = Formula::Satisfaction;
        csat.unit = Unit::Score;
        (csat.target, csat.minimum) = (430, 400);
        let mut own = percent("OWN", 20);
        own.scope.clock_target = Some(Target::Custom);
        own.scope.target_code = Some("N3_ENTREGA".to_owned());
        assert_eq!(
            of(&set(vec![percent("A", 40), fcr, abandoned, csat, own])),
            [""; 0]
        );
    }

    #[test]
    fn what_the_telephone_tells_is_asked_of_calls_alone() {
        let of_one = |mut level: Level, change: fn(&mut Level)| {
            change(&mut level);
            of(&set(vec![level]))
        };
        let told = |change| of_one(calls("CALLS", 100), change);
        let both = |l: &mut Level| {
            l.scope.short_abandon_seconds = 10;
            l.scope.answered_within_seconds = Some(20);
        };
        assert_eq!(told(both), [""; 0]);
        assert_eq!(
            told(|l| l.scope.short_abandon_seconds = 301),
            ["BAD_SHORT_ABANDON levels.0.shortAbandonSeconds"]
        );
        assert_eq!(
            told(|l| l.scope.short_abandon_seconds = -1),
            ["BAD_SHORT_ABANDON levels.0.shortAbandonSeconds"]
        );
        assert_eq!(
            told(|l| l.scope.answered_within_seconds = Some(0)),
            ["BAD_ANSWERED_WITHIN levels.0.answeredWithinSeconds"]
        );
        assert_eq!(
            told(|l| l.scope.priorities = vec![Priority::High]),
            ["NOT_FOR_FORMULA levels.0.priorities"]
        );
        let neither = [
            "NOT_FOR_FORMULA levels.0.shortAbandonSeconds",
            "NOT_FOR_FORMULA levels.0.answeredWithinSeconds",
        ];
        let mut entered = calls("CALLS", 100);
        entered.source = None;
        both(&mut entered);
        assert_eq!(of_one(entered, |_| {}), neither);
        assert_eq!(of_one(percent("A", 100), both), neither);
        assert_eq!(
            of_one(measured("UP", 100), |l| l.source = Some(Source::Facts)),
            ["WRONG_SOURCE levels.0.source"]
        );
        assert_eq!(
            of_one(percent("A", 100), |l| l.source = Some(Source::Entered)),
            ["WRONG_SOURCE levels.0.source"]
        );
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let one = |change: fn(&mut Level), wanted: &str| assert_eq!(found(change), [wanted]);
        one(|l| l.weight = 99, "WEIGHTS_NOT_100 levels");
        one(
            |l| l.code = "con espacio".to_owned(),
            "BAD_LEVEL_CODE levels.0.code",
        );
        one(
            |l| l.name_en = " ".to_owned(),
            "NAME_MISSING levels.0.nameEn",
        );
        one(
            |l| l.formula_version = 2,
            "UNKNOWN_FORMULA_VERSION levels.0.formulaVersion",
        );
        one(
            |l| l.minimum = 9_001,
            "MINIMUM_BEYOND_TARGET levels.0.minimumHundredths",
        );
        one(
            |l| l.target = 10_001,
            "BAD_TARGET levels.0.targetHundredths",
        );
        one(|l| l.minimum = -1, "BAD_MINIMUM levels.0.minimumHundredths");
        one(
            |l| l.minimum_sample = 0,
            "BAD_MINIMUM_SAMPLE levels.0.minimumSample",
        );
        one(
            |l| l.stabilisation_months = 25,
            "BAD_STABILISATION levels.0.stabilisationMonths",
        );
        one(
            |l| {
                l.tightening = Some(Tightening {
                    monthly: 10,
                    until: 8_999,
                });
            },
            "BAD_TIGHTENING levels.0.tightening",
        );
        one(
            |l| l.scope.clock_target = None,
            "CLOCK_TARGET_MISSING levels.0.clockTarget",
        );
        one(
            |l| l.scope.clock_target = Some(Target::Custom),
            "TARGET_CODE_MISSING levels.0.targetCode",
        );
        one(
            |l| l.scope.target_code = Some("X".to_owned()),
            "TARGET_CODE_UNEXPECTED levels.0.targetCode",
        );
        one(
            |l| l.scope.reopen_days = 366,
            "BAD_REOPEN_DAYS levels.0.reopenDays",
        );
        let score = |l: &mut Level| (l.unit, l.target, l.minimum) = (Unit::Score, 900, 800);
        assert_eq!(found(score), ["WRONG_UNIT levels.0.unit"]);
        let lower = found(|l| l.direction = Direction::LowerIsBetter);
        assert_eq!(
            lower,
            [
                "WRONG_DIRECTION levels.0.direction",
                "MINIMUM_BEYOND_TARGET levels.0.minimumHundredths"
            ]
        );
        let mut up = measured("UP", 100);
        up.scope.priorities = vec![Priority::High];
        up.scope.clock_target = Some(Target::Resolution);
        assert_eq!(
            of(&set(vec![up])),
            [
                "NOT_FOR_FORMULA levels.0.clockTarget",
                "NOT_FOR_FORMULA levels.0.priorities"
            ]
        );
        assert_eq!(of(&set(Vec::new())), ["NO_LEVELS levels"]);
        let twice = set(vec![percent("A", 50), percent("A", 50)]);
        assert_eq!(of(&twice), ["DUPLICATE_CODE levels.1.code"]);
        let early = LevelSet {
            contract_start: month("2026-02"),
            ..set(vec![percent("A", 100)])
        };
        assert_eq!(of(&early), ["BEFORE_CONTRACT effectiveFrom"]);
        let elsewhere = LevelSet {
            time_zone: Some("Mars/Olympus".to_owned()),
            ..set(vec![percent("A", 100)])
        };
        assert_eq!(of(&elsewhere), ["UNKNOWN_TIME_ZONE timeZone"]);
    }
}
