//! Another version of a calendar.

use std::collections::BTreeSet;

use access::Permission;
use chrono::{DateTime, NaiveDate, Utc};
use ids::{CalendarId, TenantId};

use super::assign_calendar::never_due;
use super::create_calendar::find;
use super::follow_feeds::Followed;
use super::inner_use::inner_use;
use super::move_notices::move_notices;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::Dated;
use crate::domain::calendar;
use crate::domain::inner_use::Touched;
use crate::domain::problem::{Outcome, Problem, undatable};
use crate::domain::reach::unreached;
use crate::error::Error;
use crate::store::agreements::{self, Book, KeptCalendar};
use crate::store::feeds;

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub calendar: CalendarId,
    /// All its hours from then on.
    pub hours: calendar::Wish,
    /// Tickets opened from here on; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
    /// Move the deadlines of open tickets that it is for, at once.
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
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let followed = Followed::read(&mut tx, wish.calendar).await?;
    let now = tools.clock.now();
    let whose = (by.caller, tenant);
    let touched = [Touched::Calendar(wish.calendar)];
    let inner = inner_use(
        &mut tx,
        whose,
        &book.rulebook(),
        &touched,
        ("calendar", now),
    )
    .await?;
    if let Some(problem) = inner {
        tx.rollback().await?;
        return Ok(Err(vec![problem]));
    }
    let (added, fed) = match judged(&book, &followed, &wish, now)? {
        Ok(added) => added,
        Err(problems) => {
            tx.rollback().await?;
            return Ok(Err(problems));
        }
    };
    agreements::add_calendar_version(
        &mut tx,
        wish.calendar,
        added.version,
        added.valid_from,
        added.calendar.spec(),
    )
    .await?;
    feeds::note_fed(&mut tx, wish.calendar, added.version, &fed).await?;
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    move_notices(&mut tx, tools, tenant).await?;
    let changed = find(&mut tx, tools, tenant, wish.calendar).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}

/// The version that the wish comes to, with those of its closed dates that are feeds', or what stands in its way.
pub(super) fn judged(
    book: &Book,
    followed: &Followed,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<(Dated, BTreeSet<NaiveDate>)>, Error> {
    let kept = book.calendars.iter().find(|c| c.id == wish.calendar);
    let kept = kept.ok_or(Error::NotFound("calendar"))?;
    let written = wish.hours.checked();
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
    let added = Dated {
        id: wish.calendar,
        version: latest + 1,
        since: book.version + 1,
        valid_from: wish.valid_from.unwrap_or(now),
        calendar,
    };
    // From when on it counts, be that later or long ago: what matters is what it has for tickets that are still to come.
    let changed = book.rulebook().with_hours(&added);
    if let Some(unreached) = unreached(&changed, wish.calendar, now) {
        return Ok(Err(vec![never_due("hours", &unreached)]));
    }
    Ok(Ok((added, fed)))
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
