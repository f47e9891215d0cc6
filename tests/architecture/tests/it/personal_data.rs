//! What tables hold of people is registered, so that a breach finds whom it concerns. `ventanilla affected` compares the
//! registers with the live tables; this reads the migrations, and so tells earlier.

use std::collections::BTreeSet;

use architecture::{Findings, tree};
use toml::Value;

/// Words with which an entry of CREATE TABLE begins that is no column.
const NO_COLUMN: [&str; 7] = [
    "PRIMARY",
    "UNIQUE",
    "CHECK",
    "FOREIGN",
    "CONSTRAINT",
    "LIKE",
    "EXCLUDE",
];

type Columns = BTreeSet<(String, String)>;

fn without_comments(sql: &str) -> String {
    let lines = sql.lines().map(|line| line.split("--").next());
    lines
        .map(Option::unwrap_or_default)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The text up to the parenthesis that closes the one before it, cut at the commas between.
fn entries(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut nested = 0;
    for c in text.chars() {
        match c {
            '(' => nested += 1,
            ')' if nested == 0 => break,
            ')' => nested -= 1,
            ',' if nested == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = all.last_mut() {
            last.push(c);
        }
    }
    all
}

fn first_word(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.trim_matches('"').to_owned()
}

/// Columns that a migration makes, as (table, column).
fn made(sql: &str) -> Columns {
    let sql = without_comments(sql);
    let mut found = Columns::new();
    for part in sql.split("CREATE TABLE ").skip(1) {
        let part = part.trim_start_matches("IF NOT EXISTS ");
        let Some((name, rest)) = part.split_once('(') else {
            continue;
        };
        let name = name.trim().rsplit('.').next().unwrap_or_default();
        for entry in entries(rest) {
            let column = first_word(&entry);
            if !column.is_empty() && !NO_COLUMN.contains(&column.as_str()) {
                found.insert((name.to_owned(), column));
            }
        }
    }
    for part in sql.split("ALTER TABLE ").skip(1) {
        let statement = part.split(';').next().unwrap_or_default();
        let name = first_word(statement);
        for added in statement.split("ADD COLUMN ").skip(1) {
            let added = added.trim_start_matches("IF NOT EXISTS ");
            found.insert((name.clone(), first_word(added)));
        }
    }
    found
}

fn words(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

/// Columns that a register lists, whatever the scope.
fn listed(file: &str) -> Columns {
    let register: toml::Table = tree::text(file).unwrap().parse().unwrap();
    let mut found = Columns::new();
    for scope in register.values().filter_map(Value::as_table) {
        for (name, table) in scope {
            let table = match table.get("like").and_then(Value::as_str) {
                Some(other) => &scope[other],
                None => table,
            };
            let personal = table.get("personal").and_then(Value::as_table);
            let personal = personal.into_iter().flat_map(|p| p.keys().cloned());
            let persons = words(table.get("persons"));
            let persons = persons.iter().map(|p| p.split(": ").next());
            let persons = persons.map(|p| p.unwrap_or_default().to_owned());
            let columns = words(table.get("other")).into_iter().chain(persons);
            for column in columns.chain(personal) {
                found.insert((name.clone(), column));
            }
        }
    }
    found
}

#[test]
fn every_column_is_registered() {
    let mut findings = Findings::of(
        "Every column of a migration stands in personal-data.toml of its service, as personal or as `other`.",
        "after a breach the people whom it concerns are found by these registers, within hours; nobody reads migrations then",
    );
    let mut places: Vec<(String, String)> = tree::services()
        .unwrap()
        .into_iter()
        .map(|service| {
            let folder = format!("services/{service}");
            (format!("{folder}/migrations"), folder)
        })
        .collect();
    places.push((
        "libs/tenancy/src/base".to_owned(),
        "libs/tenancy".to_owned(),
    ));
    let mut seen = 0;
    for (migrations, folder) in places {
        let register = format!("{folder}/personal-data.toml");
        let listed = listed(&register);
        for file in tree::files_in(&migrations, "sql").unwrap() {
            for (table, column) in made(&tree::text(&file).unwrap()) {
                seen += 1;
                if !listed.contains(&(table.clone(), column.clone())) {
                    findings.add(&file, format!("{table}.{column} is not in {register}"));
                }
            }
        }
    }
    assert!(seen > 300, "only {seen} columns were found");
    findings.none();
}

#[test]
fn columns_are_read_from_migrations() {
    let sql = "CREATE TABLE note (\n id uuid PRIMARY KEY, -- no, column\n body text NOT NULL CHECK (length(body) > 0, true),\n \
               \"time\" timestamptz,\n PRIMARY KEY (id, body)\n) WITH (fillfactor = 50);\n\
               CREATE TABLE note_next (LIKE note INCLUDING ALL);\nALTER TABLE note ADD COLUMN phone text, ADD COLUMN vip boolean;";
    let column = |name: &str| ("note".to_owned(), name.to_owned());
    let wanted = ["id", "body", "time", "phone", "vip"].map(column);
    assert_eq!(made(sql), Columns::from(wanted));
}
