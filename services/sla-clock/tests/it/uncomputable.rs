//! A calendar that lets no deadline come: refused when it is written; and where it stands all the same, the other clocks of the
//! ticket go on, and whoever asks is told why.

use std::sync::Arc;

use access::{CallerKind, Role};
use business_time::{Calendar, CalendarSpec, Tz};
use events::intake::{Priority, TicketSnapshot, TicketState};
use events::sla_clock::Target;
use ids::{ApplicationId, CalendarId, GroupId, TenantId};
use serde_json::{Value, json};
use sla_clock::config::{Config, Previews};
use sla_clock::domain::agreement::{Agreement, Dated, OnReopen, Rule, Terms};
use sla_clock::domain::clock::read;
use sla_clock::domain::course::Story;
use sla_clock::domain::hours_of::{Desk, HoursOf};
use sla_clock::domain::rulebook::Rulebook;
use sla_clock::domain::uncomputable::{Failure, Uncomputable};
use sla_clock::store::agreements::add_calendar_version;

use crate::following::representation;
use crate::kit::{HOUR, agreement, book, story as told};
use crate::world::{MONDAY, World, at, gid, story};

const ONE_DAY: &str = "2030-01-01";

/// One hour in all its life, years from now.
fn one_hour() -> Calendar {
    let date = ONE_DAY.parse().unwrap();
    let builder = Calendar::builder(Tz::UTC).date_hours(date, ["09:00-10:00".parse().unwrap()]);
    builder.build().unwrap()
}

fn rule(target: Target, hours: i64, of: Option<HoursOf>) -> Rule {
    Rule {
        hours: of,
        ..Rule::plain(target, hours * HOUR)
    }
}

#[test]
fn a_target_that_cannot_be_computed_holds_up_none_of_the_others() {
    let own = agreement(Calendar::always(), {
        Terms {
            rules: Vec::new(),
            pause_on: Vec::new(),
            warn_percents: Vec::new(),
            on_reopen: OnReopen::Continue,
        }
    });
    let spoilt = CalendarId::new(&*ids::seeded(7));
    let version = Dated {
        id: spoilt,
        calendar: one_hour(),
        ..own.hours[0].clone()
    };
    let with = |rules: Vec<Rule>| Agreement {
        terms: Arc::new(Terms {
            rules,
            ..(*own.terms).clone()
        }),
        ..own.clone()
    };
    let agreement = with(vec![
        rule(Target::FirstResponse, 2, Some(HoursOf::Calendar(spoilt))),
        rule(Target::Resolution, 8, None),
    ]);
    let versions: Arc<[Dated]> = [version].into();
    let desk = Desk::new([(spoilt, versions)].into(), Vec::new(), Vec::new());
    let steps = told(&[("2026-11-23T10:00:00Z", TicketState::Open, Priority::Medium)]);
    let (story, now) = (Story::of(&steps), at("2026-11-23T11:00:00Z"));
    let readings = read(&Rulebook::new(1, vec![agreement], desk), story, now);
    let found: Vec<_> = readings
        .of
        .iter()
        .map(|r| (r.target, r.elapsed_seconds))
        .collect();
    assert_eq!(found, [(Target::Resolution, HOUR)]);
    let never = Uncomputable::Time(business_time::TimeError::BeyondHorizon);
    let failure = |target, why| Failure::of((target, ""), why);
    assert_eq!(readings.failed, [failure(Target::FirstResponse, never)]);

    // An agreement without a calendar that is known, beside one that has its own.
    let lost = Agreement {
        hours: Arc::new([]),
        ..with(vec![rule(Target::FirstResponse, 2, None)])
    };
    let other = Agreement {
        id: ids::AgreementId::new(&*ids::seeded(8)),
        ..with(vec![rule(Target::Resolution, 8, None)])
    };
    let readings = read(&book(&[lost, other]), story, now);
    assert_eq!(readings.of.len(), 1);
    assert_eq!(
        readings.failed,
        [failure(Target::FirstResponse, Uncomputable::NoCalendar)]
    );
}

fn always() -> Value {
    json!({"timeZone": "UTC", "alwaysOpen": true})
}

fn one_day() -> Value {
    json!({"timeZone": "UTC", "dateHours": [{"date": ONE_DAY, "spans": ["09:00-10:00"]}]})
}

async fn agree(world: &World, tenant: TenantId, name: &str, calendar: &str, targets: Value) {
    let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code field } } }";
    let terms = json!({"targets": targets, "warnPercents": []});
    let input = json!({"name": name, "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"});
    let made = world
        .data(&world.manager(tenant), query, json!({"i": input}))
        .await;
    assert_eq!(made["createAgreement"]["problems"], json!([]), "{made}");
}

