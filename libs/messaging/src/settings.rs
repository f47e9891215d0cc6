//! Where the broker is and how the work is cut.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use events::Lane;

/// The broker, the number of partitions and how much is taken at once. Every process of an installation must agree
/// on `live` and `bulk`, which is looked at when it connects; before fewer partitions are set, the queues that go must be
/// empty, and be deleted.
#[derive(Clone)]
pub struct BusSettings {
    /// `amqp://user:password@host:port/vhost`; with TLS `amqps://…`, whose port is 5671 unless it says another.
    pub url: String,
    /// PEM file with the certificates of authorities that the broker's may come from, besides those of Mozilla's list,
    /// which is built in: a broker with a certificate of one's own. Read at every connection, so it may be renewed.
    pub ca_file: Option<PathBuf>,
    /// Partitions (queues per service) of what people wait for. 8 on a cluster, 2 on one machine.
    pub live: u16,
    /// Partitions of imports and backfills: 2 on a cluster, 1 on one machine.
    pub bulk: u16,
    /// How many unconfirmed deliveries a consumer holds: the greatest batch. 200 makes the commit's fsync small per fact
    /// and keeps a batch under some 100 ms.
    pub prefetch: u16,
    /// Tests only: every delivery is held so long before it is looked at.
    pub delay: Option<Duration>,
}

impl BusSettings {
    /// What one machine needs: 2 live partitions, 1 bulk, 200 deliveries at once.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ca_file: None,
            live: 2,
            bulk: 1,
            prefetch: 200,
            delay: None,
        }
    }

    /// The number of partitions of a lane, at least 1.
    pub fn partitions(&self, lane: Lane) -> u16 {
        match lane {
            Lane::Live => self.live.max(1),
            Lane::Bulk => self.bulk.max(1),
        }
    }
}

impl fmt::Debug for BusSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL holds the password: only what stands behind it is shown.
        let place = self.url.rsplit('@').next().unwrap_or_default();
        f.debug_struct("BusSettings")
            .field("url", &place)
            .field("ca_file", &self.ca_file)
            .field("live", &self.live)
            .field("bulk", &self.bulk)
            .field("prefetch", &self.prefetch)
            .field("delay", &self.delay)
            .finish()
    }
}
