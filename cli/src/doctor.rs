//! `ventanilla doctor`: says what is missing, and how to mend it. Changes nothing.

use std::time::Duration;

use crate::gateway;
use crate::platform::{Name, Platform};
use crate::settings::Settings;

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
}

/// Looks at everything the platform needs. Ends with an error if anything is missing.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let mut report = Report { bad: 0 };
    postgres(settings, &mut report).await;
    broker(settings, &mut report).await;
    redis(settings, &mut report).await;
    services(settings, &mut report).await;
    match gateway::binary() {
        Ok(path) => Report::good("gateway", &path.display().to_string()),
        Err(error) => report.bad("gateway", &error.to_string(), "make build"),
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

async fn postgres(settings: &Settings, report: &mut Report) {
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
    match tokio::time::timeout(Duration::from_secs(5), connect).await {
        Ok(Ok((version, true))) => Report::good("PostgreSQL", &version),
        Ok(Ok((version, false))) => {
            report.bad(
                "PostgreSQL",
                &version,
                "the owner needs CREATEDB and CREATEROLE: ALTER ROLE … CREATEDB CREATEROLE",
            );
        }
        Ok(Err(error)) => report.bad(
            "PostgreSQL",
            &error.to_string(),
            "make servers, or set VENTANILLA_POSTGRES_OWNER_URL",
        ),
        Err(_) => report.bad(
            "PostgreSQL",
            "no answer in 5 s",
            "make servers, or set VENTANILLA_POSTGRES_OWNER_URL",
        ),
    }
}

async fn broker(settings: &Settings, report: &mut Report) {
    let mend = "make servers, or set VENTANILLA_AMQP_URL";
    match tokio::time::timeout(Duration::from_secs(5), messaging::declare(&settings.bus())).await {
        Ok(Ok(())) => Report::good("RabbitMQ", "exchanges and queues stand"),
        Ok(Err(error)) => report.bad("RabbitMQ", &error.to_string(), mend),
        Err(_) => report.bad("RabbitMQ", "no answer in 5 s", mend),
    }
}

async fn redis(settings: &Settings, report: &mut Report) {
    let Some(url) = &settings.redis_url else {
        Report::good("Redis", "not set: slower, never wrong");
        return;
    };
    let ping = async {
        let client = redis::Client::open(url.as_str())?;
        let mut c = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut c).await
    };
    match tokio::time::timeout(Duration::from_secs(5), ping).await {
        Ok(Ok(_)) => Report::good("Redis", "answers"),
        Ok(Err(error)) => report.bad(
            "Redis",
            &error.to_string(),
            "make servers, or unset VENTANILLA_REDIS_URL",
        ),
        Err(_) => report.bad(
            "Redis",
            "no answer in 5 s",
            "make servers, or unset VENTANILLA_REDIS_URL",
        ),
    }
}

async fn services(settings: &Settings, report: &mut Report) {
    let clock = clock::system();
    let platform = match Platform::new(settings, clock.clone(), ids::system(clock)).await {
        Ok(platform) => platform,
        Err(error) => {
            report.bad(
                "keys",
                &format!("{error:#}"),
                "mount the keys, or set VENTANILLA_KEYS_DIR",
            );
            return;
        }
    };
    for name in Name::ALL {
        match platform.deps(name).await {
            Ok(deps) => match deps.db.tenants().await {
                Ok(tenants) => Report::good(name.as_str(), &format!("{} tenants", tenants.len())),
                Err(error) => report.bad(name.as_str(), &error.to_string(), "ventanilla migrate"),
            },
            Err(error) => report.bad(name.as_str(), &format!("{error:#}"), "ventanilla migrate"),
        }
    }
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
        Err(_) => println!(
            "  --    {:<22} nothing answers on {}: make up",
            "public door", settings.listen
        ),
    }
}
