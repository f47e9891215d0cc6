//! What intake and routing tell of tickets becomes their history here, and their clocks are read anew from it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use events::Origin;
use ids::{ProviderId, TenantId, TicketId};
use tenancy::Tx;

use super::Tools;
use super::convert_incidents::{convert_incidents, fresh};
use super::move_notices::hurry_notices;
use super::recompute::{Cause, recompute};
use crate::domain::happened::{Happened, Held};
use crate::domain::relations::{Bond, Source};
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
pub use crate::store::relations::Linked;
use crate::store::relations::{self, Noted, Root};
use crate::store::{self, clocks, countries, facts, holders};

/// Tickets that follow another one, read at once.
const MOST_FOLLOWING: usize = 1_000;

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

/// What was told at once, of any tickets of a tenant.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What happened to tickets.
    pub news: Vec<News>,
    /// Links between them, and their ends.
    pub links: Vec<News<Linked>>,
    /// Who holds them.
    pub held: Vec<News<Held>>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.news.is_empty() && self.links.is_empty() && self.held.is_empty()
    }

    /// All of it, as it may be late for tickets that take it over.
    fn noted(&self) -> Vec<Noted> {
        let source = |ticket, sequence, held| Source {
            ticket,
            sequence,
            held,
        };
        let news = self.news.iter().map(|n| Noted {
            source: source(n.ticket, n.happened.version, false),
            itself: true,
            own: None,
            others: Some(n.happened.counts_from()),
        });
        let held = self.held.iter().map(|n| Noted {
            source: source(n.ticket, n.happened.sequence, true),
            itself: true,
            own: None,
            others: Some(n.happened.at),
        });
        let links = self.links.iter().map(|n| {
            let Linked {
                bond,
                told: (at, version),
                removed,
                ..
            } = n.happened;
            // From when on it makes a difference: a merge to whoever goes on from before its opening, as does a split. A
            // ticket that repeats none after all has its clocks again, whatever became of it meanwhile.
            let (own, others) = match bond {
                Bond::DuplicateOf if removed => (None, None),
                Bond::DuplicateOf => (Some(at), None),
                Bond::SplitFrom => (Some(DateTime::UNIX_EPOCH), None),
                Bond::Parent => (Some(at), Some(at)),
            };
            Noted {
                source: source(n.ticket, version, false),
                itself: bond == Bond::Parent,
                own,
                others,
            }
        });
        news.chain(held).chain(links).collect()
    }
}

/// Takes a batch in: however many facts there are of a ticket, each of its clocks is told once, as it is after the last.
pub async fn follow_tickets(
    tx: &mut Tx,
    tools: &Tools,
    whose: (TenantId, Option<ProviderId>),
    batch: Batch,
) -> Result<(), Error> {
    if batch.is_empty() {
        return Ok(());
    }
    store::alone(tx).await?;
    let noted = batch.noted();
    let Batch { news, links, held } = batch;
    let mut causes: BTreeMap<TicketId, Cause> = BTreeMap::new();
    let mut themselves: BTreeSet<TicketId> = BTreeSet::new();
    let holders: Vec<(TicketId, Held)> = held.iter().map(|n| (n.ticket, n.happened)).collect();
    if !held.is_empty() {
        let version = holders::add(tx, &holders).await?;
        // Where nobody agreed on anything that depends on the holder, and no group converts, its changes bring about nothing.
        if tools
            .books
            .of(tx, whose.0, version)
            .await?
            .looks_at_holders()
        {
            for one in held {
                let at = (one.happened.at, one.happened.origin);
                because(&mut causes, one.ticket, at, one.trace);
                themselves.insert(one.ticket);
            }
        }
    }
    if !links.is_empty() {
        let rows: Vec<(TicketId, Linked)> = links.iter().map(|n| (n.ticket, n.happened)).collect();
        relations::add(tx, &rows).await?;
        for one in links {
            let at = (one.happened.told.0, one.happened.origin);
            because(&mut causes, one.ticket, at, one.trace.clone());
            match one.happened.bond {
                Bond::DuplicateOf => because(&mut causes, one.happened.other, at, one.trace),
                Bond::Parent => {
                    themselves.insert(one.ticket);
                }
                Bond::SplitFrom => {}
            }
        }
    }
    let mut rows: Vec<(TicketId, Happened)> = Vec::with_capacity(news.len());
    for one in news {
        let at = (one.happened.at, one.happened.origin);
        because(&mut causes, one.ticket, at, one.trace);
        themselves.insert(one.ticket);
        rows.push((one.ticket, one.happened));
    }
    let tickets: Vec<TicketId> = causes.keys().copied().collect();
    if tickets.is_empty() {
        return Ok(());
    }
    let mut histories = facts::add(tx, &tickets, &rows, &noted).await?;
    let book = tools.books.of(tx, whose.0, histories.book).await?;
    if book.desk.converts() {
        let fresh = fresh(&rows, &holders);
        convert_incidents(tx, tools, whose, (&book, &histories), &fresh, &causes).await?;
    }
    if book.agreements.is_empty() {
        return Ok(());
    }
    countries::join(tx, &book, &mut histories).await?;
    let roots = histories.related.iter().map(|ticket| Root {
        ticket: *ticket,
        itself: themselves.contains(ticket),
    });
    let following = following(tx, &roots.collect::<Vec<_>>(), &causes).await?;
    if !following.is_empty() {
        let all = causes.keys().chain(following.keys()).copied();
        clocks::hold_all(tx, &all.collect::<Vec<_>>()).await?;
    }
    recompute(tx, tools, whose, (&book, &histories), &causes).await?;
    hurry_notices(tx, tools, whose.0, &histories).await?;
    follow_relations(tx, tools, whose, &book, following).await
}

/// All other tickets that take over what happened to these, and why.
async fn following(
    tx: &mut Tx,
    roots: &[Root],
    causes: &BTreeMap<TicketId, Cause>,
) -> Result<BTreeMap<TicketId, Cause>, Error> {
    let mut following: BTreeMap<TicketId, Cause> = BTreeMap::new();
    if roots.is_empty() {
        return Ok(following);
    }
    for (ticket, of) in relations::dependents(tx, roots).await? {
        if let Some(cause) = causes.get(&of).filter(|_| !causes.contains_key(&ticket)) {
            let at = (cause.at, cause.origin);
            because(&mut following, ticket, at, cause.trace.clone());
        }
    }
    Ok(following)
}

/// Reads their clocks anew, as many at once as anywhere. They follow in the transaction: whoever reads a mass incident's answer
/// finds it at each of its parts, and none is left behind by a crash.
async fn follow_relations(
    tx: &mut Tx,
    tools: &Tools,
    whose: (TenantId, Option<ProviderId>),
    book: &Rulebook,
    mut following: BTreeMap<TicketId, Cause>,
) -> Result<(), Error> {
    let tickets: Vec<TicketId> = following.keys().copied().collect();
    for some in tickets.chunks(MOST_FOLLOWING) {
        let mut histories = facts::of(tx, some).await?;
        countries::join(tx, book, &mut histories).await?;
        let some = some.iter().filter_map(|t| following.remove_entry(t));
        let some: BTreeMap<TicketId, Cause> = some.collect();
        recompute(tx, tools, whose, (book, &histories), &some).await?;
    }
    Ok(())
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
