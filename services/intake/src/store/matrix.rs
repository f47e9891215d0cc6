//! The tenant's priority matrix.

use events::Word as _;
use tenancy::Conn;

use super::word;
use crate::domain::priority::{Cell, Matrix};

/// The whole matrix, in the order of audience, impact and urgency.
pub async fn read(conn: &mut Conn) -> Result<Matrix, sqlx::Error> {
    let rows = sqlx::query("SELECT audience, impact, urgency, priority FROM priority_matrix")
        .fetch_all(conn)
        .await?;
    let mut cells = rows
        .iter()
        .map(|row| {
            Ok(Cell {
                audience: word(row, "audience")?,
                impact: word(row, "impact")?,
                urgency: word(row, "urgency")?,
                priority: word(row, "priority")?,
            })
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    cells.sort_unstable();
    Ok(Matrix(cells))
}

/// Sets these cells; the others stay. Each cell once.
pub async fn set(conn: &mut Conn, cells: &[Cell]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE priority_matrix m SET priority = n.priority
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (audience, impact, urgency, priority)
         WHERE m.audience = n.audience AND m.impact = n.impact AND m.urgency = n.urgency",
    )
    .bind(cells.iter().map(|c| c.audience.word()).collect::<Vec<_>>())
    .bind(cells.iter().map(|c| c.impact.word()).collect::<Vec<_>>())
    .bind(cells.iter().map(|c| c.urgency.word()).collect::<Vec<_>>())
    .bind(cells.iter().map(|c| c.priority.word()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
