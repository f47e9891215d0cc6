//! One test's share of the servers.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context, ensure};
use messaging::BusSettings;
use tenancy::DbSettings;

use crate::{
    admin::BrokerAdmin,
    reaper, run,
    servers::{Servers, servers},
};

/// Databases, roles, a virtual host and Redis keys that are this test's alone. Dropping it removes them (also when the
/// test panics); [`Suite::finish`] does so and tells of trouble.
#[derive(Debug)]
pub struct Suite {
    name: String,
    prefix: String,
    servers: Servers,
    admin: BrokerAdmin,
    /// Nothing is left to be removed, or nothing is to be.
    removed: bool,
}

impl Suite {
    /// Takes a share of the common servers. `name` stands in messages alone.
    ///
    /// # Panics
    /// When there are no servers: the story cannot begin.
    pub async fn start(name: &str) -> Self {
        let servers = tokio::task::spawn_blocking(servers).await;
        Self::start_on(surely(servers.context("servers"), name), name).await
    }

    /// Takes a share of other servers, of [`PrivateServers`](crate::PrivateServers) for instance.
    ///
    /// # Panics
    /// As [`Suite::start`].
    pub async fn start_on(servers: &Servers, name: &str) -> Self {
        surely(Self::share(servers, name).await, name)
    }

    /// Takes a share that stays: what stood under `prefix` is found again, and nothing is removed at its end. For what takes
    /// long to make, on servers that are kept. A prefix is at most 16 letters `a-z`, digits and `_`, and ends in `_`; `vtk…` is
    /// for shares that go.
    ///
    /// # Panics
    /// As [`Suite::start`].
    pub async fn kept(name: &str, prefix: &str) -> Self {
        let servers = tokio::task::spawn_blocking(servers).await;
        let servers = surely(servers.context("servers"), name);
        let stays = true;
        surely(
            Self::named(servers, name, prefix.to_owned(), stays).await,
            name,
        )
    }

    async fn share(servers: &Servers, name: &str) -> anyhow::Result<Self> {
        static SUITES: AtomicU32 = AtomicU32::new(0);
        let number = SUITES.fetch_add(1, Ordering::Relaxed);
        ensure!(
            number < 36 * 36,
            "more than {} suites in a process",
            36 * 36
        );
        let digit = |n: u32| char::from_digit(n, 36).unwrap_or('0');
        let prefix = format!(
            "vtk{}{}{}_",
            run::id(),
            digit(number / 36),
            digit(number % 36)
        );
        let stays = false;
        Self::named(servers, name, prefix, stays).await
    }

    async fn named(
        servers: &Servers,
        name: &str,
        prefix: String,
        stays: bool,
    ) -> anyhow::Result<Self> {
        let admin = BrokerAdmin::new(&servers.amqp_admin_url)?;
        let suite = Self {
            name: name.to_owned(),
            prefix,
            servers: servers.clone(),
            admin,
            removed: stays,
        };
        let (of_runtime, vhost) = (suite.servers.clone(), suite.vhost().to_owned());
        let admin = BrokerAdmin::new(&servers.amqp_admin_url)?;
        // On testkit's own runtime: the connection that says "alive" must outlive this test's.
        run::runtime()?
            .spawn(async move {
                reaper::register(&of_runtime).await?;
                admin.create_vhost(&vhost).await
            })
            .await?
            .with_context(|| format!("suite {name}"))?;
        Ok(suite)
    }

    /// Every database, every role and every Redis key of this suite begins with this: a lower-case word of 12 letters that ends
    /// in `_` (or what [`Suite::kept`] was given).
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The server's owner: creates and drops databases, roles and extensions.
    pub fn postgres_owner_url(&self) -> &str {
        &self.servers.postgres_owner_url
    }

    /// The owner's URL with another database of the server: `database` without the prefix.
    pub fn database_url(&self, database: &str) -> String {
        let url = reqwest::Url::parse(&self.servers.postgres_owner_url).context("the owner's URL");
        let mut url = surely(url, &self.name);
        url.set_path(&format!("{}{database}", self.prefix));
        url.into()
    }

    /// Where the suite's services keep their rows: `<prefix><service>` on the shared server.
    pub fn db_settings(&self) -> DbSettings {
        DbSettings::from_owner(&self.servers.postgres_owner_url, &self.prefix)
    }

    /// The suite's virtual host, one live and one bulk partition: few queues are declared and deleted fast.
    pub fn bus_settings(&self) -> BusSettings {
        BusSettings {
            live: 1,
            bulk: 1,
            ..BusSettings::new(self.amqp_url())
        }
    }

    /// The suite's virtual host.
    pub fn vhost(&self) -> &str {
        self.prefix.trim_end_matches('_')
    }

    /// The broker, with the suite's virtual host.
    pub fn amqp_url(&self) -> String {
        let base = self.servers.amqp_url.split('?').next().unwrap_or_default();
        // scheme://user:password@host:port, then the path
        let after_scheme = base.find("://").map_or(0, |at| at + 3);
        let authority = base[after_scheme..]
            .find('/')
            .map_or(base, |at| &base[..after_scheme + at]);
        format!("{authority}/{}", self.vhost())
    }

    /// The broker's HTTP API.
    pub fn broker(&self) -> &BrokerAdmin {
        &self.admin
    }

    /// Redis; keys of this suite begin with [`Suite::prefix`].
    pub fn redis_url(&self) -> &str {
        &self.servers.redis_url
    }

    /// Queues of this suite that hold messages, with how many.
    pub async fn undelivered(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut depths = self.admin.queue_depths(self.vhost()).await?;
        depths.retain(|_, messages| *messages > 0);
        Ok(depths)
    }

    /// Removes everything the suite made.
    ///
    /// # Panics
    /// When something could not be removed; dropping the suite would only log it.
    pub async fn finish(mut self) {
        self.removed = true;
        let (servers, prefix) = (self.servers.clone(), self.prefix.clone());
        let done = tokio::task::spawn_blocking(move || {
            run::block_on(async move {
                tokio::time::timeout(LIMIT, reaper::remove(&servers, &prefix)).await?
            })
        });
        surely(done.await.context("a thread").flatten(), &self.name);
    }
}

#[expect(
    clippy::panic,
    reason = "this crate is used by tests alone, and a test stops at the first surprise"
)]
pub(crate) fn surely<T>(outcome: anyhow::Result<T>, suite: &str) -> T {
    outcome.unwrap_or_else(|error| panic!("suite {suite}: {error:#}"))
}

const LIMIT: Duration = Duration::from_mins(1);

impl Drop for Suite {
    fn drop(&mut self) {
        if self.removed {
            return;
        }
        let (servers, prefix) = (self.servers.clone(), self.prefix.clone());
        let done = run::block_on(async move {
            tokio::time::timeout(LIMIT, reaper::remove(&servers, &prefix)).await?
        });
        if let Err(error) = done {
            tracing::warn!(
                suite = self.name,
                error = format!("{error:#}"),
                "left behind, the next run removes it"
            );
        }
    }
}
