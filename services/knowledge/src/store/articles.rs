//! Articles and their revisions.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::Word as _;
use events::knowledge::ArticleState;
use ids::{ArticleId, PersonId};
use sqlx::{Postgres, QueryBuilder};
use tenancy::Tx;
use uuid::Uuid;

use super::{word, words};
use crate::domain::article::{Article, Audience, Language};
use crate::error::Error;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Uuid,
    state: String,
    audience: String,
    language: String,
    title: String,
    body: String,
    revision: i32,
    sequence: i64,
    created_at: DateTime<Utc>,
    created_by: Uuid,
    changed_at: DateTime<Utc>,
    changed_by: Uuid,
}

/// What a [`Row`] reads, of a table called `a`.
pub(super) const ROW: &str = "a.id, a.state, a.audience, a.language, a.title, a.body, a.revision, a.sequence, a.created_at, \
    a.created_by, a.changed_at, a.changed_by";

impl Row {
    pub(super) fn article(self) -> Result<Article, Error> {
        Ok(Article {
            id: ArticleId::from_uuid(self.id),
            state: word::<ArticleState>("state", &self.state)?,
            audience: word::<Audience>("audience", &self.audience)?,
            language: word::<Language>("language", &self.language)?,
            title: self.title,
            body: self.body,
            revision: self.revision,
            sequence: self.sequence,
            created_at: self.created_at,
            created_by: PersonId::from_uuid(self.created_by),
            changed_at: self.changed_at,
            changed_by: PersonId::from_uuid(self.changed_by),
        })
    }
}

/// What a caller may see of a tenant's articles.
#[derive(Debug, Clone)]
pub struct Sight {
    /// In these states.
    pub states: Vec<ArticleState>,
    /// For these audiences.
    pub audiences: Vec<Audience>,
}

impl Sight {
    /// Whether the article is among them.
    pub fn shows(&self, article: &Article) -> bool {
        self.states.contains(&article.state) && self.audiences.contains(&article.audience)
    }
}

/// Articles by id, whatever their state.
pub async fn by_ids(
    tx: &mut Tx,
    wanted: &[ArticleId],
) -> Result<HashMap<ArticleId, Article>, Error> {
    let mut query =
        QueryBuilder::<Postgres>::new(format!("SELECT {ROW} FROM article a WHERE a.id = ANY("));
    query
        .push_bind(wanted.iter().map(|a| a.uuid()).collect::<Vec<_>>())
        .push(")");
    query
        .build_query_as::<Row>()
        .fetch_all(tx.conn())
        .await?
        .into_iter()
        .map(|r| r.article().map(|a| (a.id, a)))
        .collect()
}

/// One article; nobody changes it until this transaction ends.
pub async fn lock(tx: &mut Tx, id: ArticleId) -> Result<Option<Article>, Error> {
    let mut query =
        QueryBuilder::<Postgres>::new(format!("SELECT {ROW} FROM article a WHERE a.id = "));
    query.push_bind(id.uuid()).push(" FOR UPDATE");
    query
        .build_query_as::<Row>()
        .fetch_optional(tx.conn())
        .await?
        .map(Row::article)
        .transpose()
}

/// Adds a new article with its first revision.
pub async fn insert(tx: &mut Tx, a: &Article) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO article (id, state, audience, language, title, body, revision, sequence, created_at, created_by, \
         changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(a.id.uuid())
    .bind(a.state.word())
    .bind(a.audience.word())
    .bind(a.language.word())
    .bind(&a.title)
    .bind(&a.body)
    .bind(a.revision)
    .bind(a.sequence)
    .bind(a.created_at)
    .bind(a.created_by.uuid())
    .bind(a.changed_at)
    .bind(a.changed_by.uuid())
    .execute(tx.conn())
    .await?;
    keep_revision(tx, a).await
}

