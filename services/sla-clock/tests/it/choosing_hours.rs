//! By whose hours a clock counts: of groups, countries and applications, alone and together.

use chrono::TimeDelta;
use events::directory::{PersonChanged, PersonSnapshot};
use events::intake::{Priority, TicketSnapshot, TicketState};
use events::{Envelope, Meta, Origin};
use ids::{ApplicationId, EventId, GroupId, PersonId, TenantId};
use serde_json::{Value, json};

use crate::following::representation;
use crate::world::{World, at, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id versions { targets { \
    hours { whose calendar members { whose } } } } } problems { field code } } }";
const ASSIGN: &str = "mutation($i: AssignCalendarInput!) { assignCalendar(input: $i) { assignment { group country calendar \
    application { id } } problems { field code } } }";
const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target targetSeconds \
    elapsedSeconds dueAt explain { runningSeconds outsideHoursSeconds segments { from to state seconds \
    cause { calendar closed { by name country } } } } } } } }";

pub fn weekdays(zone: &str, span: &str, holidays: &[&str]) -> Value {
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
    let weekly: Vec<Value> = days
        .iter()
        .map(|d| json!({"day": d, "spans": [span]}))
        .collect();
    json!({"timeZone": zone, "weekly": weekly, "publicHolidays": holidays})
}

async fn agree(
    world: &World,
    tenant: TenantId,
    name: &str,
    calendar: &str,
    targets: Value,
) -> Value {
    let terms = json!({"targets": targets, "warnPercents": []});
    let input = json!({"i": {"name": name, "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"}});
    world.data(&world.manager(tenant), CREATE, input).await["createAgreement"].clone()
}

async fn give(world: &World, tenant: TenantId, what: Value, calendar: &str) {
    let mut input =
        json!({"i": {"tenant": tenant.to_string(), "calendar": calendar, "applyToOpen": true}});
    input["i"]
        .as_object_mut()
        .unwrap()
        .extend(what.as_object().unwrap().clone());
    let done = world.data(&world.manager(tenant), ASSIGN, input).await["assignCalendar"].clone();
    assert_eq!(done["problems"], json!([]), "{done}");
    assert_eq!(done["assignment"]["calendar"], json!(calendar));
}

async fn clocks(world: &World, tenant: TenantId, ticket: &TicketSnapshot) -> Value {
    let asked = representation(tenant, ticket, ticket.version.min(1));
    world.data(&world.manager(tenant), CLOCKS, asked).await["_entities"][0]["clocks"].clone()
}

