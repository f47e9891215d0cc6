//! A vendor's answer, as intake tells it: what it stops, and whose it is where tickets hang together.

use access::{CallerKind, Role};
use events::intake::{Actor, Priority, TicketSnapshot, TicketState, TicketVendorAnswered};
use events::sla_clock::{AgreementKind, ClockChanged, Target};
use events::{Envelope, Meta, Origin};
use ids::{EntryId, EventId, PersonId, TenantId, TicketId, VendorId};
use serde_json::{Value, json};
use sla_clock::domain::agreement::{Agreement, Kind};
use sla_clock::domain::happened::What;
use sla_clock::domain::relations::Bond;

use crate::following::representation;
use crate::inner_targets::{agreed, brief, rule};
use crate::kin::Kin;
use crate::kit::HOUR;
use crate::world::{World, gid, story};

use Priority::Medium;
use TicketState::{InProgress, Open, WaitingForVendor};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id } problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { kind target code name cycle \
    state elapsedSeconds breachedAt explain { endedBy { what vendor { id } } } } } } }";

/// Somebody of the provider writes down what the vendor answered.
fn vendor_answered(world: &World, tenant: TenantId, ticket: &mut TicketSnapshot) -> Envelope {
    ticket.version += 1;
    let person = PersonId::new(&*world.ids);
    let fact = TicketVendorAnswered {
        ticket: ticket.clone(),
        entry: EntryId::new(&*world.ids),
        by: Actor::Staff { person },
    };
    let meta = Meta {
        id: EventId::new(&*world.ids),
        subject: ticket.ticket.to_string(),
        time: world.now(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        sequence: ticket.version,
        origin: Origin::Live,
        traceparent: None,
    };
    Envelope::of(meta, &fact).unwrap()
}

#[tokio::test]
async fn a_vendor_is_held_to_its_answer_and_to_its_solution() {
    story(async {
        let world = World::start("vendor-answers").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let (a, b) = (VendorId::new(&*world.ids), VendorId::new(&*world.ids));
        let calendar = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let agree = async |name: &str, kind: &str, targets: Value| {
            let input = json!({"i": {"name": name, "kind": kind, "calendar": calendar, "terms": {"targets": targets},
                "validFrom": "2010-01-01T00:00:00Z"}});
            world.data(&manager, CREATE, input).await["createAgreement"]["problems"].clone()
        };
        let of = |target: &str, start: Value, seconds: i64| {
            json!({"target": target, "code": "a", "name": "Proveedor A", "seconds": seconds, "start": start})
        };
        let is = |vendor: VendorId| json!({"field": "VENDOR", "isOneOf": [gid(acme, vendor)]});
        let sla = json!([{"target": "FIRST_RESPONSE", "seconds": HOUR}]);
        assert_eq!(agree("ANS", "SLA", sla).await, json!([]));
        let own = json!([of("FIRST_RESPONSE", is(a), HOUR / 2), of("RESOLUTION", is(a), 8 * HOUR)]);
        assert_eq!(agree("A", "SUPPLIER", own).await, json!([]));
        // Clocks are told apart by target and code: another vendor, or a group, takes another of the two.
        let taken = json!([{"field": "targets.0.code", "code": "CODE_TAKEN"}]);
        let line = json!({"field": "LINE", "isOneOf": ["3"]});
        assert_eq!(agree("B", "SUPPLIER", json!([of("FIRST_RESPONSE", is(b), 60)])).await, taken);
        assert_eq!(agree("N3", "OLA", json!([of("RESOLUTION", line.clone(), 60)])).await, taken);
        assert_eq!(agree("N3", "OLA", json!([of("ROOT_CAUSE", line, 60)])).await, json!([]));

        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(HOUR);
        ticket.vendor = Some(a);
        let waits = world.moved(acme, &mut ticket, WaitingForVendor);
        world.hear(acme, &[waits]).await;
        // The requester is told that the vendor was asked: the client's clock stops, and the vendor's goes on.
        world.advance(10 * 60);
        let by = Actor::Staff { person: PersonId::new(&*world.ids) };
        let told = world.replied(acme, &mut ticket, by, false);
        world.hear(acme, &[told]).await;
        world.advance(10 * 60);
        let answered = vendor_answered(&world, acme, &mut ticket);
        world.hear(acme, &[answered]).await;
        world.advance(40 * 60);
        let again = vendor_answered(&world, acme, &mut ticket);
        world.hear(acme, &[again]).await;
        world.advance(60 * 60);
        ticket.vendor = None;
        let solved = world.moved(acme, &mut ticket, InProgress);
        world.hear(acme, &[solved]).await;

        let asked = representation(acme, &ticket, ticket.version);
        let clocks = world.data(&manager, CLOCKS, asked.clone()).await["_entities"][0]["clocks"].clone();
        let shown = |kind: &str, target: &str| {
            let all = clocks.as_array().unwrap().iter();
            let mut found = all.filter(|c| c["kind"] == kind && c["target"] == target);
            let clock = found.next().unwrap_or_else(|| panic!("{clocks}")).clone();
            assert!(found.next().is_none(), "{clocks}");
            let minutes = clock["elapsedSeconds"].as_i64().unwrap() / 60;
            let ended = clock["explain"]["endedBy"].clone();
            json!([clock["code"], clock["name"], clock["cycle"], minutes, clock["breachedAt"].is_string(), ended])
        };
        let ended = |what: &str, vendor: Option<VendorId>| {
            json!({"what": what, "vendor": vendor.map(|v| json!({"id": gid(acme, v)}))})
        };
        assert_eq!(
            shown("SLA", "FIRST_RESPONSE"),
            json!([null, null, 1, 70, true, ended("ANSWERED", Some(a))])
        );
        assert_eq!(
            shown("SUPPLIER", "FIRST_RESPONSE"),
            json!(["a", "Proveedor A", 1, 20, false, ended("VENDOR_ANSWERED", Some(a))])
        );
        assert_eq!(
            shown("SUPPLIER", "RESOLUTION"),
            json!(["a", "Proveedor A", 1, 120, false, ended("CHANGED", None)])
        );
        // Counted apart, and told apart.
        let summary = "{ sla: clockSummary(target: FIRST_RESPONSE) { clocks breached } \
            vendor: clockSummary(target: FIRST_RESPONSE, code: \"a\", kind: SUPPLIER) { clocks met breached } \
            none: clockSummary(target: RESOLUTION) { clocks } }";
        assert_eq!(
            world.data(&manager, summary, json!({})).await,
            json!({"sla": {"clocks": 1, "breached": 1}, "vendor": {"clocks": 1, "met": 1, "breached": 0}, "none": {"clocks": 0}})
        );
        let told = world.announced_as::<ClockChanged>().await;
        let codes = |kind: AgreementKind| {
            let of = told.iter().map(|(_, fact)| &fact.clock).filter(|c| c.agreement_kind == kind);
            let of = of.filter(|c| c.target == Target::FirstResponse);
            let mut codes: Vec<Option<&str>> = of.map(|c| c.target_code.as_deref()).collect();
            codes.dedup();
            codes
        };
        assert_eq!((codes(AgreementKind::Sla), codes(AgreementKind::Supplier)), (vec![None], vec![Some("a")]));
        // The client sees what was agreed with it, and no more.
        let client = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        let seen = world.data(&client, CLOCKS, asked).await["_entities"][0]["clocks"].clone();
        let kinds: Vec<&Value> = seen.as_array().unwrap().iter().map(|c| &c["kind"]).collect();
        assert_eq!(kinds, ["SLA"]);
        world.end().await;
    })
    .await;
}

/// Any vendor answers within half an hour.
fn any_vendor() -> Agreement {
    agreed(Kind::Supplier, vec![rule(Target::FirstResponse, "V", 30)])
}

/// The vendor answers on a ticket.
fn answers(kin: &mut Kin, ticket: TicketId, time: &str) {
    kin.answer(ticket, time);
    let facts = &mut kin.told.get_mut(&ticket).unwrap().0;
    facts.last_mut().unwrap().what = What::VendorAnswered;
}

#[test]
fn what_a_vendor_answered_is_the_story_of_what_repeats_a_ticket_until_that_one_was_opened() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("10:00", Open), ("10:10", WaitingForVendor)]);
    let repeats = kin.ticket(Medium, &[("08:00", Open), ("08:30", WaitingForVendor)]);
    answers(&mut kin, repeats, "08:50");
    // Behind the opening of the other it has its own case with its vendor.
    answers(&mut kin, repeats, "10:20");
    kin.link(repeats, Bond::DuplicateOf, goes_on, "11:00", None);
    let all = kin.by(&any_vendor(), goes_on, "11:30");
    assert_eq!(brief(&all), ["V 1 08:30-08:50", "V 2 10:10- 10:40"]);
    let split = kin.ticket(Medium, &[("09:30", Open)]);
    kin.relations.clear();
    kin.link(split, Bond::SplitFrom, repeats, "09:30", None);
    let all = kin.by(&any_vendor(), split, "11:30");
    assert_eq!(brief(&all), ["V 1 08:30-08:50"]);
}

#[test]
fn what_a_vendor_answers_to_a_mass_incident_answers_none_of_its_parts() {
    let mut kin = Kin::default();
    let mass = kin.ticket(Medium, &[("08:00", Open), ("08:30", WaitingForVendor)]);
    let part = kin.ticket(Medium, &[("09:00", Open), ("09:10", WaitingForVendor)]);
    kin.link(part, Bond::Parent, mass, "09:20", None);
    answers(&mut kin, mass, "09:35");
    let of = |ticket| brief(&kin.by(&any_vendor(), ticket, "10:00"));
    assert_eq!(of(mass), ["V 1 08:30-09:35 09:00"]);
    assert_eq!(of(part), ["V 1 09:10- 09:40"]);
}
