//! What the graph shows.

use async_graphql::dataloader::DataLoader;
use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::{ArticleId, GlobalId, PersonId, TenantId, TicketId};
use subgraph::{Problem as ApiProblem, global};

use super::loaders::{Linked, Suggested};
use crate::actions::read_articles::read_revisions;
use crate::domain;
use crate::domain::problem::Problem;

/// Where an article stands in its life (KCS v6).
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::knowledge::ArticleState")]
pub enum ArticleState {
    /// Being captured.
    WorkInProgress,
    /// Complete, not yet confirmed.
    NotValidated,
    /// Confirmed.
    Validated,
    /// No longer found.
    Archived,
}

/// Who an article is for.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::article::Audience")]
pub enum ArticleAudience {
    /// The provider's staff.
    Internal,
    /// The client's people, too.
    Tenant,
}

/// In which language an article is written.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::article::Language")]
pub enum ArticleLanguage {
    /// Spanish.
    Es,
    /// English.
    En,
}

/// Problems as the graph shows them.
pub fn problems(all: Vec<Problem>) -> Vec<ApiProblem> {
    all.into_iter()
        .map(|p| ApiProblem {
            field: p.field,
            code: p.code.to_owned(),
            message: p.message,
        })
        .collect()
}

/// A person; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Person {
    /// Global id.
    pub id: ID,
}

fn person(tenant: TenantId, id: PersonId) -> Person {
    Person {
        id: global(tenant, id),
    }
}

/// What was found out, kept so that it is found again.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct Article {
    /// Global id.
    pub id: ID,
    /// Where it stands in its life.
    pub state: ArticleState,
    /// Who it is for.
    pub audience: ArticleAudience,
    /// In which language it is written.
    pub language: ArticleLanguage,
    /// Its title.
    pub title: String,
    /// Its words, in Markdown.
    pub body: String,
    /// How often its words changed: what changes of it take as `revision`.
    pub revision: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    #[graphql(skip)]
    key: GlobalId<ArticleId>,
    #[graphql(skip)]
    writer: PersonId,
    #[graphql(skip)]
    changer: PersonId,
}

impl Article {
    /// An article of this tenant.
    pub fn of(tenant: TenantId, a: domain::article::Article) -> Self {
        let key = GlobalId::new(tenant, a.id);
        Self {
            id: ID(key.to_string()),
            state: a.state.into(),
            audience: a.audience.into(),
            language: a.language.into(),
            title: a.title,
            body: a.body,
            revision: a.revision,
            created_at: a.created_at,
            changed_at: a.changed_at,
            key,
            writer: a.created_by,
            changer: a.changed_by,
        }
    }

    fn staff(&self, ctx: &Context<'_>) -> Result<bool> {
        let internal = access::Permission::ReadInternalArticles;
        Ok(subgraph::caller(ctx)?.may(self.key.tenant, internal))
    }
}

#[ComplexObject]
impl Article {
    /// Who wrote it. Shown to the provider's staff.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let staff = self.staff(ctx)?;
        Ok(staff.then(|| person(self.key.tenant, self.writer)))
    }

    /// Who changed it last. Shown to the provider's staff.
    async fn changed_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let staff = self.staff(ctx)?;
        Ok(staff.then(|| person(self.key.tenant, self.changer)))
    }

    /// Its words through time, the last first. Shown to the provider's staff; empty for others.
    async fn revisions(&self, ctx: &Context<'_>) -> Result<Vec<ArticleRevision>> {
        if !self.staff(ctx)? {
            return Ok(Vec::new());
        }
        let all = read_revisions(ctx.data()?, subgraph::caller(ctx)?, self.key)
            .await
            .map_err(subgraph::fault)?;
        Ok(all
            .into_iter()
            .map(|r| ArticleRevision {
                revision: r.revision,
                title: r.title,
                body: r.body,
                at: r.at,
                by: person(self.key.tenant, r.by),
            })
            .collect())
    }
}

/// The words of an article as they once were.
#[derive(SimpleObject, Debug, Clone)]
pub struct ArticleRevision {
    /// Which, counted from 1.
    pub revision: i32,
    /// Its title then.
    pub title: String,
    /// Its words then.
    pub body: String,
    /// When they were written.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: Person,
}

/// What a page of articles says beside them.
#[derive(SimpleObject, Debug, Clone)]
pub struct ArticleTotals {
    /// How many articles there are.
    pub total_count: i32,
}

/// A ticket. Intake owns it; here it gets what is known about it.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct Ticket {
    /// Global id.
    pub id: ID,
    /// What it is about, in the requester's words.
    #[graphql(external)]
    pub subject: String,
}

#[ComplexObject]
impl Ticket {
    /// The articles that were linked to it, in the order they were.
    async fn linked_articles(&self, ctx: &Context<'_>) -> Result<Vec<Article>> {
        let ticket = subgraph::gid::<TicketId>(&self.id)?;
        let found = ctx.data::<DataLoader<Linked>>()?.load_one(ticket).await?;
        Ok(shown(ticket.tenant, found))
    }

    /// Articles that may answer it, best first, at most five.
    #[graphql(requires = "subject")]
    async fn suggested_articles(&self, ctx: &Context<'_>) -> Result<Vec<Article>> {
        let ticket = subgraph::gid::<TicketId>(&self.id)?;
        let found = ctx
            .data::<DataLoader<Suggested>>()?
            .load_one((ticket, self.subject.clone()))
            .await?;
        Ok(shown(ticket.tenant, found))
    }
}

fn shown(tenant: TenantId, found: Option<Vec<domain::article::Article>>) -> Vec<Article> {
    found
        .unwrap_or_default()
        .into_iter()
        .map(|a| Article::of(tenant, a))
        .collect()
}
