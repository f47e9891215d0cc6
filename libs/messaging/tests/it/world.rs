//! A service with a handler that writes down what it was given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use events::{Envelope, Lane, Meta, Origin};
use futures::StreamExt;
use ids::{EventId, ProviderId, SharedIds, TenantId, TicketId};
use messaging::{
    Bus, BusSettings, CommandHandler, FactHandler, Gathers, HandleError, HandlerScope, Outbox,
    Runner,
};
use sqlx::Row;
use tenancy::{Migration, NewTenant, Schema, ServiceDb, Tx};
use testkit::Suite;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const APPLIED: &[Migration] = &[Migration {
    name: "2026-11-23-000-applied",
    sql: "CREATE TABLE applied (
            place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subject text NOT NULL, sequence bigint NOT NULL, kind text NOT NULL)",
}];

macro_rules! schema {
    ($name:ident, $service:literal) => {
        pub static $name: Schema = Schema {
            service: $service,
            platform: APPLIED,
            tenant: APPLIED,
            tenant_squashed: None,
            provider: APPLIED,
        };
    };
}
schema!(ROUTING, "routing");
schema!(INTAKE, "intake");

/// Enough for whatever should happen, on a machine that does much else.
pub const SOON: Duration = Duration::from_secs(40);

pub struct World {
    pub settings: BusSettings,
    pub db: ServiceDb,
    pub bus: Bus,
    pub outbox: Outbox,
    pub ids: SharedIds,
    pub provider: ProviderId,
    pub tenants: Vec<TenantId>,
    // Last: what is above closes its connections before the databases go.
    pub suite: Suite,
}

/// What a handler does besides writing down.
#[derive(Default)]
pub struct Behaviour {
    /// Facts that can never be done.
    pub never: Vec<(String, i64)>,
    /// Facts that violate a constraint.
    pub broken: Vec<(String, i64)>,
    /// Facts that are not to be done yet, with how many times that is said.
    pub again: HashMap<(String, i64), u32>,
    /// Facts that the handler panics at, with how many times.
    pub panics: HashMap<(String, i64), u32>,
    /// How long a batch takes.
    pub takes: Duration,
    /// The sizes of the batches that were committed or not.
    pub batches: Vec<usize>,
}

#[derive(Clone)]
pub struct Recorder {
    pub scope: HandlerScope,
    pub behaviour: Arc<Mutex<Behaviour>>,
    pub gathers: Gathers,
}

impl Recorder {
    pub fn new() -> Self {
        Self::with(Behaviour::default())
    }

    pub fn with(behaviour: Behaviour) -> Self {
        Self {
            scope: HandlerScope::Tenant,
            behaviour: Arc::new(Mutex::new(behaviour)),
            gathers: Gathers::Never,
        }
    }

    pub fn mend(&self) {
        let mut behaviour = self.behaviour.lock().unwrap();
        behaviour.never.clear();
        behaviour.broken.clear();
    }
}

#[async_trait]
impl FactHandler for Recorder {
    fn scope(&self) -> HandlerScope {
        self.scope
    }

    fn gathers(&self) -> Gathers {
        self.gathers
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let mut panics = false;
        for fact in facts {
            let name = (fact.subject.clone(), fact.sequence);
            if let Some(left) = self.behaviour.lock().unwrap().panics.get_mut(&name)
                && *left > 0
            {
                *left -= 1;
                panics = true;
            }
        }
        assert!(!panics, "as it was told to");
        let takes = {
            let mut behaviour = self.behaviour.lock().unwrap();
            behaviour.batches.push(facts.len());
            for (index, fact) in facts.iter().enumerate() {
                let name = (fact.subject.clone(), fact.sequence);
                if behaviour.never.contains(&name) {
                    return Err(HandleError::never(index, "unknown priority"));
                }
                if let Some(left) = behaviour.again.get_mut(&name)
                    && *left > 0
                {
                    *left -= 1;
                    return Err(HandleError::again("not now"));
                }
            }
            behaviour.takes
        };
        let broken = {
            let behaviour = self.behaviour.lock().unwrap();
            facts.iter().any(|fact| {
                behaviour
                    .broken
                    .contains(&(fact.subject.clone(), fact.sequence))
            })
        };
        tokio::time::sleep(takes).await;
        sqlx::query(
            "INSERT INTO applied (subject, sequence, kind) \
             SELECT subject, sequence, kind FROM unnest($1::text[], $2::bigint[], $3::text[]) \
             WITH ORDINALITY AS k (subject, sequence, kind, place) ORDER BY place",
        )
        .bind(
            facts
                .iter()
                .map(|fact| fact.subject.clone())
                .collect::<Vec<_>>(),
        )
        .bind(facts.iter().map(|fact| fact.sequence).collect::<Vec<_>>())
        .bind(
            facts
                .iter()
                .map(|fact| fact.kind.clone())
                .collect::<Vec<_>>(),
        )
        .execute(tx.conn())
        .await?;
        if broken {
            sqlx::query("INSERT INTO applied (subject, sequence, kind) VALUES (NULL, 0, '')")
                .execute(tx.conn())
                .await?;
        }
        Ok(())
    }
}

