//! Links as intake tells them, and what they do to the clocks at either end.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::intake::{Actor, LinkKind, TicketLinked, TicketSnapshot, TicketState};
use events::sla_clock::{ClockBreached, ClockChanged, ClockState, Target};
use events::{Envelope, Lane, Meta, Origin};
use ids::{EventId, LinkId, PersonId, TenantId, TicketId};
use serde_json::{Value, json};

use crate::following::representation;
use crate::kit::HOUR;
use crate::world::{World, gid, story};

use TicketState::{Closed, Reopened, Resolved};

/// A ticket is linked to another one now, or the link is taken away.
pub fn linked(
    world: &World,
    tenant: TenantId,
    ticket: &mut TicketSnapshot,
    (link, removed): (LinkId, bool),
    (kind, other): (LinkKind, TicketId),
) -> Envelope {
    ticket.version += 1;
    let fact = TicketLinked {
        ticket: ticket.clone(),
        link,
        kind,
        other,
        removed,
        by: Actor::System,
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

const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target state startedAt stoppedAt \
    elapsedSeconds explain { runningSeconds endedBy { what at relatedTicket } segments { cause { fact { what relatedTicket } } } } \
    correction { seen wouldBe { startedAt elapsedSeconds breachedAt } } } } } }";

/// Its clocks by what they measure.
async fn clocks(
    world: &World,
    tenant: TenantId,
    ticket: &TicketSnapshot,
) -> BTreeMap<String, Value> {
    let asked = representation(tenant, ticket, 1);
    let seen = world.data(&world.manager(tenant), CLOCKS, asked).await;
    let all = seen["_entities"][0]["clocks"].as_array().unwrap().clone();
    let of = |c: Value| (c["target"].as_str().unwrap().to_owned(), c);
    all.into_iter().map(of).collect()
}

async fn told(world: &World, facts: &[Envelope]) {
    let lane = Lane::Live;
    world
        .bus
        .publish_to("sla-clock", lane, facts)
        .await
        .unwrap();
}

