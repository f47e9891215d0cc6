//! What the graph takes.

use async_graphql::{Error, ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use ids::{AgreementId, CalendarId, TenantId};
use subgraph::{gid, of_tenant, plain};

use super::conditions::TicketConditionInput;
use super::enums::{AgreementKind, HolidayCountry, Weekday};
use super::terms::AgreementTermsInput;
use crate::actions::{
    change_agreement, change_calendar, create_agreement, install_source_agreement,
};
use crate::domain::calendar;

/// Hours on a day of the week.
#[derive(InputObject, Debug)]
pub struct WeekdayHoursInput {
    /// The day on which the spans open.
    pub day: Weekday,
    /// `09:00-13:00`, local time. A span that closes at or before its opening runs into the next day; `24:00` ends the day.
    pub spans: Vec<String>,
}

/// Hours of one date, in the place of the week's; also on a holiday.
#[derive(InputObject, Debug)]
pub struct DateHoursInput {
    /// The date on which the spans open.
    pub date: NaiveDate,
    /// `09:00-12:00`, local time; none: closed.
    pub spans: Vec<String>,
}

/// When a desk is open.
#[derive(InputObject, Debug)]
pub struct CalendarHoursInput {
    /// IANA zone in which the hours are read: `America/Lima`.
    pub time_zone: String,
    /// Open at every instant; then nothing else may be said.
    #[graphql(default)]
    pub always_open: bool,
    /// Hours of an ordinary week; a day that is not named is closed.
    #[graphql(default)]
    pub weekly: Vec<WeekdayHoursInput>,
    /// Countries whose public holidays close the desk.
    #[graphql(default)]
    pub public_holidays: Vec<HolidayCountry>,
    /// Regions whose public holidays close the desk, by their ISO 3166-2 codes: the communities of Spain, Ceuta and Melilla
    /// (`ES-MD`). A region's list holds the national days, too.
    #[graphql(default)]
    pub regional_holidays: Vec<String>,
    /// The edition of the holiday data by which those of countries and regions are known (`2026.2`); the newest if absent. What a
    /// version was written by it keeps: to take over a later edition is an edit, which can be seen before
    /// (`previewCalendarChange`).
    pub holiday_data: Option<String>,
    /// Further closed dates.
    #[graphql(default)]
    pub holidays: Vec<NaiveDate>,
    /// Dates with hours of their own.
    #[graphql(default)]
    pub date_hours: Vec<DateHoursInput>,
}

impl CalendarHoursInput {
    /// As the rules know it.
    pub fn read(self) -> calendar::Wish {
        calendar::Wish {
            time_zone: self.time_zone,
            always_open: self.always_open,
            weekly: self
                .weekly
                .into_iter()
                .map(|d| (d.day.into(), d.spans))
                .collect(),
            public_holidays: self.public_holidays.into_iter().map(Into::into).collect(),
            regional_holidays: self.regional_holidays,
            holiday_data: self.holiday_data,
            holidays: self.holidays,
            date_hours: self
                .date_hours
                .into_iter()
                .map(|d| (d.date, d.spans))
                .collect(),
        }
    }
}

/// A new calendar.
#[derive(InputObject, Debug)]
pub struct CreateCalendarInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Its hours.
    pub hours: CalendarHoursInput,
    /// They are said from here on, and count before that, too; now if absent. May lie in the past, for imports.
    pub valid_from: Option<DateTime<Utc>>,
    /// A repeat with the same key gives the same calendar again; kept 48 h.
    pub idempotency_key: Option<String>,
}

