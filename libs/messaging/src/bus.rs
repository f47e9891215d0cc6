//! The connection of one service to the broker, and what it publishes besides its outbox.

use std::sync::Arc;
use std::time::Duration;

use events::{Envelope, Lane};
use futures::{FutureExt, Stream, StreamExt};
use lapin::options::ConfirmSelectOptions;
use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties, Event};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::backoff::Backoff;
use crate::command::Command;
use crate::hold::{FactsHeld, Holds};
use crate::publish::{Message, publish_all};
use crate::standing::Partitions;
use crate::topology::{
    COMMANDS, PARKED, Subscription, command_key, command_partitions, declare_on, fact_queue,
    partition,
};
use crate::{BusError, BusSettings};

/// How long the first connection is tried, and how long a call waits for a lost one to come back.
const PATIENCE: Duration = Duration::from_secs(15);
/// Seconds without a sign of life after which either side gives the connection up.
const HEARTBEAT: u16 = 10;

/// One service's connection to the broker. It reconnects by itself for ever; a clone is the same connection.
#[derive(Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

struct Inner {
    settings: BusSettings,
    service: &'static str,
    connection: watch::Receiver<Option<Arc<Connection>>>,
    /// For commands, backfill and parking: in confirm mode.
    publisher: Mutex<Option<Channel>>,
    holds: Arc<Holds>,
    _keeper: DropGuard,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus")
            .field("service", &self.inner.service)
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

impl Bus {
    /// Connects, declares the topology and keeps the connection alive until the last clone is dropped.
    ///
    /// # Errors
    /// [`BusError::Unavailable`] if no broker answers within 15 s, [`BusError::Declare`] if the topology stands there
    /// otherwise, [`BusError::Declaring`] if another process does not come to an end with declaring it,
    /// [`BusError::MorePartitions`] or [`BusError::FewerPartitions`] if other processes have another number of
    /// them, [`BusError::Address`] if the URL cannot be read.
    pub async fn connect(settings: BusSettings, service: &'static str) -> Result<Self, BusError> {
        let end = Instant::now() + PATIENCE;
        let mut backoff = Backoff::default();
        let connection = loop {
            match connect_once(&settings, service, Partitions::Same).await {
                Ok(connection) => break Arc::new(connection),
                Err(error) if error.is_transient() && Instant::now() < end => {
                    tracing::warn!(service, %error, "the broker is not there yet");
                    sleep(backoff.next()).await;
                }
                Err(error) => return Err(error),
            }
        };
        let stop = CancellationToken::new();
        let (sender, receiver) = watch::channel(Some(connection.clone()));
        tokio::spawn(keep(
            settings.clone(),
            service,
            connection,
            sender,
            stop.clone(),
        ));
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                service,
                connection: receiver,
                publisher: Mutex::new(None),
                holds: Arc::default(),
                _keeper: stop.drop_guard(),
            }),
        })
    }

    /// Whose connection it is.
    pub fn service(&self) -> &'static str {
        self.inner.service
    }

    /// What it was made with.
    pub fn settings(&self) -> &BusSettings {
        &self.inner.settings
    }

    /// Lets this service's facts wait, in this process, for as long as what it gives back lives, for [`FactsHeld::LONGEST`] at
    /// most. For what may not be late and is over soon: the database's time is shared by all that is under way, and a fact that
    /// comes later comes in a fuller batch.
    pub fn hold_facts(&self) -> FactsHeld {
        self.inner.holds.hold()
    }

    pub(crate) fn holds(&self) -> Arc<Holds> {
        Arc::clone(&self.inner.holds)
    }

    /// Gives work to a service, by the lane by which it takes some; back when the broker has it on disk. Commands of one
    /// `key` keep their order.
    ///
    /// # Errors
    /// [`BusError::NoCommands`]. Transient ones when the broker is away or did not confirm: some of the commands may have
    /// arrived, so what takes them must bear repeats.
    pub async fn send(&self, service: &str, commands: &[Command]) -> Result<(), BusError> {
        let row = Subscription::of(service)
            .ok_or_else(|| BusError::UnknownService(service.to_owned()))?;
        let lane = row
            .commands
            .ok_or_else(|| BusError::NoCommands(service.to_owned()))?;
        let partitions = command_partitions(&self.inner.settings, lane);
        let messages = commands
            .iter()
            .map(|command| {
                let n = partition(&command.key, partitions);
                Ok(Message {
                    exchange: COMMANDS,
                    key: command_key(row.service, lane, n),
                    body: serde_json::to_vec(command)?,
                    kind: command.name.clone(),
                    id: Some(command.id.to_string()),
                    traceparent: command.traceparent.clone(),
                    headers: Vec::new(),
                })
            })
            .collect::<Result<Vec<_>, BusError>>()?;
        self.publish(&messages).await
    }

    /// Gives facts to one service alone, in its own queues: backfill and resend. Back when the broker has them.
    ///
    /// # Errors
    /// As [`Bus::send`].
    pub async fn publish_to(
        &self,
        service: &str,
        lane: Lane,
        facts: &[Envelope],
    ) -> Result<(), BusError> {
        let row = Subscription::of(service)
            .ok_or_else(|| BusError::UnknownService(service.to_owned()))?;
        let messages = facts
            .iter()
            .map(|fact| {
                let n = partition(&fact.subject, self.inner.settings.partitions(lane));
                Ok(Message {
                    exchange: "",
                    key: fact_queue(row.service, lane, n),
                    body: serde_json::to_vec(fact)?,
                    kind: fact.kind.clone(),
                    id: Some(fact.id.to_string()),
                    traceparent: fact.traceparent.clone(),
                    headers: Vec::new(),
                })
            })
            .collect::<Result<Vec<_>, BusError>>()?;
        self.publish(&messages).await
    }

    /// Puts a message aside where an operator sees it, with its reason; back when the broker has it.
    pub(crate) async fn park(
        &self,
        body: Vec<u8>,
        kind: String,
        id: Option<String>,
        headers: Vec<(&'static str, String)>,
    ) -> Result<(), BusError> {
        let message = Message {
            exchange: PARKED,
            key: self.inner.service.to_owned(),
            body,
            kind,
            id,
            traceparent: None,
            headers,
        };
        self.publish(&[message]).await
    }

    /// Publishes and awaits every confirm; the first failure is the error.
    pub(crate) async fn publish(&self, messages: &[Message]) -> Result<(), BusError> {
        for chunk in messages.chunks(1000) {
            let channel = self.publisher().await?;
            let mut outcomes = publish_all(&channel, chunk).await;
            if let Some(at) = outcomes.iter().position(Result::is_err) {
                return outcomes.swap_remove(at);
            }
        }
        Ok(())
    }

    async fn publisher(&self) -> Result<Channel, BusError> {
        let mut kept = self.inner.publisher.lock().await;
        if let Some(channel) = kept.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        let channel = self.confirming_channel().await?;
        *kept = Some(channel.clone());
        Ok(channel)
    }

    /// A new channel in confirm mode.
    pub(crate) async fn confirming_channel(&self) -> Result<Channel, BusError> {
        let channel = self.channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(channel)
    }

    /// A new channel on the connection of now; waits for a lost one to come back.
    pub(crate) async fn channel(&self) -> Result<Channel, BusError> {
        let mut receiver = self.inner.connection.clone();
        let connection = match timeout(PATIENCE, receiver.wait_for(Option::is_some)).await {
            Ok(Ok(connection)) => Arc::clone(connection.as_ref().ok_or_else(closed)?),
            Ok(Err(_)) => return Err(closed()),
            Err(_) => return Err(BusError::Unavailable("no connection".to_owned())),
        };
        connection
            .create_channel()
            .await
            .map_err(|error| BusError::Unavailable(error.to_string()))
    }
}

