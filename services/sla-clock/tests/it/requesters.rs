//! Who asks makes a difference where an agreement says so: VIPs have targets of their own, sites hours of theirs. As it was
//! when the ticket was opened.

use events::directory::{PersonChanged, PersonSnapshot};
use events::intake::{Actor, TicketSnapshot, TicketState};
use events::sla_clock::ClockChanged;
use events::{Envelope, Meta, Origin};
use ids::{EventId, PersonId, SiteId, TenantId};
use serde_json::{Value, json};

use crate::following::representation;
use crate::kit::HOUR;
use crate::world::{World, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { versions { targets { \
    when { field isOneOf } hours { whose } } } } problems { field code } } }";
const ASSIGN: &str = "mutation($i: AssignCalendarInput!) { assignCalendar(input: $i) { assignment { site calendar } \
    problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { targetSeconds \
    elapsedSeconds dueAt explain { runningSeconds } } } } }";

async fn agree(world: &World, tenant: TenantId, calendar: &str, targets: Value) -> Value {
    let name = format!("ANS {}", ids::IdGen::uuid(&*world.ids));
    let input = json!({"i": {"name": name, "calendar": calendar, "terms": {"targets": targets, "warnPercents": []},
        "validFrom": "2010-01-01T00:00:00Z"}});
    world.data(&world.manager(tenant), CREATE, input).await["createAgreement"].clone()
}

/// Directory tells of a person.
fn known(
    world: &World,
    tenant: TenantId,
    person: PersonId,
    sequence: i64,
    (site, vip): (Option<SiteId>, bool),
) -> Envelope {
    let person = PersonSnapshot {
        person,
        roles: vec!["requester".to_owned()],
        locale: "es".to_owned(),
        country: None,
        site,
        vip,
        active: true,
    };
    tells(world, tenant, sequence, person)
}

