//! One statement per type and request, whatever asks for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use access::Caller;
use async_graphql::dataloader::{DataLoader, Loader};
use ids::{GlobalId, GroupId, PersonId};

use crate::actions::Tools;
use crate::actions::read_assignments::{Known, Wanted, read_assignments};
use crate::actions::read_groups::{groups_by_id, members_of};
use crate::domain::group::Group;

/// A loader without a timer: it gathers what is asked for at once, and waits for nothing more.
pub fn loader<T>(of: T) -> DataLoader<T> {
    DataLoader::new(of, tokio::spawn).delay(Duration::ZERO)
}

macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty, $load:path;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            tools: Tools,
            caller: Arc<Caller>,
        }

        impl $name {
            /// For one request of one caller.
            pub fn new(tools: &Tools, caller: &Arc<Caller>) -> Self {
                Self { tools: tools.clone(), caller: caller.clone() }
            }
        }

        impl Loader<$key> for $name {
            type Value = $value;
            type Error = async_graphql::Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Self::Error> {
                $load(&self.tools, &self.caller, keys).await.map_err(subgraph::fault)
            }
        }
    )*};
}

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

loaders! {
    /// Who holds a ticket.
    Assignments: Wanted => Known, assignments;
    /// Groups by global id.
    Groups: GlobalId<GroupId> => Group, groups_by_id;
    /// The members of a group.
    Members: GlobalId<GroupId> => Vec<PersonId>, members_of;
}
