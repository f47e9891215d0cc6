//! An article does not answer a ticket after all.

use ids::{ArticleId, TicketId};

use super::link_article::{Link, change};
use super::{By, Changed, Tools};
use crate::domain::problem::Outcome;
use crate::error::Error;

/// Takes the link between the two away. Already so is fine.
pub async fn unlink_article(
    tools: &Tools,
    by: &By<'_>,
    article: ArticleId,
    ticket: TicketId,
) -> Result<Outcome<Changed>, Error> {
    change(tools, by, article, ticket, Link::TakeAway).await
}
