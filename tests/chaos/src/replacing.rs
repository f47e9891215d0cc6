//! One process of a service takes the place of another, while both run.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::{Installation, SERVICES, ventanilla};
use tokio::time::sleep;

use crate::ground::old_binary;

/// A service ends within 20 s of being asked to (the architecture's promise), and is given a little more.
const LEAVES_WITHIN: Duration = Duration::from_secs(25);

/// A rolling upgrade: `migrate` by the new binary, then every service by a second process that is ready before the first
/// one is asked to end; `migrate` once more when half of them are new. What it went from and to.
pub async fn roll(at: &mut Installation) -> anyhow::Result<String> {
    let new = ventanilla()?;
    at.use_program(new.clone());
    at.cli(&["migrate"]).await?;
    let mut leaving = Vec::new();
    for (n, service) in SERVICES.into_iter().enumerate() {
        if n == SERVICES.len() / 2 {
            at.cli(&["migrate"]).await?;
        }
        let first = at.replace(service, &new, &[]).await?;
        leaving.push((service, first));
    }
    for (service, first) in &mut leaving {
        let content = first.ended(LEAVES_WITHIN).await?;
        ensure!(content, "{service} ended badly:\n{}", first.log());
    }
    Ok(match old_binary() {
        Some(old) => format!("from {} to {}", old.display(), new.display()),
        None => "from the same binary to itself: VENTANILLA_OLD_BIN names no older one".to_owned(),
    })
}

/// A service goes on for so long with a clock that is so many milliseconds ahead.
pub async fn with_wrong_clock(
    at: &mut Installation,
    service: &str,
    ms: i64,
    lasting: Duration,
) -> anyhow::Result<()> {
    let program = ventanilla()?;
    let ahead = ms.to_string();
    let wrong = [("VENTANILLA_CLOCK_SKEW_MS", ahead.as_str())];
    swap(at, service, &program, &wrong).await?;
    let log = at.process(service)?.log();
    ensure!(log.contains("wrong on purpose"), "its clock is right");
    sleep(lasting).await;
    swap(at, service, &program, &[]).await
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