fn tells(world: &World, tenant: TenantId, sequence: i64, person: PersonSnapshot) -> Envelope {
    let meta = Meta {
        id: EventId::new(&*world.ids),
        subject: person.person.to_string(),
        time: world.now(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        sequence,
        origin: Origin::Live,
        traceparent: None,
    };
    Envelope::of(meta, &PersonChanged { person }).unwrap()
}

/// A ticket that this person opens now.
async fn opens(world: &World, tenant: TenantId, person: PersonId) -> TicketSnapshot {
    let ticket = TicketSnapshot {
        requester: Some(person),
        ..world.ticket()
    };
    world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
    ticket
}

async fn clock(world: &World, tenant: TenantId, ticket: &TicketSnapshot) -> Value {
    let asked = representation(tenant, ticket, 1);
    let seen = world.data(&world.manager(tenant), CLOCKS, asked).await;
    let clock = seen["_entities"][0]["clocks"][0].clone();
    assert_eq!(
        clock["elapsedSeconds"], clock["explain"]["runningSeconds"],
        "{seen}"
    );
    clock
}

#[tokio::test]
async fn a_vip_has_the_target_of_vips_by_who_it_was_at_the_opening() {
    story(async {
        let world = World::start("vips").await;
        let acme = world.tenant("acme").await;
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let [rosa, omar, nora] = [(); 3].map(|()| PersonId::new(&*world.ids));
        let vip = |values: Value| json!({"field": "VIP", "isOneOf": values});
        let both = json!({"all": [vip(json!(["true"])), vip(json!(["false"]))]});
        let never = agree(&world, acme, &always, json!([{"target": "RESOLUTION", "seconds": 60, "when": both}])).await;
        assert_eq!(never["problems"], json!([{"field": "targets.0", "code": "NEVER_ATTACHES"}]));
        let odd = json!({"i": {"name": "x", "calendar": always, "terms": {"targets": [{"target": "RESOLUTION", "seconds": 60, "when": vip(json!(["quizá"]))}]}}});
        assert_eq!(world.refusal(&world.manager(acme), CREATE, odd).await, "BAD_INPUT");

        let targets = json!([
            {"target": "RESOLUTION", "seconds": 3_600, "when": vip(json!(["true"]))},
            {"target": "RESOLUTION", "seconds": 36_000},
        ]);
        let made = agree(&world, acme, &always, targets).await;
        assert_eq!(made["problems"], json!([]));
        assert_eq!(made["agreement"]["versions"][0]["targets"][0]["when"], vip(json!(["true"])));
        world.hear(acme, &[known(&world, acme, rosa, 1, (None, true)), known(&world, acme, omar, 1, (None, false))]).await;
        world.advance(60);
        let of_rosa = opens(&world, acme, rosa).await;
        let of_omar = opens(&world, acme, omar).await;
        let target = async |ticket: &TicketSnapshot| clock(&world, acme, ticket).await["targetSeconds"].clone();
        assert_eq!((target(&of_rosa).await, target(&of_omar).await), (json!(3_600), json!(36_000)));

        // They change places: what is open stays as it was agreed, what is opened now is judged by now.
        world.advance(60);
        let told = world.announced().await.len();
        world.hear(acme, &[known(&world, acme, rosa, 2, (None, false)), known(&world, acme, omar, 2, (None, true))]).await;
        assert_eq!((target(&of_rosa).await, target(&of_omar).await), (json!(3_600), json!(36_000)));
        assert_eq!(world.announced().await.len(), told, "nothing moved");
        let (of_rosa, of_omar) = (opens(&world, acme, rosa).await, opens(&world, acme, omar).await);
        assert_eq!((target(&of_rosa).await, target(&of_omar).await), (json!(36_000), json!(3_600)));

        // Of somebody of whom nothing was known by then, what is known first counts; and it moves the clock at once.
        let of_nora = opens(&world, acme, nora).await;
        assert_eq!(target(&of_nora).await, 36_000);
        world.advance(60);
        world.hear(acme, &[known(&world, acme, nora, 1, (None, true))]).await;
        assert_eq!(target(&of_nora).await, 3_600);
        // Nobody at all is none.
        let nobody = world.ticket();
        world.hear(acme, &[world.opened(acme, &nobody)]).await;
        assert_eq!(target(&nobody).await, 36_000);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_counts_by_the_hours_of_the_requesters_site() {
    story(async {
        let world = World::start("sites").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        // World's Monday begins at 14:00 UTC: the one site has just closed, the other goes on to four.
        let on_monday = |span: &str| json!({"timeZone": "UTC", "weekly": [{"day": "MONDAY", "spans": [span]}]});
        let morning = world.calendar(acme, "Mañana", on_monday("08:00-14:00")).await;
        let noon = world.calendar(acme, "Tarde", on_monday("12:00-16:00")).await;
        let [lima, bogota] = [(); 2].map(|()| SiteId::new(&*world.ids));
        let made = agree(&world, acme, &always, json!([{"target": "RESOLUTION", "seconds": 7_200, "hours": {"whose": "REQUESTER_SITE"}}])).await;
        assert_eq!(made["agreement"]["versions"][0]["targets"][0]["hours"], json!({"whose": "REQUESTER_SITE"}));
        let give = async |site: SiteId, calendar: &str| {
            let input = json!({"i": {"site": gid(acme, site), "calendar": calendar, "applyToOpen": true}});
            world.data(&manager, ASSIGN, input).await["assignCalendar"].clone()
        };
        let given = give(lima, &morning).await;
        assert_eq!(given, json!({"assignment": {"site": gid(acme, lima), "calendar": morning}, "problems": []}));
        assert_eq!(give(bogota, &noon).await["problems"], json!([]));
        let listed = world.data(&manager, "{ calendarAssignments { site calendar country group } }", json!({})).await;
        let listed = listed["calendarAssignments"].as_array().unwrap().clone();
        assert!(listed.contains(&json!({"site": gid(acme, lima), "calendar": morning, "country": null, "group": null})), "{listed:?}");

        let [rosa, omar, nora] = [(); 3].map(|()| PersonId::new(&*world.ids));
        world.hear(acme, &[
            known(&world, acme, rosa, 1, (Some(lima), false)),
            known(&world, acme, omar, 1, (Some(bogota), false)),
            known(&world, acme, nora, 1, (None, false)),
        ])
        .await;
        let (of_rosa, of_omar, of_nora) = (opens(&world, acme, rosa).await, opens(&world, acme, omar).await, opens(&world, acme, nora).await);
        world.advance(3 * 3_600);
        let elapsed = async |ticket: &TicketSnapshot| clock(&world, acme, ticket).await["elapsedSeconds"].as_i64().unwrap() / 3_600;
        assert_eq!((elapsed(&of_rosa).await, elapsed(&of_omar).await, elapsed(&of_nora).await), (0, 2, 3));
        assert_eq!(clock(&world, acme, &of_rosa).await["dueAt"], "2026-11-30T10:00:00+00:00");

        // Who moves takes no ticket along; who leaves a site opens the next by the agreement's hours.
        world.hear(acme, &[
            known(&world, acme, rosa, 2, (None, false)),
            known(&world, acme, omar, 2, (Some(lima), false)),
            known(&world, acme, nora, 2, (Some(lima), false)),
        ])
        .await;
        assert_eq!((elapsed(&of_rosa).await, elapsed(&of_omar).await, elapsed(&of_nora).await), (0, 2, 3));
        let (of_rosa, of_omar) = (opens(&world, acme, rosa).await, opens(&world, acme, omar).await);
        world.advance(3_600);
        assert_eq!((elapsed(&of_rosa).await, elapsed(&of_omar).await), (1, 0));

        // Another calendar for the site moves what is open.
        assert_eq!(give(lima, &always).await["problems"], json!([]));
        assert_eq!(elapsed(&of_omar).await, 1);
        // One by which the target would never fall due is refused.
        let once = json!({"timeZone": "UTC", "dateHours": [{"date": "2030-01-01", "spans": ["09:00-10:00"]}]});
        let once = world.calendar(acme, "Una vez", once).await;
        assert_eq!(give(lima, &once).await["problems"], json!([{"field": "calendar", "code": "NEVER_DUE"}]));
        let both = json!({"i": {"site": gid(acme, lima), "country": "PE"}});
        assert_eq!(world.refusal(&manager, ASSIGN, both).await, "BAD_INPUT");
        let globex = world.tenant("globex").await;
        let theirs = json!({"i": {"site": gid(globex, lima), "tenant": acme.to_string(), "calendar": always}});
        assert_eq!(world.refusal(&manager, ASSIGN, theirs).await, "NOT_FOUND");
        let theirs = json!({"i": {"site": gid(globex, lima)}});
        assert_eq!(world.refusal(&manager, ASSIGN, theirs).await, "NOT_FOUND");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn who_asks_is_looked_at_only_where_an_agreement_says_so() {
    story(async {
        let world = World::start("nobodys").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let rosa = PersonId::new(&*world.ids);
        let ticket = opens(&world, acme, rosa).await;
        let told = world.announced().await.len();
        world.advance(60);
        let site = SiteId::new(&*world.ids);
        world.hear(acme, &[known(&world, acme, rosa, 1, (Some(site), true))]).await;
        assert_eq!(world.announced().await.len(), told);
        // It is kept all the same: an agreement that comes later judges by it.
        let always = world.calendar(acme, "Otro", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let target = json!([{"target": "ROOT_CAUSE", "seconds": 60, "when": {"field": "VIP", "isOneOf": ["true"]}}]);
        assert_eq!(agree(&world, acme, &always, target).await["problems"], json!([]));
        let mut changed = ticket.clone();
        let moved = world.moved(acme, &mut changed, events::intake::TicketState::InProgress);
        world.hear(acme, &[moved]).await;
        assert_eq!(world.announced().await.len(), told + 1, "its root cause is owed in a minute");
        world.end().await;
    })
    .await;
}

const RESULTS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target state targetSeconds \
    elapsedSeconds breachedAt explain { runningSeconds } corrections { reason } \
    correction { seen wouldBe { targetSeconds elapsedSeconds breachedAt } } } } } }";
const CORRECT: &str =
    "mutation($i: CorrectClockInput!) { correctClock(input: $i) { problems { field code } } }";

async fn results(world: &World, tenant: TenantId, ticket: &TicketSnapshot) -> Value {
    let asked = representation(tenant, ticket, 1);
    let seen = world.data(&world.manager(tenant), RESULTS, asked).await;
    seen["_entities"][0]["clocks"].clone()
}

fn of<'a>(clocks: &'a Value, target: &str) -> &'a Value {
    let mut all = clocks.as_array().unwrap().iter();
    all.find(|c| c["target"] == target).unwrap()
}

/// An hour for VIPs and ten for the others; five for the restoration by the country's hours; ten for a response by the site's.
async fn by_who_asks(world: &World, tenant: TenantId) -> SiteId {
    let manager = world.manager(tenant);
    let always = world
        .calendar(
            tenant,
            "24x7",
            json!({"timeZone": "UTC", "alwaysOpen": true}),
        )
        .await;
    // World's Monday begins at 14:00 UTC: the country has just closed, the site goes on to four.
    let on_monday =
        |span: &str| json!({"timeZone": "UTC", "weekly": [{"day": "MONDAY", "spans": [span]}]});
    let morning = world
        .calendar(tenant, "Mañana", on_monday("08:00-14:00"))
        .await;
    let noon = world
        .calendar(tenant, "Tarde", on_monday("12:00-16:00"))
        .await;
    let targets = json!([
        {"target": "FIRST_RESPONSE", "seconds": 10 * HOUR, "hours": {"whose": "REQUESTER_SITE"}},
        {"target": "RESTORATION", "seconds": 5 * HOUR, "hours": {"whose": "REQUESTER_COUNTRY"}},
        {"target": "RESOLUTION", "seconds": HOUR, "when": {"field": "VIP", "isOneOf": ["true"]}},
        {"target": "RESOLUTION", "seconds": 10 * HOUR},
    ]);
    assert_eq!(
        agree(world, tenant, &always, targets).await["problems"],
        json!([])
    );
    let site = SiteId::new(&*world.ids);
    for input in [
        json!({"tenant": tenant.to_string(), "country": "PE", "calendar": morning}),
        json!({"site": gid(tenant, site), "calendar": noon}),
    ] {
        let given = world.data(&manager, ASSIGN, json!({"i": input})).await;
        assert_eq!(given["assignCalendar"]["problems"], json!([]));
    }
    site
}

/// Goes on to another state, some hours later.
async fn later(
    world: &World,
    tenant: TenantId,
    ticket: &mut TicketSnapshot,
    hours: i64,
    to: TicketState,
) {
    world.advance(hours * HOUR);
    let fact = world.moved(tenant, ticket, to);
    world.hear(tenant, &[fact]).await;
}

#[tokio::test]
async fn who_asked_becomes_known_too_late_for_a_result_that_is_closed() {
    story(async {
        let world = World::start("known late").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let site = by_who_asks(&world, acme).await;
        let nora = PersonId::new(&*world.ids);
        let mut closed = opens(&world, acme, nora).await;
        let mut resolved = opens(&world, acme, nora).await;
        let open = opens(&world, acme, nora).await;
        later(&world, acme, &mut closed, 6, TicketState::Resolved).await;
        later(&world, acme, &mut resolved, 0, TicketState::Resolved).await;
        later(&world, acme, &mut closed, 1, TicketState::Closed).await;
        let was = results(&world, acme, &closed).await;
        let told = |of: &Value| (of["elapsedSeconds"].clone(), of["targetSeconds"].clone(), of["breachedAt"].is_null());
        let hours = |n: i64| json!(n * HOUR);
        assert_eq!(told(of(&was, "FIRST_RESPONSE")), (hours(6), hours(10), true));
        assert_eq!(told(of(&was, "RESTORATION")), (hours(6), hours(5), false));
        assert_eq!(told(of(&was, "RESOLUTION")), (hours(6), hours(10), true));

        // Directory tells of her for the first time: a VIP, in Peru, at the site.
        world.advance(HOUR);
        let before = world.announced_as::<ClockChanged>().await.len();
        let person = PersonSnapshot {
            person: nora,
            roles: vec!["requester".to_owned()],
            locale: "es".to_owned(),
            country: Some("pe".to_owned()),
            site: Some(site),
            vip: true,
            active: true,
        };
        let first = tells(&world, acme, 1, person.clone());
        world.hear(acme, std::slice::from_ref(&first)).await;
        // What is not closed is judged by it at once.
        let changed = world.announced_as::<ClockChanged>().await;
        assert!(changed[before..].iter().all(|(_, c)| c.clock.ticket != closed.ticket));
        for ticket in [&resolved, &open] {
            assert_eq!(told(of(&results(&world, acme, ticket).await, "RESOLUTION")).1, hours(1));
        }
        let count = changed.len();
        // The results that were told stand, and are explained as they stand; they show what they would come to.
        let stands = |now: &Value| {
            for target in ["FIRST_RESPONSE", "RESTORATION", "RESOLUTION"] {
                let (is, was) = (of(now, target), of(&was, target));
                for key in ["state", "targetSeconds", "elapsedSeconds", "breachedAt", "explain"] {
                    assert_eq!(is[key], was[key], "{target} {key}");
                }
                assert_eq!(is["elapsedSeconds"], is["explain"]["runningSeconds"]);
            }
        };
        let now = results(&world, acme, &closed).await;
        stands(&now);
        let would_be = |now: &Value, target: &str| told(&of(now, target)["correction"]["wouldBe"]);
        assert_eq!(would_be(&now, "FIRST_RESPONSE"), (hours(2), hours(10), true));
        assert_eq!(would_be(&now, "RESTORATION"), (hours(0), hours(5), true));
        assert_eq!(would_be(&now, "RESOLUTION"), (hours(6), hours(1), false));
        // Another word on the ticket takes nothing of it in, and neither does the same fact again.
        let reply = world.replied(acme, &mut closed, Actor::Staff { person: manager.person }, false);
        world.hear(acme, &[reply]).await;
        world.hear(acme, std::slice::from_ref(&first)).await;
        stands(&results(&world, acme, &closed).await);
        assert_eq!(world.announced_as::<ClockChanged>().await.len(), count);

        // She is a VIP no more, which says nothing of then; but she had never been one when she asked, as is heard in the end.
        let saw = of(&now, "RESOLUTION")["correction"]["seen"].clone();
        let wish = |target: &str, seen: &Value| {
            json!({"i": {"ticket": gid(acme, closed.ticket), "target": target, "cycle": 1, "reason": "No se sabía quién era", "seen": seen}})
        };
        let plain = PersonSnapshot { vip: false, ..person };
        world.hear(acme, &[tells(&world, acme, 2, plain.clone())]).await;
        assert_eq!(of(&results(&world, acme, &closed).await, "RESOLUTION")["correction"]["seen"], saw);
        let mut backfilled = tells(&world, acme, 3, plain);
        backfilled.time -= chrono::TimeDelta::days(1);
        world.hear(acme, &[backfilled]).await;
        let now = results(&world, acme, &closed).await;
        stands(&now);
        assert_eq!(of(&now, "RESOLUTION")["correction"], Value::Null);
        assert_eq!(would_be(&now, "RESTORATION"), (hours(0), hours(5), true));
        let done = async |target: &str, seen: &Value| {
            world.data(&manager, CORRECT, wish(target, seen)).await["correctClock"]["problems"].clone()
        };
        assert_eq!(done("RESOLUTION", &saw).await[0]["code"], "NOTHING_TO_CORRECT");
        // Whoever may adopts it, with a reason.
        let saw = of(&now, "RESTORATION")["correction"]["seen"].clone();
        assert_eq!(done("RESTORATION", &saw).await, json!([]));
        let now = results(&world, acme, &closed).await;
        let restored = of(&now, "RESTORATION");
        assert_eq!((told(restored), &restored["explain"]["runningSeconds"]), ((hours(0), hours(5), true), &hours(0)));
        assert_eq!((&restored["correction"], &restored["corrections"]), (&Value::Null, &json!([{"reason": "No se sabía quién era"}])));
        assert_eq!(told(of(&now, "FIRST_RESPONSE")), told(of(&was, "FIRST_RESPONSE")));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_known_when_a_ticket_was_closed_is_in_time_for_ever() {
    story(async {
        let world = World::start("known in time").await;
        let acme = world.tenant("acme").await;
        by_who_asks(&world, acme).await;
        let rosa = PersonId::new(&*world.ids);
        world
            .hear(acme, &[known(&world, acme, rosa, 1, (None, true))])
            .await;
        world.advance(60);
        let mut ticket = opens(&world, acme, rosa).await;
        later(&world, acme, &mut ticket, 2, TicketState::Resolved).await;
        later(&world, acme, &mut ticket, 1, TicketState::Closed).await;
        let told = world.announced().await.len();
        // What becomes of her afterwards is nothing to it.
        world.advance(60);
        world
            .hear(acme, &[known(&world, acme, rosa, 2, (None, false))])
            .await;
        world
            .hear(acme, &[known(&world, acme, rosa, 1, (None, true))])
            .await;
        let now = results(&world, acme, &ticket).await;
        let resolution = of(&now, "RESOLUTION");
        assert_eq!(
            (&resolution["targetSeconds"], &resolution["correction"]),
            (&json!(HOUR), &Value::Null)
        );
        let mut tx = world.db.begin(acme).await.unwrap();
        let late: i64 = sqlx::query_scalar("SELECT count(*) FROM requester_late")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(late, 0, "no ticket has late batches by it");
        // What nobody knew of a country came late all the same.
        let lives = PersonSnapshot {
            person: rosa,
            roles: vec!["requester".to_owned()],
            locale: "es".to_owned(),
            country: Some("PE".to_owned()),
            site: None,
            vip: false,
            active: true,
        };
        world.hear(acme, &[tells(&world, acme, 3, lives)]).await;
        let now = results(&world, acme, &ticket).await;
        let restored = of(&now, "RESTORATION");
        assert_eq!(
            (
                &restored["elapsedSeconds"],
                &restored["correction"]["wouldBe"]["elapsedSeconds"]
            ),
            (&json!(2 * HOUR), &json!(0))
        );
        assert_eq!(of(&now, "RESOLUTION")["correction"], Value::Null);
        assert_eq!(world.announced().await.len(), told);
        world.end().await;
    })
    .await;
}
