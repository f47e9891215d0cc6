//! How late live facts are taken in while something goes on, as the services measure it (`messaging_consumer_lag_seconds`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use e2e::Installation;

/// Services that take in a ticket's facts: intake, routing, sla-clock and reporting.
const HEARERS: usize = 4;
/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// How long a summary remembers at most: three parts of 20 s (metrics-exporter-prometheus).
const REMEMBERED: Duration = Duration::from_mins(1);

/// Does the work, and says how late a fact was at worst meanwhile, seconds, in whichever service.
pub async fn beside<T>(
    at: &Installation,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<(T, f64)> {
    let began = Instant::now();
    let mut worst = Worst::default();
    worst.look(&at.metrics().await?, false);
    // What was before is not counted.
    worst.seconds = 0.0;
    let mut work = Box::pin(work);
    loop {
        tokio::select! {
            done = &mut work => {
                worst.look(&at.metrics().await?, began.elapsed() >= REMEMBERED);
                // A measure that nobody shows would be no lag at all.
                anyhow::ensure!(
                    worst.shown.values().filter(|of| of.count > 0.0).count() >= HEARERS,
                    "few services show how late they take facts in: {:?}",
                    worst.shown
                );
                return Ok((done?, worst.seconds));
            }
            () = tokio::time::sleep(LOOK) => worst.look(&at.metrics().await?, false),
        }
    }
}

/// What one service showed at the last look.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    /// Batches so far.
    count: f64,
    /// The latest fact of the last batch.
    last: f64,
    /// The worst of what the summary remembers.
    remembered: f64,
}

#[derive(Debug, Default)]
struct Worst {
    seconds: f64,
    shown: BTreeMap<String, Shown>,
}

impl Worst {
    /// A batch since the last look counts by what it shows itself, and by what the summary grew to. `all`: whatever the summary
    /// remembers is of this time.
    fn look(&mut self, metrics: &str, all: bool) {
        for (service, now) in shown(metrics) {
            let before = self.shown.insert(service, now).unwrap_or_default();
            if now.count > before.count {
                self.seconds = self.seconds.max(now.last);
            }
            if all || now.remembered > before.remembered {
                self.seconds = self.seconds.max(now.remembered);
            }
        }
    }
}

fn shown(metrics: &str) -> BTreeMap<String, Shown> {
    let mut all: BTreeMap<String, Shown> = BTreeMap::new();
    for (name, labels, value) in metrics.lines().filter_map(sample) {
        let Some(service) = label(labels, "service") else {
            continue;
        };
        let mut of =
            |set: fn(&mut Shown, f64)| set(all.entry(service.to_owned()).or_default(), value);
        match (name, label(labels, "quantile")) {
            ("messaging_consumer_lag_seconds", Some("1")) => of(|s, v| s.remembered = v),
            ("messaging_consumer_lag_seconds_count", _) => of(|s, v| s.count = v),
            ("messaging_consumer_lag_last_seconds", _) => of(|s, v| s.last = v),
            _ => {}
        }
    }
    all
}

/// Name, labels and value of a line of Prometheus' text.
fn sample(line: &str) -> Option<(&str, &str, f64)> {
    let (name, rest) = line.split_once('{')?;
    let (labels, value) = rest.rsplit_once('}')?;
    let value: f64 = value.trim().parse().ok()?;
    value.is_finite().then_some((name, labels, value))
}

fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    labels.split(',').find_map(|one| {
        let (label, value) = one.split_once('=')?;
        (label == name).then_some(value.trim_matches('"'))
    })
}
