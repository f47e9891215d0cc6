//! What every story needs: intake's own database with two tenants, people with roles, and the graph to ask.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use access::{Caller, CallerKind, Role, TenantGrant};
use async_graphql::{Request, Response, Variables};
use chrono::{DateTime, TimeDelta, Utc};
use clock::{Clock as _, ManualClock};
use events::{Envelope, Fact, Meta, Origin};
use ids::{EventId, GlobalId, PersonId, ProviderId, TenantId, TicketId, TypedId};
use intake::actions::Tools;
use messaging::{FactHandler as _, HandleError, Outbox};
use serde_json::{Value, json};
use sqlx::Row as _;
use subgraph::{Graph, TraceParent};
use tenancy::{DbSettings, NewTenant, ServiceDb};
use testkit::Suite;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub struct House {
    pub suite: Suite,
    pub tools: Tools,
    pub graph: Arc<dyn Graph>,
    pub clock: Arc<ManualClock>,
    pub provider: ProviderId,
    pub tenant: TenantId,
    pub other: TenantId,
    pub ana: Arc<Caller>,
    pub luis: Arc<Caller>,
    pub agent: Arc<Caller>,
    pub manager: Arc<Caller>,
}

impl House {
    pub async fn open(name: &str) -> Self {
        Self::open_with(name, |settings| settings).await
    }

    pub async fn open_with(name: &str, change: impl FnOnce(DbSettings) -> DbSettings) -> Self {
        let suite = Suite::start(name).await;
        let settings = suite.db_settings();
        tenancy::migrate(&settings, &intake::SCHEMA, |_| {})
            .await
            .unwrap();
        let start: DateTime<Utc> = "2026-11-23T14:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::at(start));
        let db = ServiceDb::connect(change(settings), &intake::SCHEMA, clock.clone())
            .await
            .unwrap();
        let ids = ids::system(clock.clone());
        let provider = ProviderId::new(&*ids);
        db.provision_provider(provider, "mesa", "Mesa")
            .await
            .unwrap();
        let tenant = TenantId::new(&*ids);
        let other = TenantId::new(&*ids);
        for (id, slug) in [(tenant, "andina"), (other, "boreal")] {
            let new = NewTenant {
                id,
                provider,
                slug: slug.to_owned(),
                name: slug.to_owned(),
                locale: "es-PE".to_owned(),
                time_zone: "America/Lima".to_owned(),
            };
            db.provision_tenant(&new).await.unwrap();
        }
        let person = |kind, tenants: &[TenantId], role| {
            Arc::new(Caller {
                kind,
                person: PersonId::new(&*ids),
                provider: Some(provider),
                tenants: tenants
                    .iter()
                    .map(|id| TenantGrant {
                        id: *id,
                        roles: vec![role],
                    })
                    .collect(),
                chosen: None,
            })
        };
        let tools = Tools {
            db,
            outbox: Outbox::new(1, 1),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        Self {
            graph: intake::graph::graph(tools.clone()),
            ana: person(CallerKind::Person, &[tenant], Role::Requester),
            luis: person(CallerKind::Person, &[tenant], Role::Requester),
            agent: person(CallerKind::Staff, &[tenant, other], Role::Agent),
            manager: person(CallerKind::Staff, &[tenant], Role::ServiceManager),
            suite,
            tools,
            clock,
            provider,
            tenant,
            other,
        }
    }

    /// With a single connection, whose round trips are counted.
    pub async fn open_counting(name: &str) -> (Self, Arc<AtomicU64>) {
        let turns = Arc::new(AtomicU64::new(0));
        let servers = tokio::task::spawn_blocking(testkit::servers).await.unwrap();
        let (before, place) = servers.postgres_owner_url.rsplit_once('@').unwrap();
        let (place, after) = place.split_once('/').unwrap_or((place, ""));
        let port = counting(place.to_owned(), turns.clone()).await;
        let through = format!("{before}@127.0.0.1:{port}/{after}");
        let house = Self::open_with(name, |settings| DbSettings {
            login_url: through,
            slots: 1,
            ..settings
        })
        .await;
        (house, turns)
    }

    /// Somebody with one role in one tenant.
    pub fn somebody(&self, kind: CallerKind, tenant: TenantId, role: Role) -> Arc<Caller> {
        Arc::new(Caller {
            kind,
            person: PersonId::new(&*self.tools.ids),
            provider: Some(self.provider),
            tenants: vec![TenantGrant {
                id: tenant,
                roles: vec![role],
            }],
            chosen: None,
        })
    }

    pub async fn ask(&self, caller: &Arc<Caller>, query: &str, variables: Value) -> Response {
        let request = Request::new(query).variables(Variables::from_json(variables));
        self.graph
            .execute(request, caller.clone(), TraceParent(None))
            .await
    }

    /// The data of an answer without errors.
    pub async fn data(&self, caller: &Arc<Caller>, query: &str, variables: Value) -> Value {
        let response = self.ask(caller, query, variables).await;
        assert!(response.errors.is_empty(), "{:?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// The code of an answer with one error.
    pub async fn code(&self, caller: &Arc<Caller>, query: &str, variables: Value) -> String {
        let response = self.ask(caller, query, variables).await;
        assert_eq!(response.errors.len(), 1, "{response:?}");
        let extensions = response.errors[0].extensions.as_ref().unwrap();
        match extensions.get("code").unwrap() {
            async_graphql::Value::String(code) => code.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Opens a ticket; its `{id number version state priority}`.
    pub async fn opened(&self, caller: &Arc<Caller>, input: Value) -> Value {
        let mut full = json!({ "subject": "La impresora no imprime", "tenant": self.tenant });
        for (name, value) in input.as_object().unwrap() {
            full[name] = value.clone();
        }
        let data = self
            .data(
                caller,
                "mutation($input: OpenTicketInput!) { openTicket(input: $input) {
                    ticket { id number version state priority openedAt } problems { field code } position } }",
                json!({ "input": full }),
            )
            .await;
        assert_eq!(data["openTicket"]["problems"], json!([]), "{data}");
        data["openTicket"]["ticket"].clone()
    }

    /// Calls a mutation that answers with a ticket: its payload.
    pub async fn does(&self, caller: &Arc<Caller>, mutation: &str, input: Value) -> Value {
        let mut kind = mutation[..1].to_uppercase();
        kind.push_str(&mutation[1..]);
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
                ticket {{ id number version state priority kind major }} problems {{ field code message }} position }} }}"
        );
        let data = self.data(caller, &query, json!({ "input": input })).await;
        data[mutation].clone()
    }

    /// The same, for a caller who is refused: the code.
    pub async fn refused(&self, caller: &Arc<Caller>, mutation: &str, input: Value) -> String {
        let mut kind = mutation[..1].to_uppercase();
        kind.push_str(&mutation[1..]);
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ ticket {{ id }} }} }}"
        );
        self.code(caller, &query, json!({ "input": input })).await
    }

    /// The timeline's kinds, as this caller sees them.
    pub async fn timeline(&self, caller: &Arc<Caller>, ticket: &Value) -> Vec<Value> {
        let data = self
            .data(
                caller,
                "query($id: ID!) { ticket(id: $id) { timeline(first: 100) { nodes {
                    kind at internal body by { kind person { id } } fromState toState groupName line holder { id }
                    recordedOwner recordedStatus irregular clockTarget clockCode clockPercent linkKind linkedTicket } } } }",
                json!({ "id": ticket["id"] }),
            )
            .await;
        data["ticket"]["timeline"]["nodes"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Every fact announced so far, in order.
    pub async fn facts(&self) -> Vec<Envelope> {
        let mut tx = self.tools.db.begin_platform().await.unwrap();
        let rows = sqlx::query("SELECT body FROM platform.outbox ORDER BY id")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        rows.iter()
            .map(|row| serde_json::from_str(row.get("body")).unwrap())
            .collect()
    }

    /// The facts about one subject, whose sequences must be 1, 2, 3 …
    pub async fn facts_of(&self, subject: &str) -> Vec<Envelope> {
        let facts: Vec<Envelope> = self
            .facts()
            .await
            .into_iter()
            .filter(|f| f.subject == subject)
            .collect();
        let expected: Vec<i64> = (1..).take(facts.len()).collect();
        let sequences: Vec<i64> = facts.iter().map(|f| f.sequence).collect();
        assert_eq!(sequences, expected);
        facts
    }

    /// Another service's fact, as it would arrive.
    pub fn fact<F: Fact>(&self, subject: String, sequence: i64, fact: &F) -> Envelope {
        let meta = Meta {
            id: EventId::new(&*self.tools.ids),
            subject,
            time: self.clock.now(),
            tenant: Some(self.tenant),
            provider: Some(self.provider),
            sequence,
            origin: Origin::Live,
            traceparent: None,
        };
        Envelope::of(meta, fact).unwrap()
    }

    /// Takes facts in, as the consumer would.
    pub async fn hears(&self, facts: &[Envelope]) -> Result<(), HandleError> {
        let mut tx = self.tools.db.begin_fact(self.tenant).await.unwrap();
        let heard = intake::events::Hears(self.tools.clone())
            .handle(&mut tx, facts)
            .await;
        if heard.is_ok() {
            tx.commit().await.unwrap();
        }
        heard
    }

    pub fn later(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
    }

    pub fn person_id(&self, person: PersonId) -> String {
        GlobalId::new(self.tenant, person).to_string()
    }

    pub async fn close(self) {
        self.suite.finish().await;
    }
}

