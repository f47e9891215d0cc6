//! What arrived for one tenant (or provider) is done here, in order, until it is done or parked.
//!
//! A lane takes whatever came until its next transaction begins into that one. When a batch fails, the lane tries its
//! members one by one, so that one bad fact holds up its own subject alone; other lanes do not notice at all.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::Bus;
use crate::backoff::Backoff;
use crate::scope::Key;
use crate::work::{Culprit, Failure, Held, Raw, Turn, Work};

/// A fact that fails on its own so often, for a reason that does not look transient, is parked.
pub(crate) const TRIES: u32 = 10;
/// How long a fact waits for its tenant to be provisioned here before it is parked.
const UNKNOWN_TENANT: Duration = Duration::from_mins(5);

/// What a lane reports: these deliveries are done.
pub(crate) struct Done {
    pub key: Key,
    pub tags: Vec<u64>,
}

pub(crate) struct Lane<W: Work> {
    pub key: Key,
    pub work: Arc<W>,
    pub bus: Bus,
    pub incoming: mpsc::UnboundedReceiver<Held<W::Item>>,
    pub done: mpsc::UnboundedSender<Done>,
    /// Cancelled when the channel is gone or the service ends: what is in trouble is given back, the rest finished.
    pub stop: CancellationToken,
    /// Cancelled when the channel is gone: what is not begun is given back.
    pub abandon: CancellationToken,
}

type Batch<W> = Vec<Held<<W as Work>::Item>>;

impl<W: Work> Lane<W> {
    /// Ends when its sender is dropped and all is done (or given back).
    pub(crate) async fn run(mut self) {
        let mut stuck: Batch<W> = Vec::new();
        let mut backoff = Backoff::default();
        let mut due = Instant::now();
        let mut unknown_since: Option<Instant> = None;
        let mut open = true;
        let mut fresh: Batch<W> = Vec::new();
        loop {
            // What was left over has waited already.
            let gathers = fresh.is_empty() && stuck.is_empty();
            // Wait for something to do.
            if fresh.is_empty() {
                let waits = !stuck.is_empty();
                if !open && !waits {
                    return;
                }
                tokio::select! {
                    biased;
                    () = self.stop.cancelled(), if waits => {
                        if !open || self.abandon.is_cancelled() {
                            return;
                        }
                        // Whoever is in trouble goes back to the broker; what else came is still done.
                        stuck.clear();
                    }
                    came = self.incoming.recv(), if open => match came {
                        Some(one) => fresh.push(one),
                        None => open = false,
                    },
                    () = sleep_until(due), if waits => {}
                }
            }
            while let Ok(one) = self.incoming.try_recv() {
                fresh.push(one);
            }
            if self.abandon.is_cancelled() {
                return;
            }
            // Nothing overtakes a predecessor of its own subject.
            if !stuck.is_empty() {
                let blocked: HashSet<String> = stuck.iter().map(|one| self.name(one)).collect();
                let (behind, free): (Vec<_>, Vec<_>) = fresh
                    .into_iter()
                    .partition(|one| blocked.contains(&self.name(one)));
                stuck.extend(behind);
                fresh = free;
            }
            if gathers {
                self.gather(&mut fresh).await;
            }
            let mut later = Vec::new();
            if let Some(first) = fresh.first() {
                let turn = self.work.turn(self.key, first).await;
                if self.abandon.is_cancelled() {
                    // The channel is gone: the broker gives them out again.
                    return;
                }
                // In trouble what came meanwhile has to be looked at first.
                while stuck.is_empty()
                    && let Ok(one) = self.incoming.try_recv()
                {
                    fresh.push(one);
                }
                let batch = self.next_batch(&mut fresh);
                match self.settle(turn, batch).await {
                    Ok(()) => unknown_since = None,
                    Err((left, unknown)) => {
                        if unknown {
                            unknown_since.get_or_insert_with(Instant::now);
                        }
                        later = left;
                    }
                }
            } else if !stuck.is_empty() && Instant::now() >= due {
                let before = stuck.len();
                stuck = self.one_by_one(stuck, &mut unknown_since).await;
                if stuck.len() < before {
                    backoff.reset();
                }
                due = Instant::now() + backoff.next();
            }
            if !later.is_empty() {
                if stuck.is_empty() {
                    backoff.reset();
                    due = Instant::now() + backoff.next();
                }
                stuck.extend(later);
            }
            if stuck.is_empty() {
                backoff.reset();
            }
        }
    }

