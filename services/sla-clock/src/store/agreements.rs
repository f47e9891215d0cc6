//! Calendars and agreements with their versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use business_time::{Calendar, CalendarSpec};
use chrono::{DateTime, Utc};
use events::Word as _;
use ids::{AgreementId, CalendarId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use super::books::Calendars;
use super::{desks, standby, word};
use crate::domain::agreement::{Agreement, Dated, Kind, Terms};
use crate::domain::hours_of::{Desk, Given};
use crate::domain::rulebook::Rulebook;
use crate::domain::standby::Scheme;
use crate::error::Error;

/// A calendar with its versions, the oldest first.
#[derive(Debug, Clone)]
pub struct KeptCalendar {
    /// Its id.
    pub id: CalendarId,
    /// Its name.
    pub name: String,
    /// Its versions, in the order in which they became valid.
    pub versions: Arc<[Dated]>,
}

impl KeptCalendar {
    /// The highest version's number.
    pub fn latest(&self) -> i32 {
        self.versions.iter().map(|v| v.version).max().unwrap_or(0)
    }
}

/// One version of an agreement, with the calendar it names.
#[derive(Debug, Clone)]
pub struct KeptAgreement {
    /// Ready to judge by.
    pub agreement: Agreement,
    /// Its calendar.
    pub calendar: CalendarId,
}

/// Everything that a tenant's clocks are judged by.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// How many edits are in it.
    pub version: i64,
    /// By name.
    pub calendars: Vec<KeptCalendar>,
    /// Every version of every agreement, by attach order and version.
    pub versions: Vec<KeptAgreement>,
    /// Calendars that were given to groups, applications and countries, in the order of the book.
    pub given: Vec<Given>,
    /// What was said of the standby, in the order of the book.
    pub schemes: Vec<Scheme>,
}

impl Book {
    /// The calendars, and whom they are given to.
    pub fn desk(&self) -> Desk {
        let calendars = self.calendars.iter().map(|c| (c.id, c.versions.clone()));
        Desk::new(
            calendars.collect(),
            self.given.clone(),
            self.schemes.clone(),
        )
    }

    /// The versions of a calendar; none if there is no such one.
    pub fn hours_of(&self, calendar: CalendarId) -> Arc<[Dated]> {
        let kept = self.calendars.iter().find(|c| c.id == calendar);
        kept.map(|c| c.versions.clone()).unwrap_or_default()
    }

    /// To judge by.
    pub fn rulebook(&self) -> Rulebook {
        let agreements = self.versions.iter().map(|v| v.agreement.clone());
        Rulebook::new(self.version, agreements.collect(), self.desk())
    }
}

#[derive(sqlx::FromRow)]
struct HoursRow {
    calendar: Uuid,
    name: String,
    version: i32,
    since: i64,
    valid_from: DateTime<Utc>,
    spec: String,
}

#[derive(sqlx::FromRow)]
struct AgreementRow {
    id: Uuid,
    name: String,
    kind: String,
    position: i32,
    archived_at: Option<DateTime<Utc>>,
    version: i32,
    since: i64,
    valid_from: DateTime<Utc>,
    calendar: Uuid,
    terms: String,
}