fn closed() -> BusError {
    BusError::Unavailable("the bus was closed".to_owned())
}

/// Opens a connection without declaring anything.
pub(crate) async fn open(settings: &BusSettings, service: &str) -> Result<Connection, BusError> {
    let mut uri: AMQPUri = settings.url.parse().map_err(BusError::Address)?;
    uri.query.heartbeat.get_or_insert(HEARTBEAT);
    let properties = ConnectionProperties::default()
        .with_connection_name(format!("ventanilla {service}").into());
    let tls = OwnedTLSConfig {
        identity: None,
        cert_chain: authorities(settings).await?,
    };
    let runtime = lapin::runtime::default_runtime()?;
    let connecting = Connection::connect_uri_with_config(uri, properties, tls, runtime);
    timeout(PATIENCE, connecting)
        .await
        .map_err(|_| BusError::Unavailable("no answer in time".to_owned()))?
        .map_err(|error| BusError::Unavailable(error.to_string()))
}

/// The authorities that are trusted besides the built-in ones.
async fn authorities(settings: &BusSettings) -> Result<Option<String>, BusError> {
    let Some(path) = &settings.ca_file else {
        return Ok(None);
    };
    let unusable = |reason: String| BusError::Authorities {
        file: path.display().to_string(),
        reason,
    };
    let pem = tokio::fs::read_to_string(path)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    // What is no certificate is passed over below, and then every broker would be refused without a word about this file.
    if pem.contains("-----BEGIN CERTIFICATE-----") {
        Ok(Some(pem))
    } else {
        Err(unusable("no certificate in PEM form in it".to_owned()))
    }
}

