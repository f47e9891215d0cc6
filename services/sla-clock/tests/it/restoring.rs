//! Restored is not resolved: what stops where the service is back, and what goes on.

use business_time::Calendar;
use chrono::{DateTime, Utc};
use events::intake::{Priority, Service, TicketState};
use events::sla_clock::{ClockState, Target};
use sla_clock::domain::agreement::{Agreement, Kind, OnReopen, Rule, Terms};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::Story;
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::happened::{Happened, What};
use sla_clock::domain::late::Heard;
use sla_clock::domain::relations::Bond;
use sla_clock::domain::standby::{SchemeFault, fault};

use crate::kin::{Kin, oclock, with};
use crate::kit::{HOUR, agreement, book, read, story, terms};

use Condition::Restored;
use Priority::Medium;
use TicketState::{
    Cancelled, Closed, InProgress, Open, Reopened, Resolved, WaitingForVendor as Waiting,
};

fn back(time: &str) -> Service {
    Service::Restored {
        at: oclock(time),
        workaround: true,
    }
}

fn lost(time: &str) -> Service {
    Service::Lost { at: oclock(time) }
}

/// Somebody says so at that time: the ticket's next version.
fn say(facts: &mut Vec<Happened>, time: &str, service: Service) {
    let before = facts.iter().filter(|h| h.at <= oclock(time));
    let before = before.max_by_key(|h| h.at).unwrap().clone();
    facts.push(Happened {
        version: 1 + facts.iter().map(|h| h.version).max().unwrap(),
        at: oclock(time),
        what: if service.is_restored() {
            What::Restored
        } else {
            What::Lost
        },
        service: Some(service),
        ..before
    });
}

/// What happens to a ticket, hour by hour.
pub fn facts(steps: &[(&str, TicketState)]) -> Vec<Happened> {
    let times: Vec<String> = steps
        .iter()
        .map(|(time, _)| format!("2026-11-23T{time}:00Z"))
        .collect();
    let steps: Vec<_> = times
        .iter()
        .zip(steps)
        .map(|(time, (_, state))| (time.as_str(), *state, Medium))
        .collect();
    story(&steps)
}

pub const TARGETS: [(Target, i64); 3] = [
    (Target::Restoration, 4),
    (Target::Resolution, 24),
    (Target::RootCause, 80),
];

fn usual() -> Agreement {
    with(&TARGETS, OnReopen::Continue)
}

fn readings(by: &Agreement, facts: &[Happened], time: &str) -> Vec<Reading> {
    let heard = Heard::of(facts.to_vec(), &[]);
    let story = Story::of(&heard.all);
    read(&book(std::slice::from_ref(by)), story, oclock(time)).unwrap()
}

pub fn restoration(by: &Agreement, facts: &[Happened], time: &str) -> Vec<Reading> {
    let mut all = readings(by, facts, time);
    all.retain(|r| r.target == Target::Restoration);
    all
}

/// State, where it stopped, and after how many minutes.
pub fn brief(reading: &Reading) -> (ClockState, Option<DateTime<Utc>>, i64) {
    (
        reading.state,
        reading.stopped_at,
        reading.elapsed_seconds / 60,
    )
}

#[test]
fn restored_is_not_resolved_and_the_root_cause_is_still_owed() {
    let mut facts = facts(&[("10:00", Open), ("16:00", Resolved)]);
    say(&mut facts, "11:00", back("11:00"));
    let all = readings(&usual(), &facts, "18:00");
    let told: Vec<_> = all.iter().map(|r| (r.target, brief(r))).collect();
    let stopped = |time, minutes| (ClockState::Stopped, Some(oclock(time)), minutes);
    assert_eq!(
        told,
        [
            (Target::Restoration, stopped("11:00", 60)),
            (Target::Resolution, stopped("16:00", 360)),
            (Target::RootCause, (ClockState::Running, None, 480)),
        ]
    );
    // Who says nothing of it until the ticket is resolved has restored it then.
    facts.pop();
    let one = restoration(&usual(), &facts, "18:00").remove(0);
    assert_eq!(brief(&one), stopped("16:00", 360));
    assert_eq!(one.breached_at, Some(oclock("14:00")));
}

