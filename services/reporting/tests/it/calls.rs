//! Calls answered and abandoned, as the telephone tells of them.

use access::Role;
use chrono::TimeDelta;
use events::Origin;
use events::intake::{Actor, Channel, ContactRecorded, TicketOpened};
use ids::{ContactId, PersonId, TicketId};
use serde_json::{Value, json};

use crate::contract::{Contract, FREEZE, MEASURE, PROPOSE, SET, all_pages, plain};
use crate::world::{Told, World, at};

/// A contact by telephone; its answer or its end came after so many seconds.
fn phone(world: &World, offered: &str, outcome: &str, waited: Option<i64>) -> ContactRecorded {
    let offered_at = at(offered);
    let then = waited.map(|s| offered_at + TimeDelta::seconds(s));
    let spoke = !matches!(outcome, "abandoned" | "message_left");
    ContactRecorded {
        contact: ContactId::new(&*world.ids),
        channel: Channel::Phone,
        direction: "inbound".to_owned(),
        person: None,
        agent: None,
        offered_at,
        answered_at: then.filter(|_| spoke),
        ended_at: then.map(|t| t + TimeDelta::minutes(if spoke { 3 } else { 0 })),
        outcome: outcome.to_owned(),
        ticket: None,
    }
}

async fn recorded(contract: &Contract<'_>, touch: ContactRecorded) {
    let subject = touch.contact.to_string();
    let time = touch.offered_at;
    let fact = contract
        .world
        .fact(contract.tenant, &subject, time, Origin::Live, &touch);
    contract.hear(&[fact]).await;
}

async fn called(contract: &Contract<'_>, offered: &str, outcome: &str, waited: Option<i64>) {
    recorded(contract, phone(contract.world, offered, outcome, waited)).await;
}

/// A ticket that an agent opened while speaking on the telephone.
async fn opened_by_phone(contract: &Contract<'_>, offered: &str) -> TicketId {
    let world = contract.world;
    let told = Told::new(world, contract.tenant);
    let mut touch = phone(world, offered, "answered", Some(0));
    touch.ended_at = None;
    touch.agent = Some(PersonId::new(&*world.ids));
    touch.ticket = Some(told.ticket);
    let mut ticket = told.snapshot.clone();
    ticket.version = 1;
    ticket.channel = Channel::Phone;
    let opened = TicketOpened {
        ticket,
        by: Actor::System,
        contact: Some(touch.contact),
        direct_to_n3: false,
        group: None,
    };
    let (subject, time) = (told.ticket.to_string(), touch.offered_at);
    let fact = world.fact(contract.tenant, &subject, time, Origin::Live, &opened);
    recorded(contract, touch).await;
    contract.hear(&[fact]).await;
    told.ticket
}

/// October in Lima, and what lies at its edges. Twelve calls, one of them given up at once.
async fn october(contract: &Contract<'_>) {
    for (offered, outcome, waited) in [
        // Still September in Lima.
        ("2026-10-01T04:59:59.999Z", "answered", Some(5)),
        ("2026-10-01T05:00:00Z", "answered", Some(5)),
        ("2026-10-05T15:00:00Z", "abandoned", Some(9)),
        ("2026-10-05T15:10:00Z", "abandoned", Some(45)),
        ("2026-10-05T15:20:00Z", "abandoned", Some(10)),
        ("2026-10-06T15:00:00Z", "message_left", Some(30)),
        ("2026-10-06T15:10:00Z", "informed", Some(25)),
        ("2026-10-06T15:20:00Z", "answered", Some(20)),
        ("2026-10-06T15:30:00Z", "resolved", Some(3)),
        ("2026-10-11T05:00:00Z", "abandoned", Some(60)),
        ("2026-10-11T06:00:00Z", "abandoned", Some(60)),
        ("2026-10-11T08:59:59Z", "abandoned", None),
        // Given up when it was November already: the offer counts.
        ("2026-11-01T04:59:59Z", "abandoned", Some(60)),
        ("2026-11-01T05:00:00Z", "answered", Some(1)),
    ] {
        called(contract, offered, outcome, waited).await;
    }
    // None of these is a call that somebody waited in.
    let mut outbound = phone(contract.world, "2026-10-07T15:00:00Z", "answered", Some(2));
    "outbound".clone_into(&mut outbound.direction);
    recorded(contract, outbound).await;
    let mut voicemail = phone(contract.world, "2026-10-07T15:10:00Z", "message_left", None);
    voicemail.channel = Channel::Voicemail;
    recorded(contract, voicemail).await;
    opened_by_phone(contract, "2026-10-07T15:20:00Z").await;
}

