//! Databases, a broker's virtual host, keys, and the processes on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use sqlx::Connection as _;
use testkit::{Servers, Suite};

use crate::ports::free_port;
use crate::process::{Process, command};

/// Services, as `ventanilla serve` names them.
pub const SERVICES: [&str; 6] = [
    "directory",
    "intake",
    "routing",
    "sla-clock",
    "knowledge",
    "reporting",
];

/// A setting for [`Mode::Apart`]: what a query may cost at the gateway, where the usual is too little.
pub const GATEWAY_COST: &str = "VENTANILLA_GATEWAY_COST";

/// How the services run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `ventanilla up`.
    Together,
    /// One process per service, and the gateway.
    Apart,
}

/// A running installation.
#[derive(Debug)]
pub struct Installation {
    env: Vec<(String, String)>,
    /// The gateway's address: `http://127.0.0.1:…`.
    pub url: String,
    pub(crate) processes: BTreeMap<String, Process>,
    client: reqwest::Client,
    dir: tempfile::TempDir,
    /// Its share of the servers. The last field: it is removed after the processes have ended.
    pub suite: Suite,
}

/// `../shared/data` from the project's root; none where it is absent.
pub fn data_dir() -> Option<PathBuf> {
    let dir = root().join("../shared/data");
    dir.is_dir().then_some(dir)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder that cargo builds this profile into.
fn profile_dir() -> anyhow::Result<PathBuf> {
    let exe = std::env::current_exe()?;
    let deps = exe.parent().context("no folder")?;
    Ok(if deps.ends_with("deps") {
        deps.parent().context("no folder")?.to_path_buf()
    } else {
        deps.to_path_buf()
    })
}

/// The binary that is looked at: `VENTANILLA_BIN`, or what cargo built beside this.
pub fn ventanilla() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("VENTANILLA_BIN") {
        return Ok(path.into());
    }
    let path = profile_dir()?.join("ventanilla");
    ensure!(
        path.is_file(),
        "{} is missing: cargo build --bin ventanilla",
        path.display()
    );
    Ok(path)
}

fn gateway() -> anyhow::Result<PathBuf> {
    if let Some(path) = std::env::var_os("VENTANILLA_GATEWAY") {
        return Ok(path.into());
    }
    let path = profile_dir()?
        .parent()
        .context("no folder")?
        .join("gateway/release/gateway");
    ensure!(
        path.is_file(),
        "{} is missing: make gateway",
        path.display()
    );
    Ok(path)
}

impl Installation {
    /// `ventanilla up` without the demo.
    pub async fn together(name: &str) -> anyhow::Result<Self> {
        Self::start(Suite::start(name).await, Mode::Together, &[]).await
    }

    /// A process per service, on servers that may be broken.
    pub async fn apart(name: &str, servers: &Servers) -> anyhow::Result<Self> {
        Self::start(Suite::start_on(servers, name).await, Mode::Apart, &[]).await
    }

