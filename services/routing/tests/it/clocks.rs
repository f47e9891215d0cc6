//! Due instants and missed targets.

use access::Role;
use chrono::{DateTime, TimeDelta, Utc};
use events::sla_clock::{
    AgreementKind, ClockBreached, ClockChanged, ClockNoticeDue, ClockSnapshot, ClockState,
    ClockThreshold, Target,
};
use events::{Envelope, Origin};
use ids::{AgreementId, ClockId, TenantId, TicketId};
use serde_json::{Value, json};

use crate::world::{World, story};

/// A clock of a ticket; paused where it is not due.
pub fn clock_of(
    world: &World,
    ticket: TicketId,
    target: Target,
    due: Option<DateTime<Utc>>,
) -> ClockSnapshot {
    let now = world.clock.now();
    ClockSnapshot {
        clock: ClockId::new(&*world.ids),
        ticket,
        target,
        target_code: None,
        agreement: AgreementId::new(&*world.ids),
        agreement_version: 1,
        agreement_kind: AgreementKind::Sla,
        cycle: 1,
        state: if due.is_some() {
            ClockState::Running
        } else {
            ClockState::Paused
        },
        target_seconds: 3600,
        started_at: now,
        due_at: due,
        stopped_at: None,
        elapsed_seconds: 0,
        as_of: now,
        breached_at: None,
    }
}

/// That it is so now.
pub fn changed(world: &World, tenant: TenantId, clock: &ClockSnapshot, sequence: i64) -> Envelope {
    let fact = ClockChanged {
        clock: clock.clone(),
    };
    world.fact(
        tenant,
        clock.clock.to_string(),
        sequence,
        Origin::Live,
        &fact,
    )
}

async fn row(world: &World, by: &access::Caller) -> (Option<DateTime<Utc>>, Value) {
    let data = world
        .data(
            by,
            "{ worklist { edges { node { dueAt breached } } } }",
            json!({}),
        )
        .await;
    let row = &data["worklist"]["edges"][0]["node"];
    (
        serde_json::from_value(row["dueAt"].clone()).unwrap(),
        row["breached"].clone(),
    )
}

#[tokio::test]
async fn the_next_running_clock_counts_whoever_is_heard_first() {
    story(async {
        let world = World::start("clocks").await;
        let acme = world.tenant("acme").await;
        let agent = world.staff(Role::Agent, &[acme]).await;
        let ticket = world.ticket(1);
        let now = world.clock.now();
        let (soon, late) = (now + TimeDelta::hours(1), now + TimeDelta::hours(8));
        let mut response = clock_of(&world, ticket.ticket, Target::FirstResponse, Some(soon));
        let mut resolution = clock_of(&world, ticket.ticket, Target::Resolution, Some(late));
        // The clocks are heard of before the ticket.
        world
            .hear(&[
                changed(&world, acme, &response, 1),
                changed(&world, acme, &resolution, 1),
            ])
            .await;
        world.hear(&[world.opened(acme, &ticket)]).await;
        assert_eq!(row(&world, &agent).await, (Some(soon), json!(false)));

        // A vendor's clock, sooner and missed: the worklist is in the order of what the client was promised.
        let mut vendors = clock_of(&world, ticket.ticket, Target::Custom, Some(now));
        vendors.agreement_kind = AgreementKind::Supplier;
        vendors.breached_at = Some(now);
        world.hear(&[changed(&world, acme, &vendors, 1)]).await;
        assert_eq!(row(&world, &agent).await, (Some(soon), json!(false)));

        response.state = ClockState::Stopped;
        response.due_at = None;
        world.hear(&[changed(&world, acme, &response, 2)]).await;
        assert_eq!(row(&world, &agent).await, (Some(late), json!(false)));

        resolution.breached_at = Some(late);
        let breached = ClockBreached {
            clock: resolution.clone(),
            late: false,
            notice_at: None,
        };
        let fact = world.fact(
            acme,
            resolution.clock.to_string(),
            2,
            Origin::Live,
            &breached,
        );
        // That people may be told of it moves nothing.
        let notice = ClockNoticeDue {
            clock: resolution.clone(),
            threshold: ClockThreshold::Breach,
            percent: 100,
            before_seconds: None,
            reached_at: late,
            late: false,
        };
        let notice = world.fact(acme, resolution.clock.to_string(), 3, Origin::Live, &notice);
        resolution.state = ClockState::Paused;
        resolution.due_at = None;
        world
            .hear(&[fact, notice, changed(&world, acme, &resolution, 4)])
            .await;
        assert_eq!(
            row(&world, &agent).await,
            (None, json!(true)),
            "paused: never due, and missed all the same"
        );
        world.end().await;
    })
    .await;
}
