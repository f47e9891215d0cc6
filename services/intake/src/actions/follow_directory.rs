//! People, applications and vendors, copied as ids: to judge what a caller names without asking directory.

use events::directory::{ApplicationSnapshot, PersonSnapshot, VendorSnapshot};
use tenancy::Tx;

use crate::error::Error;
use crate::store::known;

/// Takes over how people, applications and vendors are now, one snapshot of each.
///
/// # Errors
/// What the database says.
pub async fn follow_directory(
    tx: &mut Tx,
    people: &[PersonSnapshot],
    applications: &[ApplicationSnapshot],
    vendors: &[VendorSnapshot],
) -> Result<(), Error> {
    if !people.is_empty() {
        known::put_people(tx.conn(), people).await?;
    }
    if !applications.is_empty() {
        known::put_applications(tx.conn(), applications).await?;
    }
    if !vendors.is_empty() {
        known::put_vendors(tx.conn(), vendors).await?;
    }
    Ok(())
}
