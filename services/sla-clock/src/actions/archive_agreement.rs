//! An agreement comes to its end.

use access::Permission;
use ids::{AgreementId, TenantId};

use super::create_agreement::find;
use super::read_agreements::visible;
use super::recompute::begin;
use super::{By, Tools};
use crate::error::Error;
use crate::store::agreements::{self, KeptAgreement};

/// Tickets opened from now on are not judged by it; those that are keep their clocks. Already so is fine.
pub async fn archive_agreement(
    tools: &Tools,
    by: &By<'_>,
    tenant: TenantId,
    agreement: AgreementId,
) -> Result<Vec<KeptAgreement>, Error> {
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let mut tx = begin(tools, tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    visible(&book, agreement, by.caller, tenant)?;
    agreements::archive_agreement(&mut tx, agreement, tools.clock.now()).await?;
    let archived = find(&mut tx, tools, tenant, agreement).await?;
    tx.commit().await?;
    Ok(archived)
}
