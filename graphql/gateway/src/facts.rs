//! Hears directory's facts that change what somebody may do, so that nothing is remembered longer than it is true.
//!
//! A queue of this gateway's own, gone with the connection: who was away has missed facts, and drops everything when
//! it is back. While the broker is away answers hold as long as the settings let them; no request notices.
//!
//! To hear another type: a line in [`RIGHTS`], a case in [`concern`], one in `tests/it/revoking.rs`.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use hive_router::async_trait;
use hive_router::background_tasks::{BackgroundTask, CancellationToken};
use hive_router::tracing::{info, warn};
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties, Consumer};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::drops::{Concern, Drops};

/// The topic exchange of facts, declared with the rest of the topology by `libs/messaging`. Not declared here: until it
/// is there, there is nothing to hear.
const EXCHANGE: &str = "facts";
/// The types that change what somebody may do. They travel live, in any partition: `live.<n>.<type>`.
const RIGHTS: [&str; 8] = [
    "tenant.changed.v1",
    "tenant.suspended.v1",
    TENANT_RESUMED,
    "person.changed.v1",
    "staff.assigned.v1",
    "staff.unassigned.v1",
    "session.ended.v1",
    "api_key.revoked.v1",
];
const TENANT_RESUMED: &str = "tenant.resumed.v1";

/// What connecting may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds without a sign of life after which the connection is given up. As everywhere in the platform; until then
/// answers live out their time, as they would anyway.
const HEARTBEAT: u16 = 10;
/// The pause before the next try: doubled from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// How often a silent connection is looked at. Errors say it at once; this look makes sure.
const LOOK: Duration = Duration::from_millis(250);

/// The broker's address, and what its certificate is judged by where it is `amqps://`.
///
/// # Errors
/// What cannot be used of them; never with the address, which holds a password.
pub fn address(url: &str, ca_file: Option<&Path>) -> Result<(AMQPUri, OwnedTLSConfig), String> {
    let mut uri: AMQPUri = url
        .parse()
        .map_err(|e| format!("amqp is no address: {e}"))?;
    uri.query.heartbeat.get_or_insert(HEARTBEAT);
    let mut tls = OwnedTLSConfig::default();
    if let Some(path) = ca_file {
        let pem = std::fs::read_to_string(path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        // What is no certificate would be passed over, and then every broker refused without a word about this file.
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(format!("{}: no certificate in PEM form", path.display()));
        }
        tls.cert_chain = Some(pem);
    }
    Ok((uri, tls))
}

/// The task that hears.
pub struct Facts {
    drops: Arc<Drops>,
    uri: AMQPUri,
    tls: OwnedTLSConfig,
}

impl Facts {
    /// `url` and file are checked; whether anyone answers there is not.
    pub fn new(drops: Arc<Drops>, url: &str, ca_file: Option<&Path>) -> Result<Self, String> {
        let (uri, tls) = address(url, ca_file)?;
        Ok(Self { drops, uri, tls })
    }

