//! Reads clocks anew, writes and tells what changed, and sets their timers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use events::Origin;
use events::Word as _;
use ids::{ClockId, ProviderId, TenantId, TicketId};
use tenancy::Tx;

use super::{By, Tools};
use crate::domain::kept::{Change, Kept, settle_after};
use crate::domain::late::read_told;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
use crate::events::publish::{Told, clock_changed};
use crate::store::facts::Histories;
use crate::store::{self, agreements, clocks, countries, facts, timers};

/// Tickets read at once where all of a tenant are looked at.
pub(super) const AT_ONCE: i64 = 1_000;

/// Why a ticket's clocks are read anew.
#[derive(Debug, Clone)]
pub struct Cause {
    /// When what is behind it happened.
    pub at: DateTime<Utc>,
    /// Live or history: in which lane it is told.
    pub origin: Origin,
    /// W3C trace context.
    pub trace: Option<String>,
}

/// A clock that somebody corrected, and that is written and told already, but for its timers.
#[derive(Debug)]
pub struct Corrected<'a> {
    /// As it had been told.
    pub before: &'a Kept,
    /// As it is told since.
    pub change: &'a Change,
}

/// Reads the clocks of these tickets anew from all that happened to them, which is handed in. Call it with the tenant's lock held
/// ([`store::alone`]).
pub async fn recompute(
    tx: &mut Tx,
    tools: &Tools,
    (tenant, provider): (TenantId, Option<ProviderId>),
    (book, histories): (&Rulebook, &Histories),
    causes: &BTreeMap<TicketId, Cause>,
) -> Result<(), Error> {
    let known = (book, histories);
    recompute_after(None, tx, tools, (tenant, provider), known, causes).await
}

/// The same, once a clock was corrected. Its timers are set with those of the others: what had fired of one, and what people have
/// not been told of it, may be another's by now.
pub async fn recompute_after(
    corrected: Option<&Corrected<'_>>,
    tx: &mut Tx,
    tools: &Tools,
    (tenant, provider): (TenantId, Option<ProviderId>),
    (book, histories): (&Rulebook, &Histories),
    causes: &BTreeMap<TicketId, Cause>,
) -> Result<(), Error> {
    let tickets: Vec<TicketId> = causes.keys().copied().collect();
    let mut kept = clocks::of(tx, &tickets, true).await?;
    let mut changes: Vec<(Change, &Cause)> = Vec::new();
    // What is history alone never had timers, and gets none.
    let mut history: BTreeSet<TicketId> = BTreeSet::new();
    for ticket in &tickets {
        let (Some(heard), Some(cause)) = (histories.of.get(ticket), causes.get(ticket)) else {
            continue;
        };
        let Some(last) = heard.all.last() else {
            continue;
        };
        let mut known = kept.remove(ticket).unwrap_or_default();
        let readings = read_told(book, heard, &known, last.at);
        for failure in &readings.failed {
            let measures = failure.target.word();
            tracing::error!(%tenant, %ticket, measures, code = failure.code, error = %failure.why, "a clock cannot be computed");
        }
        // Such a clock stays as it was told; the ticket's others go on.
        known.retain(|clock| !readings.misses(clock));
        if heard.all.iter().all(|h| h.origin != Origin::Live) {
            history.insert(*ticket);
        }
        let before = corrected.map(|c| c.before);
        let settled = settle_after(
            before.filter(|before| before.ticket == *ticket),
            (*ticket, &readings.of),
            known,
            cause.at,
            || ClockId::new(&*tools.ids),
        );
        changes.extend(settled.into_iter().map(|change| (change, cause)));
    }
    let timed = corrected.map(|c| c.change).into_iter();
    let timed = timed.chain(changes.iter().map(|(change, _)| change));
    let timed: Vec<&Change> = timed
        .filter(|change| !history.contains(&change.clock.ticket))
        .collect();
    clocks::save(
        tx,
        &changes.iter().map(|(c, _)| &c.clock).collect::<Vec<_>>(),
    )
    .await?;
    timers::replace(tx, tenant, &timed).await?;
    let told = changes
        .iter()
        .map(|(change, cause)| {
            let about = Told {
                tenant,
                provider,
                time: cause.at,
                origin: cause.origin,
                trace: cause.trace.clone(),
            };
            clock_changed(&*tools.ids, about, &change.clock)
        })
        .collect::<Result<Vec<_>, _>>()?;
    tools.outbox.announce(tx, &told).await?;
    Ok(())
}

/// Reads the clocks of every open ticket of a tenant anew, by the agreements as they stand now. Call it with the tenant's
/// timers held off ([`store::alone_with_timers`]).
pub async fn recompute_open(
    tx: &mut Tx,
    tools: &Tools,
    trace: Option<String>,
    tenant: TenantId,
) -> Result<(), Error> {
    let provider = tools.db.tenant(tenant).await?.provider;
    let book = agreements::book(tx, tenant, &tools.books.calendars)
        .await?
        .rulebook();
    let cause = Cause {
        at: tools.clock.now(),
        origin: Origin::Live,
        trace,
    };
    let mut after = None;
    loop {
        let open = facts::open_tickets(tx, after, AT_ONCE).await?;
        let Some(last) = open.last() else {
            return Ok(());
        };
        after = Some(*last);
        let mut histories = facts::of(tx, &open).await?;
        countries::join(tx, &book, &mut histories).await?;
        let causes = open.iter().map(|ticket| (*ticket, cause.clone())).collect();
        let whose = (tenant, Some(provider));
        recompute(tx, tools, whose, (&book, &histories), &causes).await?;
    }
}

/// What a rewritten agreement or calendar brings about at once, in its own transaction.
pub(super) async fn apply(
    tx: &mut Tx,
    tools: &Tools,
    by: &By<'_>,
    tenant: TenantId,
    to_open: bool,
) -> Result<(), Error> {
    if to_open {
        recompute_open(tx, tools, by.trace.clone(), tenant).await
    } else {
        Ok(())
    }
}

/// Opens a person's transaction in which agreements may be rewritten.
pub(super) async fn begin(tools: &Tools, tenant: TenantId) -> Result<tenancy::TenantTx, Error> {
    let mut tx = tools.db.begin(tenant).await?;
    store::alone_with_timers(&mut tx).await?;
    Ok(tx)
}
