//! Providers and tenants that were promised, and not announced before a crash.

use chrono::TimeDelta;

use super::{Directory, create_provider, create_tenant};
use crate::error::Error;
use crate::store::{providers, tenants};

/// Younger ones are being made by somebody.
const PATIENCE: TimeDelta = TimeDelta::minutes(1);

/// Keeps them now. How many.
pub async fn keep_promises(directory: &Directory) -> Result<usize, Error> {
    let before = directory.now() - PATIENCE;
    let mut tx = directory.db.begin_platform().await?;
    let late_providers = providers::broken_promises(&mut tx, before).await?;
    let late_tenants = tenants::broken_promises(&mut tx, before).await?;
    tx.commit().await?;
    let mut kept = 0;
    for provider in &late_providers {
        kept += usize::from(create_provider::keep(directory, None, provider).await?);
    }
    for tenant in &late_tenants {
        kept += usize::from(
            create_tenant::keep(directory, None, tenant)
                .await?
                .is_some(),
        );
    }
    Ok(kept)
}
