//! The tenant's reopening window.

use tenancy::Conn;

use crate::domain::reopening::Window;

/// As it is now; none where there is no limit.
pub async fn window(conn: &mut Conn) -> Result<Option<Window>, sqlx::Error> {
    let hours: Option<Option<i32>> = sqlx::query_scalar("SELECT hours FROM reopening_window")
        .fetch_optional(conn)
        .await?;
    Ok(hours.flatten().and_then(Window::of))
}

/// Sets it, in the place of the one before.
pub async fn set_window(conn: &mut Conn, window: Option<Window>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO reopening_window (hours) VALUES ($1)
         ON CONFLICT (single) DO UPDATE SET hours = excluded.hours",
    )
    .bind(window.map(Window::hours))
    .execute(conn)
    .await?;
    Ok(())
}
