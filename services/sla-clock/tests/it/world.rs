//! A tenant with an agreement, and facts as intake would tell them.

use std::sync::Arc;
use std::time::Duration;

use access::{Caller, CallerKind, KeyPair, Role, TenantGrant, Verifier};
use async_graphql::Variables;
use chrono::{DateTime, TimeDelta, Utc};
use clock::{Clock as _, ManualClock, SharedClock};
use events::intake::{
    Actor, Channel, Degree, Priority, TicketClassified, TicketKind, TicketNoted, TicketOpened,
    TicketRecorded, TicketReplied, TicketSnapshot, TicketState, TicketStateChanged,
};
use events::routing::{AssignmentChanged, AssignmentReason, Holder};
use events::{Envelope, Fact, Meta, Origin};
use ids::{
    EntryId, EventId, GlobalId, GroupId, PersonId, ProviderId, SharedIds, TenantId, TicketId,
    TypedId,
};
use messaging::{Bus, BusSettings, Outbox, Runner};
use serde_json::{Value, json};
use sla_clock::actions::Tools;
use sla_clock::app::SCHEMA;
use sla_clock::config::Config;
use sla_clock::jobs::timers::Timers;
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

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Monday, nine o'clock in Lima.
pub const MONDAY: &str = "2026-11-23T14:00:00Z";

/// Sla-clock, built as in production, on databases of its own and a clock that stands still.
pub struct World {
    pub suite: Suite,
    pub db: ServiceDb,
    pub bus: Bus,
    pub ids: SharedIds,
    pub clock: Arc<ManualClock>,
    pub provider: ProviderId,
    pub service: Service,
    stop: CancellationToken,
}

impl World {
    pub async fn start(name: &str) -> Self {
        Self::start_as(name, config()).await
    }

    /// With other settings.
    pub async fn start_as(name: &str, config: Config) -> Self {
        Self::start_with(name, |bus| bus, config).await
    }

