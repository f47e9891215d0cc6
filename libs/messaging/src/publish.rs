//! Publishing with confirms, many at a time.

use std::time::Duration;

use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use tokio::time::{Instant, timeout_at};

use crate::BusError;

/// A broker that has not confirmed by then is taken for gone; what it may have is published again.
const CONFIRM_WITHIN: Duration = Duration::from_secs(30);

/// A message on its way out.
#[derive(Debug)]
pub(crate) struct Message {
    pub exchange: &'static str,
    pub key: String,
    pub body: Vec<u8>,
    pub kind: String,
    pub id: Option<String>,
    pub traceparent: Option<String>,
    pub headers: Vec<(&'static str, String)>,
}

/// Publishes all in this order, then awaits all confirms together: one wait per batch, not per message. `Ok` at an
/// index means that the broker has that message on disk in at least one queue.
pub(crate) async fn publish_all(
    channel: &Channel,
    messages: &[Message],
) -> Vec<Result<(), BusError>> {
    let end = Instant::now() + CONFIRM_WITHIN;
    let mut sending = Vec::with_capacity(messages.len());
    for message in messages {
        let mut publish = Box::pin(channel.basic_publish(
            message.exchange.into(),
            short(&message.key),
            BasicPublishOptions {
                // Without a queue that takes it, it comes back instead of vanishing.
                mandatory: true,
                ..BasicPublishOptions::default()
            },
            &message.body,
            properties(message),
        ));
        // The first poll puts the frames into the connection's buffer, which fixes the order; waiting for each to
        // be written before the next would cost a change of threads per message.
        let first = futures::poll!(&mut publish);
        sending.push((publish, first));
    }
    let mut outcomes = Vec::with_capacity(messages.len());
    for ((publish, first), message) in sending.into_iter().zip(messages) {
        let confirmed = async {
            let confirm = match first {
                std::task::Poll::Ready(done) => done?,
                std::task::Poll::Pending => publish.await?,
            };
            confirm.await
        };
        outcomes.push(match timeout_at(end, confirmed).await {
            Err(_) => Err(BusError::Unavailable("no confirm in time".to_owned())),
            Ok(Err(error)) => Err(BusError::Unavailable(error.to_string())),
            Ok(Ok(Confirmation::Ack(None))) => Ok(()),
            Ok(Ok(Confirmation::Ack(Some(_)))) => Err(BusError::Unroutable {
                exchange: message.exchange.to_owned(),
                key: message.key.clone(),
            }),
            Ok(Ok(Confirmation::Nack(_) | Confirmation::NotRequested)) => Err(BusError::Refused {
                key: message.key.clone(),
            }),
        });
    }
    outcomes
}

fn properties(message: &Message) -> BasicProperties {
    let mut headers = FieldTable::default();
    if let Some(traceparent) = &message.traceparent {
        headers.insert("traceparent".into(), value(traceparent));
    }
    for (name, text) in &message.headers {
        headers.insert((*name).into(), value(text));
    }
    let mut properties = BasicProperties::default()
        .with_delivery_mode(2) // on disk
        .with_content_type("application/json".into())
        .with_type(short(&message.kind))
        .with_headers(headers);
    if let Some(id) = &message.id {
        properties = properties.with_message_id(short(id));
    }
    properties
}

fn value(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

/// AMQP's short strings hold 255 bytes; a longer text is cut rather than refused.
pub(crate) fn short(text: &str) -> ShortString {
    ShortString::try_new(text).unwrap_or_else(|_| {
        let mut end = 255.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text[..end].into()
    })
}
