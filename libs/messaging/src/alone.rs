//! One process at a time looks at the broker and declares what it lacks.
//!
//! Two that start at the same instant on an empty broker, set to different numbers of partitions, would each find nothing that
//! speaks against its own, and both would go on. The lock is an exclusive queue: it is its connection's alone, everybody else's
//! declaration of that name is answered RESOURCE_LOCKED, and it goes with the connection, so no death leaves it behind.

use std::time::Duration;

use lapin::options::{QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ErrorKind};
use tokio::time::{Instant, sleep};

use crate::BusError;
use crate::backoff::Backoff;
use crate::topology::refused;

/// The queue that is the lock. Nothing is ever bound to it.
const LOCK: &str = "declaring";
/// How long others are waited for. To declare everything takes some seconds on an empty cluster, and of a holder whose machine
/// died the broker takes leave within 20 s (two heartbeats).
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries, at most. Each refusal is a line in the broker's log.
const PAUSE: Duration = Duration::from_millis(500);

/// The lock, until [`Alone::end`] or the end of the connection.
pub(crate) struct Alone {
    channel: Channel,
}

impl Alone {
    /// Waits until no other connection has it.
    pub(crate) async fn on(connection: &Connection) -> Result<Self, BusError> {
        let end = Instant::now() + PATIENCE;
        let mut backoff = Backoff::default();
        loop {
            // A refusal closes the channel, and nothing else.
            let channel = connection.create_channel().await?;
            let options = QueueDeclareOptions {
                exclusive: true,
                ..QueueDeclareOptions::default()
            };
            let asked = channel.queue_declare(LOCK.into(), options, arguments());
            match asked.await.map(drop) {
                Ok(()) => return Ok(Self { channel }),
                Err(error) if !is_taken(&error) => {
                    return Err(refused(format!("queue {LOCK}"), &error));
                }
                Err(_) if Instant::now() >= end => {
                    return Err(BusError::Declaring {
                        lock: LOCK,
                        waited_s: PATIENCE.as_secs(),
                    });
                }
                Err(_) => sleep(backoff.next().min(PAUSE)).await,
            }
        }
    }

    /// Lets the next one look. Where this fails the connection must not be kept: the lock would be kept with it.
    pub(crate) async fn end(self) -> Result<(), BusError> {
        let options = QueueDeleteOptions::default();
        self.channel.queue_delete(LOCK.into(), options).await?;
        let _ = self.channel.close(200, "declared".into()).await;
        Ok(())
    }
}

/// Said, as a virtual host may make every queue a quorum queue that does not say otherwise, and those are nobody's alone.
fn arguments() -> FieldTable {
    let mut table = FieldTable::default();
    table.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("classic".into()),
    );
    table
}

/// Another connection has it, or had it a moment ago and it is just being deleted.
fn is_taken(error: &lapin::Error) -> bool {
    const NOT_FOUND: u16 = 404;
    const RESOURCE_LOCKED: u16 = 405;
    matches!(error.kind(), ErrorKind::ProtocolError(said) if matches!(said.get_id(), NOT_FOUND | RESOURCE_LOCKED))
}
