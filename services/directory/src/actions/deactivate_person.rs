//! A person may not sign in any more.

use ids::{PersonId, TenantId};

use super::change_person::change_person;
use super::{Act, Directory, Told};
use crate::domain::person::{Change, Person};
use crate::domain::problem::Outcome;
use crate::error::Error;

/// Ends a person's activity and sessions. Already so is fine.
pub async fn deactivate_person(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    id: PersonId,
) -> Result<Outcome<Told<Person>>, Error> {
    let change = Change {
        active: Some(false),
        ..Change::default()
    };
    change_person(directory, act, tenant, id, &change).await
}
