//! Another version of a calendar.

use access::Permission;
use chrono::{DateTime, Utc};
use ids::{CalendarId, TenantId};

use super::create_calendar::find;
use super::recompute::{apply, begin};
use super::{By, Tools};
use crate::domain::agreement::Dated;
use crate::domain::calendar;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::agreements::{self, Book, KeptCalendar};

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

/// Writes another version. What was judged by the versions before stays as it is.
pub async fn change_calendar(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<KeptCalendar>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let mut tx = begin(tools, tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    let added = match judged(&book, &wish, tools.clock.now())? {
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
    apply(&mut tx, tools, by, tenant, wish.apply_to_open).await?;
    let changed = find(&mut tx, tools, tenant, wish.calendar).await?;
    tx.commit().await?;
    Ok(Ok(changed))
}

/// The version that the wish comes to, or what stands in its way.
pub(super) fn judged(
    book: &Book,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<Outcome<Dated>, Error> {
    let calendar = match wish.hours.checked() {
        Ok(calendar) => calendar,
        Err(problems) => return Ok(Err(problems)),
    };
    let kept = book.calendars.iter().find(|c| c.id == wish.calendar);
    let latest = kept.ok_or(Error::NotFound("calendar"))?.latest();
    if let Some(problem) = stale(wish.seen, latest) {
        return Ok(Err(vec![problem]));
    }
    Ok(Ok(Dated {
        id: wish.calendar,
        version: latest + 1,
        since: book.version + 1,
        valid_from: wish.valid_from.unwrap_or(now),
        calendar,
    }))
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