#[test]
fn a_service_that_was_back_before_it_was_said_stops_the_clock_at_its_own_second() {
    let mut facts = facts(&[("10:00", Open), ("10:30", InProgress), ("12:00", Waiting)]);
    // After the deadline, and after the ticket went to the vendor.
    say(&mut facts, "14:30", back("11:00"));
    let one = restoration(&usual(), &facts, "15:00").remove(0);
    let stopped = |time, minutes| (ClockState::Stopped, Some(oclock(time)), minutes);
    assert_eq!(brief(&one), stopped("11:00", 60));
    assert_eq!(one.breached_at, None);
    let heard = Heard::of(facts.clone(), &[]).all;
    let told: Vec<_> = heard
        .iter()
        .map(|h| (h.at, h.what, h.state, h.restored(), h.version))
        .collect();
    assert_eq!(
        told,
        [
            (oclock("10:00"), What::Opened, Open, false, 1),
            (oclock("10:30"), What::Changed, InProgress, false, 2),
            (oclock("11:00"), What::Restored, InProgress, true, 4),
            (oclock("12:00"), What::Changed, Waiting, true, 3),
            (oclock("14:30"), What::Changed, Waiting, true, 4),
        ]
    );
    // Put right, both ways.
    say(&mut facts, "15:00", back("12:30"));
    let one = restoration(&usual(), &facts, "16:00").remove(0);
    assert_eq!(brief(&one), stopped("12:30", 150));
    say(&mut facts, "15:30", back("10:15"));
    let one = restoration(&usual(), &facts, "16:00").remove(0);
    assert_eq!(brief(&one), stopped("10:15", 15));
    // At the very opening: it was back before anybody knew.
    say(&mut facts, "15:40", back("10:00"));
    let one = restoration(&usual(), &facts, "16:00").remove(0);
    assert_eq!(brief(&one), stopped("10:00", 0));
}

#[test]
fn a_service_that_is_lost_again_goes_on_as_after_a_reopening() {
    let mut facts = facts(&[("10:00", Open)]);
    say(&mut facts, "11:00", back("11:00"));
    // Said at one, and so since noon.
    say(&mut facts, "13:00", lost("12:00"));
    let by = |on_reopen| restoration(&with(&TARGETS, on_reopen), &facts, "13:30");
    let told = |all: Vec<Reading>| -> Vec<_> {
        let brief = |r: &Reading| (r.cycle, r.started_at, brief(r));
        all.iter().map(brief).collect()
    };
    let (begun, noon) = (oclock("10:00"), oclock("12:00"));
    let running = |minutes| (ClockState::Running, None, minutes);
    let first = (ClockState::Stopped, Some(oclock("11:00")), 60);
    assert_eq!(told(by(OnReopen::Continue)), [(1, begun, running(210))]);
    assert_eq!(
        told(by(OnReopen::NewCycle)),
        [(1, begun, first), (2, noon, running(90))]
    );
    let given_up = (ClockState::Cancelled, first.1, first.2);
    assert_eq!(
        told(by(OnReopen::Reset)),
        [(1, begun, given_up), (2, noon, running(90))]
    );
    // Back for good.
    say(&mut facts, "13:15", back("13:10"));
    let one = restoration(&usual(), &facts, "14:00").remove(0);
    let stopped = (ClockState::Stopped, Some(oclock("13:10")), 190);
    assert_eq!(brief(&one), stopped);
    // What was said to be back by mistake is lost at that very instant.
    say(&mut facts, "13:20", lost("13:10"));
    let one = restoration(&usual(), &facts, "14:00").remove(0);
    assert_eq!(brief(&one), running(240));
}

#[test]
fn a_reopened_ticket_has_lost_its_service_however_often_it_is_reopened() {
    let mut facts = facts(&[
        ("10:00", Open),
        ("12:00", Resolved),
        ("13:00", Reopened),
        ("14:00", Resolved),
        ("15:00", Reopened),
    ]);
    let mut told = back("11:00");
    for h in facts.iter_mut().skip(1) {
        if h.state == Reopened {
            told = Service::Lost { at: h.at };
        }
        h.service = Some(told);
    }
    // The fact that said so has not come yet: what came behind it tells it.
    let one = restoration(&usual(), &facts[..2], "12:30").remove(0);
    let stopped = (ClockState::Stopped, Some(oclock("11:00")), 60);
    assert_eq!(brief(&one), stopped);
    let one = restoration(&usual(), &facts[..3], "13:30").remove(0);
    assert_eq!(brief(&one), (ClockState::Running, None, 210));
    let heard = Heard::of(facts.clone(), &[]).all;
    let back: Vec<_> = heard.iter().map(|h| (h.what, h.restored())).collect();
    assert_eq!(
        back,
        [
            (What::Opened, false),
            (What::Restored, true),
            (What::Changed, true),
            (What::Changed, false),
            (What::Changed, false),
            (What::Changed, false),
        ]
    );
}

