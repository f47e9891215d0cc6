//! Everything that a service does with the broker, under one handle.

use std::sync::Arc;

use clock::SharedClock;
use events::Lane;
use ids::SharedIds;
use tenancy::ServiceDb;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::Bus;
use crate::commands::CommandWork;
use crate::consumer::QueueConsumer;
use crate::facts::FactWork;
use crate::handler::{CommandHandler, FactHandler, Gathers, HandlerScope};
use crate::outbox::Outbox;
use crate::relay::Relay;
use crate::scope::Locks;
use crate::sweep::{Sweep, Waitlist};
use crate::topology::{Subscription, command_partitions, command_queue, fact_queue};

/// Relay, consumers and sweeps of one service.
pub struct Runner {
    /// The service's database.
    pub db: ServiceDb,
    /// Its connection to the broker.
    pub bus: Bus,
    /// Its outbox: the same one that its actions announce through, so that they wake this relay.
    pub outbox: Outbox,
    /// The time.
    pub clock: SharedClock,
    /// Ids for what it announces itself.
    pub ids: SharedIds,
    /// What the service does with facts. Without it, tenants are provisioned all the same.
    pub facts: Option<Arc<dyn FactHandler>>,
    /// What it does with commands.
    pub commands: Option<Arc<dyn CommandHandler>>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner")
            .field("bus", &self.bus)
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// Runs until `shutdown`: then it takes nothing more, finishes and acknowledges what is under way, publishes what
    /// that brought about, and the handle ends.
    pub fn run(self, shutdown: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(self.go(shutdown))
    }

    async fn go(self, shutdown: CancellationToken) {
        let service = self.bus.service();
        // Half of the connections, less one, are for facts: somebody waits for an answer to a request, while a fact
        // may come a little later, and then in a fuller batch. History takes half of that again, and imports as much.
        let ours = (self.db.slots() / 2).saturating_sub(1).max(1);
        let slots = Arc::new(Semaphore::new(ours));
        let bulk_slots = Arc::new(Semaphore::new(ours.div_ceil(2)));
        let scope = self
            .facts
            .as_ref()
            .map_or(HandlerScope::Tenant, |handler| handler.scope());
        let facts = Arc::new(FactWork {
            service,
            db: self.db.clone(),
            outbox: self.outbox.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            handler: self.facts.clone(),
            scope,
            gathers: (self.facts.as_ref()).map_or(Gathers::Never, |handler| handler.gathers()),
            share: ours,
            slots: slots.clone(),
            bulk_slots: bulk_slots.clone(),
            holds: self.bus.holds(),
            locks: Arc::new(Locks::default()),
            waitlist: Arc::new(Waitlist::default()),
        });
        let publishing = CancellationToken::new();
        let relay = Relay {
            // It is in a transaction most of the time: there it would keep those whose home that connection is waiting.
            db: self.db.apart(),
            bus: self.bus.clone(),
            outbox: self.outbox.clone(),
        };
        // In a set, so that whoever aborts us aborts everything.
        let mut relays = JoinSet::new();
        relays.spawn(relay.run(publishing.clone()));

        let mut tasks = JoinSet::new();
        if let Some(row) = Subscription::of(service) {
            let settings = self.bus.settings();
            for lane in [Lane::Live, Lane::Bulk] {
                let bulk = lane == Lane::Bulk;
                for n in 0..settings.partitions(lane) {
                    let consumer = QueueConsumer {
                        bus: self.bus.clone(),
                        queue: fact_queue(service, lane, n),
                        bulk,
                        work: facts.clone(),
                    };
                    tasks.spawn(consumer.run(shutdown.clone()));
                }
            }
            if let Some(lane) = row.commands {
                let bulk = lane == Lane::Bulk;
                let work = Arc::new(CommandWork {
                    service,
                    db: self.db.clone(),
                    handler: self.commands.clone(),
                    slots: if bulk { bulk_slots } else { slots },
                });
                for n in 0..command_partitions(settings, lane) {
                    let consumer = QueueConsumer {
                        bus: self.bus.clone(),
                        queue: command_queue(service, lane, n),
                        bulk,
                        work: work.clone(),
                    };
                    tasks.spawn(consumer.run(shutdown.clone()));
                }
            }
            let sweep = Sweep {
                bus: self.bus.clone(),
                work: facts,
            };
            tasks.spawn(sweep.run(shutdown.clone()));
        } else {
            tracing::warn!(
                service,
                "not in the topology: it publishes, and hears nothing"
            );
        }
        shutdown.cancelled().await;
        while tasks.join_next().await.is_some() {}
        publishing.cancel();
        while let Some(ended) = relays.join_next().await {
            if let Err(error) = ended {
                tracing::error!(service, %error, "the relay ended badly");
            }
        }
    }
}
