//! A provider's staff, in the provider's schema.

use chrono::{DateTime, Utc};
use ids::{PersonId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use super::unless_taken;
use crate::domain::staff::{Member, New};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    email: String,
    locale: String,
    active: bool,
}

impl From<Row> for Member {
    fn from(row: Row) -> Self {
        Self {
            id: PersonId::from_uuid(row.id),
            name: row.name,
            email: row.email,
            locale: row.locale,
            active: row.active,
        }
    }
}

/// A new member; none if another has the address.
pub async fn insert(
    tx: &mut Tx,
    id: PersonId,
    new: &New,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Member>, Error> {
    let done = sqlx::query(
        "INSERT INTO staff (id, name, email, email_key, locale, password_hash, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
    )
    .bind(id.uuid())
    .bind(&new.name)
    .bind(new.email.as_str())
    .bind(new.email.key())
    .bind(&new.locale)
    .bind(password_hash)
    .bind(now)
    .execute(tx.conn())
    .await;
    let member = Member {
        id,
        name: new.name.clone(),
        email: new.email.as_str().to_owned(),
        locale: new.locale.clone(),
        active: true,
    };
    Ok(unless_taken(done, "staff_email_key_key")?.then_some(member))
}

/// A member; its assignments are changed by one transaction at a time.
pub async fn lock(tx: &mut Tx, id: PersonId) -> Result<Member, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, name, email, locale, active FROM staff WHERE id = $1 FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Member::from)
    .ok_or(Error::NotFound("staff"))
}

/// Those of `wanted` that there are.
pub async fn by_ids(tx: &mut Tx, wanted: &[PersonId]) -> Result<Vec<Member>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, name, email, locale, active FROM staff WHERE id = ANY($1)",
    )
    .bind(wanted.iter().map(|p| p.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// Those of `wanted` who work, or worked, for the tenant.
pub async fn of_tenant(
    tx: &mut Tx,
    tenant: TenantId,
    wanted: &[PersonId],
) -> Result<Vec<Member>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT s.id, s.name, s.email, s.locale, s.active FROM staff s \
         JOIN assignment a ON a.person = s.id AND a.tenant = $1 WHERE s.id = ANY($2)",
    )
    .bind(tenant.uuid())
    .bind(wanted.iter().map(|p| p.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// A page by name: everybody, or those with an assignment among the tenants in sight.
pub async fn page(
    tx: &mut Tx,
    everybody: bool,
    after: Option<&(String, PersonId)>,
    limit: i64,
) -> Result<Vec<Member>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT s.id, s.name, s.email, s.locale, s.active FROM staff s \
         WHERE ($1 OR EXISTS (SELECT 1 FROM assignment a WHERE a.person = s.id AND a.ended_at IS NULL)) \
           AND ($2::text IS NULL OR \
             (lower(shared.unaccented(s.name)) COLLATE \"C\", s.id) > (lower(shared.unaccented($2)) COLLATE \"C\", $3)) \
         ORDER BY lower(shared.unaccented(s.name)) COLLATE \"C\", s.id LIMIT $4",
    )
    .bind(everybody)
    .bind(after.map(|a| &a.0))
    .bind(after.map(|a| a.1.uuid()))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// Sets a password's hash.
pub async fn set_password(
    tx: &mut Tx,
    id: PersonId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("UPDATE staff SET password_hash = $2, changed_at = $3 WHERE id = $1")
        .bind(id.uuid())
        .bind(hash)
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Address and password hash of a member who may sign in. `settled`: after a change that is under way.
pub async fn credentials(
    tx: &mut Tx,
    id: PersonId,
    settled: bool,
) -> Result<Option<(String, Option<String>)>, Error> {
    let sql = if settled {
        "SELECT email, password_hash FROM staff WHERE id = $1 AND active FOR SHARE"
    } else {
        "SELECT email, password_hash FROM staff WHERE id = $1 AND active"
    };
    Ok(sqlx::query_as(sql)
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?)
}
