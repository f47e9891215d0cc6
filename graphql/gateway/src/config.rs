//! The gateway's settings, as types. One JSON file, written by `ventanilla` (or a ConfigMap); unknown keys are refused.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::facts;

/// The oldest a resolved caller may get, in seconds. A signed caller lives 60 s; reused for at most half of that,
/// a revocation takes hold within 60 s whatever the settings say.
const OLDEST_CALLER_SECONDS: u64 = 30;
/// The longest a request may wait to be let in: whose rights end meanwhile is still taken for who they were.
const LONGEST_WAIT_MS: u64 = 10_000;

/// Everything the gateway needs to know.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The public address. Loopback unless said otherwise: what is public is a decision, not a default.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Path of the composed supergraph.
    pub supergraph: PathBuf,
    /// URL of each subgraph's GraphQL endpoint, by its name in the supergraph.
    pub subgraphs: BTreeMap<String, String>,
    /// The other public doors; one that is not configured answers 404.
    #[serde(default)]
    pub doors: DoorUrls,
    /// Where callers are resolved.
    pub directory: Directory,
    /// How resolved callers are signed for the subgraphs.
    pub signing: Signing,
    /// Production hides the schema: no introspection, no GraphiQL.
    pub production: bool,
    /// `desk.example.org` makes `acme.desk.example.org` mean tenant `acme`. Without it only the header chooses.
    #[serde(default)]
    pub base_domain: Option<String>,
    /// Whether `X-Forwarded-*` of the peer is believed: only behind an ingress that sets them itself.
    #[serde(default)]
    pub trust_forwarded: bool,
    /// Shares rate limits between gateways. Without it each gateway counts alone.
    #[serde(default)]
    pub redis: Option<String>,
    /// The broker, `amqp://user:password@host:port/vhost` (`amqps://` with TLS): facts about rights end a remembered
    /// caller at once. Without it, and while it is away, `callers.seconds` alone does.
    #[serde(default)]
    pub amqp: Option<String>,
    /// PEM file with the authority of the broker's certificate, where it is none of Mozilla's list (which is built in).
    #[serde(default)]
    pub amqp_ca_file: Option<PathBuf>,
    /// Worker threads. Two carry some 10,000 requests/s; more would only cost memory.
    #[serde(default = "default_workers")]
    pub workers: usize,
    /// Seconds that SIGTERM leaves to requests in flight.
    #[serde(default = "default_drain_seconds")]
    pub drain_seconds: u64,
    /// Size limits of documents.
    #[serde(default)]
    pub limits: Limits,
    /// Rate limits.
    #[serde(default)]
    pub rates: RateRules,
    /// How many requests are worked on at once, and how many wait.
    #[serde(default)]
    pub overload: OverloadRules,
    /// Caching of resolved callers.
    #[serde(default)]
    pub callers: CallerRules,
    /// JSON map of document id to text: the portal's operations, sent by id.
    #[serde(default)]
    pub trusted_documents: Option<PathBuf>,
    /// Refuse documents that are not among the trusted ones.
    #[serde(default)]
    pub trusted_documents_only: bool,
    /// OTLP/HTTP endpoint for traces (`http://collector:4318/v1/traces`).
    #[serde(default)]
    pub otlp: Option<String>,
    /// Port of `/metrics` (Prometheus), on the public host but never on the public port.
    #[serde(default)]
    pub metrics_port: Option<u16>,
    /// Logging.
    #[serde(default)]
    pub log: Log,
}

/// Base URLs of the services behind the doors: `auth` gets `/auth/…` with the path unchanged.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DoorUrls {
    /// `/auth/*`: directory (login, refresh).
    #[serde(default)]
    pub auth: Option<String>,
    /// `/in/*`: kept for webhooks; nobody answers there yet.
    #[serde(default, rename = "in")]
    pub inbound: Option<String>,
    /// `/files/*`: kept for uploads and downloads; nobody answers there yet.
    #[serde(default)]
    pub files: Option<String>,
    /// `/events/*`: kept for the event log's taps; nobody answers there yet.
    #[serde(default)]
    pub events: Option<String>,
}

/// Where callers are resolved.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Base URL; `/internal/callers` is appended.
    pub url: String,
    /// Shared secret, sent as `x-internal-key`.
    pub internal_key: String,
}

