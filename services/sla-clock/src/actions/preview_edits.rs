//! What an edit of a calendar or an agreement would move, before it is made. Nothing is written.

use access::{Caller, Permission};
use ids::TenantId;

use super::change_agreement;
use super::change_calendar;
use super::{Tools, recompute::AT_ONCE};
use crate::domain::clock::read;
use crate::domain::course::Story;
use crate::domain::preview::Preview;
use crate::domain::problem::Outcome;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
use crate::store::{agreements, clocks, countries, facts};

/// Open tickets looked at: a question must end, whatever the tenant holds.
const MOST_TICKETS: usize = 100_000;

/// What [`change_calendar`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_calendar_change(
    tools: &Tools,
    caller: &Caller,
    wish: change_calendar::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let book = book(tools, tenant).await?;
    match change_calendar::judged(&book, &wish, tools.clock.now())? {
        Ok(added) => {
            let changed = book.rulebook().with_hours(&added);
            Ok(Ok(preview(tools, tenant, &changed, most).await?))
        }
        Err(problems) => Ok(Err(problems)),
    }
}

/// What [`change_agreement`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_agreement_change(
    tools: &Tools,
    caller: &Caller,
    wish: change_agreement::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let book = book(tools, tenant).await?;
    match change_agreement::judged(&book, &wish, tools.clock.now())? {
        Ok(added) => {
            let changed = book.rulebook().with_agreement(added.agreement);
            Ok(Ok(preview(tools, tenant, &changed, most).await?))
        }
        Err(problems) => Ok(Err(problems)),
    }
}

/// The tenant's book, read where nothing can be written.
pub(super) async fn book(tools: &Tools, tenant: TenantId) -> Result<agreements::Book, Error> {
    let mut tx = tools.db.begin(tenant).await?;
    crate::store::read_only(&mut tx).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    tx.rollback().await?;
    Ok(book)
}

async fn preview(
    tools: &Tools,
    tenant: TenantId,
    changed: &Rulebook,
    most: usize,
) -> Result<Preview, Error> {
    let now = tools.clock.now();
    let mut preview = Preview::default();
    let mut after = None;
    loop {
        // A transaction per batch: what is looked at for long holds up nobody who shares the connection.
        let mut tx = tools.db.begin(tenant).await?;
        crate::store::read_only(&mut tx).await?;
        let open = facts::open_tickets(&mut tx, after, AT_ONCE).await?;
        let mut histories = facts::of(&mut tx, &open).await?;
        countries::join(&mut tx, changed, &mut histories).await?;
        let mut kept = clocks::of(&mut tx, &open, false).await?;
        tx.rollback().await?;
        let Some(last) = open.last() else {
            return Ok(preview);
        };
        after = Some(*last);
        if preview.tickets + open.len() > MOST_TICKETS {
            preview.cut = true;
            return Ok(preview);
        }
        for ticket in open {
            let happened = histories.of.remove(&ticket).unwrap_or_default();
            let clocks = kept.remove(&ticket).unwrap_or_default();
            let would_be = match read(changed, Story::of(&happened), now) {
                Ok(readings) => readings,
                Err(error) => {
                    tracing::warn!(%tenant, %ticket, %error, "a clock cannot be computed");
                    continue;
                }
            };
            preview.add(ticket, clocks, would_be, now, most);
        }
        tokio::task::yield_now().await;
    }
}