async fn connect_once(
    settings: &BusSettings,
    service: &str,
    expected: Partitions,
) -> Result<Connection, BusError> {
    let connection = open(settings, service).await?;
    declare_on(&connection, settings, expected).await?;
    Ok(connection)
}

/// Watches the connection and makes a new one when it is lost.
async fn keep(
    settings: BusSettings,
    service: &'static str,
    first: Arc<Connection>,
    sender: watch::Sender<Option<Arc<Connection>>>,
    stop: CancellationToken,
) {
    let mut connection = first;
    loop {
        tokio::select! {
            () = stop.cancelled() => {
                let _ = timeout(Duration::from_secs(2), connection.close(200, "bye".into())).await;
                return;
            }
            () = lost(&connection, service) => {}
        }
        sender.send_replace(None);
        metrics::counter!("messaging_connection_lost_total", "service" => service).increment(1);
        let mut backoff = Backoff::default();
        // Each cause once: a broker that is away for an hour is one line, not a thousand.
        let mut said = String::new();
        connection = loop {
            let attempt = tokio::select! {
                () = stop.cancelled() => return,
                attempt = connect_once(&settings, service, Partitions::Whatever) => attempt,
            };
            match attempt {
                Ok(connection) => break Arc::new(connection),
                Err(error) => {
                    let cause = error.to_string();
                    if cause == said {
                        tracing::debug!(service, cause, "the broker is still away");
                    } else {
                        tracing::warn!(
                            service,
                            cause,
                            "the broker is away; tried again until it is back"
                        );
                        said = cause;
                    }
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = sleep(backoff.next()) => {}
                    }
                }
            }
        };
        tracing::info!(service, "connected to the broker again");
        sender.send_replace(Some(connection.clone()));
    }
}

/// Comes back when the connection is no more, and says once why.
async fn lost(connection: &Connection, service: &'static str) {
    let mut events = Box::pin(connection.events_listener());
    let mut cause = None;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => note(event, &mut cause, service),
                None => break,
            },
            // Events say it at once; this look makes sure.
            () = sleep(Duration::from_millis(250)) => {}
        }
        if !connection.status().connected() {
            break;
        }
    }
    last_words(&mut events, &mut cause, service);
    let cause = cause.unwrap_or_else(|| "none given".to_owned());
    tracing::warn!(service, cause, "the connection to the broker is lost");
}

/// What came together with the end tells the cause of it.
fn last_words(
    events: &mut (impl Stream<Item = Event> + Unpin),
    cause: &mut Option<String>,
    service: &'static str,
) {
    while let Some(Some(event)) = events.next().now_or_never() {
        note(event, cause, service);
    }
}

fn note(event: Event, cause: &mut Option<String>, service: &'static str) {
    match event {
        // The first is the cause; those behind it are what it brought about.
        Event::Error(error) => {
            cause.get_or_insert_with(|| error.to_string());
        }
        Event::ConnectionBlocked(reason) => {
            tracing::warn!(service, reason, "the broker takes no messages for now");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use lapin::ErrorKind;

    use super::*;

    #[test]
    fn the_first_error_is_the_cause() {
        let error = |text: &str| {
            let error = std::io::Error::other(text.to_owned());
            Event::Error(ErrorKind::IOError(Arc::new(error)).into())
        };
        let told = [
            Event::ConnectionUnblocked,
            error("certificate expired"),
            error("closed"),
        ];
        let mut cause = None;
        last_words(&mut futures::stream::iter(told), &mut cause, "routing");
        assert_eq!(cause.as_deref(), Some("IO error: certificate expired"));
        // A connection that ends without a word leaves none.
        let mut none = None;
        last_words(&mut futures::stream::pending(), &mut none, "routing");
        assert_eq!(none, None);
    }
}
