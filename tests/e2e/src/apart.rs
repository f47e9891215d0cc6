//! A process per service, and how one takes another's place.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use testkit::Proxy;

use crate::Installation;
use crate::installation::{GATEWAY_COST, SERVICES, gateway, root};
use crate::ports::free_port;
use crate::process::Process;

/// How long a service may take to become ready.
const READY: Duration = Duration::from_secs(30);

impl Installation {
    pub(crate) async fn launch_apart(&mut self) -> anyhow::Result<()> {
        let mut subgraphs = serde_json::Map::new();
        let mut directory = String::new();
        // The keys are made once, before six processes would each make their own.
        self.cli(&[
            "sdl",
            "--dir",
            &self.dir.path().join("sdl").display().to_string(),
        ])
        .await?;
        self.cli(&["tenant", "list"]).await?;
        for service in SERVICES {
            let mut address = format!("127.0.0.1:{}", free_port()?);
            self.launch(service, &["serve", service, "--service-listen", &address])?;
            if let Some(lines) = &mut self.lines {
                let line = Proxy::start(&address).await?;
                address = line.address().to_string();
                lines.services.insert(service.to_owned(), line);
            }
            subgraphs.insert(
                service.to_owned(),
                json!(format!("http://{address}/{service}/graphql")),
            );
            if service == "directory" {
                directory = format!("http://{address}/directory");
            }
        }
        let keys = self.dir.path().join("keys");
        let jwks: Value =
            serde_json::from_str(&std::fs::read_to_string(keys.join("callers.jwks.json"))?)?;
        let mut config = json!({
            "listen": self.setting("VENTANILLA_LISTEN")?,
            "supergraph": std::path::absolute(root().join("graphql/supergraph.graphql"))?,
            "subgraphs": subgraphs,
            "doors": { "auth": directory },
            "directory": { "url": directory, "internal_key": std::fs::read_to_string(keys.join("internal.key"))?.trim() },
            "signing": { "key": keys.join("callers.pem"), "jwks": keys.join("callers.jwks.json"), "kid": jwks["keys"][0]["kid"] },
            "production": false,
            "redis": self.setting("VENTANILLA_REDIS_URL")?,
            "amqp": self.setting("VENTANILLA_AMQP_URL")?,
        });
        if let Ok(cost) = self.setting(GATEWAY_COST) {
            config["limits"] = json!({"cost": cost.parse::<u64>()?});
        }
        let process = self.launch_gateway("gateway", &config)?;
        self.processes.insert("gateway".to_owned(), process);
        Ok(())
    }

    fn launch_gateway(&self, name: &str, config: &Value) -> anyhow::Result<Process> {
        let path = self.dir.path().join(format!("{name}.json"));
        std::fs::write(&path, serde_json::to_string(config)?)?;
        let arguments = ["--config", &path.display().to_string()];
        let log = self.dir.path().join(format!("{name}.log"));
        Process::start(gateway()?, &arguments, &self.env, log)
    }

    fn setting(&self, name: &str) -> anyhow::Result<&str> {
        let found = self.env.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .with_context(|| format!("no {name}"))
    }

    /// Starts a second process of a service beside its first one; once it is ready the gateway's new connections lead to
    /// it, and the first one is asked to end (SIGTERM). That one comes back: whoever replaces it waits for its end.
    /// For [`Mode::Proxied`](crate::Mode::Proxied) alone.
    pub async fn replace(
        &mut self,
        service: &str,
        program: &Path,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Process> {
        let line = self
            .lines
            .as_ref()
            .and_then(|lines| lines.services.get(service))
            .with_context(|| format!("no line that can be turned leads to {service}"))?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let mut env = self.env.clone();
        env.extend(
            settings
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        let log = self.dir.path().join(format!("{service}-{port}.log"));
        let arguments = ["serve", service, "--service-listen", &address];
        let mut next = Process::start(program, &arguments, &env, log)?;
        self.is_ready(service, &mut next, &address).await?;
        line.turn(&address);
        self.take_over(service, next)
    }

    /// The same with the gateway, and new connections of those who ask.
    pub async fn replace_gateway(&mut self) -> anyhow::Result<Process> {
        let lines = self.lines.as_ref();
        let front = lines
            .map(|lines| &lines.front)
            .context("no line that can be turned leads to the gateway")?;
        let config = std::fs::read_to_string(self.dir.path().join("gateway.json"))?;
        let mut config: Value = serde_json::from_str(&config)?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        config["listen"] = json!(address);
        let mut next = self.launch_gateway(&format!("gateway-{port}"), &config)?;
        self.is_ready("gateway", &mut next, &address).await?;
        front.turn(&address);
        self.take_over("gateway", next)
    }

    async fn is_ready(&self, name: &str, next: &mut Process, address: &str) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let asked = self.client.get(format!("http://{address}/readyz"));
            if asked.send().await.is_ok_and(|r| r.status().is_success()) {
                return Ok(());
            }
            ensure!(
                next.runs() && began.elapsed() < READY,
                "the second {name} does not become ready:\n{}",
                next.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Who is ready stands where the first one stood, which is asked to end.
    fn take_over(&mut self, name: &str, next: Process) -> anyhow::Result<Process> {
        let first = self.processes.insert(name.to_owned(), next);
        let first = first.with_context(|| format!("no first {name}"))?;
        first.signal("TERM")?;
        Ok(first)
    }

    /// From now on commands and processes are run by this binary.
    pub fn use_program(&mut self, program: PathBuf) {
        self.program = program;
    }
}
