//! Months made up of levels, tickets and exclusions.

use chrono::TimeDelta;
use ids::{ContactId, ExclusionId, PersonId, TicketId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::clock::Known;
use crate::domain::service_levels::calls::Ending;
use crate::domain::service_levels::cases::Facts;
use crate::domain::service_levels::exclusion::{Decision, Reason, Side, Subject, Withdrawal};
use crate::domain::service_levels::formula::{Formula, Source};
use crate::domain::service_levels::level::Scope;
use crate::domain::service_levels::windows::Windows;

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// Attainment of the resolution: target 90 %, minimum 80 %.
pub fn percent(code: &str, weight: i32) -> Level {
    Level {
        code: code.to_owned(),
        name_es: code.to_owned(),
        name_en: code.to_owned(),
        formula: Formula::Attainment,
        formula_version: 1,
        source: None,
        unit: Unit::Percent,
        direction: Direction::HigherIsBetter,
        target: 9_000,
        minimum: 8_000,
        tightening: None,
        weight,
        minimum_sample: 1,
        stabilisation_months: 0,
        scope: Scope {
            clock_target: Some(events::sla_clock::Target::Resolution),
            reopen_days: 5,
            ..Scope::default()
        },
        volume_band: None,
    }
}

/// Availability: target 90 %, minimum 80 %.
pub fn measured(code: &str, weight: i32) -> Level {
    Level {
        formula: Formula::Availability,
        scope: Scope::default(),
        ..percent(code, weight)
    }
}

/// Calls answered, as the telephone tells: target 90 %, minimum 80 %.
pub fn calls(code: &str, weight: i32) -> Level {
    Level {
        formula: Formula::CallsAnswered,
        source: Some(Source::Facts),
        ..measured(code, weight)
    }
}

/// A call at noon of the tenth; its answer or its end came after so long.
pub fn call(n: u128, ending: Ending, waited_ms: Option<i64>) -> Call {
    let at = at("2026-11-10T12:00:00Z");
    let then = waited_ms.map(|ms| at + TimeDelta::milliseconds(ms));
    let answered = ending == Ending::Answered;
    Call {
        contact: ContactId::from_uuid(Uuid::from_u128(n)),
        at,
        answered_at: then.filter(|_| answered),
        ended_at: then.filter(|_| !answered),
        ending,
        ticket: None,
    }
}

pub fn set(levels: Vec<Level>) -> LevelSet {
    LevelSet {
        version: 1,
        effective_from: month("2026-01"),
        contract_start: month("2026-01"),
        time_zone: None,
        levels,
        windows: Windows::default(),
    }
}

fn ticket(n: u128) -> TicketId {
    TicketId::from_uuid(Uuid::from_u128(n))
}

pub fn proposal(subject: Subject) -> Exclusion {
    Exclusion {
        id: ExclusionId::from_uuid(Uuid::from_u128(7)),
        month: month("2026-11"),
        level: None,
        subject,
        reason: Reason::ClientDependency,
        evidence: "acta".to_owned(),
        side: Side::Provider,
        proposed_by: PersonId::from_uuid(Uuid::from_u128(1)),
        proposed_at: at("2026-11-20T12:00:00Z"),
        decision: None,
        withdrawal: None,
        fact: None,
    }
}

fn decided(accepted: bool, mut exclusion: Exclusion) -> Exclusion {
    exclusion.decision = Some(Decision {
        accepted,
        by: PersonId::from_uuid(Uuid::from_u128(2)),
        at: at("2026-11-21T12:00:00Z"),
        note: None,
    });
    exclusion
}

fn case(n: u128, met: bool) -> Case {
    let at = at("2026-11-10T12:00:00Z");
    let clock = Known {
        cancelled: false,
        started_at: at,
        due_at: Some(at),
        stopped_at: Some(at),
        breached_at: (!met).then_some(at),
    };
    Case {
        ticket: ticket(n),
        at,
        facts: Facts::Clocks(vec![clock]),
        waited_for_client_s: None,
    }
}

/// A level of attainment with so many met and missed; the missed are the tickets from 1000 on.
pub fn inputs(levels: Vec<Level>, met: u128, missed: u128) -> Inputs {
    let all: Vec<Case> = (0..met)
        .map(|n| case(n, true))
        .chain((0..missed).map(|n| case(1_000 + n, false)))
        .collect();
    let cases = levels
        .iter()
        .filter(|l| l.formula == Formula::Attainment)
        .map(|l| (l.code.clone(), all.clone()));
    Inputs {
        month: month("2026-11"),
        time_zone: "America/Lima".to_owned(),
        from: at("2026-11-01T05:00:00Z"),
        to: at("2026-12-01T05:00:00Z"),
        as_of: at("2026-12-01T05:00:00Z"),
        cases: cases.collect(),
        calls: Vec::new(),
        set: set(levels),
        measures: BTreeMap::new(),
        exclusions: Vec::new(),
    }
}

pub fn enter(inputs: &mut Inputs, level: &str, numerator: i64, denominator: i64) {
    let measure = Measure {
        level: level.to_owned(),
        revision: 1,
        numerator,
        denominator,
        source: "sonda".to_owned(),
        by: PersonId::from_uuid(Uuid::from_u128(3)),
        at: at("2026-12-01T12:00:00Z"),
    };
    inputs.measures.insert(level.to_owned(), measure);
}

fn value(numerator: i64, denominator: i64) -> Value {
    Value {
        numerator,
        denominator,
    }
}

#[test]
fn only_accepted_exclusions_change_the_figure_and_both_are_shown() {
    let mut month = inputs(vec![percent("A", 100)], 17, 3);
    let figure = |m: &Inputs| m.figures().levels[0].figure;
    assert_eq!(figure(&month).value, value(17, 20));
    assert_eq!(figure(&month).verdict, Verdict::BelowTarget);
    let of = |n| proposal(Subject::Ticket(ticket(n)));
    let mut withdrawn = of(1_002);
    withdrawn.withdrawal = Some(Withdrawal {
        by: PersonId::from_uuid(Uuid::from_u128(1)),
        at: at("2026-11-21T12:00:00Z"),
    });
    month.exclusions = vec![of(1_000), decided(false, of(1_001)), withdrawn];
    assert_eq!(
        figure(&month).value,
        value(17, 20),
        "proposed, rejected and withdrawn ones do nothing"
    );
    // Twice the same ticket, one that was met, and one that nobody knows.
    let accepted = [1_000, 1_000, 1_002, 3, 77].map(|n| decided(true, of(n)));
    month.exclusions = accepted.into();
    let level = month.figures().levels[0].clone();
    assert_eq!((level.figure.value, level.excused), (value(17, 18), 2));
    assert_eq!(level.figure.verdict, Verdict::Met);
    assert_eq!(level.without_exclusions.value, value(17, 20));
    assert_eq!(level.without_exclusions.verdict, Verdict::BelowTarget);
    let figures = month.figures();
    assert_eq!(figures.total.unwrap().hundredths(), 10_000);
    // 85/90 of the weight, in hundredths of points rounded down.
    assert_eq!(
        figures.total_without_exclusions.unwrap().hundredths(),
        9_444
    );
}

#[test]
fn an_exclusion_of_one_level_leaves_the_others_alone() {
    let mut month = inputs(vec![percent("A", 50), percent("B", 50)], 1, 1);
    let mut of_b = decided(true, proposal(Subject::Ticket(ticket(1_000))));
    of_b.level = Some("B".to_owned());
    month.exclusions = vec![of_b];
    let values: Vec<Value> = month
        .figures()
        .levels
        .iter()
        .map(|l| l.figure.value)
        .collect();
    assert_eq!(values, [value(1, 2), value(1, 1)]);
}

#[test]
fn an_interval_excuses_the_tickets_in_it() {
    let mut month = inputs(vec![percent("A", 100)], 1, 4);
    for (n, case) in month.cases.get_mut("A").unwrap().iter_mut().enumerate() {
        case.at = at("2026-11-10T12:00:00Z") + chrono::TimeDelta::hours(n as i64);
    }
    // The missed ones stand at 13, 14, 15 and 16 h; the end is not in it.
    let mut surge = decided(
        true,
        proposal(Subject::Interval {
            from: at("2026-11-10T13:00:00Z"),
            to: at("2026-11-10T15:00:00Z"),
            units: None,
        }),
    );
    surge.level = Some("A".to_owned());
    surge.reason = Reason::VolumeOutsideBand;
    month.exclusions = vec![surge];
    let level = month.figures().levels[0].clone();
    assert_eq!((level.figure.value, level.excused), (value(1, 3), 2));
}

#[test]
fn calls_are_counted_once_for_every_level_and_excused_by_intervals() {
    let mut given_up = calls("GIVEN_UP", 50);
    given_up.formula = Formula::CallsAbandoned;
    given_up.direction = Direction::LowerIsBetter;
    (given_up.target, given_up.minimum) = (2_000, 5_000);
    given_up.scope.short_abandon_seconds = 5;
    let mut month = inputs(vec![calls("CALLS", 50), given_up], 0, 0);
    let minute = |n: u128, ending, waited_ms| {
        let by = TimeDelta::minutes(i64::try_from(n).unwrap());
        let told = call(n, ending, waited_ms);
        Call {
            at: told.at + by,
            answered_at: told.answered_at.map(|t| t + by),
            ended_at: told.ended_at.map(|t| t + by),
            ..told
        }
    };
    month.calls = vec![
        minute(0, Ending::Answered, Some(3_000)),
        minute(1, Ending::Abandoned, Some(4_000)),
        minute(2, Ending::Abandoned, Some(60_000)),
        minute(3, Ending::Unanswered, None),
        minute(4, Ending::Abandoned, Some(60_000)),
    ];
    let shown = |m: &Inputs| -> Vec<(Value, i64)> {
        let levels = m.figures().levels;
        levels.iter().map(|l| (l.figure.value, l.excused)).collect()
    };
    assert_eq!(shown(&month), [(value(1, 5), 0), (value(2, 4), 0)]);
    // What was typed in does nothing where the telephone tells.
    enter(&mut month, "CALLS", 99, 100);
    let mut outage = decided(
        true,
        proposal(Subject::Interval {
            from: at("2026-11-10T12:01:00Z"),
            to: at("2026-11-10T12:04:00Z"),
            units: None,
        }),
    );
    outage.level = Some("CALLS".to_owned());
    month.exclusions = vec![outage.clone()];
    assert_eq!(shown(&month), [(value(1, 2), 3), (value(2, 4), 0)]);
    // Units that were agreed on while the level's value was entered excuse no call: nobody said which.
    let mut agreed = outage.clone();
    if let Subject::Interval { units, .. } = &mut agreed.subject {
        *units = Some(3);
    }
    month.exclusions = vec![agreed];
    assert_eq!(shown(&month), [(value(1, 5), 0), (value(2, 4), 0)]);
    month.exclusions = vec![outage.clone()];
    outage.level = Some("GIVEN_UP".to_owned());
    month.exclusions.push(outage);
    assert_eq!(shown(&month), [(value(1, 2), 3), (value(1, 3), 1)]);
    let raw = month.figures().levels[1].without_exclusions.value;
    assert_eq!(raw, value(2, 4));
    // A ticket is excused where tickets are counted, and the call about it counts on.
    month.calls[4].ticket = Some(ticket(7));
    month.exclusions = vec![decided(true, proposal(Subject::Ticket(ticket(7))))];
    assert_eq!(shown(&month), [(value(1, 5), 0), (value(2, 4), 0)]);
    // Entered, the same level knows of no call.
    month.set.levels[0].source = None;
    assert_eq!(shown(&month)[0].0, value(99, 100));
}

#[test]
fn units_are_taken_from_what_counts_against_and_no_more() {
    let mut lower = measured("ABANDONED", 50);
    lower.formula = Formula::CallsAbandoned;
    lower.direction = Direction::LowerIsBetter;
    (lower.target, lower.minimum) = (500, 1_000);
    let mut month = inputs(vec![measured("UP", 50), lower], 0, 0);
    enter(&mut month, "UP", 43_000, 43_200);
    enter(&mut month, "ABANDONED", 30, 400);
    let units = |level: &str, units| {
        let mut e = decided(
            true,
            proposal(Subject::Interval {
                from: at("2026-11-10T00:00:00Z"),
                to: at("2026-11-10T02:00:00Z"),
                units: Some(units),
            }),
        );
        e.level = Some(level.to_owned());
        e
    };
    month.exclusions = vec![units("UP", 120), units("ABANDONED", 12)];
    let values =
        |m: &Inputs| -> Vec<Value> { m.figures().levels.iter().map(|l| l.figure.value).collect() };
    assert_eq!(values(&month), [value(43_000, 43_080), value(18, 388)]);
    month.exclusions.push(units("UP", 5_000));
    assert_eq!(
        values(&month)[0],
        value(43_000, 43_000),
        "no more than was missed"
    );
    assert_eq!(month.figures().levels[0].excused, 200);
}

#[test]
fn the_weight_of_a_level_without_verdict_falls_to_the_others() {
    let mut young = percent("YOUNG", 30);
    young.stabilisation_months = 24;
    let mut month = inputs(
        vec![
            percent("A", 40),
            measured("UP", 10),
            young,
            measured("OTHER", 20),
        ],
        85,
        15,
    );
    enter(&mut month, "UP", 95, 100);
    let figures = month.figures();
    let verdicts: Vec<Verdict> = figures.levels.iter().map(|l| l.figure.verdict).collect();
    assert_eq!(
        verdicts,
        [
            Verdict::BelowTarget,
            Verdict::Met,
            Verdict::Stabilising,
            Verdict::NoData
        ]
    );
    // A earns 40 * 85/90 = 37.77, UP its 10; both together could have earned 50.
    let total = figures.total.unwrap();
    assert_eq!(
        total,
        Total {
            earned: 4_777,
            possible: 5_000
        }
    );
    assert_eq!(total.hundredths(), 9_554);
    let nothing = inputs(vec![measured("UP", 100)], 0, 0).figures();
    assert_eq!(
        (nothing.total, nothing.levels[0].figure.verdict),
        (None, Verdict::NoData)
    );
}

#[test]
fn an_average_of_points_is_judged_as_it_is() {
    let mut csat = measured("CSAT", 100);
    csat.formula = Formula::Satisfaction;
    csat.unit = Unit::Score;
    (csat.target, csat.minimum) = (430, 400);
    let mut month = inputs(vec![csat], 0, 0);
    enter(&mut month, "CSAT", 429, 100);
    assert_eq!(
        month.figures().levels[0].figure.verdict,
        Verdict::BelowTarget
    );
    enter(&mut month, "CSAT", 430, 100);
    assert_eq!(month.figures().levels[0].figure.verdict, Verdict::Met);
}

fn rank(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::BelowMinimum => 0,
        Verdict::BelowTarget => 1,
        _ => 2,
    }
}

