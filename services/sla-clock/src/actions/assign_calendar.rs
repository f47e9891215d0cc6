//! A calendar is given to a group, an application or a country.

use access::Permission;
use ids::{CalendarId, TenantId};

use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::hours_of::{Given, Owner};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::{agreements, desks};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// To whom it is given.
    pub to: Owner,
    /// Which; none any more if absent.
    pub calendar: Option<CalendarId>,
    /// Move the deadlines of open tickets that it is for, at once.
    pub apply_to_open: bool,
}

/// Gives the calendar, in place of the one that was given before; already so is fine. Results that were reached by that
/// one stay.
pub async fn assign_calendar(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Given>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    if let Owner::Country(code) = &wish.to
        && !(code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
    {
        return Ok(Err(vec![Problem::at(
            "country",
            "BAD_COUNTRY",
            format!("«{code}» no es un código de país de dos letras, como PE."),
        )]));
    }
    let mut tx = begin(tools, tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let known = |id: CalendarId| book.calendars.iter().any(|c| c.id == id);
    if wish.calendar.is_some_and(|id| !known(id)) {
        tx.rollback().await?;
        return Err(Error::NotFound("calendar"));
    }
    if book.rulebook().desk.calendar_of(&wish.to) != wish.calendar {
        desks::give(&mut tx, &wish.to, wish.calendar).await?;
        apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    }
    tx.commit().await?;
    Ok(Ok(Given {
        to: wish.to,
        since: book.version + 1,
        calendar: wish.calendar,
    }))
}
