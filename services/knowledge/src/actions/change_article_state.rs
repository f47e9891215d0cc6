//! An article goes on in its life: complete, confirmed, archived, back.

use access::Permission;
use events::knowledge::ArticleState;
use ids::ArticleId;

use super::{By, Changed, Tools};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish;
use crate::store::articles;

/// Moves the article to the state. Already there is fine.
pub async fn change_article_state(
    tools: &Tools,
    by: &By<'_>,
    article: ArticleId,
    to: ArticleState,
    seen: i32,
) -> Result<Outcome<Changed>, Error> {
    by.caller.require(by.tenant, Permission::WriteArticles)?;
    let mut tx = tools.db.begin(by.tenant).await?;
    let old = articles::lock(&mut tx, article)
        .await?
        .ok_or(Error::NotFound("article"))?;
    let new = match old.move_to(to, seen, by.hand(tools)) {
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
        Ok(None) => {
            tx.rollback().await?;
            return Ok(Ok(Changed {
                article: old,
                position: None,
            }));
        }
        Ok(Some(new)) => new,
    };
    articles::update(&mut tx, &new).await?;
    let fact = publish::changed(tools, by, &new)?;
    tools.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(Ok(Changed {
        position: Some(new.sequence),
        article: new,
    }))
}
