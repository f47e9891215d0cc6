//! Every edit that can be applied to open tickets shows first what it moves, and then moves just that.

use std::collections::BTreeMap;

use access::{CallerKind, Role};
use chrono::{DateTime, Utc};
use events::Envelope;
use events::intake::Priority;
use events::sla_clock::{ClockChanged, ClockState};
use ids::{GroupId, TenantId};
use serde_json::{Value, json};
use sla_clock::config::{Config, Previews};

use crate::kit::HOUR;
use crate::world::{MONDAY, World, at, gid, story};

/// An edit, by its input's type, its preview and its mutation.
#[derive(Clone, Copy)]
pub struct Edit(&'static str, &'static str, &'static str);

const AGREE: Edit = Edit(
    "CreateAgreementInput",
    "previewNewAgreement",
    "createAgreement",
);
const AMEND: Edit = Edit(
    "ChangeAgreementInput",
    "previewAgreementChange",
    "changeAgreement",
);
pub const HOURS: Edit = Edit(
    "ChangeCalendarInput",
    "previewCalendarChange",
    "changeCalendar",
);
const ASSIGN: Edit = Edit(
    "AssignCalendarInput",
    "previewCalendarAssignment",
    "assignCalendar",
);
const STANDBY: Edit = Edit(
    "SetStandbySchemeInput",
    "previewStandbyScheme",
    "setStandbyScheme",
);
pub const FEED: Edit = Edit(
    "SetCalendarFeedInput",
    "previewCalendarFeed",
    "setCalendarFeed",
);
const UNFEED: Edit = Edit(
    "RemoveCalendarFeedInput",
    "previewCalendarFeedRemoval",
    "removeCalendarFeed",
);
const ALL: [Edit; 7] = [AGREE, AMEND, HOURS, ASSIGN, STANDBY, FEED, UNFEED];

impl Edit {
    pub fn preview(self) -> String {
        let Self(input, preview, _) = self;
        format!(
            "query($i: {input}!) {{ done: {preview}(input: $i) {{ tickets clocks moved complete problems {{ field code }} \
             moves {{ ticket {{ id }} target cycle dueAt movesBySeconds wouldBe {{ dueAt }} }} }} }}"
        )
    }

    pub fn mutation(self) -> String {
        let Self(input, _, mutation) = self;
        format!(
            "mutation($i: {input}!) {{ done: {mutation}(input: $i) {{ problems {{ field code }} }} }}"
        )
    }
}

pub async fn seen(world: &World, tenant: TenantId, edit: Edit, input: &Value) -> Value {
    let asked = json!({"i": input});
    world
        .data(&world.manager(tenant), &edit.preview(), asked)
        .await["done"]
        .clone()
}

/// A clock, and when it falls due; none if it is due no more.
type Due = BTreeMap<(String, String, i64), Option<DateTime<Utc>>>;

fn instant(of: &Value) -> Option<DateTime<Utc>> {
    of.as_str().map(at)
}

/// Looks at the edit, makes it, and compares; the preview.
async fn looked_at_and_made(
    world: &World,
    tenant: TenantId,
    edit: Edit,
    mut input: Value,
) -> Value {
    input["applyToOpen"] = json!(true);
    let before = world.announced_as::<ClockChanged>().await.len();
    let preview = seen(world, tenant, edit, &input).await;
    assert_eq!(
        (&preview["problems"], &preview["complete"]),
        (&json!([]), &json!(true)),
        "{preview}"
    );
    assert_eq!(
        world.announced_as::<ClockChanged>().await.len(),
        before,
        "it only looks"
    );
    let moves = preview["moves"].as_array().unwrap();
    assert_eq!(preview["moved"], moves.len());
    let would_be: Due = moves
        .iter()
        .map(|m| {
            let due = instant(&m["wouldBe"]["dueAt"]);
            let seconds = due
                .zip(instant(&m["dueAt"]))
                .map(|(due, was)| (due - was).num_seconds());
            assert_eq!(m["movesBySeconds"], json!(seconds), "{m}");
            let text = |key: &str| m[key].as_str().unwrap().to_owned();
            let ticket = m["ticket"]["id"].as_str().unwrap().to_owned();
            ((ticket, text("target"), m["cycle"].as_i64().unwrap()), due)
        })
        .collect();
    let done = world
        .data(
            &world.manager(tenant),
            &edit.mutation(),
            json!({"i": input}),
        )
        .await;
    assert_eq!(done["done"]["problems"], json!([]));
    let changed = world.announced_as::<ClockChanged>().await;
    let told = |some: &[(Envelope, ClockChanged)]| -> Due {
        let due = some.iter().map(|(_, c)| {
            let clock = &c.clock;
            let target = json!(clock.target).as_str().unwrap().to_uppercase();
            let due = clock
                .due_at
                .filter(|_| clock.state != ClockState::Cancelled);
            (
                (gid(tenant, clock.ticket), target, i64::from(clock.cycle)),
                due,
            )
        });
        due.collect()
    };
    // Another version of the terms is told though nothing moves by it.
    let was = told(&changed[..before]);
    let mut is = told(&changed[before..]);
    is.retain(|clock, due| was.get(clock) != Some(due));
    assert_eq!(is, would_be, "{edit:?}", edit = edit.2);
    preview
}

/// Noon to eight every day, UTC.
fn afternoons() -> Value {
    daily("12:00-20:00")
}

pub fn daily(span: &str) -> Value {
    let days = [
        "MONDAY",
        "TUESDAY",
        "WEDNESDAY",
        "THURSDAY",
        "FRIDAY",
        "SATURDAY",
        "SUNDAY",
    ];
    let weekly: Vec<Value> = days
        .iter()
        .map(|d| json!({"day": d, "spans": [span]}))
        .collect();
    json!({"timeZone": "UTC", "weekly": weekly})
}

pub fn feed() -> String {
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261124\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".to_owned()
}

fn targets() -> Value {
    json!({"warnPercents": [], "targets": [
        {"target": "RESOLUTION", "seconds": 8 * HOUR},
        {"target": "RESTORATION", "seconds": 8 * HOUR, "hours": {"whose": "HOLDING_GROUP"}},
        {"target": "ROOT_CAUSE", "seconds": 8 * HOUR, "hours": {"whose": "DUTY"}},
    ]})
}

/// Three targets, by the agreement's hours, the group's and the duty's; the calendar and the agreement.
pub async fn agreed(world: &World, tenant: TenantId) -> (String, String) {
    let office = world.calendar(tenant, "Oficina", afternoons()).await;
    let input = json!({"i": {"name": "ANS", "calendar": office, "terms": targets(), "validFrom": "2010-01-01T00:00:00Z"}});
    let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id } problems { code } } }";
    let made = world.data(&world.manager(tenant), query, input).await["createAgreement"].clone();
    (
        office,
        made["agreement"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{made}"))
            .to_owned(),
    )
}

