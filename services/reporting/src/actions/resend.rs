//! Gives one service the facts of a subject that it lacks.

use events::Lane;
use ids::TenantId;
use messaging::{Bus, Resend};
use tenancy::Conn;

use crate::error::Error;
use crate::store::facts;

/// At most so many at once: whoever lacks more asks again from where these end.
const LIMIT: i64 = 1000;

/// Sends the kept facts of the asked range to the service's own queue; gives how many. `conn` is the tenant's, or
/// without one the provider's.
///
/// # Errors
/// [`Error::Bus`] if the broker did not take them.
pub(crate) async fn resend(
    conn: &mut Conn,
    bus: &Bus,
    tenant: Option<TenantId>,
    asked: &Resend,
    lane: Lane,
) -> Result<usize, Error> {
    let mut found = facts::of_subject(
        conn,
        tenant,
        &asked.source,
        &asked.subject,
        asked.from_sequence,
        LIMIT,
    )
    .await?;
    found.retain(|f| f.sequence <= asked.to_sequence);
    if !found.is_empty() {
        bus.publish_to(&asked.service, lane, &found).await?;
    }
    Ok(found.len())
}