    /// With further settings.
    pub async fn start(
        suite: Suite,
        mode: Mode,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let port = free_port()?;
        let mut env = vec![
            (
                "VENTANILLA_POSTGRES_OWNER_URL".to_owned(),
                suite.postgres_owner_url().to_owned(),
            ),
            ("VENTANILLA_DB_PREFIX".to_owned(), suite.prefix().to_owned()),
            ("VENTANILLA_AMQP_URL".to_owned(), suite.amqp_url()),
            (
                "VENTANILLA_REDIS_URL".to_owned(),
                suite.redis_url().to_owned(),
            ),
            (
                "VENTANILLA_KEYS_DIR".to_owned(),
                dir.path().join("keys").display().to_string(),
            ),
            ("VENTANILLA_LISTEN".to_owned(), format!("127.0.0.1:{port}")),
            (
                "VENTANILLA_GATEWAY".to_owned(),
                gateway()?.display().to_string(),
            ),
            (
                "VENTANILLA_SUPERGRAPH".to_owned(),
                root()
                    .join("graphql/supergraph.graphql")
                    .display()
                    .to_string(),
            ),
            ("VENTANILLA_LIVE_PARTITIONS".to_owned(), "1".to_owned()),
            ("VENTANILLA_BULK_PARTITIONS".to_owned(), "1".to_owned()),
        ];
        env.extend(
            settings
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            // Shorter than the gateway keeps an idle connection: who takes one up at that very moment is reset.
            .pool_idle_timeout(Duration::from_secs(2))
            .no_proxy()
            .build()?;
        let mut installation = Self {
            env,
            url: format!("http://127.0.0.1:{port}"),
            processes: BTreeMap::new(),
            client,
            dir,
            suite,
        };
        installation.cli(&["migrate"]).await?;
        match mode {
            Mode::Together => installation.launch("up", &["up", "--no-demo"])?,
            Mode::Apart => installation.launch_apart()?,
        }
        installation.wait_ready().await?;
        Ok(installation)
    }

    fn launch(&mut self, name: &str, args: &[&str]) -> anyhow::Result<()> {
        let log = self.dir.path().join(format!("{name}.log"));
        let process = Process::start(ventanilla()?, args, &self.env, log)?;
        self.processes.insert(name.to_owned(), process);
        Ok(())
    }

    fn launch_apart(&mut self) -> anyhow::Result<()> {
        let mut subgraphs = serde_json::Map::new();
        let mut directory = String::new();
        // The keys are made once, before six processes would each make their own.
        self.cli_blocking(&[
            "sdl",
            "--dir",
            &self.dir.path().join("sdl").display().to_string(),
        ])?;
        self.cli_blocking(&["tenant", "list"])?;
        for service in SERVICES {
            let address = format!("127.0.0.1:{}", free_port()?);
            self.launch(service, &["serve", service, "--service-listen", &address])?;
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
            "listen": self.url.trim_start_matches("http://"),
            "supergraph": std::path::absolute(root().join("graphql/supergraph.graphql"))?,
            "subgraphs": subgraphs,
            "doors": { "auth": directory },
            "directory": { "url": directory, "internal_key": std::fs::read_to_string(keys.join("internal.key"))?.trim() },
            "signing": { "key": keys.join("callers.pem"), "jwks": keys.join("callers.jwks.json"), "kid": jwks["keys"][0]["kid"] },
            "production": false,
            "amqp": self.suite.amqp_url(),
        });
        if let Some((_, cost)) = self.env.iter().find(|(name, _)| name == GATEWAY_COST) {
            config["limits"] = json!({"cost": cost.parse::<u64>()?});
        }
        let path = self.dir.path().join("gateway.json");
        std::fs::write(&path, serde_json::to_string(&config)?)?;
        let log = self.dir.path().join("gateway.log");
        let process = Process::start(
            gateway()?,
            &["--config", &path.display().to_string()],
            &self.env,
            log,
        )?;
        self.processes.insert("gateway".to_owned(), process);
        Ok(())
    }