/// Writes a locked article back as it is now.
pub async fn update(tx: &mut Tx, a: &Article) -> Result<(), Error> {
    sqlx::query(
        "UPDATE article SET state = $2, audience = $3, language = $4, title = $5, body = $6, revision = $7, \
         sequence = $8, changed_at = $9, changed_by = $10 WHERE id = $1",
    )
    .bind(a.id.uuid())
    .bind(a.state.word())
    .bind(a.audience.word())
    .bind(a.language.word())
    .bind(&a.title)
    .bind(&a.body)
    .bind(a.revision)
    .bind(a.sequence)
    .bind(a.changed_at)
    .bind(a.changed_by.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Keeps the words as they are now under their revision.
pub async fn keep_revision(tx: &mut Tx, a: &Article) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO article_revision (article, revision, audience, language, title, body, at, by_person) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(a.id.uuid())
    .bind(a.revision)
    .bind(a.audience.word())
    .bind(a.language.word())
    .bind(&a.title)
    .bind(&a.body)
    .bind(a.changed_at)
    .bind(a.changed_by.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Announces one more fact about a locked article without changing it.
pub async fn count_fact(tx: &mut Tx, a: &Article) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "UPDATE article SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence",
    )
    .bind(a.id.uuid())
    .fetch_one(tx.conn())
    .await?)
}

/// An earlier state of the words.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Which.
    pub revision: i32,
    /// Title then.
    pub title: String,
    /// Words then.
    pub body: String,
    /// When they were written.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: PersonId,
}

/// All revisions of an article, the last first.
pub async fn revisions(tx: &mut Tx, article: ArticleId) -> Result<Vec<Revision>, Error> {
    let rows: Vec<(i32, String, String, DateTime<Utc>, Uuid)> = sqlx::query_as(
        "SELECT revision, title, body, at, by_person FROM article_revision WHERE article = $1 \
         ORDER BY revision DESC LIMIT 200",
    )
    .bind(article.uuid())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(revision, title, body, at, by)| Revision {
            revision,
            title,
            body,
            at,
            by: PersonId::from_uuid(by),
        })
        .collect())
}

/// The place of an article in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// When it last changed, microseconds since 1970.
    #[serde(rename = "t")]
    pub at: i64,
    /// The article, where instants are equal.
    #[serde(rename = "i")]
    pub article: ArticleId,
}

/// A page of `first` articles behind `after`, the last changed first, and whether there are more.
pub async fn page(
    tx: &mut Tx,
    sight: &Sight,
    language: Option<Language>,
    after: Option<Place>,
    first: usize,
) -> Result<(Vec<Article>, bool), Error> {
    let mut query =
        QueryBuilder::<Postgres>::new(format!("SELECT {ROW} FROM article a WHERE true"));
    conditions(&mut query, sight, language);
    if let Some(place) = after {
        let at = DateTime::<Utc>::from_timestamp_micros(place.at).unwrap_or_default();
        query
            .push(" AND (a.changed_at, a.id) < (")
            .push_bind(at)
            .push(", ")
            .push_bind(place.article.uuid())
            .push(")");
    }
    query
        .push(" ORDER BY a.changed_at DESC, a.id DESC LIMIT ")
        .push(first + 1);
    let rows: Vec<Row> = query.build_query_as().fetch_all(tx.conn()).await?;
    let more = rows.len() > first;
    let articles = rows
        .into_iter()
        .take(first)
        .map(Row::article)
        .collect::<Result<_, _>>()?;
    Ok((articles, more))
}

/// How many there are.
pub async fn count(tx: &mut Tx, sight: &Sight, language: Option<Language>) -> Result<i64, Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM article a WHERE true");
    conditions(&mut query, sight, language);
    Ok(query.build_query_scalar().fetch_one(tx.conn()).await?)
}

fn conditions(query: &mut QueryBuilder<Postgres>, sight: &Sight, language: Option<Language>) {
    query
        .push(" AND a.state = ANY(")
        .push_bind(words(&sight.states))
        .push(") AND a.audience = ANY(")
        .push_bind(words(&sight.audiences))
        .push(")");
    if let Some(language) = language {
        query.push(" AND a.language = ").push_bind(language.word());
    }
}
