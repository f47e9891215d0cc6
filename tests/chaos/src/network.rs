//! A slow network: by the kernel (tc netem) where a network namespace of one's own is to be had, else by proxies.
//!
//! Everything talks over loopback, and this machine's loopback is not ours to slow down. So the test runs itself once more
//! in a new network namespace, with servers, services and all, and slows that one's loopback down.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::time::timeout;

/// Set for the test that runs in a namespace of its own.
pub const WITHIN: &str = "CHAOS_NETEM";
/// Every packet, or every byte through a proxy, comes this much later in each direction.
pub const DELAY: Duration = Duration::from_millis(15);

/// Whether this process runs in a namespace of its own.
pub fn within() -> bool {
    std::env::var_os(WITHIN).is_some()
}

/// Runs a command of a few words.
fn command(words: &[&str]) -> Result<(), String> {
    let [program, arguments @ ..] = words else {
        return Err("no command".to_owned());
    };
    match Command::new(program).args(arguments).output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => {
            let said = String::from_utf8_lossy(&done.stderr);
            let said: Vec<&str> = said.split_whitespace().collect();
            Err(format!("{}: {}", words.join(" "), said.join(" ")))
        }
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// Whether a namespace of one's own can be had and slowed down; if not, why.
pub fn netem() -> Result<(), String> {
    let probe = "ip link set lo up && tc qdisc add dev lo root netem delay 1ms";
    command(&["unshare", "--net", "--", "sh", "-c", probe])
}

/// Whether no setting of this machine and no right could change that: its kernel has no netem.
pub fn kernel_has_no_netem(reason: &str) -> bool {
    // Compiled in or a module, it is there; where the kernel tells of its making, that is heard too.
    let made = Command::new("zcat").arg("/proc/config.gz").output();
    let without = made.is_ok_and(|made| {
        let made = String::from_utf8_lossy(&made.stdout).into_owned();
        made.contains("CONFIG_NET_SCHED=y") && !made.contains("CONFIG_NET_SCH_NETEM=")
    });
    without || reason.contains("Specified qdisc kind is unknown")
}

/// Slows the loopback of the namespace down.
pub fn slow_down() -> anyhow::Result<()> {
    ensure!(within(), "this loopback is everybody's");
    let delay = format!("{}ms", DELAY.as_millis());
    let words = [
        "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", &delay, "5ms",
    ];
    command(&words).map_err(anyhow::Error::msg)
}

/// And up again.
pub fn speed_up() -> anyhow::Result<()> {
    command(&["tc", "qdisc", "del", "dev", "lo", "root"]).map_err(anyhow::Error::msg)
}

/// Runs one test of this binary in a network namespace of its own, with `FAULT` as given; its output is ours.
pub async fn in_a_network_of_its_own(
    test: &str,
    fault: &str,
    limit: Duration,
) -> anyhow::Result<()> {
    let program = std::env::current_exe()?;
    let alone = r#"ip link set lo up && exec "$@""#;
    let mut child = tokio::process::Command::new("unshare")
        .args(["--net", "--", "sh", "-c", alone, "sh"])
        .arg(program)
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(WITHIN, "1")
        .env("FAULT", fault)
        .kill_on_drop(true)
        .spawn()?;
    let ended = timeout(limit, child.wait())
        .await
        .with_context(|| format!("{test} did not end in {limit:?}"))??;
    ensure!(ended.success(), "in a network of its own: {ended}");
    Ok(())
}
