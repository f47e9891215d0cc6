//! A virtual host of the broker for one test, and a road to it that can be cut.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::world::client;

/// A virtual host with the exchange of facts. It goes with this value.
pub struct Broker {
    pub url: Url,
    admin: Admin,
    channel: Channel,
    _connection: Connection,
}

impl Broker {
    /// The broker of the environment, else the one that listens where brokers do; none, with word of it, where nobody
    /// answers.
    pub async fn start() -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let url = std::env::var("VENTANILLA_AMQP_URL")
            .unwrap_or("amqp://guest:guest@127.0.0.1:5672/%2f".into());
        let mut url = Url::parse(&url).unwrap();
        let address = format!("{}:{}", url.host_str()?, url.port().unwrap_or(5672));
        if TcpStream::connect(&address).is_err() {
            eprintln!("skipped: no RabbitMQ at {address}");
            return None;
        }
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let vhost = format!("gateway-it-{}-{number}", std::process::id());
        url.set_path(&vhost);
        let admin = Admin::of(&url, vhost);
        admin.create().await;
        let connection = Connection::connect(url.as_str(), ConnectionProperties::default())
            .await
            .unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .unwrap();
        let options = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        channel
            .exchange_declare(
                "facts".into(),
                ExchangeKind::Topic,
                options,
                FieldTable::default(),
            )
            .await
            .unwrap();
        Some(Self {
            url,
            admin,
            channel,
            _connection: connection,
        })
    }

    /// Publishes a fact as directory's relay does; `fact` has what an envelope says besides its type.
    pub async fn tell(&self, kind: &str, mut fact: Value) {
        fact["type"] = json!(kind);
        let body = fact.to_string();
        let confirmed = self.channel.basic_publish(
            "facts".into(),
            format!("live.3.{kind}").into(),
            BasicPublishOptions::default(),
            body.as_bytes(),
            BasicProperties::default(),
        );
        confirmed.await.unwrap().await.unwrap();
    }

    /// Its address by another road.
    pub fn by(&self, road: &Road) -> String {
        let mut url = self.url.clone();
        url.set_port(Some(road.port)).unwrap();
        url.into()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        let port = self.url.port().unwrap_or(5672);
        format!("{}:{port}", self.url.host_str().unwrap())
            .parse()
            .unwrap()
    }

    /// The queues there are, and the routing keys bound to exchanges.
    pub async fn queues(&self) -> (Vec<Value>, Vec<String>) {
        let list = async |what: &str| {
            let answer = self.admin.ask(Method::GET, what, None).await;
            answer.as_array().unwrap().clone()
        };
        let bound = list("bindings").await;
        let mut keys: Vec<String> = bound
            .iter()
            .filter(|binding| binding["source"] == "facts")
            .map(|binding| binding["routing_key"].as_str().unwrap().to_owned())
            .collect();
        keys.sort();
        (list("queues").await, keys)
    }
}

/// RabbitMQ's HTTP API, for one virtual host.
#[derive(Clone)]
struct Admin {
    base: Url,
    vhost: String,
}

impl Admin {
    fn of(amqp: &Url, vhost: String) -> Self {
        let base = std::env::var("VENTANILLA_AMQP_ADMIN_URL").unwrap_or_else(|_| {
            let (user, password) = (amqp.username(), amqp.password().unwrap_or_default());
            let port = amqp.port().unwrap_or(5672) + 10_000;
            format!(
                "http://{user}:{password}@{}:{port}",
                amqp.host_str().unwrap()
            )
        });
        let base = Url::parse(&base).unwrap();
        Self { base, vhost }
    }

    async fn create(&self) {
        self.ask(Method::PUT, "vhosts", Some(json!({}))).await;
        let rights = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        let url = format!("api/permissions/{}/{}", self.vhost, self.base.username());
        let url = self.base.join(&url).unwrap();
        let done = client().put(url).json(&rights).send().await.unwrap();
        assert!(done.status().is_success(), "{}", done.status());
    }

    /// `what` of the virtual host; `vhosts`: itself.
    async fn ask(&self, method: Method, what: &str, body: Option<Value>) -> Value {
        let url = self
            .base
            .join(&format!("api/{what}/{}", self.vhost))
            .unwrap();
        let mut request = client().request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let admin = self.admin.clone();
        // A runtime of its own: the test's cannot be waited for from within.
        let deleting = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(admin.ask(Method::DELETE, "vhosts", None));
        });
        let _ = deleting.join();
    }
}

/// Hands bytes on both ways, until it is cut.
pub struct Road {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    open: bool,
    ends: Vec<TcpStream>,
}

impl Road {
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            open: true,
            ends: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let mut state = shared.lock().unwrap();
                if !state.open {
                    continue;
                }
                let far = TcpStream::connect(target).unwrap();
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let mut from = from.try_clone().unwrap();
                    let mut to = to.try_clone().unwrap();
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
                state.ends.extend([near, far]);
            }
        });
        Self { port, state }
    }

    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.open = false;
        for end in state.ends.drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    pub fn mend(&self) {
        self.state.lock().unwrap().open = true;
    }
}