#[test]
fn who_says_nothing_of_the_service_leaves_it_as_it_is() {
    // A note by an intake that knows of no services comes between.
    let mut facts = facts(&[("10:00", Open)]);
    say(&mut facts, "11:00", back("11:00"));
    let silent = Happened {
        version: 3,
        at: oclock("12:00"),
        what: What::Changed,
        service: None,
        ..facts[0].clone()
    };
    facts.push(silent);
    let one = restoration(&usual(), &facts, "13:00").remove(0);
    assert_eq!(one.stopped_at, Some(oclock("11:00")));
    assert!(
        Heard::of(facts, &[])
            .all
            .iter()
            .skip(1)
            .all(Happened::restored)
    );
}

#[test]
fn what_restores_a_mass_incident_restores_each_of_its_parts() {
    let mut kin = Kin::default();
    let mass = kin.ticket(Medium, &[("09:00", Open)]);
    let part = kin.ticket(Medium, &[("10:00", Open)]);
    kin.link(part, Bond::Parent, mass, "10:30", None);
    let one = |kin: &Kin, time: &str| {
        let mut all = kin.by(&usual(), part, time);
        all.retain(|r| r.target != Target::RootCause);
        all.iter().map(brief).collect::<Vec<_>>()
    };
    let running = |minutes| (ClockState::Running, None, minutes);
    // Said at noon, and so since eleven.
    say(
        &mut kin.told.get_mut(&mass).unwrap().0,
        "12:00",
        back("11:00"),
    );
    let stopped = (ClockState::Stopped, Some(oclock("11:00")), 60);
    assert_eq!(one(&kin, "12:30"), [stopped, running(150)]);
    let heard = kin.heard(part).all;
    let at_eleven = heard.iter().find(|h| h.at == oclock("11:00")).unwrap();
    assert_eq!(
        (at_eleven.what, at_eleven.related.of, at_eleven.restored()),
        (What::Restored, Some(mass), false)
    );
    // Lost again, it goes on; the part's own service is back on its own.
    say(
        &mut kin.told.get_mut(&mass).unwrap().0,
        "13:00",
        lost("13:00"),
    );
    assert_eq!(one(&kin, "13:30"), [running(210), running(210)]);
    say(
        &mut kin.told.get_mut(&part).unwrap().0,
        "13:15",
        back("13:15"),
    );
    let own = (ClockState::Stopped, Some(oclock("13:15")), 195);
    assert_eq!(one(&kin, "13:30"), [own, running(210)]);

    // A mass incident that is withdrawn has restored nothing.
    let mut kin = Kin::default();
    let mass = kin.ticket(Medium, &[("09:00", Open), ("12:00", Cancelled)]);
    let part = kin.ticket(Medium, &[("10:00", Open)]);
    kin.link(part, Bond::Parent, mass, "10:30", None);
    say(
        &mut kin.told.get_mut(&mass).unwrap().0,
        "11:00",
        back("11:00"),
    );
    let mut all = kin.by(&usual(), part, "13:00");
    all.retain(|r| r.target == Target::Restoration);
    assert_eq!(brief(&all[0]), running(180));
}

#[test]
fn a_split_takes_over_how_the_service_stood_until_its_own_opening() {
    let mut kin = Kin::default();
    let original = kin.ticket(Medium, &[("09:00", Open)]);
    say(
        &mut kin.told.get_mut(&original).unwrap().0,
        "10:00",
        back("10:00"),
    );
    let split = kin.ticket(Medium, &[("11:00", Open)]);
    kin.link(split, Bond::SplitFrom, original, "11:00", None);
    let back: Vec<_> = kin
        .heard(split)
        .all
        .iter()
        .map(|h| (h.at, h.restored()))
        .collect();
    assert_eq!(back[1], (oclock("10:00"), true));
    assert_eq!(back[2], (oclock("11:00"), false));
    // Its own service is not back.
    let mut all = kin.by(&usual(), split, "12:00");
    all.retain(|r| r.target == Target::Restoration);
    assert_eq!(brief(&all[0]), (ClockState::Running, None, 180));
}

