//! An agreement tried on the tickets of a time that is past, before it is published. Nothing is written.

use std::sync::Arc;

use access::{Caller, Permission};
use chrono::{DateTime, TimeDelta, Utc};
use ids::{AgreementId, CalendarId, TenantId};

use super::Tools;
use super::create_agreement::{flaws, unreachable};
use super::preview_edits::book;
use super::read_agreements::visible;
use super::recompute::AT_ONCE;
use crate::domain::agreement::{Agreement, Kind, Terms};
use crate::domain::clock::read;
use crate::domain::course::Story;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::rulebook::Rulebook;
use crate::domain::simulation::Simulation;
use crate::error::Error;
use crate::store::{agreements::Book, clocks, countries, facts};

/// Tickets looked at: a question must end, whatever the tenant holds.
const MOST_TICKETS: usize = 200_000;
/// The longest time that is looked at.
const MOST_DAYS: i64 = 400;

/// What is to be tried.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// In place of this one; a new agreement if absent.
    pub agreement: Option<AgreementId>,
    /// Its hours; those of the agreement if absent.
    pub calendar: Option<CalendarId>,
    /// What it says.
    pub terms: Terms,
    /// Its place in the attach order; as before, or before all others, if absent.
    pub position: Option<i32>,
    /// Tickets opened from here on.
    pub from: DateTime<Utc>,
    /// And before this.
    pub to: DateTime<Utc>,
    /// Judged at this instant; now if absent or later.
    pub as_of: Option<DateTime<Utc>>,
}

/// Judges the tickets of a time by an agreement that is not there, beside what really held.
pub async fn simulate_agreement(
    tools: &Tools,
    caller: &Caller,
    wish: Wish,
) -> Result<Outcome<Simulation>, Error> {
    let tenant = wish.tenant;
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let _turn = tools.previews.take(tenant)?;
    let book = book(tools, tenant).await?;
    if let Some(agreement) = wish.agreement {
        visible(&book, agreement, caller, tenant)?;
    }
    let tried = match judged(tools, &book, &wish)? {
        Ok(tried) => tried,
        Err(problems) => return Ok(Err(problems)),
    };
    // What has not happened yet cannot be beside what really held.
    let now = tools.clock.now();
    let as_of = wish.as_of.map_or(now, |at| at.min(now));
    let kind = tried.kind;
    let changed = book.rulebook().with_agreement(tried);
    Ok(Ok(simulate(
        tools,
        tenant,
        (kind, &changed),
        (wish.from, wish.to),
        as_of,
    )
    .await?))
}

fn judged(tools: &Tools, book: &Book, wish: &Wish) -> Result<Outcome<Agreement>, Error> {
    let mut problems = Vec::new();
    if wish.to <= wish.from || wish.to - wish.from > TimeDelta::days(MOST_DAYS) {
        problems.push(Problem::at(
            "to",
            "BAD_PERIOD",
            format!("El período termina después de empezar y dura {MOST_DAYS} días como máximo."),
        ));
    }
    let latest = match wish.agreement {
        Some(id) => {
            let found = book.versions.iter().rev().find(|v| v.agreement.id == id);
            Some(found.ok_or(Error::NotFound("agreement"))?)
        }
        None => None,
    };
    let kind = latest.map_or(Kind::Sla, |l| l.agreement.kind);
    problems.extend(flaws(kind, &wish.terms));
    let Some(calendar) = wish.calendar.or(latest.map(|l| l.calendar)) else {
        problems.push(Problem::at(
            "calendar",
            "CALENDAR_MISSING",
            "Indique el calendario: sin acuerdo de partida no hay otro.",
        ));
        return Ok(Err(problems));
    };
    // What could not be published is not tried, whatever the calendar had in the time that is looked at.
    let since = (wish.from, tools.clock.now());
    problems.extend(unreachable(book, calendar, &wish.terms, since));
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let first = book.versions.iter().map(|v| v.agreement.position).min();
    Ok(Ok(Agreement {
        id: wish
            .agreement
            .unwrap_or_else(|| AgreementId::new(&*tools.ids)),
        name: latest.map_or_else(|| "".into(), |l| l.agreement.name.clone()),
        kind,
        version: latest.map_or(1, |l| l.agreement.version + 1),
        since: book.version + 1,
        valid_from: wish.from,
        archived_at: None,
        position: wish
            .position
            .or(latest.map(|l| l.agreement.position))
            .unwrap_or_else(|| first.unwrap_or(1).saturating_sub(1)),
        terms: Arc::new(wish.terms.clone()),
        hours: book.hours_of(calendar),
    }))
}

async fn simulate(
    tools: &Tools,
    tenant: TenantId,
    (kind, changed): (Kind, &Rulebook),
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    as_of: DateTime<Utc>,
) -> Result<Simulation, Error> {
    let mut simulation = Simulation::default();
    let mut after = None;
    loop {
        // A transaction per batch: what is looked at for long holds up nobody who shares the connection.
        let mut tx = tools.db.begin_read(tenant).await?;
        let opened = facts::opened_between(&mut tx, (from, to), after, AT_ONCE).await?;
        let tickets: Vec<_> = opened.iter().map(|(_, ticket)| *ticket).collect();
        let mut histories = facts::of(&mut tx, &tickets).await?;
        countries::join(&mut tx, changed, &mut histories).await?;
        let mut kept = clocks::of(&mut tx, &tickets, false).await?;
        tx.rollback().await?;
        let Some(last) = opened.last() else {
            return Ok(simulation);
        };
        after = Some(*last);
        if simulation.tickets + tickets.len() > MOST_TICKETS {
            simulation.cut = true;
            return Ok(simulation);
        }
        for ticket in &tickets {
            let Some(heard) = histories.of.get(ticket) else {
                continue;
            };
            let happened = &heard.all;
            // Beside what was agreed with the same side: the others' clocks are another matter.
            let mut would_be = read(changed, Story::of(happened), as_of);
            would_be.of.retain(|r| r.kind == kind);
            let inner = kind != Kind::Sla;
            would_be
                .failed
                .retain(|f| changed.is_inner(f.which()) == inner);
            let mut clocks = kept.remove(ticket).unwrap_or_default();
            clocks.retain(|k| k.kind == kind);
            simulation.add(happened, &clocks, &would_be, as_of);
        }
        tokio::task::yield_now().await;
    }
}
