//! Indicators of a small history, worked out by hand.

use access::Role;
use events::Lane;
use events::Origin;
use events::intake::{Channel, ContactRecorded, TicketState};
use events::sla_clock::{
    AgreementKind, ClockBreached, ClockChanged, ClockNoticeDue, ClockState, ClockThreshold, Target,
};
use ids::{ContactId, PersonId};
use serde_json::{Value, json};

use crate::world::{Told, World, at, resolution_clock};

/// Equal but for the last digits of floating point.
fn close(found: &Value, wanted: &Value) {
    match (found, wanted) {
        (Value::Object(f), Value::Object(w)) => {
            for (key, value) in w {
                close(&f[key], value);
            }
        }
        (Value::Array(f), Value::Array(w)) => {
            assert_eq!(f.len(), w.len(), "{found} instead of {wanted}");
            f.iter().zip(w).for_each(|(f, w)| close(f, w));
        }
        (Value::Number(f), Value::Number(w)) => {
            let (f, w) = (f.as_f64().unwrap(), w.as_f64().unwrap());
            assert!((f - w).abs() < 1e-9, "{f} instead of {w}");
        }
        _ => assert_eq!(found, wanted),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_of_three_cases() {
    use TicketState::{Closed, InProgress, Queued, Resolved, WaitingForRequester};
    let world = World::start("three").await;
    let tenant = world.tenant("tres").await;
    // A: bounces between two groups of lines 1 and 2, waits a day, is reopened. 10 days and 6 hours.
    let a = Told::new(&world, tenant)
        .row(
            "2012-04-01T02:00:00Z",
            "Accepted/In Progress",
            InProgress,
            "G1:1",
        )
        .row(
            "2012-04-01T03:00:00Z",
            "Queued/Awaiting Assignment",
            Queued,
            "G2:2",
        )
        .row(
            "2012-04-01T04:00:00Z",
            "Accepted/Wait - User",
            WaitingForRequester,
            "G2:2",
        )
        .row(
            "2012-04-02T04:00:00Z",
            "Accepted/In Progress",
            InProgress,
            "G1:1",
        )
        .row(
            "2012-04-02T08:00:00Z",
            "Completed/Resolved",
            Resolved,
            "G1:1",
        )
        .row(
            "2012-04-11T07:00:00Z",
            "Accepted/In Progress",
            InProgress,
            "G1:1",
        )
        .row("2012-04-11T08:00:00Z", "Completed/Closed", Closed, "G1:1");
    // B: solved in the call, 30 minutes.
    let b = Told::new(&world, tenant)
        .row(
            "2012-05-02T10:00:00Z",
            "Accepted/In Progress",
            InProgress,
            "G1:1",
        )
        .row(
            "2012-05-02T10:30:00Z",
            "Completed/In Call",
            Resolved,
            "G1:1",
        );
    // C: begins on line 2, goes to line 3, waits twice, taken up after a call's end; still open. 4 days.
    let c = Told::new(&world, tenant)
        .row(
            "2012-05-03T00:00:00Z",
            "Accepted/Wait - User",
            WaitingForRequester,
            "G2:2",
        )
        .row(
            "2012-05-04T00:00:00Z",
            "Completed/In Call",
            Resolved,
            "G2:2",
        )
        .row(
            "2012-05-05T00:00:00Z",
            "Accepted/In Progress",
            InProgress,
            "G3:3",
        )
        .row(
            "2012-05-07T00:00:00Z",
            "Accepted/Wait - User",
            WaitingForRequester,
            "G3:3",
        );
    for told in [&a, &b, &c] {
        world.hear(Lane::Bulk, &told.facts).await;
    }
    // Clocks of 240 h: A is late (the fact came from an import, no timer said so), B in time, C open.
    let mut clocks = Vec::new();
    let mut late = resolution_clock(&world, a.ticket, "2012-04-01T02:00:00Z", 240);
    late.state = ClockState::Stopped;
    late.stopped_at = Some(at("2012-04-11T08:00:00Z"));
    late.breached_at = late.due_at;
    clocks.push(late);
    let mut met = resolution_clock(&world, b.ticket, "2012-05-02T10:00:00Z", 240);
    met.state = ClockState::Stopped;
    met.stopped_at = Some(at("2012-05-02T10:30:00Z"));
    clocks.push(met);
    clocks.push(resolution_clock(
        &world,
        c.ticket,
        "2012-05-03T00:00:00Z",
        240,
    ));
    // What the provider agreed with a vendor, missed: counted apart, and not before the client.
    let mut vendors = resolution_clock(&world, b.ticket, "2012-05-02T10:00:00Z", 1);
    vendors.target = Target::Custom;
    vendors.target_code = Some("vendor".to_owned());
    vendors.agreement_kind = AgreementKind::Supplier;
    vendors.breached_at = vendors.due_at;
    clocks.push(vendors);
    let facts: Vec<_> = clocks
        .iter()
        .map(|clock| {
            let data = ClockChanged {
                clock: clock.clone(),
            };
            world.fact(
                tenant,
                &clock.clock.to_string(),
                clock.started_at,
                Origin::History,
                &data,
            )
        })
        .collect();
    world.hear(Lane::Bulk, &facts).await;
    world.kept(tenant, 1 + 13 + 4).await;

    let manager = world.caller(Role::ServiceManager, &[tenant]);
    let query = r#"{ indicators(timeZone: "UTC", asOf: "2012-05-13T00:00:00Z", groupBy: [LINE]) {
        cases events casesByHighestLine { line cases } casesReachingLine { line cases }
        casesNeverInFirstLine casesFirstEventInFirstLine
        throughput { medianDays meanDays p90Days maxDays }
        overThreshold { hours cases share } day: overThreshold(hours: 24) { cases }
        reassignments { total mean median max casesWithout } pingPong { cases bounces }
        reopened { strictCases looseCases }
        waiting { state status subStatus events cases totalDays medianHours meanHours }
        casesPerMonth { month cases } fcr { base resolved share } flr { base resolved }
        eventsByState { state status subStatus count }
        clocks { agreementKind target code cases breached met running breachedShare }
        groups { keys { dimension value } figures { cases events overThreshold { cases } clocks { breached met running } } }
        timeZone behindSince } }"#;
    let found = &world.answer(manager.clone(), query).await["indicators"];
    let expected = json!({
        "cases": 3, "events": 13,
        "casesByHighestLine": [{"line": 1, "cases": 1}, {"line": 2, "cases": 1}, {"line": 3, "cases": 1}],
        "casesReachingLine": [{"line": 1, "cases": 2}, {"line": 2, "cases": 2}, {"line": 3, "cases": 1}],
        "casesNeverInFirstLine": 1, "casesFirstEventInFirstLine": 2,
        // 0.5 h, 96 h, 246 h: the 90 % lies four fifths of the way from the second to the third.
        "throughput": {"medianDays": 4.0, "meanDays": (0.5 + 96.0 + 246.0) / 72.0, "p90Days": (96.0 + 0.8 * 150.0) / 24.0, "maxDays": 10.25},
        "overThreshold": {"hours": 240, "cases": 1, "share": 1.0 / 3.0}, "day": {"cases": 2},
        "reassignments": {"total": 3, "mean": 1.0, "median": 1.0, "max": 2, "casesWithout": 1},
        "pingPong": {"cases": 1, "bounces": 1},
        "reopened": {"strictCases": 1, "looseCases": 2},
        // 24 h, 24 h, and the last event's 0.
        "waiting": [{"state": "WAITING_FOR_REQUESTER", "status": "Accepted", "subStatus": "Wait - User", "events": 3, "cases": 2,
                     "totalDays": 2.0, "medianHours": 24.0, "meanHours": 16.0}],
        "casesPerMonth": [{"month": "2012-04", "cases": 1}, {"month": "2012-05", "cases": 2}],
        "fcr": {"base": 2, "resolved": 1, "share": 0.5}, "flr": {"base": 2, "resolved": 1},
        "eventsByState": [
            {"state": "IN_PROGRESS", "status": "Accepted", "subStatus": "In Progress", "count": 5},
            {"state": "WAITING_FOR_REQUESTER", "status": "Accepted", "subStatus": "Wait - User", "count": 3},
            {"state": "RESOLVED", "status": "Completed", "subStatus": "In Call", "count": 2},
            {"state": "CLOSED", "status": "Completed", "subStatus": "Closed", "count": 1},
            {"state": "QUEUED", "status": "Queued", "subStatus": "Awaiting Assignment", "count": 1},
            {"state": "RESOLVED", "status": "Completed", "subStatus": "Resolved", "count": 1},
        ],
        // C is due at 2012-05-13T00:00:00Z exactly: not yet late then.
        "clocks": [
            {"agreementKind": "SLA", "target": "RESOLUTION", "code": null, "cases": 3, "breached": 1, "met": 1, "running": 1, "breachedShare": 1.0 / 3.0},
            {"agreementKind": "SUPPLIER", "target": "CUSTOM", "code": "vendor", "cases": 1, "breached": 1, "met": 0, "running": 0, "breachedShare": 1.0},
        ],
        "groups": [
            {"keys": [{"dimension": "LINE", "value": "1"}], "figures": {"cases": 1, "events": 2, "overThreshold": {"cases": 0}, "clocks": [{"breached": 0, "met": 1, "running": 0}, {"breached": 1, "met": 0, "running": 0}]}},
            {"keys": [{"dimension": "LINE", "value": "2"}], "figures": {"cases": 1, "events": 7, "overThreshold": {"cases": 1}, "clocks": [{"breached": 1, "met": 0, "running": 0}]}},
            {"keys": [{"dimension": "LINE", "value": "3"}], "figures": {"cases": 1, "events": 4, "overThreshold": {"cases": 0}, "clocks": [{"breached": 0, "met": 0, "running": 1}]}},
        ],
        "timeZone": "UTC", "behindSince": null,
    });
    close(found, &expected);

    let client = world.caller(Role::TenantAdmin, &[tenant]);
    let shown = world
        .answer(
            client,
            "{ indicators(asOf: \"2012-05-13T00:00:00Z\") { clocks { agreementKind breached } } }",
        )
        .await;
    close(
        &shown["indicators"]["clocks"],
        &json!([{"agreementKind": "SLA", "breached": 1}]),
    );

    // In the contract's zone (Lima, five hours behind) A was opened in March; a second later C is late.
    let query = r#"{ indicators(asOf: "2012-05-13T00:00:01Z", groupBy: [MONTH, APPLICATION]) { timeZone casesPerMonth { month cases }
        clocks { breached running } groups { keys { value } figures { cases } } } }"#;
    let found = &world.answer(manager.clone(), query).await["indicators"];
    close(
        found,
        &json!({
            "timeZone": "America/Lima",
            "casesPerMonth": [{"month": "2012-03", "cases": 1}, {"month": "2012-05", "cases": 2}],
            "clocks": [{"breached": 2, "running": 0}, {"breached": 1, "running": 0}],
            "groups": [
                {"keys": [{"value": "2012-03"}, {"value": "PROD1"}], "figures": {"cases": 1}},
                {"keys": [{"value": "2012-05"}, {"value": "PROD1"}], "figures": {"cases": 2}},
            ],
        }),
    );

    // The period is that of the first event, its end excluded; filters narrow it down.
    let query = r#"{ may: indicators(from: "2012-05-01T00:00:00Z", to: "2012-05-03T00:00:00Z") { cases }
        third: indicators(filter: {lines: [3]}) { cases events } open: indicators(filter: {states: [WAITING_FOR_REQUESTER]}) { cases }
        none: indicators(filter: {kinds: [CHANGE]}) { cases throughput { medianDays } fcr { share } waiting { events } } }"#;
    let found = world.answer(manager, query).await;
    close(
        &found,
        &json!({"may": {"cases": 1}, "third": {"cases": 1, "events": 4}, "open": {"cases": 1},
        "none": {"cases": 0, "throughput": {"medianDays": 0.0}, "fcr": {"share": 0.0}, "waiting": []}}),
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_tickets_and_first_contact() {
    use TicketState::{Closed, InProgress, Reopened, Resolved, WaitingForVendor};
    let world = World::start("live").await;
    let tenant = world.tenant("vivo").await;
    let ana = PersonId::new(&*world.ids);
    // Solved by N1 at once.
    let good = Told::new(&world, tenant)
        .opened("2026-11-16T15:00:00Z")
        .held("2026-11-16T15:00:01Z", "Mesa", 1, Some(ana))
        .state("2026-11-16T15:00:02Z", InProgress)
        .state("2026-11-16T15:10:00Z", Resolved)
        .state("2026-11-18T15:10:00Z", Closed);
    // The requester called again: first level, not first contact.
    let called = Told::new(&world, tenant)
        .opened("2026-11-16T16:00:00Z")
        .held("2026-11-16T16:00:01Z", "Mesa", 1, Some(ana))
        .state("2026-11-16T16:10:00Z", Resolved);
    // Escalated while it waits: neither.
    let escalated = Told::new(&world, tenant)
        .opened("2026-11-16T17:00:00Z")
        .held("2026-11-16T17:00:01Z", "Mesa", 1, None)
        .state("2026-11-16T18:00:00Z", WaitingForVendor)
        .held("2026-11-16T19:00:00Z", "Sistemas", 2, None)
        .state("2026-11-16T22:00:00Z", Resolved);
    // Reopened on the sixth working day after: beyond five, within ten.
    let reopened = Told::new(&world, tenant)
        .opened("2026-11-02T15:00:00Z")
        .held("2026-11-02T15:00:01Z", "Mesa", 1, None)
        .state("2026-11-02T15:10:00Z", Resolved)
        .state("2026-11-10T15:10:00Z", Reopened)
        .state("2026-11-10T16:10:00Z", Resolved);
    let again = ContactRecorded {
        contact: ContactId::new(&*world.ids),
        channel: Channel::Phone,
        direction: "inbound".to_owned(),
        person: None,
        agent: Some(ana),
        offered_at: at("2026-11-16T20:00:00Z"),
        answered_at: None,
        ended_at: None,
        outcome: "answered".to_owned(),
        ticket: Some(called.ticket),
    };
    // The contact is told before its ticket: what belongs together is put together.
    let contact = world.fact(
        tenant,
        &again.contact.to_string(),
        again.offered_at,
        Origin::Live,
        &again,
    );
    world.hear(Lane::Live, &[contact]).await;
    for told in [&good, &called, &escalated, &reopened] {
        world.hear(Lane::Live, &told.facts).await;
    }
    world.kept(tenant, 2 + 5 + 3 + 5 + 5).await;

    let manager = world.caller(Role::QualityManager, &[tenant]);
    let query = r"{ indicators(groupBy: [AGENT]) { cases events fcr { base resolved } flr { resolved } reassignments { total }
        reopened { strictCases } waiting { status state events totalDays } casesByHighestLine { line cases }
        groups { keys { value } figures { cases } } }
        strict: indicators(reopenDays: 10) { fcr { resolved } flr { resolved } } }";
    let found = world.answer(manager.clone(), query).await;
    let of = |person: PersonId| ids::GlobalId::new(tenant, person).to_string();
    close(
        &found,
        &json!({
            "indicators": {
                "cases": 4, "events": 18, "fcr": {"base": 4, "resolved": 2}, "flr": {"resolved": 3}, "reassignments": {"total": 1},
                "reopened": {"strictCases": 1},
                // Four hours, although the holder changed meanwhile.
                "waiting": [{"status": null, "state": "WAITING_FOR_VENDOR", "events": 1, "totalDays": 4.0 / 24.0}],
                "casesByHighestLine": [{"line": 1, "cases": 3}, {"line": 2, "cases": 1}, {"line": 3, "cases": 0}],
                "groups": [{"keys": [{"value": ""}], "figures": {"cases": 2}}, {"keys": [{"value": of(ana)}], "figures": {"cases": 2}}],
            },
            "strict": {"fcr": {"resolved": 1}, "flr": {"resolved": 3}},
        }),
    );

    // A breach is told by its own fact, and what is later than the question's instant has not happened.
    let mut clock = resolution_clock(&world, escalated.ticket, "2026-11-16T17:00:00Z", 4);
    let running = ClockChanged {
        clock: clock.clone(),
    };
    let mut facts = vec![world.fact(
        tenant,
        &clock.clock.to_string(),
        clock.started_at,
        Origin::Live,
        &running,
    )];
    clock.breached_at = clock.due_at;
    let breached = ClockBreached {
        clock: clock.clone(),
        late: false,
        notice_at: None,
    };
    facts.push(world.fact(
        tenant,
        &clock.clock.to_string(),
        clock.due_at.unwrap(),
        Origin::Live,
        &breached,
    ));
    // That people may be told of it moves no figure.
    let notice = ClockNoticeDue {
        clock: clock.clone(),
        threshold: ClockThreshold::Breach,
        percent: 100,
        before_seconds: None,
        reached_at: clock.due_at.unwrap(),
        late: false,
    };
    facts.push(world.fact(
        tenant,
        &clock.clock.to_string(),
        clock.due_at.unwrap(),
        Origin::Live,
        &notice,
    ));
    clock.state = ClockState::Stopped;
    clock.stopped_at = Some(at("2026-11-16T22:00:00Z"));
    let stopped = ClockChanged {
        clock: clock.clone(),
    };
    facts.push(world.fact(
        tenant,
        &clock.clock.to_string(),
        clock.stopped_at.unwrap(),
        Origin::Live,
        &stopped,
    ));
    world.hear(Lane::Live, &facts).await;
    world.kept(tenant, 20 + 4).await;
    let query = r#"{ before: indicators(asOf: "2026-11-16T20:00:00Z") { clocks { breached running } }
        after: indicators(asOf: "2026-11-17T00:00:00Z") { clocks { breached met running } } }"#;
    close(
        &world.answer(manager, query).await,
        &json!({
            "before": {"clocks": [{"breached": 0, "running": 1}]},
            "after": {"clocks": [{"breached": 1, "met": 0, "running": 0}]},
        }),
    );
    world.finish().await;
}
