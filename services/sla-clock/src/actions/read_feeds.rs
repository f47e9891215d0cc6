//! The feeds that calendars follow.

use std::collections::BTreeMap;

use ids::{CalendarId, TenantId};

use super::Tools;
pub use crate::domain::feeds::Kept;
use crate::error::Error;
use crate::store::feeds;

/// The feeds of calendars of one tenant that the caller has been shown, each calendar's by name.
pub async fn read_feeds(
    tools: &Tools,
    tenant: TenantId,
    calendars: &[CalendarId],
) -> Result<BTreeMap<CalendarId, Vec<Kept>>, Error> {
    let mut tx = tools.db.begin(tenant).await?;
    let feeds = feeds::of(&mut tx, calendars).await?;
    tx.commit().await?;
    Ok(feeds)
}