pub struct Running {
    stop: CancellationToken,
    pub handle: JoinHandle<()>,
}

impl Running {
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(SOON, self.handle)
            .await
            .expect("it ends")
            .unwrap();
    }

    /// As a crash would: nothing is finished, nothing is acknowledged.
    pub async fn kill(self) {
        self.handle.abort();
        let _ = self.handle.await;
    }
}

impl World {
    pub async fn of(schema: &'static Schema, name: &str, tenants: usize) -> Self {
        let suite = Suite::start(name).await;
        Self::on(suite, schema, tenants, |_| {}).await
    }

    pub async fn on(
        suite: Suite,
        schema: &'static Schema,
        tenants: usize,
        change: impl FnOnce(&mut BusSettings),
    ) -> Self {
        let databases = suite.db_settings();
        tenancy::migrate(&databases, schema, |_| {}).await.unwrap();
        let db = ServiceDb::connect(databases, schema, clock::system())
            .await
            .unwrap();
        let mut settings = suite.bus_settings();
        change(&mut settings);
        let bus = Bus::connect(settings.clone(), schema.service)
            .await
            .unwrap();
        let ids = ids::system(clock::system());
        let provider = ProviderId::new(&*ids);
        let mut world = Self {
            outbox: Outbox::new(settings.live, settings.bulk),
            settings,
            db,
            bus,
            ids,
            provider,
            tenants: Vec::new(),
            suite,
        };
        if tenants > 0 {
            world
                .db
                .provision_provider(provider, "proveedor", "Proveedor")
                .await
                .unwrap();
        }
        for n in 0..tenants {
            let tenant = world.new_tenant(&format!("cliente-{n}"));
            world.db.provision_tenant(&tenant).await.unwrap();
            world.tenants.push(tenant.id);
        }
        world
    }

    pub fn new_tenant(&self, slug: &str) -> NewTenant {
        NewTenant {
            id: TenantId::new(&*self.ids),
            provider: self.provider,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        }
    }

    pub fn run(&self, facts: Option<Recorder>) -> Running {
        self.run_with(facts, None)
    }

    pub fn run_with(
        &self,
        facts: Option<Recorder>,
        commands: Option<Arc<dyn CommandHandler>>,
    ) -> Running {
        let runner = Runner {
            db: self.db.clone(),
            bus: self.bus.clone(),
            outbox: self.outbox.clone(),
            clock: clock::system(),
            ids: self.ids.clone(),
            facts: facts.map(|facts| Arc::new(facts) as Arc<dyn FactHandler>),
            commands,
        };
        let stop = CancellationToken::new();
        Running {
            handle: runner.run(stop.clone()),
            stop,
        }
    }

    pub fn ticket(&self) -> String {
        TicketId::new(&*self.ids).to_string()
    }

    pub fn fact(&self, tenant: TenantId, subject: &str, sequence: i64) -> Envelope {
        self.fact_of(
            "intake",
            "ticket.replied.v1",
            Some(tenant),
            subject,
            sequence,
            &(),
        )
    }

