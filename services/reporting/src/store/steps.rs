//! The events of tickets.

use events::Word;
use tenancy::Conn;
use uuid::Uuid;

use super::Set;
use crate::domain::history::Step;

const INSERT: &str = "
INSERT INTO step{n} (ticket, source, seq, at, state, status, sub_status, in_call, group_name, line, owner, irregular)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::bool[], $9::text[], $10::smallint[], $11::uuid[], $12::bool[])
ON CONFLICT (ticket, source, seq) DO NOTHING";

/// Adds events; those that are there already stay as they are.
pub async fn insert(conn: &mut Conn, set: Set, steps: &[(Uuid, Step)]) -> Result<(), sqlx::Error> {
    if steps.is_empty() {
        return Ok(());
    }
    sqlx::query(set.sql(INSERT))
        .bind(steps.iter().map(|s| s.0).collect::<Vec<_>>())
        .bind(
            steps
                .iter()
                .map(|s| s.1.source.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(steps.iter().map(|s| s.1.seq).collect::<Vec<_>>())
        .bind(steps.iter().map(|s| s.1.at).collect::<Vec<_>>())
        .bind(
            steps
                .iter()
                .map(|s| s.1.state.map(Word::word))
                .collect::<Vec<_>>(),
        )
        .bind(
            steps
                .iter()
                .map(|s| s.1.status.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(
            steps
                .iter()
                .map(|s| s.1.sub_status.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(steps.iter().map(|s| s.1.in_call).collect::<Vec<_>>())
        .bind(
            steps
                .iter()
                .map(|s| s.1.group.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(steps.iter().map(|s| s.1.line).collect::<Vec<_>>())
        .bind(steps.iter().map(|s| s.1.owner).collect::<Vec<_>>())
        .bind(steps.iter().map(|s| s.1.irregular).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}
