//! Which tickets may call out the standby, and when it is there.

use access::Permission;
use ids::{CalendarId, TenantId};

use super::assign_calendar::never_due;
use super::inner_use::inner_use;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::condition::Condition;
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::reach::unreached;
use crate::domain::standby::{Scheme, Standby, fault};
use crate::error::Error;
use crate::store::{agreements, standby};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// The tickets that may call it out; nobody any more if absent, and then without a calendar.
    pub eligible: Option<Condition>,
    /// The standby's hours.
    pub calendar: Option<CalendarId>,
    /// Move the deadlines of open tickets that it is for, at once.
    pub apply_to_open: bool,
}

/// Says it in place of what was said before; already so is fine. Results that were reached by that stay.
pub async fn set_standby_scheme(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Option<Standby>>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let wished = match (wish.eligible, wish.calendar) {
        (Some(eligible), Some(calendar)) => Some(Standby { eligible, calendar }),
        (None, None) => None,
        (eligible, _) => return Ok(Err(vec![half(eligible.is_some())])),
    };
    let flaw = wished.as_ref().and_then(|s| fault(&s.eligible));
    if let Some(flaw) = flaw {
        return Ok(Err(vec![flaw.problem("eligible")]));
    }
    let mut tx = begin(tools, tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let known = |id: CalendarId| book.calendars.iter().any(|c| c.id == id);
    if wished.as_ref().is_some_and(|s| !known(s.calendar)) {
        tx.rollback().await?;
        return Err(Error::NotFound("calendar"));
    }
    let rulebook = book.rulebook();
    if rulebook.desk.standby() == wished.as_ref() {
        tx.commit().await?;
        return Ok(Ok(wished));
    }
    let now = tools.clock.now();
    let whose = (by.caller, tenant);
    let touched = [Touched::Standby];
    let inner = inner_use(&mut tx, whose, &rulebook, &touched, ("eligible", now)).await?;
    let never = || {
        let with_it = rulebook.with_scheme(Scheme {
            since: book.version + 1,
            standby: wished.clone(),
        });
        let unreached = unreached(&with_it, wished.as_ref()?.calendar, now)?;
        Some(never_due("calendar", &unreached))
    };
    if let Some(problem) = inner.or_else(never) {
        tx.rollback().await?;
        return Ok(Err(vec![problem]));
    }
    standby::say(&mut tx, wished.as_ref()).await?;
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    tx.commit().await?;
    Ok(Ok(wished))
}

fn half(eligible: bool) -> Problem {
    let missing = if eligible { "calendar" } else { "eligible" };
    Problem::at(
        missing,
        "STANDBY_INCOMPLETE",
        "La guardia lleva condición y calendario; para quitarla, ninguno de los dos.",
    )
}
