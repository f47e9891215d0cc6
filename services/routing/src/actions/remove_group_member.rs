//! Somebody belongs to a group no longer.

use ids::{GlobalId, GroupId, PersonId};

use super::change_members::{Membership, change_members};
use super::{By, Tools};
use crate::domain::group::Group;
use crate::error::Error;

/// Lets the person leave the group; already so is fine. Tickets that it holds stay with it until somebody moves them.
pub async fn remove_group_member(
    tools: &Tools,
    by: &By<'_>,
    group: GlobalId<GroupId>,
    person: GlobalId<PersonId>,
) -> Result<Group, Error> {
    change_members(tools, by, group, person, Membership::Leave).await
}