fn counted(code: &str, formula: &str, weight: i32) -> Value {
    let mut level = plain(code, formula, weight);
    level["source"] = json!("FACTS");
    level["shortAbandonSeconds"] = json!(10);
    level
}

fn levels() -> Value {
    let mut in_time = counted("IN_TIME", "CALLS_ANSWERED", 20);
    in_time["answeredWithinSeconds"] = json!(20);
    let mut few = counted("FEW", "CALLS_ANSWERED", 20);
    few["minimumSample"] = json!(12);
    let mut given_up = counted("GIVEN_UP", "CALLS_ABANDONED", 20);
    given_up["targetHundredths"] = json!(1000);
    given_up["minimumHundredths"] = json!(5000);
    let mut every = counted("EVERY", "CALLS_ANSWERED", 20);
    every["shortAbandonSeconds"] = json!(0);
    json!([
        counted("CALLS", "CALLS_ANSWERED", 20),
        in_time,
        few,
        given_up,
        every
    ])
}

/// What was not there on the morning of the eleventh is nobody's fault.
async fn outage(contract: &Contract<'_>, level: &str) {
    let input = json!({"month": "2026-10", "level": level, "reason": "FORCE_MAJEURE", "evidence": "corte de la operadora",
        "interval": {"from": "2026-10-11T05:00:00Z", "to": "2026-10-11T09:00:00Z"}});
    let done = contract.done(&contract.quality, PROPOSE, input).await;
    let proposal = done["exclusion"]["id"].as_str().unwrap();
    contract.decides(&contract.admin, proposal, true).await;
}

