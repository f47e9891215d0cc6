//! What knowledge publishes: articles and their use.

use ids::{ArticleId, PersonId, TicketId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// KCS v6 article states.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ArticleState {
    /// Being captured.
    WorkInProgress,
    /// Complete, not yet confirmed.
    NotValidated,
    /// Confirmed.
    Validated,
    /// No longer found.
    Archived,
}

/// An article was written, changed or moved to another state. Subject: the article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleChanged {
    /// The article.
    pub article: ArticleId,
    /// Its state now.
    pub state: ArticleState,
    /// Its revision now.
    pub revision: i32,
    /// `internal` (provider's staff), `tenant` (the client's people too).
    pub audience: String,
    /// By whom.
    pub by: PersonId,
}

/// An article was linked to a ticket, or the link was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArticleLinked {
    /// The article.
    pub article: ArticleId,
    /// The ticket.
    pub ticket: TicketId,
    /// The link was taken away.
    pub removed: bool,
    /// By whom.
    pub by: PersonId,
}

crate::fact!(
    Knowledge,
    ArticleChanged = "article.changed.v1",
    ArticleLinked = "article.linked.v1"
);
