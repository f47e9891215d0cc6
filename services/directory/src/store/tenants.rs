//! Tenants, as the platform knows them.

use chrono::{DateTime, Utc};
use ids::{ProviderId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::tenant::{PARTS, State, Tenant};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    provider: Uuid,
    slug: String,
    name: String,
    locale: String,
    time_zone: String,
    state: String,
    sequence: i64,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Tenant {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: TenantId::from_uuid(row.id),
            provider: ProviderId::from_uuid(row.provider),
            slug: row.slug,
            name: row.name,
            locale: row.locale,
            time_zone: row.time_zone,
            state: State::from_word(&row.state).ok_or(Error::Unreadable {
                column: "state",
                value: row.state,
            })?,
            sequence: row.sequence,
            created_at: row.created_at,
        })
    }
}

fn uuids(tenants: &[TenantId]) -> Vec<Uuid> {
    tenants.iter().map(|t| t.uuid()).collect()
}

/// Promises a tenant. The promise of the same slug and provider that was not kept yet is taken over; none if the slug
/// is, or ever was, another's.
pub async fn promise(tx: &mut Tx, new: &Tenant) -> Result<Option<Tenant>, Error> {
    let fresh = sqlx::query(
        "WITH record AS ( \
             INSERT INTO platform.tenant_record (id, provider, slug, name, locale, time_zone, state, created_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7, $8 \
             WHERE NOT EXISTS (SELECT 1 FROM platform.tenant_slug WHERE slug = $3) \
             ON CONFLICT (slug) DO NOTHING RETURNING id, slug) \
         INSERT INTO platform.tenant_slug (slug, tenant, since) SELECT slug, id, $8 FROM record",
    )
    .bind(new.id.uuid())
    .bind(new.provider.uuid())
    .bind(&new.slug)
    .bind(&new.name)
    .bind(&new.locale)
    .bind(&new.time_zone)
    .bind(new.state.as_str())
    .bind(new.created_at)
    .execute(tx.conn())
    .await?;
    if fresh.rows_affected() == 1 {
        return Ok(Some(new.clone()));
    }
    sqlx::query_as::<_, Row>(
        "UPDATE platform.tenant_record SET name = $3, locale = $4, time_zone = $5 \
         WHERE slug = $1 AND provider = $2 AND sequence = 0 \
         RETURNING id, provider, slug, name, locale, time_zone, state, sequence, created_at",
    )
    .bind(&new.slug)
    .bind(new.provider.uuid())
    .bind(&new.name)
    .bind(&new.locale)
    .bind(&new.time_zone)
    .fetch_optional(tx.conn())
    .await?
    .map(Tenant::try_from)
    .transpose()
}

/// Marks a promise as kept; false if it was before.
pub async fn announced(tx: &mut Tx, id: TenantId) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE platform.tenant_record SET sequence = 1 WHERE id = $1 AND sequence = 0",
    )
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Promises of before `before` that nobody kept.
pub async fn broken_promises(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<Tenant>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, provider, slug, name, locale, time_zone, state, sequence, created_at \
         FROM platform.tenant_record WHERE sequence = 0 AND created_at < $1 ORDER BY created_at LIMIT 100",
    )
    .bind(before)
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Tenant::try_from)
    .collect()
}

/// A tenant that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: TenantId) -> Result<Tenant, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, provider, slug, name, locale, time_zone, state, sequence, created_at \
         FROM platform.tenant_record WHERE id = $1 AND sequence > 0 FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound("tenant"))?
    .try_into()
}

