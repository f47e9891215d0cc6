//! Facts travel as events: outbox, relay, broker, inbox.
//!
//! ```text
//! action ──tx──▶ platform.outbox ──relay, confirms──▶ exchange `facts` ──▶ <service>.<lane>.<n> ──▶ inbox + handler ──tx──▶ …
//! ```
//!
//! What holds at every moment, whatever crashes:
//! - A fact leaves if and only if the transaction that made it true was committed (the outbox is part of it; a row is
//!   deleted after the broker's confirm).
//! - A service takes each fact in once, and those of a subject in the order of their `sequence` (the inbox is part of
//!   the handler's transaction; a delivery is acknowledged after its commit). What comes early waits in a table,
//!   what is missing is asked for again, what cannot be done is parked with its reason where an operator sees it.
//!
//! # How to publish
//! `outbox.announce(&mut tx, &[envelope])` in the action's transaction ([`Outbox`]).
//!
//! # How to hear
//! A row in [`TOPOLOGY`], a [`FactHandler`], and a [`Runner`] with it:
//!
//! ```no_run
//! # use std::sync::Arc;
//! # async fn run(db: tenancy::ServiceDb, handler: Arc<dyn messaging::FactHandler>) -> Result<(), messaging::BusError> {
//! let settings = messaging::BusSettings::new("amqp://guest:guest@127.0.0.1:5672/%2f");
//! let outbox = messaging::Outbox::new(settings.live, settings.bulk);
//! let bus = messaging::Bus::connect(settings, "routing").await?;
//! let clock = clock::system();
//! let ids = ids::system(clock.clone());
//! let shutdown = tokio_util::sync::CancellationToken::new();
//! let runner = messaging::Runner { db, bus, outbox, clock, ids, facts: Some(handler), commands: None };
//! let running = runner.run(shutdown.clone());
//! // … until SIGTERM:
//! shutdown.cancel();
//! let _ = running.await;
//! # Ok(())
//! # }
//! ```
//!
//! # How to wait for what was written elsewhere
//! [`reach`], with the [`Position`] that a mutation gave.
//!
//! # What is measured
//! `messaging_outbox_lag_seconds` (age of the oldest unpublished row), `messaging_consumer_lag_seconds` (a live fact's
//! time to its commit here), `messaging_facts_total`, `messaging_batches_total`, `messaging_commands_total`,
//! `messaging_duplicates_total`, `messaging_parked_total`, `messaging_waiting`, `messaging_resend_asked_total`,
//! `messaging_published_total`, `messaging_connection_lost_total`; all by `service`.

mod alone;
mod backoff;
mod bus;
mod command;
mod commands;
mod consumer;
mod error;
mod facts;
mod handler;
mod hold;
mod inbox;
mod lane;
mod outbox;
pub mod park;
mod plan;
mod provisioning;
mod publish;
mod reach;
mod relay;
mod runner;
mod scope;
mod settings;
mod standing;
mod sweep;
mod topology;
mod trace;
mod work;

pub use bus::Bus;
pub use command::{Command, Resend};
pub use error::{BoxError, BusError};
pub use handler::{CommandHandler, FactHandler, Gathers, HandleError, HandlerScope};
pub use hold::FactsHeld;
pub use outbox::{Outbox, OutboxRows};
pub use reach::{NotAPosition, Position, Reached, reach};
pub use runner::Runner;
pub use settings::BusSettings;
pub use standing::missing;
pub use topology::{
    Apart, COMMANDS, FACTS, KEEPER, PARKED, Subscription, TOPOLOGY, command_queue, declare,
    fact_queue, lane_name, lane_of, parked_queue, partition,
};
pub use trace::new_trace;
