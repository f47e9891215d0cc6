//! One statement per type, tenant and request, whatever asks for it.

use ids::{ArticleId, GlobalId, TicketId};

use crate::actions::Tools;
use crate::actions::read_articles::articles_by_id;
use crate::actions::read_of_tickets::{Worded, linked_articles, suggested_articles};
use crate::domain::article::Article;

subgraph::loaders! {
    Tools;
    /// Articles by global id.
    Articles: GlobalId<ArticleId> => Article, articles_by_id;
    /// The articles linked to a ticket.
    Linked: GlobalId<TicketId> => Vec<Article>, linked_articles;
    /// The articles that may answer a ticket.
    Suggested: Worded => Vec<Article>, suggested_articles;
}