/// Until the ticket's clocks are so.
async fn until(
    world: &World,
    tenant: TenantId,
    ticket: &TicketSnapshot,
    so: impl Fn(&BTreeMap<String, Value>) -> bool,
) -> BTreeMap<String, Value> {
    loop {
        let seen = clocks(world, tenant, ticket).await;
        if so(&seen) {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn links_come_over_the_broker_and_their_effects_go_with_them() {
    story(async {
        let world = World::start("links").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        world.run();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let staff = Actor::Staff {
            person: PersonId::new(&*world.ids),
        };
        let mut repeats = world.ticket();
        told(&world, &[world.opened(acme, &repeats)]).await;
        world.advance(HOUR / 2);
        let mut goes_on = world.ticket();
        told(&world, &[world.opened(acme, &goes_on)]).await;
        until(&world, acme, &goes_on, |c| c.len() == 2).await;
        until(&world, acme, &repeats, |c| c.len() == 2).await;
        world.advance(HOUR / 4);
        let link = LinkId::new(&*world.ids);
        let kind = LinkKind::DuplicateOf;
        let fact = linked(&world, acme, &mut repeats, (link, false), (kind, goes_on.ticket));
        told(&world, &[fact]).await;
        let cancelled = |c: &BTreeMap<String, Value>| {
            let resolution = &c["RESOLUTION"];
            resolution["state"] == "CANCELLED" && resolution["explain"]["endedBy"].is_object()
        };
        let ended = until(&world, acme, &repeats, cancelled).await;
        assert_eq!(
            ended["RESOLUTION"]["explain"]["endedBy"],
            json!({"what": "LINKED", "at": world.now().to_rfc3339(), "relatedTicket": gid(acme, goes_on.ticket)})
        );
        let begun = |at: DateTime<Utc>| {
            move |c: &BTreeMap<String, Value>| c["RESOLUTION"]["startedAt"] == at.to_rfc3339()
        };
        let taken_over = |c: &BTreeMap<String, Value>| {
            let resolution = &c["RESOLUTION"];
            let fact = &resolution["explain"]["segments"][0]["cause"]["fact"];
            resolution["startedAt"] == repeats.opened_at.to_rfc3339() && fact["relatedTicket"].is_string()
        };
        let seen = until(&world, acme, &goes_on, taken_over).await;
        let resolution = &seen["RESOLUTION"];
        assert_eq!(resolution["explain"]["runningSeconds"], resolution["elapsedSeconds"]);
        assert_eq!(resolution["elapsedSeconds"], 3 * HOUR / 4);
        assert_eq!(
            resolution["explain"]["segments"][0]["cause"]["fact"],
            json!({"what": "OPENED", "relatedTicket": gid(acme, repeats.ticket)})
        );
        world.advance(HOUR / 4);
        let fact = linked(&world, acme, &mut repeats, (link, true), (kind, goes_on.ticket));
        told(&world, &[fact]).await;
        until(&world, acme, &repeats, |c| c["RESOLUTION"]["state"] == "RUNNING").await;
        until(&world, acme, &goes_on, begun(goes_on.opened_at)).await;

        // The same two, now as a mass incident and its part.
        let link = LinkId::new(&*world.ids);
        let kind = LinkKind::Parent;
        let fact = linked(&world, acme, &mut repeats, (link, false), (kind, goes_on.ticket));
        world.advance(HOUR / 4);
        let answer = world.replied(acme, &mut goes_on, staff, false);
        told(&world, &[fact, answer]).await;
        let answered = until(&world, acme, &repeats, |c| {
            c["FIRST_RESPONSE"]["explain"]["endedBy"]["what"] == "ANSWERED"
        }).await;
        assert_eq!(
            answered["FIRST_RESPONSE"]["explain"]["endedBy"],
            json!({"what": "ANSWERED", "at": world.now().to_rfc3339(), "relatedTicket": gid(acme, goes_on.ticket)})
        );
        let resolved = world.moved(acme, &mut goes_on, Resolved);
        told(&world, &[resolved]).await;
        until(&world, acme, &repeats, |c| c["RESOLUTION"]["state"] == "STOPPED").await;
        world.advance(HOUR / 4);
        let reopened = world.moved(acme, &mut goes_on, Reopened);
        told(&world, &[reopened]).await;
        until(&world, acme, &repeats, |c| c["RESOLUTION"]["state"] == "RUNNING").await;
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_merge_takes_the_timers_along() {
    story(async {
        let world = World::start("merge-timers").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut repeats = world.ticket();
        world.hear(acme, &[world.opened(acme, &repeats)]).await;
        world.advance(3 * HOUR / 4);
        let goes_on = world.ticket();
        world.hear(acme, &[world.opened(acme, &goes_on)]).await;
        assert_eq!(world.timers().await, 8);
        let link = (LinkId::new(&*world.ids), false);
        let fact = linked(
            &world,
            acme,
            &mut repeats,
            link,
            (LinkKind::DuplicateOf, goes_on.ticket),
        );
        world.hear(acme, &[fact]).await;
        assert_eq!(world.timers().await, 4, "those of the one that goes on");
        let mut replica = world.replica();
        world.advance(HOUR / 4 - 1);
        while replica.step().await.unwrap() > 0 {}
        let breached = world.announced_as::<ClockBreached>().await;
        let breached: Vec<_> = breached
            .iter()
            .map(|(_, b)| (b.clock.ticket, b.clock.target))
            .collect();
        assert_eq!(breached, [], "it is due an hour after the first opening");
        world.advance(1);
        while replica.step().await.unwrap() > 0 {}
        let breached = world.announced_as::<ClockBreached>().await;
        let breached: Vec<_> = breached
            .iter()
            .map(|(_, b)| (b.clock.ticket, b.clock.target))
            .collect();
        assert_eq!(breached, [(goes_on.ticket, Target::FirstResponse)]);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn one_answer_to_a_mass_incident_tells_each_of_more_parts_than_are_read_at_once() {
    story(async {
        let world = World::start("mass").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut mass = world.ticket();
        world.hear(acme, &[world.opened(acme, &mass)]).await;
        let mut parts: Vec<TicketSnapshot> = (0..1_203).map(|_| world.ticket()).collect();
        let mut facts: Vec<_> = parts.iter().map(|t| world.opened(acme, t)).collect();
        for part in &mut parts {
            let link = (LinkId::new(&*world.ids), false);
            facts.push(linked(
                &world,
                acme,
                part,
                link,
                (LinkKind::Parent, mass.ticket),
            ));
        }
        world.hear(acme, &facts).await;
        let before = world.announced().await.len();
        world.advance(600);
        let staff = Actor::Staff {
            person: PersonId::new(&*world.ids),
        };
        let answer = world.replied(acme, &mut mass, staff, false);
        world.hear(acme, &[answer]).await;
        let told = world.announced_as::<ClockChanged>().await.split_off(before);
        assert_eq!(
            told.len(),
            1_204,
            "the mass incident and each of its parts, once"
        );
        assert!(
            told.iter()
                .all(|(_, c)| c.clock.target == Target::FirstResponse
                    && c.clock.state == ClockState::Stopped
                    && c.clock.elapsed_seconds == 600)
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_result_that_was_told_stands_until_somebody_corrects_it_by_the_merge() {
    story(async {
        let world = World::start("late-merge").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut repeats = world.ticket();
        world.hear(acme, &[world.opened(acme, &repeats)]).await;
        world.advance(2 * HOUR);
        let mut closed = world.ticket();
        world.hear(acme, &[world.opened(acme, &closed)]).await;
        for to in [Resolved, Closed] {
            world.advance(HOUR);
            let fact = world.moved(acme, &mut closed, to);
            world.hear(acme, &[fact]).await;
        }
        let link = (LinkId::new(&*world.ids), false);
        let fact = linked(&world, acme, &mut repeats, link, (LinkKind::DuplicateOf, closed.ticket));
        world.hear(acme, &[fact]).await;
        let seen = clocks(&world, acme, &closed).await;
        let resolution = &seen["RESOLUTION"];
        assert_eq!(
            (&resolution["startedAt"], &resolution["elapsedSeconds"]),
            (&json!(closed.opened_at.to_rfc3339()), &json!(HOUR))
        );
        let correction = &resolution["correction"];
        assert_eq!(
            correction["wouldBe"],
            json!({"startedAt": repeats.opened_at.to_rfc3339(), "elapsedSeconds": 3 * HOUR, "breachedAt": null})
        );
        let query = "mutation($i: CorrectClockInput!) { correctClock(input: $i) { problems { code } } }";
        let input = json!({"i": {"ticket": gid(acme, closed.ticket), "target": "RESOLUTION", "cycle": 1,
            "reason": "Repetido por otro que esperaba desde antes.", "seen": correction["seen"]}});
        let done = world.data(&world.manager(acme), query, input).await;
        assert_eq!(done["correctClock"]["problems"], json!([]), "{done}");
        let seen = clocks(&world, acme, &closed).await;
        assert_eq!(seen["RESOLUTION"]["elapsedSeconds"], 3 * HOUR);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn links_of_one_tenant_move_no_clock_of_another() {
    story(async {
        let world = World::start("links-apart").await;
        let acme = world.tenant("acme").await;
        let globex = world.tenant("globex").await;
        for tenant in [acme, globex] {
            world.usual(tenant).await;
        }
        let mine = world.ticket();
        world.hear(acme, &[world.opened(acme, &mine)]).await;
        world.advance(60);
        let mut theirs = world.ticket();
        world.hear(globex, &[world.opened(globex, &theirs)]).await;
        let before = clocks(&world, acme, &mine).await;
        // Intake never tells such a thing; if it did, there is no such ticket there.
        for kind in [LinkKind::SplitFrom, LinkKind::Parent, LinkKind::DuplicateOf] {
            let link = (LinkId::new(&*world.ids), false);
            let fact = linked(&world, globex, &mut theirs, link, (kind, mine.ticket));
            world.hear(globex, &[fact]).await;
            assert_eq!(clocks(&world, acme, &mine).await, before, "{kind:?}");
            let seen = clocks(&world, globex, &theirs).await;
            assert_eq!(
                seen["RESOLUTION"]["startedAt"],
                json!(theirs.opened_at.to_rfc3339())
            );
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_closed_ticket_hears_of_others_corrects_it_and_what_repeats_none_has_its_clocks_again()
 {
    story(async {
        let world = World::start("closed-links").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut mass = world.ticket();
        let mut part = world.ticket();
        let mut repeats = world.ticket();
        let opened = [&mass, &part, &repeats].map(|t| world.opened(acme, t));
        world.hear(acme, &opened).await;
        let parent = (LinkKind::Parent, mass.ticket);
        let of_part = (LinkId::new(&*world.ids), false);
        let fact = linked(&world, acme, &mut part, of_part, parent);
        world.hear(acme, &[fact]).await;
        world.advance(HOUR / 4);
        let between = world.now();
        world.advance(HOUR / 4);
        let link = LinkId::new(&*world.ids);
        let repeated = (LinkKind::DuplicateOf, mass.ticket);
        let fact = linked(&world, acme, &mut repeats, (link, false), repeated);
        world.hear(acme, &[fact]).await;
        world.advance(HOUR / 4);
        for ticket in [&mut part, &mut repeats] {
            for to in [Resolved, Closed] {
                let fact = world.moved(acme, ticket, to);
                world.hear(acme, &[fact]).await;
            }
        }
        world.advance(HOUR / 4);
        // The mass incident was answered before its part was closed: somebody tells so now.
        let person = PersonId::new(&*world.ids);
        let mut answer = world.replied(acme, &mut mass, Actor::Staff { person }, false);
        answer.time = between;
        world.hear(acme, &[answer]).await;
        let seen = clocks(&world, acme, &part).await;
        let response = &seen["FIRST_RESPONSE"];
        assert_eq!(response["elapsedSeconds"], 3 * HOUR / 4, "as it was told");
        assert_eq!(
            response["correction"]["wouldBe"]["elapsedSeconds"],
            HOUR / 4
        );

        let seen = clocks(&world, acme, &repeats).await;
        assert_eq!(seen["RESOLUTION"]["state"], "CANCELLED");
        let fact = linked(&world, acme, &mut repeats, (link, true), repeated);
        world.hear(acme, &[fact]).await;
        let seen = clocks(&world, acme, &repeats).await;
        let resolution = &seen["RESOLUTION"];
        assert_eq!(
            (&resolution["state"], &resolution["elapsedSeconds"]),
            (&json!("STOPPED"), &json!(3 * HOUR / 4))
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_split_begins_where_the_original_did_even_before_the_original_is_heard_of() {
    story(async {
        let world = World::start("split").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let original = world.ticket();
        let opened = world.opened(acme, &original);
        world.advance(HOUR / 2);
        let mut split = world.ticket();
        let link = (LinkId::new(&*world.ids), false);
        let from = (LinkKind::SplitFrom, original.ticket);
        let facts = [
            world.opened(acme, &split),
            linked(&world, acme, &mut split, link, from),
        ];
        world.hear(acme, &facts).await;
        let begun = |seen: &BTreeMap<String, Value>| seen["RESOLUTION"]["startedAt"].clone();
        let seen = clocks(&world, acme, &split).await;
        assert_eq!(begun(&seen), split.opened_at.to_rfc3339());
        world.hear(acme, &[opened]).await;
        let seen = clocks(&world, acme, &split).await;
        assert_eq!(begun(&seen), original.opened_at.to_rfc3339());
        assert_eq!(seen["RESOLUTION"]["elapsedSeconds"], HOUR / 2);
        world.end().await;
    })
    .await;
}
