//! A tenant with articles, and tickets as intake would tell them.

use std::sync::Arc;
use std::time::Duration;

use access::{Caller, CallerKind, KeyPair, Role, TenantGrant, Verifier};
use async_graphql::Variables;
use clock::SharedClock;
use events::intake::{
    Actor, Channel, Degree, Priority, TicketKind, TicketOpened, TicketSnapshot, TicketState,
};
use events::{Envelope, Meta, Origin};
use ids::{EventId, GlobalId, PersonId, ProviderId, SharedIds, TenantId, TicketId, TypedId};
use knowledge::app::SCHEMA;
use knowledge::config::Config;
use messaging::{Bus, Outbox};
use serde_json::{Value, json};
use subgraph::{Deps, Service, TraceParent};
use tenancy::{NewTenant, ServiceDb};
use testkit::Suite;

/// No story takes longer.
pub async fn story(run: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_mins(2), run)
        .await
        .expect("the story did not end");
}

/// Knowledge, built as in production, on databases of its own.
pub struct World {
    pub suite: Suite,
    pub db: ServiceDb,
    pub ids: SharedIds,
    pub clock: SharedClock,
    pub provider: ProviderId,
    service: Service,
}

impl World {
    pub async fn start(name: &str) -> Self {
        Self::start_on(clock::system(), name).await
    }

    pub async fn start_on(clock: SharedClock, name: &str) -> Self {
        let suite = Suite::start(name).await;
        let ids = ids::system(clock.clone());
        tenancy::migrate(&suite.db_settings(), &SCHEMA, |_| {})
            .await
            .unwrap();
        let db = ServiceDb::connect(suite.db_settings(), &SCHEMA, clock.clone())
            .await
            .unwrap();
        let settings = suite.bus_settings();
        let outbox = Outbox::new(settings.live, settings.bulk);
        let bus = Bus::connect(settings, "knowledge").await.unwrap();
        let jwks = KeyPair::generate(&*ids).jwks().to_string();
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            db: db.clone(),
            bus,
            outbox,
            verifier: Arc::new(Verifier::from_jwks(&jwks, clock.clone()).unwrap()),
        };
        let provider = ProviderId::new(&*ids);
        db.provision_provider(provider, "proveedor", "Proveedor")
            .await
            .unwrap();
        let service = knowledge::app::build(deps, Config::default())
            .await
            .unwrap();
        Self {
            suite,
            db,
            ids,
            clock,
            provider,
            service,
        }
    }

    /// What happens because time passes.
    pub fn jobs(&self) -> Vec<&'static str> {
        self.service.jobs.iter().map(|job| job.name).collect()
    }

    pub async fn tenant(&self, slug: &str) -> TenantId {
        let new = NewTenant {
            id: TenantId::new(&*self.ids),
            provider: self.provider,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        };
        self.db.provision_tenant(&new).await.unwrap();
        new.id
    }

    /// A caller with one role in all of these tenants.
    pub fn caller(&self, role: Role, tenants: &[TenantId]) -> Caller {
        Caller {
            kind: if role.is_staff() {
                CallerKind::Staff
            } else {
                CallerKind::Person
            },
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

    /// A ticket that intake told of; its global id.
    pub async fn ticket(&self, tenant: TenantId, requester: Option<PersonId>) -> String {
        let now = self.clock.now();
        let id = TicketId::new(&*self.ids);
        let ticket = TicketSnapshot {
            ticket: id,
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
            requester,
            channel: Channel::Portal,
            opened_at: now,
            state_since: now,
        };
        let fact = TicketOpened {
            ticket,
            by: Actor::System,
            contact: None,
            direct_to_n3: false,
            group: None,
        };
        let meta = Meta {
            id: EventId::new(&*self.ids),
            subject: id.to_string(),
            time: now,
            tenant: Some(tenant),
            provider: Some(self.provider),
            sequence: 1,
            origin: Origin::Live,
            traceparent: None,
        };
        let mut tx = self.db.begin_fact(tenant).await.unwrap();
        let handler = self.service.facts.as_ref().unwrap();
        // Twice: a repeat changes nothing.
        for _ in 0..2 {
            let fact = Envelope::of(meta.clone(), &fact).unwrap();
            handler.handle(&mut tx, &[fact]).await.unwrap();
        }
        tx.commit().await.unwrap();
        gid(tenant, id)
    }

    /// What was announced: (type, subject, sequence, data).
    pub async fn announced(&self) -> Vec<(String, String, i64, Value)> {
        let mut tx = self.db.begin_platform().await.unwrap();
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM platform.outbox ORDER BY id")
                .fetch_all(tx.conn())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        bodies
            .iter()
            .map(|b| {
                let e: Envelope = serde_json::from_str(b).unwrap();
                let data = serde_json::from_str(e.data.get()).unwrap();
                (e.kind, e.subject, e.sequence, data)
            })
            .collect()
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

    /// A new article; its global id.
    pub async fn article(&self, by: &Caller, title: &str, body: &str, audience: &str) -> String {
        let input = json!({"title": title, "body": body, "audience": audience, "language": "ES"});
        self.write(by, input).await
    }

    pub async fn write(&self, by: &Caller, input: Value) -> String {
        let query = "mutation($i: WriteArticleInput!) { writeArticle(input: $i) { article { id } problems { code } } }";
        let data = self.data(by, query, json!({"i": input})).await;
        data["writeArticle"]["article"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{data}"))
            .to_owned()
    }

    /// Moves it to a state; the payload.
    pub async fn state(&self, by: &Caller, article: &str, revision: i32, state: &str) -> Value {
        let query = "mutation($i: ChangeArticleStateInput!) { changeArticleState(input: $i) { \
            article { state revision } problems { code field } position } }";
        let input = json!({"i": {"article": article, "revision": revision, "state": state}});
        self.data(by, query, input).await["changeArticleState"].take()
    }

    /// Removes what was made.
    pub async fn end(self) {
        self.suite.finish().await;
    }
}

pub fn gid<T: TypedId>(tenant: TenantId, id: T) -> String {
    GlobalId::new(tenant, id).to_string()
}
