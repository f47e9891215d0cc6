//! Figures of groups: of each group and priority and kind, beside a count of the cases by themselves.

use std::collections::BTreeMap;

use access::Role;
use chrono::TimeDelta;
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::{ClockChanged, ClockState};
use events::{Lane, Origin};
use serde_json::{Value, json};

use crate::world::{Told, World, at, resolution_clock};

/// What a case is, and what will be asked of it.
#[derive(Debug, Clone)]
struct Case {
    kind: TicketKind,
    priority: Priority,
    /// The groups that held it, with their lines.
    route: &'static [(&'static str, i16)],
    minutes: i64,
    reopened: bool,
}

/// Twenty-four of them, in a mixture that no two dimensions share.
fn cases() -> Vec<Case> {
    const KINDS: [TicketKind; 3] = [
        TicketKind::Incident,
        TicketKind::ServiceRequest,
        TicketKind::Change,
    ];
    const PRIORITIES: [Priority; 4] = [
        Priority::Low,
        Priority::Medium,
        Priority::High,
        Priority::Critical,
    ];
    const ROUTES: [&[(&str, i16)]; 5] = [
        &[("Mesa", 1)],
        &[("Mesa", 1), ("Sistemas", 2)],
        &[("Sistemas", 2)],
        &[("Mesa", 1), ("Sistemas", 2), ("Fábrica", 3)],
        &[("Mesa", 1), ("Fábrica", 3), ("Sistemas", 2)],
    ];
    let case = |n: usize| Case {
        kind: KINDS[n % 3],
        priority: PRIORITIES[n / 3 % 4],
        route: ROUTES[n % 5],
        minutes: 30 + 37 * n as i64,
        reopened: n.is_multiple_of(7),
    };
    (0..24).map(case).collect()
}

/// A word as the graph shows it.
fn word(of: impl serde::Serialize) -> String {
    let word = serde_json::to_value(of).unwrap();
    word.as_str().unwrap().to_owned()
}

/// So long is allowed, and so much is asked for.
const HOURS: i64 = 4;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Sums {
    cases: i64,
    events: i64,
    late: i64,
    breached: i64,
    met: i64,
    reassignments: i64,
    reopened: i64,
    /// By the highest line: 1, 2, 3.
    highest: [i64; 3],
}

impl Sums {
    fn add(&mut self, case: &Case) {
        let late = case.minutes > HOURS * 60;
        let holders = case.route.len() as i64;
        self.cases += 1;
        // Opened, each holder, taken up, resolved; and reopened and resolved again.
        self.events += 3 + holders + if case.reopened { 2 } else { 0 };
        self.late += i64::from(late);
        self.breached += i64::from(late);
        self.met += i64::from(!late);
        self.reassignments += holders - 1;
        self.reopened += i64::from(case.reopened);
        let highest = case.route.iter().map(|(_, line)| *line).max().unwrap();
        self.highest[usize::try_from(highest).unwrap() - 1] += 1;
    }

    fn read(figures: &Value) -> Self {
        let number = |value: &Value| value.as_i64().unwrap();
        let clocks = &figures["clocks"][0];
        let line = |n: usize| number(&figures["casesByHighestLine"][n]["cases"]);
        Self {
            cases: number(&figures["cases"]),
            events: number(&figures["events"]),
            late: number(&figures["overThreshold"]["cases"]),
            breached: number(&clocks["breached"]),
            met: number(&clocks["met"]),
            reassignments: number(&figures["reassignments"]["total"]),
            reopened: number(&figures["reopened"]["strictCases"]),
            highest: [line(0), line(1), line(2)],
        }
    }
}

