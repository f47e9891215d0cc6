//! Which vendor: each has its own supplier agreement, and its own part of a clock's time.

use business_time::Calendar;
use chrono::TimeDelta;
use events::intake::{Priority, TicketSnapshot, TicketState};
use events::sla_clock::Target;
use ids::{TenantId, TicketId, VendorId};
use proptest::prelude::*;
use serde_json::{Value, json};
use sla_clock::domain::agreement::{Kind, OnReopen, Rule, Terms};
use sla_clock::domain::attribution::attribute;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::happened::What;
use sla_clock::domain::held_by::HeldBy;

use crate::following::representation;
use crate::kit::{HOUR, agreement, book, office, read, story as told};
use crate::world::{World, at, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id versions { targets { \
    start { field isOneOf } } } } problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { code cycle state \
    elapsedSeconds breachedAt nested { code } explain { segments { cause { fact { vendor { id } } } } } \
    attribution { whose vendor { id } seconds lateSeconds heldSeconds } } \
    clocksWhatIf(changes: [{classified: {priority: CRITICAL}}]) { clocks { code dueMovesBySeconds } } } } }";
const SIMULATE: &str = "query($i: SimulateAgreementInput!) { simulateAgreement(input: $i) { problems { code } \
    targets { code is { clocks breached } wouldBe { clocks breached } } } }";

/// A supplier agreement's target: so many hours of a vendor's.
fn of_vendor(code: &str, hours: i64, start: Value) -> Value {
    json!({"target": "CUSTOM", "code": code, "name": code, "seconds": hours * HOUR, "start": start})
}

fn is(vendor: &str) -> Value {
    json!({"field": "VENDOR", "isOneOf": [vendor]})
}

/// The ticket is another one after so many minutes.
async fn after(
    world: &World,
    tenant: TenantId,
    ticket: &mut TicketSnapshot,
    (minutes, to, vendor): (i64, TicketState, Option<VendorId>),
) {
    world.advance(minutes * 60);
    ticket.vendor = vendor;
    let fact = if ticket.state == to {
        let priority = ticket.priority;
        world.prioritised(tenant, ticket, priority)
    } else {
        world.moved(tenant, ticket, to)
    };
    world.hear(tenant, &[fact]).await;
}

/// `(code, cycle, state, elapsed hours, breached)` of each.
fn brief(clocks: &Value) -> Vec<Value> {
    let all = clocks.as_array().unwrap().iter();
    all.map(|c| {
        let hours = c["elapsedSeconds"].as_i64().unwrap() / HOUR;
        json!([
            c["code"],
            c["cycle"],
            c["state"],
            hours,
            c["breachedAt"].is_string()
        ])
    })
    .collect()
}

