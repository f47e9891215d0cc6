//! The list of services, and how each gets what it needs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clock::SharedClock;
use ids::SharedIds;
use messaging::{Bus, BusError, Outbox};
use subgraph::{Deps, Service};
use tenancy::{Schema, ServiceDb, TenancyError};
use tokio::time::{Instant, sleep};

use crate::keys::Keys;
use crate::settings::Settings;

/// A service of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    /// Providers, tenants, people, sign-in, applications.
    Directory,
    /// Contacts and tickets.
    Intake,
    /// Groups, assignment, the worklist.
    Routing,
    /// Calendars, agreements, clocks.
    SlaClock,
    /// Articles.
    Knowledge,
    /// Indicators.
    Reporting,
}

impl Name {
    /// Every service.
    pub const ALL: [Self; 6] = [
        Self::Directory,
        Self::Intake,
        Self::Routing,
        Self::SlaClock,
        Self::Knowledge,
        Self::Reporting,
    ];

    /// As in URLs, queues and databases.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Intake => "intake",
            Self::Routing => "routing",
            Self::SlaClock => "sla-clock",
            Self::Knowledge => "knowledge",
            Self::Reporting => "reporting",
        }
    }

    /// Its tables.
    pub fn schema(self) -> &'static Schema {
        match self {
            Self::Directory => &directory::app::SCHEMA,
            Self::Intake => &intake::app::SCHEMA,
            Self::Routing => &routing::app::SCHEMA,
            Self::SlaClock => &sla_clock::app::SCHEMA,
            Self::Knowledge => &knowledge::app::SCHEMA,
            Self::Reporting => &reporting::app::SCHEMA,
        }
    }

    /// What its tables hold of people.
    pub const fn personal_data(self) -> &'static str {
        match self {
            Self::Directory => directory::app::PERSONAL_DATA,
            Self::Intake => intake::app::PERSONAL_DATA,
            Self::Routing => routing::app::PERSONAL_DATA,
            Self::SlaClock => sla_clock::app::PERSONAL_DATA,
            Self::Knowledge => knowledge::app::PERSONAL_DATA,
            Self::Reporting => reporting::app::PERSONAL_DATA,
        }
    }

    /// Its part of the graph.
    pub fn sdl(self) -> String {
        match self {
            Self::Directory => directory::app::sdl(),
            Self::Intake => intake::app::sdl(),
            Self::Routing => routing::app::sdl(),
            Self::SlaClock => sla_clock::app::sdl(),
            Self::Knowledge => knowledge::app::sdl(),
            Self::Reporting => reporting::app::sdl(),
        }
    }
}

/// What every service of a process has in common.
#[derive(Clone)]
pub struct Platform {
    settings: Settings,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
    /// Keys.
    pub keys: Arc<Keys>,
}

impl Platform {
    /// Reads the keys.
    pub fn new(settings: &Settings, clock: SharedClock, ids: SharedIds) -> anyhow::Result<Self> {
        let keys = Arc::new(Keys::load(settings, &*ids)?);
        Ok(Self {
            settings: settings.clone(),
            clock,
            ids,
            keys,
        })
    }

    /// What one service is handed.
    pub async fn deps(&self, name: Name) -> anyhow::Result<Deps> {
        let db = patiently("Postgres", TenancyError::is_transient, || {
            ServiceDb::connect(self.settings.db(), name.schema(), self.clock.clone())
        })
        .await
        .with_context(|| {
            format!(
                "database of {}; `ventanilla migrate` makes it",
                name.as_str()
            )
        })?;
        let bus = patiently("RabbitMQ", BusError::is_transient, || {
            Bus::connect(self.settings.bus(), name.as_str())
        })
        .await
        .context("RabbitMQ")?;
        Ok(Deps {
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            db,
            bus,
            outbox: Outbox::new(self.settings.live_partitions, self.settings.bulk_partitions),
            verifier: self.keys.verifier(self.clock.clone())?,
        })
    }

    /// What directory is told: the keys of this installation.
    pub fn directory_config(&self) -> anyhow::Result<directory::config::Config> {
        Ok(directory::config::Config {
            sessions: self.keys.sessions()?.clone(),
            internal_key: self.keys.internal()?.to_owned(),
            production: self.settings.production,
        })
    }

    /// One service, ready to run.
    pub async fn service(&self, name: Name) -> anyhow::Result<Service> {
        let deps = self.deps(name).await?;
        self.service_with(name, deps).await
    }

    /// The same with other dependencies (another clock, say).
    pub async fn service_with(&self, name: Name, deps: Deps) -> anyhow::Result<Service> {
        let patience = self.settings.patience_ms;
        let service = match name {
            Name::Directory => directory::app::build(deps, self.directory_config()?).await?,
            Name::Intake => intake::app::build(deps, intake::config::Config).await?,
            Name::Routing => {
                let mut config = routing::config::Config::default();
                config.patience_ms = patience.unwrap_or(config.patience_ms);
                routing::app::build(deps, config).await?
            }
            Name::SlaClock => {
                let mut config = sla_clock::config::Config::default();
                config.patience_ms = patience.unwrap_or(config.patience_ms);
                sla_clock::app::build(deps, config).await?
            }
            Name::Knowledge => {
                let mut config = knowledge::config::Config::default();
                config.patience_ms = patience.unwrap_or(config.patience_ms);
                knowledge::app::build(deps, config).await?
            }
            Name::Reporting => {
                let mut config = reporting::config::Config::default();
                config.wait_ms = patience.unwrap_or(config.wait_ms);
                reporting::app::build(deps, config).await?
            }
        };
        Ok(service)
    }
}

/// How long a service that starts waits for a server that is away: longer than a broker takes to restart, shorter than
/// the 60 s that Kubernetes gives a pod to become ready. On a machine that boots, all of them start at once.
const PATIENCE: Duration = Duration::from_secs(45);

/// Tries again while the error is one that passes by itself.
async fn patiently<T, E, Trying>(
    what: &'static str,
    passes: impl Fn(&E) -> bool,
    mut attempt: impl FnMut() -> Trying,
) -> Result<T, E>
where
    E: std::fmt::Display,
    Trying: Future<Output = Result<T, E>>,
{
    let end = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(error) if passes(&error) && Instant::now() < end => {
                tracing::warn!(%error, "{what} is not there yet");
                sleep(Duration::from_millis(500)).await;
            }
            outcome => return outcome,
        }
    }
}
