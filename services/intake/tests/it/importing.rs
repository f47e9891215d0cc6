#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::collections::BTreeMap;

use events::Origin;
use events::intake::TicketState::{Closed, InProgress};
use events::intake::{TicketRecorded, TicketState};
use ids::EventId;
use messaging::{Command, CommandHandler as _, HandleError};
use serde_json::{Value, json};

use crate::house::House;

/// A row as the importer sends it; `n` makes it one of a kind.
pub fn row(case: &str, n: u64, at: &str, state: &str, more: &Value) -> Value {
    let mut row = json!({
        "row": n, "sha": format!("{n:064x}"), "occurrence": 1, "case": case, "at": at, "status": state.to_uppercase(),
        "sub_status": "", "state": state, "group": "V5 3rd", "line": 3, "owner": "Siebel", "impact": "medium",
        "attributes": { "product": "PROD542" },
    });
    for (name, value) in more.as_object().unwrap() {
        row[name] = value.clone();
    }
    row
}

pub fn command(house: &House, body: &Value) -> Command {
    Command {
        id: EventId::new(&*house.tools.ids),
        name: "import.rows".to_owned(),
        tenant: house.tenant,
        key: "1".to_owned(),
        body: serde_json::value::to_raw_value(body).unwrap(),
        traceparent: None,
    }
}

async fn imports(house: &House, bodies: &[Value]) -> Result<(), HandleError> {
    let commands: Vec<Command> = bodies.iter().map(|b| command(house, b)).collect();
    let mut tx = house.tools.db.begin_fact(house.tenant).await.unwrap();
    let done = intake::events::Does(house.tools.clone())
        .handle(&mut tx, &commands)
        .await;
    if done.is_ok() {
        tx.commit().await.unwrap();
    }
    done
}

fn story() -> Value {
    json!({ "tool": "vinst", "rows": [
        row("1-364", 1, "2011-01-05T10:00:00Z", "in_progress", &json!({})),
        row("1-365", 2, "2011-01-05T10:01:00Z", "queued", &json!({ "owner": null, "kind": "problem" })),
        row("1-364", 4, "2011-01-05T12:00:00Z", "closed", &json!({})),
        row("1-364", 3, "2011-01-05T11:00:00Z", "in_progress", &json!({ "group": "G96", "line": 1, "sub_status": "Wait - User" })),
        row("1-364", 5, "2011-01-05T12:00:00Z", "in_progress", &json!({ "owner": "Anne" })),
    ]})
}

