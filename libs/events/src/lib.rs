//! Facts as they travel between services.
//!
//! One [`Envelope`] (CloudEvents 1.0, JSON) carries one fact. What may stand in its `data` is a type in this crate,
//! one file per publisher: [`directory`], [`intake`], [`routing`], [`sla_clock`], [`knowledge`], [`reporting`]. A fact says what was
//! true when it happened; a consumer never calls back to find out.
//!
//! - `sequence` counts 1, 2, 3 … per (source, subject): a column on the subject's row.
//! - Persons travel as ids, never as names or addresses. Free text does not travel at all: who needs words asks the
//!   service that owns them.
//! - Adding an optional field is fine. Changing or removing one is a new type (`….v2`) beside the old one.
//!
//! To publish: `Envelope::of(meta, &fact)`. To read: `envelope.read::<TicketOpened>()`.
//! To add a type: a struct in its publisher's file, an `impl Fact` through `fact!`, a line in [`catalogue`];
//! then `make generate` writes its JSON Schema under `docs/events/`. What an enum is written as in columns is its [`Word`].

pub mod directory;
mod envelope;
pub mod intake;
pub mod knowledge;
pub mod reporting;
pub mod routing;
pub mod schema;
pub mod sla_clock;
mod word;

pub use envelope::{Envelope, Lane, Meta, Origin, ReadError};
pub use word::Word;

/// Who publishes facts. A consumer binds every type of a publisher or none, but for those that are alone with their subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Publisher {
    /// Providers, tenants, people, applications, vendors, credentials that ended.
    Directory,
    /// Contacts and tickets.
    Intake,
    /// Groups and assignments.
    Routing,
    /// Clocks, and incidents that are to be converted.
    SlaClock,
    /// Articles.
    Knowledge,
    /// Service levels.
    Reporting,
}

impl Publisher {
    /// Every publisher.
    pub const ALL: [Self; 6] = [
        Self::Directory,
        Self::Intake,
        Self::Routing,
        Self::SlaClock,
        Self::Knowledge,
        Self::Reporting,
    ];

    /// The CloudEvents `source` of its facts: the service's name.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Intake => "intake",
            Self::Routing => "routing",
            Self::SlaClock => "sla-clock",
            Self::Knowledge => "knowledge",
            Self::Reporting => "reporting",
        }
    }

    /// Every type it publishes.
    pub fn types(self) -> impl Iterator<Item = &'static str> {
        catalogue()
            .iter()
            .filter(move |t| t.publisher == self)
            .map(|t| t.name)
    }
}

/// What can be the `data` of an envelope.
pub trait Fact: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema {
    /// Name and version: `ticket.opened.v1`.
    const TYPE: &'static str;
    /// Who publishes it.
    const PUBLISHER: Publisher;
}

macro_rules! fact {
    ($publisher:ident, $($ty:ident = $name:literal),* $(,)?) => {$(
        impl crate::Fact for $ty {
            const TYPE: &'static str = $name;
            const PUBLISHER: crate::Publisher = crate::Publisher::$publisher;
        }
    )*};
}
pub(crate) use fact;

/// One row of the catalogue of types.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// `ticket.opened.v1`.
    pub name: &'static str,
    /// Who publishes it.
    pub publisher: Publisher,
    /// Makes the JSON Schema of its data.
    pub schema: fn() -> schemars::Schema,
}

const fn entry<T: Fact>() -> EventType {
    EventType {
        name: T::TYPE,
        publisher: T::PUBLISHER,
        schema: || schemars::schema_for!(T),
    }
}

/// Every type there is. The AsyncAPI document, the JSON Schemas, the topology's bindings and the tests come from here.
pub const fn catalogue() -> &'static [EventType] {
    const ALL: &[EventType] = &[
        entry::<directory::ProviderCreated>(),
        entry::<directory::TenantCreated>(),
        entry::<directory::TenantChanged>(),
        entry::<directory::TenantSuspended>(),
        entry::<directory::TenantResumed>(),
        entry::<directory::PersonRegistered>(),
        entry::<directory::PersonChanged>(),
        entry::<directory::StaffAssigned>(),
        entry::<directory::StaffUnassigned>(),
        entry::<directory::SessionEnded>(),
        entry::<directory::ApiKeyRevoked>(),
        entry::<directory::ApplicationRegistered>(),
        entry::<directory::ApplicationChanged>(),
        entry::<directory::VendorRegistered>(),
        entry::<directory::VendorChanged>(),
        entry::<intake::ContactRecorded>(),
        entry::<intake::TicketOpened>(),
        entry::<intake::TicketStateChanged>(),
        entry::<intake::TicketClassified>(),
        entry::<intake::TicketServiceChanged>(),
        entry::<intake::TicketVendorAnswered>(),
        entry::<intake::TicketReplied>(),
        entry::<intake::TicketNoted>(),
        entry::<intake::TicketLinked>(),
        entry::<intake::TicketRecorded>(),
        entry::<routing::AssignmentChanged>(),
        entry::<sla_clock::ClockChanged>(),
        entry::<sla_clock::ClockWarned>(),
        entry::<sla_clock::ClockBreached>(),
        entry::<sla_clock::ClockNoticeDue>(),
        entry::<sla_clock::ConversionDue>(),
        entry::<knowledge::ArticleChanged>(),
        entry::<knowledge::ArticleLinked>(),
        entry::<reporting::ServiceLevelsSet>(),
        entry::<reporting::MeasureRecorded>(),
        entry::<reporting::ExclusionProposed>(),
        entry::<reporting::ExclusionDecided>(),
        entry::<reporting::ExclusionWithdrawn>(),
        entry::<reporting::ServiceLevelsFrozen>(),
    ];
    ALL
}

/// The one type that every service publishes: its part of a tenant (or provider) stands. Heard by directory alone;
/// its `source` is the service that speaks.
pub const TENANT_PROVISIONED: &str = directory::TENANT_PROVISIONED;
