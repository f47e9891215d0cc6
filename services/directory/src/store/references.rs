//! What other services' ids lead to: people, machines and applications of a tenant, in one statement.

use chrono::{DateTime, Utc};
use ids::{ApiKeyId, ApplicationId, PersonId, SiteId};
use tenancy::Tx;
use uuid::Uuid;

use super::roles;
use crate::domain::api_key::ApiKey;
use crate::domain::application::Application;
use crate::domain::person::Person;
use crate::error::Error;

/// What is there of what was asked for.
#[derive(Debug, Default)]
pub struct Found {
    /// The tenant's own people.
    pub people: Vec<Person>,
    /// Its machines.
    pub machines: Vec<ApiKey>,
    /// Its applications.
    pub applications: Vec<Application>,
}

/// A row of any of the three tables; what a table has no column for is null or empty.
#[derive(sqlx::FromRow)]
struct Row {
    what: String,
    id: Uuid,
    version: i64,
    /// Of a key: its prefix.
    code: String,
    name: String,
    email: String,
    roles: Vec<String>,
    locale: String,
    country: Option<String>,
    site: Option<Uuid>,
    vip: bool,
    /// Of an application: whether it is retired.
    flag: bool,
    /// Of a key: who made it.
    owner: Option<Uuid>,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl Row {
    fn person(self) -> Result<Person, Error> {
        Ok(Person {
            id: PersonId::from_uuid(self.id),
            version: self.version,
            name: self.name,
            email: self.email,
            roles: roles(&self.roles)?,
            locale: self.locale,
            country: self.country,
            site: self.site.map(SiteId::from_uuid),
            vip: self.vip,
            active: self.flag,
        })
    }

    fn machine(self) -> Result<ApiKey, Error> {
        Ok(ApiKey {
            id: ApiKeyId::from_uuid(self.id),
            name: self.name,
            roles: roles(&self.roles)?,
            prefix: self.code,
            created_by: self.owner.map(PersonId::from_uuid).ok_or_else(|| {
                let (column, value) = ("created_by", String::new());
                Error::Unreadable { column, value }
            })?,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
        })
    }

    fn application(self) -> Application {
        Application {
            id: ApplicationId::from_uuid(self.id),
            version: self.version,
            code: self.code,
            name: self.name,
            owner: self.owner.map(PersonId::from_uuid),
            retired: self.flag,
        }
    }
}

/// Those of `people`, who may be machines as well, and of `applications` that there are.
pub async fn find(
    tx: &mut Tx,
    people: &[PersonId],
    applications: &[ApplicationId],
) -> Result<Found, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT 'person' AS what, id, version, '' AS code, name, email, roles, locale, country, site, vip, active AS flag, \
           NULL::uuid AS owner, created_at, NULL::timestamptz AS last_used_at, NULL::timestamptz AS revoked_at \
           FROM person WHERE id = ANY($1) UNION ALL \
         SELECT 'machine', id, 0, prefix, name, '', roles, '', NULL, NULL, false, false, created_by, created_at, last_used_at, \
           revoked_at FROM api_key WHERE id = ANY($1) UNION ALL \
         SELECT 'application', id, version, code, name, '', '{}', '', NULL, NULL, false, retired, owner, created_at, NULL, NULL \
           FROM application WHERE id = ANY($2)",
    )
    .bind(people.iter().map(|p| p.uuid()).collect::<Vec<_>>())
    .bind(applications.iter().map(|a| a.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut found = Found::default();
    for row in rows {
        match row.what.as_str() {
            "person" => found.people.push(row.person()?),
            "machine" => found.machines.push(row.machine()?),
            _ => found.applications.push(row.application()),
        }
    }
    Ok(found)
}
