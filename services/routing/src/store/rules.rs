//! A tenant's routing: default group and ordered rules.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::Word;
use events::intake::{Priority, TicketKind};
use ids::{ApplicationId, CategoryId, GroupId, RuleId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use super::word;
use crate::domain::rule::{Routing, Rule};
use crate::error::Error;

/// A tenant's routing and how often it was changed.
pub struct Versioned {
    /// The rules.
    pub routing: Routing,
    /// Counts the changes.
    pub version: i32,
}

#[derive(sqlx::FromRow)]
struct RuleRow {
    id: Uuid,
    tenant: Uuid,
    kind: Option<String>,
    category: Option<Uuid>,
    application: Option<Uuid>,
    priority: Option<String>,
    major: Option<bool>,
    group_id: Uuid,
}

impl RuleRow {
    fn rule(self) -> Result<Rule, Error> {
        Ok(Rule {
            id: RuleId::from_uuid(self.id),
            kind: self
                .kind
                .map(|k| word::<TicketKind>("kind", &k))
                .transpose()?,
            category: self.category.map(CategoryId::from_uuid),
            application: self.application.map(ApplicationId::from_uuid),
            priority: self
                .priority
                .map(|p| word::<Priority>("priority", &p))
                .transpose()?,
            major: self.major,
            group: GroupId::from_uuid(self.group_id),
        })
    }
}

fn uuids(tenants: &[TenantId]) -> Vec<Uuid> {
    tenants.iter().map(|t| t.uuid()).collect()
}

/// Gives tenants that have none yet the default group.
pub async fn ensure_default(
    tx: &mut Tx,
    tenants: &[TenantId],
    group: GroupId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO tenant_routing (tenant, default_group, changed_at) \
         SELECT t, $2, $3 FROM unnest($1::uuid[]) AS t ON CONFLICT (tenant) DO NOTHING",
    )
    .bind(uuids(tenants))
    .bind(group.uuid())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How each of the tenants routes.
pub async fn of(tx: &mut Tx, tenants: &[TenantId]) -> Result<HashMap<TenantId, Versioned>, Error> {
    let heads: Vec<(Uuid, Uuid, i32)> = sqlx::query_as(
        "SELECT tenant, default_group, version FROM tenant_routing WHERE tenant = ANY($1)",
    )
    .bind(uuids(tenants))
    .fetch_all(tx.conn())
    .await?;
    let mut all: HashMap<TenantId, Versioned> = heads
        .into_iter()
        .map(|(tenant, group, version)| {
            let routing = Routing {
                rules: Vec::new(),
                default_group: GroupId::from_uuid(group),
            };
            (TenantId::from_uuid(tenant), Versioned { routing, version })
        })
        .collect();
    let rules: Vec<RuleRow> = sqlx::query_as(
        "SELECT id, tenant, kind, category, application, priority, major, group_id \
         FROM routing_rule WHERE tenant = ANY($1) ORDER BY tenant, position",
    )
    .bind(uuids(tenants))
    .fetch_all(tx.conn())
    .await?;
    for row in rules {
        let tenant = TenantId::from_uuid(row.tenant);
        if let Some(of_tenant) = all.get_mut(&tenant) {
            of_tenant.routing.rules.push(row.rule()?);
        }
    }
    Ok(all)
}

/// The version of a tenant's routing; nobody else changes it until this transaction ends.
pub async fn lock(tx: &mut Tx, tenant: TenantId) -> Result<Option<i32>, Error> {
    Ok(
        sqlx::query_scalar("SELECT version FROM tenant_routing WHERE tenant = $1 FOR UPDATE")
            .bind(tenant.uuid())
            .fetch_optional(tx.conn())
            .await?,
    )
}

/// Puts `routing` in the place of what a locked tenant has.
pub async fn replace(
    tx: &mut Tx,
    tenant: TenantId,
    routing: &Routing,
    version: i32,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE tenant_routing SET default_group = $2, version = $3, changed_at = $4 WHERE tenant = $1",
    )
    .bind(tenant.uuid())
    .bind(routing.default_group.uuid())
    .bind(version)
    .bind(now)
    .execute(tx.conn())
    .await?;
    sqlx::query("DELETE FROM routing_rule WHERE tenant = $1")
        .bind(tenant.uuid())
        .execute(tx.conn())
        .await?;
    let rules = &routing.rules;
    sqlx::query(
        "INSERT INTO routing_rule (id, tenant, position, kind, category, application, priority, major, group_id) \
         SELECT id, $2, position, kind, category, application, priority, major, group_id FROM unnest( \
         $1::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::boolean[], $8::uuid[]) \
         WITH ORDINALITY AS r(id, kind, category, application, priority, major, group_id, position)",
    )
    .bind(rules.iter().map(|r| r.id.uuid()).collect::<Vec<_>>())
    .bind(tenant.uuid())
    .bind(rules.iter().map(|r| r.kind.map(Word::word)).collect::<Vec<_>>())
    .bind(rules.iter().map(|r| r.category.map(CategoryId::uuid)).collect::<Vec<_>>())
    .bind(rules.iter().map(|r| r.application.map(ApplicationId::uuid)).collect::<Vec<_>>())
    .bind(rules.iter().map(|r| r.priority.map(Word::word)).collect::<Vec<_>>())
    .bind(rules.iter().map(|r| r.major).collect::<Vec<_>>())
    .bind(rules.iter().map(|r| r.group.uuid()).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether the group is some tenant's default among those in sight, or the one that new tenants get (`seed`).
pub async fn is_default(tx: &mut Tx, group: GroupId, seed: &str) -> Result<bool, Error> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM tenant_routing WHERE default_group = $1) \
         OR EXISTS (SELECT 1 FROM resolver_group WHERE id = $1 AND seed = $2)",
    )
    .bind(group.uuid())
    .bind(seed)
    .fetch_one(tx.conn())
    .await?)
}
