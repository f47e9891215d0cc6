//! Threads for what nobody waits for: consumers, relays, jobs.
//!
//! Linux gives them the processor when no request wants it. A burst of requests is thus answered at the speed of
//! requests, and what follows from them is done a little later, in fuller batches, which cost less each.

use tokio::runtime::{Builder, EnterGuard, Runtime};

/// How far they step back, as of `nice(1)`: at 5 they still get a quarter of a processor that requests would fill, so
/// that nothing stands still under a load that does not end.
const NICE: i32 = 5;

/// A runtime of such threads.
pub(crate) struct Background(Option<Runtime>);

impl Background {
    /// As many threads as there are processors.
    pub(crate) fn start() -> std::io::Result<Self> {
        Builder::new_multi_thread()
            .thread_name("background")
            .enable_all()
            .on_thread_start(|| {
                // `None` is the calling thread alone, on Linux. Where it is not allowed all threads are alike.
                if let Err(error) = rustix::process::setpriority_process(None, NICE) {
                    tracing::debug!(%error, "background threads keep their priority");
                }
            })
            .build()
            .map(|runtime| Self(Some(runtime)))
    }

    /// What is spawned while the guard lives runs there.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        self.0.as_ref().map(Runtime::enter)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // A runtime that waits for its tasks may not be dropped by a task.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