fn list(level: &str, first: i32, revision: &str) -> String {
    format!(
        "query($a: String) {{ serviceLevelCalls(month: \"2026-10\", level: \"{level}\", first: {first}, after: $a{revision}) {{ \
         nodes {{ contact offeredAt answeredAt endedAt ending ticket {{ id }} outcome }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
}

const COUNTED: [&str; 5] = [
    "4/11 BELOW_MINIMUM",
    "3/11 BELOW_MINIMUM",
    "4/11 NOT_ENOUGH_SAMPLE",
    "6/11 BELOW_MINIMUM",
    "4/12 BELOW_MINIMUM",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_calls_and_what_came_late() {
    let world = World::start("calls").await;
    let contract = Contract::sign(&world, "llamadas").await;
    contract.agrees(levels()).await;
    october(&contract).await;
    assert_eq!(contract.figures("2026-10").await, COUNTED);
    assert_eq!(contract.figures("2026-11").await[0], "1/1 MET");

    // One interval for each level that it is agreed of; the others stay as they are.
    outage(&contract, "CALLS").await;
    outage(&contract, "GIVEN_UP").await;
    let open = contract.month("2026-10").await;
    let figures = crate::contract::shown(&open["figures"], "figure");
    let excused = [
        "4/8 BELOW_TARGET",
        "3/11 BELOW_MINIMUM",
        "4/11 NOT_ENOUGH_SAMPLE",
        "3/8 BELOW_TARGET",
        "4/12 BELOW_MINIMUM",
    ];
    assert_eq!(figures, excused);
    let raw = crate::contract::shown(&open["figures"], "withoutExclusions");
    assert_eq!(raw, COUNTED);
    assert_eq!(open["figures"]["levels"][0]["excused"], 3);

    // Call by call, and page by page the same.
    let calls = all_pages(&world, &contract.admin, &list("CALLS", 100, "")).await;
    let outcomes: Vec<&str> = calls
        .iter()
        .map(|c| c["outcome"].as_str().unwrap())
        .collect();
    let wanted = [
        "FOR",
        "NOT_COUNTED",
        "AGAINST",
        "AGAINST",
        "AGAINST",
        "FOR",
        "FOR",
        "FOR",
        "EXCUSED",
        "EXCUSED",
        "EXCUSED",
        "AGAINST",
    ];
    assert_eq!(outcomes, wanted);
    assert_eq!(calls[1]["endedAt"], "2026-10-05T15:00:09+00:00");
    assert_eq!(calls[5]["answeredAt"], "2026-10-06T15:10:25+00:00");
    let endings: Vec<&Value> = calls[3..6].iter().map(|c| &c["ending"]).collect();
    assert_eq!(endings, ["ABANDONED", "UNANSWERED", "ANSWERED"]);
    for first in [1, 5] {
        let pages = all_pages(&world, &contract.admin, &list("CALLS", first, "")).await;
        assert_eq!(pages, calls, "by {first}");
    }

    let october = json!({"month": "2026-10"});
    contract.done(&contract.quality, FREEZE, october).await;
    let then = contract.month("2026-10").await;
    assert_eq!(then["differences"], json!([]));

    // A call that was told of late moves nothing in it, and shows what it would come to.
    called(&contract, "2026-10-20T15:00:00Z", "answered", Some(2)).await;
    let now = contract.month("2026-10").await;
    assert_eq!(now["frozen"], then["frozen"]);
    assert_eq!(now["frozen"]["recomputes"], true);
    let today = crate::contract::shown(&now["figures"], "figure");
    assert_eq!(
        (&*today[0], &*today[3]),
        ("5/9 BELOW_TARGET", "3/9 BELOW_TARGET")
    );
    assert_eq!(today[2], "5/12 BELOW_MINIMUM", "now there are enough");
    assert_eq!(now["differences"].as_array().unwrap().len(), 5);
    let difference = &now["differences"][0];
    assert_eq!(difference["frozen"]["figure"]["denominator"], 8);
    assert_eq!(difference["today"]["figure"]["denominator"], 9);
    let of_revision = list("CALLS", 5, ", revision: 1");
    assert_eq!(
        all_pages(&world, &contract.admin, &of_revision).await,
        calls
    );
    let of_today = list("CALLS", 5, "");
    assert_eq!(
        all_pages(&world, &contract.admin, &of_today).await.len(),
        13
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_reads_again_how_long_they_waited() {
    let world = World::start("calls rebuilt").await;
    let contract = Contract::sign(&world, "otra-vez").await;
    contract.agrees(levels()).await;
    october(&contract).await;
    // As they stand that were heard before their instants were kept: nobody knows how long they waited.
    let mut tx = world.db.begin(contract.tenant).await.unwrap();
    sqlx::query("UPDATE contact SET answered_at = NULL, ended_at = NULL")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let figures = contract.figures("2026-10").await;
    assert_eq!(figures[0], "4/12 BELOW_MINIMUM");
    assert_eq!(figures[1], "0/12 BELOW_MINIMUM");
    let manager = world.caller(Role::ServiceManager, &[contract.tenant]);
    let rebuild = "mutation { rebuildReports(input: {}) { rebuilt { tickets } } }";
    for _ in 0..2 {
        world.answer(manager.clone(), rebuild).await;
        assert_eq!(contract.figures("2026-10").await, COUNTED);
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_has_one_source() {
    let world = World::start("sources").await;
    let contract = Contract::sign(&world, "fuentes").await;
    october(&contract).await;
    let entry = json!({"month": "2026-10", "level": "CALLS", "numerator": 95, "denominator": 100, "source": "central"});
    // Where nothing is said the numbers are entered, whatever the telephone tells.
    contract
        .agrees(json!([plain("CALLS", "CALLS_ANSWERED", 100)]))
        .await;
    assert_eq!(contract.figures("2026-10").await, ["0/0 NO_DATA"]);
    contract
        .done(&contract.quality, MEASURE, entry.clone())
        .await;
    assert_eq!(contract.figures("2026-10").await, ["95/100 MET"]);
    assert!(
        all_pages(&world, &contract.admin, &list("CALLS", 9, ""))
            .await
            .is_empty()
    );

    // Counted, what was entered before is no part of it, and nothing can be entered.
    contract
        .agrees(json!([counted("CALLS", "CALLS_ANSWERED", 100)]))
        .await;
    let month = contract.month("2026-10").await;
    assert_eq!(month["figures"]["levels"][0]["figure"]["denominator"], 11);
    assert_eq!(month["figures"]["levels"][0]["measure"], Value::Null);
    assert_eq!(
        contract.problems(&contract.quality, MEASURE, entry).await,
        ["NOT_MEASURED level"]
    );
    let sets = "{ serviceLevelSets { nodes { levels { source shortAbandonSeconds answeredWithinSeconds formulaVersion } } } }";
    let found = world.answer(contract.admin.clone(), sets).await;
    let of = |n: usize| found["serviceLevelSets"]["nodes"][n]["levels"][0].clone();
    assert_eq!(
        (of(0), of(1)),
        (
            json!({"source": "FACTS", "shortAbandonSeconds": 10, "answeredWithinSeconds": null, "formulaVersion": 1}),
            json!({"source": "ENTERED", "shortAbandonSeconds": 0, "answeredWithinSeconds": null, "formulaVersion": 1}),
        )
    );
    let told = world.told(contract.tenant, 3).await;
    let sources: Vec<&Value> = told
        .iter()
        .filter(|t| t.0 == "service_levels.set.v1")
        .map(|t| &t.3["levels"][0]["source"])
        .collect();
    assert_eq!(sources, ["entered", "facts"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_of_calls_is_refused() {
    let world = World::start("senseless calls").await;
    let contract = Contract::sign(&world, "llamadas-raras").await;
    let mut up = plain("UP", "AVAILABILITY", 30);
    up["source"] = json!("FACTS");
    let mut entered = counted("ENTERED", "CALLS_ANSWERED", 30);
    entered["source"] = json!("ENTERED");
    let mut long = counted("LONG", "CALLS_ABANDONED", 40);
    long["shortAbandonSeconds"] = json!(301);
    long["answeredWithinSeconds"] = json!(20);
    (long["targetHundredths"], long["minimumHundredths"]) = (json!(500), json!(1000));
    let input = json!({"effectiveFrom": "2026-10", "levels": [up, entered, long]});
    assert_eq!(
        contract.problems(&contract.quality, SET, input).await,
        [
            "WRONG_SOURCE levels.0.source",
            "NOT_FOR_FORMULA levels.1.shortAbandonSeconds",
            "BAD_SHORT_ABANDON levels.2.shortAbandonSeconds",
            "NOT_FOR_FORMULA levels.2.answeredWithinSeconds",
        ]
    );
    contract.agrees(levels()).await;
    let ticket = opened_by_phone(&contract, "2026-10-07T15:20:00Z").await;
    let wrong = |input| contract.problems(&contract.quality, PROPOSE, input);
    let of = |what: &str, value: Value| json!({"month": "2026-10", "level": "CALLS", what: value, "reason": "FORCE_MAJEURE", "evidence": "x"});
    assert_eq!(
        wrong(of("ticket", json!(contract.ticket_id(ticket)))).await,
        ["NOT_FROM_TICKETS level"]
    );
    let units = json!({"from": "2026-10-11T05:00:00Z", "to": "2026-10-11T09:00:00Z", "units": 3});
    assert_eq!(
        wrong(of("interval", units)).await,
        ["UNITS_UNEXPECTED interval.units"]
    );
    for unknown in [list("NADA", 5, ""), list("CALLS", 5, ", revision: 7")] {
        let asked = world.ask_with(contract.admin.clone(), &unknown, json!({}));
        assert_eq!(
            crate::contract::code(&asked.await.1),
            "NOT_FOUND",
            "{unknown}"
        );
    }
    world.finish().await;
}
