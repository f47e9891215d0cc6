//! People of a tenant, in its schema.

use chrono::{DateTime, Utc};
use ids::{PersonId, SiteId};
use tenancy::Tx;
use uuid::Uuid;

use super::{roles, unless_taken};
use crate::domain::email::Email;
use crate::domain::person::{New, Person};
use crate::domain::roles::words;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    version: i64,
    name: String,
    email: String,
    roles: Vec<String>,
    locale: String,
    country: Option<String>,
    site: Option<Uuid>,
    vip: bool,
    active: bool,
}

impl TryFrom<Row> for Person {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: PersonId::from_uuid(row.id),
            version: row.version,
            name: row.name,
            email: row.email,
            roles: roles(&row.roles)?,
            locale: row.locale,
            country: row.country,
            site: row.site.map(SiteId::from_uuid),
            vip: row.vip,
            active: row.active,
        })
    }
}

/// A new person with version 1; none if another has the address.
pub async fn insert(
    tx: &mut Tx,
    id: PersonId,
    new: &New,
    password_hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Option<Person>, Error> {
    let done = sqlx::query(
        "INSERT INTO person (id, version, name, email, email_key, roles, locale, country, password_hash, created_at, changed_at, site, vip) \
         VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)",
    )
    .bind(id.uuid())
    .bind(&new.name)
    .bind(new.email.as_str())
    .bind(new.email.key())
    .bind(words(&new.roles))
    .bind(&new.locale)
    .bind(&new.country)
    .bind(password_hash)
    .bind(now)
    .bind(new.site.map(SiteId::uuid))
    .bind(new.vip)
    .execute(tx.conn())
    .await;
    let person = Person {
        id,
        version: 1,
        name: new.name.clone(),
        email: new.email.as_str().to_owned(),
        roles: new.roles.clone(),
        locale: new.locale.clone(),
        country: new.country.clone(),
        site: new.site,
        vip: new.vip,
        active: true,
    };
    Ok(unless_taken(done, "person_email_key_key")?.then_some(person))
}

/// A person that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: PersonId) -> Result<Person, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, version, name, email, roles, locale, country, site, vip, active FROM person WHERE id = $1 FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound("person"))?
    .try_into()
}

/// Writes a locked person as it is now; false if another has the address.
pub async fn update(
    tx: &mut Tx,
    person: &Person,
    email: &Email,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE person SET version = $2, name = $3, email = $4, email_key = $5, roles = $6, locale = $7, country = $8, \
         active = $9, changed_at = $10, site = $11, vip = $12 WHERE id = $1",
    )
    .bind(person.id.uuid())
    .bind(person.version)
    .bind(&person.name)
    .bind(email.as_str())
    .bind(email.key())
    .bind(words(&person.roles))
    .bind(&person.locale)
    .bind(&person.country)
    .bind(person.active)
    .bind(now)
    .bind(person.site.map(SiteId::uuid))
    .bind(person.vip)
    .execute(tx.conn())
    .await;
    unless_taken(done, "person_email_key_key")
}

/// Sets a password's hash.
pub async fn set_password(
    tx: &mut Tx,
    id: PersonId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("UPDATE person SET password_hash = $2, changed_at = $3 WHERE id = $1")
        .bind(id.uuid())
        .bind(hash)
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Address and password hash of a person who may sign in. `settled`: after a change that is under way.
pub async fn credentials(
    tx: &mut Tx,
    id: PersonId,
    settled: bool,
) -> Result<Option<(String, Option<String>)>, Error> {
    let sql = if settled {
        "SELECT email, password_hash FROM person WHERE id = $1 AND active FOR SHARE"
    } else {
        "SELECT email, password_hash FROM person WHERE id = $1 AND active"
    };
    Ok(sqlx::query_as(sql)
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?)
}

/// The roles of a person who may sign in.
pub async fn active_roles(tx: &mut Tx, id: PersonId) -> Result<Option<Vec<access::Role>>, Error> {
    let words: Option<Vec<String>> =
        sqlx::query_scalar("SELECT roles FROM person WHERE id = $1 AND active")
            .bind(id.uuid())
            .fetch_optional(tx.conn())
            .await?;
    words.as_deref().map(roles).transpose()
}

/// The first who may sign in and holds the role.
pub async fn first_with(tx: &mut Tx, role: access::Role) -> Result<Option<PersonId>, Error> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM person WHERE active AND $1 = ANY(roles) ORDER BY created_at, id LIMIT 1",
    )
    .bind(role.as_str())
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(PersonId::from_uuid))
}

/// What a page of people is asked by.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// In name or address, whatever accents and case.
    pub search: Option<String>,
    /// Also those who may not sign in any more.
    pub inactive: bool,
    /// Name and id of the last one seen.
    pub after: Option<(String, PersonId)>,
    /// At most.
    pub limit: i64,
}

/// People by name.
pub async fn page(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Person>, Error> {
    let pattern = wanted.search.as_deref().map(|text| {
        let escaped = text
            .trim()
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        format!("%{escaped}%")
    });
    sqlx::query_as::<_, Row>(
        "SELECT id, version, name, email, roles, locale, country, site, vip, active FROM person \
         WHERE ($1::text IS NULL OR lower(shared.unaccented(name || ' ' || email)) LIKE lower(shared.unaccented($1))) \
           AND (active OR $2) AND ($3::text IS NULL OR \
             (lower(shared.unaccented(name)) COLLATE \"C\", id) > (lower(shared.unaccented($3)) COLLATE \"C\", $4)) \
         ORDER BY lower(shared.unaccented(name)) COLLATE \"C\", id LIMIT $5",
    )
    .bind(pattern)
    .bind(wanted.inactive)
    .bind(wanted.after.as_ref().map(|a| &a.0))
    .bind(wanted.after.as_ref().map(|a| a.1.uuid()))
    .bind(wanted.limit)
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Person::try_from)
    .collect()
}