#[tokio::test]
async fn each_vendor_is_held_to_its_own_agreement_and_named_with_its_time() {
    use TicketState::{InProgress, Resolved, WaitingForVendor};
    story(async {
        let world = World::start("vendors").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let (a, b) = (VendorId::new(&*world.ids), VendorId::new(&*world.ids));
        let calendar = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let agree = async |name: &str, kind: &str, target: Value| {
            let input = json!({"i": {"name": name, "kind": kind, "calendar": calendar, "terms": {"targets": [target]},
                "validFrom": "2010-01-01T00:00:00Z"}});
            world.data(&manager, CREATE, input).await["createAgreement"].clone()
        };
        let sla = json!({"target": "RESOLUTION", "seconds": 6 * HOUR});
        agree("ANS", "SLA", sla).await;
        let made = agree("A", "SUPPLIER", of_vendor("a", 8, is(&gid(acme, a)))).await;
        assert_eq!(made["problems"], json!([]));
        let start = &made["agreement"]["versions"][0]["targets"][0]["start"];
        assert_eq!(start, &is(&gid(acme, a)));
        let made_b = agree("B", "SUPPLIER", of_vendor("b", 48, is(&gid(acme, b)))).await;
        assert_eq!(made_b["problems"], json!([]));

        let seen = async |ticket: &TicketSnapshot| {
            let asked = representation(acme, ticket, ticket.version);
            world.data(&manager, CLOCKS, asked).await["_entities"][0].clone()
        };
        // Nine hours of each: too long for the one, and not for the other.
        for (vendor, code, late) in [(a, "a", true), (b, "b", false)] {
            let mut ticket = world.ticket();
            world.hear(acme, &[world.opened(acme, &ticket)]).await;
            after(&world, acme, &mut ticket, (60, WaitingForVendor, Some(vendor))).await;
            after(&world, acme, &mut ticket, (9 * 60, InProgress, None)).await;
            let clocks = seen(&ticket).await["clocks"].clone();
            assert_eq!(
                brief(&clocks),
                [json!([null, 1, "RUNNING", 10, true]), json!([code, 1, "STOPPED", 9, late])],
                "{clocks}"
            );
        }
        // Two hours of the one, then three of the other, without work between; and who does not say which has neither's clock.
        let mut ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        for step in [
            (60, WaitingForVendor, Some(a)),
            (120, WaitingForVendor, Some(b)),
            (180, InProgress, None),
            (60, WaitingForVendor, None),
            (60, Resolved, None),
        ] {
            after(&world, acme, &mut ticket, step).await;
        }
        let ticket_seen = seen(&ticket).await;
        let clocks = &ticket_seen["clocks"];
        assert_eq!(
            brief(clocks),
            [
                json!([null, 1, "STOPPED", 8, true]),
                json!(["a", 1, "STOPPED", 2, false]),
                json!(["b", 1, "STOPPED", 3, false]),
            ],
            "{clocks}"
        );
        assert_eq!(clocks[0]["nested"], json!([{"code": "a"}, {"code": "b"}]));
        // Eight hours of six, shared out to the second; the late two are the house's and of a vendor that nobody named.
        let share = |whose: &str, vendor: Option<VendorId>, [seconds, late]: [i64; 2]| {
            json!({"whose": whose, "vendor": vendor.map(|v| json!({"id": gid(acme, v)})),
                "seconds": seconds * HOUR, "lateSeconds": late * HOUR, "heldSeconds": 0})
        };
        let shares = &clocks[0]["attribution"];
        assert_eq!(
            shares,
            &json!([
                share("VENDOR", Some(b), [3, 0]),
                share("PROVIDER", None, [2, 1]),
                share("VENDOR", Some(a), [2, 0]),
                share("VENDOR", None, [1, 1]),
            ])
        );
        let sum: i64 = shares.as_array().unwrap().iter().map(|s| s["seconds"].as_i64().unwrap()).sum();
        assert_eq!(clocks[0]["elapsedSeconds"], sum);
        for (clock, vendor) in [(&clocks[1], a), (&clocks[2], b)] {
            let fact = &clock["explain"]["segments"][0]["cause"]["fact"];
            assert_eq!(fact["vendor"]["id"], gid(acme, vendor));
            assert_eq!(clock["attribution"].as_array().unwrap().len(), 1);
            assert_eq!(clock["attribution"][0]["vendor"]["id"], gid(acme, vendor));
        }
        let unmoved = |code: Value| json!({"code": code, "dueMovesBySeconds": 0});
        assert_eq!(
            ticket_seen["clocksWhatIf"]["clocks"],
            json!([unmoved(Value::Null), unmoved(json!("a")), unmoved(json!("b"))])
        );
        // Had A promised an hour, both of its waits had been too long.
        let input = json!({"agreement": made["agreement"]["id"], "from": begun - TimeDelta::days(3), "to": begun + TimeDelta::days(1),
            "terms": {"targets": [of_vendor("a", 1, is(&gid(acme, a)))]}});
        let tried = world.data(&manager, SIMULATE, json!({"i": input})).await["simulateAgreement"].clone();
        assert_eq!(tried["problems"], json!([]), "{tried}");
        let of_a = tried["targets"].as_array().unwrap().iter().find(|t| t["code"] == "a").unwrap();
        assert_eq!(
            (&of_a["is"], &of_a["wouldBe"]),
            (&json!({"clocks": 2, "breached": 1}), &json!({"clocks": 2, "breached": 2}))
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn agreements_with_vendors_that_make_no_sense_are_refused() {
    story(async {
        let world = World::start("vendors-senseless").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let calendar = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let input = |name: &str, target: Value, pause_on: Value| {
            json!({"i": {"name": name, "kind": "SUPPLIER", "calendar": calendar,
                "terms": {"targets": [target], "pauseOn": pause_on}}})
        };
        let vendor = is(&gid(acme, VendorId::new(&*world.ids)));
        let other = is(&gid(acme, VendorId::new(&*world.ids)));
        let plain = || of_vendor("a", 8, vendor.clone());
        let done = world.data(&manager, CREATE, input("A", plain(), json!([]))).await;
        assert_eq!(done["createAgreement"]["problems"], json!([]));
        let mut for_whom = of_vendor("w", 8, Value::Null);
        for_whom["when"] = vendor.clone();
        let working = json!({"field": "STATE", "isOneOf": ["IN_PROGRESS"]});
        let mut reset = of_vendor("r", 8, vendor.clone());
        reset["reset"] = working.clone();
        for (target, pause_on, field, code) in [
            // The first would be for every ticket.
            (of_vendor("a", 48, other.clone()), json!([]), "targets.0.code", "CODE_TAKEN"),
            (of_vendor("a", 48, Value::Null), json!([]), "targets.0.code", "CODE_TAKEN"),
            (for_whom, json!([]), "targets.0.when", "VENDOR_BELONGS_TO_START"),
            (of_vendor("s", 8, json!({"all": [vendor.clone(), working]})), json!([]), "targets.0.start", "NEVER_STARTS"),
            (of_vendor("s", 8, json!({"all": [vendor, other]})), json!([]), "targets.0.start", "NEVER_STARTS"),
            (reset, json!([]), "targets.0.reset", "NEVER_RESETS"),
            (of_vendor("p", 8, plain()["start"].clone()), json!(["WAITING_FOR_VENDOR"]), "targets.0.pause", "NEVER_RUNS"),
        ] {
            let refused = world.data(&manager, CREATE, input("B", target.clone(), pause_on)).await;
            assert_eq!(refused["createAgreement"]["problems"], json!([{"field": field, "code": code}]), "{target}");
        }
        // Another tenant's vendor is not found, wherever it is named.
        let globex = world.tenant("globex").await;
        let theirs = is(&gid(globex, VendorId::new(&*world.ids)));
        let target = of_vendor("x", 8, theirs.clone());
        assert_eq!(world.refusal(&manager, CREATE, input("B", target, json!([]))).await, "NOT_FOUND");
        let urgent = "mutation($i: SetNotificationHoursInput!) { setNotificationHours(input: $i) { problems { code } } }";
        let hours = |urgent: &Value| json!({"i": {"calendar": calendar, "urgent": urgent}});
        assert_eq!(world.refusal(&manager, urgent, hours(&theirs)).await, "NOT_FOUND");
        // For whom a ticket waits neither hurries people nor calls anybody out.
        let told = world.data(&manager, urgent, hours(&plain()["start"])).await;
        assert_eq!(told["setNotificationHours"]["problems"][0]["code"], "BAD_URGENT_FIELD");
        let scheme = "mutation($i: SetStandbySchemeInput!) { setStandbyScheme(input: $i) { problems { code } } }";
        let eligible = json!({"i": {"calendar": calendar, "eligible": plain()["start"]}});
        let told = world.data(&manager, scheme, eligible).await;
        assert_eq!(told["setStandbyScheme"]["problems"][0]["code"], "BAD_STANDBY_FIELD");
        world.end().await;
    })
    .await;
}

#[test]
fn what_intake_told_before_vendors_were_is_read_and_written_as_it_was() {
    let ids = ids::seeded(9);
    let told = json!({
        "ticket": TicketId::new(&*ids), "version": 3, "number": "INC-000001", "kind": "incident", "major": false,
        "state": "waiting_for_vendor", "priority": "medium", "impact_internal": "low", "impact_external": "none",
        "urgency": "medium", "category": null, "application": null, "requester": null, "channel": "portal",
        "opened_at": "2026-11-23T10:00:00Z", "state_since": "2026-11-23T11:00:00Z",
    });
    let mut ticket: TicketSnapshot = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(ticket.vendor, None);
    assert_eq!(serde_json::to_value(&ticket).unwrap(), told);
    let vendor = VendorId::new(&*ids);
    ticket.vendor = Some(vendor);
    assert_eq!(
        serde_json::to_value(&ticket).unwrap()["vendor"],
        json!(vendor)
    );
}

#[test]
fn a_condition_on_vendors_holds_where_one_of_them_is_waited_for() {
    let vendor = VendorId::new(&*ids::seeded(8));
    let text = format!(r#"{{"vendor":["{vendor}"]}}"#);
    let condition: Condition = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&condition).unwrap(), text);
    let mut steps = told(&[(
        "2026-11-23T10:00:00Z",
        TicketState::WaitingForVendor,
        Priority::Medium,
    )]);
    assert!(!condition.holds(&steps[0]), "nobody said for whom it waits");
    steps[0].vendor = Some(vendor);
    assert!(condition.holds(&steps[0]));
}

#[test]
fn a_target_within_one_agreement_that_another_vendors_takes_is_refused() {
    let ids = ids::seeded(3);
    let of = |vendor| Rule {
        code: "v".to_owned(),
        name: "v".to_owned(),
        start: Some(Condition::Vendor(vec![vendor])),
        ..Rule::plain(Target::Custom, HOUR)
    };
    let terms = |rules: Vec<Rule>| Terms {
        rules,
        pause_on: Vec::new(),
        warn_percents: Vec::new(),
        on_reopen: OnReopen::Continue,
    };
    let (one, other) = (of(VendorId::new(&*ids)), of(VendorId::new(&*ids)));
    let both = terms(vec![one.clone(), other.clone()]);
    assert_eq!(both.fault(Kind::Supplier), Some(TermsFault::Unreachable(1)));
    let apart = Rule {
        code: "w".to_owned(),
        ..other
    };
    assert_eq!(terms(vec![one, apart]).fault(Kind::Supplier), None);
}

/// `(hour, state, vendor)` of each step.
fn steps(
    all: &[(&str, TicketState, Option<VendorId>)],
) -> Vec<sla_clock::domain::happened::Happened> {
    let times: Vec<String> = all
        .iter()
        .map(|(time, _, _)| format!("2026-11-23T{time}:00:00Z"))
        .collect();
    let plain: Vec<_> = times
        .iter()
        .zip(all)
        .map(|(time, (_, state, _))| (time.as_str(), *state, Priority::Medium))
        .collect();
    let mut happened = told(&plain);
    for (h, (_, _, vendor)) in happened.iter_mut().zip(all) {
        h.vendor = *vendor;
    }
    happened
}

#[test]
fn what_holds_a_clock_is_each_vendors_own() {
    use TicketState::{InProgress, Open, Resolved, WaitingForVendor};
    let ids = ids::seeded(2);
    let (a, b) = (VendorId::new(&*ids), VendorId::new(&*ids));
    let happened = steps(&[
        ("10", Open, None),
        ("11", WaitingForVendor, Some(a)),
        ("13", WaitingForVendor, Some(b)),
        ("16", InProgress, None),
        ("17", Resolved, None),
    ]);
    let terms = Terms {
        rules: vec![Rule::plain(Target::Resolution, 8 * HOUR)],
        pause_on: vec![WaitingForVendor],
        warn_percents: Vec::new(),
        on_reopen: OnReopen::Continue,
    };
    let book = book(&[agreement(Calendar::always(), terms)]);
    let story = Story::of(&happened);
    let until = at("2026-11-23T17:00:00Z");
    let reading = read(&book, story, until).unwrap().remove(0);
    assert_eq!(reading.elapsed_seconds, 2 * HOUR);
    let course = courses(&book, story, (Target::Resolution, ""))
        .unwrap()
        .remove(0);
    let holds: Vec<_> = course
        .holds
        .iter()
        .map(|h| (h.by.vendor, h.pause.to))
        .collect();
    assert_eq!(
        holds,
        [
            (Some(a), Some(at("2026-11-23T13:00:00Z"))),
            (Some(b), Some(at("2026-11-23T16:00:00Z")))
        ]
    );
    let shares = attribute(&course, story, reading.target_seconds, until).unwrap();
    let shares: Vec<_> = shares
        .iter()
        .map(|s| (s.of, s.vendor, s.seconds / HOUR, s.held_seconds / HOUR))
        .collect();
    assert_eq!(
        shares,
        [
            (HeldBy::Provider, None, 2, 0),
            (HeldBy::Vendor, Some(b), 0, 3),
            (HeldBy::Vendor, Some(a), 0, 2),
        ]
    );
}

proptest! {
    /// Every counted second of a wait is one vendor's, and each vendor's are those in which it was waited for.
    #[test]
    fn vendors_shares_sum_to_the_clock(
        passes in prop::collection::vec((0i64..200_000, 0usize..5), 1..10),
        later in 0i64..500_000,
        held in any::<bool>(),
    ) {
        use TicketState::{InProgress, WaitingForVendor};
        let ids = ids::seeded(6);
        let all: Vec<VendorId> = (0..3).map(|_| VendorId::new(&*ids)).collect();
        let mut time = at("2026-11-20T12:00:00Z");
        let mut happened = told(&[("2026-11-20T12:00:00Z", TicketState::Open, Priority::Medium)]);
        for (n, (pass, which)) in passes.into_iter().enumerate() {
            time += TimeDelta::milliseconds(pass * 1_000 + 411);
            let mut next = happened[0].clone();
            next.version = i64::try_from(n).unwrap() + 2;
            next.what = What::Changed;
            next.at = time;
            next.state = if which == 4 { InProgress } else { WaitingForVendor };
            next.vendor = all.get(which).copied();
            happened.push(next);
        }
        let terms = Terms {
            rules: vec![Rule::plain(Target::Resolution, 30 * HOUR)],
            pause_on: if held { vec![WaitingForVendor] } else { Vec::new() },
            warn_percents: Vec::new(),
            on_reopen: OnReopen::NewCycle,
        };
        let book = book(&[agreement(office(), terms)]);
        let as_of = time + TimeDelta::seconds(later);
        let story = Story::of(&happened);
        let reading = read(&book, story, as_of).unwrap().remove(0);
        let course = courses(&book, story, (Target::Resolution, "")).unwrap().remove(0);
        let shares = attribute(&course, story, reading.target_seconds, as_of).unwrap();
        prop_assert_eq!(shares.iter().map(|s| s.seconds).sum::<i64>(), reading.elapsed_seconds);
        for vendor in all.iter().map(|v| Some(*v)).chain([None]) {
            let ends = happened.iter().skip(1).map(|h| h.at).chain([as_of]);
            let waits = happened.iter().zip(ends).filter(|(h, _)| h.state == WaitingForVendor && h.vendor == vendor);
            let open: i64 = waits.map(|(h, end)| course.hours.elapsed(h.at, end, &[]).unwrap()).sum();
            let of = shares.iter().find(|s| s.of == HeldBy::Vendor && s.vendor == vendor);
            prop_assert_eq!(of.map_or(0, |s| s.seconds + s.held_seconds), open);
        }
    }
}
