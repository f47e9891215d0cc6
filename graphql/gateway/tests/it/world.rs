//! A directory, two subgraphs, a gateway between them and the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::directory::Directory;
use crate::stub::{self, Reply, Request};

/// The first test vector of RFC 8032: a key pair that everybody knows.
const KEY: &str = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
pub const INTERNAL_KEY: &str = "the gateway's own secret";
/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A subgraph that tells what it was told.
#[derive(Default)]
pub struct Subgraph {
    pub asked: AtomicUsize,
    pub slow_ms: AtomicU64,
    /// Every document that arrived.
    pub documents: Mutex<Vec<String>>,
}

impl Subgraph {
    fn answer(&self, request: &Request) -> Reply {
        self.asked.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(self.slow_ms.load(Ordering::SeqCst)));
        let token = request.headers["authorization"]
            .strip_prefix("Bearer ")
            .unwrap();
        let claims = verify(token);
        let operation: Value = serde_json::from_slice(&request.body).unwrap();
        let query = operation["query"].as_str().unwrap();
        self.documents.lock().unwrap().push(query.to_owned());
        if let Some(reply) = failure(query) {
            return reply;
        }
        let tenant = &claims["tenant"];
        if query.starts_with("subscription") {
            let event = json!({ "data": { "agreementSigned": tenant } });
            return Reply {
                status: 200,
                headers: vec![("content-type", "text/event-stream".into())],
                body: format!("event: next\ndata: {event}\n\nevent: complete\n\n").into_bytes(),
            };
        }
        let ticket = |id: &Value| {
            json!({
                "__typename": "Ticket", "id": id, "tenant": tenant, "version": 1,
                "parent": null, "related": [],
                "clocks": [{ "name": "resolución", "due": null }], "clocksReadFor": tenant,
            })
        };
        let mut data = json!({
            "whoami": {
                "tenant": tenant, "subject": claims["sub"], "issuer": claims["iss"], "token": token,
                "lifetime": claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
                "headers": request.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect::<Vec<_>>(),
            },
            "ticket": ticket(&json!("tkt_1")),
            "secret": "for operators", "dropTenant": true, "openTicket": ticket(&json!("tkt_2")),
            "agreements": ["oro"],
        });
        if let Some(representations) = operation["variables"]["representations"].as_array() {
            data["_entities"] = representations.iter().map(|r| ticket(&r["id"])).collect();
        }
        Reply::json(200, &json!({ "data": data }))
    }
}

fn failure(query: &str) -> Option<Reply> {
    let error = |message: &str, extensions: Value| {
        let errors = json!([{ "message": message, "path": ["failing"], "extensions": extensions }]);
        Reply::json(
            200,
            &json!({ "data": { "failing": null }, "errors": errors }),
        )
    };
    if query.contains("\"coded\"") {
        let extensions =
            json!({ "code": "CONFLICT", "field": "version", "at": "store/ticket.rs:17" });
        Some(error("Otra persona ha cambiado el ticket.", extensions))
    } else if query.contains("\"uncoded\"") {
        Some(error("psql: password authentication failed", json!({})))
    } else if query.contains("\"internal\"") {
        Some(error(
            "thread panicked at store.rs",
            json!({ "code": "INTERNAL" }),
        ))
    } else if query.contains("\"broken\"") {
        Some(Reply::json(500, &json!("stack trace")))
    } else {
        None
    }
}

/// The claims of a signed caller, verified as the services verify them.
pub fn verify(token: &str) -> Value {
    let keys: JwkSet = serde_json::from_value(jwks()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&["ventanilla"]);
    validation.set_audience(&["graph"]);
    let key = DecodingKey::from_jwk(keys.find("k1").unwrap()).unwrap();
    jsonwebtoken::decode::<Value>(token, &key, &validation)
        .unwrap()
        .claims
}

pub fn jwks() -> Value {
    json!({ "keys": [{
        "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k1", "x": PUBLIC,
    }] })
}