    fn name(&self, one: &Held<W::Item>) -> String {
        self.work.subject(&one.item).to_owned()
    }

    fn most(&self) -> usize {
        usize::from(self.bus.settings().prefetch.max(1))
    }

    /// Lets those that belong to the first come, until there is a batch of them.
    async fn gather(&mut self, fresh: &mut Batch<W>) {
        let longest = fresh.first().map(|first| self.work.gathers(&first.item));
        let Some(longest) = longest.filter(|longest| !longest.is_zero()) else {
            return;
        };
        let most = self.most();
        let wanted = self.work.wanted(self.key, longest);
        tokio::pin!(wanted);
        while fresh.len() < most {
            tokio::select! {
                () = &mut wanted => return,
                () = self.stop.cancelled() => return,
                Some(one) = self.incoming.recv() => fresh.push(one),
                else => return,
            }
        }
    }

    fn next_batch(&self, fresh: &mut Batch<W>) -> Batch<W> {
        let most = self.most();
        let end = fresh
            .iter()
            .take(most)
            .position(|one| self.work.ends_batch(&one.item))
            .map_or(fresh.len().min(most), |at| at + 1);
        let rest = fresh.split_off(end);
        std::mem::replace(fresh, rest)
    }

    /// Does a batch; what must be parked is, and the rest done without it. What could not be done now comes back,
    /// with whether that is for want of the tenant.
    async fn settle(&self, turn: Turn, mut batch: Batch<W>) -> Result<(), (Batch<W>, bool)> {
        let mut turn = Some(turn);
        loop {
            // Another one after each that was parked: nobody holds a turn while the broker is waited for.
            let turn = match (turn.take(), batch.first()) {
                (Some(turn), _) => turn,
                (None, Some(first)) => self.work.turn(self.key, first).await,
                (None, None) => return Ok(()),
            };
            match self.attempt(turn, &batch, false).await {
                Ok(()) => {
                    self.report(&batch);
                    return Ok(());
                }
                Err(Failure::Never(culprit, reason)) => {
                    if !self.park(&mut batch, culprit, &reason).await {
                        return Err((batch, false));
                    }
                }
                Err(Failure::Unknown(reason)) => {
                    tracing::debug!(service = self.bus.service(), key = ?self.key, reason, "not provisioned yet");
                    return Err((batch, true));
                }
                Err(Failure::Away(reason) | Failure::Again(reason) | Failure::Broken(reason)) => {
                    tracing::warn!(
                        service = self.bus.service(), key = ?self.key, count = batch.len(), reason,
                        "a batch was not done; tried again"
                    );
                    return Err((batch, false));
                }
            }
        }
    }

    /// One transaction each. What fails blocks its subject until the next round; what fails too often is parked.
    async fn one_by_one(&self, batch: Batch<W>, unknown_since: &mut Option<Instant>) -> Batch<W> {
        let mut left = Vec::new();
        let mut blocked = HashSet::new();
        let mut away = false;
        for one in batch {
            let name = self.name(&one);
            if away || blocked.contains(&name) || self.abandon.is_cancelled() {
                left.push(one);
                continue;
            }
            let mut single = vec![one];
            let failure = loop {
                match self.alone(&single).await {
                    Ok(()) => break None,
                    Err(Failure::Never(culprit, reason)) => {
                        if !self.park(&mut single, culprit, &reason).await {
                            break Some(Failure::Away("the broker is away".to_owned()));
                        }
                    }
                    Err(other) => break Some(other),
                }
            };
            let Some(failure) = failure else {
                *unknown_since = None;
                self.report(&single);
                continue;
            };
            let give_up = match &failure {
                Failure::Away(_) => {
                    away = true;
                    None
                }
                Failure::Unknown(reason) => {
                    let since = *unknown_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > UNKNOWN_TENANT {
                        Some(reason.clone())
                    } else {
                        // In a provider's lane other tenants may be known.
                        away = matches!(self.key, Key::Tenant(_));
                        None
                    }
                }
                Failure::Broken(reason) => {
                    single[0].tries += 1;
                    tracing::warn!(
                        service = self.bus.service(), key = ?self.key, subject = name,
                        tries = single[0].tries, reason, "one message fails"
                    );
                    (single[0].tries > TRIES && !single[0].parked).then(|| reason.clone())
                }
                Failure::Again(_) | Failure::Never(..) => None,
            };
            if let Some(reason) = give_up {
                let known = !matches!(failure, Failure::Unknown(_));
                if !self.park(&mut single, Culprit::Given(0), &reason).await {
                    away = true;
                } else if !known || self.alone(&single).await.is_ok() {
                    // Without a tenant there is no inbox to note it in.
                    self.report(&single);
                    continue;
                }
            }
            blocked.insert(name);
            left.append(&mut single);
        }
        left
    }

