//! Which tickets may call out the standby, and when it is there.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::assign_calendar::never_due;
use super::inner_use::inner_use;
use super::make_edit::{Decided, book, make_edit};
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::condition::Condition;
use crate::domain::edit::Edit;
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::reach::unreached;
use crate::domain::standby::{Scheme, Standby, fault};
use crate::error::Error;

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
    let mut tx = begin(tools, tenant).await?;
    // Once nobody else edits: of two, the later begins later.
    let now = tools.clock.now();
    let decided = match decide(&mut tx, tools, by.caller, &wish, now).await? {
        Ok(decided) => decided,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    if let Some(edit) = &decided.edit {
        if let Err(problems) = make_edit(&mut tx, edit, now).await? {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
        apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    }
    tx.commit().await?;
    let said = decided.after().unwrap_or(decided.before);
    Ok(Ok(said.desk.standby().cloned()))
}

/// What the wish comes to, or what stands in its way.
pub(super) async fn decide(
    tx: &mut Tx,
    tools: &Tools,
    caller: &Caller,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    let wished = match (wish.eligible.clone(), wish.calendar) {
        (Some(eligible), Some(calendar)) => Some(Standby { eligible, calendar }),
        (None, None) => None,
        (eligible, _) => return Ok(Err(vec![half(eligible.is_some())])),
    };
    let flaw = wished.as_ref().and_then(|s| fault(&s.eligible));
    if let Some(flaw) = flaw {
        return Ok(Err(vec![flaw.problem("eligible")]));
    }
    let tenant = wish.tenant;
    let book = book(tx, tools, tenant).await?;
    let known = |id: CalendarId| book.calendars.iter().any(|c| c.id == id);
    if wished.as_ref().is_some_and(|s| !known(s.calendar)) {
        return Err(Error::NotFound("calendar"));
    }
    let before = book.rulebook();
    if before.desk.standby() == wished.as_ref() {
        return Ok(Ok(Decided { before, edit: None }));
    }
    let touched = [Touched::Standby];
    let inner = inner_use(tx, (caller, tenant), &before, &touched, ("eligible", now)).await?;
    let edit = Edit::Standby(Scheme {
        since: book.version + 1,
        standby: wished,
    });
    let never = || {
        let unreached = unreached(&edit.onto(&before), wish.calendar?, now)?;
        Some(never_due("calendar", &unreached))
    };
    if let Some(problem) = inner.or_else(never) {
        return Ok(Err(vec![problem]));
    }
    let edit = Some(edit);
    Ok(Ok(Decided { before, edit }))
}

fn half(eligible: bool) -> Problem {
    let missing = if eligible { "calendar" } else { "eligible" };
    Problem::at(
        missing,
        "STANDBY_INCOMPLETE",
        "La guardia lleva condición y calendario; para quitarla, ninguno de los dos.",
    )
}