#[test]
fn a_closed_result_stands_when_the_word_comes_late() {
    let mut facts = facts(&[("10:00", Open), ("15:00", Resolved), ("16:00", Closed)]);
    say(&mut facts, "12:00", back("11:00"));
    let last = facts.last_mut().unwrap();
    last.late = 1;
    let heard = Heard::of(facts, &[]);
    let at = |late: i32| {
        let all = read(&book(&[usual()]), heard.by(late), oclock("17:00")).unwrap();
        all.iter()
            .find(|r| r.target == Target::Restoration)
            .and_then(|r| r.stopped_at)
    };
    assert_eq!(
        (at(0), at(1)),
        (Some(oclock("15:00")), Some(oclock("11:00")))
    );
}

#[test]
fn conditions_may_look_at_the_service() {
    let rule = |target| Rule::plain(target, 4 * HOUR);
    let by = |rule: Rule| {
        let rules = vec![rule];
        let terms = Terms {
            rules,
            ..terms(OnReopen::Continue)
        };
        agreement(Calendar::always(), terms)
    };
    let mut facts = facts(&[("10:00", Open), ("16:00", Resolved)]);
    say(&mut facts, "11:00", back("11:00"));
    say(&mut facts, "13:00", lost("13:00"));
    let one = |rule: Rule, time: &str| {
        let one = readings(&by(rule), &facts, time).pop().unwrap();
        (brief(&one), one.started_at)
    };
    let running = |minutes| (ClockState::Running, None, minutes);
    let begun = oclock("10:00");
    // Held while it is back, begun where it is back, anew where it is lost, over where it is back.
    let held = Rule {
        pause: Some(Restored(true)),
        ..rule(Target::Resolution)
    };
    assert_eq!(one(held, "14:00"), (running(120), begun));
    let after = Rule {
        start: Some(Restored(true)),
        ..rule(Target::RootCause)
    };
    assert_eq!(one(after, "14:00"), (running(180), oclock("11:00")));
    let anew = Rule {
        start: Some(Restored(true)),
        reset: Some(Restored(false)),
        ..rule(Target::RootCause)
    };
    assert_eq!(one(anew, "14:00"), (running(60), oclock("13:00")));
    let cancelled = Rule {
        cancel: Some(Restored(true)),
        ..rule(Target::Resolution)
    };
    let over = (ClockState::Cancelled, Some(oclock("11:00")), 60);
    let told = readings(&by(cancelled), &facts[..1], "10:30").remove(0);
    assert_eq!(brief(&told), running(30));
    let mut restored = facts.clone();
    restored.truncate(3);
    restored.remove(1);
    let cancelled = Rule {
        cancel: Some(Restored(true)),
        ..rule(Target::Resolution)
    };
    let told = readings(&by(cancelled), &restored, "14:00").remove(0);
    assert_eq!(brief(&told), over);
    // A restoration that stops by its state alone says so.
    let by_state = Rule {
        stop: Some(Condition::State(vec![Resolved])),
        ..rule(Target::Restoration)
    };
    let told = readings(&by(by_state), &facts, "17:00").remove(0);
    assert_eq!(told.stopped_at, Some(oclock("16:00")));
}

#[test]
fn what_a_service_can_never_be_is_refused() {
    let fault_of = |rule: Rule| {
        let terms = Terms {
            rules: vec![rule],
            ..terms(OnReopen::Continue)
        };
        terms.fault(Kind::Sla)
    };
    let plain = Rule::plain(Target::Restoration, HOUR);
    assert_eq!(fault_of(plain.clone()), None);
    let contradiction = Rule {
        when: Some(Condition::All(vec![Restored(true), Restored(false)])),
        ..plain.clone()
    };
    assert_eq!(fault_of(contradiction), Some(TermsFault::NeverAttaches(0)));
    let at_once = Rule {
        start: Some(Restored(true)),
        ..plain.clone()
    };
    assert_eq!(fault_of(at_once), Some(TermsFault::StopsAtOnce(0)));
    let never_held = Rule {
        pause: Some(Restored(true)),
        ..plain
    };
    assert_eq!(fault_of(never_held), Some(TermsFault::NeverPauses(0)));
    // Whoever says that it is back would send the standby home.
    assert!(matches!(
        fault(&Restored(false)),
        Some(SchemeFault::Field(_))
    ));
}
