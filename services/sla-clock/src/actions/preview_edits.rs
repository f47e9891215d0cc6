//! What an edit of what clocks are judged by would move, before it is made: the edit decides as it would, and all open clocks are
//! read by the book with it. Nothing is written. Archiving an agreement has no preview: it is for tickets that are opened later.

use access::{Caller, Permission};
use ids::{AgreementId, TenantId};

use super::make_edit::Decided;
use super::preview_turns::Turn;
use super::set_calendar_feed::Source;
use super::{Tools, recompute::AT_ONCE};
use super::{
    assign_calendar, change_agreement, change_calendar, create_agreement, remove_calendar_feed,
    set_calendar_feed, set_standby_scheme,
};
use crate::domain::agreement::Kind;
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
    let _turn = turn(tools, caller, tenant)?;
    let mut tx = tools.db.begin_read(tenant).await?;
    let now = tools.clock.now();
    let decided = change_calendar::decide(&mut tx, tools, caller, &wish, now).await?;
    tx.rollback().await?;
    preview(tools, caller, tenant, decided, most).await
}

/// What [`change_agreement`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_agreement_change(
    tools: &Tools,
    caller: &Caller,
    wish: change_agreement::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    let _turn = turn(tools, caller, tenant)?;
    let mut tx = tools.db.begin_read(tenant).await?;
    let now = tools.clock.now();
    let decided = change_agreement::decide(&mut tx, tools, caller, &wish, now).await?;
    tx.rollback().await?;
    preview(tools, caller, tenant, decided, most).await
}

/// What [`assign_calendar`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_calendar_assignment(
    tools: &Tools,
    caller: &Caller,
    wish: assign_calendar::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    let _turn = turn(tools, caller, tenant)?;
    let mut tx = tools.db.begin_read(tenant).await?;
    let now = tools.clock.now();
    let decided = assign_calendar::decide(&mut tx, tools, caller, &wish, now).await?;
    tx.rollback().await?;
    preview(tools, caller, tenant, decided, most).await
}

/// What [`set_standby_scheme`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_standby_scheme(
    tools: &Tools,
    caller: &Caller,
    wish: set_standby_scheme::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    let _turn = turn(tools, caller, tenant)?;
    let mut tx = tools.db.begin_read(tenant).await?;
    let now = tools.clock.now();
    let decided = set_standby_scheme::decide(&mut tx, tools, caller, &wish, now).await?;
    tx.rollback().await?;
    preview(tools, caller, tenant, decided, most).await
}

/// What [`remove_calendar_feed`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_feed_removal(
    tools: &Tools,
    caller: &Caller,
    wish: remove_calendar_feed::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    let _turn = turn(tools, caller, tenant)?;
    let mut tx = tools.db.begin_read(tenant).await?;
    let now = tools.clock.now();
    let decided = remove_calendar_feed::decide(&mut tx, tools, caller, &wish, now).await?;
    tx.rollback().await?;
    preview(tools, caller, tenant, decided, most).await
}

/// What [`create_agreement`] would move, if it is applied to open tickets; the first `most` moves.
pub async fn preview_new_agreement(
    tools: &Tools,
    caller: &Caller,
    wish: create_agreement::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    create_agreement::may(caller, &wish)?;
    let _turn = turn(tools, caller, tenant)?;
    let name = match create_agreement::checked(&wish) {
        Ok(name) => name,
        Err(problems) => return Ok(Err(problems)),
    };
    let book = book(tools, tenant).await?;
    let named = (AgreementId::new(&*tools.ids), &*name);
    let edit = create_agreement::judged(&book, &wish, named, tools.clock.now());
    let decided = edit.map(|edit| Decided {
        before: book.rulebook(),
        edit: Some(edit),
    });
    preview(tools, caller, tenant, decided, most).await
}

/// What [`set_calendar_feed`] would move, by what the feed says now, if it is applied to open tickets; the first `most` moves. An
/// address is read as the edit reads it, before the turn to compute is taken: who publishes it may take its time, and it is not
/// the others'. So many are read at once and no more.
pub async fn preview_feed(
    tools: &Tools,
    caller: &Caller,
    wish: set_calendar_feed::Wish,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let tenant = wish.tenant;
    // Whoever may not, or would find no room as it is, has nobody asked.
    let at_first = turn(tools, caller, tenant)?;
    let (held, read) = match &wish.source {
        Source::Text(_) => {
            let read = set_calendar_feed::read(tools, &wish).await?;
            (Some(at_first), read)
        }
        Source::Url(_) => {
            drop(at_first);
            let read = set_calendar_feed::read(tools, &wish).await?;
            (None, read)
        }
    };
    let (name, copy) = match read {
        Ok(read) => read,
        Err(problems) => return Ok(Err(problems)),
    };
    let _turn = match held {
        Some(held) => held,
        None => turn(tools, caller, tenant)?,
    };
    let mut tx = tools.db.begin_read(tenant).await?;
    let now = tools.clock.now();
    let fed = (&*name, &copy);
    let decided = set_calendar_feed::decide(&mut tx, tools, caller, &wish, fed, now).await?;
    tx.rollback().await?;
    preview(tools, caller, tenant, decided, most).await
}

/// Whoever may make edits, when there is room for one more preview.
fn turn(tools: &Tools, caller: &Caller, tenant: TenantId) -> Result<Turn, Error> {
    caller.require(tenant, Permission::ConfigureAgreements)?;
    tools.previews.take(tenant)
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
    decided: Outcome<Decided>,
    most: usize,
) -> Result<Outcome<Preview>, Error> {
    let after = match decided {
        Ok(decided) => decided.after(),
        Err(problems) => return Ok(Err(problems)),
    };
    match after {
        Some(after) => Ok(Ok(look(tools, caller, tenant, &after, most).await?)),
        // Already so: the edit reads no clock anew, whatever one would read.
        None => Ok(Ok(Preview::default())),
    }
}

async fn look(
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
