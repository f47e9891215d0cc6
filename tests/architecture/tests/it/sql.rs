//! SQL that survives migrations of one tenant after the other.

use architecture::{Findings, rust::Source, tree};

/// Every piece of SQL: (place, text in lower case, single blanks, without comments).
fn statements() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["services", "libs", "cli"] {
        for file in tree::files_in(folder, "sql").unwrap() {
            let text = tree::text(&file).unwrap();
            let code: Vec<&str> = text
                .lines()
                .map(|line| line.split("--").next().unwrap_or_default())
                .collect();
            found.push((file, squeeze(&code.join(" "))));
        }
        // A test may do what breaks, to show that it does.
        let sources = tree::files_in(folder, "rs")
            .unwrap()
            .into_iter()
            .filter(|file| !file.contains("/tests/"));
        for file in sources {
            let source = Source::read(&file).unwrap();
            for (line, text) in source.strings() {
                found.push((format!("{file}:{line}"), squeeze(text)));
            }
        }
    }
    found
}

fn squeeze(text: &str) -> String {
    // In a string literal that is not raw, a line may end in a backslash or in \n.
    let text = text.replace("\\\n", " ").replace("\\n", " ");
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

#[test]
fn columns_are_named() {
    let mut findings = Findings::of(
        "No `SELECT *` and no `RETURNING *`, but over unnest and the like, whose columns the statement itself gives.",
        "while tenants are migrated one by one, `*` means another thing in each schema, and a prepared statement breaks",
    );
    for (place, text) in statements() {
        for (at, _) in text.match_indices("select *") {
            let after = text[at + "select *".len()..].trim_start();
            let given = [
                "from unnest(",
                "from json_",
                "from jsonb_",
                "from generate_series(",
            ];
            if !given.iter().any(|source| after.starts_with(source)) {
                findings.add(
                    &place,
                    format!("select * {}", after.chars().take(40).collect::<String>()),
                );
            }
        }
        if text.contains("returning *") {
            findings.add(&place, "returning *");
        }
    }
    findings.none();
}

#[test]
fn tenants_have_tables_and_indexes_only() {
    let mut findings = Findings::of(
        "No CREATE TYPE, no CREATE DOMAIN, no sequence, no extension in a tenant's or provider's schema: an enum is text with a CHECK.",
        "a type has another OID in each schema, so a statement prepared for one tenant fails for the next",
    );
    for (place, text) in statements() {
        if !place.contains("/migrations/") {
            continue;
        }
        for word in [
            "create type",
            "create domain",
            "create sequence",
            "create extension",
            " serial",
            "bigserial",
        ] {
            if text.contains(word) {
                findings.add(&place, word);
            }
        }
    }
    findings.none();
}

#[test]
fn answers_are_remembered_in_one_place() {
    let mut findings = Findings::of(
        "The table `idempotency` is read and written by libs/idempotency, and by intake's one-statement actions.",
        "a second store of keys has rules of its own, and forgets to forget",
    );
    let places = [
        "libs/idempotency/",
        "libs/tenancy/src/base/schema.sql",
        "services/intake/src/store/known.rs",
        "services/intake/src/store/opening.rs",
        "services/intake/src/store/saving.rs",
    ];
    for (place, text) in statements() {
        let names = ["from", "join", "into", "update", "table"]
            .iter()
            .any(|word| text.contains(&format!("{word} idempotency")));
        if names && !places.iter().any(|allowed| place.starts_with(allowed)) {
            findings.add(&place, "names the table");
        }
    }
    findings.none();
}

#[test]
fn who_writes_facts_wakes_the_relay() {
    let mut findings = Findings::of(
        "A file that writes outbox rows by a statement of its own calls `wake_after` (or `after_commit`) for them.",
        "what wakes nobody waits for the sweep: 100 ms for every step that a ticket takes",
    );
    let mut seen = 0;
    for service in tree::services().unwrap() {
        for file in tree::files_in(&format!("services/{service}/src"), "rs").unwrap() {
            let text = tree::text(&file).unwrap();
            if !text.contains("outbox.rows(") {
                continue;
            }
            seen += 1;
            if !text.contains("wake_after(") && !text.contains("after_commit(") {
                findings.add(&file, "wakes nobody");
            }
        }
    }
    assert!(seen >= 5, "only {seen} such files were found");
    findings.none();
}

#[test]
fn migrations_are_run() {
    let mut findings = Findings::of(
        "Every file in a service's migrations/ stands in its SCHEMA, under its own name.",
        "one that does not is never run, and nobody is told",
    );
    let mut seen = 0;
    for service in tree::services().unwrap() {
        let code: Vec<String> = tree::files_in(&format!("services/{service}/src"), "rs")
            .unwrap()
            .iter()
            .map(|file| tree::text(file).unwrap())
            .collect();
        for file in tree::files_in(&format!("services/{service}/migrations"), "sql").unwrap() {
            seen += 1;
            let (_, place) = file.rsplit_once("/migrations/").unwrap();
            let stem = place.rsplit('/').next().unwrap_or_default();
            let stem = stem.trim_end_matches(".sql");
            let included = format!("/migrations/{place}\")");
            let named = format!("name: \"{stem}\"");
            let run = |code: &String| {
                code.contains(&included) && (stem == "squashed" || code.contains(&named))
            };
            if !code.iter().any(run) {
                findings.add(&file, "is never run");
            }
        }
    }
    assert!(seen > 20, "only {seen} migrations were found");
    findings.none();
}

#[test]
fn migrations_are_dated() {
    let mut findings = Findings::of(
        "A migration is called <year>-<month>-<day>-<number>-<words>.sql.",
        "they run in the order of their names, in every tenant",
    );
    for service in tree::services().unwrap() {
        for file in tree::files_in(&format!("services/{service}/migrations"), "sql").unwrap() {
            let name = file.rsplit('/').next().unwrap_or_default();
            let shape: String = name
                .chars()
                .take(15)
                .map(|c| if c.is_ascii_digit() { '9' } else { c })
                .collect();
            if shape != "9999-99-99-999-" && name != "squashed.sql" {
                findings.add(&file, "not dated");
            }
        }
    }
    findings.none();
}
