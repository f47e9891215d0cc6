#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use access::{CallerKind, Role};
use events::directory::{
    ApplicationRegistered, ApplicationSnapshot, PersonRegistered, PersonSnapshot,
};
use events::intake::{Actor, ContactRecorded, TicketOpened};
use ids::{ApplicationId, GlobalId, PersonId};
use serde_json::json;

use crate::house::{House, plain};

#[tokio::test]
async fn a_requester_opens_a_ticket_and_two_facts_follow() {
    let house = House::open("opening").await;
    let ticket = house
        .opened(
            &house.ana,
            json!({ "impactInternal": "HIGH", "urgency": "HIGH", "attributes": [{ "name": "sede", "value": "Lima" }] }),
        )
        .await;
    assert_eq!(ticket["number"], "INC-000001");
    assert_eq!(ticket["priority"], "CRITICAL");
    assert_eq!(ticket["state"], "OPEN");

    let facts = house.facts().await;
    assert_eq!(facts.len(), 2);
    let opened: TicketOpened = facts[0].read().unwrap();
    assert_eq!(opened.ticket.number, "INC-000001");
    assert_eq!(opened.ticket.ticket, plain(&ticket));
    assert_eq!((opened.ticket.version, facts[0].sequence), (1, 1));
    assert_eq!(
        opened.by,
        Actor::Requester {
            person: house.ana.person
        }
    );
    assert_eq!(facts[0].tenant, Some(house.tenant));
    assert_eq!(facts[0].provider, Some(house.provider));
    let contact: ContactRecorded = facts[1].read().unwrap();
    assert_eq!(Some(contact.contact), opened.contact);
    assert_eq!(facts[1].subject, contact.contact.to_string());
    assert_eq!(contact.ticket, Some(plain(&ticket)));
    assert_eq!(contact.outcome, "message_left");

    let shown = house
        .data(
            &house.ana,
            "query($n: String!) { ticketByNumber(number: $n) { subject requester { id } attributes { name value }
                channel impacts { internal external } timeline { nodes { kind contact } pageInfo { hasNextPage } } } }",
            json!({ "n": " inc-000001 " }),
        )
        .await;
    let shown = &shown["ticketByNumber"];
    assert_eq!(shown["requester"]["id"], house.person_id(house.ana.person));
    assert_eq!(shown["attributes"][0]["value"], "Lima");
    assert_eq!(shown["channel"], "PORTAL");
    assert_eq!(shown["timeline"]["nodes"][0]["kind"], "OPENED");
    assert!(shown["timeline"]["nodes"][0]["contact"].is_string());
    house.close().await;
}

#[tokio::test]
async fn what_a_caller_names_must_be_known() {
    let house = House::open("naming").await;
    let application = ApplicationId::new(&*house.tools.ids);
    let rosa = PersonId::new(&*house.tools.ids);
    let input = json!({ "input": {
        "tenant": house.tenant, "subject": "Sin acceso",
        "application": GlobalId::new(house.tenant, application), "requester": house.person_id(rosa),
    }});
    let query = "mutation($input: OpenTicketInput!) { openTicket(input: $input) {
        ticket { number application { id } requester { id } channel } problems { field code } position } }";
    let refused = house.data(&house.agent, query, input.clone()).await;
    assert_eq!(
        refused["openTicket"]["problems"],
        json!([
            { "field": "application", "code": "APPLICATION_UNKNOWN" },
            { "field": "requester", "code": "PERSON_UNKNOWN" }
        ])
    );
    assert!(
        refused["openTicket"]["ticket"].is_null() && refused["openTicket"]["position"].is_null()
    );
    assert!(house.facts().await.is_empty());

    let snapshot = |retired| ApplicationSnapshot {
        application,
        code: "SAP-FI".to_owned(),
        owner: None,
        retired,
    };
    let known = [
        house.fact(
            application.to_string(),
            1,
            &ApplicationRegistered {
                application: snapshot(false),
            },
        ),
        house.fact(
            rosa.to_string(),
            1,
            &PersonRegistered {
                person: PersonSnapshot {
                    person: rosa,
                    roles: vec!["requester".to_owned()],
                    locale: "es".to_owned(),
                    country: None,
                    site: None,
                    vip: false,
                    active: true,
                },
            },
        ),
    ];
    house.hears(&known).await.unwrap();
    let done = house.data(&house.agent, query, input.clone()).await;
    let ticket = &done["openTicket"]["ticket"];
    assert_eq!(ticket["number"], "INC-000001");
    assert_eq!(ticket["requester"]["id"], house.person_id(rosa));
    assert_eq!(ticket["channel"], "PHONE");

    let retired = ApplicationRegistered {
        application: snapshot(true),
    };
    let retired = house.fact(application.to_string(), 2, &retired);
    house.hears(&[retired]).await.unwrap();
    let refused = house.data(&house.agent, query, input).await;
    assert_eq!(
        refused["openTicket"]["problems"],
        json!([{ "field": "application", "code": "APPLICATION_RETIRED" }])
    );
    house.close().await;
}

