//! What intake and routing tell of tickets becomes their history here, and their clocks are read anew from it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Origin;
use ids::{ProviderId, TenantId, TicketId};
use tenancy::Tx;

use super::Tools;
use super::recompute::{Cause, recompute};
use crate::domain::happened::{Happened, Held};
use crate::error::Error;
use crate::store::{self, countries, facts, holders};

/// Something that was told of a ticket, and the trace it belongs to.
#[derive(Debug, Clone)]
pub struct News<T = Happened> {
    /// The ticket.
    pub ticket: TicketId,
    /// What was told.
    pub happened: T,
    /// W3C trace context.
    pub trace: Option<String>,
}

/// Takes a batch in: however many facts there are of a ticket, each of its clocks is told once, as it is after the last.
pub async fn follow_tickets(
    tx: &mut Tx,
    tools: &Tools,
    whose: (TenantId, Option<ProviderId>),
    news: Vec<News>,
    held: Vec<News<Held>>,
) -> Result<(), Error> {
    if news.is_empty() && held.is_empty() {
        return Ok(());
    }
    store::alone(tx).await?;
    let mut causes: BTreeMap<TicketId, Cause> = BTreeMap::new();
    if !held.is_empty() {
        let rows: Vec<(TicketId, Held)> = held.iter().map(|n| (n.ticket, n.happened)).collect();
        let version = holders::add(tx, &rows).await?;
        // Where nobody agreed on anything that depends on the holder, its changes move no clock.
        if tools
            .books
            .of(tx, whose.0, version)
            .await?
            .looks_at_holders()
        {
            for one in held {
                let at = (one.happened.at, one.happened.origin);
                because(&mut causes, one.ticket, at, one.trace);
            }
        }
    }
    let mut rows: Vec<(TicketId, Happened)> = Vec::with_capacity(news.len());
    for one in news {
        let at = (one.happened.at, one.happened.origin);
        because(&mut causes, one.ticket, at, one.trace);
        rows.push((one.ticket, one.happened));
    }
    let tickets: Vec<TicketId> = causes.keys().copied().collect();
    if tickets.is_empty() {
        return Ok(());
    }
    let mut histories = facts::add(tx, &tickets, &rows).await?;
    let book = tools.books.of(tx, whose.0, histories.book).await?;
    if book.agreements.is_empty() {
        return Ok(());
    }
    countries::join(tx, &book, &mut histories).await?;
    recompute(tx, tools, whose, (&book, &histories), &causes).await
}

/// The last of what happened to a ticket is when its clocks changed; live, if any of it was.
fn because(
    causes: &mut BTreeMap<TicketId, Cause>,
    ticket: TicketId,
    (at, origin): (DateTime<Utc>, Origin),
    trace: Option<String>,
) {
    let cause = causes.entry(ticket).or_insert_with(|| Cause {
        at,
        origin,
        trace: trace.clone(),
    });
    cause.at = cause.at.max(at);
    if origin == Origin::Live {
        cause.origin = Origin::Live;
        cause.trace = trace;
    }
}
