//! This process as a run of tests: its name on shared servers, and the runtime that outlives each test's own.

use std::{future::Future, sync::OnceLock};

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

/// Six letters and digits, another each time. Databases, roles and virtual hosts carry it, so that those of a dead run
/// can be told from those of a living one.
pub(crate) fn id() -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        // The standard library's own seed: random for each process, and no crate is needed for it.
        let mut number =
            std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
        (0..6)
            .map(|_| {
                let letter = LETTERS[(number % 36) as usize];
                number /= 36;
                char::from(letter)
            })
            .collect()
    })
}

/// A runtime for what must go on when a test's runtime has ended: the connection that says "this run lives", and the
/// removal of what a suite made, also while a panic unwinds.
pub(crate) fn runtime() -> anyhow::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("testkit")
        .enable_all()
        .build()
        .context("a runtime")?;
    // When two threads come at once, the loser's is shut down without waiting: it has no work.
    if let Err(spare) = RUNTIME.set(runtime) {
        spare.shutdown_background();
    }
    RUNTIME.get().context("a runtime")
}

/// Runs a future on [`runtime`] and waits for it; may be called from within another runtime.
pub(crate) fn block_on<T, F>(future: F) -> anyhow::Result<T>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let (send, receive) = std::sync::mpsc::channel();
    runtime()?.spawn(async move {
        // It fails only when nobody waits any more: whoever did has given up after their two minutes, and said so.
        let _ = send.send(future.await);
    });
    receive
        .recv_timeout(std::time::Duration::from_mins(2))
        .context("testkit's own work took over 120 s")?
}