/// The cases are told of, each with a clock that stops when it is resolved; how many facts that took.
async fn tell(world: &World, tenant: ids::TenantId, cases: &[Case]) -> i64 {
    let begin = at("2026-11-02T08:00:00Z");
    let mut told = 0;
    for (n, case) in (0..).zip(cases) {
        let opened = begin + TimeDelta::hours(n);
        let end = opened + TimeDelta::minutes(case.minutes);
        let text = |time: chrono::DateTime<chrono::Utc>| time.to_rfc3339();
        let mut ticket = Told::new(world, tenant);
        ticket.snapshot.kind = case.kind;
        // One of them was less urgent at first: it counts as what it is now.
        ticket.snapshot.priority = if n == 5 { Priority::Low } else { case.priority };
        ticket = ticket.opened(&text(opened));
        for (second, (group, line)) in (1..).zip(case.route) {
            let since = opened + TimeDelta::seconds(second);
            ticket = ticket.held(&text(since), group, *line, None);
        }
        let taken = opened + TimeDelta::seconds(10);
        ticket = ticket.state(&text(taken), TicketState::InProgress);
        ticket.snapshot.priority = case.priority;
        if case.reopened {
            let (first, again) = (end - TimeDelta::minutes(20), end - TimeDelta::minutes(10));
            ticket = ticket
                .state(&text(first), TicketState::Resolved)
                .state(&text(again), TicketState::Reopened);
        }
        ticket = ticket.state(&text(end), TicketState::Resolved);
        let mut clock = resolution_clock(world, ticket.ticket, &text(opened), HOURS);
        clock.state = ClockState::Stopped;
        clock.stopped_at = Some(end);
        clock.breached_at = clock.due_at.filter(|due| *due < end);
        let subject = clock.clock.to_string();
        let stopped = ClockChanged { clock };
        let mut facts = ticket.facts;
        facts.push(world.fact(tenant, &subject, end, Origin::Live, &stopped));
        told += facts.len() as i64;
        world.hear(Lane::Live, &facts).await;
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_priorities_and_kinds_add_up_to_what_their_cases_are() {
    let world = World::start("grouping").await;
    let tenant = world.tenant("grupos").await;
    let cases = cases();
    let told = tell(&world, tenant, &cases).await;
    world.kept(tenant, 1 + told).await;

    let manager = world.caller(Role::QualityManager, &[tenant]);
    let asked = "cases events overThreshold(hours: 4) { cases } clocks { breached met } reassignments { total } \
                 reopened { strictCases } casesByHighestLine { line cases }";
    let key = |case: &Case, dimension: &str| match dimension {
        // Who held it last.
        "GROUP" => case.route.last().unwrap().0.to_owned(),
        "PRIORITY" => word(case.priority),
        _ => word(case.kind),
    };
    for dimensions in [
        &["GROUP"][..],
        &["PRIORITY"],
        &["KIND"],
        &["KIND", "GROUP"],
        &["PRIORITY", "KIND", "GROUP"],
    ] {
        let mut wanted: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
        let mut all = Sums::default();
        for case in &cases {
            let keys = dimensions.iter().map(|one| key(case, one)).collect();
            wanted.entry(keys).or_default().add(case);
            all.add(case);
        }
        let query = format!(
            "{{ indicators(asOf: \"2026-11-20T00:00:00Z\", groupBy: [{}]) {{ {asked} \
             groups {{ keys {{ dimension value }} figures {{ {asked} }} }} }} }}",
            dimensions.join(", ")
        );
        let found = &world.answer(manager.clone(), &query).await["indicators"];
        assert_eq!(Sums::read(found), all, "{dimensions:?}");
        let mut groups = BTreeMap::new();
        for group in found["groups"].as_array().unwrap() {
            let keys = group["keys"].as_array().unwrap();
            let named: Vec<&Value> = keys.iter().map(|key| &key["dimension"]).collect();
            assert_eq!(json!(named), json!(dimensions));
            let values: Vec<String> = keys
                .iter()
                .map(|key| key["value"].as_str().unwrap().to_owned())
                .collect();
            let twice = groups.insert(values, Sums::read(&group["figures"]));
            assert_eq!(twice, None, "a group came twice: {group}");
        }
        assert_eq!(groups, wanted, "{dimensions:?}");
    }
    world.finish().await;
}
