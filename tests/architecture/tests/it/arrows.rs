//! Who may call whom inside a service.

use architecture::{Findings, rust::Source, tree};

/// All sources of one room in all services.
fn room(name: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    for service in tree::services().unwrap() {
        for folder in [
            format!("services/{service}/src/{name}"),
            format!("services/{service}/src"),
        ] {
            for file in tree::files_in(&folder, "rs").unwrap() {
                // src/events.rs would be a room in one file
                let in_room = file.starts_with(&format!("services/{service}/src/{name}/"))
                    || file == format!("services/{service}/src/{name}.rs");
                if in_room && !sources.iter().any(|source: &Source| source.file == file) {
                    sources.push(Source::read(&file).unwrap());
                }
            }
        }
    }
    sources
}

fn forbid(findings: &mut Findings, from: &str, rooms: &[&str], except: &[&str]) {
    for source in room(from) {
        for (line, named) in source.rooms_named() {
            let first = named.split("::").next().unwrap_or_default();
            if rooms.contains(&first) && !except.contains(&named.as_str()) {
                findings.add(
                    format!("{}:{line}", source.file),
                    format!("names crate::{named}"),
                );
            }
        }
    }
}

#[test]
fn the_domain_calls_nothing() {
    let mut findings = Findings::of(
        "src/domain holds pure rules: no await, no database, no broker, no clock of its own, no other room.",
        "a rule that can be tested with values alone is tested, and is the same live, imported and recomputed",
    );
    forbid(
        &mut findings,
        "domain",
        &[
            "actions", "store", "graph", "http", "events", "jobs", "app", "config",
        ],
        &[],
    );
    for source in room("domain") {
        let words = [
            "async",
            "await",
            "sea_orm",
            "sqlx",
            "tokio",
            "redis",
            "lapin",
            "tenancy",
            "messaging",
            "async_graphql",
            "actix_web",
            "SharedClock",
        ];
        for word in words {
            for line in source.lines_with(&[word]) {
                findings.add(format!("{}:{line}", source.file), word);
            }
        }
    }
    findings.none();
}

#[test]
fn actions_call_domain_and_store() {
    let mut findings = Findings::of(
        "src/actions calls domain and store (and events::publish, to announce); nothing that calls it.",
        "a use case must read the same, whether a person, a fact or a timer asks for it",
    );
    forbid(
        &mut findings,
        "actions",
        &["graph", "http", "events", "jobs", "app"],
        &["events::publish"],
    );
    findings.none();
}

#[test]
fn the_store_knows_rows_and_the_domain() {
    let mut findings = Findings::of(
        "src/store calls domain alone.",
        "rows never leave it, and no decision hides beside a statement",
    );
    forbid(
        &mut findings,
        "store",
        &["actions", "graph", "http", "events", "jobs", "app"],
        &[],
    );
    findings.none();
}

#[test]
fn whoever_asks_goes_through_an_action() {
    let mut findings = Findings::of(
        "src/graph, src/http, src/events and src/jobs call actions; none of them touches the store or SQL.",
        "an action begins with `may I`: a way around it is a way around the permissions",
    );
    for from in ["graph", "http", "events", "jobs"] {
        forbid(&mut findings, from, &["store"], &[]);
        for source in room(from) {
            for word in ["sqlx", "sea_orm"] {
                for line in source.lines_with(&[word]) {
                    findings.add(format!("{}:{line}", source.file), word);
                }
            }
        }
    }
    findings.none();
}
