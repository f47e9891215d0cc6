//! One file per verb: may I, load, decide, save and announce, commit.

pub mod add_group_member;
pub mod assign_ticket;
pub mod change_group;
mod change_members;
pub mod create_group;
pub mod follow_clocks;
pub mod follow_staff;
pub mod follow_tickets;
mod hand_over;
pub mod move_ticket;
pub mod read_assignments;
pub mod read_groups;
pub mod read_rules;
pub mod read_worklist;
pub mod release_ticket;
pub mod remove_group_member;
pub mod set_routing_rules;
pub mod take_ticket;
pub mod tallies;
pub mod welcome_tenants;

use std::sync::Arc;
use std::time::Duration;

pub use access::By;
use access::{Caller, CallerKind, Permission, Refusal};
use clock::SharedClock;
use events::intake::Actor;
use ids::{ProviderId, SharedIds, TenantId};
use messaging::Outbox;
use tenancy::{ProviderTx, ServiceDb};

pub use self::hand_over::HandedOver;
use self::tallies::Tallies;
use crate::error::Error;

/// What actions work with.
#[derive(Clone)]
pub struct Tools {
    /// The database.
    pub db: ServiceDb,
    /// Where facts are announced.
    pub outbox: Outbox,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
    /// How long an answer may wait for facts that the caller knows of.
    pub patience: Duration,
    /// Lists that are longer than anybody counts.
    pub tallies: Arc<Tallies>,
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

/// Who acts, as it stands in facts.
fn actor(caller: &Caller) -> Actor {
    let person = caller.person;
    match caller.kind {
        CallerKind::Staff => Actor::Staff { person },
        CallerKind::Machine => Actor::Machine { person },
        CallerKind::Person => Actor::Requester { person },
        CallerKind::Operator => Actor::System,
    }
}

/// The provider in whose schema the caller's tenants stand.
fn provider(caller: &Caller) -> Result<ProviderId, Error> {
    caller.provider.ok_or(Error::Refused(Refusal::NotFound))
}

/// The provider's transaction for one tenant of the caller; refused while the tenant is suspended.
async fn begin(tools: &Tools, caller: &Caller, tenant: TenantId) -> Result<ProviderTx, Error> {
    if tools.db.ready(&[tenant]).await?.is_empty() {
        // Tells "suspended" from "unknown".
        tools.db.tenant(tenant).await?;
        return Err(tenancy::TenancyError::Suspended.into());
    }
    Ok(tools
        .db
        .begin_provider(provider(caller)?, &[tenant])
        .await?)
}

/// The tenant under which a caller sees the provider's own things (groups): the named or chosen one, else the first in
/// which the permission is held.
fn standpoint(
    caller: &Caller,
    named: Option<TenantId>,
    permission: Permission,
) -> Result<TenantId, Error> {
    if let Some(tenant) = named.or(caller.chosen) {
        return Ok(caller.require(tenant, permission)?.tenant);
    }
    caller
        .tenants_with(permission)
        .first()
        .copied()
        .ok_or(Error::Refused(if caller.tenants.is_empty() {
            Refusal::NotFound
        } else {
            Refusal::Forbidden { permission }
        }))
}
