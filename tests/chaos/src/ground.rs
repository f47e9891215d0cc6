//! Where it all happens: an installation that may be broken, and tenants in it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use e2e::{Installation, Mode, PASSWORD, agree_on_alarms, email, ventanilla};
use testkit::{PrivateServers, Suite, private_servers};

use crate::tap::Tap;

/// Slugs of the tenants, each with a word that stands in every subject of its own and nowhere else.
const HOUSES: [(&str, &str); 3] = [
    ("arenal", "zarapito"),
    ("boreal", "cormoran"),
    ("coral", "alcatraz"),
];

/// What a fault needs to stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Servers of its own.
    Plain,
    /// And a proxy on every line.
    Proxied,
    /// And services of an older binary, `VENTANILLA_OLD_BIN`.
    Old,
}

/// A tenant.
#[derive(Debug)]
pub struct House {
    /// Its slug.
    pub slug: String,
    /// The word in its subjects.
    pub word: String,
    /// `ten_…`.
    pub id: String,
}

impl House {
    /// What stands in every global id of its own: its id without the prefix.
    pub fn mark(&self) -> &str {
        self.id.split_once('_').map_or(&*self.id, |(_, mark)| mark)
    }
}

/// An installation with tenants, and a subscriber. Fields fall in this order: the servers last.
#[derive(Debug)]
pub struct Ground {
    pub(crate) tap: Tap,
    /// The installation.
    pub at: Installation,
    pub(crate) houses: Vec<Arc<House>>,
    runs: u32,
    /// What it is good for.
    pub sort: Sort,
    /// None where they are shared with other tests, and must not be broken.
    pub(crate) servers: Option<PrivateServers>,
}

/// The older binary, if one was given.
pub(crate) fn old_binary() -> Option<PathBuf> {
    std::env::var_os("VENTANILLA_OLD_BIN")
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
}

/// Whether the same binary is good enough to be upgraded to, as the environment's `SAME_BIN` says.
pub(crate) fn same_binary_will_do() -> bool {
    std::env::var_os("SAME_BIN").is_some_and(|said| !said.is_empty() && said != "0")
}

impl Ground {
    /// On servers of its own, with three tenants.
    pub async fn prepare(sort: Sort) -> anyhow::Result<Self> {
        let servers = private_servers().await?;
        let suite = Suite::start_on(servers.servers(), "chaos").await;
        let (program, mode) = match sort {
            Sort::Plain => (ventanilla()?, Mode::Apart),
            Sort::Proxied => (ventanilla()?, Mode::Proxied),
            Sort::Old => {
                let old = old_binary().context("VENTANILLA_OLD_BIN is not set")?;
                (old, Mode::Proxied)
            }
        };
        let at = Installation::start_as(program, suite, mode, &[]).await?;
        Self::furnish(at, sort, Some(servers), HOUSES.len()).await
    }

    /// On servers that other tests use as well, with two tenants: for what breaks services alone.
    pub async fn shared() -> anyhow::Result<Self> {
        let suite = Suite::start("chaos").await;
        let at = Installation::start(suite, Mode::Apart, &[]).await?;
        Self::furnish(at, Sort::Plain, None, 2).await
    }

    async fn furnish(
        at: Installation,
        sort: Sort,
        servers: Option<PrivateServers>,
        houses: usize,
    ) -> anyhow::Result<Self> {
        // Before the first fact: whoever hears one's subject from the beginning can tell what is missing.
        let tap = Tap::open(&at.suite.amqp_url()).await?;
        let mut ground = Self {
            tap,
            at,
            houses: Vec::new(),
            runs: 0,
            sort,
            servers,
        };
        for (slug, word) in HOUSES.into_iter().take(houses) {
            let id = ground.at.tenant(slug).await?;
            let quality = email(slug, "quality_manager");
            let quality = ground.at.sign_in(&quality, PASSWORD).await?;
            agree_on_alarms(&ground.at, &quality, slug).await?;
            ground.houses.push(Arc::new(House {
                slug: slug.to_owned(),
                word: word.to_owned(),
                id,
            }));
        }
        Ok(ground)
    }

    /// A number that no other run on this ground has.
    pub(crate) fn next_run(&mut self) -> u32 {
        self.runs += 1;
        self.runs
    }

    /// The servers, to be broken.
    pub(crate) fn breakable(&self) -> anyhow::Result<&PrivateServers> {
        self.servers
            .as_ref()
            .context("these servers are not ours alone, and must not be broken")
    }
}
