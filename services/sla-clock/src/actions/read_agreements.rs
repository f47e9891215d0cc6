//! What a tenant's clocks are judged by.

use access::{Caller, Permission};
use ids::{AgreementId, TenantId};

use super::Tools;
use crate::domain::agreement::Kind;
use crate::error::Error;
use crate::store::agreements;
pub use crate::store::agreements::{Book, KeptAgreement, KeptCalendar};

/// An agreement between the provider's groups or with a vendor is not found by who may not see it.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) fn visible(
    book: &Book,
    agreement: AgreementId,
    caller: &Caller,
    tenant: TenantId,
) -> Result<(), Error> {
    let mut all = book.versions.iter();
    let found = all.find(|v| v.agreement.id == agreement);
    let inner = found.is_some_and(|v| v.agreement.kind != Kind::Sla);
    if inner && !caller.may(tenant, Permission::ReadInnerClocks) {
        return Err(Error::NotFound("agreement"));
    }
    Ok(())
}

/// Calendars and agreements with all their versions.
pub async fn read_agreements(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Book, Error> {
    caller.require(tenant, Permission::ReadClocks)?;
    let mut tx = tools.db.begin(tenant).await?;
    let mut book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    tx.commit().await?;
    if !caller.may(tenant, Permission::ReadInnerClocks) {
        book.versions.retain(|v| v.agreement.kind == Kind::Sla);
    }
    Ok(book)
}
