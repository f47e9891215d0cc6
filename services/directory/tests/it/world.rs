//! Directory, built as in production, on databases of its own.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{Caller, CallerKind, KeyPair, Role, TenantGrant, Verifier};
use async_graphql::Variables;
use chrono::{DateTime, TimeDelta, Utc};
use clock::{Clock as _, ManualClock};
use directory::app::SCHEMA;
use directory::config::Config;
use events::{Envelope, Lane, Meta, Origin};
use ids::{EventId, GlobalId, PersonId, ProviderId, SharedIds, TenantId};
use messaging::{Bus, Outbox};
use serde_json::{Value, json};
use subgraph::{Deps, Graph, Running, Service, TraceParent};
use tenancy::ServiceDb;
use testkit::Suite;

/// No story takes longer.
pub async fn story(run: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_mins(2), run)
        .await
        .expect("the story did not end");
}

pub const PASSWORD: &str = "tres perros azules";
pub const INTERNAL_KEY: &str = "only the gateway knows this";

pub struct World {
    pub suite: Suite,
    pub deps: Deps,
    pub config: Config,
    pub clock: Arc<ManualClock>,
    pub ids: SharedIds,
    graph: Arc<dyn Graph>,
    service: Mutex<Option<Service>>,
}

impl World {
    pub async fn start(name: &str) -> Self {
        let suite = Suite::start(name).await;
        let start: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(start));
        // Randomness of the system, or two suites would make the same roles.
        let ids = ids::system(clock::system());
        tenancy::migrate(&suite.db_settings(), &SCHEMA, |_| {})
            .await
            .unwrap();
        let db = ServiceDb::connect(suite.db_settings(), &SCHEMA, clock.clone())
            .await
            .unwrap();
        let settings = suite.bus_settings();
        messaging::declare(&settings).await.unwrap();
        let outbox = Outbox::new(settings.live, settings.bulk);
        let bus = Bus::connect(settings, "directory").await.unwrap();
        let jwks = KeyPair::generate(&*ids).jwks().to_string();
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            db,
            bus,
            outbox,
            verifier: Arc::new(Verifier::from_jwks(&jwks, clock.clone()).unwrap()),
        };
        let config = Config {
            sessions: KeyPair::generate(&*ids),
            internal_key: INTERNAL_KEY.to_owned(),
            production: false,
        };
        let service = directory::app::build(deps.clone(), config.clone())
            .await
            .unwrap();
        Self {
            suite,
            deps,
            config,
            clock,
            ids,
            graph: service.graph.clone(),
            service: Mutex::new(Some(service)),
        }
    }

    /// Runs its doors, relay and consumer, as `ventanilla serve directory` does.
    pub fn serve(&self) -> Door {
        let service = self.service.lock().unwrap().take().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/directory", listener.local_addr().unwrap());
        Door {
            running: subgraph::serve(vec![service], listener, 1).unwrap(),
            base,
            http: reqwest::Client::new(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn later(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// What the graph answers: data, and the codes of errors.
    pub async fn ask(
        &self,
        caller: &Caller,
        query: &str,
        variables: Value,
    ) -> (Value, Vec<String>) {
        let request = async_graphql::Request::new(query).variables(Variables::from_json(variables));
        let response = self
            .graph
            .execute(request, Arc::new(caller.clone()), TraceParent::default())
            .await;
        let codes = response.errors.iter().map(|e| {
            let code = e.extensions.as_ref().and_then(|x| x.get("code").cloned());
            match code.map(async_graphql::Value::into_json) {
                Some(Ok(Value::String(code))) => code,
                _ => e.message.clone(),
            }
        });
        let codes = codes.collect();
        (response.data.into_json().unwrap(), codes)
    }

    /// The same where no error is expected.
    pub async fn data(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let (data, errors) = self.ask(caller, query, variables).await;
        assert_eq!(errors, Vec::<String>::new(), "{query}");
        data
    }

    /// A mutation with one input: its payload.
    pub async fn change(&self, caller: &Caller, name: &str, input: Value, fields: &str) -> Value {
        let (data, errors) = self.try_change(caller, name, input, fields).await;
        assert_eq!(errors, Vec::<String>::new(), "{name}");
        data
    }

    pub async fn try_change(
        &self,
        caller: &Caller,
        name: &str,
        input: Value,
        fields: &str,
    ) -> (Value, Vec<String>) {
        let mut of = name.to_owned();
        of[..1].make_ascii_uppercase();
        let query =
            format!("mutation($input: {of}Input!) {{ {name}(input: $input) {{ {fields} }} }}");
        let (data, errors) = self.ask(caller, &query, json!({"input": input})).await;
        (data[name].clone(), errors)
    }

    pub fn operator(&self) -> Caller {
        Caller {
            kind: CallerKind::Operator,
            person: PersonId::new(&*self.ids),
            provider: None,
            tenants: Vec::new(),
            chosen: None,
        }
    }

    pub async fn provider(&self, slug: &str) -> ProviderId {
        let input = json!({"slug": slug, "name": slug});
        let operator = self.operator();
        let done = self
            .change(
                &operator,
                "createProvider",
                input,
                "provider { id } problems { code }",
            )
            .await;
        id(&done["provider"]["id"])
    }

    pub async fn tenant(&self, provider: ProviderId, slug: &str) -> Tenant {
        let input = json!({"provider": provider, "slug": slug, "name": format!("Empresa {slug}"),
            "locale": "es-PE", "timeZone": "America/Lima"});
        let operator = self.operator();
        let done = self
            .change(
                &operator,
                "createTenant",
                input,
                "tenant { id } problems { code }",
            )
            .await;
        Tenant {
            id: id(&done["tenant"]["id"]),
            provider,
        }
    }

    /// A member of the staff with these roles, registered and assigned by the operator.
    pub async fn staff(
        &self,
        name: &str,
        provider: ProviderId,
        at: &[(&Tenant, &[Role])],
    ) -> Caller {
        let operator = self.operator();
        let input =
            json!({"provider": provider, "name": name, "email": email(name), "password": PASSWORD});
        let done = self
            .change(
                &operator,
                "registerStaff",
                input,
                "staff { id } problems { code }",
            )
            .await;
        let person: PersonId = id(&done["staff"]["id"]);
        for (tenant, roles) in at {
            let input = json!({"staff": person, "tenant": tenant.id, "roles": words(roles)});
            let done = self
                .change(
                    &operator,
                    "assignStaff",
                    input,
                    "assignment { since } problems { code }",
                )
                .await;
            assert_eq!(done["problems"], json!([]));
        }
        Caller {
            kind: CallerKind::Staff,
            person,
            provider: Some(provider),
            tenants: at
                .iter()
                .map(|(tenant, roles)| TenantGrant {
                    id: tenant.id,
                    roles: roles.to_vec(),
                })
                .collect(),
            chosen: None,
        }
    }

    /// A person of the tenant, registered by a service manager.
    pub async fn person(&self, name: &str, tenant: &Tenant, role: Role) -> Caller {
        let manager = tenant.as_manager(&*self.ids);
        let input = json!({"tenant": tenant.id, "name": name, "email": email(name), "roles": words(&[role]),
            "country": "PE", "password": PASSWORD});
        let done = self
            .change(
                &manager,
                "registerPerson",
                input,
                "person { id } problems { code message }",
            )
            .await;
        assert_eq!(done["problems"], json!([]));
        let person: GlobalId<PersonId> = id(&done["person"]["id"]);
        Caller {
            kind: CallerKind::Person,
            person: person.id,
            provider: Some(tenant.provider),
            tenants: vec![TenantGrant {
                id: tenant.id,
                roles: vec![role],
            }],
            chosen: Some(tenant.id),
        }
    }

    /// What was announced of a kind and has not left: nothing runs that would take it away.
    pub async fn announced(&self, kind: &str) -> Vec<Envelope> {
        let mut tx = self.deps.db.begin_platform().await.unwrap();
        let bodies: Vec<String> =
            sqlx::query_scalar("SELECT body FROM platform.outbox WHERE kind = $1 ORDER BY id")
                .bind(kind)
                .fetch_all(tx.conn())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        bodies
            .iter()
            .map(|b| serde_json::from_str(b).unwrap())
            .collect()
    }

    /// A service says, over the broker, that its part of the tenant stands.
    pub async fn acknowledge(&self, tenant: TenantId, service: &'static str) {
        let meta = Meta {
            id: EventId::new(&*self.ids),
            subject: tenant.to_string(),
            time: self.now(),
            tenant: Some(tenant),
            provider: None,
            sequence: 1,
            origin: Origin::Live,
            traceparent: None,
        };
        let said = json!({"tenant": tenant, "service": service, "took_ms": 40});
        let fact = Envelope::from_source(service, events::TENANT_PROVISIONED, meta, &said).unwrap();
        self.deps
            .bus
            .publish_to("directory", Lane::Live, &[fact])
            .await
            .unwrap();
    }

    pub async fn state(&self, tenant: TenantId) -> String {
        let query = "query($id: ID) { tenant(id: $id) { state } }";
        let data = self
            .data(&self.operator(), query, json!({"id": tenant}))
            .await;
        data["tenant"]["state"].as_str().unwrap().to_owned()
    }

    /// Waits until every service's word was taken in.
    pub async fn make_ready(&self, tenant: TenantId) {
        for service in ["intake", "routing", "sla-clock", "knowledge", "reporting"] {
            self.acknowledge(tenant, service).await;
        }
        testkit::eventually(Duration::from_secs(20), || async {
            (self.state(tenant).await == "READY").then_some(())
        })
        .await;
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Tenant {
    pub id: TenantId,
    pub provider: ProviderId,
}

impl Tenant {
    /// A service manager of this tenant, whoever it be.
    pub fn as_manager(&self, ids: &dyn ids::IdGen) -> Caller {
        Caller {
            kind: CallerKind::Staff,
            person: PersonId::new(ids),
            provider: Some(self.provider),
            tenants: vec![TenantGrant {
                id: self.id,
                roles: vec![Role::ServiceManager],
            }],
            chosen: None,
        }
    }
}

pub fn id<T: std::str::FromStr>(value: &Value) -> T {
    let text = value.as_str().unwrap_or_else(|| panic!("no id: {value}"));
    text.parse().unwrap_or_else(|_| panic!("no id: {text}"))
}

pub fn email(name: &str) -> String {
    format!("{}@ejemplo.pe", name.to_lowercase().replace(' ', "."))
}

pub fn words(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|r| r.as_str().to_uppercase()).collect()
}

pub fn global(tenant: &Tenant, person: PersonId) -> String {
    GlobalId::new(tenant.id, person).to_string()
}

pub fn codes(payload: &Value) -> Vec<&str> {
    let problems = payload["problems"].as_array().unwrap();
    problems
        .iter()
        .map(|p| p["code"].as_str().unwrap())
        .collect()
}

/// Directory over HTTP.
pub struct Door {
    running: Running,
    base: String,
    http: reqwest::Client,
}

impl Door {
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(path, body, None).await
    }

    async fn send(&self, path: &str, body: Value, key: Option<&str>) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.base)).json(&body);
        if let Some(key) = key {
            request = request.header("x-internal-key", key);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.map(|v| v.to_str().unwrap().parse().unwrap());
        let text = response.text().await.unwrap();
        Answer {
            status,
            retry_after,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        }
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post("/auth/login", json!({"email": email, "password": password}))
            .await
    }

    /// As the gateway asks.
    pub async fn caller(&self, kind: &str, value: &str, tenant: Option<&str>) -> Answer {
        let question = json!({"credential": {"kind": kind, "value": value}, "tenant": tenant});
        self.send("/internal/callers", question, Some(INTERNAL_KEY))
            .await
    }

    pub async fn caller_with_key(&self, key: Option<&str>) -> Answer {
        let question = json!({"credential": {"kind": "bearer", "value": "x"}, "tenant": null});
        self.send("/internal/callers", question, key).await
    }

    pub async fn close(self) {
        self.running.stop().await;
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<i64>,
    pub body: Value,
}

impl Answer {
    pub fn text(&self, field: &str) -> &str {
        let text = self.body[field].as_str();
        text.unwrap_or_else(|| panic!("no {field} in {self:?}"))
    }

    /// Status and code of a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["code"].as_str().unwrap_or_default())
    }
}