#[tokio::test]
async fn a_history_is_recorded_as_it_happened_and_twice_is_once() {
    let house = House::open("importing").await;
    imports(&house, &[story()]).await.unwrap();
    let facts = house.facts().await;
    assert_eq!(facts.len(), 5);
    assert!(facts.iter().all(|f| f.origin == Origin::History));
    let mut by_case: BTreeMap<String, Vec<(i64, TicketRecorded)>> = BTreeMap::new();
    for f in &facts {
        let r: TicketRecorded = f.read().unwrap();
        assert_eq!(f.sequence, r.ticket.version);
        by_case
            .entry(r.case.clone())
            .or_default()
            .push((f.sequence, r));
    }
    let one = &by_case["1-364"];
    let states: Vec<_> = one
        .iter()
        .map(|(n, r)| (*n, r.from, r.ticket.state, r.irregular))
        .collect();
    assert_eq!(
        states,
        [
            (1, None, InProgress, false),
            (2, Some(InProgress), InProgress, false),
            // Nothing closes before it is resolved, and what is closed is reopened first: it happened all the same.
            (3, Some(InProgress), Closed, true),
            (4, Some(Closed), InProgress, true),
        ]
    );
    let holder = one[1].1.holder.as_ref().unwrap();
    assert_eq!((holder.group.as_str(), holder.line), ("G96", 1));
    assert_eq!(one[0].1.holder.as_ref().unwrap().owner, holder.owner);
    assert_ne!(one[3].1.holder.as_ref().unwrap().owner, holder.owner);
    assert_eq!(one[3].1.attributes["product"], "PROD542");
    assert_eq!(one[0].1.ticket.number, "INC-000001");
    assert_eq!(
        one[0].1.ticket.opened_at.to_rfc3339(),
        "2011-01-05T10:00:00+00:00"
    );
    assert_eq!(by_case["1-365"][0].1.ticket.number, "PRB-000001");
    assert_eq!(by_case["1-365"][0].1.holder.as_ref().unwrap().owner, None);

    // Again, whole; and again, cut differently: nothing changes.
    imports(&house, &[story()]).await.unwrap();
    let rows = story()["rows"].as_array().unwrap().clone();
    let cut: Vec<Value> = rows
        .iter()
        .map(|r| json!({ "tool": "vinst", "rows": [r, r] }))
        .collect();
    imports(&house, &cut).await.unwrap();
    assert_eq!(house.facts().await.len(), 5);

    // An equal row that stands twice in the file is two rows.
    let twin = json!({ "tool": "vinst", "rows": [row("1-364", 5, "2011-01-05T12:00:00Z", "in_progress", &json!({ "occurrence": 2 }))] });
    imports(&house, &[twin]).await.unwrap();
    assert_eq!(house.facts().await.len(), 6);

    let shown = house
        .data(
            &house.agent,
            "query($t: ID) { ticketByNumber(number: \"INC-000001\", tenant: $t) { id version state channel subject
                external { tool case } attributes { name value } timeline { nodes { kind at groupName line holder { id }
                recordedOwner recordedStatus recordedSubStatus irregular } } } }",
            json!({ "t": house.tenant }),
        )
        .await;
    let ticket = &shown["ticketByNumber"];
    assert_eq!(
        (&ticket["version"], &ticket["state"]),
        (&json!(5), &json!("IN_PROGRESS"))
    );
    assert_eq!(
        ticket["external"],
        json!({ "tool": "vinst", "case": "1-364" })
    );
    let told = ticket["timeline"]["nodes"].as_array().unwrap();
    assert_eq!(told.len(), 5);
    assert_eq!(told[1]["recordedSubStatus"], "Wait - User");
    assert_eq!(told[2]["irregular"], true);
    assert_eq!(told[3]["recordedOwner"], "Anne");
    assert!(told.iter().all(|e| e["holder"].is_null()));
    house.close().await;
}

#[tokio::test]
async fn a_later_import_goes_on_and_a_late_row_is_told() {
    let house = House::open("importing-late").await;
    imports(&house, &[story()]).await.unwrap();
    let more = json!({ "tool": "vinst", "rows": [
        row("1-364", 20, "2011-01-05T09:00:00Z", "queued", &json!({})),
        row("1-364", 21, "2011-01-06T09:00:00Z", "resolved", &json!({})),
    ]});
    imports(&house, &[more]).await.unwrap();
    let recorded: Vec<TicketRecorded> = house
        .facts()
        .await
        .iter()
        .map(|f| f.read::<TicketRecorded>().unwrap())
        .filter(|r| r.case == "1-364")
        .collect();
    assert_eq!(recorded.len(), 6);
    let (late, last) = (&recorded[4], &recorded[5]);
    assert_eq!(
        (late.ticket.version, late.ticket.state, late.irregular),
        (5, TicketState::Queued, true)
    );
    assert_eq!(
        late.ticket.opened_at.to_rfc3339(),
        "2011-01-05T09:00:00+00:00"
    );
    assert_eq!(
        (last.ticket.version, last.from),
        (6, Some(TicketState::InProgress))
    );
    // A subject that a later row brings is what the ticket is called and found by from then on.
    for (n, subject) in [(22, "Impresora atascada"), (23, "Tóner agotado")] {
        let named = row(
            "1-364",
            n,
            "2011-01-07T09:00:00Z",
            "resolved",
            &json!({ "subject": subject }),
        );
        imports(&house, &[json!({ "tool": "vinst", "rows": [named] })])
            .await
            .unwrap();
    }
    let found = async |text: &str| {
        let search = "query($w: String!, $t: ID) { searchTickets(text: $w, tenant: $t) { nodes { subject } } }";
        let asked = json!({ "w": text, "t": house.tenant });
        let found = house.data(&house.agent, search, asked).await;
        found["searchTickets"]["nodes"].clone()
    };
    assert_eq!(
        found("toner").await,
        json!([{ "subject": "Tóner agotado" }])
    );
    assert_eq!(found("impresora").await, json!([]));
    // Another tool's case of the same name is another ticket; another tenant's too.
    let foreign = json!({ "tool": "otra", "rows": [row("1-364", 1, "2011-01-05T10:00:00Z", "queued", &json!({}))] });
    imports(&house, &[foreign]).await.unwrap();
    assert_eq!(house.facts().await.len(), 10);
    house.close().await;
}

