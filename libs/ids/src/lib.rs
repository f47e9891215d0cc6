//! Ids are types: a ticket's id cannot stand where a person's is wanted, and a reader of a log sees which is which.
//!
//! Inside every id is a UUIDv7 (sorts by time of birth). Its text is a prefix and 26 characters of lower-case
//! Crockford base 32: `tkt_06ebc0x5…`. What leaves through the API is a [`GlobalId`]: the same prefix and 52
//! characters that hold the tenant as well, so that an id alone says whose it is.
//!
//! New ids come from an [`IdGen`] that is handed in, as time is:
//!
//! ```
//! use ids::{IdGen, TicketId, TenantId, GlobalId};
//!
//! let ids = ids::seeded(7);
//! let tenant = TenantId::new(&*ids);
//! let ticket = TicketId::new(&*ids);
//! let text = GlobalId::new(tenant, ticket).to_string();
//! assert_eq!(text.parse::<GlobalId<TicketId>>().map(|g| g.id), Ok(ticket));
//! ```
//!
//! To add a kind of id: one line in the `id_types!` list below.

mod generate;
mod text;

use std::fmt;
use std::str::FromStr;

pub use generate::{IdGen, SharedIds, seeded, system};
use uuid::Uuid;

/// Why a text is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text does not begin with the prefix of this kind.
    #[error("expected an id that begins with `{expected}_`")]
    Prefix {
        /// The prefix of the wanted kind, without the underscore.
        expected: &'static str,
    },
    /// The part behind the prefix is not base 32 of the right length.
    #[error("not a well-formed id")]
    Malformed,
}

/// What every typed id can do.
pub trait TypedId:
    Copy + Eq + Ord + fmt::Debug + fmt::Display + FromStr<Err = IdError> + Send + Sync + 'static
{
    /// What its text begins with, without the underscore.
    const PREFIX: &'static str;
    /// The id around a UUID that is known to be of this kind (a row's column).
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID inside, for a `uuid` column.
    fn uuid(self) -> Uuid;
}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id from the generator that was handed in.
            pub fn new(ids: &dyn IdGen) -> Self { Self(ids.uuid()) }
            /// The UUID inside.
            pub const fn uuid(self) -> Uuid { self.0 }
            /// The id around a UUID that is known to be of this kind.
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
        }
        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { text::write_one(f, $prefix, self.0) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { text::write_one(f, $prefix, self.0) }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(s: &str) -> Result<Self, IdError> { text::read_one(s, $prefix).map(Self) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let s = std::borrow::Cow::<'de, str>::deserialize(d)?;
                s.parse().map_err(serde::de::Error::custom)
            }
        }
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{26}$")})
            }
        }
    )*

    /// The prefix of every kind, for docs and tests.
    pub const PREFIXES: &[&str] = &[$($prefix),*];
    };
}

id_types! {
    /// A support provider.
    ProviderId = "prv";
    /// A client company.
    TenantId = "ten";
    /// A person: requester, staff or operator.
    PersonId = "per";
    /// An API key (a machine that calls).
    ApiKeyId = "key";
    /// A refresh session.
    SessionId = "ses";
    /// An application of a tenant.
    ApplicationId = "app";
    /// A site: where people of a tenant work.
    SiteId = "sit";
    /// A vendor.
    VendorId = "ven";
    /// A contact: one touch through a channel.
    ContactId = "con";
    /// A ticket of any kind.
    TicketId = "tkt";
    /// One entry of a ticket's timeline.
    EntryId = "ent";
    /// A link between two tickets.
    LinkId = "lnk";
    /// A category of a tenant's catalogue.
    CategoryId = "cat";
    /// A resolver group.
    GroupId = "grp";
    /// A routing rule.
    RuleId = "rul";
    /// A business calendar.
    CalendarId = "cal";
    /// An agreement (SLA, OLA, supplier).
    AgreementId = "agr";
    /// A clock of a ticket.
    ClockId = "clk";
    /// An exclusion from a month's service levels.
    ExclusionId = "exc";
    /// A knowledge article.
    ArticleId = "art";
    /// A fact as it travels.
    EventId = "evt";
}

/// An id together with the tenant whose it is: what the API shows and takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GlobalId<T> {
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is.
    pub id: T,
}

impl<T: TypedId> GlobalId<T> {
    /// Joins the two.
    pub const fn new(tenant: TenantId, id: T) -> Self {
        Self { tenant, id }
    }
}

impl<T: TypedId> fmt::Display for GlobalId<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write_two(f, T::PREFIX, self.tenant.uuid(), self.id.uuid())
    }
}

impl<T: TypedId> fmt::Debug for GlobalId<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: TypedId> FromStr for GlobalId<T> {
    type Err = IdError;
    fn from_str(s: &str) -> Result<Self, IdError> {
        let (tenant, id) = text::read_two(s, T::PREFIX)?;
        Ok(Self {
            tenant: TenantId::from_uuid(tenant),
            id: T::from_uuid(id),
        })
    }
}

impl<T: TypedId> serde::Serialize for GlobalId<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de, T: TypedId> serde::Deserialize<'de> for GlobalId<T> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let s = std::borrow::Cow::<'de, str>::deserialize(d)?;
        s.parse().map_err(serde::de::Error::custom)
    }
}
