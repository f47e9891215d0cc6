//! When a tenant's people may be told.

use access::{Caller, Permission};
use ids::TenantId;

use super::Tools;
use crate::domain::notice::NotificationHours;
use crate::error::Error;
use crate::store::notices;

/// The notification hours, as they were set last.
pub async fn read_notification_hours(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<NotificationHours, Error> {
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let mut tx = tools.db.begin(tenant).await?;
    let hours = notices::hours(&mut tx, tenant, &tools.books.calendars).await?;
    tx.commit().await?;
    Ok(hours)
}