#[tokio::test]
async fn each_edit_moves_what_its_preview_said() {
    story(async {
        let world = World::start("edits").await;
        let acme = world.tenant("acme").await;
        let (office, ans) = agreed(&world, acme).await;
        let night = world.calendar(acme, "Noche", daily("20:00-24:00")).await;
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let group = GroupId::new(&*world.ids);
        let (held, plain, mut critical) = (world.ticket(), world.ticket(), world.ticket());
        critical.priority = Priority::Critical;
        for ticket in [&held, &plain, &critical] {
            world.hear(acme, &[world.opened(acme, ticket)]).await;
        }
        world.hear(acme, &[world.held(acme, &held, 1, group, 3)]).await;
        world.advance(HOUR);
        let made = async |edit: Edit, input: Value| looked_at_and_made(&world, acme, edit, input).await;
        let counted = |preview: &Value| (preview["tickets"].as_i64().unwrap(), preview["clocks"].as_i64().unwrap(), preview["moved"].as_i64().unwrap());

        // A group that works by night: its restoration, and what follows its duty.
        let given = json!({"group": gid(acme, group), "calendar": night});
        assert_eq!(counted(&made(ASSIGN, given.clone()).await), (3, 9, 2));
        // The standby is there round the clock: for the critical one alone.
        let scheme = json!({"eligible": {"field": "PRIORITY", "isOneOf": ["CRITICAL"]}, "calendar": always});
        let moved = made(STANDBY, scheme.clone()).await;
        assert_eq!(counted(&moved), (3, 9, 1));
        assert_eq!(moved["moves"][0]["movesBySeconds"], -16 * HOUR, "today at ten, not tomorrow at two");
        // Tomorrow is a holiday, and then it is none; round the clock nobody cares.
        let fed = json!({"calendar": office, "name": "Feriados", "text": feed()});
        let moved = made(FEED, fed.clone()).await;
        assert_eq!(counted(&moved), (3, 9, 6));
        // The same again, or the same that is there already, moves nothing: it is not even looked.
        for (edit, input) in [(ASSIGN, &given), (STANDBY, &scheme), (FEED, &fed)] {
            assert_eq!(counted(&seen(&world, acme, edit, input).await), (0, 0, 0));
            assert_eq!(counted(&made(edit, input.clone()).await), (0, 0, 0));
        }
        let back = made(UNFEED, json!({"calendar": office, "name": " Feriados"})).await;
        assert_eq!(counted(&back), (3, 9, 6));
        assert_eq!(back["moves"][0]["movesBySeconds"], -24 * HOUR);

        // A new agreement takes the place of the other where it stands before it, and adds what nobody measured.
        let terms = json!({"warnPercents": [], "targets": [
            {"target": "RESOLUTION", "seconds": 4 * HOUR, "priorities": ["CRITICAL"]}, {"target": "FIRST_RESPONSE", "seconds": 2 * HOUR}]});
        let mut new = json!({"name": "Críticos", "calendar": always, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"});
        let last = seen(&world, acme, AGREE, &new).await;
        let none = json!([{"field": "targets.0", "code": "NEVER_ATTACHES"}]);
        assert_eq!(last["problems"], none, "the one before takes every resolution: {last}");
        new["position"] = json!(0);
        assert_eq!(counted(&made(AGREE, new.clone()).await), (3, 12, 4));
        assert_eq!(seen(&world, acme, AGREE, &new).await["problems"], json!([{"field": "name", "code": "NAME_TAKEN"}]));
        // Moved before it again, and by other hours.
        let amend = json!({"agreement": ans, "terms": targets(), "position": -1, "validFrom": "2010-01-01T00:00:00Z"});
        assert_eq!(counted(&made(AMEND, amend).await), (3, 12, 1));
        let hours = json!({"calendar": office, "hours": daily("08:00-18:00"), "validFrom": MONDAY});
        assert!(counted(&made(HOURS, hours).await).2 > 0);
        // Without a group's calendar, and without a standby.
        assert_eq!(counted(&made(ASSIGN, json!({"group": gid(acme, group)})).await).2, 2);
        assert_eq!(counted(&made(STANDBY, json!({"tenant": acme.to_string()})).await).2, 1);

        // An agreement that is archived is for tickets that are opened later: there is nothing to look at.
        let told = world.announced().await.len();
        let archive = "mutation($i: ArchiveAgreementInput!) { archiveAgreement(input: $i) { problems { code } } }";
        world.data(&world.manager(acme), archive, json!({"i": {"agreement": ans}})).await;
        let same = json!({"calendar": office, "hours": daily("08:00-18:00"), "applyToOpen": true});
        assert_eq!(counted(&made(HOURS, same).await), (3, 12, 0));
        assert_eq!(world.announced().await.len(), told);
        world.end().await;
    })
    .await;
}

/// An input of each edit, of a tenant that has a group, a calendar and an agreement.
fn inputs(calendar: &str, agreement: &str, group: &str) -> [(Edit, Value); 7] {
    let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 60}]});
    [
        (
            AGREE,
            json!({"name": "x", "calendar": calendar, "terms": terms}),
        ),
        (AMEND, json!({"agreement": agreement, "terms": terms})),
        (
            HOURS,
            json!({"calendar": calendar, "hours": daily("09:00-10:00")}),
        ),
        (ASSIGN, json!({"group": group, "calendar": calendar})),
        (
            STANDBY,
            json!({"eligible": {"field": "PRIORITY", "isOneOf": ["CRITICAL"]}, "calendar": calendar}),
        ),
        (
            FEED,
            json!({"calendar": calendar, "name": "x", "text": feed()}),
        ),
        (UNFEED, json!({"calendar": calendar, "name": "x"})),
    ]
}

