//! One of the provider's staff begins to work for a tenant, or with other roles.

use access::{CallerKind, Permission, Role};
use ids::{PersonId, TenantId};
use tenancy::TenancyError;

use super::{Act, Directory, Told};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::roles::check_giving;
use crate::domain::staff::{Assignment, Member, read_roles};
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::{assignments, staff};

/// A member and what it is with a tenant.
#[derive(Debug, Clone)]
pub struct Assigned {
    /// The member.
    pub member: Member,
    /// With this tenant; none if it never was.
    pub assignment: Option<Assignment>,
}

/// Gives the member these roles with the tenant. Already so is fine.
pub async fn assign_staff(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    person: PersonId,
    roles: Vec<Role>,
) -> Result<Outcome<Told<Assigned>>, Error> {
    let own = own_roles(act, tenant)?;
    match read_roles(roles, own.as_deref()) {
        Ok(roles) => set(directory, act, tenant, person, &roles, own.as_deref()).await,
        Err(problems) => Ok(Err(problems)),
    }
}

/// The caller's roles with the tenant, if it may assign staff there; none for the operator, who may everywhere.
pub(super) fn own_roles(act: &Act, tenant: TenantId) -> Result<Option<Vec<Role>>, Error> {
    if act.caller.kind == CallerKind::Operator {
        return Ok(None);
    }
    let grant = act.caller.require(tenant, Permission::ManageStaff)?;
    Ok(Some(grant.roles.to_vec()))
}

/// Sets the roles of an assignment; none of them ends it.
pub(super) async fn set(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    person: PersonId,
    roles: &[Role],
    own: Option<&[Role]>,
) -> Result<Outcome<Told<Assigned>>, Error> {
    let row = directory.db.tenant(tenant).await?;
    if own.is_some() && directory.db.ready(&[tenant]).await?.is_empty() {
        return Err(TenancyError::Suspended.into());
    }
    let now = directory.now();
    let mut tx = directory.db.begin_provider(row.provider, &[tenant]).await?;
    let member = staff::lock(&mut tx, person).await?;
    if !member.active && !roles.is_empty() {
        let message = "Esa persona está dada de baja.";
        return Ok(Err(vec![Problem::at("staff", "STAFF_INACTIVE", message)]));
    }
    let before = assignments::find(&mut tx, person, tenant).await?;
    // Whoever may not give a role may not take it either.
    let held = before.as_ref().map_or(&[][..], |b| &b.roles);
    if let Some(own) = own
        && let Err(problem) = check_giving(own, held)
    {
        return Ok(Err(vec![problem]));
    }
    let Some(next) = Assignment::next(before.as_ref(), person, tenant, roles, now) else {
        let thing = Assigned {
            member,
            assignment: before,
        };
        return Ok(Ok(Told { thing, fact: None }));
    };
    assignments::save(&mut tx, &next).await?;
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, row.provider, now);
    let fact = telling.assignment(&next)?;
    let told = (tenant, fact.subject.clone(), fact.sequence);
    directory.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    let thing = Assigned {
        member,
        assignment: Some(next),
    };
    Ok(Ok(Told {
        thing,
        fact: Some(told),
    }))
}
