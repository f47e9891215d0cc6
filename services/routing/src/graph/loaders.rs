//! One statement per type and request, whatever asks for it.

use std::collections::HashMap;

use access::Caller;
use ids::{GlobalId, GroupId, PersonId};

use crate::actions::Tools;
use crate::actions::read_assignments::{Known, Wanted, read_assignments};
use crate::actions::read_groups::{groups_by_id, members_of};
use crate::domain::group::Group;

async fn assignments(
    tools: &Tools,
    caller: &Caller,
    keys: &[Wanted],
) -> Result<HashMap<Wanted, Known>, crate::error::Error> {
    let known = read_assignments(tools, caller, keys).await?;
    Ok(keys
        .iter()
        .filter_map(|w| Some((*w, known.get(&w.0)?.clone())))
        .collect())
}

subgraph::loaders! {
    Tools;
    /// Who holds a ticket.
    Assignments: Wanted => Known, assignments;
    /// Groups by global id.
    Groups: GlobalId<GroupId> => Group, groups_by_id;
    /// The members of a group.
    Members: GlobalId<GroupId> => Vec<PersonId>, members_of;
}
