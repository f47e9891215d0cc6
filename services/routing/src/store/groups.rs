//! Resolver groups and their members.

use chrono::{DateTime, Utc};
use events::Word as _;
use ids::{GroupId, IdGen, PersonId, TenantId};
use std::collections::{BTreeSet, HashMap};
use tenancy::Tx;
use uuid::Uuid;

use super::word;
use crate::domain::group::{Group, GroupWish, INTAKE_NAME, INTAKE_SEED, Speciality, Team};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: Option<Uuid>,
    name: String,
    line: i16,
    speciality: String,
    active: bool,
    version: i32,
}

impl Row {
    fn group(self) -> Result<Group, Error> {
        Ok(Group {
            id: GroupId::from_uuid(self.id),
            tenant: self.tenant.map(TenantId::from_uuid),
            speciality: word::<Speciality>("speciality", &self.speciality)?,
            name: self.name,
            line: self.line,
            active: self.active,
            version: self.version,
        })
    }
}

fn uuids(groups: &[GroupId]) -> Vec<Uuid> {
    groups.iter().map(|g| g.uuid()).collect()
}

/// Those of `wanted` that are visible.
pub async fn by_ids(tx: &mut Tx, wanted: &[GroupId]) -> Result<HashMap<GroupId, Group>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, tenant, name, line, speciality, active, version FROM resolver_group WHERE id = ANY($1)",
    )
    .bind(uuids(wanted))
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|r| r.group().map(|g| (g.id, g)))
    .collect()
}

/// The provider's own groups, and those taken over for the tenants in sight, by line and name.
pub async fn list(tx: &mut Tx, line: Option<i16>, inactive_too: bool) -> Result<Vec<Group>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, tenant, name, line, speciality, active, version FROM resolver_group \
         WHERE ($1::smallint IS NULL OR line = $1) AND (active OR $2) ORDER BY line, lower(name), id LIMIT 2000",
    )
    .bind(line)
    .bind(inactive_too)
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Row::group)
    .collect()
}

/// The members of each group, in the order they joined.
pub async fn members(
    tx: &mut Tx,
    groups: &[GroupId],
) -> Result<HashMap<GroupId, Vec<PersonId>>, Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT group_id, person FROM group_member WHERE group_id = ANY($1) ORDER BY group_id, added_at, person",
    )
    .bind(uuids(groups))
    .fetch_all(tx.conn())
    .await?;
    let mut all: HashMap<GroupId, Vec<PersonId>> = HashMap::new();
    for (group, person) in rows {
        all.entry(GroupId::from_uuid(group))
            .or_default()
            .push(PersonId::from_uuid(person));
    }
    Ok(all)
}

/// A group with its members.
pub async fn team(tx: &mut Tx, group: GroupId) -> Result<Option<Team>, Error> {
    let Some(found) = by_ids(tx, &[group]).await?.remove(&group) else {
        return Ok(None);
    };
    let members = members(tx, &[group])
        .await?
        .remove(&group)
        .unwrap_or_default();
    Ok(Some(Team {
        group: found,
        members,
    }))
}

/// The same, and nobody changes the group until this transaction ends.
pub async fn lock(tx: &mut Tx, group: GroupId) -> Result<Option<Group>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, tenant, name, line, speciality, active, version FROM resolver_group WHERE id = $1 FOR UPDATE",
    )
    .bind(group.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Row::group)
    .transpose()
}

/// A new group of the provider; none if the name is taken.
pub async fn insert(
    tx: &mut Tx,
    id: GroupId,
    wish: &GroupWish,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO resolver_group (id, name, line, speciality, created_at, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
    )
    .bind(id.uuid())
    .bind(&wish.name)
    .bind(wish.line)
    .bind(wish.speciality.word())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether another of the provider's groups bears the name.
pub async fn name_taken(tx: &mut Tx, name: &str, by_other_than: GroupId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM resolver_group WHERE tenant IS NULL AND lower(name) = lower($1) AND id <> $2)",
    )
    .bind(name)
    .bind(by_other_than.uuid())
    .fetch_one(tx.conn())
    .await?)
}

