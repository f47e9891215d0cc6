//! Calls that intake records are what the contract pays by, where a level says so.

use chrono::{DateTime, TimeDelta, Utc};
use e2e::{Installation, PASSWORD, email, settled};
use serde_json::{Value, json};

const RECORD: &str = "mutation($o: ContactOutcome!, $at: DateTime) { recordContact(input: {channel: PHONE, \
    direction: INBOUND, outcome: $o, offeredAt: $at}) { contact { id offeredAt } problems { code message } } }";
const AGREE: &str = "mutation { setServiceLevels(input: {effectiveFrom: \"2026-01\", levels: [{code: \"CALLS\", nameEs: \"Llamadas\", \
    nameEn: \"Calls\", formula: CALLS_ANSWERED, source: FACTS, targetHundredths: 9000, minimumHundredths: 5000, weight: 100}]}) \
    { set { version } problems { code message } } }";
const FIGURE: &str = "query($m: String!) { serviceLevels(month: $m) { figures { levels { figure { numerator denominator } } } } \
    serviceLevelCalls(month: $m, level: \"CALLS\") { nodes { contact ending outcome } } }";

#[tokio::test]
async fn a_recorded_call_counts_and_an_opened_ticket_is_none() {
    let at = Installation::together("calls").await.unwrap();
    at.tenant("andina").await.unwrap();
    let agent = at
        .sign_in(&email("andina", "agent"), PASSWORD)
        .await
        .unwrap();
    let quality = at
        .sign_in(&email("andina", "quality_manager"), PASSWORD)
        .await
        .unwrap();
    // Every service knows the tenant.
    settled(&at).await;
    let agreed = at.data(&quality, None, AGREE, json!({})).await.unwrap();
    assert_eq!(agreed["setServiceLevels"]["set"]["version"], 1, "{agreed}");
    let record = async |variables: Value| {
        let done = at.data(&agent, None, RECORD, variables).await.unwrap();
        let contact = done["recordContact"]["contact"].clone();
        assert!(contact["id"].is_string(), "{done}");
        contact
    };
    let answered = record(json!({"o": "ANSWERED"})).await;
    let given_up = record(json!({"o": "ABANDONED", "at": answered["offeredAt"]})).await;
    let open = "mutation { openTicket(input: {subject: \"Llama por teléfono\", channel: PHONE}) { ticket { id } problems { code } } }";
    let opened = at.data(&agent, None, open, json!({})).await.unwrap();
    assert!(opened["openTicket"]["ticket"]["id"].is_string(), "{opened}");

    // The month in Lima.
    let offered: DateTime<Utc> = answered["offeredAt"].as_str().unwrap().parse().unwrap();
    let month = (offered - TimeDelta::hours(5)).format("%Y-%m").to_string();
    settled(&at).await;
    let asked = at.data(&quality, None, FIGURE, json!({"m": month})).await;
    let found = asked.unwrap();
    let figure = &found["serviceLevels"]["figures"]["levels"][0]["figure"];
    assert_eq!(*figure, json!({"numerator": 1, "denominator": 2}));
    let calls = found["serviceLevelCalls"]["nodes"].as_array().unwrap();
    let of = |contact: &Value| {
        let call = calls.iter().find(|c| c["contact"] == contact["id"]);
        call.map(|c| (c["ending"].clone(), c["outcome"].clone()))
    };
    assert_eq!(of(&answered), Some((json!("ANSWERED"), json!("FOR"))));
    assert_eq!(of(&given_up), Some((json!("ABANDONED"), json!("AGAINST"))));
    assert_eq!(calls.len(), 2);
}
