//! Applications of a tenant, in its schema.

use chrono::{DateTime, Utc};
use ids::{ApplicationId, PersonId};
use tenancy::Tx;
use uuid::Uuid;

use super::unless_taken;
use crate::domain::application::Application;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    version: i64,
    code: String,
    name: String,
    owner: Option<Uuid>,
    retired: bool,
}

impl From<Row> for Application {
    fn from(row: Row) -> Self {
        Self {
            id: ApplicationId::from_uuid(row.id),
            version: row.version,
            code: row.code,
            name: row.name,
            owner: row.owner.map(PersonId::from_uuid),
            retired: row.retired,
        }
    }
}

/// A new application; false if another has the code.
pub async fn insert(tx: &mut Tx, new: &Application, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO application (id, version, code, name, owner, retired, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(new.id.uuid())
    .bind(new.version)
    .bind(&new.code)
    .bind(&new.name)
    .bind(new.owner.map(PersonId::uuid))
    .bind(new.retired)
    .bind(now)
    .execute(tx.conn())
    .await;
    unless_taken(done, "application_code")
}

/// An application that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: ApplicationId) -> Result<Application, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, version, code, name, owner, retired FROM application WHERE id = $1 FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Application::from)
    .ok_or(Error::NotFound("application"))
}

/// Writes a locked application as it is now; false if another has the code.
pub async fn update(tx: &mut Tx, app: &Application, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE application SET version = $2, code = $3, name = $4, owner = $5, retired = $6, changed_at = $7 \
         WHERE id = $1",
    )
    .bind(app.id.uuid())
    .bind(app.version)
    .bind(&app.code)
    .bind(&app.name)
    .bind(app.owner.map(PersonId::uuid))
    .bind(app.retired)
    .bind(now)
    .execute(tx.conn())
    .await;
    unless_taken(done, "application_code")
}

/// All of them by code.
pub async fn list(tx: &mut Tx, retired_too: bool) -> Result<Vec<Application>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, version, code, name, owner, retired FROM application WHERE NOT retired OR $1 \
         ORDER BY upper(code) LIMIT 5000",
    )
    .bind(retired_too)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Application::from).collect())
}
