//! What stands on the broker, found out without making anything.

use events::Lane;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ErrorKind};

use crate::bus::open;
use crate::topology::{EXCHANGES, KEEPER, TOPOLOGY, fact_queue, queues};
use crate::{BusError, BusSettings};

/// Exchanges and queues of [`TOPOLOGY`] that are not there, by name: `queue routing.live.1`. Changes nothing.
///
/// # Errors
/// [`BusError::Unavailable`] without a broker; [`BusError::MorePartitions`] and [`BusError::FewerPartitions`].
pub async fn missing(settings: &BusSettings) -> Result<Vec<String>, BusError> {
    let connection = open(settings, "look").await?;
    let missing = missing_on(&connection, settings).await;
    let _ = connection.close(200, "looked".into()).await;
    missing
}

async fn missing_on(
    connection: &Connection,
    settings: &BusSettings,
) -> Result<Vec<String>, BusError> {
    agree(connection, settings, Partitions::Same).await?;
    let mut look = Look::on(connection);
    let mut missing = Vec::new();
    for (name, kind) in EXCHANGES {
        if !look.exchange(name, kind).await? {
            missing.push(format!("exchange {name}"));
        }
    }
    for row in TOPOLOGY {
        for queue in queues(row, settings) {
            if !look.queue(&queue.name).await? {
                missing.push(format!("queue {}", queue.name));
            }
        }
    }
    Ok(missing)
}

/// What a process expects of the partitions that the broker has, compared with those that it is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Partitions {
    /// A process that starts: as many, or none yet.
    Same,
    /// `migrate`: as many or fewer; it makes the others.
    MayGrow,
    /// A process that was there before: it goes on with what it has.
    Whatever,
}

/// Whether this process is set to as many partitions as the others. With another number it would look for a subject's facts,
/// and send them, where nobody else does: out of order, or to nobody.
pub(crate) async fn agree(
    connection: &Connection,
    settings: &BusSettings,
    expected: Partitions,
) -> Result<(), BusError> {
    if expected == Partitions::Whatever {
        return Ok(());
    }
    let mut look = Look::on(connection);
    for lane in [Lane::Live, Lane::Bulk] {
        let ours = settings.partitions(lane);
        // As operators set it: `cli/src/settings.rs`.
        let setting = match lane {
            Lane::Live => "VENTANILLA_LIVE_PARTITIONS",
            Lane::Bulk => "VENTANILLA_BULK_PARTITIONS",
        };
        // The keeper's stand for those of all services: whoever declares, declares all.
        let beyond = fact_queue(KEEPER, lane, ours);
        if look.queue(&beyond).await? {
            return Err(BusError::MorePartitions {
                setting,
                ours,
                queue: beyond,
            });
        }
        let last = fact_queue(KEEPER, lane, ours - 1);
        if expected == Partitions::MayGrow || look.queue(&last).await? {
            continue;
        }
        // Any lower one: another process may be about to declare, the highest of its own first.
        for lower in 0..ours - 1 {
            if look.queue(&fact_queue(KEEPER, lane, lower)).await? {
                return Err(BusError::FewerPartitions {
                    setting,
                    ours,
                    queue: last,
                });
            }
        }
    }
    Ok(())
}

/// Asks whether something stands: a passive declaration.
pub(crate) struct Look<'c> {
    connection: &'c Connection,
    /// A "no" of the broker closes it.
    channel: Option<Channel>,
}

impl<'c> Look<'c> {
    pub(crate) fn on(connection: &'c Connection) -> Self {
        Self {
            connection,
            channel: None,
        }
    }

    pub(crate) async fn queue(&mut self, name: &str) -> Result<bool, BusError> {
        let channel = self.channel().await?;
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let asked = channel.queue_declare(name.into(), options, FieldTable::default());
        let answer = asked.await.map(drop);
        self.heard(answer, channel)
    }

    async fn exchange(&mut self, name: &str, kind: lapin::ExchangeKind) -> Result<bool, BusError> {
        let channel = self.channel().await?;
        let options = ExchangeDeclareOptions {
            passive: true,
            ..ExchangeDeclareOptions::default()
        };
        let asked = channel.exchange_declare(name.into(), kind, options, FieldTable::default());
        let answer = asked.await;
        self.heard(answer, channel)
    }

    async fn channel(&mut self) -> Result<Channel, BusError> {
        match self.channel.take() {
            Some(channel) => Ok(channel),
            None => Ok(self.connection.create_channel().await?),
        }
    }

    fn heard(
        &mut self,
        answer: Result<(), lapin::Error>,
        channel: Channel,
    ) -> Result<bool, BusError> {
        match answer {
            Ok(()) => {
                self.channel = Some(channel);
                Ok(true)
            }
            Err(error) if is_not_found(&error) => Ok(false),
            Err(error) => Err(BusError::Unavailable(error.to_string())),
        }
    }
}

fn is_not_found(error: &lapin::Error) -> bool {
    const NOT_FOUND: u16 = 404;
    matches!(error.kind(), ErrorKind::ProtocolError(said) if said.get_id() == NOT_FOUND)
}
