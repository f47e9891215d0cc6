//! The staff's list, over all tenants they work for.

use access::{Caller, Permission};
use ids::{ProviderId, TenantId};
use messaging::{HandlerScope, Position, Reached};
use tenancy::Tx;

use super::{Tools, provider};
use crate::domain::worklist::{COUNT_AT_MOST, Filter, Page, Place, Sort};
use crate::error::Error;
use crate::store::worklist;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which tickets; its tenants narrow down the caller's, none named means all.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// How many.
    pub first: usize,
    /// Behind which row.
    pub after: Option<Place>,
    /// The caller has written this, and wants to see it.
    pub position: Option<Position>,
    /// Whether the rows are to be counted.
    pub count: bool,
}

/// A page of the worklist of those tenants in which the caller may see it.
pub async fn read_worklist(tools: &Tools, caller: &Caller, mut wish: Wish) -> Result<Page, Error> {
    let mine = caller.tenants_with(Permission::ReadWorklist);
    let tenants: Vec<TenantId> = if wish.filter.tenants.is_empty() {
        mine
    } else {
        for tenant in &wish.filter.tenants {
            caller.require(*tenant, Permission::ReadWorklist)?;
        }
        wish.filter.tenants.clone()
    };
    if tenants.is_empty() {
        // Nobody's worklist: whoever asks holds the permission nowhere.
        let any = caller.tenant(None)?;
        caller.require(any, Permission::ReadWorklist)?;
    }
    let tenants = tools.db.ready(&tenants).await?;
    let provider = provider(caller)?;
    let mut as_of = None;
    // What routing itself wrote is there as soon as it is committed.
    if let Some(position) = &wish.position
        && position.source != "routing"
        && tenants.contains(&position.tenant)
    {
        let reached = messaging::reach(
            &tools.db,
            HandlerScope::Provider,
            Some(provider),
            position.tenant,
            &position.source,
            &[(position.subject.clone(), position.sequence)],
            tools.patience,
        )
        .await?;
        if let Reached::Behind { as_of: known } = reached {
            as_of = Some(known);
        }
    }
    // Left to itself Postgres would plan a queue anew for every list of tenants, which takes longer than reading it.
    let mut tx = if wish.filter.is_a_queue() {
        tools
            .db
            .by_keys()
            .begin_provider(provider, &tenants)
            .await?
    } else {
        tools.db.begin_provider(provider, &tenants).await?
    };
    wish.filter.tenants = tenants;
    let mut page = worklist::page(&mut tx, &wish.filter, wish.sort, wish.after, wish.first).await?;
    if wish.count {
        page.count = Some(count(tools, &mut tx, provider, &wish, &page).await?);
    }
    tx.rollback().await?;
    page.as_of = as_of;
    Ok(page)
}

/// How many there are, as [`Page::count`]; where all of them are on the page, or were too many to be counted a moment ago, nobody
/// has to count.
async fn count(
    tools: &Tools,
    tx: &mut Tx,
    provider: ProviderId,
    wish: &Wish,
    page: &Page,
) -> Result<i64, Error> {
    if wish.after.is_none() && !page.more {
        return Ok(page.items.len() as i64);
    }
    let now = tools.clock.now();
    if tools.tallies.long(provider, &wish.filter, now) {
        return Ok(COUNT_AT_MOST);
    }
    let count = worklist::count(tx, &wish.filter).await?;
    if count >= COUNT_AT_MOST {
        tools.tallies.remember(provider, &wish.filter, now);
    }
    Ok(count)
}