proptest! {
    /// Whatever is excused: the figure is never worse than without it, and nothing that counts for the provider is lost.
    #[test]
    fn an_exclusion_never_makes_a_figure_worse(
        met in 0_u128..40,
        missed in 0_u128..40,
        excluded in proptest::collection::vec((0_u128..1_040, any::<bool>()), 0..60),
        measure in (0_i64..500, 0_i64..500),
        units in proptest::collection::vec(1_i64..300, 0..4),
    ) {
        let mut abandoned = measured("ABANDONED", 30);
        abandoned.direction = Direction::LowerIsBetter;
        abandoned.formula = Formula::CallsAbandoned;
        (abandoned.target, abandoned.minimum) = (500, 1_000);
        let mut month = inputs(vec![percent("A", 40), measured("UP", 30), abandoned], met, missed);
        let (n, rest) = measure;
        if n + rest > 0 {
            enter(&mut month, "UP", n, n + rest);
            enter(&mut month, "ABANDONED", n, n + rest);
        }
        let raw = month.figures();
        for (n, accepted) in excluded {
            month.exclusions.push(decided(accepted, proposal(Subject::Ticket(ticket(n)))));
        }
        for (i, n) in units.into_iter().enumerate() {
            let (from, to) = (month.from, month.to);
            let mut e = decided(true, proposal(Subject::Interval { from, to, units: Some(n) }));
            e.level = Some(if i % 2 == 0 { "UP" } else { "ABANDONED" }.to_owned());
            month.exclusions.push(e);
        }
        let figures = month.figures();
        for ((level, figure), before) in month.set.levels.iter().zip(&figures.levels).zip(&raw.levels) {
            prop_assert_eq!(figure.without_exclusions, before.figure);
            let (with, without) = (figure.figure, figure.without_exclusions);
            prop_assert_eq!(with.value.denominator + figure.excused, without.value.denominator);
            if level.direction == Direction::HigherIsBetter {
                prop_assert_eq!(with.value.numerator, without.value.numerator);
            }
            if with.verdict.judges() && without.verdict.judges() {
                prop_assert!(rank(with.verdict) >= rank(without.verdict));
                prop_assert!(with.earned >= without.earned);
            }
        }
    }

    #[test]
    fn the_total_lies_between_nothing_and_all(met in 0_u128..30, missed in 0_u128..30, n in 0_i64..100, rest in 0_i64..100) {
        let mut month = inputs(vec![percent("A", 60), measured("UP", 40)], met, missed);
        if n + rest > 0 {
            enter(&mut month, "UP", n, n + rest);
        }
        if let Some(total) = month.figures().total {
            prop_assert!((0..=10_000).contains(&total.hundredths()));
            prop_assert!(total.possible > 0 && total.earned <= total.possible);
        }
    }
}
