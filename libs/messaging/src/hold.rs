//! A service's facts wait for a moment: it has something to do, in the same process, that may not be late.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// No batch of facts waits longer, whoever holds them: if they are held for longer, one batch of a lane comes through in each such
/// time.
const LONGEST: Duration = Duration::from_secs(2);

/// How many hold facts back.
#[derive(Debug, Default)]
pub(crate) struct Holds(watch::Sender<usize>);

/// While it lives, the service begins no more batches of facts in this process, each for 2 s at most. Those that have begun, or wait
/// for a connection already, go on; what comes meanwhile is taken in together afterwards.
#[derive(Debug)]
#[must_use = "facts are taken in again as soon as it is dropped"]
pub struct FactsHeld(Arc<Holds>);

impl Holds {
    pub(crate) fn hold(self: &Arc<Self>) -> FactsHeld {
        self.0.send_modify(|holders| *holders += 1);
        FactsHeld(Arc::clone(self))
    }

    /// Until nobody holds facts back any more.
    pub(crate) async fn over(&self) {
        if *self.0.borrow() == 0 {
            return;
        }
        let mut holders = self.0.subscribe();
        let over = holders.wait_for(|holders| *holders == 0);
        if timeout(LONGEST, over).await.is_err() {
            tracing::debug!("facts were held back for too long");
        }
    }
}

impl Drop for FactsHeld {
    fn drop(&mut self) {
        self.0
            .0
            .send_modify(|holders| *holders = holders.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

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
    async fn facts_wait_no_longer_than_two_seconds() {
        let holds = Arc::new(Holds::default());
        let _held = holds.hold();
        let began = tokio::time::Instant::now();
        timeout(LONGEST * 10, holds.over()).await.unwrap();
        assert!(began.elapsed() >= LONGEST);
    }
}