/// Writes a locked group back as it is now.
pub async fn update(tx: &mut Tx, group: &Group, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE resolver_group SET name = $2, line = $3, speciality = $4, active = $5, version = $6, changed_at = $7 \
         WHERE id = $1",
    )
    .bind(group.id.uuid())
    .bind(&group.name)
    .bind(group.line)
    .bind(group.speciality.word())
    .bind(group.active)
    .bind(group.version)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Adds a member; already so is fine.
pub async fn add_member(
    tx: &mut Tx,
    group: GroupId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO group_member (group_id, person, added_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(group.uuid())
    .bind(person.uuid())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes a member out; already so is fine.
pub async fn remove_member(tx: &mut Tx, group: GroupId, person: PersonId) -> Result<(), Error> {
    sqlx::query("DELETE FROM group_member WHERE group_id = $1 AND person = $2")
        .bind(group.uuid())
        .bind(person.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The provider's intake group, made if nobody has made it yet.
pub async fn ensure_intake(
    tx: &mut Tx,
    ids: &dyn IdGen,
    now: DateTime<Utc>,
) -> Result<GroupId, Error> {
    let find = "SELECT id FROM resolver_group WHERE seed = $1";
    let found: Option<Uuid> = sqlx::query_scalar(find)
        .bind(INTAKE_SEED)
        .fetch_optional(tx.conn())
        .await?;
    if let Some(id) = found {
        return Ok(GroupId::from_uuid(id));
    }
    sqlx::query(
        "INSERT INTO resolver_group (id, seed, name, line, speciality, created_at, changed_at) \
         VALUES ($1, $2, $3, 1, $4, $5, $5) ON CONFLICT (seed) WHERE seed IS NOT NULL DO NOTHING",
    )
    .bind(ids.uuid())
    .bind(INTAKE_SEED)
    .bind(INTAKE_NAME)
    .bind(Speciality::ServiceDesk.word())
    .bind(now)
    .execute(tx.conn())
    .await?;
    let id: Uuid = sqlx::query_scalar(find)
        .bind(INTAKE_SEED)
        .fetch_one(tx.conn())
        .await?;
    Ok(GroupId::from_uuid(id))
}

/// Groups of clients' former tools by (tenant, name), made where they are new. They take no tickets: inactive.
pub async fn ensure_imported(
    tx: &mut Tx,
    ids: &dyn IdGen,
    wanted: &BTreeSet<(TenantId, String, i16)>,
    now: DateTime<Utc>,
) -> Result<HashMap<(TenantId, String), GroupId>, Error> {
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let tenants: Vec<Uuid> = wanted.iter().map(|w| w.0.uuid()).collect();
    let names: Vec<&str> = wanted.iter().map(|w| w.1.as_str()).collect();
    let mut found = imported(tx, &tenants, &names).await?;
    let missing: Vec<&(TenantId, String, i16)> = wanted
        .iter()
        .filter(|w| !found.contains_key(&(w.0, w.1.clone())))
        .collect();
    if missing.is_empty() {
        return Ok(found);
    }
    sqlx::query(
        "INSERT INTO resolver_group (id, tenant, name, line, speciality, active, created_at, changed_at) \
         SELECT id, tenant, name, line, 'other', false, $5, $5 \
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[]) AS n(id, tenant, name, line) \
         ON CONFLICT (tenant, name) WHERE tenant IS NOT NULL DO NOTHING",
    )
    .bind(missing.iter().map(|_| ids.uuid()).collect::<Vec<_>>())
    .bind(missing.iter().map(|w| w.0.uuid()).collect::<Vec<_>>())
    .bind(missing.iter().map(|w| w.1.as_str()).collect::<Vec<_>>())
    .bind(missing.iter().map(|w| w.2.clamp(1, 3)).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.conn())
    .await?;
    found.extend(imported(tx, &tenants, &names).await?);
    Ok(found)
}

async fn imported(
    tx: &mut Tx,
    tenants: &[Uuid],
    names: &[&str],
) -> Result<HashMap<(TenantId, String), GroupId>, Error> {
    let rows: Vec<(Uuid, String, Uuid)> = sqlx::query_as(
        "SELECT g.tenant, g.name, g.id FROM unnest($1::uuid[], $2::text[]) AS w(tenant, name) \
         JOIN resolver_group g ON g.tenant = w.tenant AND g.name = w.name",
    )
    .bind(tenants)
    .bind(names)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(t, n, g)| ((TenantId::from_uuid(t), n), GroupId::from_uuid(g)))
        .collect())
}
