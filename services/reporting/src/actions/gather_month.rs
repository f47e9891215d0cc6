//! Everything that the figures of a month rest on, as it stands now.

use std::collections::BTreeMap;

use access::{Caller, Permission, Refusal};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ids::TenantId;
use tenancy::Conn;

use super::Tools;
use crate::domain::month::Month;
use crate::domain::problem::Problem;
use crate::domain::service_levels::evaluation::Inputs;
use crate::domain::service_levels::exclusion::{Exclusion, Side};
use crate::domain::service_levels::level::{Level, LevelSet};
use crate::domain::service_levels::measure::{self, Measure};
use crate::error::Error;
use crate::store::cases::Page;
use crate::store::{calls, cases, exclusions, level_sets, measures};

/// A month in the zone of a tenant's contract.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// Which.
    pub month: Month,
    /// The contract's zone.
    pub zone: Tz,
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant behind it.
    pub to: DateTime<Utc>,
}

/// The zone of a tenant as it is now. One that nobody knows counts as UTC, as everywhere in reporting.
pub(super) async fn zone(tools: &Tools, tenant: TenantId) -> Result<Tz, Error> {
    let row = tools.db.tenant(tenant).await?;
    Ok(row.time_zone.parse().unwrap_or(Tz::UTC))
}

/// Where a month lies, and the set that it is judged by, if anything is agreed for it. `tenants`: the tenant's zone.
pub(super) async fn agreed(
    conn: &mut Conn,
    month: Month,
    tenants: Tz,
) -> Result<(Frame, Option<LevelSet>), Error> {
    let sets: Vec<LevelSet> = level_sets::all(conn)
        .await?
        .into_iter()
        .map(|kept| kept.set)
        .collect();
    let (zone, from, to) = LevelSet::bounds(&sets, month, tenants);
    let frame = Frame {
        month,
        zone,
        from,
        to,
    };
    Ok((frame, LevelSet::in_force(&sets, month).cloned()))
}

/// Reads what a month's figures rest on.
pub(super) async fn gather(
    conn: &mut Conn,
    frame: Frame,
    set: LevelSet,
    now: DateTime<Utc>,
) -> Result<Inputs, Error> {
    let mut of_levels = BTreeMap::new();
    let lies = (frame.from, frame.to);
    for level in set.levels.iter().filter(|l| l.counts_tickets()) {
        let found = cases::of_level(conn, level, lies, Page::default()).await?;
        of_levels.insert(level.code.clone(), found);
    }
    // Behind the tickets: in the order in which a rebuild swaps the tables.
    let offered = if set.levels.iter().any(Level::counts_calls) {
        calls::offered(conn, lies, Page::default()).await?
    } else {
        Vec::new()
    };
    let measures = entered(conn, frame.month, &set).await?;
    let exclusions = exclusions::of_month(conn, frame.month).await?;
    Ok(Inputs {
        cases: of_levels,
        calls: offered,
        measures,
        ..inputs(frame, set, exclusions, now)
    })
}

/// What was entered last for each level of a set. What was entered while the level was another one (of another unit, say) tells
/// nothing of this one.
pub(super) async fn entered(
    conn: &mut Conn,
    month: Month,
    set: &LevelSet,
) -> Result<BTreeMap<String, Measure>, Error> {
    let mut measures = measures::latest(conn, month).await?;
    measures.retain(|_, entered| {
        let mut levels = set.levels.iter();
        levels.find(|l| l.code == entered.level).is_none_or(|l| {
            measure::faults(l, entered.numerator, entered.denominator, &entered.source).is_empty()
        })
    });
    Ok(measures)
}

/// Reads a page of what one level counts in a month: enough to tell how each of its tickets or calls came out, and for no
/// figure.
pub(super) async fn gather_page(
    conn: &mut Conn,
    frame: Frame,
    (set, level): (LevelSet, &Level),
    page: Page,
    now: DateTime<Utc>,
) -> Result<Inputs, Error> {
    let lies = (frame.from, frame.to);
    let (mut of_level, mut offered) = (Vec::new(), Vec::new());
    if level.counts_calls() {
        offered = calls::offered(conn, lies, page).await?;
    } else {
        of_level = cases::of_level(conn, level, lies, page).await?;
    }
    let exclusions = exclusions::of_month(conn, frame.month).await?;
    Ok(Inputs {
        cases: BTreeMap::from([(level.code.clone(), of_level)]),
        calls: offered,
        ..inputs(frame, set, exclusions, now)
    })
}

/// What a month rests on, without anything that is read for it but its exclusions.
pub(super) fn inputs(
    frame: Frame,
    set: LevelSet,
    exclusions: Vec<Exclusion>,
    now: DateTime<Utc>,
) -> Inputs {
    Inputs {
        month: frame.month,
        time_zone: frame.zone.name().to_owned(),
        from: frame.from,
        to: frame.to,
        as_of: now.min(frame.to),
        cases: BTreeMap::new(),
        calls: Vec::new(),
        measures: BTreeMap::new(),
        exclusions,
        set,
    }
}

/// For which side of the contract a caller speaks, if it may speak at all.
pub(super) fn side(caller: &Caller, tenant: TenantId) -> Result<Side, Error> {
    let permission = Permission::ConfigureAgreements;
    caller.require(tenant, permission)?;
    Side::of(caller.kind).ok_or(Error::Refused(Refusal::Forbidden { permission }))
}

/// A month for which nothing is agreed.
pub(super) fn nothing_agreed() -> Problem {
    Problem::at(
        "month",
        "NOTHING_AGREED",
        "Para ese mes no hay niveles de servicio acordados.",
    )
}
