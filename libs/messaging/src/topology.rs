//! Who hears what: one table for the whole platform, and its declaration on the broker.
//!
//! | thing | name | kind |
//! | --- | --- | --- |
//! | exchange | `facts` | topic; routing key `<lane>.<partition>.<type>`: `live.1.ticket.opened.v1` |
//! | exchange | `commands` | direct; routing key `<service>.<lane>.<partition>` |
//! | exchange | `parked` | direct; routing key `<service>` |
//! | queue | `<service>.live.<n>`, `<service>.bulk.<n>` | facts |
//! | queue | `<service>.commands.<lane>.<n>` | commands, for those that take some |
//! | queue | `parked.<service>` | what could not be done |
//! | queue | `declaring` | while a process declares: the lock that keeps others from it meanwhile |
//!
//! Every queue but the lock is a quorum queue. A service binds every type of a publisher or none, but for those that are the only
//! one of their subjects: any other that is left out would be a gap in the sequence of its subjects. (The gateway keeps no
//! sequence. It stands outside of this table: each of its processes
//! has a queue of its own that ends with the connection, bound to those types of directory that change what a caller may
//! do. It relies on the exchange and on the form of the routing keys.)
//!
//! To add a service: one row in [`TOPOLOGY`].

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use events::intake::ContactRecorded;
use events::{Fact as _, Lane, Publisher};
use futures::future::try_join_all;
use ids::{ContactId, TypedId as _};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ExchangeKind};
use tokio::sync::Mutex;

use crate::alone::Alone;
use crate::bus::open;
use crate::standing::{Partitions, agree};
use crate::{BusError, BusSettings};

/// The topic exchange of facts.
pub const FACTS: &str = "facts";
/// The direct exchange of commands.
pub const COMMANDS: &str = "commands";
/// The direct exchange of what could not be done; also where the broker's own dead letters go.
pub const PARKED: &str = "parked";
/// The service that keeps every envelope, its own as well, and gives missing ones again. It alone hears itself: it answers no
/// fact with another, and so nothing goes round in a circle.
pub const KEEPER: &str = "reporting";

/// What one service hears.
#[derive(Debug, Clone, Copy)]
pub struct Subscription {
    /// The service.
    pub service: &'static str,
    /// Publishers whose every type it hears.
    pub hears: &'static [Publisher],
    /// But for these, of which it has no use: taking a fact in costs a transaction, whatever comes of it.
    pub without: &'static [Apart],
    /// Single types besides, which more than one service publishes, each subject with one fact alone.
    pub also: &'static [&'static str],
    /// By which lane others give it work, if they do: imports, and asking the keeper for what is missing.
    pub commands: Option<Lane>,
}

/// A type that is the only one of its subjects, so that who leaves it out misses nothing in their sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apart {
    /// The type.
    pub kind: &'static str,
    /// What its subjects begin with, and no other type's: the prefix of their ids, without the underscore.
    pub subjects: &'static str,
}

impl Apart {
    /// Whether `subject` is one of its own.
    pub fn is_about(&self, subject: &str) -> bool {
        let rest = subject.strip_prefix(self.subjects);
        rest.is_some_and(|rest| rest.starts_with('_'))
    }
}

/// Calls and other contacts, which are counted and shown and move nothing.
pub(crate) const CONTACTS: Apart = Apart {
    kind: ContactRecorded::TYPE,
    subjects: ContactId::PREFIX,
};

/// The whole platform.
pub const TOPOLOGY: &[Subscription] = &[
    Subscription {
        service: "directory",
        hears: &[],
        without: &[],
        also: &[events::TENANT_PROVISIONED],
        commands: None,
    },
    Subscription {
        service: "intake",
        hears: &[
            Publisher::Directory,
            Publisher::Routing,
            Publisher::SlaClock,
        ],
        without: &[],
        also: &[],
        commands: Some(Lane::Bulk),
    },
    Subscription {
        service: "routing",
        hears: &[Publisher::Directory, Publisher::Intake, Publisher::SlaClock],
        without: &[CONTACTS],
        also: &[],
        commands: None,
    },
    Subscription {
        service: "sla-clock",
        hears: &[Publisher::Directory, Publisher::Intake, Publisher::Routing],
        without: &[CONTACTS],
        also: &[],
        commands: None,
    },
    Subscription {
        service: "knowledge",
        hears: &[Publisher::Directory, Publisher::Intake],
        without: &[CONTACTS],
        also: &[],
        commands: None,
    },
    Subscription {
        service: KEEPER,
        hears: &Publisher::ALL,
        without: &[],
        also: &[],
        commands: Some(Lane::Live),
    },
];