    pub async fn start_with(
        name: &str,
        bus: impl FnOnce(BusSettings) -> BusSettings,
        config: Config,
    ) -> Self {
        let suite = Suite::start(name).await;
        let manual = Arc::new(ManualClock::at(at(MONDAY)));
        let clock: SharedClock = manual.clone();
        let ids = ids::system(clock::system());
        tenancy::migrate(&suite.db_settings(), &SCHEMA, |_| {})
            .await
            .unwrap();
        let db = ServiceDb::connect(suite.db_settings(), &SCHEMA, clock.clone())
            .await
            .unwrap();
        let settings = bus(suite.bus_settings());
        messaging::declare(&settings).await.unwrap();
        let outbox = Outbox::new(settings.live, settings.bulk);
        let bus = Bus::connect(settings, "sla-clock").await.unwrap();
        let jwks = KeyPair::generate(&*ids).jwks().to_string();
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            db: db.clone(),
            bus: bus.clone(),
            outbox,
            verifier: Arc::new(Verifier::from_jwks(&jwks, clock).unwrap()),
        };
        let provider = ProviderId::new(&*ids);
        db.provision_provider(provider, "proveedor", "Proveedor")
            .await
            .unwrap();
        let service = sla_clock::app::build(deps, config).await.unwrap();
        Self {
            suite,
            db,
            bus,
            ids,
            clock: manual,
            provider,
            service,
            stop: CancellationToken::new(),
        }
    }

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
        id
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn tools(&self) -> Tools {
        sla_clock::app::tools(&self.service.deps, &config()).unwrap()
    }

    /// The timers of one more replica.
    pub fn replica(&self) -> Timers {
        Timers::new(self.tools(), Config::default().timers)
    }

    fn envelope<F: Fact>(
        &self,
        tenant: TenantId,
        ticket: &TicketSnapshot,
        origin: Origin,
        fact: &F,
    ) -> Envelope {
        let meta = Meta {
            id: EventId::new(&*self.ids),
            subject: ticket.ticket.to_string(),
            time: self.now(),
            tenant: Some(tenant),
            provider: Some(self.provider),
            sequence: ticket.version,
            origin,
            traceparent: None,
        };
        Envelope::of(meta, fact).unwrap()
    }

    /// A ticket that is opened now.
    pub fn ticket(&self) -> TicketSnapshot {
        let now = self.now();
        TicketSnapshot {
            ticket: TicketId::new(&*self.ids),
            version: 1,
            number: "INC-000001".to_owned(),
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
        let fact = TicketOpened {
            ticket: ticket.clone(),
            by: Actor::System,
            contact: None,
            direct_to_n3: false,
            group: None,
        };
        self.envelope(tenant, ticket, Origin::Live, &fact)
    }

    /// The ticket moves on to another state now.
    pub fn moved(
        &self,
        tenant: TenantId,
        ticket: &mut TicketSnapshot,
        to: TicketState,
    ) -> Envelope {
        let from = ticket.state;
        ticket.version += 1;
        ticket.state = to;
        ticket.state_since = self.now();
        let fact = TicketStateChanged {
            ticket: ticket.clone(),
            from,
            by: Actor::System,
        };
        self.envelope(tenant, ticket, Origin::Live, &fact)
    }

    pub fn prioritised(
        &self,
        tenant: TenantId,
        ticket: &mut TicketSnapshot,
        to: Priority,
    ) -> Envelope {
        ticket.version += 1;
        ticket.priority = to;
        let fact = TicketClassified {
            ticket: ticket.clone(),
            by: Actor::System,
        };
        self.envelope(tenant, ticket, Origin::Live, &fact)
    }

    pub fn replied(
        &self,
        tenant: TenantId,
        ticket: &mut TicketSnapshot,
        by: Actor,
        automatic: bool,
    ) -> Envelope {
        ticket.version += 1;
        let entry = EntryId::new(&*self.ids);
        let fact = TicketReplied {
            ticket: ticket.clone(),
            entry,
            by,
            automatic,
            contact: None,
        };
        self.envelope(tenant, ticket, Origin::Live, &fact)
    }

    /// An internal note.
    pub fn noted(&self, tenant: TenantId, ticket: &mut TicketSnapshot, by: Actor) -> Envelope {
        ticket.version += 1;
        let entry = EntryId::new(&*self.ids);
        let fact = TicketNoted {
            ticket: ticket.clone(),
            entry,
            by,
        };
        self.envelope(tenant, ticket, Origin::Live, &fact)
    }

    /// Routing tells that a group holds the ticket now; its sequence is its own.
    pub fn held(
        &self,
        tenant: TenantId,
        ticket: &TicketSnapshot,
        sequence: i64,
        group: GroupId,
        line: i16,
    ) -> Envelope {
        let fact = AssignmentChanged {
            ticket: ticket.ticket,
            ticket_version: ticket.version,
            from: None,
            to: Holder {
                group,
                group_name: "Grupo".to_owned(),
                line,
                person: None,
            },
            reason: AssignmentReason::Moved,
            by: Actor::System,
        };
        let mut envelope = self.envelope(tenant, ticket, Origin::Live, &fact);
        envelope.sequence = sequence;
        envelope
    }

    /// A row of another tool's history.
    pub fn recorded(
        &self,
        tenant: TenantId,
        ticket: &TicketSnapshot,
        time: DateTime<Utc>,
    ) -> Envelope {
        let fact = TicketRecorded {
            ticket: ticket.clone(),
            from: None,
            tool: "otra".to_owned(),
            case: ticket.number.clone(),
            status: String::new(),
            sub_status: String::new(),
            holder: None,
            irregular: false,
            attributes: std::collections::BTreeMap::new(),
        };
        let mut fact = self.envelope(tenant, ticket, Origin::History, &fact);
        fact.time = time;
        fact
    }

    /// The facts are taken in at once, as one batch.
    pub async fn hear(&self, tenant: TenantId, facts: &[Envelope]) {
        let mut tx = self.db.begin_fact(tenant).await.unwrap();
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

    /// What was announced about clocks, in order: nothing runs that would take it away.
    pub async fn announced(&self) -> Vec<Envelope> {
        let mut tx = self.db.begin_platform().await.unwrap();
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM platform.outbox WHERE kind LIKE 'clock.%' ORDER BY id",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        bodies
            .iter()
            .map(|b| serde_json::from_str(b).unwrap())
            .collect()
    }

    /// The same, of one type.
    pub async fn announced_as<F: Fact>(&self) -> Vec<(Envelope, F)> {
        let all = self.announced().await;
        all.into_iter()
            .filter(Envelope::is::<F>)
            .map(|e| (e.clone(), e.read().unwrap()))
            .collect()
    }

    /// How many timers stand.
    pub async fn timers(&self) -> i64 {
        let mut tx = self.db.begin_platform().await.unwrap();
        let count = sqlx::query_scalar("SELECT count(*) FROM platform.timer")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        count
    }

    pub fn caller(&self, kind: CallerKind, role: Role, tenants: &[TenantId]) -> Caller {
        Caller {
            kind,
            person: PersonId::new(&*self.ids),
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

    pub fn manager(&self, tenant: TenantId) -> Caller {
        self.caller(CallerKind::Staff, Role::QualityManager, &[tenant])
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

    /// A calendar by these hours; its id.
    pub async fn calendar(&self, tenant: TenantId, name: &str, hours: Value) -> String {
        let query = "mutation($i: CreateCalendarInput!) { createCalendar(input: $i) { calendar { id } problems { code } } }";
        let input = json!({"i": {"tenant": tenant.to_string(), "name": name, "hours": hours}});
        let data = self.data(&self.manager(tenant), query, input).await;
        data["createCalendar"]["calendar"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{data}"))
            .to_owned()
    }

    /// An agreement open round the clock, valid since long ago; its id.
    pub async fn always(&self, tenant: TenantId, terms: Value) -> String {
        let calendar = self
            .calendar(
                tenant,
                "24x7",
                json!({"timeZone": "UTC", "alwaysOpen": true}),
            )
            .await;
        let query = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { agreement { id } problems { code } } }";
        let input = json!({"i": {
            "name": "ANS", "calendar": calendar, "terms": terms, "validFrom": "2010-01-01T00:00:00Z"
        }});
        let data = self.data(&self.manager(tenant), query, input).await;
        data["createAgreement"]["agreement"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{data}"))
            .to_owned()
    }

    /// First response in one hour, resolution in ten; a warning at 80 %.
    pub async fn usual(&self, tenant: TenantId) -> String {
        self.always(tenant, usual_terms()).await
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// Ends what runs and removes what was made.
    pub async fn end(self) {
        self.stop.cancel();
        self.suite.finish().await;
    }
}

/// As usual, but that calendars may follow feeds of this machine.
pub fn config() -> Config {
    let mut config = Config::default();
    config.feeds.allow_inside = true;
    config
}

pub fn usual_terms() -> Value {
    json!({"targets": [
        {"target": "FIRST_RESPONSE", "seconds": 3_600},
        {"target": "RESOLUTION", "priorities": ["CRITICAL"], "seconds": 7_200},
        {"target": "RESOLUTION", "seconds": 36_000}
    ]})
}

pub fn gid<T: TypedId>(tenant: TenantId, id: T) -> String {
    GlobalId::new(tenant, id).to_string()
}
