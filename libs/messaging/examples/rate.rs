//! How many facts per second leave an outbox, and how many are taken in:
//! `cargo run --release -p messaging --example rate [FACTS]`, on the servers that tests use (see testkit), or on those
//! that `VENTANILLA_POSTGRES_OWNER_URL`, `VENTANILLA_AMQP_URL` and `VENTANILLA_AMQP_ADMIN_URL` name. Only servers with
//! fsync tell the truth.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use events::{Envelope, Meta, Origin};
use ids::{EventId, ProviderId, TenantId, TicketId};
use messaging::{BoxError, Bus, FactHandler, HandleError, Outbox, Runner};
use tenancy::{NewTenant, Schema, ServiceDb, Tx};
use tokio_util::sync::CancellationToken;

static INTAKE: Schema = empty("intake");
static ROUTING: Schema = empty("routing");

const fn empty(service: &'static str) -> Schema {
    Schema {
        service,
        platform: &[],
        tenant: &[],
        tenant_squashed: None,
        provider: &[],
    }
}

/// Counts its batches, and no more.
#[derive(Default)]
struct Ignore(AtomicUsize);

#[async_trait]
impl FactHandler for Ignore {
    async fn handle(&self, _: &mut Tx, _: &[Envelope]) -> Result<(), HandleError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Seconds of CPU that this process has used: fields 14 and 15 of its stat, in hundredths.
fn cpu() -> Result<f64, BoxError> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks: f64 = fields.get(11).unwrap_or(&"0").parse::<f64>()?
        + fields.get(12).unwrap_or(&"0").parse::<f64>()?;
    Ok(ticks / 100.0)
}

async fn count(db: &ServiceDb, sql: &'static str, tenants: &[TenantId]) -> Result<i64, BoxError> {
    let mut sum = 0;
    if tenants.is_empty() {
        let mut tx = db.begin_platform().await?;
        sum = sqlx::query_scalar(sql).fetch_one(tx.conn()).await?;
        tx.commit().await?;
    }
    for tenant in tenants {
        let mut tx = db.begin_fact(*tenant).await?;
        sum += sqlx::query_scalar::<_, i64>(sql)
            .fetch_one(tx.conn())
            .await?;
        tx.commit().await?;
    }
    Ok(sum)
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let facts: usize = std::env::args()
        .nth(1)
        .map_or(Ok(20_000), |text| text.parse())?;
    let suite = testkit::Suite::start("rate").await;
    let databases = suite.db_settings();
    let settings = suite.bus_settings();
    let clock = clock::system();
    let ids = ids::system(clock.clone());
    let outbox = Outbox::new(settings.live, settings.bulk);
    let provider = ProviderId::new(&*ids);
    let mut services = Vec::new();
    for schema in [&INTAKE, &ROUTING] {
        tenancy::migrate(&databases, schema, |_| {}).await?;
        let db = ServiceDb::connect(databases.clone(), schema, clock.clone()).await?;
        db.provision_provider(provider, "proveedor", "Proveedor")
            .await?;
        services.push((db, Bus::connect(settings.clone(), schema.service).await?));
    }
    let mut tenants = Vec::new();
    for n in 0..10 {
        let tenant = NewTenant {
            id: TenantId::new(&*ids),
            provider,
            slug: format!("cliente-{n}"),
            name: format!("Cliente {n}"),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        };
        for (db, _) in &services {
            db.provision_tenant(&tenant).await?;
        }
        tenants.push(tenant.id);
    }
    let (intake, routing) = (&services[0], &services[1]);

    // Five facts per ticket, a hundred facts per transaction.
    let begun = Instant::now();
    for batch in 0..facts / 100 {
        let tenant = tenants[batch % tenants.len()];
        let mut envelopes = Vec::with_capacity(100);
        for _ in 0..20 {
            let subject = TicketId::new(&*ids).to_string();
            for sequence in 1..=5 {
                let meta = Meta {
                    id: EventId::new(&*ids),
                    subject: subject.clone(),
                    time: clock.now(),
                    tenant: Some(tenant),
                    provider: Some(provider),
                    sequence,
                    origin: Origin::Live,
                    traceparent: None,
                };
                let data = serde_json::json!({"ticket": subject, "state": "queued", "priority": "high", "note": "x".repeat(200)});
                envelopes.push(Envelope::from_source(
                    "intake",
                    "ticket.replied.v1",
                    meta,
                    &data,
                )?);
            }
        }
        let mut tx = intake.0.begin(tenant).await?;
        outbox.announce(&mut tx, &envelopes).await?;
        tx.commit().await?;
    }
    report("announced", facts, begun.elapsed(), None);

    let ignore = Arc::new(Ignore::default());
    for (what, (db, bus), handler) in [
        ("relayed", intake, None),
        (
            "taken in",
            routing,
            Some(ignore.clone() as Arc<dyn FactHandler>),
        ),
    ] {
        let relaying = handler.is_none();
        let (used, begun) = (cpu()?, Instant::now());
        let stop = CancellationToken::new();
        let runner = Runner {
            db: db.clone(),
            bus: bus.clone(),
            outbox: outbox.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            facts: handler,
            commands: None,
        };
        let running = runner.run(stop.clone());
        loop {
            let done = if relaying {
                count(db, "SELECT count(*) FROM platform.outbox", &[]).await? == 0
            } else {
                count(
                    db,
                    "SELECT coalesce(sum(sequence), 0)::bigint FROM inbox",
                    &tenants,
                )
                .await?
                    >= facts as i64
            };
            if done {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        report(what, facts, begun.elapsed(), Some(cpu()? - used));
        stop.cancel();
        running.await?;
    }
    println!("in {} batches", ignore.0.load(Ordering::Relaxed));
    drop(services);
    suite.finish().await;
    Ok(())
}

fn report(what: &str, facts: usize, took: Duration, cpu: Option<f64>) {
    let rate = facts as f64 / took.as_secs_f64();
    let cpu = cpu.map_or_else(String::new, |cpu| {
        format!(", {:.0} us of our CPU per fact", cpu * 1e6 / facts as f64)
    });
    println!("{what}: {facts} facts in {took:.2?}: {rate:.0} facts/s{cpu}");
}
