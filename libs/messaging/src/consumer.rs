//! One queue: takes deliveries, gives them to the lanes of their tenants, acknowledges what is committed.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;
use crate::lane::{Done, Lane, park};
use crate::scope::Key;
use crate::work::{Held, Raw, ReadFailure, Work};
use crate::{Bus, BusError};

/// How long a bulk consumer waits for more before it begins: a fuller batch is cheaper, and nobody waits for it.
const LINGER: Duration = Duration::from_millis(2);
/// How long the end of the service waits for what is under way.
const DRAIN: Duration = Duration::from_secs(12);

pub(crate) struct QueueConsumer<W: Work> {
    pub bus: Bus,
    pub queue: String,
    pub bulk: bool,
    pub work: Arc<W>,
}

struct OpenLane<T> {
    sender: mpsc::UnboundedSender<Held<T>>,
    outstanding: usize,
}

/// Closes its channel when it is dropped half-way. A consumer that the broker confirms after we went away would stay:
/// as the queue's single active one, taking deliveries that nobody works on.
struct Closing(Channel);

impl Drop for Closing {
    fn drop(&mut self) {
        let channel = self.0.clone();
        if channel.status().connected()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move { channel.close(200, "gone".into()).await });
        }
    }
}

/// Everything that belongs to one channel: it ends with it.
struct Session<W: Work> {
    bus: Bus,
    work: Arc<W>,
    queue: Arc<str>,
    channel: Channel,
    lanes: HashMap<Key, OpenLane<W::Item>>,
    tasks: JoinSet<()>,
    done: mpsc::UnboundedSender<Done>,
    stop: CancellationToken,
    abandon: CancellationToken,
    unacked: BTreeSet<u64>,
    finished: BTreeSet<u64>,
    /// Deliveries that nobody can place yet.
    unplaced: VecDeque<(Instant, Raw)>,
}

