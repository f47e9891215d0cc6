//! `ventanilla doctor`: says what is missing, and how to mend it. Changes nothing.

use std::time::Duration;

use messaging::BusError;
use tenancy::{ServiceDb, TenancyError};
use tokio::time::timeout;

use crate::gateway;
use crate::keys::{self, Keys};
use crate::platform::Name;
use crate::settings::Settings;

/// How long a server may take to answer. Whoever asks what is missing waits in front of a terminal: a service that starts has
/// more patience.
const PATIENCE: Duration = Duration::from_secs(3);

struct Report {
    bad: usize,
}

impl Report {
    fn good(what: &str, detail: &str) {
        println!("  ok    {what:<22} {detail}");
    }

    fn bad(&mut self, what: &str, detail: &str, mend: &str) {
        self.bad += 1;
        println!("  FALTA {what:<22} {detail}\n        {:<22} -> {mend}", "");
    }

    fn unseen(what: &str, detail: &str) {
        println!("  --    {what:<22} {detail}");
    }
}

/// Looks at everything the platform needs. Ends with an error if anything is missing.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut report = Report { bad: 0 };
    let there = postgres(settings, &mut report).await;
    broker(settings, &mut report).await;
    redis(settings, &mut report).await;
    keys(settings, &mut report);
    // Services log in by the owner's address unless they have one of their own.
    if there || settings.postgres_url.is_some() {
        services(settings, &mut report).await;
    } else {
        Report::unseen("services", "not looked at: PostgreSQL is away");
    }
    match gateway::binary() {
        Ok(path) if path.is_file() => Report::good("gateway", &path.display().to_string()),
        Ok(path) => report.bad(
            "gateway",
            &path.display().to_string(),
            "make gateway, or set VENTANILLA_GATEWAY",
        ),
        Err(error) => report.bad("gateway", &error.to_string(), "make gateway"),
    }
    let supergraph = gateway::supergraph();
    if supergraph.is_file() {
        Report::good("supergraph", &supergraph.display().to_string());
    } else {
        report.bad(
            "supergraph",
            &supergraph.display().to_string(),
            "make graph, or set VENTANILLA_SUPERGRAPH",
        );
    }
    public(settings).await;
    anyhow::ensure!(report.bad == 0, "{} things are missing", report.bad);
    Ok(())
}

/// Whether it answers.
async fn postgres(settings: &Settings, report: &mut Report) -> bool {
    use sqlx::{Connection as _, Row as _};
    let connect = async {
        let mut c = sqlx::PgConnection::connect(&settings.postgres_owner_url).await?;
        let row = sqlx::query(
            "SELECT current_setting('server_version') AS version, rolcreatedb AND rolcreaterole OR rolsuper AS able \
             FROM pg_roles WHERE rolname = current_user",
        )
        .fetch_one(&mut c)
        .await?;
        Ok::<_, sqlx::Error>((
            row.try_get::<String, _>("version")?,
            row.try_get::<bool, _>("able")?,
        ))
    };
    let mend = "make up, scripts/servers up, or set VENTANILLA_POSTGRES_OWNER_URL";
    match timeout(PATIENCE, connect).await {
        Ok(Ok((version, true))) => Report::good("PostgreSQL", &version),
        Ok(Ok((version, false))) => {
            report.bad(
                "PostgreSQL",
                &version,
                "the owner needs CREATEDB and CREATEROLE: ALTER ROLE … CREATEDB CREATEROLE",
            );
        }
        Ok(Err(error)) => {
            report.bad("PostgreSQL", &error.to_string(), mend);
            return false;
        }
        Err(_) => {
            report.bad("PostgreSQL", &silent(), mend);
            return false;
        }
    }
    true
}

fn silent() -> String {
    format!("no answer in {} s", PATIENCE.as_secs())
}

async fn broker(settings: &Settings, report: &mut Report) {
    let mend = "make up, scripts/servers up, or set VENTANILLA_AMQP_URL";
    match timeout(PATIENCE, messaging::missing(&settings.bus())).await {
        Ok(Ok(missing)) => match missing.first() {
            None => Report::good("RabbitMQ", "exchanges and queues stand"),
            Some(first) => report.bad(
                "RabbitMQ",
                &format!(
                    "{} of its exchanges and queues are not there: {first} …",
                    missing.len()
                ),
                "ventanilla migrate",
            ),
        },
        Ok(Err(error)) => {
            let mend = match &error {
                BusError::MorePartitions { setting, .. }
                | BusError::FewerPartitions { setting, .. } => format!("set {setting}"),
                _ => mend.to_owned(),
            };
            report.bad("RabbitMQ", &error.to_string(), &mend);
        }
        Err(_) => report.bad("RabbitMQ", &silent(), mend),
    }
}

async fn redis(settings: &Settings, report: &mut Report) {
    let Some(url) = &settings.redis_url else {
        Report::good("Redis", "not set: each gateway limits rates by itself");
        return;
    };
    let ping = async {
        let client = redis::Client::open(url.as_str())?;
        let mut c = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut c).await
    };
    let mend = "make up, scripts/servers up, or unset VENTANILLA_REDIS_URL";
    match timeout(PATIENCE, ping).await {
        Ok(Ok(_)) => Report::good("Redis", "answers"),
        Ok(Err(error)) => report.bad("Redis", &error.to_string(), mend),
        Err(_) => report.bad("Redis", &silent(), mend),
    }
}

fn keys(settings: &Settings, report: &mut Report) {
    let mend = "mount the keys, or set VENTANILLA_KEYS_DIR";
    match Keys::missing(settings) {
        Ok(missing) if missing.is_empty() => Report::good("keys", "all there"),
        Ok(_) if !settings.production => Report::good("keys", "made on first use"),
        // Every service needs this one; the others are mounted where they are used.
        Ok(missing) if missing.contains(&keys::JWKS) => {
            report.bad("keys", &format!("without {}", missing.join(", ")), mend);
        }
        Ok(missing) => Report::good("keys", &format!("without {}", missing.join(", "))),
        Err(error) => report.bad("keys", &format!("{error:#}"), mend),
    }
}

async fn services(settings: &Settings, report: &mut Report) {
    for name in Name::ALL {
        match timeout(PATIENCE, tenants(settings, name)).await {
            Ok(Ok(count)) => Report::good(name.as_str(), &format!("{count} tenants")),
            Ok(Err(error)) if !error.is_transient() => {
                report.bad(name.as_str(), &error.to_string(), "ventanilla migrate");
            }
            // What one of them waits for in vain, the others would as well.
            away => {
                let why = match away {
                    Ok(Err(error)) => error.to_string(),
                    _ => silent(),
                };
                report.bad(name.as_str(), &why, "set VENTANILLA_POSTGRES_URL");
                Report::unseen("services", "the others were not looked at");
                return;
            }
        }
    }
}

async fn tenants(settings: &Settings, name: Name) -> Result<usize, TenancyError> {
    let db = ServiceDb::connect(settings.db(), name.schema(), clock::system()).await?;
    Ok(db.tenants().await?.len())
}

async fn public(settings: &Settings) {
    let url = format!("http://{}/readyz", settings.listen);
    let asked = async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(3))
            .no_proxy()
            .build()?;
        client.get(&url).send().await?.error_for_status()
    };
    match asked.await {
        Ok(_) => Report::good("public door", &settings.listen.to_string()),
        Err(_) => Report::unseen(
            "public door",
            &format!("nothing answers on {}: make up", settings.listen),
        ),
    }
}