/// Writes a locked tenant as it is now, here and where tenancy looks. False if the slug is, or was, another's.
pub async fn update(tx: &mut Tx, tenant: &Tenant, now: DateTime<Utc>) -> Result<bool, Error> {
    sqlx::query("INSERT INTO platform.tenant_slug (slug, tenant, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(&tenant.slug)
        .bind(tenant.id.uuid())
        .bind(now)
        .execute(tx.conn())
        .await?;
    let holder: Uuid =
        sqlx::query_scalar("SELECT tenant FROM platform.tenant_slug WHERE slug = $1")
            .bind(&tenant.slug)
            .fetch_one(tx.conn())
            .await?;
    if holder != tenant.id.uuid() {
        return Ok(false);
    }
    sqlx::query(
        "UPDATE platform.tenant_record SET slug = $2, name = $3, locale = $4, time_zone = $5, state = $6, sequence = $7 \
         WHERE id = $1",
    )
    .bind(tenant.id.uuid())
    .bind(&tenant.slug)
    .bind(&tenant.name)
    .bind(&tenant.locale)
    .bind(&tenant.time_zone)
    .bind(tenant.state.as_str())
    .bind(tenant.sequence)
    .execute(tx.conn())
    .await?;
    let served = if tenant.state == State::Suspended {
        "suspended"
    } else {
        "ready"
    };
    sqlx::query(
        "UPDATE platform.tenant SET slug = $2, name = $3, locale = $4, time_zone = $5, state = $6 WHERE id = $1",
    )
    .bind(tenant.id.uuid())
    .bind(&tenant.slug)
    .bind(&tenant.name)
    .bind(&tenant.locale)
    .bind(&tenant.time_zone)
    .bind(served)
    .execute(tx.conn())
    .await?;
    Ok(true)
}

/// Notes that services made their parts of a tenant, and calls it ready when none is missing. Which of the tenants
/// were known.
pub async fn parts_stand(
    tx: &mut Tx,
    parts: &[(TenantId, String, i64)],
    now: DateTime<Utc>,
) -> Result<Vec<TenantId>, Error> {
    let tenants: Vec<Uuid> = parts.iter().map(|p| p.0.uuid()).collect();
    let services: Vec<&str> = parts.iter().map(|p| p.1.as_str()).collect();
    let took: Vec<i64> = parts.iter().map(|p| p.2).collect();
    // Services acknowledge at the same moment over different queues: one at a time, or two would each miss the other's.
    let known: Vec<Uuid> = sqlx::query_scalar(
        "SELECT id FROM platform.tenant_record WHERE id = ANY($1) ORDER BY id FOR UPDATE",
    )
    .bind(&tenants)
    .fetch_all(tx.conn())
    .await?;
    sqlx::query(
        "INSERT INTO platform.tenant_part (tenant, service, took_ms, at) \
         SELECT p.tenant, p.service, p.took, $4 FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS p(tenant, service, took) \
         WHERE p.tenant = ANY($5) ON CONFLICT (tenant, service) DO NOTHING",
    )
    .bind(&tenants)
    .bind(&services)
    .bind(&took)
    .bind(now)
    .bind(&known)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "UPDATE platform.tenant_record t SET state = 'ready', ready_at = $3 \
         WHERE t.id = ANY($1) AND t.state = 'provisioning' AND NOT EXISTS ( \
             SELECT 1 FROM unnest($2::text[]) AS wanted(service) WHERE NOT EXISTS ( \
                 SELECT 1 FROM platform.tenant_part p WHERE p.tenant = t.id AND p.service = wanted.service))",
    )
    .bind(&known)
    .bind(PARTS.as_slice())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(known.into_iter().map(TenantId::from_uuid).collect())
}

/// Those of `wanted` that there are.
pub async fn by_ids(tx: &mut Tx, wanted: &[TenantId]) -> Result<Vec<Tenant>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, provider, slug, name, locale, time_zone, state, sequence, created_at \
         FROM platform.tenant_record WHERE id = ANY($1) AND sequence > 0",
    )
    .bind(uuids(wanted))
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Tenant::try_from)
    .collect()
}

/// The tenant that has, or had, this slug.
pub async fn id_of_slug(tx: &mut Tx, slug: &str) -> Result<Option<TenantId>, Error> {
    let id: Option<Uuid> =
        sqlx::query_scalar("SELECT tenant FROM platform.tenant_slug WHERE slug = $1")
            .bind(slug)
            .fetch_optional(tx.conn())
            .await?;
    Ok(id.map(TenantId::from_uuid))
}

/// A page by slug; of `among` alone if that is given.
pub async fn page(
    tx: &mut Tx,
    among: Option<&[TenantId]>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Tenant>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, provider, slug, name, locale, time_zone, state, sequence, created_at \
         FROM platform.tenant_record \
         WHERE sequence > 0 AND ($1::uuid[] IS NULL OR id = ANY($1)) AND ($2::text IS NULL OR slug > $2) \
         ORDER BY slug LIMIT $3",
    )
    .bind(among.map(uuids))
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Tenant::try_from)
    .collect()
}

/// What a caller's resolution needs to know of a tenant, or of a provider's.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The tenant's provider, or the provider itself; none if there is no such tenant.
    pub provider: Option<ProviderId>,
    /// Of the provider's tenants, those that are suspended.
    pub suspended: Vec<TenantId>,
}

/// One look from a tenant or a provider.
pub async fn sight(tx: &mut Tx, owner: Uuid) -> Result<Sight, Error> {
    let row: (Option<Uuid>, Vec<Uuid>) = sqlx::query_as(
        "WITH of AS (SELECT coalesce((SELECT provider FROM platform.tenant_record WHERE id = $1), \
                                     (SELECT id FROM platform.provider_record WHERE id = $1)) AS provider) \
         SELECT of.provider, coalesce(array_agg(t.id) FILTER (WHERE t.id IS NOT NULL), '{}') \
         FROM of LEFT JOIN platform.tenant_record t ON t.provider = of.provider AND t.state = 'suspended' \
         GROUP BY of.provider",
    )
    .bind(owner)
    .fetch_one(tx.conn())
    .await?;
    Ok(Sight {
        provider: row.0.map(ProviderId::from_uuid),
        suspended: row.1.into_iter().map(TenantId::from_uuid).collect(),
    })
}
