//! Another version of a calendar.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{CalendarId, TenantId};
use tenancy::Tx;

use super::assign_calendar::never_due;
use super::create_calendar::find;
use super::follow_feeds::Followed;
use super::inner_use::inner_use;
use super::make_edit::{Decided, book, make_edit};
use super::move_notices::move_notices;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::Dated;
use crate::domain::calendar;
use crate::domain::edit::{Edit, Version};
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem, undatable};
use crate::domain::reach::unreached;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
use crate::store::agreements::{Book, KeptCalendar};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub calendar: CalendarId,
    /// All its hours from then on.
    pub hours: calendar::Wish,
    /// They count from here on; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
    /// Move the deadlines of open tickets that count by it, at once.
    pub apply_to_open: bool,
    /// The version that the caller had before its eyes.
    pub seen: Option<i32>,
}

/// Writes another version. What was judged by the versions before stays as it is. Hours by which a target of an agreement in
/// force would never fall due are refused.
pub async fn change_calendar(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<KeptCalendar>, Error> {
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
    if let Some(edit) = &decided.edit
        && let Err(problems) = make_edit(&mut tx, edit, now).await?
    {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    move_notices(&mut tx, tools, tenant).await?;
    let changed = find(&mut tx, tools, tenant, wish.calendar).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}

/// What the wish comes to, or what stands in its way.
pub(super) async fn decide(
    tx: &mut Tx,
    tools: &Tools,
    caller: &Caller,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Decided>, Error> {
    let book = book(tx, tools, wish.tenant).await?;
    let followed = Followed::read(tx, wish.calendar).await?;
    let before = book.rulebook();
    let whose = (caller, wish.tenant);
    let touched = [Touched::Calendar(wish.calendar)];
    let inner = inner_use(tx, whose, &before, &touched, ("calendar", now)).await?;
    if let Some(problem) = inner {
        return Ok(Err(vec![problem]));
    }
    let added = judged(&book, &before, &followed, wish, now)?;
    Ok(added.map(|added| Decided {
        before,
        edit: Some(added),
    }))
}

/// The version that the wish comes to, with those of its closed dates that are feeds', or what stands in its way.
fn judged(
    book: &Book,
    before: &Rulebook,
    followed: &Followed,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Edit>, Error> {
    let kept = book.calendars.iter().find(|c| c.id == wish.calendar);
    let kept = kept.ok_or(Error::NotFound("calendar"))?;
    let valid_from = wish.valid_from.unwrap_or(now);
    let written = wish.hours.checked(valid_from.max(now));
    let followed = written.and_then(|written| followed.onto(&written, &kept.versions));
    let (calendar, fed) = match followed {
        Ok(calendar) => calendar,
        Err(problems) => return Ok(Err(problems)),
    };
    let latest = kept.latest();
    let problem = stale(wish.seen, latest).or(undatable(wish.valid_from));
    if let Some(problem) = problem {
        return Ok(Err(vec![problem]));
    }
    let dated = Dated {
        id: wish.calendar,
        version: latest + 1,
        since: book.version + 1,
        valid_from,
        calendar,
    };
    let edit = Edit::Hours(vec![Version { dated, fed }]);
    // From when on it counts, be that later or long ago: what matters is what it has for tickets that are still to come.
    if let Some(unreached) = unreached(&edit.onto(before), wish.calendar, now) {
        return Ok(Err(vec![never_due("hours", &unreached)]));
    }
    Ok(Ok(edit))
}

/// Somebody else was first.
pub(super) fn stale(seen: Option<i32>, latest: i32) -> Option<Problem> {
    seen.filter(|seen| *seen != latest).map(|_| {
        Problem::at(
            "version",
            "STALE",
            format!("Otra persona lo cambió antes: la versión vigente es la {latest}."),
        )
    })
}
