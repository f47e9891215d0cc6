//! Takes a feed away from a calendar: its dates are free again.

use access::Permission;
use ids::{CalendarId, TenantId};

use super::create_calendar::find;
use super::follow_feeds::follow_feeds;
use super::inner_use::inner_use;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::agreements::KeptCalendar;
use crate::store::{agreements, feeds};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which calendar.
    pub calendar: CalendarId,
    /// The feed's name.
    pub name: String,
    /// Move the deadlines of open tickets at once.
    pub apply_to_open: bool,
}

/// Dates that people wrote, too, stay closed.
pub async fn remove_calendar_feed(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<KeptCalendar>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let mut tx = begin(tools, tenant).await?;
    find(&mut tx, tools, tenant, wish.calendar).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let inner = inner_use(
        &mut tx,
        (by.caller, tenant),
        &book.rulebook(),
        &[Touched::Calendar(wish.calendar)],
        ("calendar", tools.clock.now()),
    )
    .await?;
    if let Some(problem) = inner {
        tx.rollback().await?;
        return Ok(Err(vec![problem]));
    }
    if !feeds::remove(&mut tx, wish.calendar, wish.name.trim()).await? {
        tx.rollback().await?;
        return Ok(Err(vec![Problem::at(
            "name",
            "NO_SUCH_FEED",
            "El calendario no sigue ninguna fuente con ese nombre.",
        )]));
    }
    match follow_feeds(&mut tx, tools, tenant, wish.calendar).await? {
        Ok(changed) => apply(&mut tx, tools, by, tenant, changed && wish.apply_to_open).await?,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    }
    let changed = find(&mut tx, tools, tenant, wish.calendar).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}
