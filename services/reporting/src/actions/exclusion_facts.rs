//! The facts behind exclusions, as they are known now.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ids::TicketId;
use tenancy::Conn;

use super::gather_month::{Frame, agreed, entered, gather_page, inputs};
use crate::domain::month::Month;
use crate::domain::service_levels::evaluation::Inputs;
use crate::domain::service_levels::exclusion::{Exclusion, Reason};
use crate::domain::service_levels::fact::Fact;
use crate::domain::service_levels::level::{Level, LevelSet};
use crate::error::Error;
use crate::store::cases::Page;
use crate::store::{self, cases, waits};

/// Fills in the facts behind exclusions of any months. `tenants`: the tenant's zone.
pub(super) async fn look_up(
    conn: &mut Conn,
    tenants: Tz,
    exclusions: &mut [Exclusion],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let months: BTreeSet<Month> = exclusions.iter().map(|e| e.month).collect();
    for month in months {
        let (frame, set) = agreed(&mut *conn, month, tenants).await?;
        let Some(set) = set else { continue };
        let of_month = exclusions.iter_mut().filter(|e| e.month == month);
        let mut of_month: Vec<&mut Exclusion> = of_month.collect();
        look_up_in(&mut *conn, frame, &set, &mut of_month, now).await?;
    }
    Ok(())
}

/// Fills in the facts behind exclusions of one month. Reads no more than their reasons ask for.
pub(super) async fn look_up_in(
    conn: &mut Conn,
    frame: Frame,
    set: &LevelSet,
    exclusions: &mut [&mut Exclusion],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let of_reason = |reason: Reason| -> Vec<TicketId> {
        let all = exclusions.iter().filter(|e| e.reason == reason);
        all.filter_map(|e| e.ticket()).collect()
    };
    let in_windows = of_reason(Reason::AgreedWindow);
    let waiting = of_reason(Reason::ClientDependency);
    let volumes: BTreeSet<String> = exclusions
        .iter()
        .filter(|e| e.reason == Reason::VolumeOutsideBand)
        .filter_map(|e| e.level.clone())
        .collect();

    store::read_models(&mut *conn).await?;
    let mut known = inputs(frame, set.clone(), Vec::new(), now);
    if !in_windows.is_empty() {
        for level in set.levels.iter().filter(|l| l.counts_tickets()) {
            let lies = (frame.from, frame.to);
            let found = cases::of_tickets(&mut *conn, level, lies, &in_windows).await?;
            known.cases.insert(level.code.clone(), found);
        }
    }
    let waited = waits::for_client(&mut *conn, &waiting, known.as_of).await?;
    let mut counted: BTreeMap<String, Option<i64>> = BTreeMap::new();
    for code in volumes {
        // Without a band nobody asks how many there were.
        if let Some(level) = set.level(&code).filter(|l| l.volume_band.is_some()) {
            let found = volume(&mut *conn, frame, set, level, now).await?;
            counted.insert(code, found);
        }
    }
    for exclusion in exclusions {
        let exclusion: &mut Exclusion = exclusion;
        let waited = exclusion.ticket().and_then(|t| waited.get(&t).copied());
        let named = exclusion.level.as_ref();
        let volume = named.and_then(|code| counted.get(code).copied().flatten());
        let fact = Fact::of(exclusion, &known, waited.unwrap_or_default(), volume);
        exclusion.fact = Some(fact);
    }
    Ok(())
}

async fn volume(
    conn: &mut Conn,
    frame: Frame,
    set: &LevelSet,
    level: &Level,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    let wanted = (set.clone(), level);
    let mut found = gather_page(&mut *conn, frame, wanted, Page::default(), now).await?;
    if level.is_entered() {
        found.measures = entered(conn, frame.month, set).await?;
    }
    Ok(found.volume(level))
}

/// Fills in how long each ticket that was read waited for the client.
pub(super) async fn show_waits(conn: &mut Conn, month: &mut Inputs) -> Result<(), Error> {
    let counted = month.cases.values().flatten().map(|case| case.ticket);
    let tickets: BTreeSet<TicketId> = counted.collect();
    let waited = waits_of(conn, tickets, month.as_of).await?;
    for case in month.cases.values_mut().flatten() {
        let seconds = waited.get(&case.ticket).copied();
        case.waited_for_client_s = Some(seconds.unwrap_or_default());
    }
    Ok(())
}

async fn waits_of(
    conn: &mut Conn,
    tickets: BTreeSet<TicketId>,
    as_of: DateTime<Utc>,
) -> Result<BTreeMap<TicketId, i64>, Error> {
    let tickets: Vec<TicketId> = tickets.into_iter().collect();
    Ok(waits::for_client(conn, &tickets, as_of).await?)
}

/// Fills in how long each ticket of a month waited for the client, and the facts behind its exclusions: what is kept when the
/// month is frozen. The inputs hold the whole month.
pub(super) async fn keep(conn: &mut Conn, month: &mut Inputs) -> Result<(), Error> {
    show_waits(&mut *conn, &mut *month).await?;
    let excluded = month.exclusions.iter().filter_map(Exclusion::ticket);
    let tickets: BTreeSet<TicketId> = excluded.collect();
    let waited = waits_of(conn, tickets, month.as_of).await?;
    let of_ticket = |ticket: TicketId| waited.get(&ticket).copied().unwrap_or_default();
    let whole: &Inputs = month;
    let fact = |exclusion: &Exclusion| {
        let waited = exclusion.ticket().map_or(0, of_ticket);
        let named = exclusion.level.as_deref();
        let level = named.and_then(|code| whole.set.level(code));
        let volume = level.and_then(|level| whole.volume(level));
        Fact::of(exclusion, whole, waited, volume)
    };
    let facts: Vec<Fact> = whole.exclusions.iter().map(fact).collect();
    for (exclusion, fact) in month.exclusions.iter_mut().zip(facts) {
        exclusion.fact = Some(fact);
    }
    Ok(())
}