const CHANGE: &str = "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { calendar { version } problems { code field message } } }";
const ASSIGN: &str = "mutation($i: AssignCalendarInput!) { assignCalendar(input: $i) { assignment { calendar } problems { code field message } } }";

#[tokio::test]
async fn hours_by_which_a_target_in_force_would_never_fall_due_are_refused_where_they_are_written()
{
    story(async {
        let world = World::start("unreachable").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let own = world.calendar(acme, "Propio", always()).await;
        let fixed = world.calendar(acme, "Fijo", always()).await;
        let unused = world.calendar(acme, "Sin uso", always()).await;
        let short = world.calendar(acme, "Un día", one_day()).await;
        agree(&world, acme, "ANS", &own, json!([
            {"target": "FIRST_RESPONSE", "seconds": 2 * HOUR, "hours": {"whose": "CALENDAR", "calendar": fixed}},
            {"target": "RESOLUTION", "seconds": 2 * HOUR, "hours": {"whose": "INTERSECTION", "members": [{"whose": "HOLDING_GROUP"}, {"whose": "REQUESTER_COUNTRY"}]}},
            {"target": "RESTORATION", "seconds": HOUR, "hours": {"whose": "APPLICATION"}}
        ])).await;
        let change = async |calendar: &str, hours: Value| {
            let input = json!({"i": {"calendar": calendar, "hours": hours}});
            world.data(&manager, CHANGE, input).await["changeCalendar"].clone()
        };
        let assign = async |to: Value, calendar: &str| {
            let mut input = json!({"tenant": acme.to_string(), "calendar": calendar});
            input.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
            world.data(&manager, ASSIGN, json!({"i": input})).await["assignCalendar"].clone()
        };
        let refused = |answer: &Value, thing: &str, field: &str, target: &str| {
            let problem = &answer["problems"][0];
            assert_eq!((&answer[thing], &problem["code"], &problem["field"]), (&Value::Null, &json!("NEVER_DUE"), &json!(field)), "{answer}");
            let message = problem["message"].as_str().unwrap();
            assert!(message.contains(&format!("objetivo {target} del acuerdo «ANS»")), "{message}");
        };
        // The agreement's own calendar is what counts for groups and countries that have none.
        refused(&change(&own, one_day()).await, "calendar", "hours", "2");
        refused(&change(&fixed, one_day()).await, "calendar", "hours", "1");
        let group = json!({"group": gid(acme, GroupId::new(&*world.ids))});
        refused(&assign(group.clone(), &short).await, "assignment", "calendar", "2");
        refused(&assign(json!({"country": "PE"}), &short).await, "assignment", "calendar", "2");
        // An hour is enough for what takes an hour; and what nothing counts by may be as it likes.
        let application = json!({"application": gid(acme, ApplicationId::new(&*world.ids))});
        assert_eq!(assign(application, &short).await["problems"], json!([]));
        assert_eq!(change(&unused, one_day()).await["problems"], json!([]));
        // Given first, and spoilt afterwards.
        assert_eq!(assign(group, &fixed).await["problems"], json!([]));
        refused(&change(&fixed, one_day()).await, "calendar", "hours", "1");
        // The preview says the same, and nothing was written.
        let preview = "query($i: ChangeCalendarInput!) { previewCalendarChange(input: $i) { problems { code field } } }";
        let input = json!({"i": {"calendar": own, "hours": one_day()}});
        let seen = world.data(&manager, preview, input).await["previewCalendarChange"]["problems"].clone();
        assert_eq!(seen, json!([{"code": "NEVER_DUE", "field": "hours"}]));
        let versions = world.data(&manager, "{ calendars { name version } }", json!({})).await["calendars"].clone();
        let of = |name: &str| versions.as_array().unwrap().iter().find(|c| c["name"] == name).unwrap()["version"].clone();
        assert_eq!((of("Propio"), of("Fijo"), of("Sin uso")), (json!(1), json!(1), json!(2)));
        // An agreement in the past is nobody's promise any more.
        let agreements = world.data(&manager, "{ agreements { id } }", json!({})).await["agreements"].clone();
        let archive = "mutation($i: ArchiveAgreementInput!) { archiveAgreement(input: $i) { problems { code } } }";
        world.data(&manager, archive, json!({"i": {"agreement": agreements[0]["id"]}})).await;
        world.advance(1);
        assert_eq!(change(&own, one_day()).await["problems"], json!([]));
        world.end().await;
    })
    .await;
}

