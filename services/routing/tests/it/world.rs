//! A provider with tenants, and facts as others would tell them.

use std::sync::Arc;
use std::time::Duration;

use access::{Caller, CallerKind, KeyPair, Role, TenantGrant, Verifier};
use async_graphql::Variables;
use chrono::{DateTime, TimeDelta, Utc};
use clock::SharedClock;
use events::directory::{StaffAssigned, TenantCreated, TenantSnapshot};
use events::intake::{
    Actor, Channel, Degree, Priority, RecordedHolder, TicketKind, TicketOpened, TicketRecorded,
    TicketSnapshot, TicketState, TicketStateChanged,
};
use events::routing::AssignmentChanged;
use events::{Envelope, Fact, Meta, Origin};
use ids::{
    EventId, GlobalId, GroupId, PersonId, ProviderId, SharedIds, TenantId, TicketId, TypedId,
};
use messaging::{Bus, BusSettings, Outbox, Runner};
use routing::app::SCHEMA;
use routing::config::Config;
use serde_json::{Value, json};
use subgraph::{Deps, Service, TraceParent};
use tenancy::{NewTenant, ServiceDb};
use testkit::Suite;
use tokio_util::sync::CancellationToken;

/// No story takes longer.
pub async fn story(run: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(90), run)
        .await
        .expect("the story did not end");
}

/// Routing, built as in production, on databases of its own.
pub struct World {
    pub suite: Suite,
    pub db: ServiceDb,
    pub bus: Bus,
    pub ids: SharedIds,
    pub clock: SharedClock,
    pub provider: ProviderId,
    service: Service,
    stop: CancellationToken,
}

impl World {
    pub async fn start(name: &str) -> Self {
        Self::start_with(name, Config::default(), |bus| bus).await
    }

    pub async fn start_with(
        name: &str,
        config: Config,
        bus: impl FnOnce(BusSettings) -> BusSettings,
    ) -> Self {
        Self::start_on(clock::system(), name, config, bus).await
    }

