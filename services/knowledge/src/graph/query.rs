//! What can be asked, and the entities.

use async_graphql::connection::{Connection, Edge};
use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, InputObject, Object, Result};
use ids::{ArticleId, TenantId, TicketId};
use subgraph::{bad_input, caller, cursor, fault, gid, paging};

use super::loaders::Articles;
use super::types::{
    Article, ArticleAudience, ArticleLanguage, ArticleState, ArticleTotals, Ticket,
};
use crate::actions::read_articles::{self, Page, Place, list_articles};
use crate::actions::search_articles::{self, search_articles};

/// Articles of a page, unless asked otherwise.
const PAGE: i32 = 25;
/// Articles of a page at most.
const PAGE_AT_MOST: i32 = 100;
/// Characters of a search at most.
const TEXT: usize = 1000;

/// Which articles. Conditions are joined by "and"; what is absent sets none.
#[derive(InputObject, Debug, Default)]
pub struct ArticleFilter {
    /// In one of these states. Without it: everything that is not archived.
    pub states: Option<Vec<ArticleState>>,
    /// For this audience.
    pub audience: Option<ArticleAudience>,
    /// In this language.
    pub language: Option<ArticleLanguage>,
}

/// Articles as a Relay connection.
pub type ArticleList = Connection<String, Article, ArticleTotals>;

/// Knowledge's queries.
#[derive(Debug)]
pub struct Query;

fn first(wished: Option<i32>) -> Result<i32> {
    let first = wished.unwrap_or(PAGE);
    if (1..=PAGE_AT_MOST).contains(&first) {
        Ok(first)
    } else {
        let message = format!("De 1 a {PAGE_AT_MOST} artículos por página.");
        Err(bad_input("first", message))
    }
}

fn list(
    tenant: TenantId,
    page: Page,
    behind: bool,
    place: impl Fn(usize, &crate::domain::article::Article) -> String,
) -> ArticleList {
    let totals = ArticleTotals {
        total_count: page.count.unwrap_or(0) as i32,
    };
    let mut connection = Connection::with_additional_fields(behind, page.more, totals);
    connection.edges = page
        .articles
        .into_iter()
        .enumerate()
        .map(|(n, a)| Edge::new(place(n, &a), Article::of(tenant, a)))
        .collect();
    connection
}

#[Object]
impl Query {
    /// One article; absent if there is none that the caller may see.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Article>> {
        let key = gid::<ArticleId>(&id)?;
        let found = ctx.data::<DataLoader<Articles>>()?.load_one(key).await?;
        Ok(found.map(|a| Article::of(key.tenant, a)))
    }

    /// A tenant's articles, the last changed first.
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen tenant if absent.")] tenant: Option<ID>,
        #[graphql(desc = "Which; without it everything that is not archived.")] filter: Option<
            ArticleFilter,
        >,
        #[graphql(desc = "How many, 1 to 100; 25 unless said otherwise.", name = "first")]
        wished: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
    ) -> Result<ArticleList> {
        let tenant = subgraph::tenant(ctx, tenant.as_ref())?;
        let filter = filter.unwrap_or_default();
        let after: Option<Place> = paging::after(after.as_deref())?;
        let wish = read_articles::Wish {
            states: filter
                .states
                .unwrap_or_default()
                .into_iter()
                .map(Into::into)
                .collect(),
            audience: filter.audience.map(Into::into),
            language: filter.language.map(Into::into),
            first: first(wished)? as usize,
            after,
            count: ctx.look_ahead().field("totalCount").exists(),
        };
        let page = list_articles(ctx.data()?, caller(ctx)?, tenant, &wish)
            .await
            .map_err(fault)?;
        Ok(list(tenant, page, after.is_some(), |_, a| {
            cursor::encode(&Place {
                at: a.changed_at.timestamp_micros(),
                article: a.id,
            })
        }))
    }

    /// The articles that answer a text best, best first. Accents do not matter, word endings little; a word that no
    /// article knows is taken for a typing mistake.
    #[allow(clippy::too_many_arguments)] // the arguments are the field's, and each is a type of its own
    async fn search_articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen tenant if absent.")] tenant: Option<ID>,
        #[graphql(desc = "What is looked for, in any words, up to 1,000 characters.")] text: String,
        #[graphql(desc = "In this language; in both if absent.")] language: Option<ArticleLanguage>,
        #[graphql(desc = "How many, 1 to 100; 25 unless said otherwise.", name = "first")]
        wished: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
    ) -> Result<ArticleList> {
        let tenant = subgraph::tenant(ctx, tenant.as_ref())?;
        if text.chars().count() > TEXT {
            return Err(bad_input("text", format!("Como máximo {TEXT} caracteres.")));
        }
        let skip: i64 = paging::after(after.as_deref())?.unwrap_or_default();
        let wish = search_articles::Wish {
            text,
            language: language.map(Into::into),
            first: i64::from(first(wished)?),
            skip,
        };
        let page = search_articles(ctx.data()?, caller(ctx)?, tenant, wish)
            .await
            .map_err(fault)?;
        Ok(list(tenant, page, skip > 0, |n, _| {
            cursor::encode(&(skip + n as i64 + 1))
        }))
    }

    /// Tickets get what is known about them here.
    #[graphql(entity)]
    async fn ticket(&self, #[graphql(key)] id: ID, subject: Option<String>) -> Result<Ticket> {
        gid::<TicketId>(&id)?;
        Ok(Ticket {
            id,
            subject: subject.unwrap_or_default(),
        })
    }

    /// An article by its id.
    #[graphql(entity)]
    async fn article_by_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(key)] id: ID,
    ) -> Result<Option<Article>> {
        let key = gid::<ArticleId>(&id)?;
        let found = ctx.data::<DataLoader<Articles>>()?.load_one(key).await?;
        Ok(found.map(|a| Article::of(key.tenant, a)))
    }
}
