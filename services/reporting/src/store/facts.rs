//! Every envelope, kept.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use events::{Envelope, Origin};
use ids::{EventId, ProviderId, TenantId};
use serde_json::value::RawValue;
use sqlx::Row;
use tenancy::Conn;
use uuid::Uuid;

use crate::error::Error;

/// Columns of an envelope, in the order in which [`read`] takes them.
pub(super) const COLUMNS: &str =
    r#"position, source, subject, sequence, "time", id, kind, provider, origin, traceparent, data"#;

/// Opens the gate: makes the partitions that the batch's months need and holds off a rebuild's swap until this transaction ends.
pub async fn gate(conn: &mut Conn, facts: &[Envelope]) -> Result<(), sqlx::Error> {
    let months: BTreeSet<NaiveDate> = facts
        .iter()
        .filter_map(|f| f.time.date_naive().with_day(1))
        .collect();
    sqlx::query("SELECT shared.reports_gate($1)")
        .bind(Vec::from_iter(months))
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps the envelopes, in the order in which they stand. One that is there already stays as it is.
pub async fn keep(conn: &mut Conn, facts: &[Envelope]) -> Result<(), sqlx::Error> {
    let column = |f: fn(&Envelope) -> &str| facts.iter().map(f).collect::<Vec<_>>();
    sqlx::query(
        r#"INSERT INTO facts (source, subject, sequence, "time", id, kind, provider, origin, traceparent, data)
           SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[])
           ON CONFLICT DO NOTHING"#,
    )
        .bind(column(|f| &f.source))
        .bind(column(|f| &f.subject))
        .bind(facts.iter().map(|f| f.sequence).collect::<Vec<_>>())
        .bind(facts.iter().map(|f| f.time).collect::<Vec<_>>())
        .bind(facts.iter().map(|f| f.id.uuid()).collect::<Vec<_>>())
        .bind(column(|f| &f.kind))
        .bind(
            facts
                .iter()
                .map(|f| f.provider.map(ProviderId::uuid))
                .collect::<Vec<_>>(),
        )
        .bind(column(|f| match f.origin {
            Origin::Live => "live",
            Origin::History => "history",
        }))
        .bind(
            facts
                .iter()
                .map(|f| f.traceparent.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(column(|f| f.data.get()))
        .execute(conn)
        .await?;
    Ok(())
}

/// An envelope out of its row, and its position. `tenant`: whose schema the row is in; none is a provider's.
pub(super) fn read(
    tenant: Option<TenantId>,
    row: &sqlx::postgres::PgRow,
) -> Result<(i64, Envelope), Error> {
    let origin: &str = row.try_get("origin")?;
    let data: String = row.try_get("data")?;
    Ok((
        row.try_get("position")?,
        Envelope {
            specversion: "1.0".to_owned(),
            id: EventId::from_uuid(row.try_get("id")?),
            kind: row.try_get("kind")?,
            source: row.try_get("source")?,
            subject: row.try_get("subject")?,
            time: row.try_get::<DateTime<Utc>, _>("time")?,
            tenant,
            provider: row
                .try_get::<Option<Uuid>, _>("provider")?
                .map(ProviderId::from_uuid),
            sequence: row.try_get("sequence")?,
            origin: if origin == "history" {
                Origin::History
            } else {
                Origin::Live
            },
            traceparent: row.try_get("traceparent")?,
            datacontenttype: "application/json".to_owned(),
            data: RawValue::from_string(data).map_err(|e| Error::Kept(e.to_string()))?,
        },
    ))
}

/// The next `limit` facts of the given sources behind `after`, in the order in which they came.
pub async fn page(
    conn: &mut Conn,
    tenant: Option<TenantId>,
    sources: &[&str],
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Envelope)>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM facts WHERE position > $1 AND source = ANY($2) ORDER BY position LIMIT $3"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(after)
        .bind(sources)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| read(tenant, row)).collect()
}

/// A subject's facts from a sequence on, at most `limit`.
pub async fn of_subject(
    conn: &mut Conn,
    tenant: Option<TenantId>,
    source: &str,
    subject: &str,
    from_sequence: i64,
    limit: i64,
) -> Result<Vec<Envelope>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM facts WHERE subject = $1 AND source = $2 AND sequence >= $3 ORDER BY sequence LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(subject)
        .bind(source)
        .bind(from_sequence)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| read(tenant, row).map(|r| r.1))
        .collect()
}
