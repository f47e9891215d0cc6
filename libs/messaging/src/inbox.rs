//! The inbox: one row per (source, subject) with the last sequence that was taken in, and `waiting` for what came
//! before its turn. Every statement is for the whole batch.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::Row;
use tenancy::Conn;

use crate::scope::Key;

/// What a sequence counts within.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub source: String,
    pub subject: String,
}

/// How far a subject is.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stand {
    pub last: i64,
    pub waits: bool,
}

/// A row of `waiting` to be written.
pub(crate) struct Early {
    pub subject: Subject,
    pub sequence: i64,
    pub lane: &'static str,
    pub body: String,
    /// It was put aside for the operator; those behind it wait for that, and nobody asks for a resend.
    pub parked: bool,
}

/// A subject that waits, as the sweep sees it.
pub(crate) struct Stuck {
    pub subject: Subject,
    pub last: i64,
    pub next: i64,
    pub count: i64,
    pub old: bool,
    pub next_parked: bool,
    pub lane: String,
    pub body: String,
}

struct Sql {
    stand: &'static str,
    early: &'static str,
    advance: &'static str,
    store: &'static str,
    clear: &'static str,
    stuck: &'static str,
    reached: &'static str,
}

macro_rules! statements {
    ($schema:literal) => {
        Sql {
            // One look by key for each, whatever Postgres expects there to be: an EXISTS would be looked up among all that waits.
            stand: concat!(
                "SELECT coalesce((SELECT i.sequence FROM ", $schema, "inbox i ",
                "WHERE i.source = k.source AND i.subject = k.subject), 0) AS last, ",
                "(SELECT true FROM ", $schema, "waiting w WHERE w.source = k.source AND w.subject = k.subject LIMIT 1) ",
                "IS NOT NULL AS waits ",
                "FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (source, subject, at) ORDER BY k.at"
            ),
            early: concat!(
                "SELECT w.source, w.subject, w.sequence, w.lane, w.body, w.parked FROM unnest($1::text[], $2::text[]) ",
                "AS k (source, subject) JOIN ", $schema, "waiting w ON w.source = k.source AND w.subject = k.subject ",
                "ORDER BY w.source, w.subject, w.sequence LIMIT $3"
            ),
            advance: concat!(
                "INSERT INTO ", $schema, "inbox AS i (source, subject, sequence, at) ",
                "SELECT source, subject, sequence, at FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[]) ",
                "AS k (source, subject, sequence, at) ON CONFLICT (source, subject) ",
                "DO UPDATE SET sequence = excluded.sequence, at = excluded.at WHERE i.sequence < excluded.sequence"
            ),
            store: concat!(
                "INSERT INTO ", $schema, "waiting AS w (source, subject, sequence, lane, body, since, parked) ",
                "SELECT source, subject, sequence, lane, body, now(), parked ",
                "FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bool[]) ",
                "AS k (source, subject, sequence, lane, body, parked) ON CONFLICT (source, subject, sequence) ",
                "DO UPDATE SET parked = true WHERE excluded.parked AND NOT w.parked"
            ),
            clear: concat!(
                "DELETE FROM ", $schema, "waiting w USING unnest($1::text[], $2::text[], $3::bigint[]) ",
                "AS k (source, subject, sequence) ",
                "WHERE w.source = k.source AND w.subject = k.subject AND w.sequence <= k.sequence"
            ),
            stuck: concat!(
                "SELECT w.source, w.subject, coalesce(i.sequence, 0) AS last, min(w.sequence) AS next, count(*) AS count, ",
                "min(w.since) <= now() - interval '30 seconds' AS old, ",
                "(array_agg(w.parked ORDER BY w.sequence))[1] AS next_parked, ",
                "(array_agg(w.lane ORDER BY w.sequence))[1] AS lane, ",
                "(array_agg(w.body ORDER BY w.sequence))[1] AS body FROM ", $schema, "waiting w LEFT JOIN ", $schema,
                "inbox i ON i.source = w.source AND i.subject = w.subject ",
                "GROUP BY w.source, w.subject, i.sequence ORDER BY w.source, w.subject LIMIT 1000"
            ),
            reached: concat!(
                "SELECT k.sequence AS wanted, coalesce(i.sequence, 0) AS last, i.at ",
                "FROM unnest($2::text[], $3::bigint[]) AS k (subject, sequence) LEFT JOIN ", $schema,
                "inbox i ON i.source = $1 AND i.subject = k.subject"
            ),
        }
    };
}

/// Tables of a tenant or provider are found by `search_path`.
static OWN: Sql = statements!("");
static PLATFORM: Sql = statements!("platform.");

fn sql(key: Key) -> &'static Sql {
    match key {
        Key::Tenant(_) | Key::Provider(_) => &OWN,
        Key::Platform => &PLATFORM,
    }
}

fn columns<'a>(subjects: impl Iterator<Item = &'a Subject>) -> (Vec<&'a str>, Vec<&'a str>) {
    subjects
        .map(|one| (one.source.as_str(), one.subject.as_str()))
        .unzip()
}

