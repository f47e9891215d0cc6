//! Every service has the same rooms, so that a newcomer guesses where anything is.

use std::{collections::BTreeSet, fs, path::Path};

use architecture::{Findings, rust::Source, tree};

#[test]
fn every_service_has_its_rooms() {
    let mut findings = Findings::of(
        "A service has README.md, personal-data.toml, migrations/, tests/it/main.rs, src/{lib,app,config,error}.rs and the rooms actions, store, graph.",
        "whoever knows one service knows where to look in the others",
    );
    for service in tree::services().unwrap() {
        let wanted = [
            "README.md",
            "personal-data.toml",
            "migrations",
            "tests/it/main.rs",
            "src/lib.rs",
            "src/app.rs",
            "src/config.rs",
            "src/error.rs",
            "src/actions",
            "src/store",
            "src/graph",
        ];
        for room in wanted {
            if !tree::root()
                .join(format!("services/{service}/{room}"))
                .exists()
            {
                findings.add(format!("services/{service}"), format!("{room} is missing"));
            }
        }
    }
    findings.none();
}

#[test]
fn the_style_page_shows_what_there_is() {
    let mut findings = Findings::of(
        "Folders at the top and rooms of a service that docs/STYLE.md shows are there.",
        "a newcomer who looks for one that is not there believes nothing else of the page",
    );
    let page = tree::text("docs/STYLE.md").unwrap();
    let (_, house) = page.split_once("\n## The house\n").unwrap();
    let (top, rooms) = house.split_once("```\n").unwrap();
    let (rooms, _) = rooms.split_once("\n```").unwrap();
    let there = |path: &str| tree::root().join(path).exists();
    let quoted = top.split('`').skip(1).step_by(2);
    for path in quoted.flat_map(str::split_whitespace) {
        if !there(path) {
            findings.add("docs/STYLE.md", path);
        }
    }
    let services = tree::services().unwrap();
    // The first line is the service's own folder; a second room in a line begins like the first.
    for line in rooms.lines().skip(1) {
        let mut words = line.split_whitespace();
        let first = words.next();
        for room in first
            .into_iter()
            .chain(words.filter(|w| w.starts_with("src/")))
        {
            if !services
                .iter()
                .any(|s| there(&format!("services/{s}/{room}")))
            {
                findings.add("docs/STYLE.md", room);
            }
        }
    }
    findings.none();
}

#[test]
fn there_are_no_other_rooms() {
    let mut findings = Findings::of(
        "Below src/ stand the rooms of the house and nothing else.",
        "a room of its own in one service is the first step to a service that nobody else understands",
    );
    // `http` holds doors that are not GraphQL: logins, uploads, webhooks. `outside` is the other way round: what is asked of
    // others over the network, with the guard that goes before it.
    let rooms = [
        "domain", "actions", "store", "graph", "http", "events", "jobs", "outside",
    ];
    // Sign-in is directory's own trade: hashing runs off the executor (no domain), and keeps no rows (no store).
    let own_room = ("directory", "credentials");
    // No main.rs: there is one binary (docs/decisions/2026-11-23-one-binary.md).
    let files = ["lib.rs", "app.rs", "config.rs", "error.rs"];
    for service in tree::services().unwrap() {
        let source = format!("services/{service}/src/");
        let entries: BTreeSet<String> = tree::files_in(source.trim_end_matches('/'), "rs")
            .unwrap()
            .iter()
            .filter_map(|file| {
                file.strip_prefix(&source)?
                    .split('/')
                    .next()
                    .map(str::to_owned)
            })
            .collect();
        for entry in entries {
            let room = entry.trim_end_matches(".rs");
            let own = entry == own_room.1 && service == own_room.0;
            if !rooms.contains(&room) && !files.contains(&entry.as_str()) && !own {
                findings.add(format!("{source}{entry}"), "no room of the house");
            }
        }
    }
    findings.none();
}

#[test]
fn no_room_is_empty() {
    let mut findings = Findings::of(
        "A room that would be empty does not exist.",
        "an empty folder or file promises something that nobody wrote",
    );
    for service in tree::services().unwrap() {
        empty_folders(
            &tree::root().join(format!("services/{service}")),
            &mut findings,
        );
        for file in tree::files_in(&format!("services/{service}"), "rs").unwrap() {
            let tokens = Source::read(&file).unwrap().tokens;
            if tokens.is_empty() {
                findings.add(&file, "holds no code");
            }
        }
    }
    findings.none();
}

/// Whether there is no file below; adds the topmost empty ones.
fn empty_folders(folder: &Path, findings: &mut Findings) -> bool {
    let mut empty = true;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if empty_folders(&path, findings) {
                findings.add(
                    path.strip_prefix(tree::root()).unwrap().display(),
                    "an empty folder",
                );
            } else {
                empty = false;
            }
        } else {
            empty = false;
        }
    }
    empty
}

#[test]
fn whoever_remembers_answers_forgets_them() {
    let mut findings = Findings::of(
        "A service that depends on libs/idempotency has its `idempotency::job` in src/jobs.",
        "what is remembered for 48 h and never deleted is remembered for ever",
    );
    for service in tree::services().unwrap() {
        let folder = format!("services/{service}");
        let remembers = tree::dependencies(&tree::manifest(&folder).unwrap())
            .iter()
            .any(|dependency| dependency.name == "idempotency");
        let forgets = tree::files_in(&format!("{folder}/src/jobs"), "rs")
            .unwrap()
            .iter()
            .any(|file| {
                let source = Source::read(file).unwrap();
                !source.lines_with(&["idempotency", "::", "job"]).is_empty()
            });
        if remembers && !forgets {
            findings.add(format!("{folder}/src/jobs"), "no idempotency::job");
        }
    }
    findings.none();
}

#[test]
fn the_front_door_lists_rooms() {
    let mut findings = Findings::of(
        "services/*/src/lib.rs lists the rooms and holds no logic.",
        "things are built and joined in app.rs, and nowhere else",
    );
    for service in tree::services().unwrap() {
        let source = Source::read(&format!("services/{service}/src/lib.rs")).unwrap();
        for word in ["fn", "impl", "struct", "enum", "static"] {
            for line in source.lines_with(&[word]) {
                findings.add(format!("{}:{line}", source.file), word);
            }
        }
    }
    findings.none();
}

#[test]
fn a_crate_has_one_test_binary() {
    let mut findings = Findings::of(
        "Integration tests are one binary per crate: tests/it/main.rs and a file per behaviour.",
        "each binary is linked by itself; forty of them take longer to link than to run",
    );
    for folder in tree::members().unwrap() {
        let tests = format!("{folder}/tests");
        for file in tree::files_in(&tests, "rs").unwrap() {
            if !file.starts_with(&format!("{tests}/it/")) {
                findings.add(&file, "beside tests/it/");
            }
        }
    }
    findings.none();
}
