//! An article answers a ticket.

use access::Permission;
use events::knowledge::ArticleState;
use ids::{ArticleId, TicketId};
use messaging::HandlerScope;

use super::{By, Changed, Tools};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::events::publish;
use crate::store::{articles, links, tickets};

/// Links the article to the ticket. Already so is fine.
pub async fn link_article(
    tools: &Tools,
    by: &By<'_>,
    article: ArticleId,
    ticket: TicketId,
) -> Result<Outcome<Changed>, Error> {
    change(tools, by, article, ticket, Link::Make).await
}

/// Make or take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// The article answers the ticket.
    Make,
    /// It does not.
    TakeAway,
}

/// Links the article to the ticket, or takes the link away.
pub(super) async fn change(
    tools: &Tools,
    by: &By<'_>,
    article: ArticleId,
    ticket: TicketId,
    link: Link,
) -> Result<Outcome<Changed>, Error> {
    by.caller.require(by.tenant, Permission::WriteArticles)?;
    wait_for_ticket(tools, by, ticket).await?;
    let mut tx = tools.db.begin(by.tenant).await?;
    let article = articles::lock(&mut tx, article)
        .await?
        .ok_or(Error::NotFound("article"))?;
    if link == Link::Make && article.state == ArticleState::Archived {
        tx.rollback().await?;
        return Ok(Err(vec![Problem::at(
            "article",
            "ARTICLE_ARCHIVED",
            "El artículo está archivado.",
        )]));
    }
    let new = match link {
        Link::Make => {
            let (person, now) = (by.caller.person, tools.clock.now());
            links::add(&mut tx, ticket, article.id, person, now).await?
        }
        Link::TakeAway => links::remove(&mut tx, ticket, article.id).await?,
    };
    if !new {
        tx.rollback().await?;
        return Ok(Ok(Changed {
            article,
            position: None,
        }));
    }
    let sequence = articles::count_fact(&mut tx, &article).await?;
    let removed = link == Link::TakeAway;
    let fact = publish::linked(tools, by, &article, sequence, ticket, removed)?;
    tools.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(Ok(Changed {
        article,
        position: Some(sequence),
    }))
}

/// A ticket that was opened a moment ago may not have been heard of yet: it is waited for, briefly.
async fn wait_for_ticket(tools: &Tools, by: &By<'_>, ticket: TicketId) -> Result<(), Error> {
    for last in [false, true] {
        let mut tx = tools.db.begin(by.tenant).await?;
        let known = tickets::is_known(&mut tx, ticket).await?;
        tx.commit().await?;
        if known {
            return Ok(());
        }
        if !last {
            messaging::reach(
                &tools.db,
                HandlerScope::Tenant,
                None,
                by.tenant,
                "intake",
                &[(ticket.to_string(), 1)],
                tools.patience,
            )
            .await?;
        }
    }
    Err(Error::NotFound("ticket"))
}
