//! What a service lacks is given again from the kept facts.

use events::Lane;
use events::intake::TicketState;
use ids::EventId;
use messaging::{Command, Resend};
use testkit::eventually;

use crate::world::{LONG, Told, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_missing_range_goes_to_the_service_that_asks() {
    let world = World::start("resend").await;
    let tenant = world.tenant("huecos").await;
    let told = Told::new(&world, tenant)
        .opened("2026-11-20T10:00:00Z")
        .state("2026-11-20T11:00:00Z", TicketState::InProgress)
        .state("2026-11-20T12:00:00Z", TicketState::Resolved)
        .state("2026-11-20T13:00:00Z", TicketState::Closed);
    world.hear(Lane::Live, &told.facts).await;
    world.kept(tenant, 5).await;
    let body = Resend {
        service: "routing".to_owned(),
        lane: "live".to_owned(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        source: "intake".to_owned(),
        subject: told.ticket.to_string(),
        from_sequence: 2,
        to_sequence: 3,
    };
    let command = Command {
        id: EventId::new(&*world.ids),
        name: Resend::NAME.to_owned(),
        tenant,
        key: told.ticket.to_string(),
        body: serde_json::value::to_raw_value(&body).unwrap(),
        traceparent: None,
    };
    world.bus.send("reporting", &[command]).await.unwrap();
    // Nobody serves routing here: what it is given stays in its queue.
    eventually(LONG, || async {
        let waiting = world.suite.undelivered().await.unwrap();
        let given = waiting.get("routing.live.0").copied();
        (given == Some(2)).then_some(()).ok_or(waiting)
    })
    .await;
    world.finish().await;
}