/// Everything a test needs. Dropping it ends the gateway.
pub struct World {
    pub directory: Arc<Directory>,
    pub intake: Arc<Subgraph>,
    pub sla_clock: Arc<Subgraph>,
    pub gateway: Gateway,
    pub http: reqwest::Client,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose gateway has other settings.
    pub fn with(change: impl FnOnce(&mut Value)) -> Self {
        let directory = Arc::new(Directory::default());
        let intake = Arc::new(Subgraph::default());
        let sla_clock = Arc::new(Subgraph::default());
        let at_directory = {
            let directory = Arc::clone(&directory);
            stub::serve(move |request| directory.answer(&request))
        };
        let [at_intake, at_sla_clock] = [&intake, &sla_clock].map(|subgraph| {
            let subgraph = Arc::clone(subgraph);
            stub::serve(move |request| subgraph.answer(&request))
        });
        let mut settings = json!({
            "listen": "127.0.0.1:0",
            "supergraph": Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/supergraph/supergraph.graphql"),
            "subgraphs": {
                "intake": format!("http://{at_intake}/graphql"),
                "sla-clock": format!("http://{at_sla_clock}/graphql"),
            },
            "directory": { "url": format!("http://{at_directory}"), "internal_key": INTERNAL_KEY },
            "signing": { "key": "key.pem", "jwks": "jwks.json", "kid": "k1" },
            "production": true,
        });
        change(&mut settings);
        Self {
            directory,
            intake,
            sla_clock,
            gateway: Gateway::start(&settings, &[]),
            http: client(),
        }
    }

    /// Sends an operation with a bearer token.
    pub async fn ask(&self, token: &str, query: &str) -> Answer {
        self.send(self.post(query).bearer_auth(token)).await
    }

    /// A request without any credential yet.
    pub fn post(&self, query: &str) -> reqwest::RequestBuilder {
        self.http
            .post(self.gateway.url("/graphql"))
            .json(&json!({ "query": query }))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer {
            status,
            headers,
            body,
        }
    }
}

pub fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// What the gateway answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The data of an answer without errors.
    pub fn data(&self) -> &Value {
        assert!(self.body["errors"].is_null(), "{self:?}");
        &self.body["data"]
    }

    /// The code of the first error.
    pub fn code(&self) -> &str {
        let code = self.body["errors"][0]["extensions"]["code"].as_str();
        code.unwrap_or_else(|| panic!("no code in {self:?}"))
    }
}

/// A gateway process.
pub struct Gateway {
    pub child: Child,
    pub stdin: Option<ChildStdin>,
    pub address: SocketAddr,
    _folder: Folder,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Writes settings and keys to a folder of their own.
fn write(settings: &Value) -> Folder {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let folder = std::env::temp_dir().join(format!("gateway-it-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n");
    std::fs::write(folder.join("key.pem"), pem).unwrap();
    std::fs::write(folder.join("jwks.json"), jwks().to_string()).unwrap();
    std::fs::write(folder.join("gateway.json"), settings.to_string()).unwrap();
    Folder(folder)
}

impl Gateway {
    /// Starts one and waits until it is ready.
    pub fn start(settings: &Value, environment: &[(&str, &str)]) -> Self {
        let folder = write(settings);
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("--config")
            .arg(folder.0.join("gateway.json"))
            .arg("--exit-on-stdin-close")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| {
                let line = line.unwrap();
                let address = line.strip_prefix("gateway listening on http://")?;
                Some(address.parse().unwrap())
            })
            .expect("the gateway ended before it listened");
        // Logs must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let gateway = Self {
            stdin: child.stdin.take(),
            child,
            address,
            _folder: folder,
        };
        eventually(|| gateway.raw_get("/readyz").starts_with("HTTP/1.1 200"));
        gateway
    }

    /// What it says about settings it refuses.
    pub fn refuses(settings: &Value) -> String {
        let (accepted, said) = Self::run(settings, &[]);
        assert!(!accepted);
        said
    }

    /// What `--check` says about settings it accepts.
    pub fn check(settings: &Value) -> String {
        let (accepted, said) = Self::run(settings, &["--check"]);
        assert!(accepted, "{said}");
        said
    }

    fn run(settings: &Value, arguments: &[&str]) -> (bool, String) {
        let folder = write(settings);
        let output = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("--config")
            .arg(folder.0.join("gateway.json"))
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends bytes as they are, which a client library would tidy up. Returns all of the answer if the request says
    /// `connection: close`, else its head and what came with it.
    pub fn raw(&self, request: &str) -> String {
        let whole = request.contains("connection: close");
        let mut connection = TcpStream::connect(self.address).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        while whole || !answer.windows(4).any(|w| w == b"\r\n\r\n") {
            let read = connection.read(&mut piece).unwrap();
            if read == 0 {
                break;
            }
            answer.extend_from_slice(&piece[..read]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks for a path as it is written.
    pub fn raw_get(&self, path: &str) -> String {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        ))
    }

    /// Waits until the process ends; returns whether it ended well.
    pub fn ended(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(Instant::now() < deadline, "the gateway did not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
pub fn eventually(mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it never came about");
        std::thread::sleep(Duration::from_millis(20));
    }
}
