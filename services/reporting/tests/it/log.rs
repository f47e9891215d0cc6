//! A real incident log gives the figures that are published of it. Skipped, saying so, where the log is absent; not run
//! by default, as the same log goes through every service in the end-to-end tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use access::Role;
use chrono::{DateTime, Utc};
use events::intake::TicketState;
use events::{Envelope, Lane, Origin};
use ids::TicketId;
use serde_json::Value;

use crate::world::{Told, World, at, resolution_clock};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name)
}

fn state(status: &str, sub_status: &str) -> TicketState {
    match (status, sub_status) {
        ("Accepted", "Wait") => TicketState::WaitingForThirdParty,
        ("Accepted", "Wait - User" | "Wait - Customer") => TicketState::WaitingForRequester,
        ("Accepted", "Wait - Vendor") => TicketState::WaitingForVendor,
        ("Accepted", "Wait - Implementation") => TicketState::WaitingForImplementation,
        ("Accepted", _) => TicketState::InProgress,
        ("Queued", _) => TicketState::Queued,
        ("Completed", "Closed") => TicketState::Closed,
        ("Completed", "Cancelled") => TicketState::Cancelled,
        ("Completed", _) => TicketState::Resolved,
        _ => TicketState::Open,
    }
}

fn line(team: &str) -> i16 {
    if team.contains("3rd") {
        3
    } else if team.contains("2nd") {
        2
    } else {
        1
    }
}

struct Event {
    at: DateTime<Utc>,
    status: String,
    sub_status: String,
    team: String,
}

fn cases() -> Option<Vec<Vec<Event>>> {
    let file = std::fs::File::open(data("logs/bpic2013_incidents.csv.gz")).ok()?;
    let mut csv = csv::Reader::from_reader(flate2::read::GzDecoder::new(file));
    let mut cases: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for record in csv.records() {
        let record = record.unwrap();
        let event = Event {
            at: at(&record[11]),
            status: record[7].to_owned(),
            sub_status: record[10].to_owned(),
            team: record[1].to_owned(),
        };
        cases.entry(record[0].to_owned()).or_default().push(event);
    }
    let mut cases: Vec<Vec<Event>> = cases.into_values().collect();
    for case in &mut cases {
        case.sort_by_key(|e| e.at);
    }
    Some(cases)
}

