//! A fact, from the request that brings it about to every service that hears it, at 200 facts a second.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::Installation;
use events::Publisher;
use ids::{GlobalId, TicketId};
use messaging::TOPOLOGY;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use super::ticket_page::some_tickets;
use super::{body, drained, post, slug};
use crate::load::Pressure;
use crate::report::{Better, Report, Row};

const NOTE: &str =
    "mutation($i: AddNoteInput!) { addNote(input: $i) { ticket { version } problems { code } } }";
const OPEN: &str =
    "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } problems { code } } }";
/// Facts a second meanwhile: a note is one fact.
const RATE: u32 = 200;
/// Tickets that are followed.
const LOOKS: usize = 150;
/// How often is looked: the figures are exact to so much, and too high rather than too low.
const LOOK: Duration = Duration::from_millis(2);
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service that hears of tickets, and where it notes what it has taken in.
struct Hearer {
    service: &'static str,
    database: PgConnection,
    sql: String,
    took: Vec<f64>,
}

impl Hearer {
    async fn open(
        at: &Installation,
        service: &'static str,
        (tenant, provider): (Uuid, Uuid),
    ) -> anyhow::Result<Self> {
        let url = at.suite.database_url(&service.replace('-', "_"));
        // Routing's part of a tenant is in its provider's schema.
        let schema = match service {
            "routing" => format!("p_{}", provider.simple()),
            _ => format!("t_{}", tenant.simple()),
        };
        Ok(Self {
            service,
            database: PgConnection::connect(&url).await?,
            sql: format!(
                "SELECT EXISTS (SELECT 1 FROM {schema}.inbox WHERE source = 'intake' AND subject = $1)"
            ),
            took: Vec::new(),
        })
    }

    async fn hears(&mut self, subject: &str, since: Instant) -> anyhow::Result<()> {
        loop {
            let heard: bool = sqlx::query_scalar(AssertSqlSafe(self.sql.as_str()))
                .bind(subject)
                .fetch_one(&mut self.database)
                .await?;
            if heard {
                self.took.push(since.elapsed().as_secs_f64() * 1e3);
                return Ok(());
            }
            ensure!(
                since.elapsed() < PATIENCE,
                "{} never heard of {subject}",
                self.service
            );
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Median and 99th percentile from the request to the commit of every service that hears tickets, while others write too.
pub async fn propagation(at: &Installation, report: &mut Report) -> anyhow::Result<()> {
    let tickets = some_tickets(at).await?;
    drained(at).await?;
    let bodies: Vec<_> = tickets
        .iter()
        .map(|(token, slug, id)| {
            let input = json!({"i": {"ticket": id, "body": "Nota %ID%."}});
            body(token, slug, NOTE, &input)
        })
        .collect();
    let pressure = Pressure {
        connections: 16,
        seconds: 30,
        rest_ms: 16_000 / RATE,
    };
    let (outcome, hearers) = tokio::join!(post(&at.url, &bodies, pressure), follow(at));
    let (outcome, hearers) = (outcome?, hearers?);
    ensure!(
        outcome.failed == 0,
        "requests failed: the figures say nothing"
    );
    for mut hearer in hearers {
        hearer.took.sort_by(f64::total_cmp);
        let last = hearer.took.len().checked_sub(1).context("no looks")?;
        let quantile = |share: f64| {
            hearer
                .took
                .get((last as f64 * share).round() as usize)
                .copied()
        };
        let row = Row {
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            ..Row::new(
                format!("a fact from its request to {}", hearer.service),
                quantile(0.5).unwrap_or_default(),
                "ms",
                Better::Lower,
            )
        };
        let note = format!("{:.0} other facts/s meanwhile", outcome.per_second);
        report.add(row.note(note));
    }
    Ok(())
}

async fn follow(at: &Installation) -> anyhow::Result<Vec<Hearer>> {
    let slug = slug(0);
    let requester = at.token(&slug, "requester").await?;
    let mut directory = PgConnection::connect(&at.suite.database_url("directory")).await?;
    let whose: (Uuid, Uuid) =
        sqlx::query_as("SELECT id, provider FROM platform.tenant WHERE slug = $1")
            .bind(&slug)
            .fetch_one(&mut directory)
            .await?;
    let mut hearers = Vec::new();
    for row in TOPOLOGY {
        if row.hears.contains(&Publisher::Intake) {
            hearers.push(Hearer::open(at, row.service, whose).await?);
        }
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let ends = Instant::now() + Duration::from_secs(24);
    for _ in 0..LOOKS {
        if Instant::now() >= ends {
            break;
        }
        let input = json!({"i": {"subject": "Medida", "impactInternal": "LOW", "urgency": "LOW"}});
        // From the request on: the commit is somewhere between it and its answer, and the figures are rather too high.
        let since = Instant::now();
        let opened = at.data(&requester, Some(&slug), OPEN, input).await?;
        let id = opened["openTicket"]["ticket"]["id"].as_str();
        let id: GlobalId<TicketId> = id.context("no ticket")?.parse()?;
        let subject = id.id.to_string();
        let all = hearers.iter_mut().map(|h| h.hears(&subject, since));
        futures::future::try_join_all(all).await?;
    }
    Ok(hearers)
}
