//! Other words for an article; the earlier ones are kept.

use access::Permission;
use ids::ArticleId;

use super::{By, Changed, Tools};
use crate::domain::article::{Audience, Draft, Language};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish;
use crate::store::{articles, terms};

/// What is wished; what is absent stays.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which.
    pub article: ArticleId,
    /// Another title.
    pub title: Option<String>,
    /// Another text.
    pub body: Option<String>,
    /// For somebody else.
    pub audience: Option<Audience>,
    /// In another language.
    pub language: Option<Language>,
    /// The revision that the caller had before its eyes.
    pub seen: i32,
}

/// Changes the words. Already so is fine.
pub async fn revise_article(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Changed>, Error> {
    by.caller.require(by.tenant, Permission::WriteArticles)?;
    let mut tx = tools.db.begin(by.tenant).await?;
    let old = articles::lock(&mut tx, wish.article)
        .await?
        .ok_or(Error::NotFound("article"))?;
    let draft = Draft {
        title: wish.title.unwrap_or_else(|| old.title.clone()),
        body: wish.body.unwrap_or_else(|| old.body.clone()),
        audience: wish.audience.unwrap_or(old.audience),
        language: wish.language.unwrap_or(old.language),
    };
    let revised = draft
        .checked()
        .and_then(|draft| old.revise(draft, wish.seen, by.hand(tools)));
    let new = match revised {
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
    articles::keep_revision(&mut tx, &new).await?;
    terms::index(&mut tx, &new).await?;
    let fact = publish::changed(tools, by, &new)?;
    tools.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(Ok(Changed {
        position: Some(new.sequence),
        article: new,
    }))
}
