//! First responses, updates and resolutions between groups and with vendors: each in the time of whoever has the ticket.

use business_time::Calendar;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockBreached, ClockState, Target};
use ids::VendorId;
use serde_json::{Value, json};
use sla_clock::domain::agreement::{Agreement, Kind, OnReopen, Rule, Terms};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::Story;
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::happened::{Happened, What};

use crate::following::representation;
use crate::kit::{HOUR, agreement, book, read, story as told};
use crate::world::{World, at, gid, story};

use Priority::{Critical, Medium};
use TicketState::{Closed, InProgress, Open, Resolved, WaitingForVendor as Vendor};

fn named(target: Target, seconds: i64) -> Rule {
    Rule {
        code: "n2".to_owned(),
        name: "N2".to_owned(),
        ..Rule::plain(target, seconds)
    }
}

fn of_line(target: Target, seconds: i64) -> Rule {
    Rule {
        start: Some(Condition::Line(vec![2])),
        ..named(target, seconds)
    }
}

fn terms(rules: Vec<Rule>) -> Terms {
    Terms {
        rules,
        pause_on: Vec::new(),
        warn_percents: Vec::new(),
        on_reopen: OnReopen::NewCycle,
    }
}

/// What happened at a time of 23 November: the state, who answered, and the line that holds the ticket from there on.
type Step<'a> = (&'a str, TicketState, What, i16);

