//! Conditions over what is known of a ticket: a small tree of all, any, not and "is one of".

use events::Word;
use events::intake::{Priority, TicketKind, TicketState};
use ids::{ApplicationId, CategoryId, GroupId, VendorId};
use serde::{Deserialize, Serialize};

use super::happened::Happened;

/// Deeper trees nobody can read.
pub const MOST_DEPTH: usize = 8;
/// More leaves and values than anybody means.
pub const MOST_VALUES: usize = 500;

/// A condition. As JSON: `{"all": [{"state": ["queued"]}, {"not": {"priority": ["low"]}}]}`. All of nothing holds, any of
/// nothing does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The kind is one of these.
    Kind(Vec<TicketKind>),
    /// The state is one of these.
    State(Vec<TicketState>),
    /// The priority is one of these.
    Priority(Vec<Priority>),
    /// The category is one of these; without a category it is none.
    Category(Vec<CategoryId>),
    /// The application is one of these; without an application it is none.
    Application(Vec<ApplicationId>),
    /// The support line that holds it is one of these; held by nobody it is none.
    Line(Vec<i16>),
    /// The group that holds it is one of these; held by nobody it is none.
    Group(Vec<GroupId>),
    /// It is (or is not) declared a major incident.
    Major(bool),
    /// Whoever asks was (or was not) a VIP when it was opened.
    Vip(bool),
    /// The service that it is about is back (or is not), whatever state the ticket is in.
    Restored(bool),
    /// The vendor that it waits for is one of these; where it waits for none, or for one that nobody named, it is none.
    Vendor(Vec<VendorId>),
}

/// What conditions look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Kind.
    Kind,
    /// State.
    State,
    /// Priority.
    Priority,
    /// Category.
    Category,
    /// Application.
    Application,
    /// Support line of the holder.
    Line,
    /// Group of the holder.
    Group,
    /// Major incident.
    Major,
    /// VIP requester.
    Vip,
    /// Service that is back.
    Restored,
    /// Vendor that is waited for.
    Vendor,
}

impl Field {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::Kind,
        Self::State,
        Self::Priority,
        Self::Category,
        Self::Application,
        Self::Line,
        Self::Group,
        Self::Major,
        Self::Vip,
        Self::Restored,
        Self::Vendor,
    ];
}

/// As a leaf names them.
pub(super) fn words<W: Word>(of: &[W]) -> Vec<String> {
    of.iter().map(|v| v.word().to_owned()).collect()
}

impl Condition {
    /// Whether it holds for a ticket as it is right after that.
    pub fn holds(&self, ticket: &Happened) -> bool {
        match self {
            Self::All(all) => all.iter().all(|c| c.holds(ticket)),
            Self::Any(any) => any.iter().any(|c| c.holds(ticket)),
            Self::Not(inner) => !inner.holds(ticket),
            Self::Kind(of) => of.contains(&ticket.kind),
            Self::State(of) => of.contains(&ticket.state),
            Self::Priority(of) => of.contains(&ticket.priority),
            Self::Category(of) => ticket.category.is_some_and(|c| of.contains(&c)),
            Self::Application(of) => ticket.application.is_some_and(|a| of.contains(&a)),
            Self::Line(of) => ticket.line.is_some_and(|l| of.contains(&l)),
            Self::Group(of) => ticket.group.is_some_and(|g| of.contains(&g)),
            Self::Major(is) => ticket.major == *is,
            Self::Vip(is) => ticket.vip == *is,
            Self::Restored(is) => ticket.restored() == *is,
            Self::Vendor(of) => ticket.vendor.is_some_and(|v| of.contains(&v)),
        }
    }

    /// A leaf's field, and the words that it names; none of a branch.
    pub fn leaf(&self) -> Option<(Field, Vec<String>)> {
        let of_field = match self {
            Self::All(_) | Self::Any(_) | Self::Not(_) => return None,
            Self::Kind(of) => (Field::Kind, words(of)),
            Self::State(of) => (Field::State, words(of)),
            Self::Priority(of) => (Field::Priority, words(of)),
            Self::Category(of) => (
                Field::Category,
                of.iter().map(ToString::to_string).collect(),
            ),
            Self::Application(of) => (
                Field::Application,
                of.iter().map(ToString::to_string).collect(),
            ),
            Self::Line(of) => (Field::Line, of.iter().map(ToString::to_string).collect()),
            Self::Group(of) => (Field::Group, of.iter().map(ToString::to_string).collect()),
            Self::Major(is) => (Field::Major, vec![is.to_string()]),
            Self::Vip(is) => (Field::Vip, vec![is.to_string()]),
            Self::Restored(is) => (Field::Restored, vec![is.to_string()]),
            Self::Vendor(of) => (Field::Vendor, of.iter().map(ToString::to_string).collect()),
        };
        Some(of_field)
    }

    /// Its branches.
    pub fn branches(&self) -> &[Self] {
        match self {
            Self::All(of) | Self::Any(of) => of,
            Self::Not(inner) => std::slice::from_ref(inner),
            _ => &[],
        }
    }

    /// Whether it looks at that field anywhere.
    pub fn looks_at(&self, field: Field) -> bool {
        self.leaf().is_some_and(|(of, _)| of == field)
            || self.branches().iter().any(|c| c.looks_at(field))
    }

    /// How deep it is, and how many values it names.
    pub fn size(&self) -> (usize, usize) {
        let own = self.leaf().map_or(0, |(_, words)| words.len());
        let inner = self.branches().iter().map(Self::size);
        let (depth, values) = inner.fold((0, own), |(depth, values), (d, v)| {
            (depth.max(d), values + v)
        });
        (depth + 1, values)
    }
}
