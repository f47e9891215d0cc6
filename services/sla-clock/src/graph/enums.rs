//! Enums of the graph. Those that others have too say the same there: they come from `libs/events`.

use async_graphql::Enum;

use crate::domain::agreement;

/// What a ticket is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::intake::TicketKind")]
pub enum TicketKind {
    /// Something is broken or degraded.
    Incident,
    /// Something is asked for.
    ServiceRequest,
    /// A question.
    Enquiry,
    /// A change to a system.
    Change,
    /// The cause behind incidents.
    Problem,
    /// Bug fixing on delivered software.
    CorrectiveMaintenance,
    /// One planned or requested operational task.
    Task,
}

/// Where a ticket stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::intake::TicketState")]
pub enum TicketState {
    /// Taken in, with nobody yet.
    Open,
    /// In a group's queue.
    Queued,
    /// Somebody works on it.
    InProgress,
    /// The requester was asked.
    WaitingForRequester,
    /// An approval is awaited.
    WaitingForApproval,
    /// A vendor was asked.
    WaitingForVendor,
    /// A delivery to production is awaited.
    WaitingForImplementation,
    /// Another third party is awaited.
    WaitingForThirdParty,
    /// Solved, not yet accepted.
    Resolved,
    /// Done.
    Closed,
    /// Withdrawn.
    Cancelled,
    /// Back after it was resolved or closed.
    Reopened,
}

/// How soon a ticket must be dealt with.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::intake::Priority")]
pub enum Priority {
    /// Before everything else.
    Critical,
    /// Soon.
    High,
    /// In turn.
    Medium,
    /// When there is time.
    Low,
}

/// What a clock measures.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "events::sla_clock::Target")]
pub enum ClockTarget {
    /// To the first public answer of a person; of an agreement with a vendor, to the vendor's first.
    FirstResponse,
    /// From one public answer of a person to the next; of an agreement with a vendor, from one of the vendor's to the next.
    NextUpdate,
    /// To the service being back, by a workaround if need be.
    Restoration,
    /// To the resolution.
    Resolution,
    /// To the root cause being delivered.
    RootCause,
    /// A target of the tenant's own.
    Custom,
}

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

/// Between whom something is agreed.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "agreement::Kind")]
pub enum AgreementKind {
    /// With the client: what the provider is paid by.
    Sla,
    /// Between the provider's groups: a clock runs while a group or line holds the ticket, each time anew.
    Ola,
    /// With a vendor: a clock runs while the vendor is waited for, each time anew.
    Supplier,
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
