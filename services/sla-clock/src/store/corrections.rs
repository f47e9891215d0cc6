//! Results that somebody corrected: rows are written once and never changed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use ids::{ClockId, PersonId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::correction::Correction;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    clock: Uuid,
    at: DateTime<Utc>,
    by_person: Uuid,
    reason: String,
    before: String,
    after: String,
}

impl Row {
    fn read(self) -> Result<(ClockId, Correction), Error> {
        let correction = Correction {
            at: self.at,
            by: PersonId::from_uuid(self.by_person),
            reason: self.reason,
            before: serde_json::from_str(&self.before)?,
            after: serde_json::from_str(&self.after)?,
        };
        Ok((ClockId::from_uuid(self.clock), correction))
    }
}

/// Puts down a correction of a clock, told with that sequence.
pub async fn add(
    tx: &mut Tx,
    clock: ClockId,
    sequence: i64,
    correction: &Correction,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO clock_correction (clock, sequence, at, by_person, reason, before, after) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(clock.uuid())
    .bind(sequence)
    .bind(correction.at)
    .bind(correction.by.uuid())
    .bind(&correction.reason)
    .bind(serde_json::to_string(&correction.before)?)
    .bind(serde_json::to_string(&correction.after)?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The corrections of these clocks, the first one first.
pub async fn of(
    tx: &mut Tx,
    clocks: &[ClockId],
) -> Result<HashMap<ClockId, Vec<Correction>>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT clock, at, by_person, reason, before, after FROM clock_correction \
         WHERE clock = ANY($1) ORDER BY clock, sequence",
    )
    .bind(clocks.iter().map(|c| c.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut all: HashMap<ClockId, Vec<Correction>> = HashMap::new();
    for row in rows {
        let (clock, correction) = row.read()?;
        all.entry(clock).or_default().push(correction);
    }
    Ok(all)
}