/// Directory tells where a person works.
pub fn works(
    world: &World,
    tenant: TenantId,
    person: PersonId,
    sequence: i64,
    country: &str,
) -> Envelope {
    let meta = Meta {
        id: EventId::new(&*world.ids),
        subject: person.to_string(),
        time: world.now(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        sequence,
        origin: Origin::Live,
        traceparent: None,
    };
    let person = PersonSnapshot {
        person,
        roles: vec!["requester".to_owned()],
        locale: "es".to_owned(),
        country: Some(country.to_owned()),
        site: None,
        vip: false,
        active: true,
    };
    Envelope::of(meta, &PersonChanged { person }).unwrap()
}

#[tokio::test]
async fn on_28_july_a_colombian_requesters_clock_runs_and_a_peruvians_does_not() {
    story(async {
        let world = World::start("july").await;
        let acme = world.tenant("acme").await;
        world.clock.set(at("2026-07-28T14:00:00Z"));
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let peru = world.calendar(acme, "Perú", weekdays("America/Lima", "09:00-18:00", &["PE"])).await;
        let colombia = world.calendar(acme, "Colombia", weekdays("America/Bogota", "09:00-18:00", &["CO"])).await;
        let target = json!([{"target": "RESOLUTION", "seconds": 36_000, "hours": {"whose": "REQUESTER_COUNTRY"}}]);
        assert_eq!(agree(&world, acme, "ANS", &always, target).await["problems"], json!([]));
        give(&world, acme, json!({"country": "PE"}), &peru).await;
        give(&world, acme, json!({"country": "CO"}), &colombia).await;
        let people = [(); 3].map(|()| PersonId::new(&*world.ids));
        world.hear(acme, &[works(&world, acme, people[0], 1, "PE"), works(&world, acme, people[1], 1, "co")]).await;
        let tickets = people.map(|person| TicketSnapshot { requester: Some(person), ..world.ticket() });
        let opened: Vec<Envelope> = tickets.iter().map(|t| world.opened(acme, t)).collect();
        world.hear(acme, &opened).await;
        world.advance(3_600);
        let seen = async |n: usize| clocks(&world, acme, &tickets[n]).await[0].clone();
        let (peruvian, colombian) = (seen(0).await, seen(1).await);
        assert_eq!((&peruvian["elapsedSeconds"], &colombian["elapsedSeconds"]), (&json!(0), &json!(3_600)));
        let closed = &peruvian["explain"]["segments"][0]["cause"];
        assert_eq!((&closed["calendar"], &closed["closed"]["country"]), (&json!(peru), &json!("PE")), "{peruvian}");
        // Due on Wednesday at ten for the one; for the other on Friday at ten, as the 29th is a holiday of Peru, too.
        assert_eq!(colombian["dueAt"], "2026-07-29T15:00:00+00:00");
        assert_eq!(peruvian["dueAt"], "2026-07-31T15:00:00+00:00");
        // Of the third one nothing is known: the agreement's hours; once it is, the country's.
        assert_eq!(seen(2).await["elapsedSeconds"], 3_600);
        world.hear(acme, &[works(&world, acme, people[2], 1, "PE")]).await;
        let third = seen(2).await;
        assert_eq!((&third["elapsedSeconds"], &third["dueAt"]), (&json!(0), &peruvian["dueAt"]));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn escalating_to_an_office_hours_group_stops_the_clients_clock_only_where_the_agreement_says_so()
 {
    story(async {
        let world = World::start("escalating").await;
        let acme = world.tenant("acme").await;
        let own = world.calendar(acme, "Propio", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let office = world.calendar(acme, "Oficina", weekdays("America/Lima", "09:00-18:00", &[])).await;
        let targets = json!([
            {"target": "RESTORATION", "seconds": 72_000, "hours": {"whose": "FIRST_GROUP"}},
            {"target": "RESOLUTION", "seconds": 72_000, "hours": {"whose": "HOLDING_GROUP"}},
            {"target": "CUSTOM", "code": "x", "name": "Ambos", "seconds": 72_000,
             "hours": {"whose": "UNION", "members": [{"whose": "HOLDING_GROUP"}, {"whose": "CALENDAR", "calendar": office}]}}
        ]);
        let made = agree(&world, acme, "ANS", &own, targets).await;
        assert_eq!(made["problems"], json!([]), "{made}");
        let kept = &made["agreement"]["versions"][0]["targets"][2]["hours"];
        assert_eq!(kept, &json!({"whose": "UNION", "calendar": null, "members": [{"whose": "HOLDING_GROUP"}, {"whose": "CALENDAR"}]}));
        let (n1, n3) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        give(&world, acme, json!({"group": gid(acme, n1)}), &always).await;
        give(&world, acme, json!({"group": gid(acme, n3)}), &office).await;

        // Monday 17:00 in Lima with the service desk; at 17:30 to N3, which goes home at 18:00.
        world.advance(8 * 3_600);
        let ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.hear(acme, &[world.held(acme, &ticket, 1, n1, 1)]).await;
        world.advance(1_800);
        world.hear(acme, &[world.held(acme, &ticket, 2, n3, 3)]).await;
        // Until Tuesday 10:00.
        world.advance(16 * 3_600 + 1_800);
        let seen = clocks(&world, acme, &ticket).await;
        let elapsed: Vec<i64> = seen.as_array().unwrap().iter().map(|c| c["elapsedSeconds"].as_i64().unwrap()).collect();
        assert_eq!(elapsed, [17 * 3_600, 2 * 3_600, 2 * 3_600], "{seen}");
        for clock in seen.as_array().unwrap() {
            assert_eq!(clock["explain"]["runningSeconds"], clock["elapsedSeconds"]);
        }
        // Twenty hours: by the wall for the first; one of Monday, nine each of Tuesday and Wednesday, one of Thursday.
        assert_eq!(seen[0]["dueAt"], "2026-11-24T18:00:00+00:00");
        assert_eq!(seen[1]["dueAt"], "2026-11-26T15:00:00+00:00");
        let night = seen[1]["explain"]["segments"].as_array().unwrap().iter().find(|s| s["state"] == "OUTSIDE_HOURS").unwrap().clone();
        assert_eq!((&night["seconds"], &night["cause"]["calendar"]), (&json!(15 * 3_600), &json!(office)));

        // Back to the desk at ten: the clock of the holder runs round the clock again.
        world.hear(acme, &[world.held(acme, &ticket, 3, n1, 1)]).await;
        world.advance(18 * 3_600);
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!((&seen[1]["elapsedSeconds"], &seen[1]["dueAt"]), (&json!(20 * 3_600), &json!("2026-11-25T09:00:00+00:00")));

        // Another calendar for the group moves the open clocks that count by it.
        let told = world.announced().await.len();
        give(&world, acme, json!({"group": gid(acme, n1)}), &office).await;
        assert_eq!(world.announced().await.len(), told + 3);
        let seen = clocks(&world, acme, &ticket).await;
        // An hour of Monday, nine of Tuesday; Wednesday has not begun at 04:00.
        assert_eq!(seen[0]["elapsedSeconds"], 10 * 3_600);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_calendar_of_an_application_counts_and_what_cannot_be_is_refused() {
    story(async {
        let world = World::start("desks").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let morning = world.calendar(acme, "Mañana", weekdays("UTC", "08:00-12:00", &[])).await;
        let evening = world.calendar(acme, "Tarde", weekdays("UTC", "14:00-18:00", &[])).await;
        let fixed = |calendar: &str| json!({"whose": "CALENDAR", "calendar": calendar});
        let target = |hours: Value| json!([{"target": "RESOLUTION", "seconds": 3_600, "hours": hours}]);
        for (hours, code) in [
            (json!({"whose": "INTERSECTION", "members": [fixed(&morning), fixed(&evening)]}), "NEVER_DUE"),
            (json!({"whose": "UNION", "members": []}), "BAD_HOURS"),
        ] {
            let refused = agree(&world, acme, "x", &always, target(hours)).await;
            assert_eq!(refused["problems"], json!([{"field": "targets.0.hours", "code": code}]));
        }
        let application = ApplicationId::new(&*world.ids);
        assert_eq!(agree(&world, acme, "ANS", &always, target(json!({"whose": "APPLICATION"}))).await["problems"], json!([]));
        give(&world, acme, json!({"application": gid(acme, application)}), &evening).await;
        let mine = TicketSnapshot { application: Some(application), ..world.ticket() };
        let other = world.ticket();
        world.hear(acme, &[world.opened(acme, &mine), world.opened(acme, &other)]).await;
        // Opened at 14:00 UTC; the evening desk closes at 18:00.
        world.advance(5 * 3_600);
        assert_eq!(clocks(&world, acme, &mine).await[0]["elapsedSeconds"], 4 * 3_600);
        assert_eq!(clocks(&world, acme, &other).await[0]["elapsedSeconds"], 5 * 3_600);

        // Taken away, it counts by the agreement's again; what has its result keeps it.
        let mut done = mine.clone();
        let resolved = world.moved(acme, &mut done, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        let take = json!({"i": {"application": gid(acme, application), "applyToOpen": true}});
        let taken = world.data(&manager, ASSIGN, take).await["assignCalendar"].clone();
        assert_eq!((&taken["assignment"]["calendar"], &taken["problems"]), (&Value::Null, &json!([])));
        let closed = world.moved(acme, &mut done, TicketState::Closed);
        world.hear(acme, &[closed]).await;
        let result = clocks(&world, acme, &mine).await[0].clone();
        assert_eq!((&result["elapsedSeconds"], &result["explain"]["runningSeconds"]), (&json!(4 * 3_600), &json!(4 * 3_600)));
        let assigned = "query { calendarAssignments { country } }";
        assert_eq!(world.data(&manager, assigned, json!({})).await["calendarAssignments"], json!([]));

        let odd = json!({"i": {"tenant": acme.to_string(), "country": "Perú", "calendar": always}});
        assert_eq!(world.data(&manager, ASSIGN, odd).await["assignCalendar"]["problems"][0]["code"], "BAD_COUNTRY");
        let both = json!({"i": {"tenant": acme.to_string(), "country": "PE", "application": gid(acme, application)}});
        assert_eq!(world.refusal(&manager, ASSIGN, both).await, "BAD_INPUT");
        let globex = world.tenant("globex").await;
        let theirs = world.calendar(globex, "Suyo", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let mixed = json!({"i": {"application": gid(acme, application), "calendar": theirs}});
        assert_eq!(world.refusal(&manager, ASSIGN, mixed).await, "NOT_FOUND");
        let stranger = json!({"i": {"country": "PE", "calendar": theirs, "tenant": globex.to_string()}});
        assert_eq!(world.refusal(&manager, ASSIGN, stranger).await, "NOT_FOUND");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn the_source_contract_runs_by_group_country_and_standby() {
    story(async {
        let world = World::start("source").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let desk = world.calendar(acme, "Mesa", weekdays("America/Lima", "08:00-20:00", &[])).await;
        let (factory, database) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        let install = "mutation($i: InstallSourceAgreementInput!) { installSourceAgreement(input: $i) { agreement { name \
            versions { targets { target } } } keptAssignments { group country calendar } problems { code } } }";
        let input = json!({"i": {"calendar": desk, "softwareFactory": gid(acme, factory), "database": gid(acme, database),
            "validFrom": "2010-01-01T00:00:00Z"}});
        let made = world.data(&manager, install, input.clone()).await["installSourceAgreement"].clone();
        assert_eq!((&made["problems"], &made["keptAssignments"]), (&json!([]), &json!([])), "{made}");
        assert_eq!(made["agreement"]["versions"][0]["targets"].as_array().unwrap().len(), 13);
        let again = world.data(&manager, install, input).await["installSourceAgreement"].clone();
        assert_eq!((&again["agreement"], &again["problems"][0]["code"]), (&Value::Null, &json!("NAME_TAKEN")));
        let assigned = "query { calendarAssignments { group country } }";
        let given = world.data(&manager, assigned, json!({})).await["calendarAssignments"].clone();
        assert_eq!(given.as_array().unwrap().len(), 4, "{given}");

        // Two people who ask.
        let (peruvian, colombian) = (PersonId::new(&*world.ids), PersonId::new(&*world.ids));
        world.hear(acme, &[works(&world, acme, peruvian, 1, "PE"), works(&world, acme, colombian, 1, "CO")]).await;
        // Thursday 23 July 2026 is a holiday of Peru alone.
        world.clock.set(at("2026-07-23T12:30:00Z"));
        let open = async |person, priority, group: GroupId| {
            let ticket = TicketSnapshot { requester: Some(person), priority, ..world.ticket() };
            world.hear(acme, &[world.opened(acme, &ticket), world.held(acme, &ticket, 1, group, 3)]).await;
            ticket
        };
        let tickets = [
            open(peruvian, Priority::Medium, factory).await,
            open(colombian, Priority::Medium, factory).await,
            open(colombian, Priority::Medium, database).await,
            open(peruvian, Priority::Critical, factory).await,
        ];
        // Until midnight in Lima: 16.5 h.
        world.advance(16 * 3_600 + 1_800);
        let mut elapsed = Vec::new();
        for ticket in &tickets {
            let seen = clocks(&world, acme, ticket).await;
            let resolution = seen.as_array().unwrap().iter().find(|c| c["target"] == "RESOLUTION").unwrap().clone();
            assert_eq!(resolution["explain"]["runningSeconds"], resolution["elapsedSeconds"]);
            elapsed.push(resolution["elapsedSeconds"].as_i64().unwrap());
        }
        assert_eq!(
            elapsed.iter().map(|s| TimeDelta::seconds(*s).num_minutes()).collect::<Vec<_>>(),
            [0, 9 * 60, 10 * 60 + 30, 16 * 60 + 30]
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_ready_made_overwrites_no_calendar_that_the_tenant_gave() {
    story(async {
        let world = World::start("given").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let desk = world.calendar(acme, "Mesa", weekdays("America/Lima", "08:00-20:00", &[])).await;
        let own = world.calendar(acme, "Fábrica de noche", weekdays("America/Lima", "18:00-23:00", &[])).await;
        let (factory, database) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        give(&world, acme, json!({"group": gid(acme, factory)}), &own).await;
        give(&world, acme, json!({"country": "CO"}), &desk).await;
        // Taken away again is not given.
        give(&world, acme, json!({"group": gid(acme, database)}), &own).await;
        let take = json!({"i": {"group": gid(acme, database)}});
        world.data(&manager, ASSIGN, take).await;
        let install = "mutation($i: InstallSourceAgreementInput!) { installSourceAgreement(input: $i) { \
            keptAssignments { group country calendar } problems { code } } }";
        let input = json!({"i": {"calendar": desk, "softwareFactory": gid(acme, factory), "database": gid(acme, database)}});
        let made = world.data(&manager, install, input).await["installSourceAgreement"].clone();
        let kept = json!([{"group": gid(acme, factory), "country": null, "calendar": own}, {"group": null, "country": "CO", "calendar": desk}]);
        assert_eq!((&made["problems"], &made["keptAssignments"]), (&json!([]), &kept), "{made}");
        let assigned = "query { calendarAssignments { group country calendar } }";
        let given = world.data(&manager, assigned, json!({})).await["calendarAssignments"].clone();
        let of = |key: &str, value: Value| given.as_array().unwrap().iter().find(|g| g[key] == value).unwrap()["calendar"].clone();
        assert_eq!(of("group", json!(gid(acme, factory))), json!(own));
        assert_eq!(of("country", json!("CO")), json!(desk));
        assert!(![&own, &desk].contains(&&of("group", json!(gid(acme, database))).as_str().unwrap().to_owned()));
        assert!(of("country", json!("PE")).is_string());
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn who_gets_the_ticket_after_the_clock_stopped_moves_no_deadline_that_was_told() {
    story(async {
        let world = World::start("after").await;
        let acme = world.tenant("acme").await;
        let always = world.calendar(acme, "24x7", json!({"timeZone": "UTC", "alwaysOpen": true})).await;
        let office = world.calendar(acme, "Oficina", weekdays("America/Lima", "09:00-18:00", &[])).await;
        let targets = json!([{"target": "RESOLUTION", "seconds": 72_000, "hours": {"whose": "HOLDING_GROUP"}}]);
        assert_eq!(agree(&world, acme, "ANS", &always, targets).await["problems"], json!([]));
        let (n1, n3) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        give(&world, acme, json!({"group": gid(acme, n3)}), &office).await;
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket), world.held(acme, &ticket, 1, n1, 1)]).await;
        let due = json!((world.now() + TimeDelta::hours(20)).to_rfc3339());
        world.advance(3_600);
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        world.hear(acme, &[resolved]).await;
        assert_eq!(clocks(&world, acme, &ticket).await[0]["dueAt"], due);
        let told = world.announced().await.len();
        // Resolved, it is given to N3 for what comes after, and closed: neither is the clock's.
        world.advance(3_600);
        world.hear(acme, &[world.held(acme, &ticket, 2, n3, 3)]).await;
        let closed = world.moved(acme, &mut ticket, TicketState::Closed);
        world.hear(acme, &[closed]).await;
        assert_eq!(clocks(&world, acme, &ticket).await[0]["dueAt"], due);
        assert_eq!(world.announced().await.len(), told);
        // Opened again, it goes on by the hours of who holds it.
        world.advance(3_600);
        let again = world.moved(acme, &mut ticket, TicketState::Reopened);
        world.hear(acme, &[again]).await;
        assert_ne!(clocks(&world, acme, &ticket).await[0]["dueAt"], due);
        world.end().await;
    })
    .await;
}
