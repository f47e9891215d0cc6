//! What time does: what has outlived its use is deleted, and what a crash left half made is finished.

use std::sync::Arc;
use std::time::Duration;

use subgraph::Job;
use tokio_util::sync::CancellationToken;

use crate::actions::Directory;
use crate::actions::keep_promises::keep_promises;
use crate::actions::purge::purge_platform;
use crate::error::Error;

/// Sessions and failures.
const PLATFORM: Duration = Duration::from_mins(10);
/// One query that finds nothing.
const PROMISES: Duration = Duration::from_secs(30);

/// Every job of directory.
pub fn jobs(directory: &Arc<Directory>) -> Vec<Job> {
    vec![
        every(
            "directory.purge-sessions",
            PLATFORM,
            directory,
            |d| async move { purge_platform(&d).await },
        ),
        idempotency::job(
            "directory.purge-answers",
            directory.db.clone(),
            idempotency::PURGED_EVERY,
        ),
        every(
            "directory.keep-promises",
            PROMISES,
            directory,
            |d| async move { keep_promises(&d).await.map(|n| n as u64) },
        ),
    ]
}

fn every<F, Fut>(name: &'static str, pause: Duration, directory: &Arc<Directory>, run: F) -> Job
where
    F: Fn(Arc<Directory>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<u64, Error>> + Send + 'static,
{
    let directory = directory.clone();
    Job {
        name,
        run: Box::new(move |stop: CancellationToken| {
            Box::pin(async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(pause) => {}
                    }
                    match run(directory.clone()).await {
                        Ok(0) => {}
                        Ok(rows) => tracing::info!(job = name, rows, "done"),
                        Err(error) => tracing::warn!(job = name, %error, "tried again later"),
                    }
                }
            })
        }),
    }
}
