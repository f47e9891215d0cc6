//! A new article.

use access::Permission;
use idempotency::Key;
use ids::ArticleId;

use super::{By, Changed, Tools};
use crate::domain::article::{Article, Draft};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish;
use crate::store::{articles, terms};

/// Writes the article: being captured, found by the staff at once. The same key gives the same article again.
pub async fn write_article(
    tools: &Tools,
    by: &By<'_>,
    draft: Draft,
    idempotency_key: Option<&str>,
) -> Result<Outcome<Changed>, Error> {
    by.caller.require(by.tenant, Permission::WriteArticles)?;
    let draft = match draft.checked() {
        Ok(draft) => draft,
        Err(problems) => return Ok(Err(problems)),
    };
    let key = Key::of(by.caller.person, "writeArticle", idempotency_key, &draft)?;
    let (id, now) = (ArticleId::new(&*tools.ids), tools.clock.now());
    let mut tx = tools.db.begin(by.tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let article = articles::by_ids(&mut tx, &[before]).await?.remove(&before);
        tx.commit().await?;
        let article = article.ok_or(Error::NotFound("article"))?;
        return Ok(Ok(Changed {
            position: Some(article.sequence),
            article,
        }));
    }
    let article = Article::new(id, draft, by.hand(tools));
    articles::insert(&mut tx, &article).await?;
    terms::index(&mut tx, &article).await?;
    let fact = publish::changed(tools, by, &article)?;
    tools.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(Ok(Changed {
        position: Some(article.sequence),
        article,
    }))
}
