//! Whoever may not see the clocks of the provider's house does not move them: hours by which they count are changed by those who
//! see them.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::TenantId;
use tenancy::Tx;

use crate::domain::inner_use::{Touched, is_inner};
use crate::domain::problem::Problem;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
use crate::store::clocks;

/// What stands in the way of a caller who may not see inner clocks, if some of them count by what is about to change. Which, and
/// by what agreement, is not told.
pub(super) async fn inner_use(
    tx: &mut Tx,
    (caller, tenant): (&Caller, TenantId),
    book: &Rulebook,
    touched: &[Touched],
    (field, now): (&str, DateTime<Utc>),
) -> Result<Option<Problem>, Error> {
    if caller.may(tenant, Permission::ReadInnerClocks) || touched.is_empty() {
        return Ok(None);
    }
    let judging = clocks::inner_open(tx).await?;
    Ok(is_inner(book, &judging, touched, now).then(|| {
        Problem::at(
            field,
            "INNER_USE",
            "El proveedor cuenta también por esas horas: pídale a él el cambio.",
        )
    }))
}