#[tokio::test]
async fn blank_and_overlong_input_is_told_and_nothing_written() {
    let house = House::open("blank").await;
    let input =
        json!({ "tenant": house.tenant, "subject": "  ", "description": "x".repeat(50_001) });
    let payload = house.does(&house.ana, "openTicket", input).await;
    let codes: Vec<_> = payload["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["REQUIRED", "TOO_LONG"]);
    // A requester opens for oneself, through the portal, and declares nothing major.
    let luis = house.person_id(house.luis.person);
    for more in [
        json!({ "requester": luis }),
        json!({ "major": true }),
        json!({ "channel": "PHONE" }),
        json!({ "directToN3": true }),
    ] {
        let mut input = json!({ "tenant": house.tenant, "subject": "s" });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        assert_eq!(
            house.refused(&house.ana, "openTicket", input).await,
            "FORBIDDEN"
        );
    }
    assert!(house.facts().await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn staff_of_two_tenants_must_say_which() {
    let house = House::open("which").await;
    let input = json!({ "subject": "s" });
    assert_eq!(
        house.refused(&house.agent, "openTicket", input).await,
        "TENANT_REQUIRED"
    );
    let machine = house.somebody(CallerKind::Machine, house.tenant, Role::Integrator);
    let ticket = house
        .opened(&machine, json!({ "kind": "TASK", "channel": "ALERT" }))
        .await;
    assert_eq!(ticket["number"], "TAR-000001");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_are_unique_when_many_open_at_once() {
    let house = Arc::new(House::open("numbers").await);
    let mut opening = tokio::task::JoinSet::new();
    for i in 0..40 {
        let house = house.clone();
        opening.spawn(async move {
            let kind = if i % 2 == 0 {
                "INCIDENT"
            } else {
                "SERVICE_REQUEST"
            };
            let ticket = house.opened(&house.ana, json!({ "kind": kind })).await;
            ticket["number"].as_str().unwrap().to_owned()
        });
    }
    let numbers: BTreeSet<String> = opening.join_all().await.into_iter().collect();
    let expected: BTreeSet<String> = (1..=20)
        .flat_map(|n| [format!("INC-{n:06}"), format!("SOL-{n:06}")])
        .collect();
    assert_eq!(numbers, expected);
    let house = Arc::into_inner(house).unwrap();
    for fact in house.facts().await {
        assert!(!fact.data.get().contains('@'), "{}", fact.data);
    }
    house.close().await;
}

#[tokio::test]
async fn opening_takes_four_round_trips() {
    let (house, turns) = House::open_counting("trips").await;
    let mut least = u64::MAX;
    for i in 0..6 {
        let before = turns.load(Ordering::SeqCst);
        house
            .opened(&house.ana, json!({ "idempotencyKey": format!("k{i}") }))
            .await;
        // The first one also prepares its statements.
        least = least.min(turns.load(Ordering::SeqCst) - before);
    }
    assert_eq!(least, 4);
    house.close().await;
}