    pub fn fact_of<T: serde::Serialize>(
        &self,
        source: &str,
        kind: &str,
        tenant: Option<TenantId>,
        subject: &str,
        sequence: i64,
        data: &T,
    ) -> Envelope {
        let meta = Meta {
            id: EventId::new(&*self.ids),
            subject: subject.to_owned(),
            time: clock::system().now(),
            tenant,
            provider: Some(self.provider),
            sequence,
            origin: Origin::Live,
            traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        };
        Envelope::from_source(source, kind, meta, data).unwrap()
    }

    /// Straight into this service's queue, past any outbox.
    pub async fn deliver(&self, facts: &[Envelope]) {
        self.bus
            .publish_to(self.bus.service(), Lane::Live, facts)
            .await
            .unwrap();
    }

    /// What the handler wrote down, by subject, in the order it was written.
    pub async fn applied(&self, tenant: TenantId) -> BTreeMap<String, Vec<i64>> {
        let mut tx = self.db.begin_fact(tenant).await.unwrap();
        let rows = sqlx::query("SELECT subject, sequence FROM applied ORDER BY place")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut applied: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for row in rows {
            applied
                .entry(row.get("subject"))
                .or_default()
                .push(row.get("sequence"));
        }
        applied
    }

    pub async fn until_applied(&self, tenant: TenantId, subject: &str, wanted: &[i64]) {
        testkit::eventually(SOON, || async {
            let applied = self
                .applied(tenant)
                .await
                .remove(subject)
                .unwrap_or_default();
            if applied == wanted {
                Ok(())
            } else {
                Err(format!("{applied:?} for {wanted:?}"))
            }
        })
        .await;
    }

    /// (subject, sequence, parked) of what waits.
    pub async fn waiting(&self, tenant: TenantId) -> Vec<(String, i64, bool)> {
        let mut tx = self.db.begin_fact(tenant).await.unwrap();
        let rows =
            sqlx::query("SELECT subject, sequence, parked FROM waiting ORDER BY subject, sequence")
                .fetch_all(tx.conn())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        rows.iter()
            .map(|row| (row.get("subject"), row.get("sequence"), row.get("parked")))
            .collect()
    }

    pub async fn in_outbox(&self) -> i64 {
        let mut tx = self.db.begin_platform().await.unwrap();
        let count = sqlx::query_scalar("SELECT count(*) FROM platform.outbox")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        count
    }

    /// Announces in a transaction of the tenant.
    pub async fn announce(&self, outbox: &Outbox, tenant: TenantId, facts: &[Envelope]) {
        let mut tx = self.db.begin_fact(tenant).await.unwrap();
        outbox.announce(&mut tx, facts).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Every queue is empty, every outbox too.
    pub async fn nothing_left(&self) {
        testkit::eventually(SOON, || async {
            let left = self.suite.undelivered().await.unwrap();
            if left.is_empty() {
                Ok(())
            } else {
                Err(format!("{left:?}"))
            }
        })
        .await;
    }

    /// Takes every message out of a queue, as (routing key, envelope).
    pub async fn take_all(&self, queue: &str) -> Vec<(String, Envelope)> {
        let all = self.take_bodies(queue).await;
        all.into_iter()
            .map(|(key, body)| (key, serde_json::from_slice(&body).unwrap()))
            .collect()
    }

    /// The same, unread. (A queue with a single active consumer refuses `basic.get`.)
    pub async fn take_bodies(&self, queue: &str) -> Vec<(String, Vec<u8>)> {
        let connection =
            lapin::Connection::connect(&self.settings.url, lapin::ConnectionProperties::default())
                .await
                .unwrap();
        let channel = connection.create_channel().await.unwrap();
        let options = lapin::options::BasicConsumeOptions::default();
        let table = lapin::types::FieldTable::default();
        let mut consumer = channel
            .basic_consume(queue.into(), "".into(), options, table)
            .await
            .unwrap();
        let mut all = Vec::new();
        let quiet = Duration::from_millis(300);
        while let Ok(Some(Ok(delivery))) = tokio::time::timeout(quiet, consumer.next()).await {
            delivery
                .acker
                .ack(lapin::options::BasicAckOptions::default())
                .await
                .unwrap();
            all.push((delivery.routing_key.to_string(), delivery.data));
        }
        connection.close(200, "done".into()).await.unwrap();
        all
    }

    pub async fn end(self) {
        let Self { suite, db, bus, .. } = self;
        drop((db, bus));
        suite.finish().await;
    }
}
