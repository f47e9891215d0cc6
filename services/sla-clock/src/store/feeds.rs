//! Feeds of calendars.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ids::CalendarId;
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::feeds::{Failure, Kept};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    calendar: Uuid,
    name: String,
    url: Option<String>,
    copy: String,
    read_at: DateTime<Utc>,
    tried_at: DateTime<Utc>,
    failure: Option<String>,
    next_at: Option<DateTime<Utc>>,
}

impl Row {
    fn kept(self) -> Result<(CalendarId, Kept), Error> {
        let failure = self.failure.as_deref().map(serde_json::from_str::<Failure>);
        let kept = Kept {
            name: self.name,
            url: self.url,
            copy: serde_json::from_str(&self.copy)?,
            read_at: self.read_at,
            tried_at: self.tried_at,
            failure: failure.transpose()?,
            next_at: self.next_at,
        };
        Ok((CalendarId::from_uuid(self.calendar), kept))
    }
}

/// The feeds of these calendars, each calendar's by name.
pub async fn of(
    tx: &mut Tx,
    calendars: &[CalendarId],
) -> Result<BTreeMap<CalendarId, Vec<Kept>>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT calendar, name, url, copy, read_at, tried_at, failure, next_at FROM calendar_feed \
         WHERE calendar = ANY($1) ORDER BY calendar, name",
    )
    .bind(calendars.iter().map(|c| c.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut all: BTreeMap<CalendarId, Vec<Kept>> = BTreeMap::new();
    for row in rows {
        let (calendar, kept) = row.kept()?;
        all.entry(calendar).or_default().push(kept);
    }
    Ok(all)
}

/// Which closed dates of each version of a calendar are feeds'.
pub async fn fed(
    tx: &mut Tx,
    calendar: CalendarId,
) -> Result<BTreeMap<i32, BTreeSet<NaiveDate>>, Error> {
    let rows: Vec<(i32, Vec<NaiveDate>)> =
        sqlx::query_as("SELECT version, fed FROM calendar_version WHERE calendar = $1")
            .bind(calendar.uuid())
            .fetch_all(tx.conn())
            .await?;
    Ok(rows
        .into_iter()
        .map(|(version, dates)| (version, dates.into_iter().collect()))
        .collect())
}

/// Notes which closed dates of a version that was just written are feeds'.
pub async fn note_fed(
    tx: &mut Tx,
    calendar: CalendarId,
    version: i32,
    fed: &BTreeSet<NaiveDate>,
) -> Result<(), Error> {
    sqlx::query("UPDATE calendar_version SET fed = $3 WHERE calendar = $1 AND version = $2")
        .bind(calendar.uuid())
        .bind(version)
        .bind(fed.iter().copied().collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes a feed, a new one or another copy of a known one.
pub async fn save(tx: &mut Tx, calendar: CalendarId, feed: &Kept) -> Result<(), Error> {
    let failure = feed.failure.as_ref().map(serde_json::to_string);
    sqlx::query(
        "INSERT INTO calendar_feed (calendar, name, url, copy, read_at, tried_at, failure, next_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (calendar, name) DO UPDATE SET url = excluded.url, copy = excluded.copy, \
         read_at = excluded.read_at, tried_at = excluded.tried_at, failure = excluded.failure, next_at = excluded.next_at",
    )
    .bind(calendar.uuid())
    .bind(&feed.name)
    .bind(&feed.url)
    .bind(serde_json::to_string(&feed.copy)?)
    .bind(feed.read_at)
    .bind(feed.tried_at)
    .bind(failure.transpose()?)
    .bind(feed.next_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a feed away; false if there is none of that name.
pub async fn remove(tx: &mut Tx, calendar: CalendarId, name: &str) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM calendar_feed WHERE calendar = $1 AND name = $2")
        .bind(calendar.uuid())
        .bind(name)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// At most so many feeds that are due, put off by `again`: another replica that looks meanwhile finds none of them.
pub async fn claim(
    tx: &mut Tx,
    now: DateTime<Utc>,
    again: TimeDelta,
    most: i64,
) -> Result<Vec<(CalendarId, Kept)>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "UPDATE calendar_feed SET next_at = $2 WHERE (calendar, name) IN \
           (SELECT calendar, name FROM calendar_feed WHERE next_at <= $1 ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
         RETURNING calendar, name, url, copy, read_at, tried_at, failure, next_at",
    )
    .bind(now)
    .bind(now + again)
    .bind(most)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Row::kept).collect()
}
