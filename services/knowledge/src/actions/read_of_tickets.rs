//! What is known about tickets: the articles linked to them, and such as may answer them.

use std::collections::{BTreeMap, HashMap};

use access::{Caller, Permission};
use ids::{ArticleId, GlobalId, TenantId, TicketId};

use super::{Tools, sight};
use crate::domain::article::Article;
use crate::error::Error;
use crate::store::search::{Look, best, languages};
use crate::store::{articles, links};

/// So many suggestions.
const SUGGESTIONS: i64 = 5;

/// A ticket and its subject, in the requester's words.
pub type Worded = (GlobalId<TicketId>, String);

fn by_tenant<T>(all: impl IntoIterator<Item = (TenantId, T)>) -> BTreeMap<TenantId, Vec<T>> {
    let mut groups: BTreeMap<TenantId, Vec<T>> = BTreeMap::new();
    for (tenant, one) in all {
        groups.entry(tenant).or_default().push(one);
    }
    groups
}

/// The articles linked to each ticket, as far as the caller may see both.
pub async fn linked_articles(
    tools: &Tools,
    caller: &Caller,
    wanted: &[GlobalId<TicketId>],
) -> Result<HashMap<GlobalId<TicketId>, Vec<Article>>, Error> {
    let mut all = HashMap::new();
    for (tenant, of_tenant) in by_tenant(wanted.iter().map(|g| (g.tenant, g.id))) {
        let Ok(sight) = sight(caller, tenant, true) else {
            continue;
        };
        if tools.db.ready(&[tenant]).await?.is_empty() {
            continue;
        }
        let sees_all = caller.may(tenant, Permission::ReadTickets);
        let requester = (!sees_all).then_some(caller.person);
        let mut tx = tools.db.by_keys().begin(tenant).await?;
        let found = links::of(&mut tx, &of_tenant, requester).await?;
        tx.commit().await?;
        for (ticket, article) in found.into_iter().filter(|(_, a)| sight.shows(a)) {
            all.entry(GlobalId::new(tenant, ticket))
                .or_insert_with(Vec::new)
                .push(article);
        }
    }
    Ok(all)
}

/// The articles that may answer each ticket, best first, in one search per tenant.
pub async fn suggested_articles(
    tools: &Tools,
    caller: &Caller,
    wanted: &[Worded],
) -> Result<HashMap<Worded, Vec<Article>>, Error> {
    let mut all: HashMap<Worded, Vec<Article>> = HashMap::new();
    for (tenant, worded) in by_tenant(wanted.iter().map(|w| (w.0.tenant, w))) {
        let Ok(sight) = sight(caller, tenant, false) else {
            continue;
        };
        if tools.db.ready(&[tenant]).await?.is_empty() {
            continue;
        }
        let texts: Vec<String> = worded.iter().map(|w| w.1.clone()).collect();
        let mut tx = tools.db.begin(tenant).await?;
        let look = Look {
            texts: &texts,
            languages: languages(None),
            sight: &sight,
            skip: 0,
            take: SUGGESTIONS,
        };
        let hits = best(&mut tx, &look).await?;
        let ids: Vec<ArticleId> = hits.iter().map(|h| h.article).collect();
        let articles = articles::by_ids(&mut tx, &ids).await?;
        tx.commit().await?;
        for hit in hits {
            if let (Some(article), Some(worded)) =
                (articles.get(&hit.article), worded.get(hit.text))
            {
                all.entry((*worded).clone())
                    .or_default()
                    .push(article.clone());
            }
        }
    }
    Ok(all)
}
