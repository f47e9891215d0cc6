//! Hours by which clocks of the provider's house count are the provider's to change.

use access::{Caller, CallerKind, Role};
use events::sla_clock::ClockChanged;
use ids::GroupId;
use serde_json::{Value, json};

use crate::world::{World, gid, story};

const CREATE: &str = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id } problems { field code } } }";
const CHANGE: &str = "mutation($i: ChangeCalendarInput!) { done: changeCalendar(input: $i) { problems { field code message } } }";
const PREVIEW: &str = "query($i: ChangeCalendarInput!) { done: previewCalendarChange(input: $i) { moved problems { field code message } } }";
const ASSIGN: &str = "mutation($i: AssignCalendarInput!) { done: assignCalendar(input: $i) { problems { field code message } } }";
const FEED: &str = "mutation($i: SetCalendarFeedInput!) { done: setCalendarFeed(input: $i) { problems { field code message } } }";
const UNFEED: &str = "mutation($i: RemoveCalendarFeedInput!) { done: removeCalendarFeed(input: $i) { problems { field code message } } }";
const STANDBY: &str = "mutation($i: SetStandbySchemeInput!) { done: setStandbyScheme(input: $i) { problems { field code message } } }";
const INSTALL: &str = "mutation($i: InstallSourceAgreementInput!) { done: installSourceAgreement(input: $i) { problems { field code message } } }";

const PREVIEWS: [&str; 4] = [
    "query($i: AssignCalendarInput!) { done: previewCalendarAssignment(input: $i) { moved problems { field code message } } }",
    "query($i: SetStandbySchemeInput!) { done: previewStandbyScheme(input: $i) { moved problems { field code message } } }",
    "query($i: SetCalendarFeedInput!) { done: previewCalendarFeed(input: $i) { moved problems { field code message } } }",
    "query($i: RemoveCalendarFeedInput!) { done: previewCalendarFeedRemoval(input: $i) { moved problems { field code message } } }",
];

fn always() -> Value {
    json!({"timeZone": "UTC", "alwaysOpen": true})
}

fn mornings() -> Value {
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
        .map(|d| json!({"day": d, "spans": ["00:00-12:00"]}))
        .collect();
    json!({"timeZone": "UTC", "weekly": weekly})
}

fn feed() -> String {
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261124\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".to_owned()
}

