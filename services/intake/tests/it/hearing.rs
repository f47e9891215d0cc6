#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use chrono::TimeDelta;
use clock::Clock as _;
use events::Origin;
use events::intake::TicketState::{InProgress, Open, Queued};
use events::intake::{Actor, TicketStateChanged};
use events::routing::{AssignmentChanged, AssignmentReason, Holder};
use events::sla_clock::{
    AgreementKind, ClockBreached, ClockNoticeDue, ClockSnapshot, ClockState, ClockThreshold,
    ClockWarned, Target,
};
use ids::{AgreementId, ClockId, GroupId, TicketId};
use serde_json::json;

use crate::house::{House, plain};

fn assigned(
    house: &House,
    ticket: TicketId,
    person: bool,
    reason: AssignmentReason,
) -> AssignmentChanged {
    AssignmentChanged {
        ticket,
        ticket_version: 1,
        from: None,
        to: Holder {
            group: GroupId::new(&*house.tools.ids),
            group_name: "Mesa N1".to_owned(),
            line: 1,
            person: person.then_some(house.agent.person),
        },
        reason,
        by: Actor::Staff {
            person: house.agent.person,
        },
    }
}

#[tokio::test]
async fn the_state_follows_the_assignment_once() {
    let house = House::open("hearing").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let id = plain(&ticket);
    let fact = |sequence, person, reason| {
        house.fact(
            id.to_string(),
            sequence,
            &assigned(&house, id, person, reason),
        )
    };
    // Routed and taken in one batch: open -> queued -> in progress.
    house.later(1);
    let batch = [
        fact(1, false, AssignmentReason::Routed),
        fact(2, true, AssignmentReason::Taken),
    ];
    house.hears(&batch).await.unwrap();
    // Moved to a colleague of the group: it is in progress already, so no fact follows.
    house
        .hears(&[fact(3, true, AssignmentReason::Assigned)])
        .await
        .unwrap();
    let facts = house.facts_of(&id.to_string()).await;
    let moves: Vec<_> = facts[1..]
        .iter()
        .map(|f| {
            let m: TicketStateChanged = f.read().unwrap();
            assert_eq!(m.by, Actor::System);
            assert_eq!(f.time, house.clock.now());
            (m.from, m.ticket.state)
        })
        .collect();
    assert_eq!(moves, [(Open, Queued), (Queued, InProgress)]);

    let staff = house.timeline(&house.agent, &ticket).await;
    let kinds: Vec<_> = staff.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "OPENED",
            "ASSIGNED",
            "STATE_CHANGED",
            "ASSIGNED",
            "STATE_CHANGED",
            "ASSIGNED"
        ]
    );
    assert_eq!(
        staff[3]["holder"]["id"],
        house.person_id(house.agent.person)
    );
    // The client sees the group, not who.
    let client = house.timeline(&house.ana, &ticket).await;
    assert_eq!(client[3]["groupName"], "Mesa N1");
    assert!(client.iter().all(|e| e["holder"].is_null()));
    house.close().await;
}

#[tokio::test]
async fn what_others_conclude_from_history_moves_nothing() {
    let house = House::open("hearing-history").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let id = plain(&ticket);
    let mut fact = house.fact(
        id.to_string(),
        1,
        &assigned(&house, id, false, AssignmentReason::Routed),
    );
    fact.origin = Origin::History;
    // And a ticket that is not here is no reason to stop.
    let lost = TicketId::new(&*house.tools.ids);
    let lost = house.fact(
        lost.to_string(),
        1,
        &assigned(&house, lost, false, AssignmentReason::Routed),
    );
    house.hears(&[fact, lost]).await.unwrap();
    assert_eq!(house.timeline(&house.agent, &ticket).await.len(), 1);
    assert_eq!(house.facts().await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn clocks_stand_in_the_timeline_and_leave_the_version() {
    let house = House::open("hearing-clocks").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let clock = ClockId::new(&*house.tools.ids);
    let now = house.clock.now();
    let snapshot = ClockSnapshot {
        clock,
        ticket: plain(&ticket),
        target: Target::FirstResponse,
        target_code: None,
        agreement: AgreementId::new(&*house.tools.ids),
        agreement_version: 1,
        agreement_kind: AgreementKind::Sla,
        cycle: 1,
        state: ClockState::Running,
        target_seconds: 3600,
        started_at: now,
        due_at: Some(now + TimeDelta::hours(1)),
        stopped_at: None,
        elapsed_seconds: 2700,
        as_of: now,
        breached_at: None,
    };
    let warned = ClockWarned {
        clock: snapshot.clone(),
        percent: 75,
        before_seconds: None,
        late: false,
        notice_at: None,
    };
    // What the provider agreed with a vendor is no affair of the client's, broken or not.
    let vendors = ClockBreached {
        clock: ClockSnapshot {
            clock: ClockId::new(&*house.tools.ids),
            target: Target::FirstResponse,
            target_code: Some("vendor".to_owned()),
            agreement_kind: AgreementKind::Supplier,
            ..snapshot.clone()
        },
        late: false,
        notice_at: None,
    };
    // That people may be told of it is nothing new on the timeline.
    let notice = ClockNoticeDue {
        clock: snapshot.clone(),
        threshold: ClockThreshold::Breach,
        percent: 100,
        before_seconds: None,
        reached_at: now,
        late: false,
    };
    let breached = ClockBreached {
        clock: snapshot,
        late: false,
        notice_at: None,
    };
    house
        .hears(&[
            house.fact(clock.to_string(), 1, &warned),
            house.fact(clock.to_string(), 2, &breached),
            house.fact(clock.to_string(), 3, &notice),
            house.fact(vendors.clock.clock.to_string(), 1, &vendors),
        ])
        .await
        .unwrap();
    let staff = house.timeline(&house.agent, &ticket).await;
    assert_eq!(staff[1]["kind"], "CLOCK_WARNED");
    assert_eq!(staff[1]["clockPercent"], 75);
    assert_eq!(staff[2]["clockTarget"], "FIRST_RESPONSE");
    assert_eq!(staff[2]["clockCode"], json!(null));
    // It measures the same as the client's: its code says that it is another.
    assert_eq!(staff[3]["clockTarget"], "FIRST_RESPONSE");
    assert_eq!(staff[3]["clockCode"], "vendor");
    assert_eq!(staff.len(), 4);
    let client = house.timeline(&house.ana, &ticket).await;
    assert_eq!(client.len(), 2);
    assert_eq!(client[1]["kind"], "CLOCK_BREACHED");
    assert_eq!(house.facts().await.len(), 2);
    house.close().await;
}

#[tokio::test]
async fn a_fact_that_cannot_be_read_is_never_done() {
    let house = House::open("hearing-broken").await;
    let mut fact = house.fact(
        "tkt".to_owned(),
        1,
        &assigned(
            &house,
            TicketId::new(&*house.tools.ids),
            false,
            AssignmentReason::Routed,
        ),
    );
    fact.data = serde_json::value::to_raw_value(&json!({ "ticket": 7 })).unwrap();
    let good = house.fact(
        "x".to_owned(),
        1,
        &assigned(
            &house,
            TicketId::new(&*house.tools.ids),
            true,
            AssignmentReason::Taken,
        ),
    );
    let error = house.hears(&[good, fact]).await.unwrap_err();
    assert!(
        matches!(error, messaging::HandleError::Never { index: 1, .. }),
        "{error}"
    );
    house.close().await;
}
