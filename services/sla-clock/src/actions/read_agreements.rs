//! What a tenant's clocks are judged by.

use access::{Caller, Permission};
use ids::TenantId;

use super::Tools;
use crate::error::Error;
use crate::store::agreements;
pub use crate::store::agreements::{Book, KeptAgreement, KeptCalendar};

/// Calendars and agreements with all their versions.
pub async fn read_agreements(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Book, Error> {
    caller.require(tenant, Permission::ReadClocks)?;
    let mut tx = tools.db.begin(tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    tx.commit().await?;
    Ok(book)
}