    /// One message in a transaction of its own.
    async fn alone(&self, single: &[Held<W::Item>]) -> Result<(), Failure<W::Item>> {
        let Some(one) = single.first() else {
            return Ok(());
        };
        let turn = self.work.turn(self.key, one).await;
        if self.abandon.is_cancelled() && !one.parked {
            return Err(Failure::Away("the channel is gone".to_owned()));
        }
        self.attempt(turn, single, true).await
    }

    /// A handler that panics breaks what it was given, not the lane: whatever else comes for this tenant would wait for ever.
    async fn attempt(
        &self,
        turn: Turn,
        batch: &[Held<W::Item>],
        alone: bool,
    ) -> Result<(), Failure<W::Item>> {
        let attempt = self.work.attempt(turn, self.key, batch, alone);
        // Its transaction goes with it, and nothing else is shared.
        let done = AssertUnwindSafe(attempt).catch_unwind().await;
        done.unwrap_or_else(|_| Err(Failure::Broken("the handler panicked".to_owned())))
    }

    /// Publishes a message to the parked ones; `false` if the broker did not take it (everything stays as it was).
    async fn park(&self, batch: &mut Batch<W>, culprit: Culprit<W::Item>, reason: &str) -> bool {
        let place = match culprit {
            Culprit::Given(at) if at < batch.len() => at,
            Culprit::Given(_) => {
                tracing::error!(
                    service = self.bus.service(),
                    "a handler named a message that it was not given"
                );
                return false;
            }
            Culprit::Stored(held) => {
                batch.push(*held);
                batch.len() - 1
            }
        };
        let Some(one) = batch.get_mut(place) else {
            return false;
        };
        let (kind, id) = self.work.title(&one.item);
        if park(&self.bus, &one.raw, kind, id, reason).await {
            one.parked = true;
            return true;
        }
        if one.raw.tag.is_none() {
            batch.pop();
        }
        false
    }

    fn report(&self, batch: &[Held<W::Item>]) {
        let tags = batch.iter().filter_map(|one| one.raw.tag).collect();
        // Nobody listens any more only when the channel is gone, or what was left could not be done while the service ended:
        // then the broker gives the messages out again.
        let _ = self.done.send(Done {
            key: self.key,
            tags,
        });
    }
}

/// Puts a message aside with its reason; `false` if the broker did not take it.
pub(crate) async fn park(
    bus: &Bus,
    raw: &Raw,
    kind: String,
    id: Option<String>,
    reason: &str,
) -> bool {
    let service = bus.service();
    let headers = vec![
        (crate::park::REASON, reason.to_owned()),
        (crate::park::QUEUE, raw.queue.to_string()),
    ];
    match bus
        .park(raw.body.clone(), kind.clone(), id.clone(), headers)
        .await
    {
        Ok(()) => {
            tracing::error!(service, kind, id, reason, "parked");
            metrics::counter!("messaging_parked_total", "service" => service).increment(1);
            true
        }
        Err(error) => {
            tracing::warn!(service, kind, id, %error, "could not be parked");
            false
        }
    }
}
