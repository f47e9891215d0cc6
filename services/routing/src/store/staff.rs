//! Which of the provider's staff work for which tenant.

use ids::{PersonId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use crate::error::Error;

/// Puts down what directory told, in its order: the last word on each (tenant, person); no roles means "no longer".
pub async fn follow(tx: &mut Tx, told: &[(TenantId, PersonId, Vec<String>)]) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    let tenants: Vec<Uuid> = told.iter().map(|t| t.0.uuid()).collect();
    let persons: Vec<Uuid> = told.iter().map(|t| t.1.uuid()).collect();
    // Postgres has no arrays of arrays of different lengths: roles travel joined (their names hold no comma).
    let roles: Vec<String> = told.iter().map(|t| t.2.join(",")).collect();
    sqlx::query(
        "INSERT INTO staff_of_tenant (tenant, person, roles) \
         SELECT tenant, person, string_to_array(roles, ',') FROM unnest($1::uuid[], $2::uuid[], $3::text[]) \
         AS s(tenant, person, roles) \
         ON CONFLICT (tenant, person) DO UPDATE SET roles = excluded.roles",
    )
    .bind(&tenants)
    .bind(&persons)
    .bind(&roles)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "DELETE FROM staff_of_tenant s USING unnest($1::uuid[], $2::uuid[]) AS t(tenant, person) \
         WHERE s.tenant = t.tenant AND s.person = t.person AND cardinality(s.roles) = 0",
    )
    .bind(&tenants)
    .bind(&persons)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The person's roles with the tenant; empty if there are none.
pub async fn roles(tx: &mut Tx, tenant: TenantId, person: PersonId) -> Result<Vec<String>, Error> {
    let roles: Option<Vec<String>> =
        sqlx::query_scalar("SELECT roles FROM staff_of_tenant WHERE tenant = $1 AND person = $2")
            .bind(tenant.uuid())
            .bind(person.uuid())
            .fetch_optional(tx.conn())
            .await?;
    Ok(roles.unwrap_or_default())
}
