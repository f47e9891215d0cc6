//! What `make chaos` breaks, by name: so that a name is chosen in one place for those who break imports (`tests/e2e`) and
//! those who break what goes on under load (`tests/chaos`). Each of them has one of these lists as its own.

use std::path::PathBuf;
use std::process::Command;

use anyhow::ensure;
use serde_json::{Value, json};
use testkit::Suite;

/// While a history is imported.
pub const WHILE_IMPORTING: [&str; 13] = [
    "directory-is-killed",
    "intake-is-killed",
    "routing-is-killed",
    "sla-clock-is-killed",
    "knowledge-is-killed",
    "reporting-is-killed",
    "rabbitmq-is-restarted",
    "rabbitmq-crashes",
    "postgres-is-restarted",
    "postgres-crashes",
    "redis-forgets",
    "redis-crashes",
    "the-import-is-killed",
];

/// While tenants work.
pub const UNDER_LOAD: [&str; 28] = [
    "directory-is-killed",
    "intake-is-killed",
    "routing-is-killed",
    "sla-clock-is-killed",
    "knowledge-is-killed",
    "reporting-is-killed",
    "gateway-is-killed",
    "gateway-stands-still",
    "directory-stands-still",
    "intake-stands-still",
    "routing-stands-still",
    "sla-clock-stands-still",
    "knowledge-stands-still",
    "reporting-stands-still",
    "postgres-is-restarted",
    "postgres-crashes",
    "rabbitmq-is-restarted",
    "rabbitmq-crashes",
    "redis-forgets",
    "redis-is-away",
    "poison-arrives",
    "outbox-disk-is-full",
    "broker-is-lost",
    "network-is-slow",
    "intake-clock-is-ahead",
    "routing-clock-is-behind",
    "sla-clock-is-an-hour-ahead",
    "rolling-upgrade",
];

/// Those of `mine` that the environment's `FAULT` names, in the order of `mine`; all of them where it names none.
///
/// # Errors
/// A name that neither list has.
pub fn chosen(mine: &[&'static str]) -> anyhow::Result<Vec<&'static str>> {
    let named = std::env::var("FAULT").unwrap_or_default();
    let wanted: Vec<&str> = named.split_whitespace().collect();
    for name in &wanted {
        ensure!(
            WHILE_IMPORTING.contains(name) || UNDER_LOAD.contains(name),
            "no fault is called {name}; there are {}, and {}",
            WHILE_IMPORTING.join(" "),
            UNDER_LOAD.join(" ")
        );
    }
    let chosen = mine.iter().copied();
    Ok(chosen
        .filter(|name| wanted.is_empty() || wanted.contains(name))
        .collect())
}

/// Whether what cannot be done on this machine counts as a failure, as the environment's `CHAOS_STRICT` says.
pub fn strict() -> bool {
    std::env::var("CHAOS_STRICT").is_ok_and(|said| !said.is_empty() && said != "0")
}

/// Redis forgets everything; how many keys that were.
pub async fn empty_redis(suite: &Suite) -> anyhow::Result<u64> {
    let keys = keys_of_redis(suite).await?;
    let client = redis::Client::open(suite.redis_url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    redis::cmd("FLUSHALL").exec_async(&mut connection).await?;
    Ok(keys)
}

/// How many keys Redis has.
pub async fn keys_of_redis(suite: &Suite) -> anyhow::Result<u64> {
    let client = redis::Client::open(suite.redis_url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let keys = redis::cmd("DBSIZE").query_async(&mut connection).await?;
    Ok(keys)
}

/// Whether Redis answers.
pub async fn redis_answers(suite: &Suite) -> bool {
    let Ok(client) = redis::Client::open(suite.redis_url()) else {
        return false;
    };
    let Ok(mut connection) = client.get_multiplexed_async_connection().await else {
        return false;
    };
    let answer = redis::cmd("PING").exec_async(&mut connection).await;
    answer.is_ok()
}

/// Keeps what a run came to where the environment's `CHAOS_RESULT` says, in the place of what was kept of the same fault
/// before; nothing where it says nothing. `during`: what was broken, `load` or `import`; `head`: of the table that `row` is of.
///
/// # Errors
/// A file that cannot be written, or is none of these.
pub fn keep(during: &str, fault: &str, head: &str, row: &str, run: Value) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("CHAOS_RESULT").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = PathBuf::from(path);
    let mut all: Value = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => json!({}),
    };
    let mut kept = all["runs"].as_array().cloned().unwrap_or_default();
    let mut entry = json!({
        "during": during,
        "fault": fault,
        "commit": commit(),
        "at": said("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"]).unwrap_or_default(),
        "cpu": cpu(),
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
    });
    if let (Value::Object(entry), Value::Object(run)) = (&mut entry, run) {
        entry.extend(run);
    }
    // What `make chaos` prints in the end.
    entry["row"] = json!(row);
    if !head.is_empty() {
        all["head"] = json!(head.lines().collect::<Vec<_>>());
    }
    kept.retain(|one| one["during"] != during || one["fault"] != fault);
    kept.push(entry);
    let lists: [(&str, &[&str]); 2] = [("load", &UNDER_LOAD), ("import", &WHILE_IMPORTING)];
    let place = |one: &Value| {
        let of = lists
            .iter()
            .position(|(during, _)| one["during"] == *during);
        let names = of.and_then(|of| lists.get(of)).map_or(&[][..], |of| of.1);
        (of, names.iter().position(|name| one["fault"] == *name))
    };
    kept.sort_by_key(place);
    all["runs"] = json!(kept);
    // Whole or not at all: a run that is broken off leaves what was there.
    let beside = path.with_extension("json.new");
    std::fs::write(&beside, serde_json::to_string_pretty(&all)? + "\n")?;
    std::fs::rename(&beside, &path)?;
    Ok(())
}

/// Keeps of a fault that it was begun with: what was kept of it before is not taken for what comes now, however it ends.
pub fn begun(during: &str, fault: &str, head: &str) -> anyhow::Result<()> {
    let row = format!("| {fault:<26} | was begun, and came to no end");
    let run = json!({"wrong": ["was begun, and came to no end"]});
    keep(during, fault, head, &row, run)
}

/// The commit that is looked at, with `+` if something was changed since.
pub fn commit() -> String {
    let Some(head) = said("git", &["rev-parse", "--short=12", "HEAD"]) else {
        return String::new();
    };
    // What a run leaves behind is no change of what it ran.
    let changes = [
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        ":(top)",
        ":(top,exclude)docs/bench",
    ];
    match said("git", &changes) {
        Some(changes) if changes.is_empty() => head,
        _ => format!("{head}+"),
    }
}

fn cpu() -> String {
    let all = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = all.lines().find_map(|line| line.strip_prefix("model name"));
    let name = line.and_then(|line| line.split_once(':'));
    name.map_or_else(String::new, |(_, name)| name.trim().to_owned())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}
