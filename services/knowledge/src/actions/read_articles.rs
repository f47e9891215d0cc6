//! Articles by id and as a list, for whoever may see them.

use std::collections::{BTreeMap, HashMap};

use access::{Caller, Permission};
use events::knowledge::ArticleState;
use ids::{ArticleId, GlobalId, TenantId};

use super::{Tools, sight};
use crate::domain::article::{Article, Audience, Language};
use crate::error::Error;
pub use crate::store::articles::Place;
use crate::store::articles::{self, Revision};

/// Articles by their global ids; what the caller may not see is left out.
pub async fn articles_by_id(
    tools: &Tools,
    caller: &Caller,
    wanted: &[GlobalId<ArticleId>],
) -> Result<HashMap<GlobalId<ArticleId>, Article>, Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<ArticleId>> = BTreeMap::new();
    for id in wanted {
        by_tenant.entry(id.tenant).or_default().push(id.id);
    }
    let tenants: Vec<TenantId> = by_tenant.keys().copied().collect();
    let ready = tools.db.ready(&tenants).await?;
    let mut all = HashMap::new();
    for (tenant, ids) in by_tenant {
        let Ok(sight) = sight(caller, tenant, true) else {
            continue;
        };
        if !ready.contains(&tenant) {
            continue;
        }
        let mut tx = tools.db.begin(tenant).await?;
        let found = articles::by_ids(&mut tx, &ids).await?;
        tx.commit().await?;
        all.extend(
            found
                .into_iter()
                .filter(|(_, a)| sight.shows(a))
                .map(|(id, a)| (GlobalId::new(tenant, id), a)),
        );
    }
    Ok(all)
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// In these states; empty: all but the archived.
    pub states: Vec<ArticleState>,
    /// For this audience.
    pub audience: Option<Audience>,
    /// In this language.
    pub language: Option<Language>,
    /// How many.
    pub first: usize,
    /// Behind which.
    pub after: Option<Place>,
    /// Whether they are to be counted.
    pub count: bool,
}

/// A page of articles.
#[derive(Debug, Default)]
pub struct Page {
    /// The articles.
    pub articles: Vec<Article>,
    /// There are more behind them.
    pub more: bool,
    /// How many there are in all, if asked.
    pub count: Option<i64>,
}

/// The tenant's articles, the last changed first.
pub async fn list_articles(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    wish: &Wish,
) -> Result<Page, Error> {
    let mut sight = sight(
        caller,
        tenant,
        wish.states.contains(&ArticleState::Archived),
    )?;
    if !wish.states.is_empty() {
        sight.states.retain(|s| wish.states.contains(s));
    }
    if let Some(audience) = wish.audience {
        sight.audiences.retain(|a| *a == audience);
    }
    let mut tx = tools.db.begin(tenant).await?;
    let (articles, more) =
        articles::page(&mut tx, &sight, wish.language, wish.after, wish.first).await?;
    let count = if wish.count {
        Some(articles::count(&mut tx, &sight, wish.language).await?)
    } else {
        None
    };
    tx.commit().await?;
    Ok(Page {
        articles,
        more,
        count,
    })
}

/// The earlier words of an article. Staff only: what was not confirmed is not the client's to read.
pub async fn read_revisions(
    tools: &Tools,
    caller: &Caller,
    article: GlobalId<ArticleId>,
) -> Result<Vec<Revision>, Error> {
    caller.require(article.tenant, Permission::ReadInternalArticles)?;
    let mut tx = tools.db.begin(article.tenant).await?;
    let revisions = articles::revisions(&mut tx, article.id).await?;
    tx.commit().await?;
    Ok(revisions)
}
