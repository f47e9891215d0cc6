//! What the graph shows.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use ids::{CalendarId, TenantId};
use subgraph::{Problem as ApiProblem, global};

use super::enums::{AgreementKind, HolidayCountry, Weekday};
use super::terms::AgreementVersion;
use crate::actions::read_agreements::{KeptAgreement, KeptCalendar};
use crate::actions::summarise_clocks::Summary;
use crate::domain::agreement::Dated;
use crate::domain::problem::Problem;

/// Problems as the graph shows them.
pub fn problems(all: Vec<Problem>) -> Vec<ApiProblem> {
    all.into_iter()
        .map(|p| ApiProblem {
            field: p.field,
            code: p.code.to_owned(),
            message: p.message,
        })
        .collect()
}

/// An application of a tenant; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Application {
    /// Global id.
    pub id: ID,
}

/// A vendor of a tenant; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Vendor {
    /// Global id.
    pub id: ID,
}

/// Hours of a day of the week.
#[derive(SimpleObject, Debug, Clone)]
pub struct WeekdayHours {
    /// The day on which the spans open.
    pub day: Weekday,
    /// `09:00-13:00`, local time.
    pub spans: Vec<String>,
}

/// Hours of one date, in the place of the week's.
#[derive(SimpleObject, Debug, Clone)]
pub struct DateHours {
    /// The date.
    pub date: NaiveDate,
    /// `09:00-12:00`, local time; none: closed.
    pub spans: Vec<String>,
}

/// One version of a calendar; it never changes.
#[derive(SimpleObject, Debug, Clone)]
pub struct CalendarVersion {
    /// Its number.
    pub version: i32,
    /// It counts from here on, until a version that is valid later does.
    pub valid_from: DateTime<Utc>,
    /// IANA zone in which the hours are read.
    pub time_zone: String,
    /// Hours of an ordinary week; days without hours are left out.
    pub weekly: Vec<WeekdayHours>,
    /// Countries whose public holidays close the desk.
    pub public_holidays: Vec<HolidayCountry>,
    /// Regions whose public holidays close the desk, by their ISO 3166-2 codes.
    pub regional_holidays: Vec<String>,
    /// The edition of the holiday data by which those of countries and regions are known: `2026.2`.
    pub holiday_data: String,
    /// The last year whose public holidays are all decided; later ones are a projection. Absent if rules of law give them in
    /// every year, or `holidayData` knows none of the regions.
    pub holidays_known_until: Option<i32>,
    /// Further closed dates, with those of feeds.
    pub holidays: Vec<NaiveDate>,
    /// Dates with hours of their own.
    pub date_hours: Vec<DateHours>,
}

impl From<&Dated> for CalendarVersion {
    fn from(dated: &Dated) -> Self {
        use business_time::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let spec = dated.calendar.spec();
        let spans = |hours: &[business_time::Hours]| {
            hours.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        Self {
            version: dated.version,
            valid_from: dated.valid_from,
            time_zone: spec.tz.name().to_owned(),
            weekly: [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
                .into_iter()
                .filter(|day| !spec.weekly.on(*day).is_empty())
                .map(|day| WeekdayHours {
                    day: day.into(),
                    spans: spans(spec.weekly.on(day)),
                })
                .collect(),
            public_holidays: spec.public_holidays.iter().map(|c| (*c).into()).collect(),
            regional_holidays: spec
                .regional_holidays
                .iter()
                .map(|r| r.code().to_owned())
                .collect(),
            holiday_data: spec.holiday_data.as_str().to_owned(),
            holidays_known_until: spec.known_until(),
            holidays: spec.holidays.iter().copied().collect(),
            date_hours: spec
                .date_hours
                .iter()
                .map(|(date, hours)| DateHours {
                    date: *date,
                    spans: spans(hours),
                })
                .collect(),
        }
    }
}

/// When a desk is open.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct Calendar {
    #[graphql(skip)]
    pub(super) key: (TenantId, CalendarId),
    /// Global id.
    pub id: ID,
    /// Its name.
    pub name: String,
    /// The highest version's number: what `changeCalendar` takes as `version`.
    pub version: i32,
    /// Every version, in the order in which they became valid.
    pub versions: Vec<CalendarVersion>,
    /// The newest edition of the holiday data, if the version that became valid last counts by an earlier one: what
    /// `changeCalendar` would take over. Absent if it has the newest, or closes on the holidays of no country or region.
    pub newer_holiday_data: Option<String>,
}

impl Calendar {
    /// A tenant's.
    pub fn of(tenant: TenantId, kept: &KeptCalendar) -> Self {
        let last = kept.versions.last();
        let newer = last.and_then(|dated| dated.calendar.spec().newer_holiday_data());
        Self {
            key: (tenant, kept.id),
            id: global(tenant, kept.id),
            name: kept.name.clone(),
            version: kept.latest(),
            versions: kept.versions.iter().map(Into::into).collect(),
            newer_holiday_data: newer.map(|edition| edition.as_str().to_owned()),
        }
    }
}

/// How long what may take, by which hours.
#[derive(SimpleObject, Debug, Clone)]
pub struct Agreement {
    /// Global id.
    pub id: ID,
    /// Its name.
    pub name: String,
    /// Between whom.
    pub kind: AgreementKind,
    /// Place in the attach order: the lowest that matches a ticket judges it.
    pub position: i32,
    /// Tickets opened from here on are not judged by it.
    pub archived_at: Option<DateTime<Utc>>,
    /// The highest version's number: what `changeAgreement` takes as `version`.
    pub version: i32,
    /// Every version, the first one first.
    pub versions: Vec<AgreementVersion>,
}

impl Agreement {
    /// A tenant's, from its versions; none if there are none.
    pub fn of(tenant: TenantId, kept: &[KeptAgreement]) -> Option<Self> {
        let last = &kept.last()?.agreement;
        Some(Self {
            id: global(tenant, last.id),
            name: last.name.to_string(),
            kind: last.kind.into(),
            position: last.position,
            archived_at: last.archived_at,
            version: last.version,
            versions: kept
                .iter()
                .map(|k| AgreementVersion::of(tenant, k))
                .collect(),
        })
    }
}

/// The clocks of a target, judged at an instant: every one that had begun by then counts once.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockSummary {
    /// How many there are.
    pub clocks: i32,
    /// Stopped in time.
    pub met: i32,
    /// Past their deadline, whether they still count or not.
    pub breached: i32,
    /// Open (running or paused), and in time.
    pub running: i32,
    /// Cancelled before their deadline.
    pub cancelled: i32,
    /// The instant they are judged at.
    pub as_of: DateTime<Utc>,
}

impl From<(Summary, DateTime<Utc>)> for ClockSummary {
    fn from((summary, as_of): (Summary, DateTime<Utc>)) -> Self {
        Self {
            clocks: summary.clocks as i32,
            met: summary.met as i32,
            breached: summary.breached as i32,
            running: summary.running as i32,
            cancelled: summary.cancelled as i32,
            as_of,
        }
    }
}
