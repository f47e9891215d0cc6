//! Name, line, speciality or activity of a group.

use access::Permission;
use ids::{GroupId, TenantId};

use super::create_group::name_taken;
use super::{By, Tools, begin};
use crate::domain::group::{Group, GroupWish, INTAKE_SEED, Speciality};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::{groups, rules};

/// What is wished; what is absent stays.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Under which tenant the caller sees it.
    pub tenant: TenantId,
    /// The group.
    pub group: GroupId,
    /// Another name.
    pub name: Option<String>,
    /// Another line. Tickets that the group holds keep the line they came to it on.
    pub line: Option<i16>,
    /// Another speciality.
    pub speciality: Option<Speciality>,
    /// Takes tickets or does not.
    pub active: Option<bool>,
    /// The version that the caller had before its eyes.
    pub seen: Option<i32>,
}

/// Changes the group. Already so is fine.
pub async fn change_group(tools: &Tools, by: &By<'_>, wish: Wish) -> Result<Outcome<Group>, Error> {
    by.caller
        .require(wish.tenant, Permission::ConfigureRouting)?;
    let mut tx = begin(tools, by.caller, wish.tenant).await?;
    let old = groups::lock(&mut tx, wish.group)
        .await?
        .ok_or(Error::NotFound("group"))?;
    let target = GroupWish {
        name: wish.name.unwrap_or_else(|| old.name.clone()),
        line: wish.line.unwrap_or(old.line),
        speciality: wish.speciality.unwrap_or(old.speciality),
    };
    let target = match target.checked() {
        Ok(target) => target,
        Err(problems) => return Ok(Err(problems)),
    };
    let new = Group {
        name: target.name,
        line: target.line,
        speciality: target.speciality,
        active: wish.active.unwrap_or(old.active),
        version: old.version + 1,
        ..old.clone()
    };
    if (&new.name, new.line, new.speciality, new.active)
        == (&old.name, old.line, old.speciality, old.active)
    {
        tx.rollback().await?;
        return Ok(Ok(old));
    }
    let mut problems = Vec::new();
    if wish.seen.is_some_and(|seen| seen != old.version) {
        problems.push(Problem::stale(i64::from(old.version)));
    }
    if old.tenant.is_none() && groups::name_taken(&mut tx, &new.name, old.id).await? {
        problems.push(name_taken());
    }
    if old.active && !new.active && rules::is_default(&mut tx, old.id, INTAKE_SEED).await? {
        problems.push(Problem::at(
            "active",
            "GROUP_IN_USE",
            "Es el grupo de entrada de algún cliente: elija otro antes de desactivarlo.",
        ));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    groups::update(&mut tx, &new, tools.clock.now()).await?;
    tx.commit().await?;
    Ok(Ok(new))
}
