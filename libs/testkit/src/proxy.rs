//! A network that is slow, or breaks.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

/// Stands between a client and a server: delays every byte in each direction, cuts all connections, refuses new ones.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: Arc<Mutex<String>>,
    delay: Arc<Mutex<Duration>>,
    /// Counts the cuts.
    cuts: watch::Sender<u64>,
    accepting: Arc<Mutex<bool>>,
    listener: JoinHandle<()>,
}

impl Proxy {
    /// Forwards to `target` (`host:port`), without delay at first.
    pub async fn start(target: &str) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .context("a port for the proxy")?;
        let address = listener.local_addr()?;
        let target = Arc::new(Mutex::new(target.to_owned()));
        let delay = Arc::new(Mutex::new(Duration::ZERO));
        let accepting = Arc::new(Mutex::new(true));
        let (cuts, _) = watch::channel(0);
        let listener = tokio::spawn(listen(
            listener,
            target.clone(),
            delay.clone(),
            accepting.clone(),
            cuts.clone(),
        ));
        Ok(Self {
            address,
            target,
            delay,
            cuts,
            accepting,
            listener,
        })
    }

    /// In front of the server that `url` names; gives the proxy and the URL that leads through it.
    pub async fn before(url: &str) -> anyhow::Result<(Self, String)> {
        let parsed = reqwest::Url::parse(url).context("a server's URL")?;
        let host = parsed.host_str().context("a host")?;
        let usual = match parsed.scheme() {
            "amqp" => 5672,
            "redis" => 6379,
            _ => 5432,
        };
        let target = format!("{host}:{}", parsed.port().unwrap_or(usual));
        let proxy = Self::start(&target).await?;
        // Not through `Url`: it would write a virtual host's %2f and an empty user in its own way.
        let (before, after) = url
            .split_once(&target)
            .or_else(|| url.split_once(host))
            .context("the host in the URL")?;
        let through = format!("{before}{}{after}", proxy.address);
        Ok((proxy, through))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on new connections lead to `target` (`host:port`); open ones stay where they lead.
    pub fn turn(&self, target: &str) {
        target.clone_into(&mut lock(&self.target));
    }

    /// From now on every byte arrives this much later, in each direction. Order and throughput stay as they are.
    pub fn delay(&self, by: Duration) {
        *lock(&self.delay) = by;
    }

    /// Breaks every open connection; new ones are accepted.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Breaks every open connection and closes new ones at once, until [`Proxy::mend`].
    pub fn sever(&self) {
        *lock(&self.accepting) = false;
        self.cut();
    }

    /// Accepts connections again.
    pub fn mend(&self) {
        *lock(&self.accepting) = true;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
        self.cut();
    }
}

/// A panic elsewhere does not make a duration wrong.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn listen(
    listener: TcpListener,
    target: Arc<Mutex<String>>,
    delay: Arc<Mutex<Duration>>,
    accepting: Arc<Mutex<bool>>,
    cuts: watch::Sender<u64>,
) {
    while let Ok((client, _)) = listener.accept().await {
        if !*lock(&accepting) {
            continue;
        }
        let mut cut = cuts.subscribe();
        let (target, delay) = (lock(&target).clone(), delay.clone());
        tokio::spawn(async move {
            let Ok(server) = TcpStream::connect(&target).await else {
                return;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::select! {
                () = carry(from_client, to_server, delay.clone()) => {}
                () = carry(from_server, to_client, delay) => {}
                _ = cut.changed() => {}
            }
        });
    }
}

/// Reads at once and writes when the bytes' time has come, so that a delay does not narrow the line.
async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    delay: Arc<Mutex<Duration>>,
) {
    let (send, mut receive) = mpsc::channel::<(Instant, Vec<u8>)>(4096);
    let read = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = from.read(&mut buffer).await {
            let due = Instant::now() + *lock(&delay);
            if send.send((due, buffer[..n].to_vec())).await.is_err() {
                break;
            }
        }
    };
    let write = async move {
        while let Some((due, bytes)) = receive.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(read, write);
}
