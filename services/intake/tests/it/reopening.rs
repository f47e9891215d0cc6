//! Until when who asked for a ticket may reopen it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Caller, CallerKind, Role};
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock as _;
use ids::TenantId;
use messaging::CommandHandler as _;
use serde_json::{Value, json};

use crate::house::{House, plain};
use crate::importing::{command, row};

const SET: &str = "mutation($input: SetReopeningWindowInput!) { setReopeningWindow(input: $input) {
    window { hours } problems { field code } position } }";

/// The window of a tenant from now on.
async fn window(house: &House, tenant: TenantId, hours: Option<i32>) {
    let admin = house.somebody(CallerKind::Person, tenant, Role::TenantAdmin);
    let input = json!({ "input": { "tenant": tenant, "hours": hours } });
    let done = house.data(&admin, SET, input).await;
    assert_eq!(
        done["setReopeningWindow"],
        json!({ "window": { "hours": hours }, "problems": [], "position": null })
    );
}

/// A ticket moves, at this very instant.
async fn moves(house: &House, by: &Arc<Caller>, ticket: &Value, to: &str) -> Value {
    let input = json!({ "ticket": ticket["id"], "to": to });
    house.does(by, "changeTicketState", input).await
}

/// One of Ana's tickets, opened and solved at this very instant.
async fn solved(house: &House) -> Value {
    let ticket = house.opened(&house.ana, json!({})).await;
    let done = moves(house, &house.agent, &ticket, "RESOLVED").await;
    assert_eq!(done["ticket"]["state"], "RESOLVED", "{done}");
    ticket
}

/// Until when a ticket may be reopened, as somebody is shown it.
async fn until(house: &House, by: &Arc<Caller>, ticket: &Value) -> Value {
    let query = "query($id: ID!) { ticket(id: $id) { reopenableUntil } }";
    let data = house.data(by, query, json!({ "id": ticket["id"] })).await;
    data["ticket"]["reopenableUntil"].clone()
}

fn code(done: &Value) -> &str {
    done["problems"][0]["code"].as_str().unwrap_or("none")
}

fn after(instant: DateTime<Utc>, hours: i64) -> DateTime<Utc> {
    instant + TimeDelta::hours(hours)
}

