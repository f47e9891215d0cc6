//! Where the servers of the tests are.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context, ensure};

use crate::{containers, run};

/// Addresses with everything that is needed to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servers {
    /// `postgres://…`: a role that may create databases, roles and extensions.
    pub postgres_owner_url: String,
    /// `amqp://…/%2f`.
    pub amqp_url: String,
    /// RabbitMQ's HTTP API, `http://user:password@host:port`.
    pub amqp_admin_url: String,
    /// `redis://…`.
    pub redis_url: String,
}

pub(crate) const POSTGRES: &str = "VENTANILLA_POSTGRES_OWNER_URL";
pub(crate) const AMQP: &str = "VENTANILLA_AMQP_URL";
pub(crate) const ADMIN: &str = "VENTANILLA_AMQP_ADMIN_URL";
pub(crate) const REDIS: &str = "VENTANILLA_REDIS_URL";

/// The servers that all tests of this process share; the first call finds or starts them (some 8 s when they are cold).
///
/// # Panics
/// When there are none and none can be started: no test could go on.
#[expect(
    clippy::panic,
    reason = "this crate is used by tests alone; a story without servers cannot be told"
)]
pub fn servers() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS
        .get_or_init(|| find().unwrap_or_else(|error| panic!("no servers to test with: {error:#}")))
}

fn find() -> anyhow::Result<Servers> {
    let given: HashMap<String, String> = std::env::vars()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if [POSTGRES, AMQP, REDIS]
        .iter()
        .all(|key| given.contains_key(*key))
    {
        return Servers::from_settings(&given);
    }
    if let Some(servers) = run::block_on(containers::start())? {
        return Ok(servers);
    }
    let root = script()
        .parent()
        .and_then(Path::parent)
        .context("the project's root")?
        .to_owned();
    run_script(&["up", "--name", "test", "--no-fsync"])?;
    Servers::from_env_file(&root.join(".run/test/env"))
}

/// `scripts/servers` of this checkout.
pub(crate) fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../scripts/servers")
        .canonicalize()
        .unwrap_or_default()
}

/// Runs `scripts/servers` and gives its outcome; what it says stands in the error.
pub(crate) fn run_script(args: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(script())
        .args(args)
        .output()
        .context("scripts/servers")?;
    ensure!(
        output.status.success(),
        "scripts/servers {}: {}",
        args.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

impl Servers {
    /// Reads the `env` file that `scripts/servers up` wrote: lines `export NAME='value'`.
    pub fn from_env_file(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let settings = text
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect();
        Self::from_settings(&settings)
    }

    fn from_settings(settings: &HashMap<String, String>) -> anyhow::Result<Self> {
        let get = |key: &str| {
            settings
                .get(key)
                .filter(|value| !value.is_empty())
                .cloned()
                .with_context(|| format!("{key} is not set"))
        };
        let amqp_url = get(AMQP)?;
        let amqp_admin_url = match get(ADMIN) {
            Ok(url) => url,
            Err(_) => usual_admin_url(&amqp_url)?,
        };
        Ok(Self {
            postgres_owner_url: get(POSTGRES)?,
            amqp_url,
            amqp_admin_url,
            redis_url: get(REDIS)?,
        })
    }
}

/// Where RabbitMQ's HTTP API is unless somebody moved it: the broker's host, port 15672, the same user.
fn usual_admin_url(amqp_url: &str) -> anyhow::Result<String> {
    let url = reqwest::Url::parse(amqp_url).context(AMQP)?;
    let user = if url.username().is_empty() {
        "guest"
    } else {
        url.username()
    };
    Ok(format!(
        "http://{user}:{}@{}:15672",
        url.password().unwrap_or("guest"),
        url.host_str().unwrap_or("127.0.0.1")
    ))
}
