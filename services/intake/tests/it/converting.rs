#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! Incidents that came to a group that converts outside its hours.

use chrono::{DateTime, Utc};
use clock::Clock as _;
use events::intake::{Actor, Channel, LinkKind, TicketKind, TicketLinked, TicketOpened};
use events::sla_clock::ConversionDue;
use events::{Envelope, Origin};
use ids::{GroupId, TicketId};
use serde_json::{Value, json};

use crate::house::{House, plain};

const LINKED: &str = "query($id: ID!) { ticket(id: $id) { version state links { kind outgoing ticket { id number kind \
    subject description priority state } } } }";

/// Sla-clock tells that it came to that.
fn due(house: &House, ticket: TicketId, group: GroupId, at: DateTime<Utc>) -> Envelope {
    let fact = ConversionDue { ticket, group, at };
    let mut fact = house.fact(ticket.to_string(), 1, &fact);
    fact.time = at;
    fact
}

async fn links(house: &House, ticket: &Value) -> Vec<Value> {
    let asked = json!({ "id": ticket["id"] });
    let shown = house.data(&house.ana, LINKED, asked).await;
    shown["ticket"]["links"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_maintenance_is_opened_for_the_group_and_linked_to_the_incident_which_stays_as_it_is() {
    let house = House::open("converting").await;
    let said = json!({ "kind": "INCIDENT", "subject": "No puedo facturar", "description": "Sale el error FI-204.",
        "impactInternal": "MEDIUM", "urgency": "HIGH" });
    let incident = house.opened(&house.ana, said).await;
    let group = GroupId::new(&*house.tools.ids);
    let at = house.clock.now();
    // It is heard of a minute later.
    house.later(1);
    let mut fact = due(&house, plain(&incident), group, at);
    fact.traceparent = Some("00-trace".to_owned());
    house.hears(std::slice::from_ref(&fact)).await.unwrap();

    let links = links(&house, &incident).await;
    assert_eq!(links.len(), 1, "{links:?}");
    assert_eq!(
        (&links[0]["kind"], &links[0]["outgoing"]),
        (&json!("CAUSED_BY"), &json!(false))
    );
    let maintenance = &links[0]["ticket"];
    assert_eq!(
        maintenance,
        &json!({ "id": maintenance["id"], "number": "MAN-000001", "kind": "CORRECTIVE_MAINTENANCE",
            "subject": "No puedo facturar", "description": "Sale el error FI-204.",
            "priority": incident["priority"], "state": "OPEN" })
    );
    let facts = house.facts_of(&plain(maintenance).to_string()).await;
    assert_eq!(facts.len(), 2, "opened and linked: {facts:?}");
    for told in &facts {
        assert_eq!(told.traceparent.as_deref(), Some("00-trace"));
        assert_eq!((told.time, told.origin), (at, Origin::Live));
    }
    let opened: TicketOpened = facts[0].read().unwrap();
    assert_eq!(
        (opened.by, opened.contact, opened.group),
        (Actor::System, None, Some(group))
    );
    assert_eq!(
        (opened.ticket.kind, opened.ticket.number.as_str()),
        (TicketKind::CorrectiveMaintenance, "MAN-000001")
    );
    assert_eq!(
        (opened.ticket.requester, opened.ticket.channel),
        (Some(house.ana.person), Channel::Portal)
    );
    assert_eq!(opened.ticket.opened_at, at);
    let linked: TicketLinked = facts[1].read().unwrap();
    assert_eq!(
        (linked.kind, linked.other, linked.by),
        (LinkKind::CausedBy, plain(&incident), Actor::System)
    );

    // Of the incident nothing is told: it is what it was, but for its timeline.
    assert_eq!(house.facts_of(&plain(&incident).to_string()).await.len(), 1);
    for (of, other) in [(maintenance, &incident), (&incident, maintenance)] {
        let timeline = house.timeline(&house.ana, of).await;
        let seen: Vec<_> = timeline.iter().map(|e| e["kind"].clone()).collect();
        assert_eq!(seen, ["OPENED", "LINKED"]);
        assert_eq!(timeline[1]["linkKind"], "CAUSED_BY");
        assert_eq!(timeline[1]["linkedTicket"], other["id"]);
        assert_eq!(timeline[1]["by"]["kind"], "SYSTEM");
    }
    // Told a second time, it has its maintenance.
    let before = house.facts().await.len();
    house.hears(&[fact]).await.unwrap();
    assert_eq!(house.facts().await.len(), before);
    house.close().await;
}

#[tokio::test]
async fn what_is_withdrawn_or_no_incident_or_carried_already_or_not_here_is_passed_over() {
    let house = House::open("not-converting").await;
    let mut t = Vec::new();
    for kind in [
        "INCIDENT",
        "INCIDENT",
        "SERVICE_REQUEST",
        "INCIDENT",
        "INCIDENT",
    ] {
        t.push(house.opened(&house.ana, json!({ "kind": kind })).await);
    }
    let [solved, withdrawn, request, carried, first] = t.as_slice() else {
        panic!("{t:?}")
    };
    for (ticket, to) in [(solved, "RESOLVED"), (withdrawn, "CANCELLED")] {
        let done = json!({ "ticket": ticket["id"], "to": to });
        house.does(&house.agent, "changeTicketState", done).await;
    }
    // Somebody was quicker.
    let by_hand = json!({ "kind": "CORRECTIVE_MAINTENANCE" });
    let by_hand = house.opened(&house.ana, by_hand).await;
    let link = json!({ "ticket": by_hand["id"], "kind": "CAUSED_BY", "other": carried["id"] });
    house.does(&house.agent, "linkTickets", link).await;

    let before = house.facts().await.len();
    let (group, at) = (GroupId::new(&*house.tools.ids), house.clock.now());
    let lost = TicketId::new(&*house.tools.ids);
    let mut batch = vec![due(&house, lost, group, at)];
    for ticket in [solved, withdrawn, request, carried, first] {
        batch.push(due(&house, plain(ticket), group, at));
    }
    // What is concluded from another tool's history opens nothing.
    let mut history = due(&house, plain(first), group, at);
    history.origin = Origin::History;
    house.hears(&[history]).await.unwrap();
    assert_eq!(house.facts().await.len(), before);
    house.hears(&batch).await.unwrap();
    assert_eq!(
        house.facts().await.len(),
        before + 4,
        "two were opened and linked"
    );
    assert_eq!(links(&house, withdrawn).await, Vec::<Value>::new());
    assert_eq!(links(&house, request).await, Vec::<Value>::new());
    assert_eq!(links(&house, carried).await.len(), 1);
    // What was solved before that was heard may be opened again, and is not told a second time.
    for (ticket, number) in [(solved, "MAN-000002"), (first, "MAN-000003")] {
        assert_eq!(links(&house, ticket).await[0]["ticket"]["number"], number);
    }
    house.close().await;
}
