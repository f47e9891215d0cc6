//! A new resolver group of the provider.

use access::Permission;
use events::Word as _;
use idempotency::Key;
use ids::{GroupId, TenantId};
use serde::Serialize;

use super::{By, Tools, begin, standpoint};
use crate::domain::group::{Group, GroupWish};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::groups;

#[derive(Serialize)]
struct Input<'a> {
    name: &'a str,
    line: i16,
    speciality: &'static str,
}

/// Makes the group; the tenant is the one under which the caller sees it. The same key gives the same group again.
pub async fn create_group(
    tools: &Tools,
    by: &By<'_>,
    wish: GroupWish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<(TenantId, Group)>, Error> {
    let tenant = standpoint(by.caller, None, Permission::ConfigureRouting)?;
    let wish = match wish.checked() {
        Ok(wish) => wish,
        Err(problems) => return Ok(Err(problems)),
    };
    let input = Input {
        name: &wish.name,
        line: wish.line,
        speciality: wish.speciality.word(),
    };
    let key = Key::of(by.caller.person, "createGroup", idempotency_key, &input)?;
    let (id, now) = (GroupId::new(&*tools.ids), tools.clock.now());
    let mut tx = begin(tools, by.caller, tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let group = groups::by_ids(&mut tx, &[before]).await?.remove(&before);
        tx.commit().await?;
        return Ok(Ok((tenant, group.ok_or(Error::NotFound("group"))?)));
    }
    let group = Group {
        id,
        tenant: None,
        name: wish.name.clone(),
        line: wish.line,
        speciality: wish.speciality,
        active: true,
        version: 1,
    };
    if !groups::insert(&mut tx, id, &wish, now).await? {
        tx.rollback().await?;
        return Ok(Err(vec![name_taken()]));
    }
    tx.commit().await?;
    Ok(Ok((tenant, group)))
}

pub(super) fn name_taken() -> Problem {
    Problem::at("name", "NAME_TAKEN", "Ya hay un grupo con ese nombre.")
}
