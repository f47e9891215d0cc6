//! Who holds a ticket, for everybody who may see the ticket.

use std::collections::{BTreeMap, HashMap};

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{TenantId, TicketId};
use messaging::{HandlerScope, Reached};

use super::{Tools, provider};
use crate::domain::assignment::Assignment;
use crate::domain::follow::Key;
use crate::domain::group::Group;
use crate::error::Error;
use crate::store::assignments;

/// A ticket, and intake's version of it that the answer should have seen.
pub type Wanted = (Key, i64);

/// What is known of a ticket's holder.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who holds it; none while it was not heard of yet.
    pub assignment: Option<Assignment>,
    /// The group that does, if it was read too.
    pub group: Option<Group>,
    /// Set if the answer is older than the version asked for: how old.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether the caller may see the person, too: the provider's staff may, the client's people see the group.
    pub with_holder: bool,
}

/// The holders of many tickets. What is not up to the version asked for is waited for, briefly. Tickets that the caller
/// may not see, and such that do not exist, are left out.
pub async fn read_assignments(
    tools: &Tools,
    caller: &Caller,
    wanted: &[Wanted],
) -> Result<HashMap<Key, Known>, Error> {
    let mut tenants: Vec<TenantId> = wanted
        .iter()
        .map(|((t, _), _)| *t)
        .filter(|t| caller.may(*t, Permission::ReadOwnTickets))
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    let tenants = tools.db.ready(&tenants).await?;
    let wanted: Vec<Wanted> = wanted
        .iter()
        .filter(|((t, _), _)| tenants.contains(t))
        .copied()
        .collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let mut known = read(tools, caller, &tenants, &wanted).await?;
    let late = |known: &HashMap<Key, Known>, (key, version): &Wanted| {
        known
            .get(key)
            .and_then(|k| k.assignment.as_ref())
            .is_none_or(|a| a.ticket_version < *version)
    };
    let mut behind: BTreeMap<TenantId, Vec<(String, i64)>> = BTreeMap::new();
    for one in wanted.iter().filter(|w| late(&known, w)) {
        let ((tenant, ticket), version) = one;
        behind
            .entry(*tenant)
            .or_default()
            .push((ticket.to_string(), (*version).max(1)));
    }
    if behind.is_empty() {
        return Ok(known);
    }
    let provider = provider(caller)?;
    let waits = behind.iter().map(|(tenant, subjects)| async move {
        let reached = messaging::reach(
            &tools.db,
            HandlerScope::Provider,
            Some(provider),
            *tenant,
            "intake",
            subjects,
            tools.patience,
        )
        .await?;
        Ok::<_, Error>((*tenant, reached))
    });
    let reached: HashMap<TenantId, Reached> = futures::future::try_join_all(waits)
        .await?
        .into_iter()
        .collect();
    let again: Vec<Wanted> = wanted.iter().filter(|w| late(&known, w)).copied().collect();
    known.extend(read(tools, caller, &tenants, &again).await?);
    for one in &again {
        if let Some(Reached::Behind { as_of }) = reached.get(&one.0.0)
            && late(&known, one)
        {
            known
                .entry(one.0)
                .or_insert_with(|| Known {
                    assignment: None,
                    group: None,
                    as_of: None,
                    with_holder: false,
                })
                .as_of = Some(*as_of);
        }
    }
    Ok(known)
}

async fn read(
    tools: &Tools,
    caller: &Caller,
    tenants: &[TenantId],
    wanted: &[Wanted],
) -> Result<HashMap<Key, Known>, Error> {
    let keys: Vec<(TenantId, TicketId)> = wanted.iter().map(|(key, _)| *key).collect();
    let db = tools.db.by_keys();
    let mut tx = db.begin_provider(provider(caller)?, tenants).await?;
    let found = assignments::of(&mut tx, &keys).await?;
    tx.rollback().await?;
    Ok(found
        .into_iter()
        .filter(|shown| {
            // Whoever sees but its own tickets sees the holders of these alone.
            caller.may(shown.assignment.tenant, Permission::ReadTickets)
                || shown.requester == Some(caller.person)
        })
        .map(|shown| {
            let (tenant, ticket) = (shown.assignment.tenant, shown.assignment.ticket);
            let known = Known {
                with_holder: caller.may(tenant, Permission::ReadWorklist),
                as_of: None,
                assignment: Some(shown.assignment),
                group: shown.group,
            };
            ((tenant, ticket), known)
        })
        .collect())
}
