//! What could not be done, seen by an operator: `parked.<service>`.
//!
//! A retry gives the message back to the queue it came from; its successors, which wait, follow it in order. A drop
//! of a fact passes its place in the sequence over, so that its successors follow as well.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::Envelope;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use lapin::types::{AMQPValue, FieldTable};

use crate::command::Command;
use crate::publish::Message;
use crate::topology::{Subscription, parked_queue};
use crate::{Bus, BusError};

/// Header: why it was parked.
pub(crate) const REASON: &str = "ventanilla-reason";
/// Header: the queue it came from.
pub(crate) const QUEUE: &str = "ventanilla-queue";
/// Header: pass its place in the sequence over without applying it.
pub(crate) const SKIP: &str = "ventanilla-skip";

/// One parked message.
#[derive(Debug, Clone)]
pub struct Parked {
    /// The id of the fact or command; empty if it cannot be read.
    pub id: String,
    /// Its type or name.
    pub kind: String,
    /// Who published it; empty for commands.
    pub source: String,
    /// What it is about: the subject of a fact, the key of a command.
    pub subject: String,
    /// The place of a fact among its subject's; 0 for commands.
    pub sequence: i64,
    /// The tenant's id; empty for what belongs to none.
    pub tenant: String,
    /// Why.
    pub reason: String,
    /// The queue it came from.
    pub queue: String,
    /// When the fact happened.
    pub time: Option<DateTime<Utc>>,
    /// The message itself.
    pub body: String,
}

/// What is parked for a service: at most `most`, in order of subject and sequence.
///
/// # Errors
/// Trouble with the broker; [`BusError::UnknownService`].
pub async fn list(bus: &Bus, service: &str, most: usize) -> Result<Vec<Parked>, BusError> {
    let held = hold(bus, service, most).await?;
    let mut seen = HashSet::new();
    let mut all: Vec<Parked> = held
        .messages
        .iter()
        .map(read)
        // One that was parked twice (a crash right after parking) is shown once.
        .filter(|one| one.id.is_empty() || seen.insert(one.id.clone()))
        .collect();
    sort(&mut all);
    held.give_back().await;
    Ok(all)
}

/// One parked message by its id.
///
/// # Errors
/// As [`list`].
pub async fn show(bus: &Bus, service: &str, id: &str) -> Result<Option<Parked>, BusError> {
    let all = list(bus, service, usize::MAX).await?;
    Ok(all.into_iter().find(|one| one.id == id))
}

/// Gives parked messages back to their queues, in order of subject and sequence: the one with this id, or all. Returns
/// how many.
///
/// # Errors
/// As [`list`]; what was not given back stays parked.
pub async fn retry(bus: &Bus, service: &str, id: Option<&str>) -> Result<usize, BusError> {
    settle(bus, service, id, false).await
}

/// Gives parked messages up for good: the one with this id, or all. A fact's place in its sequence is passed over.
/// Returns how many.
///
/// # Errors
/// As [`list`]; what was not settled stays parked.
pub async fn drop(bus: &Bus, service: &str, id: Option<&str>) -> Result<usize, BusError> {
    settle(bus, service, id, true).await
}

struct Held {
    channel: lapin::Channel,
    messages: Vec<Delivery>,
}

impl Held {
    /// Closing the channel gives back what was not acknowledged.
    async fn give_back(self) {
        let _ = self.channel.close(200, "looked at".into()).await;
    }
}

async fn hold(bus: &Bus, service: &str, most: usize) -> Result<Held, BusError> {
    let row =
        Subscription::of(service).ok_or_else(|| BusError::UnknownService(service.to_owned()))?;
    let channel = bus.channel().await?;
    let queue = parked_queue(row.service);
    let mut messages = Vec::new();
    while messages.len() < most {
        let got = channel
            .basic_get(queue.as_str().into(), BasicGetOptions::default())
            .await?;
        let Some(got) = got else { break };
        messages.push(got.delivery);
    }
    Ok(Held { channel, messages })
}

async fn settle(bus: &Bus, service: &str, id: Option<&str>, skip: bool) -> Result<usize, BusError> {
    let held = hold(bus, service, usize::MAX).await?;
    let mut chosen: Vec<(Parked, u64)> = held
        .messages
        .iter()
        .map(|delivery| (read(delivery), delivery.delivery_tag))
        .filter(|(one, _)| id.is_none_or(|id| one.id == id))
        .collect();
    chosen.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
    let mut seen = HashSet::new();
    let mut settled = 0;
    for (one, tag) in &chosen {
        let first = one.id.is_empty() || seen.insert(one.id.as_str());
        // A drop has nothing to pass over where there is no sequence.
        if first && !(skip && one.sequence == 0) {
            let headers = if skip {
                vec![(SKIP, "dropped by the operator".to_owned())]
            } else {
                Vec::new()
            };
            let message = Message {
                exchange: "",
                key: one.queue.clone(),
                body: one.body.clone().into_bytes(),
                kind: one.kind.clone(),
                id: (!one.id.is_empty()).then(|| one.id.clone()),
                traceparent: None,
                headers,
            };
            if let Err(error) = bus.publish(&[message]).await {
                held.give_back().await;
                return Err(error);
            }
        }
        held.channel
            .basic_ack(*tag, BasicAckOptions::default())
            .await?;
        settled += usize::from(first);
    }
    held.give_back().await;
    Ok(settled)
}

fn sort(all: &mut [Parked]) {
    all.sort_by(|a, b| order(a).cmp(&order(b)));
}

fn order(one: &Parked) -> (&str, &str, i64) {
    (&one.source, &one.subject, one.sequence)
}

fn read(delivery: &Delivery) -> Parked {
    let headers = delivery.properties.headers().as_ref();
    let header = |name: &str| headers.and_then(|headers| text(headers, name));
    // What the broker parked itself (its limit of deliveries) carries its own headers.
    let reason = header(REASON).unwrap_or_else(|| {
        format!(
            "given up by the broker: {}",
            header("x-first-death-reason").unwrap_or_default()
        )
    });
    let queue = header(QUEUE)
        .or_else(|| header("x-first-death-queue"))
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&delivery.data).into_owned();
    let kind = delivery
        .properties
        .kind()
        .as_ref()
        .map_or("", |kind| kind.as_str());
    let mut parked = Parked {
        id: String::new(),
        kind: kind.to_owned(),
        source: String::new(),
        subject: String::new(),
        sequence: 0,
        tenant: String::new(),
        reason,
        queue,
        time: None,
        body,
    };
    if let Ok(fact) = serde_json::from_str::<Envelope>(&parked.body) {
        parked.id = fact.id.to_string();
        parked.kind = fact.kind;
        parked.source = fact.source;
        parked.subject = fact.subject;
        parked.sequence = fact.sequence;
        parked.tenant = fact
            .tenant
            .map(|tenant| tenant.to_string())
            .unwrap_or_default();
        parked.time = Some(fact.time);
    } else if let Ok(command) = serde_json::from_str::<Command>(&parked.body) {
        parked.id = command.id.to_string();
        parked.kind = command.name;
        parked.subject = command.key;
        parked.tenant = command.tenant.to_string();
    }
    parked
}

fn text(headers: &FieldTable, name: &str) -> Option<String> {
    match headers.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.to_string()),
        _ => None,
    }
}
