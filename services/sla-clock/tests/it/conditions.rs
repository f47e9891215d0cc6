//! Targets with conditions, through the graph and the facts of intake and routing.

use chrono::TimeDelta;
use events::intake::{Actor, TicketState};
use events::sla_clock::{ClockChanged, ClockWarned, Target};
use ids::{CategoryId, GroupId, PersonId};
use serde_json::{Value, json};

use crate::following::representation;
use crate::world::{World, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { versions { targets { \
    target code name warnings { percent beforeSeconds } onReopening heldBy { state by } \
    start { field isOneOf } resume { field isOneOf } pause { any { field isOneOf all { field not { field isOneOf } } } } } } } problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target code name cycle \
    state elapsedSeconds dueAt explain { totals { state heldBy seconds } segments { state cause { fact { what line group } } } } } } } }";

async fn agree(world: &World, tenant: ids::TenantId, terms: Value) -> Value {
    let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
    let name = format!("24x7 {}", ids::IdGen::uuid(&*world.ids));
    let calendar = world.calendar(tenant, &name, hours).await;
    let input = json!({"i": {"name": name, "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
    world.data(&world.manager(tenant), CREATE, input).await["createAgreement"].clone()
}

#[tokio::test]
async fn what_is_agreed_by_conditions_is_kept_and_followed() {
    story(async {
        let world = World::start("conditions").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let (n1, n3) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        let made = agree(&world, acme, json!({"targets": [
            {"target": "FIRST_RESPONSE", "seconds": 3_600},
            {"target": "NEXT_UPDATE", "seconds": 7_200},
            {"target": "CUSTOM", "code": "N3", "name": "Atención de N3", "seconds": 14_400,
             "start": {"field": "GROUP", "isOneOf": [gid(acme, n3)]},
             "pause": {"any": [{"field": "STATE", "isOneOf": ["WAITING_FOR_VENDOR", "WAITING_FOR_APPROVAL"]},
                               {"all": [{"field": "LINE", "isOneOf": ["1", "2"]},
                                        {"not": {"field": "MAJOR", "isOneOf": ["true"]}}]}]},
             "heldBy": [{"state": "WAITING_FOR_APPROVAL", "by": "PROVIDER"}],
             "warnings": [{"beforeSeconds": 3_600}, {"percent": 50}], "onReopening": "RESET"}
        ]}))
        .await;
        assert_eq!(made["problems"], json!([]), "{made}");
        let custom = &made["agreement"]["versions"][0]["targets"][2];
        assert_eq!((&custom["code"], &custom["name"], &custom["onReopening"]), (&json!("N3"), &json!("Atención de N3"), &json!("RESET")));
        assert_eq!(custom["start"], json!({"field": "GROUP", "isOneOf": [gid(acme, n3)]}));
        assert_eq!(custom["pause"]["any"][0]["isOneOf"], json!(["WAITING_FOR_VENDOR", "WAITING_FOR_APPROVAL"]));
        assert_eq!(custom["warnings"][0], json!({"percent": null, "beforeSeconds": 3_600}));
        assert_eq!(custom["heldBy"], json!([{"state": "WAITING_FOR_APPROVAL", "by": "PROVIDER"}]));

        // Routing's word may come before intake's.
        let mut ticket = world.ticket();
        ticket.category = Some(CategoryId::new(&*world.ids));
        world.hear(acme, &[world.held(acme, &ticket, 1, n1, 1)]).await;
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let seen = async |ticket: &events::intake::TicketSnapshot| {
            let asked = representation(acme, ticket, ticket.version.min(1));
            world.data(&manager, CLOCKS, asked).await["_entities"][0]["clocks"].clone()
        };
        let clocks = seen(&ticket).await;
        assert_eq!(clocks.as_array().unwrap().len(), 1, "{clocks}");
        assert_eq!(clocks[0]["target"], "FIRST_RESPONSE");

        // Neither a template nor a note is a first response, nor does either begin a next update.
        let person = PersonId::new(&*world.ids);
        world.advance(600);
        let template = world.replied(acme, &mut ticket, Actor::Staff { person }, true);
        let note = world.noted(acme, &mut ticket, Actor::Staff { person });
        world.hear(acme, &[template, note]).await;
        assert_eq!(seen(&ticket).await.as_array().unwrap().len(), 1);
        world.advance(600);
        let answer = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[answer]).await;
        let clocks = seen(&ticket).await;
        assert_eq!((&clocks[0]["state"], &clocks[0]["elapsedSeconds"]), (&json!("STOPPED"), &json!(1_200)));
        assert_eq!((&clocks[1]["target"], &clocks[1]["cycle"], &clocks[1]["state"]), (&json!("NEXT_UPDATE"), &json!(1), &json!("RUNNING")));

        // To N3: its clock begins. Back to N1 it is held, the approval is the provider's by this agreement.
        world.advance(600);
        world.hear(acme, &[world.held(acme, &ticket, 2, n3, 3)]).await;
        let begun = world.now();
        world.advance(3_600);
        world.hear(acme, &[world.held(acme, &ticket, 3, n1, 1)]).await;
        world.advance(1_800);
        world.hear(acme, &[world.held(acme, &ticket, 4, n3, 3)]).await;
        let approval = world.moved(acme, &mut ticket, TicketState::WaitingForApproval);
        world.hear(acme, &[approval]).await;
        world.advance(1_200);
        let on = world.moved(acme, &mut ticket, TicketState::InProgress);
        world.hear(acme, &[on]).await;
        let clocks = seen(&ticket).await;
        let n3_clock = &clocks.as_array().unwrap()[2];
        assert_eq!((&n3_clock["code"], &n3_clock["name"]), (&json!("N3"), &json!("Atención de N3")), "{clocks}");
        assert_eq!(n3_clock["elapsedSeconds"], 3_600);
        assert_eq!(n3_clock["dueAt"], json!((begun + TimeDelta::seconds(14_400 + 3_000)).to_rfc3339()));
        let totals = n3_clock["explain"]["totals"].clone();
        assert_eq!(
            totals,
            json!([{"state": "RUNNING", "heldBy": null, "seconds": 3_600}, {"state": "PAUSED", "heldBy": "PROVIDER", "seconds": 3_000}])
        );
        let fact = &n3_clock["explain"]["segments"][0]["cause"]["fact"];
        assert_eq!(fact, &json!({"what": "HELD", "line": 3, "group": gid(acme, n3)}));

        // It warns by share and by time; the fact says which.
        world.advance(10_800);
        while world.replica().step().await.unwrap() > 0 {}
        let warned: Vec<_> = world
            .announced_as::<ClockWarned>()
            .await
            .into_iter()
            .filter(|(_, w)| w.clock.target == Target::Custom)
            .collect();
        let points: Vec<_> = warned.iter().map(|(e, w)| (w.percent, w.before_seconds, (e.time - begun).num_seconds())).collect();
        assert_eq!(points, [(50, None, 7_200 + 3_000), (75, Some(3_600), 10_800 + 3_000)]);
        assert!(warned.iter().all(|(_, w)| w.clock.target_code.as_deref() == Some("N3")));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn who_holds_a_ticket_moves_nothing_where_nobody_agreed_on_it() {
    story(async {
        let world = World::start("holders").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let told = world.announced_as::<ClockChanged>().await.len();
        let group = GroupId::new(&*world.ids);
        let held = world.held(acme, &ticket, 1, group, 2);
        world.hear(acme, std::slice::from_ref(&held)).await;
        world.hear(acme, &[held]).await;
        assert_eq!(world.announced().await.len(), told);
        // An agreement that looks at it is for tickets that are there, too.
        let terms = json!({"targets": [{"target": "CUSTOM", "code": "n2", "name": "N2", "seconds": 60,
            "when": {"field": "LINE", "isOneOf": ["2"]}}]});
        assert_eq!(agree(&world, acme, terms).await["problems"], json!([]));
        world.advance(60);
        world.hear(acme, &[world.held(acme, &ticket, 2, group, 3)]).await;
        assert_eq!(world.announced().await.len(), told, "the line is not the second any more");
        world.hear(acme, &[world.held(acme, &ticket, 3, group, 2)]).await;
        let all = world.announced_as::<ClockChanged>().await;
        let last = &all.last().unwrap().1.clock;
        assert_eq!((all.len(), last.target_code.as_deref()), (told + 1, Some("n2")));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn conditions_that_make_no_sense_are_refused_with_field_and_reason() {
    story(async {
        let world = World::start("senseless").await;
        let acme = world.tenant("acme").await;
        let is = |field: &str, value: &str| json!({"field": field, "isOneOf": [value]});
        let nothing = json!({"any": []});
        for (target, field, code) in [
            (
                json!({"when": {"all": [is("LINE", "1"), is("LINE", "2")]}}),
                "targets.0",
                "NEVER_ATTACHES",
            ),
            (
                json!({"priorities": ["LOW"], "start": is("PRIORITY", "CRITICAL")}),
                "targets.0.start",
                "NEVER_STARTS",
            ),
            (json!({"stop": nothing}), "targets.0.stop", "NEVER_STOPS"),
            (
                json!({"cancel": {"not": nothing}}),
                "targets.0.cancel",
                "ALWAYS_CANCELLED",
            ),
            (
                json!({"pause": is("STATE", "CLOSED")}),
                "targets.0.pause",
                "NEVER_PAUSES",
            ),
            (
                json!({"pause": {"all": []}}),
                "targets.0.pause",
                "NEVER_RUNS",
            ),
            (
                json!({"pause": is("STATE", "QUEUED"), "resume": is("STATE", "RESOLVED")}),
                "targets.0.resume",
                "NEVER_RESUMES",
            ),
            (
                json!({"reset": is("STATE", "RESOLVED")}),
                "targets.0.reset",
                "NEVER_RESETS",
            ),
            (
                json!({"warnings": [{"beforeSeconds": 60}]}),
                "targets.0.warnings",
                "BAD_WARNING",
            ),
            (
                json!({"warnings": [{}]}),
                "targets.0.warnings",
                "BAD_WARNING",
            ),
            (
                json!({"code": "x", "name": "x"}),
                "targets.0.code",
                "BAD_TARGET_CODE",
            ),
        ] {
            let mut whole = json!({"target": "RESOLUTION", "seconds": 60});
            whole
                .as_object_mut()
                .unwrap()
                .extend(target.as_object().unwrap().clone());
            let refused = agree(&world, acme, json!({"targets": [whole]})).await;
            assert_eq!(
                refused["problems"],
                json!([{"field": field, "code": code}]),
                "{target}"
            );
        }
        // What cannot be read at all is an error, and another tenant's things are not found.
        let calendar = world
            .calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true}))
            .await;
        let globex = world.tenant("globex").await;
        let theirs = gid(globex, GroupId::new(&*world.ids));
        for (when, code) in [
            (json!({"field": "STATE"}), "BAD_INPUT"),
            (json!({"all": [], "any": []}), "BAD_INPUT"),
            (is("STATE", "NOWHERE"), "BAD_INPUT"),
            (is("LINE", "4"), "BAD_INPUT"),
            (is("MAJOR", "perhaps"), "BAD_INPUT"),
            (is("GROUP", &theirs), "NOT_FOUND"),
        ] {
            let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 60, "when": when}]});
            let input = json!({"i": {"name": "x", "calendar": calendar, "terms": terms}});
            assert_eq!(
                world.refusal(&world.manager(acme), CREATE, input).await,
                code,
                "{when}"
            );
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_held_a_clock_holds_it_until_the_agreement_lets_it_go_on() {
    story(async {
        let world = World::start("resuming").await;
        let acme = world.tenant("acme").await;
        // Waiting for the vendor holds it; that somebody works on it again lets it go on, and not that it is queued.
        let made = agree(
            &world,
            acme,
            json!({"targets": [{"target": "RESOLUTION", "seconds": 36_000,
            "pause": {"field": "STATE", "isOneOf": ["WAITING_FOR_VENDOR"]},
            "resume": {"field": "STATE", "isOneOf": ["IN_PROGRESS"]}}]}),
        )
        .await;
        assert_eq!(made["problems"], json!([]), "{made}");
        assert_eq!(
            made["agreement"]["versions"][0]["targets"][0]["resume"],
            json!({"field": "STATE", "isOneOf": ["IN_PROGRESS"]})
        );
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let begun = world.now();
        let manager = world.manager(acme);
        let seen = async |ticket: &events::intake::TicketSnapshot| {
            let asked = representation(acme, ticket, 1);
            world.data(&manager, CLOCKS, asked).await["_entities"][0]["clocks"][0].clone()
        };
        // An hour with us, one with the vendor, one in the queue, one waiting for the requester: all but the first are held.
        let mut states = Vec::new();
        for to in [
            TicketState::WaitingForVendor,
            TicketState::Queued,
            TicketState::WaitingForRequester,
            TicketState::InProgress,
            TicketState::Queued,
        ] {
            world.advance(3_600);
            let moved = world.moved(acme, &mut ticket, to);
            world.hear(acme, &[moved]).await;
            let clock = seen(&ticket).await;
            states.push((clock["state"].clone(), clock["elapsedSeconds"].clone()));
        }
        let (paused, running) = (json!("PAUSED"), json!("RUNNING"));
        let expected = [
            (paused.clone(), json!(3_600)),
            (paused.clone(), json!(3_600)),
            (paused, json!(3_600)),
            (running.clone(), json!(3_600)),
            (running, json!(7_200)),
        ];
        assert_eq!(states, expected);
        let clock = seen(&ticket).await;
        let due = begun + TimeDelta::hours(13);
        assert_eq!(crate::world::at(clock["dueAt"].as_str().unwrap()), due);
        // The whole of it belongs to whoever held it first.
        let totals = clock["explain"]["totals"].clone();
        assert!(
            totals
                .as_array()
                .unwrap()
                .contains(&json!({"state": "PAUSED", "heldBy": "VENDOR", "seconds": 10_800})),
            "{totals}"
        );
        world.end().await;
    })
    .await;
}