/// Reads a tenant's book as the transaction sees it.
pub async fn book(tx: &mut Tx, tenant: TenantId, compiled: &Calendars) -> Result<Book, Error> {
    let version = sqlx::query_scalar("SELECT version FROM book")
        .fetch_one(tx.conn())
        .await?;
    let rows: Vec<HoursRow> = sqlx::query_as(
        "SELECT v.calendar, c.name, v.version, v.since, v.valid_from, v.spec FROM calendar_version v \
         JOIN calendar c ON c.id = v.calendar ORDER BY c.name, v.valid_from, v.version",
    )
    .fetch_all(tx.conn())
    .await?;
    let mut calendars: Vec<(CalendarId, String, Vec<Dated>)> = Vec::new();
    for row in rows {
        let id = CalendarId::from_uuid(row.calendar);
        let key = (tenant, id, row.version);
        let calendar = if let Some(calendar) = compiled.get(key, &row.spec) {
            calendar
        } else {
            let calendar = compile(&row.spec)?;
            compiled.put(key, row.spec, calendar.clone());
            calendar
        };
        let dated = Dated {
            id,
            version: row.version,
            since: row.since,
            valid_from: row.valid_from,
            calendar,
        };
        match calendars.last_mut() {
            Some((last, _, versions)) if *last == id => versions.push(dated),
            _ => calendars.push((id, row.name, vec![dated])),
        }
    }
    let calendars: Vec<KeptCalendar> = calendars
        .into_iter()
        .map(|(id, name, versions)| KeptCalendar {
            id,
            name,
            versions: versions.into(),
        })
        .collect();
    if calendars.is_empty() {
        return Ok(Book {
            version,
            ..Book::default()
        });
    }
    let hours: BTreeMap<CalendarId, Arc<[Dated]>> = calendars
        .iter()
        .map(|c| (c.id, c.versions.clone()))
        .collect();
    let rows: Vec<AgreementRow> = sqlx::query_as(
        "SELECT a.id, a.name, a.kind, a.position, a.archived_at, v.version, v.since, v.valid_from, v.calendar, v.terms \
         FROM agreement a JOIN agreement_version v ON v.agreement = a.id ORDER BY a.position, a.id, v.version",
    )
    .fetch_all(tx.conn())
    .await?;
    let versions = rows
        .into_iter()
        .map(|row| {
            let terms: Terms = serde_json::from_str(&row.terms)?;
            let calendar = CalendarId::from_uuid(row.calendar);
            let agreement = Agreement {
                id: AgreementId::from_uuid(row.id),
                name: row.name.into(),
                kind: word("kind", &row.kind)?,
                version: row.version,
                since: row.since,
                valid_from: row.valid_from,
                archived_at: row.archived_at,
                position: row.position,
                terms: Arc::new(terms),
                hours: hours.get(&calendar).cloned().unwrap_or_default(),
            };
            Ok(KeptAgreement {
                agreement,
                calendar,
            })
        })
        .collect::<Result<_, Error>>()?;
    Ok(Book {
        version,
        calendars,
        versions,
        given: desks::given(tx).await?,
        schemes: standby::schemes(tx).await?,
    })
}

/// A version as it was written, with the edition of the holiday data that it names; one from before editions were kept names none,
/// and counts by the one that there was then.
fn compile(spec: &str) -> Result<Calendar, Error> {
    let spec_read: CalendarSpec = serde_json::from_str(spec)?;
    Calendar::try_from(spec_read).map_err(|_| Error::Unreadable {
        column: "spec",
        value: spec.to_owned(),
    })
}

/// Adds a calendar without versions; false if the name is taken.
pub async fn add_calendar(
    tx: &mut Tx,
    id: CalendarId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO calendar (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
    )
    .bind(id.uuid())
    .bind(name)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds a version of a calendar.
pub async fn add_calendar_version(
    tx: &mut Tx,
    id: CalendarId,
    version: i32,
    valid_from: DateTime<Utc>,
    spec: &CalendarSpec,
) -> Result<(), Error> {
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1 RETURNING version) \
         INSERT INTO calendar_version (calendar, version, valid_from, spec, since) \
         SELECT $1, $2, $3, $4, version FROM edited",
    )
    .bind(id.uuid())
    .bind(version)
    .bind(valid_from)
    .bind(serde_json::to_string(spec)?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds an agreement without versions, last in the attach order unless a position is given; false if the name is taken.
pub async fn add_agreement(
    tx: &mut Tx,
    id: AgreementId,
    (kind, name): (Kind, &str),
    position: Option<i32>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO agreement (id, name, position, created_at, kind) \
         VALUES ($1, $2, coalesce($3, (SELECT coalesce(max(position), 0) + 1 FROM agreement)), $4, $5) \
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(id.uuid())
    .bind(name)
    .bind(position)
    .bind(now)
    .bind(kind.word())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Adds a version of an agreement.
pub async fn add_agreement_version(
    tx: &mut Tx,
    id: AgreementId,
    version: i32,
    valid_from: DateTime<Utc>,
    calendar: CalendarId,
    terms: &Terms,
) -> Result<(), Error> {
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1 RETURNING version) \
         INSERT INTO agreement_version (agreement, version, valid_from, calendar, terms, since) \
         SELECT $1, $2, $3, $4, $5, version FROM edited",
    )
    .bind(id.uuid())
    .bind(version)
    .bind(valid_from)
    .bind(calendar.uuid())
    .bind(serde_json::to_string(terms)?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Moves an agreement in the attach order.
pub async fn move_agreement(tx: &mut Tx, id: AgreementId, position: i32) -> Result<(), Error> {
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1) \
         UPDATE agreement SET position = $2 WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(position)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Archives an agreement; already so stays as it was.
pub async fn archive_agreement(
    tx: &mut Tx,
    id: AgreementId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1) \
         UPDATE agreement SET archived_at = coalesce(archived_at, $2) WHERE id = $1",
    )
    .bind(id.uuid())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}
