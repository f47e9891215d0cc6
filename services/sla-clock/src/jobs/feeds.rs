//! Reads the feeds of calendars again and again.

use std::time::Duration;

use futures::FutureExt as _;
use subgraph::Job;
use tenancy::{TenancyError, TenantState};
use tokio_util::sync::CancellationToken;

use crate::actions::Tools;
use crate::actions::refresh_feeds::refresh_feeds;
use crate::config;
use crate::error::Error;

/// The job.
pub fn job(tools: Tools, settings: config::Feeds) -> Job {
    let run = move |stop| run(tools, settings, stop).boxed();
    Job {
        name: "sla-clock-feeds",
        run: Box::new(run),
    }
}

async fn run(tools: Tools, settings: config::Feeds, stop: CancellationToken) {
    let pause = Duration::from_secs(settings.look_s.max(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        if let Err(error) = step(&tools, &settings, &stop).await {
            tracing::error!(%error, "feeds of calendars could not be looked at");
        }
    }
}

/// Looks at every tenant once. Gives back how many feeds were due.
///
/// # Errors
/// What the database says where the tenants are asked for; one tenant's trouble is not another's.
pub async fn step(
    tools: &Tools,
    settings: &config::Feeds,
    stop: &CancellationToken,
) -> Result<usize, Error> {
    let mut read = 0;
    let rounds = tools.db.apart();
    for tenant in tools.db.tenants().await? {
        if stop.is_cancelled() {
            break;
        }
        if tenant.state != TenantState::Ready {
            continue;
        }
        match refresh_feeds(tools, &rounds, tenant.id, settings, stop).await {
            Ok(due) => read += due,
            Err(Error::Tenancy(TenancyError::NotFound)) => {}
            Err(error) => {
                tracing::error!(tenant = %tenant.id, %error, "feeds of a tenant could not be read");
            }
        }
    }
    Ok(read)
}
