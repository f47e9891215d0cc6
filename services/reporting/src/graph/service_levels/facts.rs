//! The facts behind exclusions, and what is agreed of them beforehand: windows, and bands of volume.

use async_graphql::{Lookahead, SimpleObject};
use chrono::{DateTime, Utc};

use super::enums::Weekday;
use super::int;
use crate::domain::service_levels::fact::Fact;
use crate::domain::service_levels::volume::Band;
use crate::domain::service_levels::windows::{DatedWindow, Opening, WeeklyWindow, Windows};

/// Whether a selection of exclusions asks for the facts behind them. They are looked up for those who do.
pub fn asks_facts(selection: &Lookahead<'_>) -> bool {
    selection.field("fact").exists()
}

/// The volume that the contract is sized for, in a month: counts of the level's own denominator, before exclusions.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelVolumeBand {
    /// Fewer than these are outside; absent: there is no lower end.
    pub fewest: Option<i32>,
    /// More than these are outside; absent: there is no upper end.
    pub most: Option<i32>,
}

impl From<Band> for ServiceLevelVolumeBand {
    fn from(band: Band) -> Self {
        Self {
            fewest: band.fewest.map(int),
            most: band.most.map(int),
        }
    }
}

/// A window that is once.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelDatedWindow {
    /// For people.
    pub name: String,
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
}

impl From<&DatedWindow> for ServiceLevelDatedWindow {
    fn from(window: &DatedWindow) -> Self {
        Self {
            name: window.name.clone(),
            from: window.from,
            to: window.to,
        }
    }
}

/// A window that comes every week.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelWeeklyWindow {
    /// For people.
    pub name: String,
    /// The day on which its spans open.
    pub day: Weekday,
    /// `22:00-06:00`, local time in the zone of the set.
    pub spans: Vec<String>,
}

impl From<&WeeklyWindow> for ServiceLevelWeeklyWindow {
    fn from(window: &WeeklyWindow) -> Self {
        Self {
            name: window.name.clone(),
            day: window.day.into(),
            spans: window.spans.clone(),
        }
    }
}

/// Windows that both sides agreed on: what falls into one may be excused.
#[derive(SimpleObject, Debug, Clone)]
pub struct ServiceLevelWindows {
    /// Those that are once.
    pub dated: Vec<ServiceLevelDatedWindow>,
    /// Those that come every week.
    pub weekly: Vec<ServiceLevelWeeklyWindow>,
}

impl From<&Windows> for ServiceLevelWindows {
    fn from(windows: &Windows) -> Self {
        Self {
            dated: windows.dated.iter().map(Into::into).collect(),
            weekly: windows.weekly.iter().map(Into::into).collect(),
        }
    }
}

/// An agreed window at the time of what is excluded.
#[derive(SimpleObject, Debug, Clone)]
pub struct ExclusionWindow {
    /// Of which window.
    pub name: String,
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
}

impl From<&Opening> for ExclusionWindow {
    fn from(opening: &Opening) -> Self {
        Self {
            name: opening.name.clone(),
            from: opening.from,
            to: opening.to,
        }
    }
}

/// The fact behind an exclusion, as the platform knows it. Each part is told where the reason asks for it; of force majeure
/// there is nothing that could be known.
#[derive(SimpleObject, Debug, Clone)]
pub struct ExclusionFact {
    /// Of `CLIENT_DEPENDENCY`: seconds that the ticket waited for the requester or for an approval, up to the month's end or
    /// to now. It is shown and decides nothing.
    pub waited_for_client_seconds: Option<i32>,
    /// Of `AGREED_WINDOW`: the windows that it touches.
    pub windows: Vec<ExclusionWindow>,
    /// Of `VOLUME_OUTSIDE_BAND`: the month's volume of the level, before exclusions; absent also where nothing was entered.
    pub volume: Option<i32>,
    /// Of `VOLUME_OUTSIDE_BAND`: the band that is agreed.
    pub band: Option<ServiceLevelVolumeBand>,
    /// Whether it is as the reason says: the ticket waited for the client; it lies in agreed windows; the volume lies outside
    /// of the band. Absent: it cannot be known.
    pub supported: Option<bool>,
}

impl From<&Fact> for ExclusionFact {
    fn from(fact: &Fact) -> Self {
        Self {
            waited_for_client_seconds: fact.waited_for_client_s.map(int),
            windows: fact.windows.iter().map(Into::into).collect(),
            volume: fact.volume.map(int),
            band: fact.band.map(Into::into),
            supported: fact.supported,
        }
    }
}