    pub async fn start_on(
        clock: SharedClock,
        name: &str,
        config: Config,
        bus: impl FnOnce(BusSettings) -> BusSettings,
    ) -> Self {
        let suite = Suite::start(name).await;
        let ids = ids::system(clock.clone());
        tenancy::migrate(&suite.db_settings(), &SCHEMA, |_| {})
            .await
            .unwrap();
        let db = ServiceDb::connect(suite.db_settings(), &SCHEMA, clock.clone())
            .await
            .unwrap();
        let settings = bus(suite.bus_settings());
        messaging::declare(&settings).await.unwrap();
        let outbox = Outbox::new(settings.live, settings.bulk);
        let bus = Bus::connect(settings, "routing").await.unwrap();
        let jwks = KeyPair::generate(&*ids).jwks().to_string();
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            db: db.clone(),
            bus: bus.clone(),
            outbox,
            verifier: Arc::new(Verifier::from_jwks(&jwks, clock.clone()).unwrap()),
        };
        let provider = ProviderId::new(&*ids);
        db.provision_provider(provider, "proveedor", "Proveedor")
            .await
            .unwrap();
        let service = routing::app::build(deps, config).await.unwrap();
        Self {
            suite,
            db,
            bus,
            ids,
            clock,
            provider,
            service,
            stop: CancellationToken::new(),
        }
    }

    /// What happens because time passes.
    pub fn jobs(&self) -> Vec<&'static str> {
        self.service.jobs.iter().map(|job| job.name).collect()
    }

    /// A tenant that routing was told of.
    pub async fn tenant(&self, slug: &str) -> TenantId {
        let id = TenantId::new(&*self.ids);
        let new = NewTenant {
            id,
            provider: self.provider,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        };
        self.db.provision_tenant(&new).await.unwrap();
        let fact = TenantCreated {
            tenant: TenantSnapshot {
                tenant: id,
                provider: self.provider,
                slug: slug.to_owned(),
                name: slug.to_owned(),
                locale: new.locale,
                time_zone: new.time_zone,
            },
        };
        let fact = self.fact(id, id.to_string(), 1, Origin::Live, &fact);
        self.hear(&[fact]).await;
        id
    }

    /// An envelope of this provider, that happened now.
    pub fn fact<F: Fact>(
        &self,
        tenant: TenantId,
        subject: String,
        sequence: i64,
        origin: Origin,
        fact: &F,
    ) -> Envelope {
        let meta = Meta {
            id: EventId::new(&*self.ids),
            subject,
            time: self.clock.now(),
            tenant: Some(tenant),
            provider: Some(self.provider),
            sequence,
            origin,
            traceparent: None,
        };
        Envelope::of(meta, fact).unwrap()
    }

    /// The facts are taken in at once, as one batch.
    pub async fn hear(&self, facts: &[Envelope]) {
        let mut tenants: Vec<TenantId> = facts.iter().filter_map(|f| f.tenant).collect();
        tenants.sort_unstable();
        tenants.dedup();
        let mut tx = self
            .db
            .begin_provider(self.provider, &tenants)
            .await
            .unwrap();
        let handler = self.service.facts.as_ref().unwrap();
        handler.handle(&mut tx, facts).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Runs relay and consumers, as `ventanilla serve` does.
    pub fn run(&self) {
        let deps = self.service.deps.clone();
        let runner = Runner {
            db: deps.db,
            bus: deps.bus,
            outbox: deps.outbox,
            clock: deps.clock,
            ids: deps.ids,
            facts: self.service.facts.clone(),
            commands: None,
        };
        runner.run(self.stop.clone());
    }

    /// What was announced and has not left: nothing runs that would take it away.
    pub async fn announced(&self) -> Vec<(Envelope, AssignmentChanged)> {
        let mut tx = self.db.begin_platform().await.unwrap();
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM platform.outbox WHERE kind = 'assignment.changed.v1' ORDER BY id",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        bodies
            .iter()
            .map(|b| {
                let envelope: Envelope = serde_json::from_str(b).unwrap();
                let fact = envelope.read().unwrap();
                (envelope, fact)
            })
            .collect()
    }

    /// Somebody of the provider's staff, with one role in all of these tenants; routing was told.
    pub async fn staff(&self, role: Role, tenants: &[TenantId]) -> Caller {
        let person = PersonId::new(&*self.ids);
        for tenant in tenants {
            let fact = StaffAssigned {
                person,
                roles: vec![role.to_string()],
            };
            let subject = format!("{person}/{tenant}");
            self.hear(&[self.fact(*tenant, subject, 1, Origin::Live, &fact)])
                .await;
        }
        self.caller(CallerKind::Staff, person, role, tenants)
    }

    pub fn caller(
        &self,
        kind: CallerKind,
        person: PersonId,
        role: Role,
        tenants: &[TenantId],
    ) -> Caller {
        Caller {
            kind,
            person,
            provider: Some(self.provider),
            tenants: tenants
                .iter()
                .map(|id| TenantGrant {
                    id: *id,
                    roles: vec![role],
                })
                .collect(),
            chosen: None,
        }
    }

    /// A ticket that was just opened.
    pub fn ticket(&self, number: i64) -> TicketSnapshot {
        let now = self.clock.now();
        TicketSnapshot {
            ticket: TicketId::new(&*self.ids),
            version: 1,
            number: format!("INC-{number:06}"),
            kind: TicketKind::Incident,
            major: false,
            service: None,
            state: TicketState::Open,
            priority: Priority::Medium,
            impact_internal: Degree::Low,
            impact_external: Degree::None,
            urgency: Degree::Medium,
            category: None,
            application: None,
            vendor: None,
            requester: None,
            channel: Channel::Portal,
            opened_at: now,
            state_since: now,
        }
    }

    pub fn opened(&self, tenant: TenantId, ticket: &TicketSnapshot) -> Envelope {
        self.opened_for(tenant, ticket, None)
    }

    /// The same, for a group.
    pub fn opened_for(
        &self,
        tenant: TenantId,
        ticket: &TicketSnapshot,
        group: Option<GroupId>,
    ) -> Envelope {
        let fact = TicketOpened {
            ticket: ticket.clone(),
            by: Actor::System,
            contact: None,
            direct_to_n3: false,
            group,
        };
        let mut fact = self.fact(
            tenant,
            ticket.ticket.to_string(),
            ticket.version,
            Origin::Live,
            &fact,
        );
        fact.time = ticket.opened_at;
        fact
    }

    /// The ticket moves on to another state; `ticket` is brought up to date.
    pub fn moved(
        &self,
        tenant: TenantId,
        ticket: &mut TicketSnapshot,
        to: TicketState,
    ) -> Envelope {
        let from = ticket.state;
        ticket.version += 1;
        ticket.state = to;
        ticket.state_since = self.clock.now();
        let fact = TicketStateChanged {
            ticket: ticket.clone(),
            from,
            by: Actor::System,
        };
        self.fact(
            tenant,
            ticket.ticket.to_string(),
            ticket.version,
            Origin::Live,
            &fact,
        )
    }

    /// A row of another tool's history.
    pub fn recorded(
        &self,
        tenant: TenantId,
        ticket: &TicketSnapshot,
        at: DateTime<Utc>,
        group: &str,
        line: i16,
    ) -> Envelope {
        let fact = TicketRecorded {
            ticket: ticket.clone(),
            from: None,
            tool: "otra".to_owned(),
            case: ticket.number.clone(),
            status: "Accepted".to_owned(),
            sub_status: "In Progress".to_owned(),
            holder: Some(RecordedHolder {
                group: group.to_owned(),
                line,
                owner: None,
            }),
            irregular: false,
            attributes: std::collections::BTreeMap::new(),
        };
        let subject = ticket.ticket.to_string();
        let mut fact = self.fact(tenant, subject, ticket.version, Origin::History, &fact);
        fact.time = at;
        fact
    }

    /// Opens so many tickets, a minute apart, the last one now.
    pub async fn open(&self, tenant: TenantId, count: i64) -> Vec<TicketSnapshot> {
        let tickets: Vec<TicketSnapshot> = (0..count)
            .map(|n| {
                let mut t = self.ticket(n + 1);
                t.opened_at -= TimeDelta::minutes(count - n);
                t.state_since = t.opened_at;
                t
            })
            .collect();
        let facts: Vec<Envelope> = tickets.iter().map(|t| self.opened(tenant, t)).collect();
        self.hear(&facts).await;
        tickets
    }

    /// Asks the graph; errors come back as they are.
    pub async fn ask(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let request = async_graphql::Request::new(query).variables(Variables::from_json(variables));
        let response = self
            .service
            .graph
            .execute(request, Arc::new(caller.clone()), TraceParent(None))
            .await;
        serde_json::to_value(&response).unwrap()
    }

    /// Asks the graph, and takes no error for an answer.
    pub async fn data(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let mut response = self.ask(caller, query, variables).await;
        assert!(response.get("errors").is_none(), "{response}");
        response["data"].take()
    }

    /// Asks the graph for what it refuses; the code it refuses with.
    pub async fn refusal(&self, caller: &Caller, query: &str, variables: Value) -> String {
        let response = self.ask(caller, query, variables).await;
        response["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("not refused: {response}"))
            .to_owned()
    }

    /// A new group of the provider, by a coordinator; its id as the API shows it.
    pub async fn group(&self, by: &Caller, name: &str, line: i32) -> String {
        let query = "mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } problems { code } } }";
        let input = json!({"i": {"name": name, "line": line, "speciality": "DATABASE"}});
        let data = self.data(by, query, input).await;
        data["createGroup"]["group"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{data}"))
            .to_owned()
    }

    /// Ends what runs and removes what was made.
    pub async fn end(self) {
        self.stop.cancel();
        self.suite.finish().await;
    }
}

pub fn gid<T: TypedId>(tenant: TenantId, id: T) -> String {
    GlobalId::new(tenant, id).to_string()
}
