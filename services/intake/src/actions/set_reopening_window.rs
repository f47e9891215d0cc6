//! Says within how many hours of its solution a ticket may be reopened by whoever asked for it. It counts at once, also for what
//! was solved before: what is asked for is whether a ticket may be reopened now.

use access::Permission;
use ids::TenantId;
use serde::Serialize;

use super::{Answer, Asking, Tools};
use crate::domain::Problem;
use crate::domain::reopening::Window;
use crate::store::reopening;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct SetReopeningWindow {
    /// Whose.
    pub tenant: TenantId,
    /// How many hours, 1 to [`Window::LONGEST`]; without limit if nothing is said.
    pub hours: Option<i32>,
}

/// Sets it; the window afterwards. Doing it again changes nothing, so it needs no key.
pub async fn set_reopening_window(
    tools: &Tools,
    asking: &Asking<'_>,
    input: SetReopeningWindow,
) -> Answer<Option<Window>> {
    asking
        .caller
        .require(input.tenant, Permission::ConfigureIntake)?;
    let window = input.hours.and_then(Window::of);
    if input.hours.is_some() && window.is_none() {
        let message = format!("Entre 1 y {} horas, o ninguna: sin límite", Window::LONGEST);
        return Ok(Err(vec![Problem::of("hours", "BAD_HOURS", message)]));
    }
    let mut tx = tools.db.begin(input.tenant).await?;
    reopening::set_window(tx.conn(), window).await?;
    tx.commit().await?;
    Ok(Ok(window))
}