    async fn wait_ready(&mut self) -> anyhow::Result<()> {
        let query = json!({"query": "{ __typename }"});
        for _ in 0..600 {
            for (name, process) in &mut self.processes {
                if !process.runs() {
                    bail!("{name} ended:\n{}", process.log());
                }
            }
            let token = self
                .client
                .post(format!("{}/graphql", self.url))
                .json(&query)
                .send()
                .await;
            // 401 is an answer too: the gateway and directory stand.
            if token.is_ok_and(|r| r.status().as_u16() == 401 || r.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("not ready in 30 s:\n{}", self.logs())
    }

    /// Everything that every process wrote.
    pub fn logs(&self) -> String {
        let logs: Vec<String> = self
            .processes
            .iter()
            .map(|(n, p)| format!("--- {n}\n{}", p.log()))
            .collect();
        logs.join("\n")
    }

    /// The end of what every process wrote.
    pub fn last_lines(&self, count: usize) -> String {
        let ends: Vec<String> = self
            .processes
            .iter()
            .map(|(name, process)| {
                let log = process.log();
                let lines: Vec<&str> = log.lines().collect();
                let end = lines[lines.len().saturating_sub(count)..].join("\n");
                format!("--- {name}\n{end}")
            })
            .collect();
        ends.join("\n")
    }

    /// Those that should run and do not, with the end of what they wrote.
    pub fn ended(&mut self) -> Vec<String> {
        self.processes
            .iter_mut()
            .filter_map(|(name, process)| {
                (!process.runs()).then(|| {
                    let log = process.log();
                    let end: Vec<&str> = log.lines().rev().take(5).collect();
                    format!("{name} has ended: {}", end.join(" | "))
                })
            })
            .collect()
    }

    /// One of the processes: a service, `gateway` or `up`.
    pub fn process(&mut self, name: &str) -> anyhow::Result<&mut Process> {
        self.processes
            .get_mut(name)
            .with_context(|| format!("no process {name}"))
    }

    /// Runs `ventanilla` with this installation's settings and returns what it printed.
    pub async fn cli(&self, args: &[&str]) -> anyhow::Result<String> {
        let program = ventanilla()?;
        let env = self.env.clone();
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        tokio::task::spawn_blocking(move || run(&program, &env, &args)).await?
    }

    fn cli_blocking(&self, args: &[&str]) -> anyhow::Result<String> {
        run(
            &ventanilla()?,
            &self.env,
            &args.iter().map(ToString::to_string).collect::<Vec<_>>(),
        )
    }

    /// Starts `ventanilla` with this installation's settings and does not wait for it.
    pub fn cli_spawn(&self, name: &str, args: &[&str]) -> anyhow::Result<Process> {
        Process::start(
            ventanilla()?,
            args,
            &self.env,
            self.dir.path().join(format!("{name}.log")),
        )
    }

    /// Creates a tenant (of provider `soporte`) and returns its id.
    pub async fn tenant(&self, slug: &str) -> anyhow::Result<String> {
        self.tenant_of("soporte", slug, slug).await
    }

    /// Creates a tenant of a provider, with one person for every role, and returns its id.
    pub async fn tenant_of(
        &self,
        provider: &str,
        slug: &str,
        name: &str,
    ) -> anyhow::Result<String> {
        let out = self
            .cli(&[
                "tenant",
                "create",
                "--provider",
                provider,
                "--slug",
                slug,
                "--name",
                name,
                "--demo-people",
            ])
            .await?;
        out.lines()
            .last()
            .map(|l| l.trim().to_owned())
            .context("no id came back")
    }

    /// An access token for somebody who holds `role` with `tenant`.
    pub async fn token(&self, tenant: &str, role: &str) -> anyhow::Result<String> {
        let out = self
            .cli(&["token", "--tenant", tenant, "--role", role])
            .await?;
        Ok(out.trim().to_owned())
    }

    /// Signs somebody in at the public door, and returns the access token.
    pub async fn sign_in(&self, email: &str, password: &str) -> anyhow::Result<String> {
        let login = self.client.post(format!("{}/auth/login", self.url));
        let response = login
            .json(&json!({"email": email, "password": password}))
            .send()
            .await?;
        let (status, body) = (response.status(), response.json::<Value>().await?);
        ensure!(
            status.is_success(),
            "{email} cannot sign in: {status} {body}"
        );
        body["accessToken"]
            .as_str()
            .map(str::to_owned)
            .context("no access token came back")
    }

    /// Asks the gateway; the whole response. `token` may be an API key (`vk_…`) as well.
    pub async fn ask(
        &self,
        token: &str,
        tenant: Option<&str>,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}/graphql", self.url));
        let request = if token.starts_with("vk_") {
            request.header("x-api-key", token)
        } else {
            request.bearer_auth(token)
        };
        let mut request = request.json(&json!({"query": query, "variables": variables}));
        if let Some(tenant) = tenant {
            request = request.header("x-ventanilla-tenant", tenant);
        }
        Ok(request.send().await?.json().await?)
    }

    /// Asks the gateway; the data. An error ends the test with its message.
    pub async fn data(
        &self,
        token: &str,
        tenant: Option<&str>,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Value> {
        let response = self.ask(token, tenant, query, variables).await?;
        ensure!(response["errors"].is_null(), "{}", response["errors"]);
        Ok(response["data"].clone())
    }

    /// Facts and commands that are on their way: in outboxes and in queues.
    pub async fn backlog(&self) -> anyhow::Result<u64> {
        let queued: u64 = self
            .suite
            .broker()
            .queue_depths(self.suite.vhost())
            .await?
            .iter()
            .filter(|(name, _)| !name.starts_with("parked."))
            .map(|(_, n)| *n)
            .sum();
        let mut unpublished = 0;
        for service in SERVICES {
            let mut db =
                sqlx::PgConnection::connect(&self.suite.database_url(&service.replace('-', "_")))
                    .await?;
            let n: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.outbox")
                .fetch_one(&mut db)
                .await?;
            unpublished += n.unsigned_abs();
            db.close().await?;
        }
        Ok(queued + unpublished)
    }

    /// The settings of this installation, as environment variables, and the binary that it runs.
    pub fn env(&self) -> Vec<(String, String)> {
        let mut env = self.env.clone();
        if let Ok(path) = ventanilla() {
            env.push(("VENTANILLA_BIN".to_owned(), path.display().to_string()));
        }
        env
    }

    /// A plain HTTP client without a proxy.
    pub fn http(&self) -> &reqwest::Client {
        &self.client
    }
}

fn run(program: &Path, env: &[(String, String)], args: &[String]) -> anyhow::Result<String> {
    let output = command(program, env).args(args).output()?;
    ensure!(
        output.status.success(),
        "ventanilla {}: {}\n{}{}",
        args.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
