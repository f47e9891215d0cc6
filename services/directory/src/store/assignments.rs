//! Whom a provider's staff work for. Row-level security shows the tenants in sight alone.

use access::{Role, TenantGrant};
use chrono::{DateTime, Utc};
use ids::{PersonId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use super::roles;
use crate::domain::roles::words;
use crate::domain::staff::Assignment;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    person: Uuid,
    tenant: Uuid,
    roles: Vec<String>,
    sequence: i64,
    since: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Assignment {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            person: PersonId::from_uuid(row.person),
            tenant: TenantId::from_uuid(row.tenant),
            roles: roles(&row.roles)?,
            sequence: row.sequence,
            since: row.since,
            ended_at: row.ended_at,
        })
    }
}

/// The assignment of a person to a tenant, ended or not.
pub async fn find(
    tx: &mut Tx,
    person: PersonId,
    tenant: TenantId,
) -> Result<Option<Assignment>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT person, tenant, roles, sequence, since, ended_at FROM assignment WHERE person = $1 AND tenant = $2 \
         FOR UPDATE",
    )
    .bind(person.uuid())
    .bind(tenant.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Assignment::try_from)
    .transpose()
}

/// Writes an assignment as it is now.
pub async fn save(tx: &mut Tx, assignment: &Assignment) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO assignment (person, tenant, roles, sequence, since, ended_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (person, tenant) DO UPDATE SET roles = excluded.roles, sequence = excluded.sequence, \
         since = excluded.since, ended_at = excluded.ended_at",
    )
    .bind(assignment.person.uuid())
    .bind(assignment.tenant.uuid())
    .bind(words(&assignment.roles))
    .bind(assignment.sequence)
    .bind(assignment.since)
    .bind(assignment.ended_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The running assignments of these people, of the tenants in sight.
pub async fn running(tx: &mut Tx, people: &[PersonId]) -> Result<Vec<Assignment>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT person, tenant, roles, sequence, since, ended_at FROM assignment \
         WHERE person = ANY($1) AND ended_at IS NULL ORDER BY person, tenant",
    )
    .bind(people.iter().map(|p| p.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Assignment::try_from)
    .collect()
}

/// The tenants and roles of a member who may sign in; none if there is no such member. Sees past the policy, for this
/// one person.
pub async fn grants_of(tx: &mut Tx, person: PersonId) -> Result<Option<Vec<TenantGrant>>, Error> {
    let rows: Vec<(Option<Uuid>, Option<Vec<String>>)> = sqlx::query_as(
        "SELECT a.tenant, a.roles FROM staff s LEFT JOIN assignments_of(s.id) a ON true WHERE s.id = $1 AND s.active",
    )
    .bind(person.uuid())
    .fetch_all(tx.conn())
    .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    rows.into_iter()
        .filter_map(|(tenant, words)| tenant.zip(words))
        .map(|(tenant, words)| {
            Ok(TenantGrant {
                id: TenantId::from_uuid(tenant),
                roles: roles(&words)?,
            })
        })
        .collect::<Result<Vec<_>, Error>>()
        .map(Some)
}

/// The first member who may sign in and holds the role with the tenant in sight.
pub async fn first_with(
    tx: &mut Tx,
    tenant: TenantId,
    role: Role,
) -> Result<Option<PersonId>, Error> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT s.id FROM assignment a JOIN staff s ON s.id = a.person \
         WHERE a.tenant = $1 AND $2 = ANY(a.roles) AND s.active ORDER BY s.created_at, s.id LIMIT 1",
    )
    .bind(tenant.uuid())
    .bind(role.as_str())
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(PersonId::from_uuid))
}
