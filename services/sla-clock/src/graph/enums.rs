//! Enums of the graph. Those that others have too are theirs as well: they come from `libs/subgraph`.

use async_graphql::Enum;
pub use subgraph::enums::{AgreementKind, ClockTarget, Priority, TicketKind, TicketState};

use crate::domain::agreement;

/// Where a clock stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::sla_clock::ClockState")]
pub enum ClockState {
    /// It counts (within the calendar's hours).
    Running,
    /// A condition of the agreement holds it.
    Paused,
    /// Its target was met or missed, and it counts no more.
    Stopped,
    /// It no longer applies.
    Cancelled,
}

/// What a reopening does to clocks that have stopped. A first response does not come twice: it stays.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "agreement::OnReopen")]
pub enum OnReopening {
    /// The clock goes on as if it had never stopped: the time between counts.
    Continue,
    /// Another cycle begins at the reopening; the one before keeps its result.
    NewCycle,
    /// The same cycle begins anew at the reopening; what it had counted, and its result, are gone.
    Reset,
}

/// A day of the week.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "business_time::Weekday")]
pub enum Weekday {
    /// Monday.
    #[graphql(name = "MONDAY")]
    Mon,
    /// Tuesday.
    #[graphql(name = "TUESDAY")]
    Tue,
    /// Wednesday.
    #[graphql(name = "WEDNESDAY")]
    Wed,
    /// Thursday.
    #[graphql(name = "THURSDAY")]
    Thu,
    /// Friday.
    #[graphql(name = "FRIDAY")]
    Fri,
    /// Saturday.
    #[graphql(name = "SATURDAY")]
    Sat,
    /// Sunday.
    #[graphql(name = "SUNDAY")]
    Sun,
}

/// A country whose public holidays are known, by its ISO 3166 code.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "business_time::Country")]
pub enum HolidayCountry {
    /// Colombia.
    #[graphql(name = "CO")]
    Colombia,
    /// Peru.
    #[graphql(name = "PE")]
    Peru,
    /// Spain: the national holidays; those of regions are `regionalHolidays`, those of towns dates of the calendar.
    #[graphql(name = "ES")]
    Spain,
}
