//! Which facts are committed, and which are taken in: seen in the databases, of all tickets of a tenant that are under way at
//! once.
//!
//! A commit is seen in the publisher's own rows: a ticket in intake's, a clock in sla-clock's. Routing assigns a ticket in the
//! transaction in which it takes it in, so that its fact is committed when it has heard of the ticket. A fact is taken in when
//! the hearer's inbox has its subject. Both are seen a look late at most; what takes less than a look counts as one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clock::{Clock as _, SystemClock};
use e2e::Installation;
use events::Publisher;
use ids::{ClockId, TicketId};
use messaging::{Subscription, TOPOLOGY};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

/// How often is looked: the figures are exact to so much.
const LOOK: Duration = Duration::from_millis(4);
/// Whose facts are followed.
const PUBLISHERS: [Publisher; 3] = [Publisher::Intake, Publisher::Routing, Publisher::SlaClock];
/// Ids carry the millisecond at which they were made. A row that is not committed so long after that, milliseconds, is not
/// followed.
const RECENT: i64 = 3_000;

/// Milliseconds of every way from a publisher to a hearer.
pub type Took = BTreeMap<(&'static str, &'static str), Vec<f64>>;

/// Rows that are there once something is committed.
struct Own {
    /// Their ids, of those behind `$1`.
    sql: String,
    /// An id as the subject of its facts.
    subject: fn(Uuid) -> String,
}

/// A service that publishes or hears, or both.
struct Watched {
    service: &'static str,
    database: PgConnection,
    /// Its own rows, if it has some that are looked for.
    own: Option<Own>,
    /// Those of sources `$1` and subjects `$2` that its inbox has.
    inbox: String,
    /// Whom it hears.
    hears: Vec<&'static str>,
    /// What is committed and was not heard yet, and when it was committed.
    pending: HashMap<(&'static str, String), Instant>,
}

/// All of them.
pub struct Follower {
    watched: Vec<Watched>,
    /// What was seen to be committed: publisher and subject.
    seen: HashSet<(&'static str, String)>,
    took: Took,
}

impl Follower {
    /// For the tickets of a tenant that are opened from now on.
    pub async fn open(at: &Installation, slug: &str) -> anyhow::Result<Self> {
        let mut directory = PgConnection::connect(&at.suite.database_url("directory")).await?;
        let (tenant, provider): (Uuid, Uuid) =
            sqlx::query_as("SELECT id, provider FROM platform.tenant WHERE slug = $1")
                .bind(slug)
                .fetch_one(&mut directory)
                .await?;
        directory.close().await?;
        let mut watched = Vec::new();
        for row in TOPOLOGY {
            let one = Watched::open(at, row, (tenant, provider)).await?;
            watched.extend((!one.hears.is_empty()).then_some(one));
        }
        // A way that no fact takes is to be seen as well.
        let ways = watched
            .iter()
            .flat_map(|one| one.hears.iter().map(|of| (*of, one.service)));
        Ok(Self {
            took: ways.map(|way| (way, Vec::new())).collect(),
            watched,
            seen: HashSet::new(),
        })
    }

