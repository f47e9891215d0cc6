//! Who belongs to a group: what joining and leaving have in common.

use access::Permission;
use ids::{GlobalId, GroupId, PersonId};

use super::{By, Tools, begin};
use crate::domain::group::Group;
use crate::error::Error;
use crate::store::groups;

/// In or out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Membership {
    /// The person belongs to the group from now on.
    Join,
    /// The person does not. Tickets that it holds stay with it until somebody moves them.
    Leave,
}

/// Changes the membership; already so is fine.
pub(super) async fn change_members(
    tools: &Tools,
    by: &By<'_>,
    group: GlobalId<GroupId>,
    person: GlobalId<PersonId>,
    membership: Membership,
) -> Result<Group, Error> {
    by.caller
        .require(group.tenant, Permission::ConfigureRouting)?;
    by.caller
        .require(person.tenant, Permission::ConfigureRouting)?;
    let mut tx = begin(tools, by.caller, group.tenant).await?;
    let found = groups::lock(&mut tx, group.id)
        .await?
        .ok_or(Error::NotFound("group"))?;
    match membership {
        Membership::Join => {
            groups::add_member(&mut tx, group.id, person.id, tools.clock.now()).await?;
        }
        Membership::Leave => groups::remove_member(&mut tx, group.id, person.id).await?,
    }
    tx.commit().await?;
    Ok(found)
}