impl Subscription {
    /// The row of a service.
    pub fn of(service: &str) -> Option<&'static Self> {
        TOPOLOGY.iter().find(|row| row.service == service)
    }

    /// Whether it leaves out what is told of `subject`.
    pub fn leaves_out(&self, subject: &str) -> bool {
        self.without.iter().any(|apart| apart.is_about(subject))
    }

    /// Every type it hears.
    pub fn types(&self) -> impl Iterator<Item = &'static str> {
        self.hears
            .iter()
            .flat_map(|publisher| publisher.types())
            .filter(|kind| self.without.iter().all(|apart| apart.kind != *kind))
            .chain(self.also.iter().copied())
    }
}

/// `live` or `bulk`: as in routing keys, queue names and columns.
pub const fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Live => "live",
        Lane::Bulk => "bulk",
    }
}

/// The lane of that name.
pub fn lane_of(name: &str) -> Option<Lane> {
    match name {
        "live" => Some(Lane::Live),
        "bulk" => Some(Lane::Bulk),
        _ => None,
    }
}

/// The partition of a subject or key: FNV-1a (64 bits) of its UTF-8 bytes, modulo `partitions`. The same in every
/// version and on every machine, as both sides of an upgrade must agree.
pub fn partition(key: &str, partitions: u16) -> u16 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = key.bytes().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    // The lowest bits of FNV are its weakest: fold the upper half in.
    ((hash ^ (hash >> 32)) % u64::from(partitions.max(1))) as u16
}

/// The queue of facts: `routing.live.1`.
pub fn fact_queue(service: &str, lane: Lane, partition: u16) -> String {
    format!("{service}.{}.{partition}", lane_name(lane))
}

/// The queue of commands: `intake.commands.bulk.0`.
pub fn command_queue(service: &str, lane: Lane, partition: u16) -> String {
    format!("{service}.commands.{}.{partition}", lane_name(lane))
}

/// The queue of what a service could not do: `parked.routing`.
pub fn parked_queue(service: &str) -> String {
    format!("parked.{service}")
}

pub(crate) fn fact_key(lane: &str, partition: u16, kind: &str) -> String {
    format!("{lane}.{partition}.{kind}")
}

pub(crate) fn command_key(service: &str, lane: Lane, partition: u16) -> String {
    format!("{service}.{}.{partition}", lane_name(lane))
}

/// Live commands are rare (`resend`): one queue is enough.
pub(crate) fn command_partitions(settings: &BusSettings, lane: Lane) -> u16 {
    match lane {
        Lane::Live => 1,
        Lane::Bulk => settings.partitions(lane),
    }
}

/// Every exchange.
pub(crate) const EXCHANGES: [(&str, ExchangeKind); 3] = [
    (FACTS, ExchangeKind::Topic),
    (COMMANDS, ExchangeKind::Direct),
    (PARKED, ExchangeKind::Direct),
];

/// Declares every exchange, queue and binding of [`TOPOLOGY`]. Declaring the same again changes nothing; a larger number of
/// partitions is what the installation has from now on.
///
/// # Errors
/// [`BusError::Declare`] if something stands there with other arguments, [`BusError::MorePartitions`] if there are more
/// partitions, [`BusError::Declaring`] if another process has been declaring for 30 s; [`BusError::Unavailable`] without a
/// broker.
pub async fn declare(settings: &BusSettings) -> Result<(), BusError> {
    let connection = open(settings, "declare").await?;
    let declared = declare_on(&connection, settings, Partitions::MayGrow).await;
    let _ = connection.close(200, "declared".into()).await;
    declared
}

/// When this process declared the topology of a broker last: several services in one process do it once.
type Declared = Arc<Mutex<Option<Instant>>>;
static DECLARED: LazyLock<Mutex<HashMap<String, Declared>>> = LazyLock::new(Mutex::default);
const FRESH: Duration = Duration::from_secs(5);

/// On an error the connection must not be kept.
pub(crate) async fn declare_on(
    connection: &Connection,
    settings: &BusSettings,
    expected: Partitions,
) -> Result<(), BusError> {
    let key = format!("{} {} {}", settings.url, settings.live, settings.bulk);
    // Of one broker alone: others need not wait for a slow one. Nor do those that are set otherwise; the broker decides there.
    let of_broker = Arc::clone(DECLARED.lock().await.entry(key).or_default());
    let mut declared = of_broker.lock().await;
    if declared.is_some_and(|at| at.elapsed() < FRESH) {
        return Ok(());
    }
    // Whoever takes up what it has does not look, and needs no lock: when a broker comes back all of them come at once, and
    // would stand in line.
    let alone = match expected {
        Partitions::Same | Partitions::MayGrow => Some(Alone::on(connection).await?),
        Partitions::Whatever => None,
    };
    let made = look_and_declare(connection, settings, expected).await;
    let ended = match alone {
        Some(alone) => alone.end().await,
        None => Ok(()),
    };
    made?;
    ended?;
    *declared = Some(Instant::now());
    Ok(())
}

