//! The clocks of tickets, for everybody who may see the ticket.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{ClockId, TenantId, TicketId};
use messaging::{HandlerScope, Reached};

use super::Tools;
use crate::domain::agreement::Kind;
use crate::domain::allowed::Allowed;
use crate::domain::clock::read_one;
use crate::domain::course::{Story, rule_of};
use crate::domain::kept::Kept;
use crate::domain::late::{Heard, Proposal, proposals, read_told};
use crate::domain::rulebook::Rulebook;
use crate::domain::uncomputable::{Failure, Uncomputable};
use crate::error::Error;
use crate::store::{countries, facts};

/// A ticket of a tenant.
pub type Key = (TenantId, TicketId);
/// A ticket, and intake's version of it that the answer should have seen.
pub type Wanted = (Key, i64);

/// What is known of a ticket's clocks.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its clocks that the caller may see, by target and cycle.
    pub clocks: Vec<Kept>,
    /// What happened to it.
    pub heard: Arc<Heard>,
    /// What they are judged by.
    pub book: Arc<Rulebook>,
    /// When they were asked for.
    pub now: DateTime<Utc>,
    /// Set if the answer is older than the version asked for: how old.
    pub as_of: Option<DateTime<Utc>>,
    /// Whether the caller may see clocks of the provider's house.
    sees_inner: bool,
    /// The targets that cannot be computed: looked for when somebody asks, and once.
    failures: Arc<OnceLock<Vec<Failure>>>,
    /// What its results would come to: looked for when somebody asks, and once.
    proposals: Arc<OnceLock<BTreeMap<ClockId, Proposal>>>,
}

impl Known {
    /// The book that judges a clock: if it has its result, as it stood when it was reached.
    pub fn judged_by(&self, clock: &Kept) -> Arc<Rulebook> {
        let version = clock.judged_by(self.book.version);
        if version == self.book.version {
            self.book.clone()
        } else {
            self.book.at(version)
        }
    }

    /// What happened to the ticket, as far as a clock takes it in: a result that was told, what was known when it was.
    pub fn story(&self, clock: &Kept) -> Story<'_> {
        self.heard.by(clock.late)
    }

    /// What was agreed for a clock, if it was by the calendar.
    pub fn allowed(&self, clock: &Kept) -> Option<Allowed> {
        rule_of(&self.judged_by(clock), clock, self.story(clock))?.allowed
    }

    /// What a result that was told would come to by all that is known now.
    pub fn proposal(&self, clock: &Kept) -> Option<&Proposal> {
        let look = || proposals(&self.book, &self.heard, &self.clocks);
        self.proposals.get_or_init(look).get(&clock.id)
    }

    /// The targets of the ticket whose clocks cannot be computed now, and why.
    pub fn failures(&self) -> &[Failure] {
        self.failures.get_or_init(|| {
            let mut failed = read_told(&self.book, &self.heard, &self.clocks, self.now).failed;
            failed.retain(|f| self.sees_inner || !self.book.is_inner(f.which()));
            failed
        })
    }

    /// Says to the log that a clock cannot be computed; whoever asks is told by its problem.
    pub fn cannot_compute(&self, clock: &Kept, why: &Uncomputable) {
        tracing::warn!(ticket = %clock.ticket, clock = %clock.id, error = %why, "a clock cannot be computed");
    }

    /// Working seconds of a clock at an instant; `None` means now.
    pub fn elapsed(&self, clock: &Kept, as_of: Option<DateTime<Utc>>) -> i64 {
        let at = as_of.unwrap_or(self.now);
        if clock.stopped_at.is_some_and(|stopped| stopped <= at) {
            return clock.elapsed_seconds;
        }
        if self.book.agreement(clock).is_none() {
            return clock.elapsed_seconds;
        }
        match read_one(&self.judged_by(clock), clock, self.story(clock), at) {
            Ok(Some(reading)) => reading.elapsed_seconds,
            Ok(None) => 0,
            Err(why) => {
                self.cannot_compute(clock, &why);
                clock.elapsed_seconds
            }
        }
    }

    /// When a clock's deadline was missed, judged at an instant; `None` means now.
    pub fn breached(&self, clock: &Kept, as_of: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let at = as_of.unwrap_or(self.now);
        let until = clock.stopped_at.map_or(at, |stop| stop.min(at));
        let told = clock.breached_at.filter(|missed| *missed <= at);
        told.or(clock.due_at.filter(|due| *due < until))
    }
}