/// How far each of these subjects is, in their order.
pub(crate) async fn stand(
    connection: &mut Conn,
    key: Key,
    subjects: &[Subject],
) -> Result<Vec<Stand>, sqlx::Error> {
    let (sources, names) = columns(subjects.iter());
    let rows = sqlx::query(sql(key).stand)
        .bind(sources)
        .bind(names)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Stand {
                last: row.try_get("last")?,
                waits: row.try_get("waits")?,
            })
        })
        .collect()
}

/// A row of `waiting`.
pub(crate) struct EarlyRow {
    pub subject: Subject,
    pub sequence: i64,
    pub lane: String,
    pub body: String,
    pub parked: bool,
}

/// What waits of these subjects, at most `most` rows.
pub(crate) async fn early(
    connection: &mut Conn,
    key: Key,
    subjects: &[&Subject],
    most: i64,
) -> Result<Vec<EarlyRow>, sqlx::Error> {
    let (sources, names) = columns(subjects.iter().copied());
    let rows = sqlx::query(sql(key).early)
        .bind(sources)
        .bind(names)
        .bind(most)
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(EarlyRow {
                subject: Subject {
                    source: row.try_get("source")?,
                    subject: row.try_get("subject")?,
                },
                sequence: row.try_get("sequence")?,
                lane: row.try_get("lane")?,
                body: row.try_get("body")?,
                parked: row.try_get("parked")?,
            })
        })
        .collect()
}

/// Moves subjects on to their new last sequence. The number of rows that moved: fewer than asked means that somebody
/// else took the same facts in meanwhile.
pub(crate) async fn advance(
    connection: &mut Conn,
    key: Key,
    moved: &HashMap<&Subject, (i64, DateTime<Utc>)>,
) -> Result<u64, sqlx::Error> {
    // In one order everywhere, so that two of us can never wait for each other's rows.
    let mut moved: Vec<_> = moved.iter().collect();
    moved.sort_by_key(|(subject, _)| **subject);
    let (sources, names) = columns(moved.iter().map(|(subject, _)| **subject));
    let (sequences, times): (Vec<i64>, Vec<DateTime<Utc>>) =
        moved.iter().map(|(_, stand)| **stand).unzip();
    let done = sqlx::query(sql(key).advance)
        .bind(sources)
        .bind(names)
        .bind(sequences)
        .bind(times)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Keeps what came before its turn.
pub(crate) async fn store(
    connection: &mut Conn,
    key: Key,
    rows: &[Early],
) -> Result<(), sqlx::Error> {
    let (sources, names) = columns(rows.iter().map(|row| &row.subject));
    sqlx::query(sql(key).store)
        .bind(sources)
        .bind(names)
        .bind(rows.iter().map(|row| row.sequence).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.lane).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.body.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.parked).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes what was waiting up to the new last sequence.
pub(crate) async fn clear(
    connection: &mut Conn,
    key: Key,
    upto: &[(&Subject, i64)],
) -> Result<(), sqlx::Error> {
    let (sources, names) = columns(upto.iter().map(|(subject, _)| *subject));
    sqlx::query(sql(key).clear)
        .bind(sources)
        .bind(names)
        .bind(upto.iter().map(|(_, last)| *last).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Every subject that has something waiting (at most 1,000).
pub(crate) async fn stuck(connection: &mut Conn, key: Key) -> Result<Vec<Stuck>, sqlx::Error> {
    let rows = sqlx::query(sql(key).stuck).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            Ok(Stuck {
                subject: Subject {
                    source: row.try_get("source")?,
                    subject: row.try_get("subject")?,
                },
                last: row.try_get("last")?,
                next: row.try_get("next")?,
                count: row.try_get("count")?,
                old: row.try_get("old")?,
                next_parked: row.try_get("next_parked")?,
                lane: row.try_get("lane")?,
                body: row.try_get("body")?,
            })
        })
        .collect()
}

/// `None` if all of these were reached; else as of when the furthest behind stands (`None` inside: nothing yet).
#[allow(clippy::option_option)] // "reached" and "behind, with nothing taken in yet" are two answers
pub(crate) async fn behind(
    connection: &mut Conn,
    key: Key,
    source: &str,
    wanted: &[(String, i64)],
) -> Result<Option<Option<DateTime<Utc>>>, sqlx::Error> {
    let (names, sequences): (Vec<&str>, Vec<i64>) = wanted
        .iter()
        .map(|(subject, sequence)| (subject.as_str(), *sequence))
        .unzip();
    let rows = sqlx::query(sql(key).reached)
        .bind(source)
        .bind(names)
        .bind(sequences)
        .fetch_all(connection)
        .await?;
    let mut behind = None;
    for row in rows {
        let (wanted, last): (i64, i64) = (row.try_get("wanted")?, row.try_get("last")?);
        if last < wanted {
            let at: Option<DateTime<Utc>> = row.try_get("at")?;
            behind = Some(match behind {
                None => at,
                Some(earlier) => std::cmp::min(earlier, at),
            });
        }
    }
    Ok(behind)
}