fn happened(steps: &[Step<'_>]) -> Vec<Happened> {
    let times: Vec<String> = steps
        .iter()
        .map(|s| format!("2026-11-23T{}:00Z", s.0))
        .collect();
    let plain = times
        .iter()
        .zip(steps)
        .map(|(time, step)| (time.as_str(), step.1, Medium));
    let mut all = told(&plain.collect::<Vec<_>>());
    for (h, (_, _, what, line)) in all.iter_mut().zip(steps) {
        h.line = Some(*line);
        if h.what != What::Opened {
            h.what = *what;
        }
    }
    all
}

fn of(kind: Kind, rules: Vec<Rule>, happened: &[Happened]) -> Vec<Reading> {
    let agreement = Agreement {
        kind,
        ..agreement(Calendar::always(), terms(rules))
    };
    read(
        &book(&[agreement]),
        Story::of(happened),
        at("2026-11-23T23:00:00Z"),
    )
    .unwrap()
}

/// Beginning and end of each cycle, and whether it was missed.
fn brief(readings: &[Reading]) -> Vec<(String, Option<String>, bool)> {
    let clock = |t: chrono::DateTime<chrono::Utc>| t.format("%H:%M").to_string();
    let all = readings.iter().enumerate();
    all.map(|(i, r)| {
        assert_eq!(usize::try_from(r.cycle).unwrap(), i + 1);
        (
            clock(r.started_at),
            r.stopped_at.map(clock),
            r.breached_at.is_some(),
        )
    })
    .collect()
}

fn cycle(from: &str, to: &str, late: bool) -> (String, Option<String>, bool) {
    (from.to_owned(), Some(to.to_owned()), late)
}

#[test]
fn n2_answers_within_half_an_hour_each_time_it_gets_the_ticket() {
    let within = || vec![of_line(Target::FirstResponse, HOUR / 2)];
    let steps = [
        ("09:00", Open, What::Opened, 1),
        // N1's answer is none of N2's.
        ("09:10", InProgress, What::Answered, 1),
        ("10:00", InProgress, What::Held, 2),
        ("10:20", InProgress, What::Answered, 2),
        // Once in a run is enough.
        ("12:00", InProgress, What::Answered, 2),
        ("13:00", InProgress, What::Held, 1),
        // Again with N2, who is too late now; and once more, and passes it on without a word.
        ("14:00", InProgress, What::Held, 2),
        ("15:00", InProgress, What::Answered, 2),
        ("16:00", InProgress, What::Held, 3),
        ("17:00", InProgress, What::Held, 2),
        ("17:10", InProgress, What::Held, 3),
    ];
    let wanted = [
        cycle("10:00", "10:20", false),
        cycle("14:00", "15:00", true),
        cycle("17:00", "17:10", false),
    ];
    for known in 1..=steps.len() {
        let all = happened(&steps[..known]);
        let readings = of(Kind::Ola, within(), &all);
        let done = readings
            .iter()
            .filter(|r| r.state == ClockState::Stopped)
            .count();
        assert_eq!(brief(&readings)[..done], wanted[..done], "{known} facts");
        assert!(readings.len() - done <= 1);
    }
    assert_eq!(brief(&of(Kind::Ola, within(), &happened(&steps))), wanted);
    // A vendor's word is no answer of N2's.
    let vendor = [
        ("09:00", Open, What::Opened, 2),
        ("09:05", Vendor, What::Changed, 2),
        ("09:10", Vendor, What::VendorAnswered, 2),
    ];
    let open = of(Kind::Ola, within(), &happened(&vendor));
    assert_eq!(
        (open.len(), open[0].state, open[0].stopped_at),
        (1, ClockState::Running, None)
    );
}

#[test]
fn each_answer_of_n2_owes_the_next_while_n2_has_the_ticket() {
    let steps = [
        ("09:00", Open, What::Opened, 1),
        ("09:10", InProgress, What::Answered, 1),
        ("10:00", InProgress, What::Held, 2),
        ("10:20", InProgress, What::Answered, 2),
        ("12:00", InProgress, What::Answered, 2),
        ("12:30", InProgress, What::Held, 1),
        ("13:00", InProgress, What::Answered, 1),
        ("14:00", InProgress, What::Held, 2),
        ("15:00", InProgress, What::Answered, 2),
        ("15:30", Resolved, What::Changed, 2),
    ];
    let all = of(
        Kind::Ola,
        vec![of_line(Target::NextUpdate, HOUR)],
        &happened(&steps),
    );
    assert_eq!(
        brief(&all),
        [
            cycle("10:20", "12:00", true),
            cycle("12:00", "12:30", false),
            cycle("15:00", "15:30", false),
        ]
    );
}

#[test]
fn a_vendors_first_response_and_update_are_the_vendors_own_words() {
    let steps = [
        ("09:00", Open, What::Opened, 2),
        ("10:00", Vendor, What::Changed, 2),
        // The provider's answer to the requester is none of the vendor's.
        ("10:30", Vendor, What::Answered, 2),
        ("11:30", Vendor, What::VendorAnswered, 2),
        ("12:00", Vendor, What::VendorAnswered, 2),
        ("14:00", InProgress, What::Changed, 2),
        ("15:00", Vendor, What::Changed, 2),
        ("15:10", InProgress, What::Changed, 2),
    ];
    let all = happened(&steps);
    let response = of(
        Kind::Supplier,
        vec![named(Target::FirstResponse, HOUR)],
        &all,
    );
    assert_eq!(
        brief(&response),
        [
            cycle("10:00", "11:30", true),
            cycle("15:00", "15:10", false)
        ]
    );
    let updates = of(Kind::Supplier, vec![named(Target::NextUpdate, HOUR)], &all);
    assert_eq!(
        brief(&updates),
        [
            cycle("11:30", "12:00", false),
            cycle("12:00", "14:00", true)
        ]
    );
    let resolution = of(
        Kind::Supplier,
        vec![named(Target::Resolution, 3 * HOUR)],
        &all,
    );
    assert_eq!(
        brief(&resolution),
        [
            cycle("10:00", "14:00", true),
            cycle("15:00", "15:10", false)
        ]
    );
    // And the vendor's word is none to the requester: the client's clocks do not hear it.
    let mut sla = Rule::plain(Target::FirstResponse, HOUR);
    let client = of(Kind::Sla, vec![sla.clone()], &all);
    assert_eq!(brief(&client), [cycle("09:00", "10:30", true)]);
    sla.target = Target::NextUpdate;
    let client = of(Kind::Sla, vec![sla], &all);
    assert_eq!(client.len(), 1);
    assert_eq!(client[0].started_at, at("2026-11-23T10:30:00Z"));
}

#[test]
fn a_groups_root_cause_is_owed_until_the_ticket_is_closed_or_gone() {
    let steps = [
        ("09:00", Open, What::Opened, 2),
        ("10:00", Resolved, What::Changed, 2),
        ("12:00", Closed, What::Changed, 2),
    ];
    let all = happened(&steps);
    let cause = of(Kind::Ola, vec![of_line(Target::RootCause, HOUR)], &all);
    assert_eq!(brief(&cause), [cycle("09:00", "12:00", true)]);
    let resolution = of(Kind::Ola, vec![of_line(Target::Resolution, 2 * HOUR)], &all);
    assert_eq!(brief(&resolution), [cycle("09:00", "10:00", false)]);
}

#[test]
fn a_response_that_was_given_is_not_owed_again_when_the_ticket_is_called_otherwise() {
    let critical = Rule {
        priorities: vec![Critical],
        ..of_line(Target::FirstResponse, HOUR / 4)
    };
    let rules = || vec![critical.clone(), of_line(Target::FirstResponse, HOUR)];
    let steps = [
        ("09:00", Open, What::Opened, 1),
        ("10:00", InProgress, What::Held, 2),
        ("10:30", InProgress, What::Answered, 2),
        ("11:00", InProgress, What::Changed, 2),
        ("12:00", InProgress, What::Answered, 2),
        ("13:00", InProgress, What::Held, 3),
        ("14:00", InProgress, What::Held, 2),
        ("14:30", InProgress, What::Answered, 2),
    ];
    let mut all = happened(&steps);
    all[3..].iter_mut().for_each(|h| h.priority = Critical);
    let wanted = [
        cycle("10:00", "10:30", false),
        cycle("14:00", "14:30", true),
    ];
    assert_eq!(brief(&of(Kind::Ola, rules(), &all)), wanted);
    // Raised before it was given, it is judged by what the ticket is by then.
    all[2].priority = Critical;
    let raised = of(Kind::Ola, rules(), &all);
    assert_eq!(brief(&raised)[0], cycle("10:00", "10:30", true));
    assert_eq!(raised.len(), 2);
}

#[test]
fn targets_between_groups_and_with_vendors_are_told_apart_by_their_codes() {
    let fault = |kind: Kind, rules: Vec<Rule>| terms(rules).fault(kind);
    let all = |make: fn(Target, i64) -> Rule| {
        let targets = [
            Target::FirstResponse,
            Target::NextUpdate,
            Target::Restoration,
            Target::Resolution,
            Target::RootCause,
            Target::Custom,
        ];
        targets.map(|target| make(target, HOUR)).to_vec()
    };
    assert_eq!(fault(Kind::Ola, all(of_line)), None);
    assert_eq!(fault(Kind::Supplier, all(named)), None);
    let bare = Rule {
        code: String::new(),
        name: String::new(),
        ..of_line(Target::Resolution, HOUR)
    };
    assert_eq!(
        fault(Kind::Ola, vec![bare.clone()]),
        Some(TermsFault::NeedsCode(0))
    );
    assert_eq!(fault(Kind::Sla, vec![bare.clone()]), None);
    assert_eq!(
        fault(Kind::Sla, vec![of_line(Target::Resolution, HOUR)]),
        Some(TermsFault::Code(0))
    );
    let nameless = Rule {
        name: " ".to_owned(),
        ..named(Target::Resolution, HOUR)
    };
    assert_eq!(
        fault(Kind::Supplier, vec![nameless]),
        Some(TermsFault::Code(0))
    );
    // One code may be a group's response and its resolution: those are two clocks, each with its rules.
    let both = vec![
        of_line(Target::FirstResponse, HOUR),
        of_line(Target::Resolution, 4 * HOUR),
    ];
    assert_eq!(fault(Kind::Ola, both.clone()), None);
    let open = happened(&[("09:00", Open, What::Opened, 2)]);
    assert_eq!(of(Kind::Ola, both, &open).len(), 2);
}

#[tokio::test]
async fn what_a_vendor_answered_is_heard_and_measured() {
    story(async {
        let world = World::start("vendor-answers").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let vendor = VendorId::new(&*world.ids);
        let calendar = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let create = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { field code } } }";
        let agree = async |name: &str, kind: &str, targets: Value| {
            let input = json!({"i": {"name": name, "kind": kind, "calendar": calendar, "terms": {"targets": targets},
                "validFrom": "2010-01-01T00:00:00Z"}});
            world.data(&manager, create, input).await["createAgreement"]["problems"].clone()
        };
        let of_vendor = |target: &str, seconds: i64| {
            json!({"target": target, "code": "db", "name": "Base de datos", "seconds": seconds,
                "start": {"field": "VENDOR", "isOneOf": [gid(acme, vendor)]}})
        };
        let theirs = json!([of_vendor("FIRST_RESPONSE", HOUR), of_vendor("RESOLUTION", 8 * HOUR)]);
        assert_eq!(agree("Proveedor", "SUPPLIER", theirs).await, json!([]));
        let ours = json!([{"target": "FIRST_RESPONSE", "seconds": HOUR}, {"target": "RESOLUTION", "seconds": 8 * HOUR}]);
        assert_eq!(agree("ANS", "SLA", ours).await, json!([]));

        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        ticket.vendor = Some(vendor);
        let waits = world.moved(acme, &mut ticket, Vendor);
        world.hear(acme, &[waits]).await;
        world.advance(2 * HOUR);
        let fact = world.vendor_answered(acme, &mut ticket);
        // Told twice, it is one answer.
        world.hear(acme, &[fact.clone(), fact]).await;
        world.advance(HOUR);

        let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { kind target code state \
            elapsedSeconds breachedAt explain { endedBy { what } } } } } }";
        let asked = representation(acme, &ticket, ticket.version);
        let clocks = world.data(&manager, query, asked).await["_entities"][0]["clocks"].clone();
        let brief: Vec<Value> = clocks.as_array().unwrap().iter().map(|c| {
            json!([c["kind"], c["target"], c["code"], c["state"], c["elapsedSeconds"].as_i64().unwrap() / HOUR, c["breachedAt"].is_string()])
        }).collect();
        let wanted = [
            json!(["SLA", "FIRST_RESPONSE", null, "RUNNING", 3, true]),
            json!(["SLA", "RESOLUTION", null, "RUNNING", 3, false]),
            json!(["SUPPLIER", "FIRST_RESPONSE", "db", "STOPPED", 2, true]),
            json!(["SUPPLIER", "RESOLUTION", "db", "RUNNING", 3, false]),
        ];
        assert!(wanted.iter().all(|one| brief.contains(one)) && brief.len() == wanted.len(), "{clocks}");
        let theirs = clocks.as_array().unwrap().iter().find(|c| c["code"] == "db" && c["state"] == "STOPPED").unwrap();
        assert_eq!(theirs["explain"]["endedBy"]["what"], "VENDOR_ANSWERED", "{theirs}");
        let breached = world.announced_as::<ClockBreached>().await;
        assert!(breached.iter().all(|(_, b)| b.clock.target_code.is_some() == (b.clock.agreement_kind == Kind::Supplier)));
        let summary = r#"{ clockSummary(target: FIRST_RESPONSE, code: "db", kind: SUPPLIER) { clocks breached } }"#;
        assert_eq!(world.data(&manager, summary, json!({})).await["clockSummary"], json!({"clocks": 1, "breached": 1}));
        world.end().await;
    })
    .await;
}
