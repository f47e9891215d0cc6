//! One process of a service takes the place of another, while both run.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::faults::commit;
use e2e::{Installation, SERVICES, audit, ventanilla};
use testkit::Suite;
use tokio::time::sleep;

use crate::fault::NO_BITE;
use crate::ground::old_binary;

/// A service ends within 20 s of being asked to (the architecture's promise), and is given a little more.
const LEAVES_WITHIN: Duration = Duration::from_secs(25);

/// In which order: sla-clock last. What the others tell in a new way, an older sla-clock would take for nothing to it (the
/// changelog, under "Upgrading"); what it tells itself, the others can wait for.
const ORDER: [&str; SERVICES.len()] = [
    "directory",
    "intake",
    "routing",
    "knowledge",
    "reporting",
    "sla-clock",
];

/// A rolling upgrade: `migrate` by the new binary, then every service by a second process that is ready before the first
/// one is asked to end; `migrate` once more when half of them are new; last the gateway by a second process of the same
/// binary. When that was replaced, and what it went from and to.
pub async fn roll(at: &mut Installation) -> anyhow::Result<(Instant, String)> {
    let new = ventanilla()?;
    let old = old_binary();
    let before = migrated(&at.suite).await?;
    at.use_program(new.clone());
    at.cli(&["migrate"]).await?;
    let migrations = migrated(&at.suite).await? - before;
    let mut leaving = Vec::new();
    for (n, service) in ORDER.into_iter().enumerate() {
        if n == ORDER.len() / 2 {
            at.cli(&["migrate"]).await?;
        }
        let first = at.replace(service, &new, &[]).await?;
        leaving.push((service, first));
    }
    // Last, as what it knows of the graph has to be there in every service.
    leaving.push(("gateway", at.replace_gateway().await?));
    let ended = Instant::now();
    for (service, first) in &mut leaving {
        let content = first.ended(LEAVES_WITHIN).await?;
        ensure!(content, "{service} ended badly:\n{}", first.log());
    }
    let Some(old) = old else {
        let said = "from the same binary to itself, which SAME_BIN says is good enough";
        return Ok((ended, said.to_owned()));
    };
    ensure!(
        std::fs::read(&old)? != std::fs::read(&new)?,
        "{NO_BITE}: {} and {} are the same",
        old.display(),
        new.display()
    );
    ensure!(
        migrations > 0,
        "{NO_BITE}: there is no migration between {} and {}",
        old.display(),
        new.display()
    );
    let said = format!(
        "from {} to {}, with {migrations} migrations of schemas in between; the gateway by one of the same build",
        version(&old),
        commit()
    );
    Ok((ended, said))
}

/// Of which commit an older binary is, where `scripts/old-binary` made it; else what it is called.
fn version(old: &Path) -> String {
    let note = old.ancestors().nth(3).map(|of| of.join("commit"));
    let commit = note.and_then(|note| std::fs::read_to_string(note).ok());
    commit.map_or_else(
        || old.file_name().unwrap_or_default().display().to_string(),
        |commit| commit.trim().chars().take(12).collect(),
    )
}

/// Migrations that have run, each counted in every schema in which it did.
async fn migrated(suite: &Suite) -> anyhow::Result<i64> {
    let mut all = 0;
    for service in SERVICES {
        let mut of = audit::open(suite, &service.replace('-', "_")).await?;
        let run: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.migration")
            .fetch_one(&mut of)
            .await?;
        all += run;
    }
    Ok(all)
}

/// A service goes on for so long with a clock that is so many milliseconds ahead; when that was over, and it began to be
/// replaced.
pub async fn with_wrong_clock(
    at: &mut Installation,
    service: &str,
    ms: i64,
    lasting: Duration,
) -> anyhow::Result<Instant> {
    let program = ventanilla()?;
    let ahead = ms.to_string();
    let wrong = [("VENTANILLA_CLOCK_SKEW_MS", ahead.as_str())];
    swap(at, service, &program, &wrong).await?;
    let log = at.process(service)?.log();
    ensure!(log.contains("wrong on purpose"), "its clock is right");
    sleep(lasting).await;
    let ended = Instant::now();
    swap(at, service, &program, &[]).await?;
    Ok(ended)
}

/// Replaces a process, and does not let it linger for the gateway's sake.
async fn swap(
    at: &mut Installation,
    service: &str,
    program: &Path,
    with: &[(&str, &str)],
) -> anyhow::Result<()> {
    let mut first = at.replace(service, program, with).await?;
    let lines = at.lines.as_ref();
    lines
        .and_then(|lines| lines.services.get(service))
        .context("no line")?
        .cut();
    let content = first.ended(LEAVES_WITHIN).await?;
    ensure!(content, "{service} ended badly:\n{}", first.log());
    Ok(())
}
