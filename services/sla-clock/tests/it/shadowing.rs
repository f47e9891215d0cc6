//! What could never attach, or never pause, is refused: agreements before it in the attach order leave it no ticket, or no ticket of
//! its targets can be in a state that is to hold them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::AgreementId;
use serde_json::{Value, json};
use sla_clock::domain::agreement::{Agreement, Kind, OnReopen, Rule, Terms, USUAL_PAUSES};
use sla_clock::domain::condition::Condition;
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::hours_of::Desk;
use sla_clock::domain::rulebook::Rulebook;
use sla_clock::domain::shadowed::{Shadowed, shadowed};

use crate::kit::{HOUR, agreement, office};
use crate::world::{World, at, story, usual_terms};

use Priority::{Critical, High, Low, Medium};

fn of(priorities: &[Priority]) -> Rule {
    Rule {
        priorities: priorities.to_vec(),
        ..Rule::plain(Target::Resolution, HOUR)
    }
}

fn terms(rules: Vec<Rule>) -> Terms {
    Terms {
        rules,
        pause_on: Vec::new(),
        warn_percents: Vec::new(),
        on_reopen: OnReopen::Continue,
    }
}

fn agreed(name: &str, position: i32, rules: Vec<Rule>) -> Agreement {
    Agreement {
        id: AgreementId::new(&*ids::seeded(name.len() as u64)),
        name: name.into(),
        position,
        ..agreement(office(), terms(rules))
    }
}

fn now() -> DateTime<Utc> {
    at("2026-11-23T12:00:00Z")
}

fn judged(others: &[&Agreement], mine: &Agreement) -> Option<Shadowed> {
    let mut all: Vec<Agreement> = others.iter().map(|a| (*a).clone()).collect();
    all.push(mine.clone());
    shadowed(&Rulebook::new(1, all, Desk::default()), mine, now())
}

fn by(rule: usize, names: &[&str]) -> Shadowed {
    let by = names.iter().map(|name| Arc::from(*name)).collect();
    Shadowed { rule, by }
}

#[test]
fn what_others_take_whole_can_never_attach() {
    let all = agreed("A", 1, vec![of(&[])]);
    let mine = agreed("BB", 2, vec![of(&[Critical])]);
    assert_eq!(judged(&[&all], &mine), Some(by(0, &["A"])));
    // Before it, or of another target, or where it leaves something.
    let first = Agreement {
        position: 0,
        ..mine.clone()
    };
    assert_eq!(judged(&[&all], &first), None);
    let other = agreed("A", 1, vec![Rule::plain(Target::FirstResponse, HOUR)]);
    assert_eq!(judged(&[&other], &mine), None);
    let some = agreed("A", 1, vec![of(&[High, Medium])]);
    assert_eq!(judged(&[&some], &mine), None);
    // Two together leave nothing; of several targets it is the second.
    let rest = agreed("CCC", 1, vec![of(&[Critical, Low])]);
    let general = agreed(
        "DDDD",
        3,
        vec![Rule::plain(Target::FirstResponse, HOUR), of(&[])],
    );
    assert_eq!(
        judged(&[&some, &rest], &general),
        Some(by(1, &["A", "CCC"]))
    );
    assert_eq!(judged(&[&some], &general), None);
    // What its own earlier target and another agreement take together.
    let own = agreed("DDDD", 3, vec![of(&[Critical, Low]), of(&[])]);
    assert_eq!(judged(&[&some], &own), Some(by(1, &["A"])));
    // In the same place the older one is first.
    let beside = Agreement {
        position: 1,
        ..mine.clone()
    };
    let older = (all.id < beside.id).then(|| by(0, &["A"]));
    assert_eq!(judged(&[&all], &beside), older);
}

#[test]
fn the_time_counts_for_which_they_stand_in_the_way() {
    let all = agreed("A", 1, vec![of(&[])]);
    let mine = agreed("BB", 2, vec![of(&[Critical])]);
    let until = |time: &str| Agreement {
        archived_at: Some(at(time)),
        ..all.clone()
    };
    let since = |time: &str, of: &Agreement| Agreement {
        valid_from: at(time),
        ..of.clone()
    };
    // Archived, be it long ago or next year: afterwards it attaches.
    assert_eq!(judged(&[&until("2021-01-01T00:00:00Z")], &mine), None);
    assert_eq!(judged(&[&until("2027-01-01T00:00:00Z")], &mine), None);
    // What it was valid for before the other came to be is in the past, and imports are judged by it.
    assert_eq!(judged(&[&since("2025-01-01T00:00:00Z", &all)], &mine), None);
    let today = since("2026-11-23T12:00:00Z", &mine);
    assert_eq!(
        judged(&[&since("2025-01-01T00:00:00Z", &all)], &today),
        Some(by(0, &["A"]))
    );
    assert_eq!(
        judged(&[&since("2027-01-01T00:00:00Z", &all)], &today),
        None
    );
    // It ended before this one begins.
    let next_year = since("2027-06-01T00:00:00Z", &mine);
    assert_eq!(judged(&[&until("2027-01-01T00:00:00Z")], &next_year), None);
    // A later version of the other leaves something.
    let milder = Agreement {
        version: 2,
        valid_from: at("2027-01-01T00:00:00Z"),
        terms: Arc::new(terms(vec![of(&[High])])),
        ..all.clone()
    };
    assert_eq!(judged(&[&all, &milder], &today), None);
    // And a version of its own that takes this one's place before that is no other's fault.
    let next = Agreement {
        version: 2,
        valid_from: at("2026-12-01T00:00:00Z"),
        ..mine.clone()
    };
    let mut book = vec![all.clone(), milder, today.clone(), next];
    let judge = |book: &[Agreement]| {
        shadowed(
            &Rulebook::new(1, book.to_vec(), Desk::default()),
            &today,
            now(),
        )
    };
    assert_eq!(judge(&book), Some(by(0, &["A"])));
    book.pop();
    assert_eq!(judge(&book), None);
}

