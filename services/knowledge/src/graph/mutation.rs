//! What can be changed.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use ids::{ArticleId, TenantId, TicketId};
use messaging::Position;
use subgraph::{Problem, caller, fault, gid, traceparent};

use super::types::{Article, ArticleAudience, ArticleLanguage, ArticleState, problems};
use crate::actions::change_article_state::change_article_state;
use crate::actions::link_article::link_article;
use crate::actions::revise_article::{self, revise_article};
use crate::actions::unlink_article::unlink_article;
use crate::actions::write_article::write_article;
use crate::actions::{By, Changed};
use crate::domain::article::Draft;
use crate::domain::problem::Outcome;

/// A new article.
#[derive(InputObject, Debug)]
pub struct WriteArticleInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Its title, up to 200 characters.
    pub title: String,
    /// Its words, in Markdown.
    pub body: String,
    /// Who it is for.
    pub audience: ArticleAudience,
    /// In which language it is written.
    pub language: ArticleLanguage,
    /// A repeat with the same key gives the same article again; kept 48 h.
    pub idempotency_key: Option<String>,
}

/// Other words for an article; what is absent stays.
#[derive(InputObject, Debug)]
pub struct ReviseArticleInput {
    /// The article.
    pub article: ID,
    /// The revision that was seen; another one now is a problem, not an overwrite.
    pub revision: i32,
    /// Another title.
    pub title: Option<String>,
    /// Other words, in Markdown.
    pub body: Option<String>,
    /// For somebody else.
    pub audience: Option<ArticleAudience>,
    /// In another language.
    pub language: Option<ArticleLanguage>,
}

/// Another state for an article.
#[derive(InputObject, Debug)]
pub struct ChangeArticleStateInput {
    /// The article.
    pub article: ID,
    /// The revision that was seen; another one now is a problem: nobody confirms words that were not read.
    pub revision: i32,
    /// The state.
    pub state: ArticleState,
}

/// An article and a ticket of the same tenant.
#[derive(InputObject, Debug)]
pub struct ArticleLinkInput {
    /// The article.
    pub article: ID,
    /// The ticket.
    pub ticket: ID,
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject, Debug)]
        pub struct $name {
            /// The article as it is now.
            pub article: Option<Article>,
            /// What stands in the way, for the user to put right; empty if it was done.
            pub problems: Vec<Problem>,
            /// Where knowledge's facts stand after it; others' lists wait for it. Absent if nothing changed.
            pub position: Option<String>,
        }

        impl $name {
            fn of(tenant: TenantId, outcome: Outcome<Changed>) -> Self {
                match outcome {
                    Ok(done) => Self {
                        position: done.position.map(|sequence| {
                            let subject = done.article.id.to_string();
                            Position { tenant, source: "knowledge".to_owned(), subject, sequence }.to_string()
                        }),
                        article: Some(Article::of(tenant, done.article)),
                        problems: Vec::new(),
                    },
                    Err(all) => Self { article: None, problems: problems(all), position: None },
                }
            }
        }
    )*};
}

payloads! {
    /// What `writeArticle` did.
    WriteArticlePayload
    /// What `reviseArticle` did.
    ReviseArticlePayload
    /// What `changeArticleState` did.
    ChangeArticleStatePayload
    /// What `linkArticle` did.
    LinkArticlePayload
    /// What `unlinkArticle` did.
    UnlinkArticlePayload
}

fn by<'a>(ctx: &Context<'a>, tenant: TenantId) -> Result<By<'a>> {
    Ok(By {
        caller: caller(ctx)?,
        tenant,
        trace: traceparent(ctx),
    })
}

/// The two, which must be of one tenant.
fn pair(input: &ArticleLinkInput) -> Result<(TenantId, ArticleId, TicketId)> {
    let article = gid::<ArticleId>(&input.article)?;
    let ticket = gid::<TicketId>(&input.ticket)?;
    if article.tenant != ticket.tenant {
        return Err(subgraph::refused(access::Refusal::NotFound));
    }
    Ok((article.tenant, article.id, ticket.id))
}

/// Knowledge's mutations.
#[derive(Debug)]
pub struct Mutation;

#[Object]
impl Mutation {
    /// Writes an article: being captured, found by the provider's staff at once.
    async fn write_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The article.")] input: WriteArticleInput,
    ) -> Result<WriteArticlePayload> {
        let tenant = subgraph::tenant(ctx, input.tenant.as_ref())?;
        let draft = Draft {
            title: input.title,
            body: input.body,
            audience: input.audience.into(),
            language: input.language.into(),
        };
        let done = write_article(
            ctx.data()?,
            &by(ctx, tenant)?,
            draft,
            input.idempotency_key.as_deref(),
        )
        .await
        .map_err(fault)?;
        Ok(WriteArticlePayload::of(tenant, done))
    }

    /// Changes the words of an article; the earlier ones are kept. Confirmed words that are changed by somebody who may
    /// not confirm them are "not validated" again.
    async fn revise_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: ReviseArticleInput,
    ) -> Result<ReviseArticlePayload> {
        let article = gid::<ArticleId>(&input.article)?;
        let wish = revise_article::Wish {
            article: article.id,
            title: input.title,
            body: input.body,
            audience: input.audience.map(Into::into),
            language: input.language.map(Into::into),
            seen: input.revision,
        };
        let done = revise_article(ctx.data()?, &by(ctx, article.tenant)?, wish)
            .await
            .map_err(fault)?;
        Ok(ReviseArticlePayload::of(article.tenant, done))
    }

    /// Moves an article on in its life: complete, confirmed, archived, back.
    async fn change_article_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and where to.")] input: ChangeArticleStateInput,
    ) -> Result<ChangeArticleStatePayload> {
        let article = gid::<ArticleId>(&input.article)?;
        let by = by(ctx, article.tenant)?;
        let state = input.state.into();
        let done = change_article_state(ctx.data()?, &by, article.id, state, input.revision)
            .await
            .map_err(fault)?;
        Ok(ChangeArticleStatePayload::of(article.tenant, done))
    }

    /// An article answers a ticket.
    async fn link_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The two.")] input: ArticleLinkInput,
    ) -> Result<LinkArticlePayload> {
        let (tenant, article, ticket) = pair(&input)?;
        let done = link_article(ctx.data()?, &by(ctx, tenant)?, article, ticket)
            .await
            .map_err(fault)?;
        Ok(LinkArticlePayload::of(tenant, done))
    }

    /// An article does not answer a ticket after all.
    async fn unlink_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The two.")] input: ArticleLinkInput,
    ) -> Result<UnlinkArticlePayload> {
        let (tenant, article, ticket) = pair(&input)?;
        let done = unlink_article(ctx.data()?, &by(ctx, tenant)?, article, ticket)
            .await
            .map_err(fault)?;
        Ok(UnlinkArticlePayload::of(tenant, done))
    }
}
