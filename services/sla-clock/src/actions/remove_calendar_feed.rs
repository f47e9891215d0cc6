//! Takes a feed away from a calendar: its dates are free again.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::create_calendar::find;
use super::follow_feeds::{Followed, judged, write};
use super::inner_use::inner_use;
use super::make_edit::{Decided, book};
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::agreements::KeptCalendar;
use crate::store::feeds;

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
    let now = tools.clock.now();
    let mut tx = begin(tools, tenant).await?;
    let decided = match decide(&mut tx, tools, by.caller, &wish, now).await? {
        Ok(decided) => decided,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    feeds::remove(&mut tx, wish.calendar, wish.name.trim()).await?;
    match write(&mut tx, tools, tenant, &decided).await? {
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

/// What the calendar without that feed comes to, or what stands in the way.
pub(super) async fn decide(
    tx: &mut Tx,
    tools: &Tools,
    caller: &Caller,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    let book = book(tx, tools, wish.tenant).await?;
    if book.hours_of(wish.calendar).is_empty() {
        return Err(Error::NotFound("calendar"));
    }
    let mut followed = Followed::read(tx, wish.calendar).await?;
    let whose = (caller, wish.tenant);
    let touched = [Touched::Calendar(wish.calendar)];
    let inner = inner_use(tx, whose, &book.rulebook(), &touched, ("calendar", now)).await?;
    if let Some(problem) = inner {
        return Ok(Err(vec![problem]));
    }
    if !followed.take(wish.name.trim()) {
        return Ok(Err(vec![Problem::at(
            "name",
            "NO_SUCH_FEED",
            "El calendario no sigue ninguna fuente con ese nombre.",
        )]));
    }
    judged(&book, &followed, wish.calendar, now)
}