#[test]
fn states_that_hold_no_clock_are_refused() {
    let fault = |kind: Kind, rules: Vec<Rule>, pause_on: &[TicketState]| {
        let said = Terms {
            pause_on: pause_on.to_vec(),
            ..terms(rules)
        };
        said.fault(kind)
    };
    let (asked, vendor) = (
        TicketState::WaitingForRequester,
        TicketState::WaitingForVendor,
    );
    let named = Rule {
        code: "v".to_owned(),
        name: "V".to_owned(),
        ..of(&[])
    };
    let supplier = |pause_on: &[TicketState]| fault(Kind::Supplier, vec![named.clone()], pause_on);
    assert_eq!(supplier(&[asked]), Some(TermsFault::NeverPausesOn(0)));
    assert_eq!(supplier(&[]), None);
    // Nobody wrote what is agreed where nothing is said.
    assert_eq!(supplier(&USUAL_PAUSES), None);
    let sla = |rule: Rule, pause_on: &[TicketState]| fault(Kind::Sla, vec![rule], pause_on);
    assert_eq!(sla(of(&[]), &[asked, vendor]), None);
    // The only target says for itself what holds it.
    let own = Rule {
        pause: Some(Condition::State(vec![asked])),
        ..of(&[])
    };
    assert_eq!(
        sla(own.clone(), &[asked, vendor]),
        Some(TermsFault::NeverPausesOn(0))
    );
    assert_eq!(
        fault(
            Kind::Sla,
            vec![own, Rule::plain(Target::FirstResponse, HOUR)],
            &[asked]
        ),
        None
    );
    // What stops the clock cannot hold it; and a target that is for no such tickets.
    let stops = Rule {
        stop: Some(Condition::State(vec![vendor, TicketState::Resolved])),
        ..of(&[])
    };
    assert_eq!(
        sla(stops, &[asked, vendor]),
        Some(TermsFault::NeverPausesOn(1))
    );
    let other = Rule {
        when: Some(Condition::Not(Box::new(Condition::State(vec![asked])))),
        ..of(&[])
    };
    assert_eq!(
        sla(other.clone(), &[vendor, asked]),
        Some(TermsFault::NeverPausesOn(1))
    );
    assert_eq!(sla(other, &[vendor]), None);
}

#[tokio::test]
async fn an_agreement_behind_one_that_takes_everything_says_what_stands_in_its_way() {
    story(async {
        let world = World::start("shadowing").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        world.usual(acme).await;
        let calendar = world.calendar(acme, "Otro", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let create = "mutation($i: CreateAgreementInput!) { done: createAgreement(input: $i) { agreement { id } problems { field code message } } }";
        let change = "mutation($i: ChangeAgreementInput!) { done: changeAgreement(input: $i) { agreement { id } problems { field code message } } }";
        let preview = "query($i: CreateAgreementInput!) { done: previewNewAgreement(input: $i) { problems { field code message } } }";
        let install = "mutation($i: InstallStandardAgreementInput!) { done: installStandardAgreement(input: $i) { problems { field code } } }";
        let done = async |query: &str, input: Value| world.data(&manager, query, json!({"i": input})).await["done"].clone();
        let general = json!({"name": "General", "calendar": calendar, "terms": usual_terms()});
        let refused = done(create, general.clone()).await;
        let problem = &refused["problems"][0];
        assert_eq!((&refused["agreement"], &problem["code"], &problem["field"]), (&Value::Null, &json!("NEVER_ATTACHES"), &json!("targets.0")));
        assert!(problem["message"].as_str().unwrap().contains("«ANS»"), "{problem}");
        assert_eq!(done(preview, general.clone()).await["problems"], refused["problems"]);
        let standard = done(install, json!({"calendar": calendar})).await;
        assert_eq!(standard["problems"][0]["code"], "NEVER_ATTACHES", "{standard}");
        // Before it, it takes its place, and the other may be archived without a gap. Moved behind it, it would attach to none.
        let mut before = general.clone();
        before["position"] = json!(0);
        let made = done(create, before).await;
        assert_eq!(made["problems"], json!([]), "{made}");
        let behind = json!({"agreement": made["agreement"]["id"], "terms": usual_terms(), "position": 9});
        assert_eq!(done(change, behind.clone()).await["problems"], refused["problems"]);
        let first = world.data(&manager, "{ agreements { id name } }", json!({})).await["agreements"].clone();
        let ans = first.as_array().unwrap().iter().find(|a| a["name"] == "ANS").unwrap()["id"].clone();
        let archive = "mutation($i: ArchiveAgreementInput!) { archiveAgreement(input: $i) { problems { code } } }";
        world.data(&manager, archive, json!({"i": {"agreement": ans}})).await;
        assert_eq!(done(change, behind).await["problems"], json!([]));
        // A state that can hold nothing of a vendor's is refused where somebody wrote it.
        let supplier = |pause_on: Value| json!({"name": "V", "kind": "SUPPLIER", "calendar": calendar, "terms": {"pauseOn": pause_on,
            "targets": [{"target": "RESOLUTION", "code": "v", "name": "V", "seconds": HOUR}]}});
        let refused = done(create, supplier(json!(["WAITING_FOR_REQUESTER"]))).await;
        assert_eq!((&refused["problems"][0]["code"], &refused["problems"][0]["field"]), (&json!("NEVER_PAUSES"), &json!("pauseOn.0")));
        assert_eq!(done(create, supplier(Value::Null)).await["problems"], json!([]));
        world.end().await;
    })
    .await;
}