/// Another version of a calendar.
#[derive(InputObject, Debug)]
pub struct ChangeCalendarInput {
    /// The calendar.
    pub calendar: ID,
    /// All its hours from then on.
    pub hours: CalendarHoursInput,
    /// They count from this instant on, whenever a ticket was opened, until those of a version that is valid later; now if absent.
    /// May lie in the past: then the past of open clocks is counted anew, never results that were reached.
    pub valid_from: Option<DateTime<Utc>>,
    /// Move the deadlines of open tickets that count by it at once; else each at its next change.
    #[graphql(default)]
    pub apply_to_open: bool,
    /// The version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}

impl ChangeCalendarInput {
    /// As the action knows it.
    pub fn read(self) -> Result<change_calendar::Wish, Error> {
        let calendar = gid::<CalendarId>(&self.calendar)?;
        Ok(change_calendar::Wish {
            tenant: calendar.tenant,
            calendar: calendar.id,
            hours: self.hours.read(),
            valid_from: self.valid_from,
            apply_to_open: self.apply_to_open,
            seen: self.version,
        })
    }
}

/// A new agreement.
#[derive(InputObject, Debug)]
pub struct CreateAgreementInput {
    /// Whose; the tenant of the calendar if absent.
    pub tenant: Option<ID>,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Between whom. Every target of `OLA` and `SUPPLIER` has a code and a name; of an `OLA` each says by `start` which line or
    /// group it is for, and its clock runs while that one holds the ticket. A `FIRST_RESPONSE` has one clock each such time, to
    /// the first answer in it: of an `OLA` a public one of the staff, of a `SUPPLIER` the vendor's.
    #[graphql(default_with = "AgreementKind::Sla")]
    pub kind: AgreementKind,
    /// Its hours.
    pub calendar: ID,
    /// What it says.
    pub terms: AgreementTermsInput,
    /// Place in the attach order: of several agreements with a target for a ticket, the one with the lowest number. Last
    /// if absent.
    pub position: Option<i32>,
    /// Tickets opened from here on are judged by it; now if absent. May lie in the past, for imports.
    pub valid_from: Option<DateTime<Utc>>,
    /// Give the open tickets that it is for their clocks at once; else each gets them at its next change.
    #[graphql(default)]
    pub apply_to_open: bool,
    /// A repeat with the same key gives the same agreement again; kept 48 h.
    pub idempotency_key: Option<String>,
}

impl CreateAgreementInput {
    /// As the action knows it, for a caller who has chosen a tenant or names one by the calendar.
    pub fn read(
        self,
        chosen: impl Fn(Option<TenantId>) -> Result<TenantId, Error>,
    ) -> Result<create_agreement::Wish, Error> {
        let calendar = gid::<CalendarId>(&self.calendar)?;
        let named = self.tenant.as_ref().map(plain).transpose()?;
        let tenant = chosen(named.or(Some(calendar.tenant)))?;
        Ok(create_agreement::Wish {
            tenant,
            name: self.name,
            kind: self.kind.into(),
            calendar: of_tenant(tenant, &self.calendar)?,
            terms: self.terms.read(tenant)?,
            position: self.position,
            valid_from: self.valid_from,
            apply_to_open: self.apply_to_open,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Another version of an agreement.
#[derive(InputObject, Debug)]
pub struct ChangeAgreementInput {
    /// The agreement.
    pub agreement: ID,
    /// Other hours; as before if absent.
    pub calendar: Option<ID>,
    /// All that it says from then on.
    pub terms: AgreementTermsInput,
    /// Another place in the attach order.
    pub position: Option<i32>,
    /// Tickets opened from here on are judged by this version; now if absent. May lie in the past: then it is for tickets
    /// that are there already, too, never for results that were reached.
    pub valid_from: Option<DateTime<Utc>>,
    /// Judge the open tickets that it is for anew at once; else each at its next change.
    #[graphql(default)]
    pub apply_to_open: bool,
    /// The version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}

impl ChangeAgreementInput {
    /// As the action knows it.
    pub fn read(self) -> Result<change_agreement::Wish, Error> {
        let agreement = gid::<AgreementId>(&self.agreement)?;
        let tenant = agreement.tenant;
        Ok(change_agreement::Wish {
            tenant,
            agreement: agreement.id,
            calendar: self.calendar.map(|c| of_tenant(tenant, &c)).transpose()?,
            terms: self.terms.read(tenant)?,
            position: self.position,
            valid_from: self.valid_from,
            apply_to_open: self.apply_to_open,
            seen: self.version,
        })
    }
}

/// An agreement that ends.
#[derive(InputObject, Debug)]
pub struct ArchiveAgreementInput {
    /// The agreement.
    pub agreement: ID,
}

/// The ready-made agreement.
#[derive(InputObject, Debug)]
pub struct InstallStandardAgreementInput {
    /// Its hours.
    pub calendar: ID,
    /// Tickets opened from here on are judged by it; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
}

/// The ready-made contract of a support centre in Peru and Colombia.
#[derive(InputObject, Debug)]
pub struct InstallSourceAgreementInput {
    /// Global id of the calendar of the lines and groups that the contract names no hours for (N1, N2, operating systems and
    /// infrastructure).
    pub calendar: ID,
    /// Global id of the group that is N3's software factory: Monday to Friday, 09:00 to 18:00.
    pub software_factory: Option<ID>,
    /// Global id of the group that is N3's database team: Monday to Friday, 07:30 to 18:00.
    pub database: Option<ID>,
    /// What else than the critical may call out the standby, by kind, category, application or major incident: the types that
    /// the contract lists. Where the tenant has a standby scheme already, that stays as it is.
    pub typified: Option<TicketConditionInput>,
    /// Tickets opened from here on are judged by it; now if absent.
    pub valid_from: Option<DateTime<Utc>>,
}

impl InstallSourceAgreementInput {
    /// As the action knows it.
    pub fn read(self) -> Result<install_source_agreement::Wish, Error> {
        let calendar = gid::<CalendarId>(&self.calendar)?;
        let group = |of: Option<ID>| of.map(|g| of_tenant(calendar.tenant, &g)).transpose();
        Ok(install_source_agreement::Wish {
            tenant: calendar.tenant,
            calendar: calendar.id,
            software_factory: group(self.software_factory)?,
            database: group(self.database)?,
            typified: self.typified.map(|c| c.read(calendar.tenant)).transpose()?,
            valid_from: self.valid_from,
        })
    }
}