fn near(found: &Value, wanted: &Value, within: f64) {
    let (f, w) = (found.as_f64().unwrap(), wanted.as_f64().unwrap());
    assert!((f - w).abs() <= within, "{f} instead of {w}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "65,533 events: half a minute"]
async fn the_figures_of_the_incident_log() {
    let Some(cases) = cases() else {
        eprintln!("skipped: the incident log is not there");
        return;
    };
    let world = World::start("log").await;
    let tenant = world.tenant("volvo").await;
    let mut sent = 1;
    let began = Instant::now();
    let mut batch: Vec<Envelope> = Vec::new();
    for case in &cases {
        let mut told = Told::new(&world, tenant);
        for e in case {
            let words = format!("{}/{}", e.status, e.sub_status);
            let holder = format!("{}:{}", e.team, line(&e.team));
            told = told.row(
                &e.at.to_rfc3339(),
                &words,
                state(&e.status, &e.sub_status),
                &holder,
            );
        }
        let clock = the_clock(&world, told.ticket, case);
        sent += told.facts.len() as i64 + 1;
        batch.append(&mut told.facts);
        batch.push(world.fact(
            tenant,
            &clock.clock.clock.to_string(),
            clock.clock.as_of,
            Origin::History,
            &clock,
        ));
        if batch.len() > 3_000 {
            world.hear(Lane::Bulk, &batch).await;
            batch.clear();
        }
    }
    world.hear(Lane::Bulk, &batch).await;
    while world
        .count(
            tenant,
            "SELECT coalesce(sum(sequence), 0)::bigint FROM inbox",
        )
        .await
        < sent
    {
        assert!(began.elapsed().as_secs() < 400);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    eprintln!("{sent} facts in {:?}", began.elapsed());

    let text = std::fs::read_to_string(data("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let e = &expected["bpic2013_incidents"];
    let query = r#"{ indicators(timeZone: "UTC", asOf: "2012-05-22T23:22:25Z") { cases events
        eventsByState { status subStatus count } casesByHighestLine { line cases } casesReachingLine { line cases }
        casesNeverInFirstLine casesFirstEventInFirstLine
        throughput { medianDays meanDays p90Days p95Days p99Days maxDays } overThreshold { cases share }
        reassignments { total mean median max casesWithout } pingPong { cases bounces } reopened { strictCases looseCases }
        waiting { subStatus events cases totalDays medianHours meanHours } casesPerMonth { month cases }
        clocks { target cases breached } fcr { base resolved } flr { base resolved } } }"#;
    let manager = world.caller(Role::ServiceManager, &[tenant]);
    world.answer(manager.clone(), query).await;
    let began = Instant::now();
    let answer = world.answer(manager.clone(), query).await;
    eprintln!("answered in {:?}", began.elapsed());
    let found = &answer["indicators"];
    for name in ["cases", "events"] {
        assert_eq!(found[name], e[name]);
    }
    let mut by_activity = serde_json::Map::new();
    for row in found["eventsByState"].as_array().unwrap() {
        let name = format!(
            "{}/{}",
            row["status"].as_str().unwrap(),
            row["subStatus"].as_str().unwrap()
        );
        by_activity.insert(name, row["count"].clone());
    }
    assert_eq!(&Value::Object(by_activity), &e["activity_events"]);
    let lines = &e["push_to_front"];
    for n in 1..=3 {
        assert_eq!(
            found["casesByHighestLine"][n - 1]["cases"],
            lines["cases_max_line"][n.to_string()]
        );
    }
    assert_eq!(
        found["casesReachingLine"][1]["cases"],
        lines["cases_reaching_2nd_line"]
    );
    assert_eq!(
        found["casesReachingLine"][2]["cases"],
        lines["cases_reaching_3rd_line"]
    );
    assert_eq!(
        found["casesNeverInFirstLine"],
        lines["cases_never_in_1st_line"]
    );
    assert_eq!(
        found["casesFirstEventInFirstLine"],
        lines["cases_first_event_in_1st_line"]
    );
    for name in ["median", "mean", "p90", "p95", "p99", "max"] {
        near(
            &found["throughput"][format!("{name}Days")],
            &e["throughput_days"][name],
            0.000_051,
        );
    }
    assert_eq!(
        found["overThreshold"]["cases"],
        e["breach_over_240h"]["cases"]
    );
    let handover = &e["handover"];
    assert_eq!(found["reassignments"]["total"], handover["total"]);
    near(
        &found["reassignments"]["mean"],
        &handover["mean"],
        0.000_051,
    );
    near(&found["reassignments"]["median"], &handover["median"], 0.0);
    assert_eq!(found["reassignments"]["max"], handover["max"]);
    assert_eq!(
        found["reassignments"]["casesWithout"],
        handover["cases_zero"]
    );
    assert_eq!(found["pingPong"]["cases"], e["ping_pong"]["cases"]);
    assert_eq!(found["pingPong"]["bounces"], e["ping_pong"]["bounces"]);
    assert_eq!(
        found["reopened"]["strictCases"],
        e["reopen"]["strict_cases"]
    );
    assert_eq!(found["reopened"]["looseCases"], e["reopen"]["loose_cases"]);
    let waiting = found["waiting"].as_array().unwrap();
    assert_eq!(waiting.len(), 5);
    for row in waiting {
        let wanted = &e["wait"][row["subStatus"].as_str().unwrap()];
        assert_eq!(
            (&row["events"], &row["cases"]),
            (&wanted["events"], &wanted["cases"])
        );
        near(&row["totalDays"], &wanted["total_days"], 0.000_051);
        near(&row["medianHours"], &wanted["median_hours"], 0.000_051);
        near(&row["meanHours"], &wanted["mean_hours"], 0.000_051);
    }
    let months: serde_json::Map<String, Value> = found["casesPerMonth"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["month"].as_str().unwrap().to_owned(), m["cases"].clone()))
        .collect();
    assert_eq!(&Value::Object(months), &e["cases_opened_per_month"]);
    // tests/e2e/independent/resolution_240h.py, another language and other code, comes to the same.
    assert_eq!(found["clocks"][0]["cases"], 7554);
    assert_eq!(found["clocks"][0]["breached"], 1519);
    eprintln!("FCR {} FLR {}", found["fcr"], found["flr"]);

    let began = Instant::now();
    let rebuilt = reporting::rebuild(&world.db, tenant)
        .await
        .unwrap()
        .unwrap();
    eprintln!("{rebuilt:?} in {:?}", began.elapsed());
    assert_eq!(world.answer(manager, query).await, answer);
    world.finish().await;
}

/// The resolution clock of 240 h as sla-clock tells it of a closed history.
fn the_clock(world: &World, ticket: TicketId, case: &[Event]) -> events::sla_clock::ClockChanged {
    let mut clock = resolution_clock(world, ticket, &case[0].at.to_rfc3339(), 240);
    let stretch = case
        .iter()
        .rev()
        .take_while(|e| e.status == "Completed")
        .last();
    if let Some(stop) = stretch {
        clock.state = events::sla_clock::ClockState::Stopped;
        clock.stopped_at = Some(stop.at);
        clock.breached_at = clock.due_at.filter(|due| stop.at > *due);
    }
    events::sla_clock::ClockChanged { clock }
}