impl<W: Work> QueueConsumer<W> {
    /// Runs until told to stop, over as many connections as it takes.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut backoff = Backoff::default();
        while !shutdown.is_cancelled() {
            let begun = Instant::now();
            let ended = tokio::select! {
                ended = self.session(&shutdown) => ended,
                // Not while it drains: the session ends by itself then.
                () = async { shutdown.cancelled().await; sleep(DRAIN * 2).await } => return,
            };
            if let Err(error) = ended {
                tracing::warn!(service = self.bus.service(), queue = self.queue, %error, "the consumer starts again");
            }
            if begun.elapsed() > Duration::from_secs(10) {
                backoff.reset();
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let channel = tokio::select! {
            channel = self.bus.channel() => channel?,
            () = shutdown.cancelled() => return Ok(()),
        };
        let _closing = Closing(channel.clone());
        let settings = self.bus.settings();
        channel
            .basic_qos(self.work.prefetch(settings), BasicQosOptions::default())
            .await?;
        let mut consumer = channel
            .basic_consume(
                self.queue.as_str().into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await?;
        let (done, mut finished) = mpsc::unbounded_channel();
        let mut session = Session {
            bus: self.bus.clone(),
            work: self.work.clone(),
            queue: self.queue.as_str().into(),
            channel,
            lanes: HashMap::new(),
            tasks: JoinSet::new(),
            done,
            stop: CancellationToken::new(),
            abandon: CancellationToken::new(),
            unacked: BTreeSet::new(),
            finished: BTreeSet::new(),
            unplaced: VecDeque::new(),
        };
        let outcome = self
            .take(&mut session, &mut consumer, &mut finished, shutdown)
            .await;
        session.end(&consumer, &mut finished, outcome.is_ok()).await;
        outcome
    }

    /// The loop; `Ok` when the service ends, an error when the channel does.
    async fn take(
        &self,
        session: &mut Session<W>,
        consumer: &mut Consumer,
        finished: &mut mpsc::UnboundedReceiver<Done>,
        shutdown: &CancellationToken,
    ) -> Result<(), BusError> {
        let delay = self.bus.settings().delay;
        let mut held: VecDeque<(Instant, Delivery)> = VecDeque::new();
        loop {
            let due = held.front().map(|(due, _)| *due);
            let retry = session.unplaced.front().map(|(due, _)| *due);
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                done = finished.recv() => {
                    let mut all: Vec<Done> = done.into_iter().collect();
                    while let Ok(more) = finished.try_recv() {
                        all.push(more);
                    }
                    session.acknowledge(all).await?;
                }
                delivery = consumer.next() => {
                    let first = delivery.ok_or_else(gone)??;
                    let mut batch = vec![first];
                    self.drain(consumer, &mut batch).await?;
                    match delay {
                        None => session.place_all(batch.into_iter()).await,
                        Some(delay) => {
                            let due = Instant::now() + delay;
                            held.extend(batch.into_iter().map(|one| (due, one)));
                        }
                    }
                }
                () = at(due) => {
                    let now = Instant::now();
                    let ripe = held.iter().take_while(|(due, _)| *due <= now).count();
                    let batch: Vec<Delivery> = held.drain(..ripe).map(|(_, one)| one).collect();
                    session.place_all(batch.into_iter()).await;
                }
                () = at(retry) => {
                    let again: Vec<Raw> = session.unplaced.drain(..).map(|(_, raw)| raw).collect();
                    for raw in again {
                        session.place(raw).await;
                    }
                }
            }
        }
    }

    /// What is there already goes into the same batch.
    async fn drain(
        &self,
        consumer: &mut Consumer,
        batch: &mut Vec<Delivery>,
    ) -> Result<(), BusError> {
        let most = usize::from(self.work.prefetch(self.bus.settings()));
        let end = Instant::now() + LINGER;
        while batch.len() < most {
            let next = match consumer.next().now_or_never() {
                Some(next) => next,
                None if self.bulk => match timeout_at(end, consumer.next()).await {
                    Ok(next) => next,
                    Err(_) => break,
                },
                None => break,
            };
            batch.push(next.ok_or_else(gone)??);
        }
        Ok(())
    }
}

fn gone() -> BusError {
    BusError::Unavailable("the channel was closed".to_owned())
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

impl<W: Work> Session<W> {
    async fn place_all(&mut self, batch: impl Iterator<Item = Delivery>) {
        for delivery in batch {
            self.unacked.insert(delivery.delivery_tag);
            let raw = Raw::of(delivery, self.queue.clone());
            self.place(raw).await;
        }
    }

    async fn place(&mut self, raw: Raw) {
        match self.work.read(&raw).await {
            Ok((key, item)) => self.give(key, Held::new(raw, item)),
            Err(ReadFailure::Again(reason)) => {
                tracing::debug!(queue = &*self.queue, reason, "nobody to give it to yet");
                self.unplaced
                    .push_back((Instant::now() + Duration::from_millis(200), raw));
            }
            Err(ReadFailure::Never(reason)) => {
                if park(&self.bus, &raw, "unreadable".to_owned(), None, &reason).await {
                    self.finished.extend(raw.tag);
                    // It fails with the channel, which the next look at it finds; then the message comes, and is parked, again.
                    // It fails only with the channel: the loop sees that next, and the broker gives the message out again.
                    let _ = self.acknowledge(Vec::new()).await;
                } else {
                    self.unplaced
                        .push_back((Instant::now() + Duration::from_secs(1), raw));
                }
            }
        }
    }

    fn give(&mut self, key: Key, held: Held<W::Item>) {
        let lane = self.lanes.entry(key).or_insert_with(|| {
            let (sender, incoming) = mpsc::unbounded_channel();
            let lane = Lane {
                key,
                work: self.work.clone(),
                bus: self.bus.clone(),
                incoming,
                done: self.done.clone(),
                stop: self.stop.clone(),
                abandon: self.abandon.clone(),
            };
            self.tasks.spawn(lane.run());
            OpenLane {
                sender,
                outstanding: 0,
            }
        });
        lane.outstanding += 1;
        // The lane listens as long as its sender lives, whatever its handler does. It is told to stop only when the session
        // ends, and from then on nothing is given.
        let _ = lane.sender.send(held);
    }

    /// Acknowledges everything up to the first that is not done in one frame, and what is done behind it one by one:
    /// a lane in trouble must not use up the prefetch of the others.
    async fn acknowledge(&mut self, done: Vec<Done>) -> Result<(), BusError> {
        for done in done {
            if let Some(lane) = self.lanes.get_mut(&done.key) {
                lane.outstanding = lane.outstanding.saturating_sub(done.tags.len());
                if lane.outstanding == 0 {
                    self.lanes.remove(&done.key);
                }
            }
            self.finished.extend(done.tags);
        }
        while self.tasks.try_join_next().is_some() {}
        let mut upto = None;
        while let Some(first) = self.unacked.first().copied() {
            if !self.finished.remove(&first) {
                break;
            }
            self.unacked.remove(&first);
            upto = Some(first);
        }
        if let Some(tag) = upto {
            self.channel
                .basic_ack(tag, BasicAckOptions { multiple: true })
                .await?;
        }
        for tag in std::mem::take(&mut self.finished) {
            self.unacked.remove(&tag);
            self.channel
                .basic_ack(tag, BasicAckOptions { multiple: false })
                .await?;
        }
        Ok(())
    }

    /// Ends the lanes. Orderly: what they have is finished and acknowledged. After a lost channel: what is under way
    /// is finished (nothing else can take it in meanwhile), the rest is left to the redelivery.
    async fn end(
        &mut self,
        consumer: &Consumer,
        finished: &mut mpsc::UnboundedReceiver<Done>,
        orderly: bool,
    ) {
        self.stop.cancel();
        if orderly {
            let cancel = self
                .channel
                .basic_cancel(consumer.tag(), BasicCancelOptions::default());
            let _ = timeout(Duration::from_secs(2), cancel).await;
        } else {
            self.abandon.cancel();
        }
        self.lanes.clear();
        let end = Instant::now() + DRAIN;
        loop {
            tokio::select! {
                done = finished.recv() => {
                    if orderly && self.acknowledge(done.into_iter().collect()).await.is_err() {
                        break;
                    }
                }
                task = self.tasks.join_next() => if task.is_none() { break },
                () = sleep_until(end) => {
                    tracing::warn!(queue = &*self.queue, "lanes did not end in time");
                    break;
                }
            }
        }
        if orderly {
            let mut last = Vec::new();
            while let Ok(done) = finished.try_recv() {
                last.push(done);
            }
            // What the broker does not hear of it gives out again: it was taken in, and is known as such.
            // What cannot be acknowledged any more comes again, and the inbox knows it.
            let _ = self.acknowledge(last).await;
            let close = self.channel.close(200, "bye".into());
            let _ = timeout(Duration::from_secs(2), close).await;
        }
    }
}
