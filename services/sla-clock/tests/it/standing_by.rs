//! The standby and the policies of groups as people write them: what follows the duty, for whom, and what is refused.

use access::{Caller, CallerKind, Role};
use events::Envelope;
use events::intake::{Priority, TicketKind, TicketSnapshot, TicketState};
use ids::{GroupId, PersonId, TenantId};
use serde_json::{Value, json};

use crate::choosing_hours::{weekdays, works};
use crate::following::representation;
use crate::world::{World, at, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id versions { targets { \
    hours { whose officeOnly { whose } } } } } problems { field code } } }";
const ASSIGN: &str = "mutation($i: AssignCalendarInput!) { assignCalendar(input: $i) { assignment { calendar outOfHours } \
    problems { field code } } }";
const STANDBY: &str = "mutation($i: SetStandbySchemeInput!) { setStandbyScheme(input: $i) { standbyScheme { calendar \
    eligible { field isOneOf any { field isOneOf } } } problems { field code } } }";
const READ: &str = "{ standbyScheme { calendar eligible { field isOneOf } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target elapsedSeconds dueAt \
    explain { runningSeconds segments { from to state seconds cause { fact { priority } calendar outOfHours \
    closed { by country } } } } } } } }";
const INSTALL: &str = "mutation($i: InstallSourceAgreementInput!) { installSourceAgreement(input: $i) { \
    agreement { versions { targets { target priorities hours { whose officeOnly { whose } } } } } \
    standbyScheme { calendar eligible { field isOneOf any { field isOneOf } } } keptStandbyScheme \
    keptAssignments { group calendar outOfHours } problems { field code } } }";

fn always() -> Value {
    json!({"timeZone": "UTC", "alwaysOpen": true})
}

fn priority(of: &str) -> Value {
    json!({"field": "PRIORITY", "isOneOf": [of]})
}

async fn set(world: &World, caller: &Caller, input: Value) -> Value {
    let done = world.data(caller, STANDBY, json!({"i": input})).await;
    done["setStandbyScheme"].clone()
}

async fn assign(world: &World, tenant: TenantId, input: Value) -> Value {
    let done = world
        .data(&world.manager(tenant), ASSIGN, json!({"i": input}))
        .await;
    done["assignCalendar"].clone()
}

/// The resolution's clock; its explanation agrees with it.
async fn resolution(world: &World, tenant: TenantId, ticket: &TicketSnapshot) -> Value {
    let asked = representation(tenant, ticket, ticket.version.min(1));
    let seen = world.data(&world.manager(tenant), CLOCKS, asked).await;
    let clocks = seen["_entities"][0]["clocks"].as_array().unwrap().clone();
    let clock = clocks
        .into_iter()
        .find(|c| c["target"] == "RESOLUTION")
        .unwrap();
    assert_eq!(
        clock["explain"]["runningSeconds"], clock["elapsedSeconds"],
        "{clock}"
    );
    clock
}

fn hours_of(clock: &Value) -> i64 {
    clock["elapsedSeconds"].as_i64().unwrap() / 3_600
}

/// State, hours, what decided.
fn told(clock: &Value) -> Vec<(String, i64, Value)> {
    let all = clock["explain"]["segments"].as_array().unwrap().iter();
    all.map(|s| {
        let state = s["state"].as_str().unwrap().to_owned();
        let hours = s["seconds"].as_i64().unwrap() / 3_600;
        (state, hours, s["cause"]["outOfHours"].clone())
    })
    .collect()
}

