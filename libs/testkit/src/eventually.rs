//! Waiting for what other processes bring about.

use std::{fmt::Debug, future::Future, time::Duration};

use tokio::time::Instant;

/// What a look may give: `Option` (there or not) or `Result` (there, or why not yet).
pub trait Looked {
    /// What is there in the end.
    type Found;
    /// The thing, or the reason why it is not there yet.
    fn found(self) -> Result<Self::Found, String>;
}

impl<T> Looked for Option<T> {
    type Found = T;
    fn found(self) -> Result<T, String> {
        self.ok_or_else(|| "still nothing there".to_owned())
    }
}

impl<T, E: Debug> Looked for Result<T, E> {
    type Found = T;
    fn found(self) -> Result<T, String> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// Asks `look` again and again (after 5 ms, then ever more rarely, every 100 ms at last) until it gives `Some` or `Ok`.
///
/// # Panics
/// After `limit`, with the last reason: the story cannot go on. A look that hangs is no way around the limit.
#[expect(
    clippy::panic,
    reason = "this crate is used by tests alone, and a test stops at the first surprise"
)]
pub async fn eventually<L, Look, Looking>(limit: Duration, mut look: Look) -> L::Found
where
    L: Looked,
    Look: FnMut() -> Looking,
    Looking: Future<Output = L>,
{
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(5);
    let mut reason = String::new();
    loop {
        let Ok(looked) = tokio::time::timeout_at(end, look()).await else {
            panic!("waited {limit:?} in vain: the look itself did not end; before it: {reason:?}");
        };
        match looked.found() {
            Ok(found) => return found,
            Err(not_yet) => reason = not_yet,
        }
        assert!(
            Instant::now() + pause < end,
            "waited {limit:?} in vain: {reason}"
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_millis(100));
    }
}
