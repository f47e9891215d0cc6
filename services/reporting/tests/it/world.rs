//! A reporting service of a test's own, and the facts that it hears.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use access::{Caller, CallerKind, Role, TenantGrant};
use chrono::{DateTime, TimeDelta, Utc};
use clock::{Clock as _, ManualClock};
use events::directory::{TenantChanged, TenantCreated, TenantSnapshot};
use events::intake::{
    Actor, Channel, Degree, Priority, RecordedHolder, TicketKind, TicketOpened, TicketRecorded,
    TicketSnapshot, TicketState, TicketStateChanged,
};
use events::routing::{AssignmentChanged, AssignmentReason, Holder};
use events::{Envelope, Fact, Lane, Meta, Origin};
use ids::{EventId, GroupId, PersonId, ProviderId, SharedIds, TenantId, TicketId};
use messaging::{Bus, Outbox, Runner};
use serde_json::Value;
use subgraph::{Deps, Graph, TraceParent};
use tenancy::ServiceDb;
use testkit::{Suite, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const LONG: Duration = Duration::from_secs(30);

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The service, running, with its tenants.
pub struct World {
    pub suite: Suite,
    pub db: ServiceDb,
    pub bus: Bus,
    pub ids: SharedIds,
    pub clock: Arc<ManualClock>,
    pub provider: ProviderId,
    graph: Arc<dyn Graph>,
    stop: CancellationToken,
    running: JoinHandle<()>,
    sequences: std::sync::Mutex<HashMap<String, i64>>,
}

static SEED: AtomicU64 = AtomicU64::new(1);

impl World {
    pub async fn start(name: &str) -> Self {
        let suite = Suite::start(name).await;
        let settings = suite.db_settings();
        tenancy::migrate(&settings, &reporting::app::SCHEMA, |_| {})
            .await
            .unwrap();
        let clock = Arc::new(ManualClock::at(at("2026-11-20T12:00:00Z")));
        let ids = ids::seeded(SEED.fetch_add(1, Ordering::Relaxed));
        let db = ServiceDb::connect(settings, &reporting::app::SCHEMA, clock.clone())
            .await
            .unwrap();
        let bus = Bus::connect(suite.bus_settings(), "reporting")
            .await
            .unwrap();
        let pair = access::KeyPair::generate(&*ids);
        let verifier =
            access::Verifier::from_jwks(&pair.jwks().to_string(), clock.clone()).unwrap();
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            db: db.clone(),
            bus: bus.clone(),
            outbox: Outbox::new(1, 1),
            verifier: Arc::new(verifier),
        };
        let service = reporting::app::build(deps, reporting::config::Config::default())
            .await
            .unwrap();
        let stop = CancellationToken::new();
        let running = Runner {
            db: service.deps.db,
            bus: service.deps.bus,
            outbox: service.deps.outbox,
            clock: service.deps.clock,
            ids: service.deps.ids,
            facts: service.facts,
            commands: service.commands,
        }
        .run(stop.clone());
        let provider = ProviderId::new(&*ids);
        Self {
            suite,
            db,
            bus,
            provider,
            ids,
            clock,
            graph: service.graph,
            stop,
            running,
            sequences: std::sync::Mutex::default(),
        }
    }

    /// A tenant in Lima, provisioned by its fact as in life.
    pub async fn tenant(&self, slug: &str) -> TenantId {
        let tenant = TenantId::new(&*self.ids);
        let created = TenantCreated {
            tenant: TenantSnapshot {
                tenant,
                provider: self.provider,
                slug: slug.to_owned(),
                name: slug.to_owned(),
                locale: "es-PE".to_owned(),
                time_zone: "America/Lima".to_owned(),
            },
        };
        let fact = self.fact(
            tenant,
            &tenant.to_string(),
            self.clock.now(),
            Origin::Live,
            &created,
        );
        self.hear(Lane::Live, &[fact]).await;
        eventually(LONG, || async { self.db.tenant(tenant).await.ok() }).await;
        tenant
    }

    /// A fact with the next sequence of its (source, subject).
    pub fn fact<F: Fact>(
        &self,
        tenant: TenantId,
        subject: &str,
        time: DateTime<Utc>,
        origin: Origin,
        data: &F,
    ) -> Envelope {
        let key = format!("{} {subject}", F::PUBLISHER.source());
        let sequence = {
            let mut sequences = self.sequences.lock().unwrap();
            let last = sequences.entry(key).or_default();
            *last += 1;
            *last
        };
        let meta = Meta {
            id: EventId::new(&*self.ids),
            subject: subject.to_owned(),
            time,
            tenant: Some(tenant),
            provider: Some(self.provider),
            sequence,
            origin,
            traceparent: None,
        };
        Envelope::of(meta, data).unwrap()
    }

    /// Puts facts into reporting's queue.
    pub async fn hear(&self, lane: Lane, facts: &[Envelope]) {
        self.bus.publish_to("reporting", lane, facts).await.unwrap();
    }

    /// Waits until so many facts of the tenant are kept, reporting's own aside: those come when they come.
    pub async fn kept(&self, tenant: TenantId, facts: i64) {
        let others = "SELECT count(*) FROM facts WHERE source <> 'reporting'";
        eventually(LONG, || async {
            let kept: i64 = self.count(tenant, others).await;
            (kept >= facts).then_some(()).ok_or(kept)
        })
        .await;
    }

    /// Waits until so many facts of its own have come back and are kept; type, subject, sequence and data of each, in the
    /// order in which they came.
    pub async fn told(&self, tenant: TenantId, facts: usize) -> Vec<(String, String, i64, Value)> {
        eventually(LONG, || async {
            let mut tx = self.db.begin_fact(tenant).await.unwrap();
            let rows: Vec<(String, String, i64, String)> = sqlx::query_as(
                "SELECT kind, subject, sequence, data FROM facts WHERE source = 'reporting' ORDER BY position",
            )
            .fetch_all(tx.conn())
            .await
            .unwrap();
            tx.commit().await.unwrap();
            let told: Vec<_> = rows
                .into_iter()
                .map(|(kind, subject, n, data)| (kind, subject, n, serde_json::from_str(&data).unwrap()))
                .collect();
            if told.len() >= facts {
                Ok(told)
            } else {
                Err(told)
            }
        })
        .await
    }

    /// The tenant has moved to another zone, and reporting has heard of it.
    pub async fn moves(&self, tenant: TenantId, slug: &str, zone: &str) {
        let changed = TenantChanged {
            tenant: TenantSnapshot {
                tenant,
                provider: self.provider,
                slug: slug.to_owned(),
                name: slug.to_owned(),
                locale: "es-PE".to_owned(),
                time_zone: zone.to_owned(),
            },
        };
        let now = self.clock.now();
        let fact = self.fact(tenant, &tenant.to_string(), now, Origin::Live, &changed);
        self.hear(Lane::Live, &[fact]).await;
        eventually(LONG, || async {
            let row = self.db.tenant(tenant).await.unwrap();
            (row.time_zone == zone).then_some(()).ok_or(row.time_zone)
        })
        .await;
    }

    /// A count in the tenant's schema.
    pub async fn count(&self, tenant: TenantId, sql: &'static str) -> i64 {
        let mut tx = self.db.begin_fact(tenant).await.unwrap();
        let n = sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
        n
    }

    /// A caller with one role in these tenants.
    pub fn caller(&self, role: Role, tenants: &[TenantId]) -> Arc<Caller> {
        Arc::new(Caller {
            kind: if role.is_staff() {
                CallerKind::Staff
            } else {
                CallerKind::Person
            },
            person: PersonId::new(&*self.ids),
            provider: Some(self.provider),
            tenants: tenants
                .iter()
                .map(|t| TenantGrant {
                    id: *t,
                    roles: vec![role],
                })
                .collect(),
            chosen: None,
        })
    }

    /// Asks the graph; data and errors.
    pub async fn ask(
        &self,
        caller: Arc<Caller>,
        query: &str,
    ) -> (Value, Vec<async_graphql::ServerError>) {
        self.ask_with(caller, query, Value::Null).await
    }

    /// Asks the graph with variables; data and errors.
    pub async fn ask_with(
        &self,
        caller: Arc<Caller>,
        query: &str,
        variables: Value,
    ) -> (Value, Vec<async_graphql::ServerError>) {
        let variables = async_graphql::Variables::from_json(variables);
        let request = async_graphql::Request::new(query).variables(variables);
        let response = self
            .graph
            .execute(request, caller, TraceParent::default())
            .await;
        (response.data.into_json().unwrap(), response.errors)
    }

    /// Asks what must succeed.
    pub async fn answer(&self, caller: Arc<Caller>, query: &str) -> Value {
        let (data, errors) = self.ask(caller, query).await;
        assert_eq!(errors, [], "{query}");
        data
    }

    /// Asks what must be refused; the code.
    pub async fn refusal(&self, caller: Arc<Caller>, query: &str) -> String {
        let (_, errors) = self.ask(caller, query).await;
        assert_eq!(errors.len(), 1, "{query}: {errors:?}");
        let extensions = errors[0].extensions.as_ref().unwrap();
        serde_json::to_value(extensions).unwrap()["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Stops in order; nothing is left in the queues.
    pub async fn finish(self) {
        self.stop.cancel();
        tokio::time::timeout(LONG, self.running)
            .await
            .unwrap()
            .unwrap();
        self.suite.finish().await;
    }
}

/// A ticket whose facts a story tells one after the other.
pub struct Told<'w> {
    pub world: &'w World,
    pub tenant: TenantId,
    pub ticket: TicketId,
    pub snapshot: TicketSnapshot,
    from: Option<TicketState>,
    pub facts: Vec<Envelope>,
}

impl<'w> Told<'w> {
    pub fn new(world: &'w World, tenant: TenantId) -> Self {
        let ticket = TicketId::new(&*world.ids);
        let opened_at = world.clock.now();
        let snapshot = TicketSnapshot {
            ticket,
            version: 0,
            number: "INC-000001".to_owned(),
            kind: TicketKind::Incident,
            major: false,
            service: None,
            state: TicketState::Open,
            priority: Priority::Medium,
            impact_internal: Degree::Low,
            impact_external: Degree::None,
            urgency: Degree::Low,
            category: None,
            application: None,
            vendor: None,
            requester: None,
            channel: Channel::Portal,
            opened_at,
            state_since: opened_at,
        };
        Self {
            world,
            tenant,
            ticket,
            snapshot,
            from: None,
            facts: Vec::new(),
        }
    }

    fn tell<F: Fact>(&mut self, time: DateTime<Utc>, origin: Origin, data: &F) {
        let fact = self
            .world
            .fact(self.tenant, &self.ticket.to_string(), time, origin, data);
        self.facts.push(fact);
    }

    fn moves(&mut self, time: &str, state: TicketState) -> DateTime<Utc> {
        let time = at(time);
        self.from = (self.snapshot.version > 0).then_some(self.snapshot.state);
        self.snapshot.version += 1;
        self.snapshot.state = state;
        self.snapshot.state_since = time;
        time
    }

    pub fn opened(mut self, time: &str) -> Self {
        let time = self.moves(time, TicketState::Open);
        self.snapshot.opened_at = time;
        let data = TicketOpened {
            ticket: self.snapshot.clone(),
            by: Actor::System,
            contact: None,
            direct_to_n3: false,
            group: None,
        };
        self.tell(time, Origin::Live, &data);
        self
    }

    pub fn state(mut self, time: &str, state: TicketState) -> Self {
        let time = self.moves(time, state);
        let data = TicketStateChanged {
            ticket: self.snapshot.clone(),
            from: self.from.unwrap_or(TicketState::Open),
            by: Actor::System,
        };
        self.tell(time, Origin::Live, &data);
        self
    }

    pub fn held(mut self, time: &str, group: &str, line: i16, person: Option<PersonId>) -> Self {
        let to = Holder {
            group: GroupId::new(&*self.world.ids),
            group_name: group.to_owned(),
            line,
            person,
        };
        let data = AssignmentChanged {
            ticket: self.ticket,
            ticket_version: self.snapshot.version,
            from: None,
            to,
            reason: AssignmentReason::Moved,
            by: Actor::System,
        };
        self.tell(at(time), Origin::Live, &data);
        self
    }

    /// A row of the log: `status/sub-status`, our state, `group:line`.
    pub fn row(mut self, time: &str, words: &str, state: TicketState, holder: &str) -> Self {
        let time = self.moves(time, state);
        let (status, sub_status) = words.split_once('/').unwrap();
        let (group, line) = holder.split_once(':').unwrap();
        let mut attributes =
            std::collections::BTreeMap::from([("application".to_owned(), "PROD1".to_owned())]);
        if sub_status == "In Call" {
            attributes.insert("resolution".to_owned(), "in_call".to_owned());
        }
        let data = TicketRecorded {
            ticket: self.snapshot.clone(),
            from: self.from,
            tool: "log".to_owned(),
            case: self.ticket.to_string(),
            status: status.to_owned(),
            sub_status: sub_status.to_owned(),
            holder: Some(RecordedHolder {
                group: group.to_owned(),
                line: line.parse().unwrap(),
                owner: None,
            }),
            irregular: false,
            attributes,
        };
        self.tell(time, Origin::History, &data);
        self
    }
}

/// A clock's snapshot to be told.
pub fn resolution_clock(
    world: &World,
    ticket: TicketId,
    started: &str,
    hours: i64,
) -> events::sla_clock::ClockSnapshot {
    let started_at = at(started);
    events::sla_clock::ClockSnapshot {
        clock: ids::ClockId::new(&*world.ids),
        ticket,
        target: events::sla_clock::Target::Resolution,
        target_code: None,
        agreement: ids::AgreementId::new(&*world.ids),
        agreement_version: 1,
        agreement_kind: events::sla_clock::AgreementKind::Sla,
        cycle: 1,
        state: events::sla_clock::ClockState::Running,
        target_seconds: hours * 3600,
        started_at,
        due_at: Some(started_at + TimeDelta::hours(hours)),
        stopped_at: None,
        elapsed_seconds: 0,
        as_of: started_at,
        breached_at: None,
    }
}