/// The clocks of many tickets. What is not up to the version asked for is waited for, briefly. Tickets that the caller may
/// not see are left out.
pub async fn read_clocks(
    tools: &Tools,
    caller: &Caller,
    wanted: &[Wanted],
) -> Result<HashMap<Key, Known>, Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<(TicketId, i64)>> = BTreeMap::new();
    for ((tenant, ticket), version) in wanted {
        if caller.may(*tenant, Permission::ReadClocks) {
            by_tenant
                .entry(*tenant)
                .or_default()
                .push((*ticket, *version));
        }
    }
    let tenants: Vec<TenantId> = by_tenant.keys().copied().collect();
    let ready: HashSet<TenantId> = tools.db.ready(&tenants).await?.into_iter().collect();
    by_tenant.retain(|tenant, _| ready.contains(tenant));
    let looks = by_tenant
        .iter()
        .map(|(tenant, tickets)| of_tenant(tools, caller, *tenant, tickets));
    Ok(futures::future::try_join_all(looks)
        .await?
        .into_iter()
        .flatten()
        .collect())
}

async fn of_tenant(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    wanted: &[(TicketId, i64)],
) -> Result<Vec<(Key, Known)>, Error> {
    let tickets: Vec<TicketId> = wanted.iter().map(|(t, _)| *t).collect();
    let mut known = look(tools, caller, tenant, &tickets).await?;
    let seen = |known: &HashMap<TicketId, Known>, ticket: &TicketId, version: i64| {
        known
            .get(ticket)
            .is_some_and(|k| k.heard.version >= version)
    };
    // Not every fact of a ticket is one of a clock: the inbox knows whether the rest has been taken in.
    let late: Vec<(TicketId, i64)> = wanted
        .iter()
        .filter(|(t, v)| *v > 0 && !seen(&known, t, *v))
        .copied()
        .collect();
    let subjects: Vec<(String, i64)> = late.iter().map(|(t, v)| (t.to_string(), *v)).collect();
    if !subjects.is_empty() {
        let scope = HandlerScope::Tenant;
        let reached = messaging::reach(
            &tools.db,
            scope,
            None,
            tenant,
            "intake",
            &subjects,
            tools.patience,
        )
        .await?;
        known = look(tools, caller, tenant, &tickets).await?;
        if let Reached::Behind { as_of } = reached {
            for (ticket, version) in &late {
                if !seen(&known, ticket, *version)
                    && let Some(known) = known.get_mut(ticket)
                {
                    // A fact that another's clock dated ahead was not known later than now.
                    known.as_of = Some(as_of.min(known.now));
                }
            }
        }
    }
    Ok(known
        .into_iter()
        .map(|(ticket, known)| ((tenant, ticket), known))
        .collect())
}

async fn look(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Known>, Error> {
    let now = tools.clock.now();
    // What happened and the clocks that were read from it belong together.
    let mut tx = tools.db.by_keys().begin_read(tenant).await?;
    let (mut histories, mut kept) = facts::with_clocks(&mut tx, tickets).await?;
    let book = tools.books.of(&mut tx, tenant, histories.book).await?;
    countries::join(&mut tx, &book, &mut histories).await?;
    let mut heard = histories.of;
    tx.commit().await?;
    let sees_all = caller.may(tenant, Permission::ReadTickets);
    let sees_inner = caller.may(tenant, Permission::ReadInnerClocks);
    let known = tickets.iter().filter_map(|ticket| {
        let heard = heard.remove(ticket).unwrap_or_default();
        // Whoever sees but its own tickets sees the clocks of these alone.
        let visible = sees_all
            || heard
                .all
                .last()
                .is_none_or(|h| h.requester == Some(caller.person));
        visible.then(|| {
            let mut clocks = kept.remove(ticket).unwrap_or_default();
            clocks.retain(|c| sees_inner || c.kind == Kind::Sla);
            let known = Known {
                clocks,
                heard: heard.into(),
                book: book.clone(),
                now,
                as_of: None,
                sees_inner,
                failures: Arc::default(),
                proposals: Arc::default(),
            };
            (*ticket, known)
        })
    });
    Ok(known.collect())
}