#[tokio::test]
async fn previews_are_for_those_who_may_edit_and_say_what_stands_in_the_way() {
    story(async {
        let world = World::start("edits refused").await;
        let acme = world.tenant("acme").await;
        let (office, ans) = agreed(&world, acme).await;
        let group = gid(acme, GroupId::new(&*world.ids));
        let agent = world.caller(CallerKind::Staff, Role::Agent, &[acme]);
        let stranger = world.manager(world.tenant("globex").await);
        for (edit, input) in inputs(&office, &ans, &group) {
            let asked = json!({"i": input});
            assert_eq!(world.refusal(&agent, &edit.preview(), asked.clone()).await, "FORBIDDEN", "{}", edit.1);
            assert_eq!(world.refusal(&stranger, &edit.preview(), asked).await, "NOT_FOUND", "{}", edit.1);
        }
        // An agreement of the house is for those who see its clocks.
        let admin = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        let ola = json!({"i": {"name": "N2", "kind": "OLA", "calendar": office, "terms": {"targets": []}}});
        assert_eq!(world.refusal(&admin, &AGREE.preview(), ola).await, "FORBIDDEN");
        // What the edit would answer, its preview does.
        let once = json!({"timeZone": "UTC", "dateHours": [{"date": "2030-01-01", "spans": ["09:00-10:00"]}]});
        let once = world.calendar(acme, "Una vez", once).await;
        for (edit, input, problem) in [
            (AGREE, json!({"name": " ", "calendar": office, "terms": targets()}), json!({"field": "name", "code": "NAME_MISSING"})),
            (AGREE, json!({"name": "ANS", "calendar": office, "terms": targets()}), json!({"field": "name", "code": "NAME_TAKEN"})),
            (AGREE, json!({"name": "x", "calendar": once, "terms": targets()}), json!({"field": "targets", "code": "NEVER_DUE"})),
            (ASSIGN, json!({"group": group, "calendar": once}), json!({"field": "calendar", "code": "NEVER_DUE"})),
            (ASSIGN, json!({"tenant": acme.to_string(), "country": "Perú"}), json!({"field": "country", "code": "BAD_COUNTRY"})),
            (STANDBY, json!({"calendar": office}), json!({"field": "eligible", "code": "STANDBY_INCOMPLETE"})),
            (FEED, json!({"calendar": office, "name": "x", "text": "hola"}), json!({"field": "text", "code": "NOT_A_CALENDAR"})),
            (FEED, json!({"calendar": office, "name": "x", "url": "ftp://127.0.0.1/a.ics"}), json!({"field": "url", "code": "BAD_FEED_ADDRESS"})),
            (UNFEED, json!({"calendar": office, "name": "x"}), json!({"field": "name", "code": "NO_SUCH_FEED"})),
        ] {
            let preview = seen(&world, acme, edit, &input).await;
            assert_eq!(preview["problems"], json!([problem]), "{}", edit.1);
            let refused = world.data(&world.manager(acme), &edit.mutation(), json!({"i": input})).await;
            assert_eq!(refused["done"]["problems"], preview["problems"], "{}", edit.2);
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn every_preview_waits_its_turn() {
    story(async {
        let config = Config {
            previews: Previews {
                at_once: 0,
                of_tenant: 1,
                retry_after_s: 7,
                ..Previews::default()
            },
            ..Config::default()
        };
        let world = World::start_as("edits busy", config).await;
        let acme = world.tenant("acme").await;
        let (office, ans) = agreed(&world, acme).await;
        let group = gid(acme, GroupId::new(&*world.ids));
        let all = inputs(&office, &ans, &group);
        assert_eq!(all.len(), ALL.len());
        for (edit, input) in all {
            let answer = world
                .ask(&world.manager(acme), &edit.preview(), json!({"i": input}))
                .await;
            let extensions = &answer["errors"][0]["extensions"];
            let busy = (&extensions["code"], &extensions["retryAfterSeconds"]);
            assert_eq!(busy, (&json!("BUSY"), &json!(7)), "{answer}");
            let said = answer["errors"][0]["message"].as_str().unwrap();
            assert!(said.contains("vistas previas y simulaciones"), "{said}");
        }
        world.end().await;
    })
    .await;
}
