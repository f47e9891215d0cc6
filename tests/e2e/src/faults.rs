//! What `make chaos` breaks, by name: so that a name is chosen in one place for those who break imports (`tests/e2e`) and
//! those who break what goes on under load (`tests/chaos`). Each of them has one of these lists as its own.

use anyhow::ensure;
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
pub const UNDER_LOAD: [&str; 27] = [
    "directory-is-killed",
    "intake-is-killed",
    "routing-is-killed",
    "sla-clock-is-killed",
    "knowledge-is-killed",
    "reporting-is-killed",
    "gateway-is-killed",
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

/// Redis forgets everything.
pub async fn empty_redis(suite: &Suite) -> anyhow::Result<()> {
    let client = redis::Client::open(suite.redis_url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    redis::cmd("FLUSHALL").exec_async(&mut connection).await?;
    Ok(())
}
