//! The README's first steps, copied as a newcomer copies them, on the demo that `make up` shows.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use e2e::Installation;
use serde_json::{Value, json};
use testkit::eventually;

use crate::demo::{begin, count, installed, tell_to_the_end};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The blocks of commands, in order.
fn steps() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, steps) = readme.split_once("## First steps").unwrap();
    let steps = steps.split("\n## ").next().unwrap();
    let blocks = steps.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

/// Runs commands as they stand; what they print, none of which may be an error or a problem.
fn copied(at: &Installation, script: &str) -> String {
    let output = Command::new("bash")
        .arg("-c")
        .arg(format!("set -euo pipefail\n{script}"))
        .current_dir(root())
        .envs(at.env())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(!said.contains("\"errors\""), "{said}");
    assert!(!said.contains("\"message\""), "{said}");
    said
}

/// What the last block shows: the ticket, and every month's figures.
fn shown(said: &str) -> (Value, Vec<Value>) {
    let answers: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [ticket, indicators] = &answers[..] else {
        panic!("two answers: {said}")
    };
    let groups = indicators["data"]["indicators"]["groups"].as_array();
    (ticket["data"]["ticket"].clone(), groups.unwrap().clone())
}

/// Both clocks have a deadline, and were stopped before it.
fn kept(ticket: &Value) -> bool {
    let clocks = ticket["clocks"].as_array().unwrap();
    let mut targets: Vec<&str> = clocks
        .iter()
        .map(|clock| clock["target"].as_str().unwrap())
        .collect();
    targets.sort_unstable();
    let instant = |value: &Value| value.as_str()?.parse::<DateTime<FixedOffset>>().ok();
    targets == ["FIRST_RESPONSE", "RESOLUTION"]
        && clocks.iter().all(|clock| {
            let (due, stopped) = (instant(&clock["dueAt"]), instant(&clock["stoppedAt"]));
            clock["state"] == "STOPPED"
                && clock["breachedAt"].is_null()
                && stopped.is_some()
                && stopped <= due
        })
}

/// Cases whose clock of this target was met.
fn met(figures: &Value, target: &str) -> i64 {
    let clocks = figures["clocks"].as_array().unwrap();
    let of_target = clocks.iter().filter(|clock| clock["target"] == target);
    of_target.map(|clock| clock["met"].as_i64().unwrap()).sum()
}

#[tokio::test]
async fn the_first_steps_work_as_they_stand() {
    let steps = steps();
    let (look, deeds) = steps.split_last().unwrap();
    let at = installed("the readme").await;
    let mut up = begin(&at, "readme").await;
    tell_to_the_end(&at, &mut up).await;

    let mut script = deeds.join("\n");
    writeln!(script, "echo \"ticket $TICKET\"").unwrap();
    let said = copied(&at, &script);
    assert!(said.contains("\"state\":\"RESOLVED\""), "{said}");
    let id = said.lines().find_map(|line| line.strip_prefix("ticket "));
    let id = id.unwrap().to_owned();

    // What was done a moment ago, clocks and figures hear of a moment later.
    let again = format!("{}\nTICKET={id}\n{look}", steps[0]);
    let manager = at.token("andina", "quality_manager").await.unwrap();
    let q = "query($id: ID!) { ticket(id: $id) { openedAt } }";
    let opened = at.data(&manager, None, q, json!({"id": id})).await.unwrap();
    let opened: DateTime<FixedOffset> = opened["ticket"]["openedAt"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    // Lima's, where months of this client are cut.
    let month = opened.with_timezone(&FixedOffset::west_opt(5 * 3600).unwrap());
    let month = month.format("%Y-%m").to_string();
    let all = count(&at.suite, "intake", "andina", "ticket").await;
    eventually(Duration::from_mins(1), || async {
        let said = copied(&at, &again);
        let (ticket, groups) = shown(&said);
        assert_eq!(ticket["state"], "RESOLVED", "{said}");
        let figures = groups.iter().find(|g| g["keys"][0]["value"] == *month);
        let figures = figures.map_or(&Value::Null, |group| &group["figures"]);
        let cases: Option<i64> = groups
            .iter()
            .map(|group| group["figures"]["cases"].as_i64())
            .sum();
        let counted = figures["fcr"]["base"].as_i64() > Some(0)
            && ["FIRST_RESPONSE", "RESOLUTION"]
                .iter()
                .all(|target| met(figures, target) > 0);
        (kept(&ticket) && counted && cases == all)
            .then_some(())
            .ok_or(said)
    })
    .await;
}
