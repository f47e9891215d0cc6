//! What was said of the standby.

use ids::CalendarId;
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::standby::{Scheme, Standby};
use crate::error::Error;

/// All that was ever said, in the order of the book.
pub async fn schemes(tx: &mut Tx) -> Result<Vec<Scheme>, Error> {
    let rows: Vec<(i64, Option<String>, Option<Uuid>)> =
        sqlx::query_as("SELECT since, eligible, calendar FROM standby_scheme ORDER BY since")
            .fetch_all(tx.conn())
            .await?;
    rows.into_iter()
        .map(|(since, eligible, calendar)| {
            let standby = match (eligible, calendar) {
                (Some(eligible), Some(calendar)) => Some(Standby {
                    eligible: serde_json::from_str(&eligible)?,
                    calendar: CalendarId::from_uuid(calendar),
                }),
                _ => None,
            };
            Ok(Scheme { since, standby })
        })
        .collect()
}

/// Says which tickets may call out the standby, and when it is there; or that there is none any more.
pub async fn say(tx: &mut Tx, standby: Option<&Standby>) -> Result<(), Error> {
    let eligible = standby.map(|s| serde_json::to_string(&s.eligible));
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1 RETURNING version) \
         INSERT INTO standby_scheme (since, eligible, calendar) SELECT version, $1, $2 FROM edited",
    )
    .bind(eligible.transpose()?)
    .bind(standby.map(|s| s.calendar.uuid()))
    .execute(tx.conn())
    .await?;
    Ok(())
}