const CLOCKS: &str = "query($r: [_Any!]!, $c: [ClockChangeInput!]! = []) { _entities(representations: $r) { ... on Ticket { \
    clockProblems { target code message } clocksWhatIf(changes: $c) { clocks { target } problems { code field } } clocks { \
    target state elapsedSeconds problem { target code } explain { runningSeconds } attribution { seconds } } } } }";

/// The calendar is spoilt behind the service's back, as an older release or a restored copy might have left it.
async fn spoil(world: &World, tenant: TenantId, calendar: &str) {
    let spec: CalendarSpec = one_hour().spec().clone();
    let id: ids::GlobalId<CalendarId> = calendar.parse().unwrap();
    let mut tx = world.db.begin(tenant).await.unwrap();
    add_calendar_version(&mut tx, id.id, 2, at(MONDAY), &spec)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn one_spoilt_calendar_takes_no_other_clock_down_and_is_told() {
    story(async {
        let world = World::start("spoilt").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let own = world.calendar(acme, "Propio", always()).await;
        let fixed = world.calendar(acme, "Fijo", always()).await;
        agree(&world, acme, "ANS", &own, json!([
            {"target": "FIRST_RESPONSE", "seconds": 2 * HOUR, "hours": {"whose": "CALENDAR", "calendar": fixed}},
            {"target": "RESOLUTION", "seconds": 8 * HOUR}
        ])).await;
        let mut before = world.ticket();
        world.hear(acme, &[world.opened(acme, &before)]).await;
        spoil(&world, acme, &fixed).await;
        world.advance(HOUR);
        let after = world.ticket();
        world.hear(acme, &[world.opened(acme, &after)]).await;
        let on = world.moved(acme, &mut before, TicketState::WaitingForRequester);
        world.hear(acme, &[on]).await;
        world.advance(HOUR);
        let seen = async |ticket: &TicketSnapshot| {
            let asked = representation(acme, ticket, 1);
            world.data(&manager, CLOCKS, asked).await["_entities"][0].clone()
        };
        // The ticket that was there: its first response stands as it was told, and says why; the resolution was held.
        let old = seen(&before).await;
        let clocks = old["clocks"].as_array().unwrap();
        let why = json!({"target": "FIRST_RESPONSE", "code": "NEVER_DUE"});
        assert_eq!((&clocks[0]["state"], &clocks[0]["problem"]), (&json!("RUNNING"), &why), "{old}");
        assert_eq!((&clocks[1]["state"], &clocks[1]["problem"]), (&json!("PAUSED"), &Value::Null));
        assert_eq!((&clocks[1]["elapsedSeconds"], &clocks[1]["explain"]["runningSeconds"]), (&json!(HOUR), &json!(HOUR)));
        // The new one has the clock that can be, and tells of the other.
        let new = seen(&after).await;
        assert_eq!(new["clocks"].as_array().unwrap().len(), 1, "{new}");
        assert_eq!((&new["clocks"][0]["target"], &new["clocks"][0]["elapsedSeconds"]), (&json!("RESOLUTION"), &json!(HOUR)));
        let problem = &new["clockProblems"][0];
        assert_eq!((&problem["target"], &problem["code"]), (&json!("FIRST_RESPONSE"), &json!("NEVER_DUE")));
        assert!(problem["message"].as_str().is_some_and(|m| m.contains("no vencería nunca")));
        let what_if = &new["clocksWhatIf"];
        assert_eq!(what_if, &json!({"clocks": [{"target": "RESOLUTION"}], "problems": [{"code": "NEVER_DUE", "field": "changes"}]}));

        // Previews count the tickets that they could not compute, and the clocks that they could.
        let query = "query($i: ChangeCalendarInput!) { previewCalendarChange(input: $i) { tickets uncomputable clocks problems { code } } }";
        let input = json!({"i": {"calendar": own, "hours": always(), "validFrom": "2010-01-01T00:00:00Z"}});
        let seen = world.data(&manager, query, input).await["previewCalendarChange"].clone();
        assert_eq!(seen, json!({"tickets": 2, "uncomputable": 2, "clocks": 2, "problems": []}));
        let agreements = world.data(&manager, "{ agreements { id } }", json!({})).await["agreements"].clone();
        let query = "query($i: ChangeAgreementInput!) { previewAgreementChange(input: $i) { tickets uncomputable clocks moved problems { code } } }";
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 4 * HOUR}], "warnPercents": []});
        let input = json!({"i": {"agreement": agreements[0]["id"], "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        let seen = world.data(&manager, query, input).await["previewAgreementChange"].clone();
        // Without the spoilt target all can be computed: the first response would end, a resolution move, the one that is held not.
        assert_eq!((&seen["uncomputable"], &seen["clocks"], &seen["moved"]), (&json!(0), &json!(3), &json!(2)), "{seen}");
        let query = "query($i: SimulateAgreementInput!) { simulateAgreement(input: $i) { tickets uncomputable problems { code } \
            targets { target is { clocks } wouldBe { clocks breached } } } }";
        let input = |calendar: &str, as_of: Value| json!({"i": {"calendar": calendar, "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z",
            "terms": {"targets": [{"target": "RESOLUTION", "seconds": 8 * HOUR}]}, "asOf": as_of}});
        let simulate = async |calendar: &str, as_of: Value| {
            world.data(&manager, query, input(calendar, as_of)).await["simulateAgreement"].clone()
        };
        let seen = simulate(&own, Value::Null).await;
        assert_eq!((&seen["tickets"], &seen["uncomputable"]), (&json!(2), &json!(2)), "{seen}");
        let resolution = seen["targets"].as_array().unwrap().iter().find(|t| t["target"] == "RESOLUTION").unwrap().clone();
        assert_eq!(resolution["wouldBe"], json!({"clocks": 2, "breached": 0}));
        // What has not happened yet is not judged: next year is now.
        assert_eq!(simulate(&own, json!("2027-11-01T00:00:00Z")).await, seen);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_spoilt_target_of_the_house_is_in_no_figure_of_a_simulation_of_the_clients() {
    story(async {
        let world = World::start("spoilt inside").await;
        let acme = world.tenant("acme").await;
        let own = world.calendar(acme, "Propio", always()).await;
        let fixed = world.calendar(acme, "Fijo", always()).await;
        agree(&world, acme, "ANS", &own, json!([{"target": "RESOLUTION", "seconds": 8 * HOUR}])).await;
        let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code field } } }";
        let terms = json!({"targets": [{"target": "CUSTOM", "code": "n1", "name": "N1", "seconds": 2 * HOUR,
            "start": {"field": "LINE", "isOneOf": ["1"]}, "hours": {"whose": "CALENDAR", "calendar": fixed}}]});
        let input = json!({"i": {"name": "N1", "kind": "OLA", "calendar": own, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        let made = world.data(&world.manager(acme), query, input).await;
        assert_eq!(made["createAgreement"]["problems"], json!([]), "{made}");
        let ticket = world.ticket();
        let held = world.held(acme, &ticket, 1, GroupId::new(&*world.ids), 1);
        world.hear(acme, &[world.opened(acme, &ticket), held]).await;
        spoil(&world, acme, &fixed).await;
        world.advance(HOUR);
        // It cannot be computed, and the house is told so.
        let asked = representation(acme, &ticket, 1);
        let seen = world.data(&world.manager(acme), CLOCKS, asked.clone()).await;
        assert_eq!(seen["_entities"][0]["clockProblems"][0]["target"], "CUSTOM", "{seen}");
        let admin = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        let seen = world.data(&admin, CLOCKS, asked).await;
        assert_eq!(seen["_entities"][0]["clockProblems"], json!([]));
        let query = "query($i: SimulateAgreementInput!) { simulateAgreement(input: $i) { tickets uncomputable problems { code } } }";
        let input = json!({"i": {"calendar": own, "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z",
            "terms": {"targets": [{"target": "RESOLUTION", "seconds": 4 * HOUR}]}}});
        let seen = world.data(&admin, query, input).await;
        assert_eq!(seen["simulateAgreement"], json!({"tickets": 1, "uncomputable": 0, "problems": []}));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_asks_for_one_preview_too_many_is_told_to_ask_again_and_when() {
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
        let world = World::start_as("busy", config).await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let agreement = world.usual(acme).await;
        let calendar = world.calendar(acme, "Otro", always()).await;
        let hours = always();
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": HOUR}]});
        let simulated = json!({"agreement": agreement, "terms": terms, "from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"});
        for (query, input) in [
            ("query($i: ChangeCalendarInput!) { previewCalendarChange(input: $i) { clocks } }", json!({"calendar": calendar, "hours": hours})),
            ("query($i: ChangeAgreementInput!) { previewAgreementChange(input: $i) { clocks } }", json!({"agreement": agreement, "terms": terms})),
            ("query($i: SimulateAgreementInput!) { simulateAgreement(input: $i) { tickets } }", simulated),
        ] {
            let answer = world.ask(&manager, query, json!({"i": input})).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!((&extensions["code"], &extensions["retryAfterSeconds"]), (&json!("BUSY"), &json!(7)), "{answer}");
        }
        world.end().await;
    })
    .await;
}