    /// Connects. From the return on every fact reaches the consumer.
    async fn subscribe(&self) -> lapin::Result<(Connection, Consumer)> {
        let properties =
            ConnectionProperties::default().with_connection_name("ventanilla gateway".into());
        let (uri, tls) = (self.uri.clone(), self.tls.clone());
        let runtime = lapin::runtime::default_runtime()?;
        let connection = Connection::connect_uri_with_config(uri, properties, tls, runtime).await?;
        let channel = connection.create_channel().await?;
        let options = QueueDeclareOptions {
            // Nobody else's, and gone with the connection.
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let queue = channel
            .queue_declare("".into(), options, FieldTable::default())
            .await?;
        for kind in RIGHTS {
            channel
                .queue_bind(
                    queue.name().clone(),
                    EXCHANGE.into(),
                    format!("live.*.{kind}").into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await?;
        }
        let options = BasicConsumeOptions {
            // What is lost on the way is lost with the connection, and then everything is dropped.
            no_ack: true,
            ..BasicConsumeOptions::default()
        };
        let consumer = channel
            .basic_consume(
                queue.name().clone(),
                "".into(),
                options,
                FieldTable::default(),
            )
            .await?;
        Ok((connection, consumer))
    }

    fn take(&self, fact: &[u8]) {
        if let Some(concern) = concern(fact) {
            self.drops.add(concern);
        } else {
            warn!("a fact about rights does not say whom it concerns: all are asked for again");
            self.drops.add_all();
        }
    }

    /// Takes facts until the connection is lost; returns why.
    async fn follow(&self, connection: &Connection, mut consumer: Consumer) -> String {
        loop {
            match timeout(LOOK, consumer.next()).await {
                Ok(Some(Ok(delivery))) => self.take(&delivery.data),
                Ok(Some(Err(error))) => return error.to_string(),
                Ok(None) => return "the broker ended it".into(),
                Err(_) if connection.status().connected() => {}
                Err(_) => return "the connection is lost".into(),
            }
        }
    }
}

#[async_trait]
impl BackgroundTask for Facts {
    fn id(&self) -> &'static str {
        "facts"
    }

    async fn run(&self, token: CancellationToken) {
        let mut pause = PAUSES.0;
        let mut away = false;
        while !token.is_cancelled() {
            let reason = match timeout(PATIENCE, self.subscribe()).await {
                Ok(Ok((connection, consumer))) => {
                    // Before the first fact is taken: what was asked for until now may have missed one.
                    self.drops.add_all();
                    info!("facts about rights are heard: what changes drops what is remembered");
                    away = false;
                    let since = Instant::now();
                    let reason = self.follow(&connection, consumer).await;
                    // A broker that takes us on and drops us again must not be run against.
                    if since.elapsed() > PAUSES.1 {
                        pause = PAUSES.0;
                    }
                    reason
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".into(),
            };
            if !away {
                warn!(
                    %reason,
                    "facts about rights are not heard: until the broker is back answers live out their time"
                );
            }
            away = true;
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}

/// What is read of an envelope.
#[derive(Deserialize)]
struct Fact {
    #[serde(rename = "type")]
    kind: String,
    tenant: Option<String>,
    provider: Option<String>,
    data: Value,
}

/// Whom a fact concerns; none if that cannot be told, and then it concerns everybody.
fn concern(body: &[u8]) -> Option<Concern> {
    let fact: Fact = serde_json::from_slice(body).ok()?;
    if fact.kind == TENANT_RESUMED {
        return Some(Concern::TenantAndStaff {
            tenant: fact.tenant?,
            provider: fact.provider?,
        });
    }
    let text = |pointer: &str| fact.data.pointer(pointer).and_then(Value::as_str);
    let person = match fact.kind.as_str() {
        "person.changed.v1" => text("/person/person").map(str::to_owned),
        "staff.assigned.v1" | "staff.unassigned.v1" | "session.ended.v1" => {
            text("/person").map(str::to_owned)
        }
        // Directory lets a key call as the person of the same number (`Caller::person_of_key` in `libs/access`).
        "api_key.revoked.v1" => text("/key")
            .and_then(|key| key.strip_prefix("key_"))
            .map(|number| format!("per_{number}")),
        _ => None,
    };
    person
        .map(Concern::Person)
        .or_else(|| fact.tenant.map(Concern::Tenant))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Directory's other types, which take nothing from anybody who was asked about before.
    const NO_RIGHTS: [&str; 7] = [
        "provider.created.v1",
        "tenant.created.v1",
        "person.registered.v1",
        "application.registered.v1",
        "application.changed.v1",
        "vendor.registered.v1",
        "vendor.changed.v1",
    ];

    fn of_events(file: &str) -> Value {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events");
        serde_json::from_slice(&std::fs::read(docs.join(file)).unwrap()).unwrap()
    }

    #[test]
    fn every_type_of_directory_is_known_to_change_rights_or_not_to() {
        let api = of_events("asyncapi.json");
        let types = api["channels"]["directory"]["messages"]
            .as_object()
            .unwrap();
        for kind in types.keys() {
            let (changes, does_not) = (RIGHTS.contains(&&**kind), NO_RIGHTS.contains(&&**kind));
            assert!(
                changes != does_not,
                "{kind}: does it change what somebody may do?"
            );
        }
        assert_eq!(types.len(), RIGHTS.len() + NO_RIGHTS.len());
    }

    #[test]
    fn the_fields_that_are_read_are_those_that_are_written() {
        let has = |kind: &str, pointer: &str| {
            let schema = of_events(&format!("{kind}.schema.json"));
            assert!(schema.pointer(pointer).is_some(), "{kind} has no {pointer}");
        };
        for kind in [
            "staff.assigned.v1",
            "staff.unassigned.v1",
            "session.ended.v1",
        ] {
            has(kind, "/properties/person");
        }
        has("person.changed.v1", "/properties/person");
        has(
            "person.changed.v1",
            "/$defs/PersonSnapshot/properties/person",
        );
        has("api_key.revoked.v1", "/properties/key");
    }

    #[test]
    fn a_fact_concerns_whom_it_names_else_its_tenant_else_everybody() {
        let of = |kind: &str, data: Value| {
            let fact =
                json!({ "type": kind, "tenant": "ten_a", "provider": "prv_1", "data": data });
            concern(fact.to_string().as_bytes())
        };
        let person = |id: &str| Some(Concern::Person(id.into()));
        let tenant = Some(Concern::Tenant("ten_a".into()));
        for kind in [
            "staff.assigned.v1",
            "staff.unassigned.v1",
            "session.ended.v1",
        ] {
            assert_eq!(of(kind, json!({ "person": "per_1" })), person("per_1"));
        }
        let changed = json!({ "person": { "person": "per_1" } });
        assert_eq!(of("person.changed.v1", changed), person("per_1"));
        assert_eq!(
            of("api_key.revoked.v1", json!({ "key": "key_1" })),
            person("per_1")
        );
        for kind in [
            "tenant.changed.v1",
            "tenant.suspended.v1",
            "a.new.v1",
            "person.changed.v1",
        ] {
            assert_eq!(of(kind, json!({})), tenant, "{kind}");
        }
        let back = Concern::TenantAndStaff {
            tenant: "ten_a".into(),
            provider: "prv_1".into(),
        };
        assert_eq!(of(TENANT_RESUMED, json!({})), Some(back));
        for all in ["", "{}", r#"{ "type": "session.ended.v1", "data": {} }"#] {
            assert_eq!(concern(all.as_bytes()), None, "{all}");
        }
    }

    #[test]
    fn an_address_is_checked_and_never_told() {
        let (uri, _) = address("amqp://me:secret@host:1234/%2f", None).unwrap();
        assert_eq!(
            (uri.authority.port, uri.query.heartbeat),
            (1234, Some(HEARTBEAT))
        );
        for wrong in ["secret", "http://secret"] {
            let refused = address(wrong, None).unwrap_err();
            assert!(!refused.contains("secret"), "{refused}");
        }
        for file in ["Cargo.toml", "nowhere.pem"] {
            let refused = address("amqps://host", Some(Path::new(file))).unwrap_err();
            assert!(refused.contains(file), "{refused}");
        }
    }
}
