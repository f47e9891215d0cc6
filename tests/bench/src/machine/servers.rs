//! The servers that the suite talks to: what they say of themselves, and which processes they are.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use testkit::Suite;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Servers;
use super::processes::{self, Roots};

/// No server here takes longer to say its version.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks all three and finds their processes; and the folder where Postgres keeps its data, as it names it.
pub async fn found(suite: &Suite) -> (Servers, String) {
    let mut servers = Servers::default();
    let (mut roots, mut data) = (Roots::default(), String::new());
    if let Ok(mut owner) = PgConnection::connect(suite.postgres_owner_url()).await {
        servers.postgres = setting(&mut owner, "server_version").await;
        servers.fsync = setting(&mut owner, "fsync").await;
        servers.shared_buffers = setting(&mut owner, "shared_buffers").await;
        servers.max_connections = setting(&mut owner, "max_connections").await;
        data = setting(&mut owner, "data_directory").await;
        roots.postgres = postmaster(&mut owner).await;
    }
    let amqp = suite.amqp_url();
    if let Some(at) = Address::of(&amqp, 5672) {
        roots.rabbitmq = at.process("beam.smp");
        servers.rabbitmq = within(rabbitmq(&at)).await;
    }
    if let Some(at) = Address::of(suite.redis_url(), 6379) {
        roots.redis = at.process("redis").or_else(|| at.process("valkey"));
        servers.redis = within(redis(&at)).await;
    }
    for (name, root) in [
        ("Postgres", roots.postgres),
        ("RabbitMQ", roots.rabbitmq),
        ("Redis", roots.redis),
    ] {
        if root.is_none() {
            servers.unseen.push(name.to_owned());
        }
    }
    processes::remember(roots);
    (servers, data)
}

async fn setting(owner: &mut PgConnection, name: &str) -> String {
    let said = sqlx::query_scalar("SELECT coalesce(current_setting($1, true), '')");
    said.bind(name).fetch_one(owner).await.unwrap_or_default()
}

/// The parent of our own backend. Where the two ends of the connection have different addresses the backend is on another
/// machine or in a container, and its number says nothing here.
async fn postmaster(owner: &mut PgConnection) -> Option<u32> {
    let (pid, here): (i32, bool) = sqlx::query_as(
        "SELECT pg_backend_pid(), coalesce(inet_server_addr() = inet_client_addr(), true)",
    )
    .fetch_one(owner)
    .await
    .ok()?;
    let backend = processes::one(u32::try_from(pid).ok()?)?;
    let postmaster = processes::one(backend.parent)?;
    let are = [&backend, &postmaster]
        .iter()
        .all(|process| process.name == "postgres");
    (here && are).then_some(backend.parent)
}

async fn within(said: impl Future<Output = Option<String>>) -> String {
    let said = tokio::time::timeout(PATIENCE, said).await;
    said.ok().flatten().unwrap_or_default()
}

/// RabbitMQ tells its version before it knows who asks (AMQP 0-9-1, `connection.start`, server properties).
async fn rabbitmq(at: &Address<'_>) -> Option<String> {
    let mut line = at.connect().await?;
    line.write_all(b"AMQP\0\0\x09\x01").await.ok()?;
    // The key, `S` for a long string, its length in four bytes.
    let key = b"\x07versionS\0\0\0";
    let mut read = Vec::new();
    loop {
        let at = read.windows(key.len()).position(|bytes| bytes == key);
        if let Some((length, said)) = at.and_then(|at| read.get(at + key.len()..)?.split_first())
            && let Some(said) = said.get(..usize::from(*length))
        {
            return String::from_utf8(said.to_vec()).ok();
        }
        more(&mut line, &mut read).await?;
    }
}

/// Redis tells it in `INFO server`.
async fn redis(at: &Address<'_>) -> Option<String> {
    let mut line = at.connect().await?;
    let auth = match at.credentials {
        ("", "") => String::new(),
        ("", password) => format!("AUTH {password}\r\n"),
        (user, password) => format!("AUTH {user} {password}\r\n"),
    };
    let asked = format!("{auth}INFO server\r\n");
    line.write_all(asked.as_bytes()).await.ok()?;
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        let behind = text.split_once("redis_version:");
        if let Some((version, _)) = behind.and_then(|(_, behind)| behind.split_once("\r\n")) {
            return Some(version.to_owned());
        }
        more(&mut line, &mut read).await?;
    }
}

/// Reads on; none at the end, and where somebody talks without saying it.
async fn more(line: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let some = line.read_buf(read).await.ok()?;
    (some > 0 && read.len() < 65_536).then_some(())
}

/// Where a server listens.
struct Address<'a> {
    credentials: (&'a str, &'a str),
    host: &'a str,
    port: u16,
}

impl<'a> Address<'a> {
    /// `scheme://user:password@host:port/…`; none where the line is encrypted.
    fn of(url: &'a str, usual: u16) -> Option<Self> {
        let (scheme, behind) = url.split_once("://")?;
        if ["amqps", "rediss"].contains(&scheme) {
            return None;
        }
        let authority = behind.split(['/', '?']).next()?;
        let (credentials, at) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = match at.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (at, usual),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let credentials = credentials.split_once(':').unwrap_or((credentials, ""));
        Some(Self {
            credentials,
            host,
            port,
        })
    }

    async fn connect(&self) -> Option<TcpStream> {
        TcpStream::connect((self.host, self.port)).await.ok()
    }

    /// The process of a program of this name that listens there; none where that is another machine, and where somebody else
    /// listens in its place (a container's proxy).
    fn process(&self, program: &str) -> Option<u32> {
        let here = ["localhost", "127.0.0.1", "::1"].contains(&self.host);
        let pid = here.then(|| processes::listener(self.port)).flatten()?;
        let process = processes::one(pid)?;
        process.name.starts_with(program).then_some(pid)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_read_from_a_url() {
        let at = Address::of("amqp://me:secret@127.0.0.1:5673/some", 5672).unwrap();
        assert_eq!((at.host, at.port), ("127.0.0.1", 5673));
        assert_eq!(at.credentials, ("me", "secret"));
        let at = Address::of("redis://[::1]/0", 6379).unwrap();
        assert_eq!((at.host, at.port, at.credentials), ("::1", 6379, ("", "")));
        assert!(Address::of("amqps://broker", 5672).is_none());
    }
}
