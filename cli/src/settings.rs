//! Where everything is. Each setting is an environment variable or an option of the same name.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::TimeDelta;
use clap::Args;
use clap::builder::RangedU64ValueParser;
use clock::SharedClock;
use messaging::BusSettings;
use tenancy::DbSettings;

/// Settings of the platform.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// Postgres as the owner of databases and roles: provisioning and `migrate` alone use it.
    #[arg(
        long,
        env = "VENTANILLA_POSTGRES_OWNER_URL",
        hide_env_values = true,
        global = true,
        default_value = "postgres://postgres@127.0.0.1:5432/postgres"
    )]
    pub postgres_owner_url: String,
    /// Postgres as services log in; user and database are filled in. Default: the owner's host and password.
    #[arg(
        long,
        env = "VENTANILLA_POSTGRES_URL",
        hide_env_values = true,
        global = true
    )]
    pub postgres_url: Option<String>,
    /// What every database and role of this installation begins with.
    #[arg(
        long,
        env = "VENTANILLA_DB_PREFIX",
        default_value = "vent_",
        global = true
    )]
    pub db_prefix: String,
    /// Connections to Postgres per service, besides one for its relay and one for each round through all tenants. At least two:
    /// what is told of a tenant is taken in over one, and written to the list of tenants over another.
    #[arg(
        long,
        env = "VENTANILLA_DB_SLOTS",
        default_value_t = 8,
        value_parser = RangedU64ValueParser::<usize>::new().range(2..=1_000),
        global = true
    )]
    pub db_slots: usize,
    /// A connection that has served so many tenants is replaced: Postgres' process behind it never forgets a tenant's tables.
    /// See docs/scale.md.
    #[arg(
        long,
        env = "VENTANILLA_DB_TENANTS",
        default_value_t = 1000,
        global = true
    )]
    pub db_tenants: usize,
    /// Prepared statements that a connection keeps: up to 13 for each tenant, 20 to 100 KB each in Postgres. See docs/scale.md.
    #[arg(
        long,
        env = "VENTANILLA_DB_STATEMENTS",
        default_value_t = 2000,
        global = true
    )]
    pub db_statements: usize,
    /// RabbitMQ with its virtual host; `amqps://` with TLS.
    #[arg(
        long,
        env = "VENTANILLA_AMQP_URL",
        hide_env_values = true,
        global = true,
        default_value = "amqp://guest:guest@127.0.0.1:5672/%2f"
    )]
    pub amqp_url: String,
    /// PEM file with the authority of RabbitMQ's certificate, where it is none of Mozilla's list (which is built in).
    #[arg(long, env = "VENTANILLA_AMQP_CA_FILE", global = true)]
    pub amqp_ca_file: Option<PathBuf>,
    /// Live partitions: how many consumers of a service may work side by side. 8 on a cluster, 2 on one machine.
    #[arg(
        long,
        env = "VENTANILLA_LIVE_PARTITIONS",
        default_value_t = 2,
        global = true
    )]
    pub live_partitions: u16,
    /// Bulk partitions (imports, backfills).
    #[arg(
        long,
        env = "VENTANILLA_BULK_PARTITIONS",
        default_value_t = 1,
        global = true
    )]
    pub bulk_partitions: u16,
    /// Redis, in which gateways share their rate limits: the gateway's alone. Without it each of them limits by itself.
    #[arg(
        long,
        env = "VENTANILLA_REDIS_URL",
        hide_env_values = true,
        global = true
    )]
    pub redis_url: Option<String>,
    /// Folder of the platform's keys; made on first use in development.
    #[arg(
        long,
        env = "VENTANILLA_KEYS_DIR",
        default_value = ".run/keys",
        global = true
    )]
    pub keys_dir: PathBuf,
    /// The public address of the gateway.
    #[arg(
        long,
        env = "VENTANILLA_LISTEN",
        default_value = "127.0.0.1:8080",
        global = true
    )]
    pub listen: SocketAddr,
    /// Believe `X-Forwarded-For`: only where a proxy stands before the gateway, and nobody gets past it. Without it everybody
    /// behind a proxy counts as one address when they sign in.
    #[arg(
        long,
        env = "VENTANILLA_TRUST_FORWARDED",
        default_value_t = false,
        global = true
    )]
    pub trust_forwarded: bool,
    /// Hide the schema, refuse `ventanilla token`, make no demo.
    #[arg(
        long,
        env = "VENTANILLA_PRODUCTION",
        default_value_t = false,
        global = true
    )]
    pub production: bool,
    /// Hold every delivery back for so many milliseconds: shows how the platform behaves with a slow broker.
    #[arg(long, env = "VENTANILLA_AMQP_DELAY_MS", global = true, hide = true)]
    pub amqp_delay_ms: Option<u64>,
    /// How long an answer waits for what its caller has just written, milliseconds, before it says how far it is: shows with a
    /// slow broker what waiting is for. Default: each service's own, some 300 ms.
    #[arg(long, env = "VENTANILLA_PATIENCE_MS", global = true, hide = true)]
    pub patience_ms: Option<u64>,
    /// Put the clock of this process so many milliseconds forward, or back where it is negative: shows how the platform
    /// behaves where machines do not agree on the time. Refused in production.
    #[arg(
        long,
        env = "VENTANILLA_CLOCK_SKEW_MS",
        global = true,
        hide = true,
        allow_negative_numbers = true
    )]
    pub clock_skew_ms: Option<i64>,
}

impl Settings {
    /// For the database of each service.
    pub fn db(&self) -> DbSettings {
        let mut db = DbSettings::from_owner(&self.postgres_owner_url, &self.db_prefix);
        if let Some(url) = &self.postgres_url {
            db.login_url.clone_from(url);
        }
        db.slots = self.db_slots;
        db.recycle_after_tenants = self.db_tenants;
        db.statement_cache = self.db_statements;
        db
    }

    /// For the broker.
    pub fn bus(&self) -> BusSettings {
        BusSettings {
            url: self.amqp_url.clone(),
            ca_file: self.amqp_ca_file.clone(),
            live: self.live_partitions,
            bulk: self.bulk_partitions,
            prefetch: 200,
            delay: self.amqp_delay_ms.map(std::time::Duration::from_millis),
        }
    }

    /// The time, as services are handed it.
    ///
    /// # Errors
    /// A clock that was put forward or back in production, or beyond all time.
    pub fn clock(&self) -> anyhow::Result<SharedClock> {
        let Some(ms) = self.clock_skew_ms else {
            return Ok(clock::system());
        };
        anyhow::ensure!(
            !self.production,
            "VENTANILLA_CLOCK_SKEW_MS is for tests, and this is a production instance"
        );
        let by = TimeDelta::try_milliseconds(ms).context("VENTANILLA_CLOCK_SKEW_MS")?;
        tracing::warn!(ms, "this process's clock is wrong on purpose");
        Ok(clock::skewed(by))
    }
}