#[tokio::test]
async fn the_standby_is_called_out_from_the_instant_on_at_which_a_ticket_may() {
    story(async {
        let world = World::start("standby").await;
        let acme = world.tenant("acme").await;
        let own = world.calendar(acme, "Propio", always()).await;
        let office = world.calendar(acme, "Oficina", weekdays("America/Lima", "09:00-18:00", &[])).await;
        let on_call = world.calendar(acme, "Guardia", always()).await;
        let targets = json!([{"target": "RESOLUTION", "seconds": 20 * 3_600,
            "hours": {"whose": "DUTY", "officeOnly": {"whose": "REQUESTER_COUNTRY"}}}]);
        let terms = json!({"targets": targets, "warnPercents": []});
        let input = json!({"i": {"name": "ANS", "calendar": own, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        let made = world.data(&world.manager(acme), CREATE, input).await["createAgreement"].clone();
        let hours = &made["agreement"]["versions"][0]["targets"][0]["hours"];
        assert_eq!(hours, &json!({"whose": "DUTY", "officeOnly": {"whose": "REQUESTER_COUNTRY"}}), "{made}");
        let (factory, operations) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        let given = assign(&world, acme, json!({"group": gid(acme, factory), "calendar": office, "outOfHours": "CONVERT"})).await;
        assert_eq!(given["assignment"], json!({"calendar": office, "outOfHours": "CONVERT"}), "{given}");
        assign(&world, acme, json!({"group": gid(acme, operations), "calendar": office, "outOfHours": "CONTINUE"})).await;

        // Monday, four in the afternoon in Lima.
        world.advance(7 * 3_600);
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket), world.held(acme, &ticket, 1, factory, 3)]).await;
        // Raised at ten at night while there is no standby: it waits for the morning.
        world.advance(6 * 3_600);
        let raised = world.prioritised(acme, &mut ticket, Priority::Critical);
        world.hear(acme, &[raised]).await;
        assert_eq!(resolution(&world, acme, &ticket).await["dueAt"], "2026-11-25T23:00:00+00:00");
        let moved = world.announced().await.len();
        // Said with `applyToOpen`, its deadline moves at once: two hours of the afternoon, the rest from ten on.
        let input = json!({"eligible": priority("CRITICAL"), "calendar": on_call, "applyToOpen": true});
        let said = set(&world, &world.manager(acme), input.clone()).await;
        assert_eq!(said["problems"], json!([]));
        assert_eq!(resolution(&world, acme, &ticket).await["dueAt"], "2026-11-24T21:00:00+00:00");
        assert_eq!(world.announced().await.len(), moved + 1);
        // The same again is no edit.
        set(&world, &world.manager(acme), input).await;
        assert_eq!(world.announced().await.len(), moved + 1);
        // At eleven it falls back, at midnight it goes to those who go on, at one it comes back.
        world.advance(3_600);
        let lowered = world.prioritised(acme, &mut ticket, Priority::Medium);
        world.hear(acme, &[lowered]).await;
        world.advance(3_600);
        world.hear(acme, &[world.held(acme, &ticket, 2, operations, 2)]).await;
        world.advance(3_600);
        world.hear(acme, &[world.held(acme, &ticket, 3, factory, 3)]).await;
        // Tuesday at ten.
        world.advance(9 * 3_600);
        let clock = resolution(&world, acme, &ticket).await;
        let (run, closed) = ("RUNNING".to_owned(), "OUTSIDE_HOURS".to_owned());
        assert_eq!(
            told(&clock),
            [
                (run.clone(), 2, Value::Null),
                (closed.clone(), 4, json!("CONVERT")),
                (run.clone(), 1, json!("STANDBY")),
                (closed.clone(), 1, json!("CONVERT")),
                (run.clone(), 1, json!("CONTINUE")),
                (closed, 8, json!("CONVERT")),
                (run, 1, Value::Null),
            ],
            "{clock}"
        );
        let called = &clock["explain"]["segments"][2]["cause"];
        assert_eq!((&called["calendar"], &called["fact"]["priority"]), (&json!(on_call), &json!("CRITICAL")));
        assert_eq!(hours_of(&clock), 5);

        // It is resolved; then another standby, and none: what was reached stays, and is explained as it was reached.
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        let result = resolution(&world, acme, &ticket).await;
        let input = json!({"eligible": priority("LOW"), "calendar": on_call, "applyToOpen": true});
        assert_eq!(set(&world, &world.manager(acme), input).await["problems"], json!([]));
        let none = set(&world, &world.manager(acme), json!({"tenant": acme.to_string(), "applyToOpen": true})).await;
        assert_eq!(none, json!({"standbyScheme": null, "problems": []}));
        assert_eq!(world.data(&world.manager(acme), READ, json!({})).await["standbyScheme"], Value::Null);
        let closed = world.moved(acme, &mut ticket, TicketState::Closed);
        world.hear(acme, &[closed]).await;
        assert_eq!(resolution(&world, acme, &ticket).await, result);
        // A ticket that is opened now has nobody to call out.
        world.clock.set(at("2026-11-25T03:00:00Z"));
        let late = TicketSnapshot { priority: Priority::Critical, ..world.ticket() };
        world.hear(acme, &[world.opened(acme, &late), world.held(acme, &late, 1, factory, 3)]).await;
        world.advance(3_600);
        assert_eq!(hours_of(&resolution(&world, acme, &late).await), 0);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_standby_that_makes_no_sense_is_refused_and_only_who_configures_agreements_says_one() {
    story(async {
        let world = World::start("schemes").await;
        let acme = world.tenant("acme").await;
        let globex = world.tenant("globex").await;
        let manager = world.manager(acme);
        let on_call = world.calendar(acme, "Guardia", always()).await;
        let theirs = world.calendar(globex, "Suya", always()).await;
        let critical = priority("CRITICAL");
        let not = |c: &Value| json!({"not": c});
        for (eligible, code) in [
            (json!({"field": "STATE", "isOneOf": ["OPEN"]}), "BAD_STANDBY_FIELD"),
            (json!({"all": [critical, not(&json!({"field": "LINE", "isOneOf": ["1"]}))]}), "BAD_STANDBY_FIELD"),
            (json!({"field": "GROUP", "isOneOf": [gid(acme, GroupId::new(&*world.ids))]}), "BAD_STANDBY_FIELD"),
            (json!({"all": [critical, not(&critical)]}), "NEVER_ELIGIBLE"),
            (json!({"any": [critical, not(&critical)]}), "ALWAYS_ELIGIBLE"),
        ] {
            let refused = set(&world, &manager, json!({"eligible": eligible, "calendar": on_call})).await;
            assert_eq!(refused, json!({"standbyScheme": null, "problems": [{"field": "eligible", "code": code}]}));
        }
        for (half, field) in [(json!({"eligible": critical, "tenant": acme.to_string()}), "calendar"), (json!({"calendar": on_call}), "eligible")] {
            let refused = set(&world, &manager, half).await;
            assert_eq!(refused["problems"], json!([{"field": field, "code": "STANDBY_INCOMPLETE"}]));
        }
        assert_eq!(world.data(&manager, READ, json!({})).await["standbyScheme"], Value::Null);
        let mine = json!({"i": {"eligible": critical, "calendar": on_call}});
        for role in [Role::Agent, Role::Coordinator] {
            let staff = world.caller(CallerKind::Staff, role, &[acme]);
            assert_eq!(world.refusal(&staff, STANDBY, mine.clone()).await, "FORBIDDEN");
        }
        let admin = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        assert_eq!(set(&world, &admin, mine["i"].clone()).await["problems"], json!([]));
        let kept = json!({"calendar": on_call, "eligible": {"field": "PRIORITY", "isOneOf": ["CRITICAL"]}});
        assert_eq!(world.data(&admin, READ, json!({})).await["standbyScheme"], kept);
        // Another tenant's calendar, and another tenant.
        let mixed = json!({"i": {"tenant": acme.to_string(), "eligible": critical, "calendar": theirs}});
        assert_eq!(world.refusal(&manager, STANDBY, mixed).await, "NOT_FOUND");
        let stranger = json!({"i": {"eligible": critical, "calendar": theirs}});
        assert_eq!(world.refusal(&manager, STANDBY, stranger).await, "NOT_FOUND");
        let read = "query($t: ID) { standbyScheme(tenant: $t) { calendar } }";
        assert_eq!(world.refusal(&manager, read, json!({"t": globex.to_string()})).await, "NOT_FOUND");
        // A policy is a group's, and is about hours.
        let country = json!({"tenant": acme.to_string(), "country": "PE", "calendar": on_call, "outOfHours": "DEFER"});
        let odd = json!([{"field": "outOfHours", "code": "POLICY_WITHOUT_HOURS"}]);
        assert_eq!(assign(&world, acme, country).await["problems"], odd);
        let bare = json!({"group": gid(acme, GroupId::new(&*world.ids)), "outOfHours": "CONTINUE"});
        assert_eq!(assign(&world, acme, bare).await["problems"], odd);
        let cut = json!({"i": {"name": "x", "calendar": on_call, "terms": {"targets": [{"target": "RESOLUTION", "seconds": 60,
            "hours": {"whose": "HOLDING_GROUP", "officeOnly": {"whose": "AGREEMENT"}}}]}}});
        assert_eq!(world.refusal(&manager, CREATE, cut).await, "BAD_INPUT");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn the_source_contract_follows_the_duty() {
    story(async {
        let world = World::start("contract").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let desk = world.calendar(acme, "Mesa", weekdays("America/Lima", "08:00-20:00", &[])).await;
        let (factory, database) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        let problems = json!({"field": "KIND", "isOneOf": ["PROBLEM"]});
        let input = |typified: Value| json!({"i": {"calendar": desk, "softwareFactory": gid(acme, factory),
            "database": gid(acme, database), "typified": typified, "validFrom": "2010-01-01T00:00:00Z"}});
        // Nothing is half done: a condition that makes no sense leaves neither calendars nor contract.
        for (typified, code) in [
            (json!({"field": "STATE", "isOneOf": ["OPEN"]}), "BAD_STANDBY_FIELD"),
            (json!({"all": [problems, {"not": problems}]}), "NEVER_ELIGIBLE"),
            (json!({"not": priority("CRITICAL")}), "ALWAYS_ELIGIBLE"),
        ] {
            let refused = world.data(&manager, INSTALL, input(typified)).await["installSourceAgreement"].clone();
            assert_eq!((&refused["problems"], &refused["standbyScheme"]), (&json!([{"field": "typified", "code": code}]), &Value::Null));
        }
        let made = world.data(&manager, INSTALL, input(problems.clone())).await["installSourceAgreement"].clone();
        assert_eq!((&made["problems"], &made["keptStandbyScheme"]), (&json!([]), &json!(false)), "{made}");
        assert_eq!(made["standbyScheme"]["eligible"]["any"], json!([priority("CRITICAL"), problems]));
        for target in made["agreement"]["versions"][0]["targets"].as_array().unwrap() {
            let whose = match (target["target"].as_str().unwrap(), target["priorities"][0].as_str()) {
                ("FIRST_RESPONSE", Some("CRITICAL")) => "CALENDAR",
                ("FIRST_RESPONSE", _) => "AGREEMENT",
                _ => "DUTY",
            };
            assert_eq!(target["hours"]["whose"], whose, "{target}");
        }
        let assigned = "query { calendarAssignments { group outOfHours } }";
        let given = world.data(&manager, assigned, json!({})).await["calendarAssignments"].clone();
        let of = |group: GroupId| given.as_array().unwrap().iter().find(|g| g["group"] == gid(acme, group)).unwrap()["outOfHours"].clone();
        assert_eq!((of(factory), of(database)), (json!("CONVERT"), json!("DEFER")));

        let peruvian = PersonId::new(&*world.ids);
        world.hear(acme, &[works(&world, acme, peruvian, 1, "PE")]).await;
        // Monday 27 July, five in the afternoon in Lima; Tuesday and Wednesday are holidays of Peru.
        world.clock.set(at("2026-07-27T22:00:00Z"));
        let open = async |kind, priority| {
            let ticket = TicketSnapshot { requester: Some(peruvian), kind, priority, ..world.ticket() };
            world.hear(acme, &[world.opened(acme, &ticket), world.held(acme, &ticket, 1, factory, 3)]).await;
            ticket
        };
        let deferred = open(TicketKind::Incident, Priority::Medium).await;
        let typified = open(TicketKind::Problem, Priority::Medium).await;
        let mut raised = open(TicketKind::Incident, Priority::Medium).await;
        // Raised at ten at night, and lowered at noon of the holiday.
        world.advance(5 * 3_600);
        let up = world.prioritised(acme, &mut raised, Priority::Critical);
        world.hear(acme, &[up]).await;
        world.advance(14 * 3_600);
        let down = world.prioritised(acme, &mut raised, Priority::Medium);
        world.hear(acme, &[down]).await;
        // Thursday, ten in the morning.
        world.advance(46 * 3_600);
        let seen = async |ticket: &TicketSnapshot| resolution(&world, acme, ticket).await;
        assert_eq!(hours_of(&seen(&deferred).await), 2);
        assert_eq!(hours_of(&seen(&typified).await), 65);
        let clock = seen(&raised).await;
        assert_eq!(hours_of(&clock), 1 + 14 + 1, "{clock}");
        let holiday = clock["explain"]["segments"].as_array().unwrap().iter().find(|s| s["cause"]["closed"]["country"] == "PE").unwrap().clone();
        assert_eq!(holiday["cause"]["outOfHours"], "CONVERT");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn the_ready_made_contract_keeps_the_standby_and_the_policies_that_the_tenant_said() {
    story(async {
        let world = World::start("kept").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let desk = world.calendar(acme, "Mesa", weekdays("America/Lima", "08:00-20:00", &[])).await;
        let own = world.calendar(acme, "Noche", weekdays("America/Lima", "18:00-23:00", &[])).await;
        let (factory, database) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        assign(&world, acme, json!({"group": gid(acme, factory), "calendar": own, "outOfHours": "CONTINUE"})).await;
        assign(&world, acme, json!({"group": gid(acme, database), "calendar": own})).await;
        set(&world, &manager, json!({"eligible": {"field": "MAJOR", "isOneOf": ["true"]}, "calendar": own})).await;
        let input = json!({"i": {"calendar": desk, "softwareFactory": gid(acme, factory), "database": gid(acme, database)}});
        let made = world.data(&manager, INSTALL, input).await["installSourceAgreement"].clone();
        assert_eq!(made["problems"], json!([]), "{made}");
        // What had no policy gets one, with the calendar that it has.
        let kept = json!([
            {"group": gid(acme, factory), "calendar": own, "outOfHours": "CONTINUE"},
            {"group": gid(acme, database), "calendar": own, "outOfHours": "DEFER"},
        ]);
        assert_eq!((&made["keptAssignments"], &made["keptStandbyScheme"]), (&kept, &json!(true)));
        assert_eq!(made["standbyScheme"]["calendar"], json!(own));
        let assigned = "query { calendarAssignments { group calendar outOfHours } }";
        let given = world.data(&manager, assigned, json!({})).await["calendarAssignments"].clone();
        for one in kept.as_array().unwrap() {
            assert!(given.as_array().unwrap().contains(one), "{given}");
        }
        world.end().await;
    })
    .await;
}

/// Another calendar for the standby, or another policy, moves what is open where it is asked for; before it is, it is told what
/// would move.
#[tokio::test]
async fn what_an_edit_of_the_standbys_hours_would_move_is_told_before_it_is_made() {
    story(async {
        let world = World::start("moving").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let office = world.calendar(acme, "Oficina", weekdays("America/Lima", "09:00-18:00", &[])).await;
        let on_call = world.calendar(acme, "Guardia", always()).await;
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 20 * 3_600, "hours": {"whose": "DUTY"}}], "warnPercents": []});
        let input = json!({"i": {"name": "ANS", "calendar": office, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
        assert_eq!(world.data(&manager, CREATE, input).await["createAgreement"]["problems"], json!([]));
        let group = GroupId::new(&*world.ids);
        assign(&world, acme, json!({"group": gid(acme, group), "calendar": office})).await;
        set(&world, &manager, json!({"eligible": priority("CRITICAL"), "calendar": on_call})).await;
        let critical = TicketSnapshot { priority: Priority::Critical, ..world.ticket() };
        let medium = world.ticket();
        let facts: Vec<Envelope> = [&critical, &medium]
            .iter()
            .flat_map(|t| [world.opened(acme, t), world.held(acme, t, 1, group, 3)])
            .collect();
        world.hear(acme, &facts).await;
        let due = async |ticket: &TicketSnapshot| resolution(&world, acme, ticket).await["dueAt"].clone();
        assert_eq!(due(&critical).await, "2026-11-24T10:00:00+00:00");
        assert_eq!(due(&medium).await, "2026-11-25T16:00:00+00:00");
        let preview = "query($i: ChangeCalendarInput!) { previewCalendarChange(input: $i) { clocks moved problems { code } } }";
        let evenings = weekdays("America/Lima", "18:00-20:00", &[]);
        let change = json!({"i": {"calendar": on_call, "hours": evenings, "applyToOpen": true}});
        let found = world.data(&manager, preview, change.clone()).await["previewCalendarChange"].clone();
        assert_eq!(found, json!({"clocks": 2, "moved": 1, "problems": []}));
        let done = "mutation($i: ChangeCalendarInput!) { changeCalendar(input: $i) { problems { code } } }";
        world.data(&manager, done, change).await;
        // Eleven hours a day: nine of the office and two of the evening.
        assert_eq!(due(&critical).await, "2026-11-24T23:00:00+00:00");
        // The group goes on instead of deferring.
        assign(&world, acme, json!({"group": gid(acme, group), "calendar": office, "outOfHours": "CONTINUE", "applyToOpen": true})).await;
        assert_eq!(due(&medium).await, "2026-11-24T10:00:00+00:00");
        assert_eq!(due(&critical).await, "2026-11-24T10:00:00+00:00");
        world.end().await;
    })
    .await;
}
