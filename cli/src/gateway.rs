//! The gateway as a child of this process: it ends when its standard input closes, so it never outlives us.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::json;
use tokio::process::{Child, ChildStdin, Command};

use crate::keys::Keys;
use crate::platform::Name;
use crate::settings::Settings;

/// A gateway that runs.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    /// Held open while it shall run: `Child::wait` would close one that is still in the child.
    stdin: Option<ChildStdin>,
}

/// Finds the binary: `VENTANILLA_GATEWAY`, beside this binary, or where `make` builds it.
pub fn binary() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("VENTANILLA_GATEWAY") {
        return Ok(PathBuf::from(path));
    }
    let here = std::env::current_exe()?;
    let mut candidates = Vec::new();
    if let Some(dir) = here.parent() {
        candidates.push(dir.join("gateway"));
        if let Some(target) = dir.parent() {
            candidates.push(target.join("gateway/release/gateway"));
        }
    }
    candidates
        .into_iter()
        .find(|p| p.is_file())
        .context("the gateway binary was not found: run `make gateway`, or set VENTANILLA_GATEWAY")
}

/// Finds the supergraph: `VENTANILLA_SUPERGRAPH`, or in the checkout.
pub fn supergraph() -> PathBuf {
    std::env::var_os("VENTANILLA_SUPERGRAPH").map_or_else(
        || PathBuf::from("graphql/supergraph.graphql"),
        PathBuf::from,
    )
}

impl Gateway {
    /// Starts it in front of services that listen on `services`, and waits until it answers.
    pub async fn start(
        settings: &Settings,
        keys: &Keys,
        services: SocketAddr,
    ) -> anyhow::Result<Self> {
        let config = config(settings, keys, services)?;
        let dir = std::path::absolute(&settings.keys_dir)?;
        let path = dir.join("gateway.json");
        write_private(&path, &serde_json::to_string_pretty(&config)?)?;
        let mut child = Command::new(binary()?)
            .arg("--config")
            .arg(&path)
            .arg("--exit-on-stdin-close")
            .stdin(Stdio::piped())
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start the gateway")?;
        let stdin = child.stdin.take();
        let mut gateway = Self { child, stdin };
        gateway.wait_ready(settings.listen).await?;
        Ok(gateway)
    }

    async fn wait_ready(&mut self, listen: SocketAddr) -> anyhow::Result<()> {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(2))
            .no_proxy()
            .build()?;
        let url = format!("http://{listen}/readyz");
        for _ in 0..400 {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the gateway ended at once ({status}); is {listen} taken?");
            }
            if client
                .get(&url)
                .send()
                .await
                .is_ok_and(|r| r.status().is_success())
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        anyhow::bail!("the gateway does not answer on {listen}")
    }

    /// Returns when the child ends by itself, which it should not.
    pub async fn ended(&mut self) -> std::io::Result<std::process::ExitStatus> {
        self.child.wait().await
    }

    /// Closes its standard input and waits; after 20 s it is killed.
    pub async fn stop(mut self) {
        drop(self.stdin.take());
        if tokio::time::timeout(Duration::from_secs(20), self.child.wait())
            .await
            .is_err()
        {
            tracing::warn!("the gateway did not drain in time and is killed");
            if let Err(error) = self.child.kill().await {
                tracing::error!(%error, "the gateway cannot be killed");
            }
        }
    }
}

fn config(
    settings: &Settings,
    keys: &Keys,
    services: SocketAddr,
) -> anyhow::Result<serde_json::Value> {
    let url = |name: &str| format!("http://{services}/{name}");
    let subgraphs: serde_json::Map<String, serde_json::Value> = Name::ALL
        .iter()
        .map(|n| {
            (
                n.as_str().to_owned(),
                json!(format!("{}/graphql", url(n.as_str()))),
            )
        })
        .collect();
    let documents = std::path::absolute(
        supergraph()
            .with_file_name("operations")
            .join("trusted.json"),
    )?;
    Ok(json!({
        "listen": settings.listen,
        "supergraph": std::path::absolute(supergraph())?,
        "subgraphs": subgraphs,
        "doors": { "auth": url("directory") },
        "directory": { "url": url("directory"), "internal_key": keys.internal()? },
        "signing": { "key": keys.callers_path(), "jwks": keys.jwks_path(), "kid": keys.kid()? },
        "production": settings.production,
        "trust_forwarded": settings.trust_forwarded,
        "redis": settings.redis_url,
        "amqp": settings.amqp_url,
        "amqp_ca_file": settings.amqp_ca_file.as_deref().map(std::path::absolute).transpose()?,
        "trusted_documents": documents.is_file().then_some(documents),
    }))
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
