//! Categories and the priority matrix, as the graph shows them.

use async_graphql::{ID, SimpleObject};
use subgraph::global;

use super::enums::{Audience, Degree, Priority};
use crate::actions::read::Category;
use crate::domain::priority::{Cell, Matrix};

/// A category of the tenant's catalogue.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "Category")]
pub struct CategoryNode {
    /// Global id.
    pub id: ID,
    /// Its name, unique under its parent.
    pub name: String,
    /// Global id of the category it is a part of.
    pub parent: Option<ID>,
    /// Takes no new tickets.
    pub retired: bool,
}

impl From<Category> for CategoryNode {
    fn from(c: Category) -> Self {
        Self {
            id: global(c.tenant, c.id),
            parent: c.parent.map(|p| global(c.tenant, p)),
            name: c.name,
            retired: c.retired,
        }
    }
}

/// One cell of the priority matrix: from an audience's impact and the urgency follows a priority. Of the two audiences'
/// answers the more urgent counts.
#[derive(Debug, Clone, SimpleObject)]
pub struct PriorityCell {
    /// Whom the impact is on.
    pub audience: Audience,
    /// How many of them.
    pub impact: Degree,
    /// How soon.
    pub urgency: Degree,
    /// What follows.
    pub priority: Priority,
}

impl From<Cell> for PriorityCell {
    fn from(c: Cell) -> Self {
        Self {
            audience: c.audience.into(),
            impact: c.impact.into(),
            urgency: c.urgency.into(),
            priority: c.priority.into(),
        }
    }
}

/// A whole matrix.
pub(super) fn cells(matrix: Matrix) -> Vec<PriorityCell> {
    matrix.0.into_iter().map(PriorityCell::from).collect()
}
