//! `make bench`: what the product promises, as figures that anyone can get again. Ratios against pgbench and a bare
//! handler on the same servers in the same run, because machines are noisy. What its figures mean: docs/bench/README.md.
//!
//! `bench [SCENARIO…]`; `BENCH_RESULT=path` keeps the rows as JSON, `BASELINE=path` puts them beside an earlier run's and
//! fails if something got worse by more than the noise. It fails as well if a promise of the product is not kept
//! ([`Report::promise`]), and says which; so does what could not be measured, after all the rest. What the product only aims
//! at is said and kept, and fails nothing ([`Report::aim`]).

mod bare;
mod clocks;
mod load;
mod log;
mod machine;
mod paced;
mod pgbench;
mod report;
mod scenarios;

use std::path::PathBuf;

use e2e::{Installation, Mode};
use testkit::Suite;

use crate::machine::Idle;
use crate::report::{Better, Report, Row};

/// Settings of one machine: two live partitions and one bulk one, as `ventanilla up` has them.
const SETTINGS: [(&str, &str); 2] = [
    ("VENTANILLA_LIVE_PARTITIONS", "2"),
    ("VENTANILLA_BULK_PARTITIONS", "1"),
];

/// On a whole installation, in this order: what leaves many tickets behind comes late.
const WHOLE: [&str; 11] = [
    "start",
    "provisioning",
    "import",
    "open",
    "reply",
    "page",
    "propagation",
    "worklist",
    "search",
    "indicators",
    "overload",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    let path = |name: &str| {
        std::env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    // Read first: what cannot be read is not found out after half an hour.
    let before = path("BASELINE").map(|p| Report::read(&p)).transpose()?;
    let suite = Suite::start("bench").await;
    let mut report = Report::begin(&suite, &only).await;
    let baseline = scenarios::Baseline::measure(&suite, &mut report).await?;
    // While nothing else runs.
    if wanted("maths") {
        let outcome = scenarios::maths(&mut report);
        measured(&mut report, "maths", outcome);
    }
    if WHOLE.into_iter().any(wanted) {
        let outcome = of_the_whole(suite, &baseline, &mut report, wanted).await;
        measured(&mut report, "a whole installation", outcome);
    }
    if wanted("clocks") {
        let outcome = clocks::run(&baseline, &mut report).await;
        measured(&mut report, "clocks", outcome);
    }
    if wanted("minute") {
        let outcome = clocks::minute(&baseline, &mut report).await;
        measured(&mut report, "minute", outcome);
    }
    // Asked for by its name alone: it takes hours.
    if only.iter().any(|name| name == "scale") {
        let outcome = scenarios::scale(&mut report).await;
        measured(&mut report, "scale", outcome);
    }
    let limited = !only.is_empty();
    let worse = before.map_or_else(Vec::new, |before| report.compare(&before, limited));
    report.sum_up();
    if let Some(mut kept) = path("BENCH_RESULT") {
        // What is worse never takes the place of what it was compared with.
        if !worse.is_empty() || !report.broken.is_empty() {
            kept.set_extension("worse.json");
        }
        report.keep(&kept)?;
    }
    let broken = &report.broken;
    anyhow::ensure!(broken.is_empty(), "not kept: {}", broken.join("; "));
    anyhow::ensure!(worse.is_empty(), "worse than before: {}", worse.join("; "));
    Ok(())
}

/// What could not be measured keeps nothing else from being so, and no rows from being kept; the run fails.
fn measured(report: &mut Report, what: &str, outcome: anyhow::Result<()>) {
    if let Err(error) = outcome {
        println!("{error:?}");
        let why = error.root_cause();
        report.promise(false, format!("{what} could not be measured: {why}"));
    }
}

/// What is measured on a whole installation.
async fn of_the_whole(
    suite: Suite,
    baseline: &scenarios::Baseline,
    report: &mut Report,
    wanted: impl Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let mut at = Installation::start(suite, Mode::Together, &SETTINGS).await?;
    for scenario in WHOLE.into_iter().filter(|name| wanted(name)) {
        // Once it has started for the last time, and before anybody asks.
        if scenario != "start" && report.idle.is_none() {
            report.idle = Idle::look(&at).await;
        }
        let outcome = match scenario {
            "start" => scenarios::start(&mut at, report).await,
            "provisioning" => scenarios::provisioning(&at, report).await,
            "import" => scenarios::import(&at, baseline, report).await,
            "open" => scenarios::open_ticket(&at, baseline, report).await,
            "reply" => scenarios::reply(&at, baseline, report).await,
            "page" => scenarios::ticket_page(&at, baseline, report).await,
            "propagation" => scenarios::propagation(&at, report).await,
            "worklist" => scenarios::worklist(&at, baseline, report).await,
            "search" => scenarios::search(&at, baseline, report).await,
            "indicators" => scenarios::indicators(&at, baseline, report).await,
            _ => scenarios::overload(&at, report).await,
        };
        measured(report, scenario, outcome);
    }
    let resident = scenarios::mib(at.resident_bytes());
    report.add(Row::new(
        "resident, at the end",
        resident,
        "MiB",
        Better::Lower,
    ));
    Ok(())
}