async fn look_and_declare(
    connection: &Connection,
    settings: &BusSettings,
    expected: Partitions,
) -> Result<(), BusError> {
    agree(connection, settings, expected).await?;
    let channel = connection.create_channel().await?;
    for (exchange, kind) in EXCHANGES {
        let options = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        channel
            .exchange_declare(exchange.into(), kind, options, FieldTable::default())
            .await
            .map_err(|error| refused(format!("exchange {exchange}"), &error))?;
    }
    // A channel per service: the broker creates quorum queues side by side.
    try_join_all(
        TOPOLOGY
            .iter()
            .map(|row| declare_service(connection, settings, row)),
    )
    .await?;
    // One of an older version asks for no lock, and one that was there before neither: it may have begun at the same time, and
    // with another number.
    agree(connection, settings, expected).await?;
    let _ = channel.close(200, "declared".into()).await;
    Ok(())
}

/// A queue, and by what it is bound to an exchange.
pub(crate) struct Queue {
    pub(crate) name: String,
    exchange: &'static str,
    keys: Vec<String>,
    /// What older versions bound it by.
    no_keys: Vec<String>,
}

/// Every queue of a service. The highest number of each kind comes first: where the lowest stands, all of them do, and how
/// many there are can be found out ([`crate::standing`]).
pub(crate) fn queues(row: &Subscription, settings: &BusSettings) -> Vec<Queue> {
    let mut all = vec![Queue {
        name: parked_queue(row.service),
        exchange: PARKED,
        keys: vec![row.service.to_owned()],
        no_keys: Vec::new(),
    }];
    for lane in [Lane::Live, Lane::Bulk] {
        for n in (0..settings.partitions(lane)).rev() {
            let key = |kind| fact_key(lane_name(lane), n, kind);
            all.push(Queue {
                name: fact_queue(row.service, lane, n),
                exchange: FACTS,
                keys: row.types().map(key).collect(),
                no_keys: row.without.iter().map(|apart| key(apart.kind)).collect(),
            });
        }
    }
    if let Some(lane) = row.commands {
        for n in (0..command_partitions(settings, lane)).rev() {
            all.push(Queue {
                name: command_queue(row.service, lane, n),
                exchange: COMMANDS,
                keys: vec![command_key(row.service, lane, n)],
                no_keys: Vec::new(),
            });
        }
    }
    all
}

async fn declare_service(
    connection: &Connection,
    settings: &BusSettings,
    row: &Subscription,
) -> Result<(), BusError> {
    let channel = connection.create_channel().await?;
    for one in queues(row, settings) {
        let Queue {
            name,
            exchange,
            keys,
            no_keys,
        } = one;
        let arguments = if exchange == PARKED {
            parked_arguments()
        } else {
            arguments(row.service)
        };
        queue(&channel, &name, arguments).await?;
        let bound = keys
            .into_iter()
            .map(|key| bind(&channel, &name, exchange, key));
        try_join_all(bound).await?;
        for key in no_keys {
            // Where there is no such binding it is well, too.
            channel
                .queue_unbind(
                    name.as_str().into(),
                    exchange.into(),
                    key.into(),
                    FieldTable::default(),
                )
                .await?;
        }
    }
    let _ = channel.close(200, "declared".into()).await;
    Ok(())
}

/// Why each argument: see beside it.
fn arguments(service: &str) -> FieldTable {
    let mut table = FieldTable::default();
    // Replicated and written to disk before the confirm.
    table.insert("x-queue-type".into(), text("quorum"));
    // Order per partition also with several replicas of a service; the others stand by.
    table.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    // A net alone: we never requeue, but a process that dies over a message gives it back each time.
    table.insert("x-delivery-limit".into(), AMQPValue::LongInt(100));
    // What falls into the net must not be lost on its way to `parked` …
    table.insert("x-dead-letter-strategy".into(), text("at-least-once"));
    // … which demands that a full queue refuses instead of dropping its oldest.
    table.insert("x-overflow".into(), text("reject-publish"));
    table.insert("x-dead-letter-exchange".into(), text(PARKED));
    table.insert("x-dead-letter-routing-key".into(), text(service));
    table
}

fn parked_arguments() -> FieldTable {
    let mut table = FieldTable::default();
    table.insert("x-queue-type".into(), text("quorum"));
    table
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

async fn queue(channel: &Channel, name: &str, arguments: FieldTable) -> Result<(), BusError> {
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(name.into(), options, arguments)
        .await
        .map_err(|error| refused(format!("queue {name}"), &error))?;
    Ok(())
}

async fn bind(
    channel: &Channel,
    name: &str,
    exchange: &'static str,
    key: String,
) -> Result<(), BusError> {
    let what = format!("binding of {name} to {exchange} by {key}");
    channel
        .queue_bind(
            name.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(|error| refused(what, &error))
}

/// A refusal by the broker names what it refused; a lost connection stays what it is.
pub(crate) fn refused(what: String, error: &lapin::Error) -> BusError {
    if error.is_amqp_soft_error() {
        BusError::Declare {
            what,
            reason: error.to_string(),
        }
    } else {
        BusError::Unavailable(error.to_string())
    }
}
