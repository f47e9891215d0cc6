//! Resolver groups, for those who work with them.

use std::collections::HashMap;

use access::{Caller, Permission};
use ids::{GlobalId, GroupId, PersonId, TenantId};

use super::{Tools, begin, provider, standpoint};
use crate::domain::group::Group;
use crate::error::Error;
use crate::store::groups;

/// The groups of the provider, and those taken over from a tenant's former tool, seen under one tenant.
pub async fn read_groups(
    tools: &Tools,
    caller: &Caller,
    tenant: Option<TenantId>,
    line: Option<i16>,
    inactive_too: bool,
) -> Result<(TenantId, Vec<Group>), Error> {
    let tenant = standpoint(caller, tenant, Permission::ReadWorklist)?;
    let mut tx = begin(tools, caller, tenant).await?;
    let found = groups::list(&mut tx, line, inactive_too).await?;
    tx.rollback().await?;
    Ok((tenant, found))
}

/// Groups by their global ids. A tenant's people may see a group's name and line too: they address groups.
pub async fn groups_by_id(
    tools: &Tools,
    caller: &Caller,
    wanted: &[GlobalId<GroupId>],
) -> Result<HashMap<GlobalId<GroupId>, Group>, Error> {
    let mine: Vec<TenantId> = caller.tenants.iter().map(|t| t.id).collect();
    let wanted: Vec<_> = wanted.iter().filter(|g| mine.contains(&g.tenant)).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let mut tenants: Vec<TenantId> = wanted.iter().map(|g| g.tenant).collect();
    tenants.sort_unstable();
    tenants.dedup();
    let ready = tools.db.ready(&tenants).await?;
    let mut tx = tools.db.begin_provider(provider(caller)?, &ready).await?;
    let ids: Vec<GroupId> = wanted.iter().map(|g| g.id).collect();
    let found = groups::by_ids(&mut tx, &ids).await?;
    tx.rollback().await?;
    Ok(wanted
        .into_iter()
        .filter(|g| ready.contains(&g.tenant))
        .filter_map(|g| {
            let group = found.get(&g.id)?;
            // A group of another client's former tool is not seen under this one.
            (group.tenant.is_none() || group.tenant == Some(g.tenant)).then(|| (*g, group.clone()))
        })
        .collect())
}

/// The members of groups. Staff only: the client addresses groups, never named persons of the provider.
pub async fn members_of(
    tools: &Tools,
    caller: &Caller,
    wanted: &[GlobalId<GroupId>],
) -> Result<HashMap<GlobalId<GroupId>, Vec<PersonId>>, Error> {
    let wanted: Vec<_> = wanted
        .iter()
        .filter(|g| caller.may(g.tenant, Permission::ReadWorklist))
        .collect();
    let Some(first) = wanted.first() else {
        return Ok(HashMap::new());
    };
    let mut tx = begin(tools, caller, first.tenant).await?;
    let ids: Vec<GroupId> = wanted.iter().map(|g| g.id).collect();
    let found = groups::members(&mut tx, &ids).await?;
    tx.rollback().await?;
    Ok(wanted
        .into_iter()
        .map(|g| (*g, found.get(&g.id).cloned().unwrap_or_default()))
        .collect())
}
