//! The tenant's categories.

use ids::{CategoryId, TenantId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tenancy::Conn;

use super::{id, maybe_id, uuids};

/// A category.
#[derive(Debug, Clone)]
pub struct Category {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: CategoryId,
    /// Its name, unique under its parent.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<CategoryId>,
    /// Takes no new tickets.
    pub retired: bool,
}

fn of(tenant: TenantId, row: &PgRow) -> Result<Category, sqlx::Error> {
    Ok(Category {
        tenant,
        id: id(row, "id")?,
        name: row.try_get("name")?,
        parent: maybe_id(row, "parent")?,
        retired: row.try_get("retired")?,
    })
}

/// All of them, by name.
pub async fn all(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Category>, sqlx::Error> {
    let rows = sqlx::query("SELECT id, name, parent, retired FROM category ORDER BY name, id")
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| of(tenant, row)).collect()
}

/// Those with these ids.
pub async fn find(
    conn: &mut Conn,
    tenant: TenantId,
    ids: &[CategoryId],
) -> Result<Vec<Category>, sqlx::Error> {
    let rows =
        sqlx::query("SELECT id, name, parent, retired FROM category WHERE id = ANY($1::uuid[])")
            .bind(uuids(ids.iter().copied()))
            .fetch_all(conn)
            .await?;
    rows.iter().map(|row| of(tenant, row)).collect()
}

/// Writes a new one; false if its parent has one of that name already.
pub async fn insert(conn: &mut Conn, category: &Category) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO category (id, name, parent) VALUES ($1, $2, $3) ON CONFLICT (parent, name) DO NOTHING",
    )
    .bind(category.id.uuid())
    .bind(&category.name)
    .bind(category.parent.map(ids::CategoryId::uuid))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
