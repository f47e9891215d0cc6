//! `make bench`: what the product promises, as figures that anyone can get again. Ratios against pgbench on the same
//! servers in the same run, because machines are noisy.

mod clocks;
mod load;
mod log;
mod pgbench;
mod scenarios;

use e2e::{Installation, Mode};
use testkit::Suite;

/// Settings of one machine: two live partitions and one bulk one, as `ventanilla up` has them.
const SETTINGS: [(&str, &str); 2] = [
    ("VENTANILLA_LIVE_PARTITIONS", "2"),
    ("VENTANILLA_BULK_PARTITIONS", "1"),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    let suite = Suite::start("bench").await;
    let baseline = scenarios::Baseline::measure(&suite).await?;
    println!(
        "{:<44} {:>10.0} tx/s",
        "pgbench, three INSERTs, c=8", baseline.c8
    );
    println!(
        "{:<44} {:>10.0} tx/s",
        "pgbench, three INSERTs, c=32", baseline.c32
    );
    let whole = ["provisioning", "import", "open", "worklist"];
    if whole.into_iter().any(wanted) {
        of_the_whole(suite, &baseline, wanted).await?;
    }
    if wanted("clocks") {
        clocks::run(&baseline).await?;
    }
    Ok(())
}

/// What is measured on a whole installation.
async fn of_the_whole(
    suite: Suite,
    baseline: &scenarios::Baseline,
    wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let at = Installation::start(suite, Mode::Together, &SETTINGS).await?;
    println!(
        "{:<44} {:>10.1} MiB",
        "resident, idle",
        scenarios::mib(at.resident_bytes())
    );
    if wanted("provisioning") {
        scenarios::provisioning(&at).await?;
    }
    if wanted("import") {
        scenarios::import(&at, baseline).await?;
    }
    if wanted("open") {
        scenarios::open_ticket(&at, baseline).await?;
    }
    if wanted("worklist") {
        scenarios::worklist(&at).await?;
    }
    println!(
        "{:<44} {:>10.1} MiB",
        "resident, at the end",
        scenarios::mib(at.resident_bytes())
    );
    Ok(())
}
