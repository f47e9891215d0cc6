//! Links between tickets, as the graph shows them.

use async_graphql::{Context, ID, Object, Result};
use ids::{GlobalId, TicketId};
use subgraph::{fault, global};

use super::enums::LinkKind;
use super::loaders::Loaders;
use super::ticket::TicketNode;
use crate::domain::link::Link;

/// A link, seen from one of its ends.
#[derive(Debug, Clone, Copy)]
pub struct LinkNode {
    link: Link,
    seen_from: GlobalId<TicketId>,
}

impl LinkNode {
    pub(super) const fn of(seen_from: GlobalId<TicketId>, link: Link) -> Self {
        Self { link, seen_from }
    }
}

/// How a ticket hangs together with another.
#[Object(name = "TicketLink")]
impl LinkNode {
    /// Global id.
    async fn id(&self) -> ID {
        global(self.seen_from.tenant, self.link.id)
    }

    /// How, read from the ticket that was linked to the one it was linked with.
    async fn kind(&self) -> LinkKind {
        self.link.kind.into()
    }

    /// It was linked from here: `kind` reads from this ticket to the other. Otherwise it reads from the other to this one.
    async fn outgoing(&self) -> bool {
        self.link.ticket == self.seen_from.id
    }

    /// The other ticket; absent if the caller may not see it.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<TicketNode>> {
        let other = if self.link.ticket == self.seen_from.id {
            self.link.other
        } else {
            self.link.ticket
        };
        let id = GlobalId::new(self.seen_from.tenant, other);
        let found = ctx.data::<Loaders>()?.ticket(id).await;
        Ok(found.map_err(fault)?.map(TicketNode))
    }
}
