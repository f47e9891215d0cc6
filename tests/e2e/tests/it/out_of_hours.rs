//! What comes to the software factory outside its hours: the incident stays what it is, and gets its corrective maintenance.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Installation, PASSWORD, email};
use serde_json::{Value, json};
use testkit::eventually;

use crate::story::does;

async fn ticket(at: &Installation, token: &str, id: &Value) -> Value {
    let q = "query($id: ID!) { ticket(id: $id) { number kind state priority subject assignment { group { name } } \
             clocks { target state dueAt elapsedSeconds } links { kind outgoing ticket { id number kind } } } }";
    at.data(token, None, q, json!({"id": id})).await.unwrap()["ticket"].clone()
}

/// The clocks of what follows the duty: where they stand, when they fall due, what has counted.
fn on_duty(ticket: &Value) -> Vec<Value> {
    let clocks = ticket["clocks"].as_array().unwrap().iter();
    clocks
        .filter(|c| c["target"] != "FIRST_RESPONSE")
        .cloned()
        .collect()
}

#[tokio::test]
async fn an_incident_for_the_software_factory_outside_its_hours_gets_a_maintenance_that_carries_it()
{
    let at = Installation::together("out-of-hours").await.unwrap();
    at.tenant("andina").await.unwrap();
    let requester = at
        .sign_in(&email("andina", "requester"), PASSWORD)
        .await
        .unwrap();
    let agent = at
        .sign_in(&email("andina", "agent"), PASSWORD)
        .await
        .unwrap();
    let manager = at.token("andina", "service_manager").await.unwrap();

    // The factory is open on one weekday, two days from now: it is closed while this story lasts, whenever that is.
    let q = "mutation { openTicket(input: {subject: \"¿Qué día es?\", kind: ENQUIRY}) { ticket { openedAt } problems { code } } }";
    let opened = does(&at, &requester, q, json!({})).await;
    let now: DateTime<Utc> = opened["ticket"]["openedAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let day = (now + TimeDelta::days(2))
        .format("%A")
        .to_string()
        .to_uppercase();
    let q = "mutation($n: String!, $h: CalendarHoursInput!) { createCalendar(input: {name: $n, hours: $h}) \
             { calendar { id } problems { code message } } }";
    let always = json!({"n": "24x7", "h": {"timeZone": "UTC", "alwaysOpen": true}});
    let always = does(&at, &manager, q, always).await;
    let hours = json!({"timeZone": "UTC", "weekly": [{"day": day, "spans": ["09:00-18:00"]}]});
    let office = does(&at, &manager, q, json!({"n": "Fábrica", "h": hours})).await;
    let q = "mutation { createGroup(input: {name: \"Fábrica de software\", line: 3, speciality: SOFTWARE_FACTORY}) \
             { group { id } problems { code message } } }";
    let factory = does(&at, &manager, q, json!({})).await["group"]["id"].clone();
    let q = "mutation($g: ID!, $c: ID!) { assignCalendar(input: {group: $g, calendar: $c, outOfHours: CONVERT}) \
             { problems { code message } } }";
    let variables = json!({"g": factory, "c": office["calendar"]["id"]});
    does(&at, &manager, q, variables).await;
    // The ready-made contract keeps the hours that the tenant said.
    let q = "mutation($g: ID!, $c: ID!) { installSourceAgreement(input: {calendar: $c, softwareFactory: $g}) \
             { problems { code message } } }";
    let variables = json!({"g": factory, "c": always["calendar"]["id"]});
    does(&at, &manager, q, variables).await;
    // Incidents go to the factory; everything else, maintenances too, to the service desk.
    let q = "mutation($g: ID!) { setRoutingRules(input: {rules: [{kind: INCIDENT, group: $g}]}) { problems { code message } } }";
    does(&at, &manager, q, json!({"g": factory})).await;

    let q = "mutation { openTicket(input: {subject: \"No puedo registrar facturas\", kind: INCIDENT, impactInternal: MEDIUM, \
             urgency: HIGH}) { ticket { id number } problems { code } } }";
    let incident = does(&at, &requester, q, json!({})).await["ticket"].clone();
    let linked = eventually(Duration::from_secs(20), || async {
        let seen = ticket(&at, &agent, &incident["id"]).await;
        let linked = seen["links"][0].clone();
        (!linked.is_null())
            .then_some(linked)
            .ok_or(seen.to_string())
    })
    .await;
    assert_eq!(
        (&linked["kind"], &linked["outgoing"]),
        (&json!("CAUSED_BY"), &json!(false))
    );
    let maintenance = &linked["ticket"];
    assert_eq!(maintenance["kind"], "CORRECTIVE_MAINTENANCE");
    assert!(maintenance["number"].as_str().unwrap().starts_with("MAN-"));

    // It goes to the factory, too, and has the clocks that were agreed.
    let seen = eventually(Duration::from_secs(20), || async {
        let seen = ticket(&at, &agent, &maintenance["id"]).await;
        let clocks = seen["clocks"].as_array().map_or(0, Vec::len);
        let held = !seen["assignment"]["group"].is_null() && seen["state"] == "QUEUED";
        (clocks == 3 && held)
            .then_some(seen.clone())
            .ok_or(seen.to_string())
    })
    .await;
    assert_eq!(seen["assignment"]["group"]["name"], "Fábrica de software");
    assert_eq!(seen["subject"], "No puedo registrar facturas");
    assert_eq!(seen["priority"], "HIGH");

    // The incident is what it was. Its clocks wait for the office, whatever becomes of the maintenance.
    let before = eventually(Duration::from_secs(20), || async {
        let seen = ticket(&at, &agent, &incident["id"]).await;
        let queued = seen["state"] == "QUEUED";
        queued.then_some(seen.clone()).ok_or(seen.to_string())
    })
    .await;
    assert_eq!(
        (&before["number"], &before["kind"]),
        (&incident["number"], &json!("INCIDENT"))
    );
    let waiting = on_duty(&before);
    assert_eq!(waiting.len(), 2, "{before}");
    for clock in &waiting {
        assert_eq!(
            (&clock["state"], &clock["elapsedSeconds"]),
            (&json!("RUNNING"), &json!(0)),
            "{clock}"
        );
    }
    let q = "mutation($t: ID!) { changeTicketState(input: {ticket: $t, to: RESOLVED}) { ticket { state } problems { code message } } }";
    does(&at, &agent, q, json!({"t": maintenance["id"]})).await;
    eventually(Duration::from_secs(20), || async {
        let seen = ticket(&at, &agent, &maintenance["id"]).await;
        let mut clocks = on_duty(&seen).into_iter();
        clocks
            .all(|c| c["state"] == "STOPPED")
            .then_some(())
            .ok_or(seen.to_string())
    })
    .await;
    let after = ticket(&at, &agent, &incident["id"]).await;
    assert_eq!(on_duty(&after), waiting);
    assert_eq!(after["links"].as_array().unwrap().len(), 1, "{after}");
}