/// How resolved callers are signed.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// PEM file with an Ed25519 key (PKCS #8).
    pub key: PathBuf,
    /// JWKS file that holds its public half.
    pub jwks: PathBuf,
    /// The key's id, in both.
    pub kid: String,
}

/// Size limits of documents. The defaults let every operation of the portal through several times over.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Nesting of fields.
    pub depth: usize,
    /// Aliases in a document.
    pub aliases: usize,
    /// Directives in a document.
    pub directives: usize,
    /// Lexical tokens in a document.
    pub tokens: usize,
    /// Estimated cost of an operation (objects it may return, ten for each mutation). The dearest that is meant to pass is a
    /// ticket with all that there is of its clocks, each explained in a hundred segments with their causes: 19,000. Lists
    /// have their sizes from the supergraph (`@listSize`, `graphql/compose/sizes.mjs`).
    pub cost: u64,
    /// What a page is taken for whose `first` is not given, and how many things a subgraph is taken to be asked about that
    /// another one named: one or a page of them, the router does not look. Pages hold at most this many.
    pub page: usize,
    /// The same by subgraph, where another number is nearer the truth. What sla-clock tells of a ticket is deep, and asked
    /// for on the page of one; lists of tickets show little of it.
    pub page_of: BTreeMap<String, usize>,
    /// Bytes of a request's body, at `/graphql` and at the doors.
    pub body_bytes: usize,
    /// Streams (SSE) open at once.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 16,
            aliases: 30,
            directives: 50,
            tokens: 4_000,
            cost: 25_000,
            page: 100,
            page_of: BTreeMap::from([("sla-clock".to_owned(), 10)]),
            body_bytes: 1024 * 1024,
            streams: 512,
        }
    }
}

/// A token bucket: `burst` requests at once, refilled by `per_second`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RateRule {
    /// Requests per second that are refilled.
    pub per_second: f64,
    /// Requests that may come at once.
    pub burst: f64,
}

/// Rate limits per tenant, per caller and per address.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateRules {
    /// All callers of a tenant together.
    pub tenant: RateRule,
    /// One caller within a tenant.
    pub caller: RateRule,
    /// One address (IPv6: one /64) at the door where nobody is known yet: signing in, refreshing.
    pub address: RateRule,
}

impl Default for RateRules {
    /// Generous: they stop a runaway integration, not a busy morning.
    fn default() -> Self {
        Self {
            tenant: RateRule {
                per_second: 2_000.0,
                burst: 4_000.0,
            },
            caller: RateRule {
                per_second: 1_000.0,
                burst: 2_000.0,
            },
            // An office behind one address signs in at nine; a password takes some 50 ms of a processor to check.
            address: RateRule {
                per_second: 10.0,
                burst: 100.0,
            },
        }
    }
}

/// What is done about more than can be answered.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OverloadRules {
    /// Requests under way at once while nobody has to be refused; a quarter is for tenants that have less than
    /// an equal part under way.
    pub running: usize,
    /// Where it comes down to, if answers get slow and people are refused.
    pub least: usize,
    /// Where it goes up to, if people wait although answers are fast.
    pub most: usize,
    /// Requests that wait, of all tenants.
    pub waiting: usize,
    /// Of one tenant.
    pub waiting_of_one: usize,
    /// Milliseconds that a request waits at most.
    pub wait_ms: u64,
}

impl Default for OverloadRules {
    /// By the processors of this machine, where the services are in the same box or in one like it.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            // More than keeps them busy, as a request spends half of its time waiting for others; few enough that an
            // overload begins with answers that are slow, not late.
            running: 8 * cores,
            // Two at a time are the least that leaves no processor idle.
            least: 2 * cores,
            // Where the services have other machines: what the gateway itself carries, 5,000 a second of 50 ms each a core.
            most: 256 * cores,
            // Bursts are not refused: a hundred browsers that open at once. What matters is that it ends somewhere; in an
            // overload the newest is served first, and how long the line is makes nobody late.
            waiting: 512,
            waiting_of_one: 128,
            // Half of what people are patient for.
            wait_ms: 5_000,
        }
    }
}