#[tokio::test]
async fn a_malformed_command_is_never_done_and_says_why() {
    let house = House::open("importing-bad").await;
    for (bad, why) in [
        (json!({ "rows": [] }), "tool"),
        (
            json!({ "tool": "t", "rows": [row("c", 1, "yesterday", "queued", &json!({}))] }),
            "malformed",
        ),
        (
            json!({ "tool": "t", "rows": [row("c", 1, "2011-01-05T10:00:00Z", "lost", &json!({}))] }),
            "lost",
        ),
        (
            json!({ "tool": "t", "rows": [row("c", 1, "2011-01-05T10:00:00Z", "queued", &json!({ "sha": "12" }))] }),
            "sha",
        ),
        (
            json!({ "tool": "t", "rows": [row("c", 1, "2011-01-05T10:00:00Z", "queued", &json!({ "line": 4 }))] }),
            "line",
        ),
        (
            json!({ "tool": "t", "rows": [row("c", 1, "2011-01-05T10:00:00Z", "queued", &json!({ "subject": "a\u{0}" }))] }),
            "NUL",
        ),
    ] {
        let error = imports(&house, &[story(), bad]).await.unwrap_err();
        let HandleError::Never { index, reason } = error else {
            panic!("{error}")
        };
        assert_eq!(index, 1);
        assert!(reason.contains(why), "{reason}");
    }
    assert!(house.facts().await.is_empty());
    house.close().await;
}

/// Not a judgement, a figure: `cargo test --release -p intake -- --ignored --nocapture importing_rate`.
#[tokio::test]
#[ignore = "prints a figure"]
async fn importing_rate() {
    let house = House::open("importing-rate").await;
    let mut commands = Vec::new();
    for block in 0..100_u64 {
        let rows: Vec<Value> = (0..300_u64)
            .map(|i| {
                let n = block * 300 + i;
                let at = format!(
                    "2011-01-{:02}T{:02}:{:02}:00Z",
                    1 + i / 60 % 28,
                    i % 24,
                    i % 60
                );
                let state = ["queued", "in_progress", "resolved"][(i % 3) as usize];
                row(
                    &format!("c{}", block * 40 + i % 40),
                    n,
                    &at,
                    state,
                    &json!({}),
                )
            })
            .collect();
        commands.push(command(&house, &json!({ "tool": "t", "rows": rows })));
    }
    let started = std::time::Instant::now();
    for some in commands.chunks(20) {
        let mut tx = house.tools.db.begin_fact(house.tenant).await.unwrap();
        intake::events::Does(house.tools.clone())
            .handle(&mut tx, some)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let took = started.elapsed();
    println!(
        "30000 rows in {took:?}: {:.0} rows/s",
        30_000.0 / took.as_secs_f64()
    );
    assert_eq!(house.facts().await.len(), 30_000);
    house.close().await;
}
