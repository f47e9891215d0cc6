//! What is known about something.

use access::Caller;
use ids::TenantId;

use super::read_articles::Page;
use super::{Tools, sight};
use crate::domain::article::Language;
use crate::error::Error;
use crate::store::articles;
use crate::store::search::{DEEPEST, Look, best, languages};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// In the words of whoever looks.
    pub text: String,
    /// In this language; none: in both.
    pub language: Option<Language>,
    /// How many.
    pub first: i64,
    /// Leave out so many of the best.
    pub skip: i64,
}

/// The articles that answer the text best, best first.
pub async fn search_articles(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    wish: Wish,
) -> Result<Page, Error> {
    let sight = sight(caller, tenant, false)?;
    let skip = wish.skip.clamp(0, DEEPEST);
    let take = wish.first.min(DEEPEST - skip);
    let mut tx = tools.db.begin(tenant).await?;
    let texts = [wish.text];
    let look = Look {
        texts: &texts,
        languages: languages(wish.language),
        sight: &sight,
        skip,
        take,
    };
    let hits = best(&mut tx, &look).await?;
    let ids: Vec<_> = hits.iter().map(|h| h.article).collect();
    let mut found = articles::by_ids(&mut tx, &ids).await?;
    tx.commit().await?;
    let count = hits.first().map_or(0, |h| h.of);
    Ok(Page {
        articles: ids.iter().filter_map(|id| found.remove(id)).collect(),
        more: skip + take < count.min(DEEPEST),
        count: Some(count),
    })
}