impl OverloadRules {
    fn check(&self) -> Result<(), String> {
        let Self {
            running,
            least,
            most,
            waiting,
            waiting_of_one,
            wait_ms,
        } = *self;
        if ![1, least, running, most].is_sorted() {
            return Err("overload: 1, least, running and most must go up in this order".into());
        }
        if ![1, waiting_of_one, waiting].is_sorted() {
            return Err("overload: 1, waiting_of_one and waiting must go up in this order".into());
        }
        if !(1..=LONGEST_WAIT_MS).contains(&wait_ms) {
            return Err(format!(
                "overload.wait_ms is {wait_ms}; it must be 1 to {LONGEST_WAIT_MS}"
            ));
        }
        Ok(())
    }
}

/// Caching of resolved callers.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallerRules {
    /// Seconds that a resolved caller is reused, at most 30.
    pub seconds: u64,
    /// Seconds that a refusal is remembered.
    pub refused_seconds: u64,
    /// Callers remembered at once.
    pub capacity: u64,
}

impl Default for CallerRules {
    fn default() -> Self {
        Self {
            seconds: OLDEST_CALLER_SECONDS,
            refused_seconds: 2,
            capacity: 10_000,
        }
    }
}

/// Logging.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info` or `debug`.
    pub level: String,
    /// JSON lines rather than text.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: "warn".into(),
            json: false,
        }
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

const fn default_workers() -> usize {
    2
}

const fn default_drain_seconds() -> u64 {
    20
}

impl Settings {
    /// Reads and checks a settings file. Relative paths in it are relative to it.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let mut settings: Self =
            serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let base = path.parent().unwrap_or(Path::new(".")).to_path_buf();
        for file in [
            Some(&mut settings.supergraph),
            Some(&mut settings.signing.key),
            Some(&mut settings.signing.jwks),
            settings.trusted_documents.as_mut(),
            settings.amqp_ca_file.as_mut(),
        ]
        .into_iter()
        .flatten()
        {
            *file = std::path::absolute(base.join(&file))
                .map_err(|e| format!("{}: {e}", file.display()))?;
        }
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), String> {
        if self.callers.seconds > OLDEST_CALLER_SECONDS {
            return Err(format!(
                "callers.seconds is {}; more than {OLDEST_CALLER_SECONDS} would break the 60 s bound on revocation",
                self.callers.seconds
            ));
        }
        if let Some(url) = &self.amqp {
            facts::address(url, self.amqp_ca_file.as_deref())?;
        }
        if !(1..=2).contains(&self.workers) {
            return Err(format!("workers is {}; it must be 1 or 2", self.workers));
        }
        for (name, rule) in [
            ("tenant", self.rates.tenant),
            ("caller", self.rates.caller),
            ("address", self.rates.address),
        ] {
            if !(rule.per_second > 0.0 && rule.burst >= 1.0) {
                return Err(format!(
                    "rates.{name}: per_second must be above 0 and burst at least 1"
                ));
            }
        }
        self.overload.check()?;
        let supergraph = std::fs::read_to_string(&self.supergraph)
            .map_err(|e| format!("cannot read {}: {e}", self.supergraph.display()))?;
        // A subgraph without a URL would be called at the placeholder the supergraph carries.
        for name in subgraph_names(&supergraph) {
            if !self.subgraphs.contains_key(name) {
                return Err(format!(
                    "the supergraph has the subgraph `{name}`, but subgraphs.{name} has no URL"
                ));
            }
        }
        // Without this link the router would let `@requiresScopes` pass in silence.
        if supergraph.contains("@requiresScopes") && !supergraph.contains("for: SECURITY") {
            return Err("the supergraph uses @requiresScopes without its SECURITY link".into());
        }
        Ok(())
    }
}

/// The names in `@join__graph(name: "…", url: "…")`.
fn subgraph_names(supergraph: &str) -> impl Iterator<Item = &str> {
    supergraph
        .split("@join__graph(name: \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revocation_is_bounded_by_default_and_by_check() {
        assert_eq!(CallerRules::default().seconds, 30);
        assert_eq!(CallerRules::default().refused_seconds, 2);
    }

    #[test]
    fn names_of_subgraphs_are_found() {
        let sdl = r#"enum join__Graph {
  INTAKE @join__graph(name: "intake", url: "http://intake.internal/graphql")
  SLA_CLOCK @join__graph(name: "sla-clock", url: "")
}"#;
        assert_eq!(
            subgraph_names(sdl).collect::<Vec<_>>(),
            ["intake", "sla-clock"]
        );
    }
}
