//! Notices that wait go by the notification hours as they are by now.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use ids::{TenantId, TicketId};
use tenancy::Tx;

use super::Tools;
use super::recompute::AT_ONCE;
use crate::domain::notice::NotificationHours;
use crate::error::Error;
use crate::store::facts::{self, Histories};
use crate::store::notices::{self, Waiting};

/// Moves what waits to when the hours open next; now, where they are open or the ticket is urgent. Call it with the tenant's
/// timers held off ([`crate::store::alone_with_timers`]), once the hours are written.
pub(super) async fn move_notices(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
) -> Result<(), Error> {
    let waiting = notices::hold(tx).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let hours = notices::hours(tx, tenant, &tools.books.calendars).await?;
    let now = tools.clock.now();
    let opening = hours.opening(now);
    let late: BTreeSet<TicketId> = waiting.iter().map(|(ticket, _)| *ticket).collect();
    let urgent = if opening > now {
        urgent_of(tx, &hours, late).await?
    } else {
        BTreeSet::new()
    };
    let moved = waiting.into_iter().map(|(ticket, notice)| Waiting {
        due: if urgent.contains(&ticket) {
            now
        } else {
            opening
        },
        ..notice
    });
    notices::wait(tx, tenant, &moved.collect::<Vec<_>>()).await
}

/// Those of the tickets of which people are told whatever the hour, as they are by now.
pub(super) async fn urgent_of(
    tx: &mut Tx,
    hours: &NotificationHours,
    tickets: BTreeSet<TicketId>,
) -> Result<BTreeSet<TicketId>, Error> {
    let mut urgent = BTreeSet::new();
    if hours.urgent.is_none() {
        return Ok(urgent);
    }
    let tickets: Vec<TicketId> = tickets.into_iter().collect();
    for some in tickets.chunks(AT_ONCE as usize) {
        let histories = facts::of(tx, some).await?;
        urgent.extend(urgent_in(hours, &histories));
    }
    Ok(urgent)
}

fn urgent_in<'a>(
    hours: &'a NotificationHours,
    histories: &'a Histories,
) -> impl Iterator<Item = TicketId> + 'a {
    histories.of.iter().filter_map(|(ticket, heard)| {
        let last = heard.all.last()?;
        hours.is_urgent(last).then_some(*ticket)
    })
}

/// People need wait no longer for news of tickets that have become urgent.
pub(super) async fn hurry_notices(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    histories: &Histories,
) -> Result<(), Error> {
    // Of tickets that have only been opened nothing waits.
    if histories.of.values().all(|heard| heard.all.len() <= 1) {
        return Ok(());
    }
    let books = &tools.books;
    let hours = books
        .notification
        .of(tx, tenant, histories.book, &books.calendars)
        .await?;
    // From when they are told of it on, whatever this process takes the time to be.
    let since = |ticket| Some((ticket, histories.of.get(&ticket)?.all.last()?.at));
    let urgent: Vec<(TicketId, DateTime<Utc>)> =
        urgent_in(&hours, histories).filter_map(since).collect();
    if urgent.is_empty() {
        return Ok(());
    }
    notices::hurry(tx, tenant, &urgent).await
}
