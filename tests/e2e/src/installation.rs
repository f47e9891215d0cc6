//! Databases, a broker's virtual host, keys, and the processes on them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::json;
use sqlx::Connection as _;
use testkit::{Servers, Suite};

use crate::lines::{Lines, Urls};
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
    /// The same, with a proxy on every line between them and to the servers ([`Lines`]).
    Proxied,
}

/// A running installation.
#[derive(Debug)]
pub struct Installation {
    pub(crate) env: Vec<(String, String)>,
    /// Where the gateway is asked: `http://127.0.0.1:…`.
    pub url: String,
    pub(crate) processes: BTreeMap<String, Process>,
    /// The proxies of [`Mode::Proxied`].
    pub lines: Option<Lines>,
    pub(crate) program: PathBuf,
    pub(crate) client: reqwest::Client,
    pub(crate) dir: tempfile::TempDir,
    /// Its share of the servers. The last field: it is removed after the processes have ended.
    pub suite: Suite,
}

/// `../shared/data` from the project's root; none where it is absent.
pub fn data_dir() -> Option<PathBuf> {
    let dir = root().join("../shared/data");
    dir.is_dir().then_some(dir)
}

pub(crate) fn root() -> PathBuf {
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

/// The gateway's binary: `VENTANILLA_GATEWAY`, or what `make gateway` built.
pub fn gateway() -> anyhow::Result<PathBuf> {
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
        Self::start_as(ventanilla()?, suite, mode, settings).await
    }

    /// The same with another binary than [`ventanilla`]: an older one, say.
    pub async fn start_as(
        program: PathBuf,
        suite: Suite,
        mode: Mode,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let port = free_port()?;
        let listen = format!("127.0.0.1:{port}");
        let (lines, urls) = match mode {
            Mode::Proxied => {
                let (lines, urls) = Lines::lay(&suite, &listen).await?;
                (Some(lines), urls)
            }
            Mode::Together | Mode::Apart => (None, Urls::of(&suite)),
        };
        let mut env = vec![
            ("VENTANILLA_POSTGRES_OWNER_URL".to_owned(), urls.postgres),
            ("VENTANILLA_DB_PREFIX".to_owned(), suite.prefix().to_owned()),
            ("VENTANILLA_AMQP_URL".to_owned(), urls.broker),
            ("VENTANILLA_REDIS_URL".to_owned(), urls.redis),
            (
                "VENTANILLA_KEYS_DIR".to_owned(),
                dir.path().join("keys").display().to_string(),
            ),
            ("VENTANILLA_LISTEN".to_owned(), listen.clone()),
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
        let address = match &lines {
            Some(lines) => lines.front.address().to_string(),
            None => listen,
        };
        let mut installation = Self {
            env,
            url: format!("http://{address}"),
            processes: BTreeMap::new(),
            lines,
            program,
            client,
            dir,
            suite,
        };
        installation.cli(&["migrate"]).await?;
        match mode {
            Mode::Together => installation.launch("up", &["up", "--no-demo"])?,
            Mode::Apart | Mode::Proxied => installation.launch_apart().await?,
        }
        installation.wait_ready().await?;
        Ok(installation)
    }

    pub(crate) fn launch(&mut self, name: &str, args: &[&str]) -> anyhow::Result<()> {
        let log = self.dir.path().join(format!("{name}.log"));
        let process = Process::start(&self.program, args, &self.env, log)?;
        self.processes.insert(name.to_owned(), process);
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
        let program = self.program.clone();
        let env = self.env.clone();
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        tokio::task::spawn_blocking(move || run(&program, &env, &args)).await?
    }

    /// Starts `ventanilla` with this installation's settings and does not wait for it.
    pub fn cli_spawn(&self, name: &str, args: &[&str]) -> anyhow::Result<Process> {
        Process::start(
            &self.program,
            args,
            &self.env,
            self.dir.path().join(format!("{name}.log")),
        )
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
        let program = self.program.display().to_string();
        env.push(("VENTANILLA_BIN".to_owned(), program));
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