#[tokio::test]
async fn a_clients_administrator_does_not_move_the_clocks_of_the_house() {
    story(async {
        let world = World::start("inner").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let admin = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        let house = world.calendar(acme, "De la casa", mornings()).await;
        let groups = world.calendar(acme, "Del grupo", mornings()).await;
        let clients = world.calendar(acme, "Del cliente", mornings()).await;
        let (group, other) = (GroupId::new(&*world.ids), GroupId::new(&*world.ids));
        let done = async |who: &Caller, what: &str, input: Value| {
            world.data(who, what, json!({"i": input})).await["done"]["problems"].clone()
        };
        let none = json!([]);
        assert_eq!(done(&manager, ASSIGN, json!({"group": gid(acme, group), "calendar": groups})).await, none);
        let agree = async |name: &str, kind: &str, target: Value| {
            let input = json!({"i": {"name": name, "kind": kind, "calendar": house, "terms": {"targets": [target]},
                "validFrom": "2010-01-01T00:00:00Z"}});
            let made = world.data(&manager, CREATE, input).await["createAgreement"].clone();
            assert_eq!(made["problems"], json!([]), "{made}");
            made["agreement"]["id"].clone()
        };
        let start = json!({"field": "LINE", "isOneOf": ["2"]});
        let ola = agree("N2", "OLA", json!({"target": "CUSTOM", "code": "n2", "name": "N2", "seconds": 36_000, "start": start,
            "hours": {"whose": "DUTY"}})).await;
        let ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket), world.held(acme, &ticket, 1, group, 2)]).await;
        let told = world.announced_as::<ClockChanged>().await;
        assert_eq!(told.len(), 1);

        let hours = |calendar: &str| json!({"calendar": calendar, "hours": always(), "applyToOpen": true});
        let fed = |calendar: &str| json!({"calendar": calendar, "name": "Feriados", "text": feed()});
        let unfed = |calendar: &str| json!({"calendar": calendar, "name": "Feriados"});
        let given = |calendar: &str| json!({"group": gid(acme, other), "calendar": calendar});
        let scheme = |calendar: &str| json!({"eligible": {"field": "PRIORITY", "isOneOf": ["MEDIUM"]}, "calendar": calendar, "applyToOpen": true});
        for (what, field, input) in [
            (CHANGE, "calendar", hours(&house)),
            (CHANGE, "calendar", hours(&groups)),
            (PREVIEW, "calendar", hours(&groups)),
            (FEED, "calendar", fed(&groups)),
            (UNFEED, "calendar", unfed(&house)),
            (ASSIGN, "calendar", given(&clients)),
            (ASSIGN, "calendar", json!({"group": gid(acme, group)})),
            (STANDBY, "eligible", scheme(&clients)),
            (PREVIEWS[0], "calendar", given(&clients)),
            (PREVIEWS[1], "eligible", scheme(&clients)),
            (PREVIEWS[2], "calendar", fed(&groups)),
            (PREVIEWS[3], "calendar", unfed(&house)),
            (INSTALL, "calendar", json!({"calendar": clients, "database": gid(acme, other)})),
        ] {
            let refused = done(&admin, what, input).await;
            assert_eq!((&refused[0]["field"], &refused[0]["code"]), (&json!(field), &json!("INNER_USE")), "{what} {refused}");
            // It says not by what.
            let message = refused[0]["message"].as_str().unwrap();
            assert!(!message.contains("N2") && !message.contains("acuerdo"), "{message}");
        }
        assert_eq!(world.announced_as::<ClockChanged>().await.len(), 1);
        let read = "{ calendars { version feeds { name } } calendarAssignments { group } standbyScheme { calendar } agreements { name } }";
        let as_it_was = json!({"calendars": [{"version": 1, "feeds": []}, {"version": 1, "feeds": []}, {"version": 1, "feeds": []}],
            "calendarAssignments": [{"group": gid(acme, group)}], "standbyScheme": null, "agreements": []});
        assert_eq!(world.data(&admin, read, json!({})).await, as_it_was);

        // What the house does not count by is the client's to change; what is as it is already is no change.
        assert_eq!(done(&admin, CHANGE, hours(&clients)).await, none);
        assert_eq!(done(&admin, ASSIGN, json!({"tenant": acme.to_string(), "country": "PE", "calendar": clients})).await, none);
        assert_eq!(done(&admin, ASSIGN, json!({"group": gid(acme, group), "calendar": groups})).await, none);
        assert_eq!(done(&admin, FEED, json!({"calendar": clients, "name": "x", "text": feed()})).await[0]["code"], "ALWAYS_OPEN");

        // Archived, the agreement is for no other ticket, but its open clock still counts by those hours.
        let archive = "mutation($i: ID!) { archiveAgreement(input: {agreement: $i}) { agreement { id } } }";
        world.data(&manager, archive, json!({"i": ola})).await;
        world.advance(60);
        assert_eq!(done(&admin, CHANGE, hours(&groups)).await[0]["code"], "INNER_USE");
        // Who sees those clocks may.
        assert_eq!(done(&manager, STANDBY, scheme(&clients)).await, none);
        assert_eq!(done(&manager, CHANGE, hours(&groups)).await, none);
        assert!(world.announced_as::<ClockChanged>().await.len() > 1);
        // And once nothing of the house counts by them any more, everybody who writes calendars.
        world.hear(acme, &[world.held(acme, &ticket, 2, other, 3)]).await;
        let hours = json!({"calendar": groups, "hours": mornings()});
        assert_eq!(done(&admin, CHANGE, hours).await, none);
        world.end().await;
    })
    .await;
}
