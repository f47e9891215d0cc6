//! What an edit of a calendar or an agreement would move, before it is made. Nothing is written.

use access::{Caller, Permission};
use ids::TenantId;

use super::change_agreement;
use super::change_calendar;
use super::follow_feeds::Followed;
use super::inner_use::inner_use;
use super::read_agreements::visible;
use super::{Tools, recompute::AT_ONCE};
use crate::domain::agreement::Kind;
use crate::domain::inner_use::Touched;
use crate::domain::late::read_told;
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
    let _turn = tools.previews.take(tenant)?;
    let now = tools.clock.now();
    let (book, followed, inner) = {
        let mut tx = tools.db.begin_read(tenant).await?;
        let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
        let followed = Followed::read(&mut tx, wish.calendar).await?;
        let whose = (caller, tenant);
        let touched = [Touched::Calendar(wish.calendar)];
        let inner = inner_use(
            &mut tx,
            whose,
            &book.rulebook(),
            &touched,
            ("calendar", now),
        )
        .await?;
        tx.rollback().await?;
        (book, followed, inner)
    };
    if let Some(problem) = inner {
        return Ok(Err(vec![problem]));
    }
    match change_calendar::judged(&book, &followed, &wish, now)? {
        Ok((added, _)) => {
            let changed = book.rulebook().with_hours(&added);
            Ok(Ok(preview(tools, caller, tenant, &changed, most).await?))
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
    let _turn = tools.previews.take(tenant)?;
    let book = book(tools, tenant).await?;
    visible(&book, wish.agreement, caller, tenant)?;
    match change_agreement::judged(&book, &wish, tools.clock.now())? {
        Ok(added) => {
            let changed = book.rulebook().with_agreement(added.agreement);
            Ok(Ok(preview(tools, caller, tenant, &changed, most).await?))
        }
        Err(problems) => Ok(Err(problems)),
    }
}

/// The tenant's book, read where nothing can be written.
pub(super) async fn book(tools: &Tools, tenant: TenantId) -> Result<agreements::Book, Error> {
    let mut tx = tools.db.begin_read(tenant).await?;
    let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
    tx.rollback().await?;
    Ok(book)
}

async fn preview(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    changed: &Rulebook,
    most: usize,
) -> Result<Preview, Error> {
    let now = tools.clock.now();
    let sees_inner = caller.may(tenant, Permission::ReadInnerClocks);
    let mut preview = Preview::default();
    let mut after = None;
    loop {
        // A transaction per batch: what is looked at for long holds up nobody who shares the connection.
        let mut tx = tools.db.begin_read(tenant).await?;
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
            let heard = histories.of.remove(&ticket).unwrap_or_default();
            let mut clocks = kept.remove(&ticket).unwrap_or_default();
            let mut would_be = read_told(changed, &heard, &clocks, now);
            clocks.retain(|k| sees_inner || k.kind == Kind::Sla);
            would_be
                .failed
                .retain(|f| sees_inner || !changed.is_inner(f.which()));
            would_be.of.retain(|r| sees_inner || r.kind == Kind::Sla);
            preview.add(ticket, clocks, would_be, now, most);
        }
        tokio::task::yield_now().await;
    }
}
