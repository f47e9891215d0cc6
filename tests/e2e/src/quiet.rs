//! When nothing is under way any more.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use testkit::eventually;

use crate::Installation;

/// Waits until no message is under way any more.
pub async fn settled(at: &Installation) {
    // The relays look every 100 ms: what they have not published yet is seen by a later look.
    let quiet = AtomicU32::new(0);
    eventually(Duration::from_mins(1), || async {
        let moving = at.suite.undelivered().await.map_err(|e| e.to_string())?;
        if !moving.is_empty() {
            quiet.store(0, Ordering::Relaxed);
            return Err(format!("{moving:?}"));
        }
        (quiet.fetch_add(1, Ordering::Relaxed) >= 8)
            .then_some(())
            .ok_or_else(String::new)
    })
    .await;
}
