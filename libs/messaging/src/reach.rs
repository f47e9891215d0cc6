//! Read your writes: a reader waits until its inbox has taken in what the caller has seen elsewhere.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ids::{ProviderId, TenantId};
use tenancy::{ServiceDb, TenancyError};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::handler::HandlerScope;
use crate::inbox;
use crate::scope::{Key, Open};
use crate::sweep::key_of;
use crate::topology::Subscription;

/// How often a reader looks when nobody in this process wakes it: another replica may be the one that takes in.
const POLL: Duration = Duration::from_millis(20);

/// Where a subject stands, as a mutation hands it to its caller. Opaque as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// Whose it is.
    pub tenant: TenantId,
    /// The service that published.
    pub source: String,
    /// What it published about.
    pub subject: String,
    /// Its last sequence.
    pub sequence: i64,
}

/// A text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a position")]
pub struct NotAPosition;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = format!(
            "{} {} {} {}",
            self.sequence, self.tenant, self.source, self.subject
        );
        f.write_str(&URL_SAFE_NO_PAD.encode(plain))
    }
}

impl FromStr for Position {
    type Err = NotAPosition;
    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let plain = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAPosition)?;
        let plain = String::from_utf8(plain).map_err(|_| NotAPosition)?;
        let mut parts = plain.splitn(4, ' ');
        let mut part = || parts.next().ok_or(NotAPosition);
        Ok(Self {
            sequence: part()?.parse().map_err(|_| NotAPosition)?,
            tenant: part()?.parse().map_err(|_| NotAPosition)?,
            source: part()?.to_owned(),
            subject: part()?.to_owned(),
        })
    }
}

/// Whether the reader has seen what it was to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// All of it.
    Yes,
    /// Not in time.
    Behind {
        /// When the last fact happened that was taken in of the subject that is furthest behind; the epoch
        /// (1970-01-01) if none was.
        as_of: DateTime<Utc>,
    },
}

type Waiters = Mutex<HashMap<(&'static str, Key), Arc<Notify>>>;
static WAITERS: LazyLock<Waiters> = LazyLock::new(Waiters::default);
/// Rings when somebody sits down among them.
static ARRIVALS: LazyLock<Notify> = LazyLock::new(Notify::new);

/// Wakes the readers of this process after an inbox moved on.
pub(crate) fn wake(service: &'static str, key: Key) {
    let waiters = WAITERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bell) = waiters.get(&(service, key)) {
        bell.notify_waiters();
    }
}

fn waits(service: &'static str, key: Key) -> bool {
    let waiters = WAITERS.lock().unwrap_or_else(PoisonError::into_inner);
    waiters.contains_key(&(service, key))
}

/// Until somebody in this process waits for that inbox to move on, or so long.
pub(crate) async fn wanted(service: &'static str, key: Key, longest: Duration) {
    let end = Instant::now() + longest;
    let arrived = ARRIVALS.notified();
    tokio::pin!(arrived);
    loop {
        arrived.as_mut().enable();
        if waits(service, key) {
            return;
        }
        tokio::select! {
            () = arrived.as_mut() => arrived.set(ARRIVALS.notified()),
            () = sleep_until(end) => return,
        }
    }
}

/// A place among those who wait; given up when dropped.
struct Seat {
    at: (&'static str, Key),
    bell: Arc<Notify>,
}

impl Seat {
    fn take(at: (&'static str, Key)) -> Self {
        let mut waiters = WAITERS.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = waiters.entry(at).or_default().clone();
        drop(waiters);
        ARRIVALS.notify_waiters();
        Self { at, bell }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut waiters = WAITERS.lock().unwrap_or_else(PoisonError::into_inner);
        // Given back while the lock is held: of two who leave at once, the second must see that it is the last.
        drop(std::mem::take(&mut self.bell));
        if waiters
            .get(&self.at)
            .is_some_and(|bell| Arc::strong_count(bell) == 1)
        {
            waiters.remove(&self.at);
        }
    }
}

/// Waits until facts up to `wanted` (subject, sequence) of `source` are taken in, at most `timeout`. `provider` is
/// needed where the service takes facts in by provider.
///
/// # Errors
/// What the database says; [`TenancyError::NotFound`] for an unknown tenant, or a missing provider.
pub async fn reach(
    db: &ServiceDb,
    scope: HandlerScope,
    provider: Option<ProviderId>,
    tenant: TenantId,
    source: &str,
    wanted: &[(String, i64)],
    timeout: Duration,
) -> Result<Reached, TenancyError> {
    let key = key_of(scope, tenant, provider).ok_or(TenancyError::NotFound)?;
    // With what it does not hear of it cannot be behind.
    let row = Subscription::of(db.service());
    let hears = |subject: &str| row.is_none_or(|row| !row.leaves_out(subject));
    let wanted: Vec<(String, i64)> = wanted
        .iter()
        .filter(|(subject, _)| hears(subject))
        .cloned()
        .collect();
    if wanted.is_empty() {
        return Ok(Reached::Yes);
    }
    let end = Instant::now() + timeout;
    let seat = Seat::take((db.service(), key));
    loop {
        // Listening begins before the look: a commit in between is not missed.
        let rung = seat.bell.notified();
        tokio::pin!(rung);
        rung.as_mut().enable();
        let mut tx = Open::begin(db, key).await?;
        let behind = inbox::behind(tx.conn(), key, source, &wanted).await?;
        tx.commit().await?;
        let Some(as_of) = behind else {
            return Ok(Reached::Yes);
        };
        let now = Instant::now();
        if now >= end {
            let as_of = as_of.unwrap_or(DateTime::UNIX_EPOCH);
            return Ok(Reached::Behind { as_of });
        }
        tokio::select! {
            () = rung => {}
            () = sleep_until((now + POLL).min(end)) => {}
        }
    }
}