/// Forwards to Postgres and counts how often the client speaks after the server has answered: round trips.
async fn counting(target: String, turns: Arc<AtomicU64>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&target).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let answered = Arc::new(AtomicBool::new(true));
            let (asked, turns) = (answered.clone(), turns.clone());
            tokio::spawn(async move {
                let mut buffer = vec![0; 65_536];
                while let Ok(n @ 1..) = from_client.read(&mut buffer).await {
                    if asked.swap(false, Ordering::SeqCst) {
                        turns.fetch_add(1, Ordering::SeqCst);
                    }
                    to_server.write_all(&buffer[..n]).await.unwrap();
                }
            });
            tokio::spawn(async move {
                let mut buffer = vec![0; 65_536];
                while let Ok(n @ 1..) = from_server.read(&mut buffer).await {
                    answered.store(true, Ordering::SeqCst);
                    if to_client.write_all(&buffer[..n]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// The id inside a global id of the answer.
pub fn plain(ticket: &Value) -> TicketId {
    ticket["id"]
        .as_str()
        .unwrap()
        .parse::<GlobalId<TicketId>>()
        .unwrap()
        .id
}

/// How often each word occurs.
pub fn counted<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// A value of `kind` in a tenant that is not there.
pub fn stranger<T: TypedId>(tenant: TenantId) -> String {
    GlobalId::new(tenant, T::from_uuid(uuid::Uuid::from_u128(77))).to_string()
}
