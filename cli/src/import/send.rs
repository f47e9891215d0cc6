//! Sends rows to intake, command by command, each window confirmed by the broker before the next begins.

use std::time::Duration;

use ids::{EventId, IdGen, TenantId};
use indicatif::{ProgressBar, ProgressStyle};
use messaging::{Bus, Command};
use serde::Serialize;

use super::order::Batch;
use super::rows::Row;

/// Where to.
pub struct Target<'a> {
    /// The broker.
    pub bus: &'a Bus,
    /// Ids of commands.
    pub ids: &'a dyn IdGen,
    /// The tenant.
    pub tenant: TenantId,
    /// The tool.
    pub tool: &'a str,
    /// The trace of this run: each of its facts can be followed back to it.
    pub trace: &'a str,
}

#[derive(Serialize)]
struct Body<'a> {
    tool: &'a str,
    rows: &'a [Row],
}

/// A bar for so many things.
pub(super) fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = "{prefix:>10} {bar:40} {human_pos}/{human_len} · {per_sec} · {eta} left";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar.set_prefix(what);
    bar
}

/// Sends everything; gives the rows that were confirmed. Fewer than all: Ctrl-C came.
///
/// # Errors
/// If the broker refuses for good. While it is away, sending waits and goes on when it is back.
pub async fn send(
    to: &Target<'_>,
    batches: Vec<Batch>,
    window: usize,
    rows: u64,
) -> anyhow::Result<u64> {
    let bar = bar(rows, "sent");
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut sent = 0;
    for some in batches.chunks(window) {
        let commands = some
            .iter()
            .map(|b| command(to, b))
            .collect::<anyhow::Result<Vec<_>>>()?;
        tokio::select! {
            done = confirmed(to.bus, &commands) => done?,
            _ = &mut interrupted => {
                bar.abandon();
                return Ok(sent);
            }
        }
        sent += some.iter().map(|b| b.rows.len() as u64).sum::<u64>();
        bar.set_position(sent);
    }
    bar.finish();
    Ok(sent)
}

fn command(to: &Target<'_>, batch: &Batch) -> anyhow::Result<Command> {
    let body = Body {
        tool: to.tool,
        rows: &batch.rows,
    };
    Ok(Command {
        id: EventId::new(to.ids),
        name: intake::events::on_import_rows::NAME.to_owned(),
        tenant: to.tenant,
        key: batch.key.clone(),
        body: serde_json::value::to_raw_value(&body)?,
        traceparent: Some(to.trace.to_owned()),
    })
}

/// Repeats are harmless: intake knows each row by its hash.
async fn confirmed(bus: &Bus, commands: &[Command]) -> anyhow::Result<()> {
    let mut pause = Duration::from_millis(100);
    loop {
        match bus.send("intake", commands).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_transient() => {
                tracing::warn!(%error, "the broker did not take the rows; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
