//! What intake knows of directory's people, applications and vendors, and the one read that judges what a caller names.

use events::Word as _;
use events::directory::{ApplicationSnapshot, PersonSnapshot, VendorSnapshot};
use events::intake::{Degree, Priority};
use idempotency::Key;
use ids::{ApplicationId, CategoryId, PersonId, VendorId};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::types::Json;
use tenancy::Conn;

use super::uuids;

/// What a caller named, to be judged in one read.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Impact on internal users, on external customers, and urgency.
    pub degrees: (Degree, Degree, Degree),
    /// The application.
    pub application: Option<ApplicationId>,
    /// The category.
    pub category: Option<CategoryId>,
    /// Somebody else who asks.
    pub person: Option<PersonId>,
    /// The caller's key.
    pub key: Option<&'a Key>,
}

/// What was found. `None` for what is not there (or was not named); `Some(true)` means it may be used.
#[derive(Debug, Default)]
pub struct Found {
    /// The internal half of the matrix says.
    pub internal: Option<Priority>,
    /// The external half of the matrix says.
    pub external: Option<Priority>,
    /// Application: not retired.
    pub application: Option<bool>,
    /// Category: not retired.
    pub category: Option<bool>,
    /// Person: active.
    pub person: Option<bool>,
    /// Hash and ids remembered for the key.
    pub remembered: Option<(Vec<u8>, Value)>,
}

/// Looks everything up at once.
pub async fn look_up(conn: &mut Conn, named: Named<'_>) -> Result<Found, sqlx::Error> {
    let (internal, external, urgency) = named.degrees;
    let row = sqlx::query(
        "SELECT
            (SELECT priority FROM priority_matrix WHERE audience = 'internal' AND impact = $1 AND urgency = $3) AS internal,
            (SELECT priority FROM priority_matrix WHERE audience = 'external' AND impact = $2 AND urgency = $3) AS external,
            (SELECT NOT retired FROM application WHERE id = $4) AS application,
            (SELECT NOT retired FROM category WHERE id = $5) AS category,
            (SELECT active FROM person WHERE id = $6) AS person,
            i.body_hash, i.result
         FROM (SELECT) AS once
         LEFT JOIN idempotency i ON i.person = $7 AND i.operation = $8 AND i.key = $9",
    )
    .bind(internal.word())
    .bind(external.word())
    .bind(urgency.word())
    .bind(named.application.map(ids::ApplicationId::uuid))
    .bind(named.category.map(ids::CategoryId::uuid))
    .bind(named.person.map(ids::PersonId::uuid))
    .bind(named.key.map(|k| k.person.uuid()))
    .bind(named.key.map(|k| k.operation))
    .bind(named.key.map(|k| k.text.as_str()))
    .fetch_one(conn)
    .await?;
    let priority = |column| -> Result<Option<Priority>, sqlx::Error> {
        Ok(row
            .try_get::<Option<&str>, _>(column)?
            .and_then(Priority::of_word))
    };
    let hash: Option<Vec<u8>> = row.try_get("body_hash")?;
    let result: Option<Json<Value>> = row.try_get("result")?;
    Ok(Found {
        internal: priority("internal")?,
        external: priority("external")?,
        application: row.try_get("application")?,
        category: row.try_get("category")?,
        person: row.try_get("person")?,
        remembered: hash.zip(result.map(|r| r.0)),
    })
}

/// Takes over people as they are now. Each id once.
pub async fn put_people(conn: &mut Conn, people: &[PersonSnapshot]) -> Result<(), sqlx::Error> {
    // Arrays of arrays are rectangles in Postgres: roles travel joined.
    let roles: Vec<String> = people.iter().map(|p| p.roles.join(",")).collect();
    sqlx::query(
        "INSERT INTO person (id, roles, active)
         SELECT id, string_to_array(roles, ','), active FROM unnest($1::uuid[], $2::text[], $3::bool[]) AS n (id, roles, active)
         ON CONFLICT (id) DO UPDATE SET roles = excluded.roles, active = excluded.active",
    )
    .bind(uuids(people.iter().map(|p| p.person)))
    .bind(roles)
    .bind(people.iter().map(|p| p.active).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes over applications as they are now. Each id once.
pub async fn put_applications(
    conn: &mut Conn,
    applications: &[ApplicationSnapshot],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO application (id, code, owner, retired)
         SELECT id, code, owner, retired FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bool[]) AS n (id, code, owner, retired)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, owner = excluded.owner, retired = excluded.retired",
    )
    .bind(uuids(applications.iter().map(|a| a.application)))
    .bind(applications.iter().map(|a| a.code.as_str()).collect::<Vec<_>>())
    .bind(applications.iter().map(|a| a.owner.map(ids::PersonId::uuid)).collect::<Vec<_>>())
    .bind(applications.iter().map(|a| a.retired).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether a vendor may be waited for: none if there is no such vendor, false if it is retired.
pub async fn vendor(conn: &mut Conn, vendor: VendorId) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar("SELECT NOT retired FROM vendor WHERE id = $1")
        .bind(vendor.uuid())
        .fetch_optional(conn)
        .await
}

/// Takes over vendors as they are now. Each id once.
pub async fn put_vendors(conn: &mut Conn, vendors: &[VendorSnapshot]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO vendor (id, retired) SELECT id, retired FROM unnest($1::uuid[], $2::bool[]) AS n (id, retired)
         ON CONFLICT (id) DO UPDATE SET retired = excluded.retired",
    )
    .bind(uuids(vendors.iter().map(|v| v.vendor)))
    .bind(vendors.iter().map(|v| v.retired).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
