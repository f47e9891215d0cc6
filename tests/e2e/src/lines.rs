//! What stands on the lines of an installation, so that they can be slow, cut, or led elsewhere.

use std::collections::BTreeMap;
use std::time::Duration;

use testkit::{Proxy, Suite};

/// A proxy before each server, each service and the gateway.
#[derive(Debug)]
pub struct Lines {
    /// Before Postgres.
    pub postgres: Proxy,
    /// Before RabbitMQ.
    pub broker: Proxy,
    /// Before Redis.
    pub redis: Proxy,
    /// Before each service, by its name: there the gateway asks.
    pub services: BTreeMap<String, Proxy>,
    /// Before the gateway.
    pub front: Proxy,
}

/// Where the servers are, for an installation.
#[derive(Debug)]
pub(crate) struct Urls {
    pub postgres: String,
    pub broker: String,
    pub redis: String,
}

impl Urls {
    /// As they are.
    pub(crate) fn of(suite: &Suite) -> Self {
        Self {
            postgres: suite.postgres_owner_url().to_owned(),
            broker: suite.amqp_url(),
            redis: suite.redis_url().to_owned(),
        }
    }
}

impl Lines {
    /// Puts proxies before the servers, and before what will be the gateway; those before the services come with them.
    pub(crate) async fn lay(suite: &Suite, gateway: &str) -> anyhow::Result<(Self, Urls)> {
        let straight = Urls::of(suite);
        let (postgres, postgres_url) = Proxy::before(&straight.postgres).await?;
        let (broker, broker_url) = Proxy::before(&straight.broker).await?;
        let (redis, redis_url) = Proxy::before(&straight.redis).await?;
        let lines = Self {
            postgres,
            broker,
            redis,
            services: BTreeMap::new(),
            front: Proxy::start(gateway).await?,
        };
        let urls = Urls {
            postgres: postgres_url,
            broker: broker_url,
            redis: redis_url,
        };
        Ok((lines, urls))
    }

    /// Every byte arrives this much later in each direction, on every line but the one before the gateway: how far away those are
    /// who ask is no matter of the installation's.
    pub fn delay(&self, by: Duration) {
        for line in [&self.postgres, &self.broker, &self.redis] {
            line.delay(by);
        }
        for line in self.services.values() {
            line.delay(by);
        }
    }
}
