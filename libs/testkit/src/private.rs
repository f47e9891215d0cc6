//! Servers that a test may break.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::Context;

use crate::{
    guard::Guard,
    run,
    servers::{ADMIN, AMQP, POSTGRES, REDIS, Servers, run_script, script},
};

/// A set of servers of its own, deleted when it is dropped or when the process ends in any other way.
#[derive(Debug)]
pub struct PrivateServers {
    servers: Servers,
    dir: PathBuf,
    _wipe: Guard,
}

/// Starts PostgreSQL, RabbitMQ and Redis that no other test uses (some 8 s). Postgres runs without fsync: a killed
/// process loses nothing by it. It counts statements (`pg_stat_statements`).
pub async fn private_servers() -> anyhow::Result<PrivateServers> {
    static SETS: AtomicU32 = AtomicU32::new(0);
    let dir = std::env::temp_dir().join(format!(
        "ventanilla-{}-{}",
        run::id(),
        SETS.fetch_add(1, Ordering::Relaxed)
    ));
    tokio::task::spawn_blocking(move || {
        let place = dir.to_str().context("a folder with a plain name")?;
        let program = script();
        let program = program.to_str().context("a checkout with a plain name")?;
        // The given URLs are the shared servers'; these must be others.
        let without = [POSTGRES, AMQP, ADMIN, REDIS].map(|name| ["-u", name]);
        let wipe = Guard::new(program, &["wipe", "--dir", place])?;
        let output = std::process::Command::new("env")
            .args(without.as_flattened())
            .args([program, "up", "--no-fsync", "--count", "--dir", place])
            .output()
            .context("scripts/servers")?;
        anyhow::ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let servers = Servers::from_env_file(&dir.join("env"))?;
        Ok(PrivateServers {
            servers,
            dir,
            _wipe: wipe,
        })
    })
    .await?
}

impl PrivateServers {
    /// Their addresses; they stay the same over [`PrivateServers::kill`] and [`PrivateServers::restart`].
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// The folder of the set: each server's settings and data stand in a folder of its name.
    pub fn dir(&self) -> &std::path::Path {
        &self.dir
    }

    /// SIGKILL to `postgres`, `rabbitmq` or `redis`, as a crash would; it stays down until restarted.
    pub async fn kill(&self, server: &str) -> anyhow::Result<()> {
        self.script("kill", server).await
    }

    /// Stops `postgres`, `rabbitmq` or `redis` if it runs, starts it again on the same port and waits until it answers.
    pub async fn restart(&self, server: &str) -> anyhow::Result<()> {
        self.script("restart", server).await
    }

    async fn script(&self, command: &str, server: &str) -> anyhow::Result<()> {
        let dir = self.dir.to_string_lossy().into_owned();
        let (command, server) = (command.to_owned(), server.to_owned());
        tokio::task::spawn_blocking(move || run_script(&[&command, &server, "--dir", &dir])).await?
    }
}
