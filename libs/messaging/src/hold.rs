//! A service's facts wait for a moment: it has something to do, in the same process, that may not be late.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// How many hold facts back, and since when there has been one.
#[derive(Debug, Default)]
pub(crate) struct Holds(watch::Sender<Option<(usize, Instant)>>);

/// While it lives, the service begins no more batches of facts in this process, for [`FactsHeld::LONGEST`] at most. Those that
/// have begun go on; what comes meanwhile is taken in together afterwards.
#[derive(Debug)]
#[must_use = "facts are taken in again as soon as it is dropped"]
pub struct FactsHeld(Arc<Holds>);

impl FactsHeld {
    /// Nobody holds facts back for longer, counted from the first of those who do at once.
    pub const LONGEST: Duration = Duration::from_secs(2);
}

impl Holds {
    pub(crate) fn hold(self: &Arc<Self>) -> FactsHeld {
        self.0.send_modify(|held| {
            let (holders, since) = held.unwrap_or((0, Instant::now()));
            *held = Some((holders + 1, since));
        });
        FactsHeld(Arc::clone(self))
    }

    /// Until when facts are held back at most, if they are.
    fn until(&self) -> Option<Instant> {
        let (_, since) = (*self.0.borrow())?;
        Some(since + FactsHeld::LONGEST).filter(|until| Instant::now() < *until)
    }

    /// Whether somebody holds facts back now.
    pub(crate) fn held(&self) -> bool {
        self.until().is_some()
    }

    /// Until nobody holds facts back any more.
    pub(crate) async fn over(&self) {
        let Some(until) = self.until() else {
            return;
        };
        let mut holders = self.0.subscribe();
        let over = holders.wait_for(Option::is_none);
        if timeout_at(until, over).await.is_err() {
            tracing::debug!("facts were held back for too long");
        }
    }
}

impl Drop for FactsHeld {
    fn drop(&mut self) {
        self.0.0.send_modify(|held| {
            *held = held
                .filter(|(holders, _)| *holders > 1)
                .map(|(holders, since)| (holders - 1, since));
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use tokio::time::{sleep, timeout};

    use super::*;

    const LONGEST: Duration = FactsHeld::LONGEST;

    #[tokio::test]
    async fn facts_wait_until_the_last_holder_lets_go() {
        let holds = Arc::new(Holds::default());
        assert!(holds.over().now_or_never().is_some());
        let (one, other) = (holds.hold(), holds.hold());
        let waiting = tokio::spawn({
            let holds = Arc::clone(&holds);
            async move { holds.over().await }
        });
        tokio::task::yield_now().await;
        drop(one);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(other);
        waiting.await.unwrap();
        assert!(holds.over().now_or_never().is_some());
    }

    #[tokio::test]
    async fn facts_wait_no_longer_than_two_seconds_whoever_holds_them() {
        let holds = Arc::new(Holds::default());
        let began = Instant::now();
        let first = holds.hold();
        sleep(LONGEST / 2).await;
        let (joined, second) = (Instant::now(), holds.hold());
        timeout(LONGEST * 10, holds.over()).await.unwrap();
        assert!(began.elapsed() >= LONGEST && joined.elapsed() < LONGEST);
        // Nobody waits twice for the same ones.
        assert!(!holds.held());
        assert!(holds.over().now_or_never().is_some());
        drop((first, second));
        let _again = holds.hold();
        assert!(holds.held());
        assert!(holds.over().now_or_never().is_none());
    }
}
