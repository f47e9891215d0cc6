//! `ventanilla migrate`: databases, roles, every schema of every tenant, then exchanges and queues. Safe to repeat, and
//! to go on with after it was interrupted.

use anyhow::Context as _;

use crate::platform::Name;
use crate::settings::Settings;

/// Migrates everything and says what was done.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    for name in Name::ALL {
        let report = tenancy::migrate(&settings.db(), name.schema(), |_| {})
            .await
            .with_context(|| format!("migrating {}", name.as_str()))?;
        println!("{:<10} {report}", name.as_str());
    }
    messaging::declare(&settings.bus())
        .await
        .context("declaring exchanges and queues")?;
    println!("{:<10} exchanges and queues stand", "broker");
    Ok(())
}
