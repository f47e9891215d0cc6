//! A subscriber of all live facts, as any service could be one: a queue of its own at the exchange of facts.
//!
//! What comes again with the same id is how the platform delivers (at least once), and no fault. What is noted: another
//! fact in a place that was taken, and a fact that comes before its predecessor. Services put that right by their inbox;
//! a subscriber without one would be led astray.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clock::{Clock as _, SystemClock};
use futures::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Connection, ConnectionProperties, Consumer};
use messaging::FACTS;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// It outlives the broker's restarts, as a service's does.
const QUEUE: &str = "chaos.tap";
/// How often a connection that says nothing is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// What a new connection may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was told of one subject by one source.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Sequence -> the fact's id.
    pub ids: BTreeMap<i64, String>,
    /// `ten_…`; empty if it is no tenant's.
    pub tenant: String,
}

/// A fact, when it came.
#[derive(Debug)]
struct Came {
    at: Instant,
    source: String,
    /// Its own time after that of this machine, in ms; below 0 where it was on its way, above where its source's clock is ahead.
    ahead_ms: i64,
}

#[derive(Debug, Default)]
struct Heard {
    subjects: BTreeMap<(String, String), Told>,
    came: Vec<Came>,
    /// How often the connection was lost.
    breaks: usize,
    doubled: Vec<String>,
    disordered: Vec<String>,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Tap {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tap {
    /// From the return on every live fact is heard.
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        let line = timeout(PATIENCE, bind(url))
            .await
            .context("the broker does not answer the tap")??;
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let task = tokio::spawn(follow(url.to_owned(), line, heard.clone()));
        Ok(Self { heard, task })
    }

    /// What a source told of a subject.
    pub fn told(&self, source: &str, subject: &str) -> Option<Told> {
        let key = (source.to_owned(), subject.to_owned());
        lock(&self.heard).subjects.get(&key).cloned()
    }

    /// How often the connection was lost so far.
    pub fn breaks(&self) -> usize {
        lock(&self.heard).breaks
    }

    /// The longest time between two instants in which nothing was heard.
    pub fn silence(&self, from: Instant, to: Instant) -> Duration {
        let heard = lock(&self.heard);
        let came = heard.came.iter().map(|one| one.at);
        let mut last = from;
        let mut longest = Duration::ZERO;
        for at in came.filter(|at| (from..=to).contains(at)).chain([to]) {
            longest = longest.max(at.saturating_duration_since(last));
            last = at;
        }
        longest
    }

    /// By how many ms the times of a source's facts are ahead of this machine's: so many percent of those that came meanwhile
    /// are less. None if it told nothing.
    pub fn ahead_ms(
        &self,
        source: &str,
        from: Instant,
        to: Instant,
        percent: usize,
    ) -> Option<i64> {
        let heard = lock(&self.heard);
        let of_it = heard
            .came
            .iter()
            .filter(|one| one.source == source && (from..=to).contains(&one.at));
        let mut ahead: Vec<i64> = of_it.map(|one| one.ahead_ms).collect();
        ahead.sort_unstable();
        ahead.get(ahead.len() * percent / 100).copied()
    }

    /// What was told twice, and what before its time, since this was asked last.
    pub fn wrong(&self) -> (Vec<String>, Vec<String>) {
        let mut heard = lock(&self.heard);
        (
            std::mem::take(&mut heard.doubled),
            std::mem::take(&mut heard.disordered),
        )
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn take(&mut self, body: &[u8]) {
        let fact: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| fact[name].as_str().unwrap_or_default().to_owned();
        let (source, subject, id) = (text("source"), text("subject"), text("id"));
        let sequence = fact["sequence"].as_i64().unwrap_or_default();
        let name = format!("{source} {subject} {sequence}");
        let told = self.subjects.entry((source, subject)).or_default();
        if let Some(before) = told.ids.get(&sequence) {
            if *before != id {
                self.doubled.push(format!("{name}: {before} and {id}"));
            }
            return;
        }
        if sequence != told.ids.len() as i64 + 1 {
            let after = told.ids.last_key_value().map_or(0, |(last, _)| *last);
            self.disordered.push(format!("{name} came after {after}"));
        }
        told.tenant = text("tenant");
        told.ids.insert(sequence, id);
        let time: Option<DateTime<Utc>> = text("time").parse().ok();
        self.came.extend(time.map(|time| Came {
            at: Instant::now(),
            source: text("source"),
            ahead_ms: (time - SystemClock.now()).num_milliseconds(),
        }));
    }
}

async fn bind(url: &str) -> lapin::Result<(Connection, Consumer)> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(QUEUE.into(), options, arguments)
        .await?;
    channel
        .queue_bind(
            QUEUE.into(),
            FACTS.into(),
            "live.#".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await?;
    let consumer = channel
        .basic_consume(
            QUEUE.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    Ok((connection, consumer))
}

async fn follow(url: String, line: (Connection, Consumer), heard: Arc<Mutex<Heard>>) {
    let (mut connection, mut consumer) = line;
    loop {
        listen(&connection, &mut consumer, &heard).await;
        lock(&heard).breaks += 1;
        (connection, consumer) = loop {
            if let Ok(Ok(again)) = timeout(PATIENCE, bind(&url)).await {
                break again;
            }
            sleep(LOOK).await;
        };
    }
}

/// Takes facts until the connection is lost.
async fn listen(connection: &Connection, consumer: &mut Consumer, heard: &Mutex<Heard>) {
    loop {
        match timeout(LOOK, consumer.next()).await {
            Ok(Some(Ok(delivery))) => {
                lock(heard).take(&delivery.data);
                let acknowledged = delivery.acker.ack(BasicAckOptions::default()).await;
                if acknowledged.is_err() {
                    return;
                }
            }
            Err(_) if connection.status().connected() => {}
            _ => return,
        }
    }
}
