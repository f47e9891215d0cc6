//! What is done with the messages of a queue, and what they are until it is done: a [`crate::lane::Lane`] does it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lapin::message::Delivery;
use tenancy::TenancyError;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit};
use tokio::time::sleep;

use crate::handler::HandleError;
use crate::scope::Key;

/// What came over the wire.
pub(crate) struct Raw {
    /// The broker's number for it; `None` for what came out of `waiting`.
    pub tag: Option<u64>,
    pub body: Vec<u8>,
    pub queue: Arc<str>,
    /// The operator dropped it: its place in the sequence is passed over.
    pub skip: bool,
}

impl Raw {
    pub(crate) fn of(delivery: Delivery, queue: Arc<str>) -> Self {
        let skip = delivery
            .properties
            .headers()
            .as_ref()
            .is_some_and(|headers| headers.contains_key(crate::park::SKIP));
        Self {
            tag: Some(delivery.delivery_tag),
            body: delivery.data,
            queue,
            skip,
        }
    }
}

/// One message and what became of it so far.
pub(crate) struct Held<T> {
    pub raw: Raw,
    pub item: T,
    pub parked: bool,
    pub tries: u32,
}

impl<T> Held<T> {
    pub(crate) fn new(raw: Raw, item: T) -> Self {
        Self {
            raw,
            item,
            parked: false,
            tries: 0,
        }
    }
}

/// Who is to be parked.
pub(crate) enum Culprit<T> {
    /// The one at this place of the batch.
    Given(usize),
    /// One that came out of `waiting`.
    Stored(Box<Held<T>>),
}

/// Why a batch was not done; its transaction was rolled back.
pub(crate) enum Failure<T> {
    /// The database is away: the whole batch later.
    Away(String),
    /// The tenant (or provider) is not provisioned here yet: the whole batch later, but not for ever.
    Unknown(String),
    /// A handler says "not now".
    Again(String),
    /// Unexpected: counts.
    Broken(String),
    /// Never.
    Never(Culprit<T>, String),
}

impl<T> From<TenancyError> for Failure<T> {
    fn from(error: TenancyError) -> Self {
        let reason = error.to_string();
        if matches!(error, TenancyError::NotFound) {
            Self::Unknown(reason)
        } else if error.is_transient() {
            Self::Away(reason)
        } else {
            Self::Broken(reason)
        }
    }
}

impl<T> From<sqlx::Error> for Failure<T> {
    fn from(error: sqlx::Error) -> Self {
        HandleError::from(error).into()
    }
}

/// The culprit of "never" is the one at that place of what the handler was given.
impl<T> From<HandleError> for Failure<T> {
    fn from(error: HandleError) -> Self {
        match error {
            HandleError::Again(error) => {
                if error.is::<sqlx::Error>() || error.is::<TenancyError>() {
                    Self::Away(error.to_string())
                } else {
                    Self::Again(error.to_string())
                }
            }
            HandleError::Broken(error) => Self::Broken(error.to_string()),
            HandleError::Never { index, reason } => Self::Never(Culprit::Given(index), reason),
        }
    }
}

/// What is done with the messages of a queue.
#[async_trait]
pub(crate) trait Work: Send + Sync + 'static {
    type Item: Send + Sync + 'static;

    /// So many messages are held at once, and done in one transaction at the most.
    fn prefetch(&self, settings: &crate::BusSettings) -> u16 {
        settings.prefetch.max(1)
    }

    /// Reads a message, and says with which others it goes.
    async fn read(&self, raw: &Raw) -> Result<(Key, Self::Item), ReadFailure>;
    /// Messages of the same subject keep their order.
    fn subject<'a>(&self, item: &'a Self::Item) -> &'a str;
    /// Type and id, for parking.
    fn title(&self, item: &Self::Item) -> (String, Option<String>);
    /// Whether nothing may follow it in its batch.
    fn ends_batch(&self, _item: &Self::Item) -> bool {
        false
    }
    /// So long one may wait for others to come after it, before its batch begins.
    fn gathers(&self, _first: &Self::Item) -> Duration {
        Duration::ZERO
    }
    /// Until somebody waits for what these have to tell, or so long.
    async fn wanted(&self, _key: Key, longest: Duration) {
        sleep(longest).await;
    }
    /// Waits until a batch may be done that begins with `first`. The batch is closed only then: the longer the wait, the
    /// fuller it is, and a full one costs little more than an empty one.
    async fn turn(&self, key: Key, first: &Held<Self::Item>) -> Turn;
    /// Does a batch in one transaction; `Ok` means committed. Parked members are noted, not done. The turn ends with it.
    /// `alone`: nothing that was kept from earlier goes with it.
    async fn attempt(
        &self,
        turn: Turn,
        key: Key,
        batch: &[Held<Self::Item>],
        alone: bool,
    ) -> Result<(), Failure<Self::Item>>;
}

/// What a batch holds while it is done.
pub(crate) struct Turn {
    _alone: Option<OwnedMutexGuard<()>>,
    _shares: Vec<OwnedSemaphorePermit>,
}

impl Turn {
    /// With this process's lock of the inbox, and shares of its connections.
    pub(crate) fn of(
        alone: Option<OwnedMutexGuard<()>>,
        shares: Vec<OwnedSemaphorePermit>,
    ) -> Self {
        Self {
            _alone: alone,
            _shares: shares,
        }
    }
}

/// Why a message has no lane.
pub(crate) enum ReadFailure {
    /// It will never be readable.
    Never(String),
    /// What is needed to place it is not there yet (its tenant's provider).
    Again(String),
}
