//! Adds a category to the tenant's catalogue.

use access::Permission;
use ids::{CategoryId, TenantId};
use serde::Serialize;

use super::{Answer, Asking, Tools};
use crate::domain::Problem;
use crate::domain::problem::text;
use crate::error::Error;
use crate::store::categories::{self, Category};

/// Longest name, characters.
const NAME_MAX: usize = 120;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct CreateCategory {
    /// Whose.
    pub tenant: TenantId,
    /// Its name, unique under its parent.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<CategoryId>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Adds it.
pub async fn create_category(
    tools: &Tools,
    asking: &Asking<'_>,
    input: CreateCategory,
) -> Answer<Category> {
    asking
        .caller
        .require(input.tenant, Permission::ConfigureIntake)?;
    let mut problems = Vec::new();
    text("name", &input.name, NAME_MAX, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let tenant = input.tenant;
    let key = asking.key("createCategory", input.idempotency_key.as_deref(), &input)?;
    let (id, now) = (CategoryId::new(&*tools.ids), tools.clock.now());
    let mut tx = tools.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let category = categories::find(tx.conn(), tenant, &[before]).await?.pop();
        tx.commit().await?;
        return category.map(Ok).ok_or(Error::NotFound("category"));
    }
    if let Some(parent) = input.parent
        && categories::find(tx.conn(), tenant, &[parent])
            .await?
            .is_empty()
    {
        tx.rollback().await?;
        return Ok(Err(vec![Problem::of(
            "parent",
            "CATEGORY_UNKNOWN",
            "No existe esa categoría",
        )]));
    }
    let category = Category {
        tenant,
        id,
        name: input.name.trim().to_owned(),
        parent: input.parent,
        retired: false,
    };
    if !categories::insert(tx.conn(), &category).await? {
        tx.rollback().await?;
        return Ok(Err(vec![Problem::of(
            "name",
            "CATEGORY_EXISTS",
            "Ya hay una categoría con ese nombre",
        )]));
    }
    tx.commit().await?;
    Ok(Ok(category))
}