#[tokio::test]
async fn the_last_permitted_hour_has_its_last_second_and_then_a_new_ticket_is_opened() {
    let house = House::open("last-hour").await;
    window(&house, house.tenant, Some(72)).await;
    // Monday at ten, in Lima.
    let monday: DateTime<Utc> = "2026-11-23T15:00:00Z".parse().unwrap();
    house.clock.set(monday);
    let (early, last, late) = (
        solved(&house).await,
        solved(&house).await,
        solved(&house).await,
    );
    let thursday = after(monday, 72);
    for by in [&house.ana, &house.agent] {
        assert_eq!(until(&house, by, &late).await, thursday.to_rfc3339());
    }

    // The last second of the last hour, and the instant at which it ends.
    house.clock.set(thursday - TimeDelta::seconds(1));
    let done = moves(&house, &house.ana, &early, "REOPENED").await;
    assert_eq!(
        (&done["ticket"]["state"], &done["problems"]),
        (&json!("REOPENED"), &json!([]))
    );
    assert_eq!(until(&house, &house.ana, &early).await, Value::Null);
    house.clock.set(thursday);
    let again = json!({ "ticket": last["id"], "to": "REOPENED", "idempotencyKey": "r-1" });
    let done = house
        .does(&house.ana, "changeTicketState", again.clone())
        .await;
    assert_eq!(done["ticket"]["state"], "REOPENED", "{done}");

    // One second later: nothing changes, and nobody is told anything.
    house.clock.set(thursday + TimeDelta::seconds(1));
    let told = house.facts().await.len();
    let timeline = house.timeline(&house.ana, &late).await;
    let refused = moves(&house, &house.ana, &late, "REOPENED").await;
    let problem = &refused["problems"][0];
    assert_eq!(
        (&problem["field"], &problem["code"]),
        (&json!("to"), &json!("REOPENING_OVER"))
    );
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("abra uno nuevo"), "{message}");
    assert_eq!(
        (&refused["ticket"], &refused["position"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(house.facts().await.len(), told);
    assert_eq!(house.timeline(&house.ana, &late).await, timeline);
    assert_eq!(house.facts_of(&plain(&late).to_string()).await.len(), 2);
    // It still says until when it could have been. What was done in time is answered again as done.
    assert_eq!(
        until(&house, &house.ana, &late).await,
        thursday.to_rfc3339()
    );
    let repeated = house.does(&house.ana, "changeTicketState", again).await;
    assert_eq!(repeated["ticket"], done["ticket"]);

    // The provider's staff answer for what they reopen, whenever that is.
    house.clock.set(after(thursday, 1_000));
    let done = moves(&house, &house.agent, &late, "REOPENED").await;
    assert_eq!(
        (&done["ticket"]["state"], &done["ticket"]["version"]),
        (&json!("REOPENED"), &json!(3))
    );
    house.close().await;
}

#[tokio::test]
async fn closing_lengthens_no_window_and_another_solution_begins_another() {
    let house = House::open("closed-meanwhile").await;
    window(&house, house.tenant, Some(24)).await;
    let first = house.clock.now();
    let ticket = solved(&house).await;
    house.clock.set(after(first, 20));
    let closed = moves(&house, &house.ana, &ticket, "CLOSED").await;
    assert_eq!(closed["ticket"]["state"], "CLOSED");
    let end = after(first, 24);
    assert_eq!(until(&house, &house.ana, &ticket).await, end.to_rfc3339());
    house.clock.set(end + TimeDelta::seconds(1));
    let refused = moves(&house, &house.ana, &ticket, "REOPENED").await;
    assert_eq!(code(&refused), "REOPENING_OVER");
    // A reply reopens nothing: a closed ticket takes none.
    let reply = json!({ "ticket": ticket["id"], "body": "Sigue igual" });
    let refused = house.does(&house.ana, "replyToTicket", reply).await;
    assert_eq!(code(&refused), "TICKET_DONE");

    // Staff reopen it and solve it once more.
    moves(&house, &house.agent, &ticket, "REOPENED").await;
    assert_eq!(until(&house, &house.ana, &ticket).await, Value::Null);
    let second = after(first, 50);
    house.clock.set(second);
    moves(&house, &house.agent, &ticket, "RESOLVED").await;
    house.clock.set(after(second, 24));
    let done = moves(&house, &house.ana, &ticket, "REOPENED").await;
    assert_eq!(done["ticket"]["state"], "REOPENED", "{done}");
    house.close().await;
}

#[tokio::test]
async fn a_ticket_of_which_nobody_kept_its_solution_counts_from_when_its_state_began() {
    let house = House::open("before-windows").await;
    window(&house, house.tenant, Some(24)).await;
    let first = house.clock.now();
    let (resolved, closed) = (solved(&house).await, solved(&house).await);
    house.clock.set(after(first, 10));
    moves(&house, &house.ana, &closed, "CLOSED").await;
    // As rows are that were written before there was the column.
    let mut tx = house.tools.db.begin(house.tenant).await.unwrap();
    sqlx::query("UPDATE ticket SET solved_at = NULL")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for (ticket, end) in [(&resolved, 24), (&closed, 34)] {
        let end = after(first, end).to_rfc3339();
        assert_eq!(until(&house, &house.ana, ticket).await, end);
    }
    // Closed from now on, it keeps what is known.
    house.clock.set(after(first, 12));
    moves(&house, &house.agent, &resolved, "CLOSED").await;
    let end = after(first, 24).to_rfc3339();
    assert_eq!(until(&house, &house.ana, &resolved).await, end);
    house.close().await;
}

#[tokio::test]
async fn a_window_counts_at_once_and_for_its_own_tenant_alone() {
    let house = House::open("windows").await;
    let rosa = house.somebody(CallerKind::Person, house.other, Role::Requester);
    window(&house, house.other, Some(1)).await;
    let first = house.clock.now();
    let (ours, waits) = (solved(&house).await, solved(&house).await);
    let theirs = house.opened(&rosa, json!({ "tenant": house.other })).await;
    moves(&house, &house.agent, &theirs, "RESOLVED").await;

    // Where nobody has set one there is none, however late it is.
    assert_eq!(until(&house, &house.ana, &ours).await, Value::Null);
    house.clock.set(after(first, 20_000));
    let done = moves(&house, &house.ana, &ours, "REOPENED").await;
    assert_eq!(done["ticket"]["state"], "REOPENED", "{done}");
    let refused = moves(&house, &rosa, &theirs, "REOPENED").await;
    assert_eq!(code(&refused), "REOPENING_OVER");

    // Set, lengthened, taken away: what counts is the window of that moment, also for what was solved before.
    moves(&house, &house.agent, &ours, "RESOLVED").await;
    house.clock.set(after(first, 20_003));
    window(&house, house.tenant, Some(2)).await;
    for ticket in [&ours, &waits] {
        let refused = moves(&house, &house.ana, ticket, "REOPENED").await;
        assert_eq!(code(&refused), "REOPENING_OVER");
    }
    window(&house, house.tenant, Some(3)).await;
    let end = after(first, 20_003).to_rfc3339();
    assert_eq!(until(&house, &house.agent, &ours).await, end);
    let done = moves(&house, &house.ana, &ours, "REOPENED").await;
    assert_eq!(done["ticket"]["state"], "REOPENED", "{done}");
    window(&house, house.tenant, None).await;
    assert_eq!(until(&house, &house.ana, &waits).await, Value::Null);
    let done = moves(&house, &house.ana, &waits, "REOPENED").await;
    assert_eq!(done["ticket"]["state"], "REOPENED", "{done}");
    // The other tenant's stands as it was.
    let refused = moves(&house, &rosa, &theirs, "REOPENED").await;
    assert_eq!(code(&refused), "REOPENING_OVER");

    // What was withdrawn has no window: it is never reopened.
    window(&house, house.tenant, Some(1)).await;
    moves(&house, &house.ana, &waits, "CANCELLED").await;
    assert_eq!(until(&house, &house.ana, &waits).await, Value::Null);
    house.later(24 * 60);
    let refused = moves(&house, &house.ana, &waits, "REOPENED").await;
    assert_eq!(code(&refused), "MOVE_NOT_ALLOWED");
    house.close().await;
}

#[tokio::test]
async fn a_window_is_set_by_who_configures_the_tenant_and_read_by_who_may_open_a_ticket() {
    let house = House::open("window-set").await;
    let shown = async |by: &Arc<Caller>| {
        let query = "query($t: ID) { reopeningWindow(tenant: $t) { hours } }";
        let data = house.data(by, query, json!({ "t": house.tenant })).await;
        data["reopeningWindow"]["hours"].clone()
    };
    assert_eq!(shown(&house.ana).await, Value::Null);
    let input = |hours: Value| json!({ "input": { "tenant": house.tenant, "hours": hours, "idempotencyKey": "w" } });
    for by in [&house.ana, &house.agent] {
        assert_eq!(house.code(by, SET, input(json!(72))).await, "FORBIDDEN");
    }
    // A key is accepted, and keeps nobody from saying something else.
    for hours in [json!(1), json!(8_760), json!(72), json!(72)] {
        let done = house.data(&house.manager, SET, input(hours.clone())).await;
        let payload = &done["setReopeningWindow"];
        assert_eq!(
            (&payload["window"]["hours"], &payload["problems"]),
            (&hours, &json!([]))
        );
        assert_eq!(shown(&house.ana).await, hours);
    }
    for hours in [0, -1, 8_761] {
        let done = house.data(&house.manager, SET, input(json!(hours))).await;
        let refused = json!({ "window": null, "problems": [{ "field": "hours", "code": "BAD_HOURS" }], "position": null });
        assert_eq!(done["setReopeningWindow"], refused, "{hours}");
    }
    assert_eq!(shown(&house.agent).await, 72);
    house.data(&house.manager, SET, input(Value::Null)).await;
    assert_eq!(shown(&house.manager).await, Value::Null);
    // It is intake's own: no other service hears of it.
    assert!(house.facts().await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn what_another_tool_reopened_is_recorded_however_late() {
    let house = House::open("window-history").await;
    window(&house, house.tenant, Some(1)).await;
    let rows = [
        row("a", 1, "2011-01-05T10:00:00Z", "resolved", &json!({})),
        row("a", 2, "2011-04-20T10:00:00Z", "reopened", &json!({})),
        row("b", 3, "2011-01-06T10:00:00Z", "resolved", &json!({})),
        row("b", 4, "2011-01-06T15:00:00Z", "closed", &json!({})),
    ];
    let import = command(&house, &json!({ "tool": "vinst", "rows": rows }));
    let mut tx = house.tools.db.begin_fact(house.tenant).await.unwrap();
    intake::events::Does(house.tools.clone())
        .handle(&mut tx, &[import])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(house.facts().await.len(), 4);
    let query = "query($t: ID) { tickets(tenant: $t, sort: OLDEST) { nodes {
        state reopenableUntil external { case } } } }";
    let data = house
        .data(&house.agent, query, json!({ "t": house.tenant }))
        .await;
    assert_eq!(
        data["tickets"]["nodes"],
        json!([
            { "state": "REOPENED", "reopenableUntil": null, "external": { "case": "a" } },
            { "state": "CLOSED", "reopenableUntil": "2011-01-06T11:00:00+00:00", "external": { "case": "b" } },
        ])
    );
    house.close().await;
}

/// How many round trips that took.
async fn trips(turns: &AtomicU64, doing: impl Future<Output = Value>) -> u64 {
    let before = turns.load(Ordering::SeqCst);
    doing.await;
    turns.load(Ordering::SeqCst) - before
}

#[tokio::test]
async fn the_window_is_looked_at_where_it_counts_or_is_asked_for_and_once() {
    let (house, turns) = House::open_counting("window-trips").await;
    window(&house, house.tenant, Some(72)).await;
    // Whoever comes first also prepares the statements.
    let [mut solving, mut by_staff, mut by_ana] = [u64::MAX; 3];
    for _ in 0..4 {
        let ticket = house.opened(&house.ana, json!({})).await;
        for (by, least) in [(&house.agent, &mut by_staff), (&house.ana, &mut by_ana)] {
            let n = trips(&turns, moves(&house, &house.agent, &ticket, "RESOLVED")).await;
            solving = solving.min(n);
            let n = trips(&turns, moves(&house, by, &ticket, "REOPENED")).await;
            *least = (*least).min(n);
        }
        moves(&house, &house.agent, &ticket, "RESOLVED").await;
    }
    assert_eq!((by_staff, by_ana), (solving, solving + 1));

    // A page of tickets asks for it once: begin, read, commit.
    let page = async |field: &str| {
        let query = format!("query($t: ID) {{ tickets(tenant: $t) {{ nodes {{ {field} }} }} }}");
        let asked = json!({ "t": house.tenant });
        let mut least = u64::MAX;
        for _ in 0..4 {
            let read = house.data(&house.agent, &query, asked.clone());
            least = least.min(trips(&turns, read).await);
        }
        least
    };
    let without = page("state").await;
    assert_eq!(page("reopenableUntil").await, without + 3);
    house.close().await;
}
