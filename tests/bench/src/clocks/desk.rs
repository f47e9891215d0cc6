//! Sla-clock's databases with as many running clocks as are asked for. A few tickets of each tenant are taken in by the
//! service's own code; the others are copies of their rows.

use std::path::PathBuf;
use std::sync::Arc;

use access::{Caller, CallerKind, KeyPair, Role, TenantGrant, Verifier};
use anyhow::{Context as _, ensure};
use async_graphql::Variables;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use clock::SharedClock;
use e2e::Process;
use events::intake::Priority;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use ids::{PersonId, ProviderId, SharedIds, TenantId, TicketId};
use messaging::{Bus, BusSettings, Outbox};
use serde_json::{Value, json};
use sla_clock::app::SCHEMA;
use sla_clock::config::Config;
use sla_clock::jobs::timers::Timers;
use sqlx::{Connection as _, PgConnection};
use subgraph::{Deps, Service, TraceParent};
use tenancy::{NewTenant, ServiceDb};
use testkit::Suite;

use super::copies::{Copied, copy};
use super::facts;

/// A ticket with one clock is allowed so long: it was opened before that, and its warning has been given.
const SHORT: TimeDelta = TimeDelta::days(10);
/// Tenants that are made, filled or given timers at once.
const AT_ONCE: usize = 4;
/// Clocks of every other ticket.
const CLOCKS_EACH: usize = 6;

/// A tenant with its templates.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: TenantId,
    /// Its schema.
    pub schema: String,
    /// A ticket with six clocks that run.
    six: TicketId,
    /// A ticket with one clock, whose warning has been given.
    pub one: TicketId,
    /// When that one is due.
    one_due: DateTime<Utc>,
    /// Copies of the first.
    pub tickets: Vec<Copied>,
}

/// The service's databases, and the service in this process, for making what it works on.
pub struct Desk {
    pub suite: Suite,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub provider: ProviderId,
    pub clients: Vec<Client>,
    service: Service,
    dir: tempfile::TempDir,
}

