//! Clocks, each as its last fact tells it.

use std::collections::BTreeMap;

use events::Word as _;
use events::sla_clock::ClockSnapshot;
use tenancy::Conn;
use uuid::Uuid;

use super::Set;

const UPSERT: &str = "
INSERT INTO clock_result{n} AS c (clock, seq, ticket, target, cycle, agreement, state, target_seconds, started_at, due_at, stopped_at, elapsed_seconds, breached_at, target_code, agreement_kind)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::int[], $6::uuid[], $7::text[], $8::bigint[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::bigint[], $13::timestamptz[], $14::text[], $15::text[])
ON CONFLICT (clock) DO UPDATE SET
  seq = excluded.seq, ticket = excluded.ticket, target = excluded.target, cycle = excluded.cycle, agreement = excluded.agreement,
  state = excluded.state, target_seconds = excluded.target_seconds, started_at = excluded.started_at, due_at = excluded.due_at,
  stopped_at = excluded.stopped_at, elapsed_seconds = excluded.elapsed_seconds, breached_at = excluded.breached_at,
  target_code = excluded.target_code, agreement_kind = excluded.agreement_kind
WHERE excluded.seq > c.seq";

/// Takes clocks in: per clock its sequence and its snapshot.
pub async fn upsert(
    conn: &mut Conn,
    set: Set,
    clocks: &BTreeMap<Uuid, (i64, ClockSnapshot)>,
) -> Result<(), sqlx::Error> {
    if clocks.is_empty() {
        return Ok(());
    }
    let rows: Vec<(&Uuid, i64, &ClockSnapshot)> =
        clocks.iter().map(|(id, (seq, c))| (id, *seq, c)).collect();
    sqlx::query(set.sql(UPSERT))
        .bind(rows.iter().map(|r| *r.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.ticket.uuid()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.target.word()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.cycle).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|r| r.2.agreement.uuid())
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|r| r.2.state.word()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.target_seconds).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.started_at).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.due_at).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.stopped_at).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.elapsed_seconds).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.2.breached_at).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|r| r.2.target_code.clone().unwrap_or_default())
                .collect::<Vec<_>>(),
        )
        .bind(
            rows.iter()
                .map(|r| r.2.agreement_kind.word())
                .collect::<Vec<_>>(),
        )
        .execute(conn)
        .await?;
    Ok(())
}
