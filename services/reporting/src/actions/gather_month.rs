//! Everything that the figures of a month rest on, as it stands now.

use access::{Caller, Permission, Refusal};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ids::TenantId;
use tenancy::Conn;

use super::Tools;
use crate::domain::month::Month;
use crate::domain::problem::Problem;
use crate::domain::service_levels::evaluation::Inputs;
use crate::domain::service_levels::exclusion::Side;
use crate::domain::service_levels::level::LevelSet;
use crate::domain::service_levels::measure;
use crate::error::Error;
use crate::store::{cases, exclusions, level_sets, measures};

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

/// Cuts a month in the zone of the tenant's contract. An unknown zone counts in UTC, as everywhere in reporting.
pub(super) async fn frame(tools: &Tools, tenant: TenantId, month: Month) -> Result<Frame, Error> {
    let row = tools.db.tenant(tenant).await?;
    let zone: Tz = row.time_zone.parse().unwrap_or(Tz::UTC);
    Ok(Frame {
        month,
        zone,
        from: month.start(zone),
        to: month.end(zone),
    })
}

/// The set that a month is judged by.
pub(super) async fn in_force(conn: &mut Conn, month: Month) -> Result<Option<LevelSet>, Error> {
    let sets: Vec<LevelSet> = level_sets::all(conn)
        .await?
        .into_iter()
        .map(|kept| kept.set)
        .collect();
    Ok(LevelSet::in_force(&sets, month).cloned())
}

/// Reads what a month's figures rest on.
pub(super) async fn gather(
    conn: &mut Conn,
    frame: Frame,
    set: LevelSet,
    now: DateTime<Utc>,
) -> Result<Inputs, Error> {
    let mut of_levels = std::collections::BTreeMap::new();
    for level in set.levels.iter().filter(|l| !l.formula.is_measured()) {
        let found = cases::of_level(conn, level, (frame.from, frame.to)).await?;
        of_levels.insert(level.code.clone(), found);
    }
    // What was entered while the level was another one (of another unit, say) tells nothing of this one.
    let mut measures = measures::latest(conn, frame.month).await?;
    measures.retain(|_, entered| {
        let mut levels = set.levels.iter();
        levels.find(|l| l.code == entered.level).is_none_or(|l| {
            measure::faults(l, entered.numerator, entered.denominator, &entered.source).is_empty()
        })
    });
    Ok(Inputs {
        month: frame.month,
        time_zone: frame.zone.name().to_owned(),
        from: frame.from,
        to: frame.to,
        as_of: now.min(frame.to),
        cases: of_levels,
        measures,
        exclusions: exclusions::of_month(conn, frame.month).await?,
        set,
    })
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
