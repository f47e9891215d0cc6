//! Somebody belongs to a group from now on.

use ids::{GlobalId, GroupId, PersonId};

use super::change_members::{Membership, change_members};
use super::{By, Tools};
use crate::domain::group::Group;
use crate::error::Error;

/// Lets the person belong to the group; already so is fine.
pub async fn add_group_member(
    tools: &Tools,
    by: &By<'_>,
    group: GlobalId<GroupId>,
    person: GlobalId<PersonId>,
) -> Result<Group, Error> {
    change_members(tools, by, group, person, Membership::Join).await
}