    /// Follows while the work is done; what was heard until then.
    pub async fn beside<T>(
        &mut self,
        work: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<(T, Took)> {
        // What was there before is not followed.
        let began = SystemClock.now().timestamp_millis();
        let mut work = Box::pin(work);
        loop {
            tokio::select! {
                done = &mut work => {
                    return Ok((done?, std::mem::take(&mut self.took)));
                }
                () = tokio::time::sleep(LOOK) => {}
            }
            self.look(began.max(SystemClock.now().timestamp_millis() - RECENT))
                .await?;
        }
    }

    /// Looks once everywhere. What was made before `since`, milliseconds since 1970, is not new.
    async fn look(&mut self, since: i64) -> anyhow::Result<()> {
        // A UUIDv7 begins with its 48 bits of milliseconds.
        let since = Uuid::from_u128(u128::from(since.unsigned_abs()) << 80);
        let looks = self.watched.iter_mut().map(|one| one.look(since));
        for seen in futures::future::try_join_all(looks).await? {
            self.committed(seen.service, seen.own, seen.at);
            for (way, subject, took) in seen.heard {
                self.took.entry(way).or_default().push(took);
                // See above: an assignment is announced with it.
                if way == ("intake", "routing") {
                    self.committed("routing", vec![subject], seen.at);
                }
            }
        }
        Ok(())
    }

    fn committed(&mut self, publisher: &'static str, subjects: Vec<String>, at: Instant) {
        for subject in subjects {
            if !self.seen.insert((publisher, subject.clone())) {
                continue;
            }
            for hearer in &mut self.watched {
                if hearer.hears.contains(&publisher) {
                    hearer.pending.insert((publisher, subject.clone()), at);
                }
            }
        }
    }
}

/// What a look at a service found.
struct Seen {
    service: &'static str,
    at: Instant,
    own: Vec<String>,
    /// The way, the subject, and the milliseconds it took.
    heard: Vec<((&'static str, &'static str), String, f64)>,
}

impl Watched {
    async fn open(
        at: &Installation,
        row: &'static Subscription,
        (tenant, provider): (Uuid, Uuid),
    ) -> anyhow::Result<Self> {
        let service = row.service;
        let own_schema = format!("t_{}", tenant.simple());
        // Routing's part of a tenant is in its provider's schema.
        let inbox = match service {
            "routing" => format!("p_{}", provider.simple()),
            _ => own_schema.clone(),
        };
        let own = |table: &str, subject| Own {
            sql: format!("SELECT id FROM {own_schema}.{table} WHERE id > $1"),
            subject,
        };
        let own = match service {
            "intake" => Some(own("ticket", |id| TicketId::from_uuid(id).to_string())),
            "sla-clock" => Some(own("clock", |id| ClockId::from_uuid(id).to_string())),
            _ => None,
        };
        let url = at.suite.database_url(&service.replace('-', "_"));
        let heard = PUBLISHERS.iter().filter(|of| row.hears.contains(of));
        Ok(Self {
            service,
            database: PgConnection::connect(&url).await?,
            own,
            inbox: format!(
                "SELECT i.source, i.subject FROM unnest($1::text[], $2::text[]) AS k (source, subject) \
                 JOIN {inbox}.inbox i ON i.source = k.source AND i.subject = k.subject"
            ),
            hears: heard.map(|of| of.source()).collect(),
            pending: HashMap::new(),
        })
    }

    async fn look(&mut self, since: Uuid) -> anyhow::Result<Seen> {
        let mut own = Vec::new();
        if let Some(rows) = &self.own {
            let ids: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(rows.sql.as_str()))
                .bind(since)
                .fetch_all(&mut self.database)
                .await?;
            own = ids.into_iter().map(rows.subject).collect();
        }
        let (sources, subjects): (Vec<&str>, Vec<&str>) = self
            .pending
            .keys()
            .map(|(source, subject)| (*source, subject.as_str()))
            .unzip();
        let mut found: Vec<(String, String)> = Vec::new();
        if !sources.is_empty() {
            found = sqlx::query_as(AssertSqlSafe(self.inbox.as_str()))
                .bind(sources)
                .bind(subjects)
                .fetch_all(&mut self.database)
                .await?;
        }
        let at = Instant::now();
        let mut heard = Vec::new();
        for (source, subject) in found {
            let known = self.hears.iter().copied().find(|name| *name == source);
            let publisher = known.context(source)?;
            let Some(committed) = self.pending.remove(&(publisher, subject.clone())) else {
                continue;
            };
            let took = at.saturating_duration_since(committed).as_secs_f64() * 1e3;
            heard.push(((publisher, self.service), subject, took));
        }
        Ok(Seen {
            service: self.service,
            at,
            own,
            heard,
        })
    }
}