impl Desk {
    /// As many tenants as are asked for, each with an agreement of six targets and two tickets.
    pub async fn open(tenants: usize) -> anyhow::Result<Self> {
        let suite = Suite::start("clocks").await;
        let clock = clock::system();
        let ids = ids::system(clock.clone());
        tenancy::migrate(&suite.db_settings(), &SCHEMA, |_| {}).await?;
        let db = ServiceDb::connect(suite.db_settings(), &SCHEMA, clock.clone()).await?;
        let settings = bus(&suite);
        messaging::declare(&settings).await?;
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            db,
            outbox: Outbox::new(settings.live, settings.bulk),
            bus: Bus::connect(settings, SCHEMA.service).await?,
            verifier: Arc::new(Verifier::from_jwks(
                &KeyPair::generate(&*ids).jwks().to_string(),
                clock.clone(),
            )?),
        };
        let provider = ProviderId::new(&*ids);
        deps.db
            .provision_provider(provider, "proveedor", "Proveedor")
            .await?;
        let service = sla_clock::app::build(deps, Config::default()).await?;
        let mut desk = Self {
            suite,
            clock,
            ids,
            provider,
            clients: Vec::new(),
            service,
            dir: tempfile::tempdir()?,
        };
        let clients = stream::iter(0..tenants).map(|n| desk.client(n));
        desk.clients = clients.buffered(AT_ONCE).try_collect().await?;
        desk.warn().await?;
        Ok(desk)
    }

    fn now(&self) -> anyhow::Result<DateTime<Utc>> {
        Ok(self.clock.now().duration_trunc(TimeDelta::seconds(1))?)
    }

    async fn client(&self, n: usize) -> anyhow::Result<Client> {
        let id = TenantId::new(&*self.ids);
        let new = NewTenant {
            id,
            provider: self.provider,
            slug: format!("cliente-{n}"),
            name: format!("Cliente {n}"),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        };
        self.service.deps.db.provision_tenant(&new).await?;
        self.agree(id).await?;
        // The second was heard of late: its warning is due, its deadline is not.
        let now = self.now()?;
        let mut six = facts::ticket(TicketId::new(&*self.ids), now);
        six.priority = Priority::Medium;
        let opened = now - TimeDelta::days(9);
        let mut one = facts::ticket(TicketId::new(&*self.ids), opened);
        one.priority = Priority::Low;
        let whose = (id, self.provider);
        let news = [
            facts::opened(&*self.ids, whose, &six)?,
            facts::opened(&*self.ids, whose, &one)?,
        ];
        let mut tx = self.service.deps.db.begin_fact(id).await?;
        let handler = self.service.facts.as_ref().context("a handler")?;
        handler
            .handle(&mut tx, &news)
            .await
            .map_err(|e| anyhow::anyhow!("{e:?}"))?;
        tx.commit().await?;
        Ok(Client {
            id,
            schema: tenancy::Scope::Tenant(id).schema(),
            six: six.ticket,
            one: one.ticket,
            one_due: opened + SHORT,
            tickets: Vec::new(),
        })
    }

    /// Six targets, round the clock, with a warning each; tickets of low priority have one.
    async fn agree(&self, tenant: TenantId) -> anyhow::Result<()> {
        let calendar = "mutation($i: CreateCalendarInput!) { made: createCalendar(input: $i) { is: calendar { id } problems { code } } }";
        let hours = json!({"timeZone": "UTC", "alwaysOpen": true});
        let input = json!({"tenant": tenant.to_string(), "name": "24x7", "hours": hours});
        let calendar = self.make(tenant, calendar, input).await?;
        let days = |n: i64| SHORT.num_seconds() + n * 86_400;
        let usual = ["CRITICAL", "HIGH", "MEDIUM"];
        let target = |target: &str, code: Option<&str>, seconds: i64| json!({"target": target, "code": code, "name": code, "priorities": usual, "seconds": seconds});
        let targets = json!([
            {"target": "RESOLUTION", "priorities": ["LOW"], "seconds": days(0)},
            target("FIRST_RESPONSE", None, days(0)),
            target("RESTORATION", None, days(2)),
            target("RESOLUTION", None, days(4)),
            target("ROOT_CAUSE", None, days(6)),
            target("CUSTOM", Some("a"), days(8)),
            target("CUSTOM", Some("b"), days(10)),
        ]);
        let agreement = "mutation($i: CreateAgreementInput!) { made: createAgreement(input: $i) { is: agreement { id } problems { code } } }";
        let input = json!({"name": "ANS", "calendar": calendar, "validFrom": "2020-01-01T00:00:00Z",
            "terms": {"targets": targets}});
        self.make(tenant, agreement, input).await.map(drop)
    }

    async fn make(&self, tenant: TenantId, query: &str, input: Value) -> anyhow::Result<Value> {
        let caller = Caller {
            kind: CallerKind::Staff,
            person: PersonId::new(&*self.ids),
            provider: Some(self.provider),
            tenants: vec![TenantGrant {
                id: tenant,
                roles: vec![Role::QualityManager],
            }],
            chosen: Some(tenant),
        };
        let request =
            async_graphql::Request::new(query).variables(Variables::from_json(json!({"i": input})));
        let graph = &self.service.graph;
        let answer = graph
            .execute(request, Arc::new(caller), TraceParent(None))
            .await;
        let answer = serde_json::to_value(&answer)?;
        let id = answer["data"]["made"]["is"]["id"].clone();
        ensure!(id.is_string(), "not made: {answer}");
        Ok(id)
    }

    /// Gives the warnings that are due, as the service does.
    async fn warn(&self) -> anyhow::Result<()> {
        let config = Config::default();
        let tools = sla_clock::app::tools(&self.service.deps, &config)?;
        let mut timers = Timers::new(tools, config.timers);
        let mut given = 0;
        while given < self.clients.len() {
            let some = timers.step().await?;
            ensure!(some > 0, "{given} of {} warnings", self.clients.len());
            given += some;
        }
        Ok(())
    }

    /// A connection of the owner to the service's database.
    pub async fn owner(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.suite.database_url("sla_clock")).await?)
    }

    /// Copies tickets with six clocks until so many clocks run, opened over the last five days.
    pub async fn fill(&mut self, clocks: usize) -> anyhow::Result<()> {
        let each = (clocks / CLOCKS_EACH)
            .div_ceil(self.clients.len())
            .saturating_sub(1);
        let step = TimeDelta::days(5) / i32::try_from(each.max(1))?;
        let earlier: Vec<TimeDelta> = (1..=each)
            .map(|n| TimeDelta::seconds((step * n as i32).num_seconds()))
            .collect();
        let copies = stream::iter(&self.clients).map(|c| self.copied(c, c.six, &earlier));
        let copies: Vec<Vec<Copied>> = copies.buffered(AT_ONCE).try_collect().await?;
        for (client, tickets) in self.clients.iter_mut().zip(copies) {
            client.tickets = tickets;
        }
        let mut owner = self.owner().await?;
        // As autovacuum would have left it, so that it does not come in the middle.
        for sql in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
            sqlx::raw_sql(sql).execute(&mut owner).await?;
        }
        owner.close().await?;
        Ok(())
    }

    /// Copies tickets with one clock, so many in all, that fall due from an instant on, evenly over so many seconds; none of them:
    /// at that instant.
    pub async fn fall_due(
        &self,
        many: usize,
        from: DateTime<Utc>,
        seconds: usize,
    ) -> anyhow::Result<()> {
        let tenants = self.clients.len();
        let copies = stream::iter(self.clients.iter().enumerate()).map(|(n, client)| async move {
            // Tenants take turns.
            let mine = (n..many).step_by(tenants);
            let due = mine.map(|turn| from + TimeDelta::seconds((turn * seconds / many) as i64));
            let earlier: Vec<TimeDelta> = due.map(|due| client.one_due - due).collect();
            self.copied(client, client.one, &earlier).await.map(drop)
        });
        copies.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Copies a ticket of a tenant's, on a connection that has seen no other tenant.
    async fn copied(
        &self,
        client: &Client,
        template: TicketId,
        earlier: &[TimeDelta],
    ) -> anyhow::Result<Vec<Copied>> {
        let mut owner = self.owner().await?;
        let whose = (client.id, client.schema.as_str());
        let copies = copy(&mut owner, &*self.ids, whose, template, earlier).await?;
        owner.close().await?;
        Ok(copies)
    }

    /// Starts the service as a process of its own, on an address.
    pub fn serve(&self, address: &str) -> anyhow::Result<Process> {
        let settings = bus(&self.suite);
        let keys = self.dir.path().join("keys").display().to_string();
        let env = [
            ("POSTGRES_OWNER_URL", self.suite.postgres_owner_url()),
            ("DB_PREFIX", self.suite.prefix()),
            ("AMQP_URL", &settings.url),
            ("REDIS_URL", self.suite.redis_url()),
            ("LIVE_PARTITIONS", &settings.live.to_string()),
            ("BULK_PARTITIONS", &settings.bulk.to_string()),
            ("KEYS_DIR", &keys),
        ];
        let env: Vec<(String, String)> = env
            .iter()
            .map(|(name, value)| (format!("VENTANILLA_{name}"), (*value).to_owned()))
            .collect();
        let log: PathBuf = self.dir.path().join("sla-clock.log");
        let args = ["serve", "sla-clock", "--service-listen", address];
        Process::start(e2e::ventanilla()?, &args, &env, log)
    }

    /// Removes everything. What does not go in time (a broker's queues that very much was told to) goes with the servers, and is
    /// no reason to lose what was measured.
    pub fn close(self) {
        drop(self.service);
        drop(self.suite);
    }
}

/// The broker as on one machine.
pub fn bus(suite: &Suite) -> BusSettings {
    BusSettings {
        live: 2,
        ..suite.bus_settings()
    }
}
