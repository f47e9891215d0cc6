//! What groups and vendors owe each other may be any target: an answer within half an hour, say. By the rules alone.

use business_time::Calendar;
use chrono::{DateTime, Utc};
use events::Word as _;
use events::intake::{Priority, Service, TicketState};
use events::sla_clock::{ClockState, Target};
use ids::VendorId;
use proptest::prelude::*;
use sla_clock::domain::agreement::{Agreement, Kind, OnReopen, Rule, Terms};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::Story;
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::happened::{Happened, What};

use crate::kin::oclock;
use crate::kit::{agreement, book, read, story};

use Condition::Line;
use Priority::Medium;
use TicketState::{Closed, InProgress, Open, Queued, Resolved, WaitingForVendor};
use What::{Answered, Changed, Held, Opened, VendorAnswered};

pub const MINUTE: i64 = 60;

/// Hour, what happened, and the state and the line after it.
pub type Step<'a> = (&'a str, What, TicketState, i16);

pub fn told(steps: &[Step<'_>]) -> Vec<Happened> {
    let times: Vec<String> = steps
        .iter()
        .map(|(time, ..)| format!("2026-11-23T{time}:00Z"))
        .collect();
    let plain: Vec<_> = times
        .iter()
        .zip(steps)
        .map(|(time, (_, _, state, _))| (time.as_str(), *state, Medium))
        .collect();
    let mut happened = story(&plain);
    for (h, (_, what, _, line)) in happened.iter_mut().zip(steps) {
        h.what = *what;
        h.line = Some(*line);
    }
    happened
}

/// The ticket waits for a vendor from an instant on, until another one or until it waits no more.
fn waits_for(happened: &mut [Happened], from: &str, vendor: VendorId) {
    let waiting = |h: &&mut Happened| h.state == WaitingForVendor && h.at >= oclock(from);
    happened
        .iter_mut()
        .filter(waiting)
        .for_each(|h| h.vendor = Some(vendor));
}

pub fn terms(rules: Vec<Rule>) -> Terms {
    Terms {
        rules,
        pause_on: Vec::new(),
        warn_percents: Vec::new(),
        on_reopen: OnReopen::Continue,
    }
}

pub fn agreed(kind: Kind, rules: Vec<Rule>) -> Agreement {
    Agreement {
        kind,
        ..agreement(Calendar::always(), terms(rules))
    }
}

/// A target of so many minutes.
pub fn rule(target: Target, code: &str, minutes: i64) -> Rule {
    Rule {
        code: code.to_owned(),
        name: code.to_owned(),
        ..Rule::plain(target, minutes * MINUTE)
    }
}

/// The same of the second line.
pub fn of_n2(target: Target, minutes: i64) -> Rule {
    Rule {
        start: Some(Line(vec![2])),
        ..rule(target, "N2", minutes)
    }
}

pub fn all(kind: Kind, rules: Vec<Rule>, happened: &[Happened], now: &str) -> Vec<Reading> {
    let agreed = agreed(kind, rules);
    assert_eq!(agreed.terms.fault(kind), None);
    read(&book(&[agreed]), Story::of(happened), oclock(now)).unwrap()
}

fn hour(at: DateTime<Utc>) -> String {
    at.format("%H:%M").to_string()
}

/// `code cycle start-stop`, and the instant of the breach, of each.
pub fn brief(readings: &[Reading]) -> Vec<String> {
    let of = |r: &Reading| {
        let stop = r.stopped_at.map(hour).unwrap_or_default();
        let late = r.breached_at.map(hour).unwrap_or_default();
        let line = format!(
            "{} {} {}-{stop} {late}",
            r.code,
            r.cycle,
            hour(r.started_at)
        );
        line.trim_end().to_owned()
    };
    readings.iter().map(of).collect()
}

#[test]
fn every_target_between_groups_and_with_vendors_has_a_code_and_no_other_of_the_clients_has() {
    type Edit = fn(&mut Rule);
    let fault = |kind, rule: Rule| terms(vec![rule]).fault(kind);
    for &target in Target::ALL {
        for kind in [Kind::Ola, Kind::Supplier] {
            assert_eq!(fault(kind, of_n2(target, 30)), None, "{target:?} {kind:?}");
            let plain = Rule {
                start: Some(Line(vec![2])),
                ..Rule::plain(target, MINUTE)
            };
            assert_eq!(fault(kind, plain), Some(TermsFault::NeedsCode(0)));
            let spoils: [Edit; 3] = [
                |r| r.name.clear(),
                |r| r.code = "con espacio".to_owned(),
                |r| r.code = "x".repeat(41),
            ];
            for spoil in spoils {
                let mut bad = of_n2(target, 30);
                spoil(&mut bad);
                assert_eq!(fault(kind, bad), Some(TermsFault::Code(0)));
            }
            // Each time is another cycle: a reopening has nothing to do.
            let reopens = Rule {
                on_reopen: Some(OnReopen::NewCycle),
                ..of_n2(target, 30)
            };
            assert_eq!(fault(kind, reopens), Some(TermsFault::OnReopen(0)));
        }
        let nobodys = rule(target, "N2", 30);
        assert_eq!(
            fault(Kind::Ola, nobodys.clone()),
            Some(TermsFault::NeedsHolder(0))
        );
        let own = (target != Target::Custom).then_some(TermsFault::Code(0));
        assert_eq!(fault(Kind::Sla, nobodys), own, "{target:?}");
    }
}

#[test]
fn n2_answers_within_half_an_hour_each_time_that_it_holds_the_ticket() {
    let happened = told(&[
        ("09:00", Opened, Open, 1),
        // N1's answer is none of N2's.
        ("09:05", Answered, InProgress, 1),
        ("10:00", Held, Queued, 2),
        ("10:20", Answered, InProgress, 2),
        // What comes behind the first one begins nothing in the same time.
        ("10:50", Answered, InProgress, 2),
        ("11:30", Changed, InProgress, 2),
        ("12:00", Held, InProgress, 3),
        ("12:10", Answered, InProgress, 3),
        ("13:00", Held, InProgress, 2),
        ("13:45", Answered, InProgress, 2),
        // Passed on without a word: it stops there, in time.
        ("14:00", Held, InProgress, 3),
        ("15:00", Held, InProgress, 2),
        ("15:10", Held, InProgress, 3),
        // And resolved without one, too late.
        ("16:00", Held, InProgress, 2),
        ("16:40", Changed, Resolved, 2),
    ]);
    let expected = [
        "N2 1 10:00-10:20",
        "N2 2 13:00-13:45 13:30",
        "N2 3 15:00-15:10",
        "N2 4 16:00-16:40 16:30",
    ];
    let response = || vec![of_n2(Target::FirstResponse, 30)];
    let readings = all(Kind::Ola, response(), &happened, "17:00");
    assert_eq!(brief(&readings), expected);
    assert!(readings.iter().all(|r| r.state == ClockState::Stopped));
    // However much of it has happened, there are never more.
    for known in 1..=happened.len() {
        let readings = all(Kind::Ola, response(), &happened[..known], "17:00");
        let runs = happened[..known]
            .chunk_by(|a, b| a.line == b.line)
            .filter(|run| run[0].line == Some(2));
        assert_eq!(readings.len(), runs.count(), "{known} facts");
    }
    // While nobody has answered it runs, and the deadline passes.
    let open = all(Kind::Ola, response(), &happened[..3], "10:31");
    assert_eq!(brief(&open), ["N2 1 10:00- 10:30"]);
}

#[test]
fn n2_goes_on_telling_how_far_it_is_while_it_holds_the_ticket() {
    let happened = told(&[
        ("09:00", Opened, Open, 1),
        ("09:30", Answered, InProgress, 1),
        ("10:00", Held, InProgress, 2),
        ("10:30", Answered, InProgress, 2),
        ("11:15", Answered, InProgress, 2),
        ("12:00", Held, InProgress, 3),
        ("12:30", Answered, InProgress, 3),
        ("13:00", Held, InProgress, 2),
        ("13:30", VendorAnswered, InProgress, 2),
        ("14:00", Answered, InProgress, 2),
        ("15:00", Changed, Resolved, 2),
    ]);
    let updates = vec![of_n2(Target::NextUpdate, 40)];
    let readings = all(Kind::Ola, updates, &happened, "16:00");
    assert_eq!(
        brief(&readings),
        [
            "N2 1 10:30-11:15 11:10",
            "N2 2 11:15-12:00 11:55",
            "N2 3 14:00-15:00 14:40"
        ]
    );
}

#[test]
fn a_vendor_answers_by_its_own_word_and_each_vendor_by_its_own_code() {
    let ids = ids::seeded(4);
    let (a, b) = (VendorId::new(&*ids), VendorId::new(&*ids));
    let mut happened = told(&[
        ("09:00", Opened, Open, 2),
        ("10:00", Changed, WaitingForVendor, 2),
        // The requester is told something: that is no word of the vendor's.
        ("10:10", Answered, WaitingForVendor, 2),
        ("10:20", VendorAnswered, WaitingForVendor, 2),
        ("10:40", VendorAnswered, WaitingForVendor, 2),
        ("11:00", Changed, WaitingForVendor, 2),
        ("11:50", VendorAnswered, WaitingForVendor, 2),
        ("12:00", Changed, InProgress, 2),
        // Said late, when nobody waits any more: it stops nothing.
        ("12:10", VendorAnswered, InProgress, 2),
    ]);
    waits_for(&mut happened, "10:00", a);
    waits_for(&mut happened, "11:00", b);
    let of_vendor = |target, code: &str, vendor| Rule {
        start: Some(Condition::Vendor(vec![vendor])),
        ..rule(target, code, 30)
    };
    let responses = vec![
        of_vendor(Target::FirstResponse, "A", a),
        of_vendor(Target::FirstResponse, "B", b),
    ];
    let readings = all(Kind::Supplier, responses, &happened, "13:00");
    assert_eq!(
        brief(&readings),
        ["A 1 10:00-10:20", "B 1 11:00-11:50 11:30"]
    );
    let updates = vec![
        of_vendor(Target::NextUpdate, "A", a),
        of_vendor(Target::NextUpdate, "B", b),
    ];
    let readings = all(Kind::Supplier, updates, &happened, "13:00");
    assert_eq!(
        brief(&readings),
        ["A 1 10:20-10:40", "A 2 10:40-11:00", "B 1 11:50-12:00"]
    );
    // To the client and to the house a vendor's answer is none.
    let client = vec![Rule::plain(Target::FirstResponse, 30 * MINUTE)];
    let readings = all(Kind::Sla, client.clone(), &happened, "13:00");
    assert_eq!(readings[0].stopped_at, Some(oclock("10:10")));
    happened[2].what = Changed;
    let readings = all(Kind::Sla, client, &happened, "13:00");
    assert_eq!(readings[0].state, ClockState::Running);
    let update = vec![Rule::plain(Target::NextUpdate, 30 * MINUTE)];
    assert!(all(Kind::Sla, update, &happened, "13:00").is_empty());
    let n2 = vec![
        of_n2(Target::FirstResponse, 30),
        of_n2(Target::NextUpdate, 30),
    ];
    let readings = all(Kind::Ola, n2, &happened, "13:00");
    assert_eq!(brief(&readings), ["N2 1 09:00- 09:30"]);
}

#[test]
fn what_is_to_be_done_ends_with_the_time_in_which_it_is_owed_or_as_usual() {
    let mut happened = told(&[
        ("09:00", Opened, Open, 3),
        ("10:00", Changed, WaitingForVendor, 3),
        ("11:00", What::Restored, WaitingForVendor, 3),
        ("12:00", Changed, InProgress, 3),
        ("13:00", Changed, Resolved, 3),
        ("14:00", Changed, Closed, 3),
    ]);
    let back = Service::Restored {
        at: oclock("11:00"),
        workaround: true,
    };
    happened[2..]
        .iter_mut()
        .for_each(|h| h.service = Some(back));
    let rules = || {
        let all = [
            Target::Restoration,
            Target::Resolution,
            Target::RootCause,
            Target::Custom,
        ];
        all.map(|target| rule(target, "X", 600)).to_vec()
    };
    // The vendor's, while it is waited for.
    let readings = all(Kind::Supplier, rules(), &happened, "15:00");
    assert_eq!(
        brief(&readings),
        [
            "X 1 10:00-11:00",
            "X 1 10:00-12:00",
            "X 1 10:00-12:00",
            "X 1 10:00-12:00"
        ]
    );
    // N3's, which holds it all the time: the root cause is owed until the closing.
    let of_n3 = rules().into_iter().map(|r| Rule {
        start: Some(Line(vec![3])),
        ..r
    });
    let readings = all(Kind::Ola, of_n3.collect(), &happened, "15:00");
    assert_eq!(
        brief(&readings),
        [
            "X 1 09:00-11:00",
            "X 1 09:00-13:00",
            "X 1 09:00-14:00",
            "X 1 09:00-13:00"
        ]
    );
}

proptest! {
    /// Each time in which something is owed has one clock to its end, and one to the first answer in it.
    #[test]
    fn each_run_has_one_first_response(
        steps in prop::collection::vec((1i64..90_000, 0usize..4, 0usize..3, 1i16..4), 1..16),
        vendors in any::<bool>(),
    ) {
        let states = [InProgress, WaitingForVendor, Resolved, Closed];
        let mut happened = told(&[("09:00", Opened, Open, 1)]);
        for (n, (later, state, what, line)) in steps.into_iter().enumerate() {
            let mut next = happened[n].clone();
            next.version += 1;
            next.at += chrono::TimeDelta::seconds(later);
            next.what = [Changed, Answered, VendorAnswered][what];
            next.state = states[state];
            next.line = Some(line);
            happened.push(next);
        }
        let (kind, start, answer) = if vendors {
            (Kind::Supplier, None, VendorAnswered)
        } else {
            (Kind::Ola, Some(Line(vec![2, 3])), Answered)
        };
        let of = |target| {
            let rule = Rule { start: start.clone(), ..rule(target, "X", 60) };
            let agreed = agreed(kind, vec![rule]);
            let last = happened.last().unwrap().at;
            read(&book(&[agreed]), Story::of(&happened), last).unwrap()
        };
        let (runs, responses) = (of(Target::Custom), of(Target::FirstResponse));
        prop_assert_eq!(runs.len(), responses.len());
        for (run, response) in runs.iter().zip(responses) {
            let within = |h: &&Happened| h.at >= run.started_at && run.stopped_at.is_none_or(|stop| h.at < stop);
            let answered = happened.iter().filter(within).find(|h| h.what == answer).map(|h| h.at);
            prop_assert_eq!(response.started_at, run.started_at);
            prop_assert_eq!(response.stopped_at, answered.or(run.stopped_at));
        }
    }
}
