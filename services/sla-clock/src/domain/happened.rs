//! What happened to a ticket, as far as clocks care.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::Origin;
use events::intake::{Priority, Service, TicketKind, TicketState};
use ids::{ApplicationId, CategoryId, GroupId, PersonId, SiteId, TicketId, VendorId};

use super::service::place;

/// What sort of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The ticket was opened.
    Opened,
    /// State or classification changed.
    Changed,
    /// A person of the provider answered the requester in public. Automatic answers are none.
    Answered,
    /// The vendor that it waits for answered the provider, as a person of the provider wrote down.
    VendorAnswered,
    /// A row of another tool's history.
    Recorded,
    /// Another group or line holds it.
    Held,
    /// It was linked to another ticket by which its clocks go from here on, or no longer.
    Linked,
    /// The service that it is about is back.
    Restored,
    /// That service is lost again.
    Lost,
}

impl What {
    /// As in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Changed => "changed",
            Self::Answered => "answered",
            Self::VendorAnswered => "vendor_answered",
            Self::Recorded => "recorded",
            Self::Held => "held",
            Self::Linked => "linked",
            Self::Restored => "restored",
            Self::Lost => "lost",
        }
    }

    /// From the table.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::Opened,
            Self::Changed,
            Self::Answered,
            Self::VendorAnswered,
            Self::Recorded,
            Self::Held,
            Self::Linked,
            Self::Restored,
            Self::Lost,
        ]
        .into_iter()
        .find(|w| w.as_str() == word)
    }
}

/// One thing that happened, with the ticket as it was right after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Intake's version of the ticket; of a holder the one before it.
    pub version: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it was.
    pub what: What,
    /// Kind after it.
    pub kind: TicketKind,
    /// State after it.
    pub state: TicketState,
    /// Priority after it.
    pub priority: Priority,
    /// Application after it.
    pub application: Option<ApplicationId>,
    /// For which vendor it waits after it, if that was said; none in any other state.
    pub vendor: Option<VendorId>,
    /// Category after it.
    pub category: Option<CategoryId>,
    /// Declared a major incident.
    pub major: bool,
    /// How the service stood that it is about, by all that was said of it; until that is put in its place, as this fact says.
    pub service: Option<Service>,
    /// The group that holds it after it, as routing told.
    pub group: Option<GroupId>,
    /// The support line that holds it after it, 1 to 3.
    pub line: Option<i16>,
    /// Who asks.
    pub requester: Option<PersonId>,
    /// ISO 3166-1 code of the country in which whoever asks worked when the ticket was opened, where it is looked at.
    pub country: Option<Arc<str>>,
    /// The site at which whoever asks worked then, where who asks is looked at.
    pub site: Option<SiteId>,
    /// Whether whoever asks was a VIP then, where who asks is looked at.
    pub vip: bool,
    /// Live or history.
    pub origin: Origin,
    /// Heard of when the ticket had been closed already: with which of its late batches. 0 if in time.
    pub late: i32,
    /// What another ticket has to do with it.
    pub related: Related,
}

/// What another ticket has to do with something that happened. Nothing, mostly: see [`super::relations`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Related {
    /// Whose fact it is, if not the ticket's own.
    pub of: Option<TicketId>,
    /// When the ticket itself was opened, of what it has taken over from before.
    pub opened: Option<DateTime<Utc>>,
    /// From here on the ticket repeats another one, and has no clocks of its own.
    pub merged: bool,
    /// The mass incident that the ticket is a part of, as that one was then.
    pub parent: Option<Arc<Happened>>,
}

/// The ticket's own opening: the first thing that happened to it, whatever it has taken over from others.
pub fn opening(happened: &[Happened]) -> Option<&Happened> {
    let mut own = happened.iter().filter(|h| h.related.of.is_none());
    own.next().or(happened.first())
}

impl Happened {
    /// Of an [`opening`]: when the ticket itself was opened, which a story may end before.
    pub fn opened_at(&self) -> DateTime<Utc> {
        self.related.opened.unwrap_or(self.at)
    }

    /// Whether the service that the ticket is about is back.
    pub fn restored(&self) -> bool {
        self.service.is_some_and(Service::is_restored)
    }

    /// From when on it makes a difference: what is said of a service may have been so before.
    pub fn counts_from(&self) -> DateTime<Utc> {
        let said = matches!(self.what, What::Restored | What::Lost);
        let service = self.service.filter(|_| said);
        service.map_or(self.at, |service| service.at().min(self.at))
    }
}

/// When the ticket itself was opened, though the story may end before.
pub fn opened_at(happened: &[Happened]) -> Option<DateTime<Utc>> {
    opening(happened).map(Happened::opened_at)
}

/// Puts what happened in the order in which it happened; what happened at the same instant keeps intake's order, and who
/// holds the ticket comes behind it.
pub fn in_order(happened: &mut [Happened]) {
    happened.sort_by_key(|h| (h.at, h.version, h.what == What::Held));
}

/// Who holds a ticket from an instant on, as routing told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Routing's sequence for the ticket.
    pub sequence: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The group.
    pub group: GroupId,
    /// Its support line, 1 to 3.
    pub line: i16,
    /// Live or history.
    pub origin: Origin,
    /// Heard of when the ticket had been closed already: with which of its late batches. 0 if in time.
    pub late: i32,
}

/// Joins what intake and what routing told of a ticket, in order: each change of the holder is something that happened,
/// with the ticket as it was then; and everything else knows the holder of its time. Who held it before it was heard of
/// is its holder from the opening on. What was said of the service goes where it belongs.
pub fn with_holders(happened: &mut Vec<Happened>, held: &[Held]) {
    in_order(happened);
    place(happened);
    if held.is_empty() {
        return;
    }
    let mut held: Vec<&Held> = held.iter().collect();
    held.sort_by_key(|h| (h.at, h.sequence));
    let mut held = held.into_iter().peekable();
    let mut joined: Vec<Happened> = Vec::with_capacity(happened.len() + held.len());
    let mut holder: Option<(GroupId, i16)> = None;
    for mut h in happened.drain(..) {
        while let Some(next) = held.next_if(|next| next.at < h.at) {
            join(&mut joined, &mut holder, next);
        }
        if let Some((group, line)) = holder {
            h.group = Some(group);
            h.line = Some(line);
        }
        joined.push(h);
    }
    for next in held {
        join(&mut joined, &mut holder, next);
    }
    *happened = joined;
}

fn join(joined: &mut Vec<Happened>, holder: &mut Option<(GroupId, i16)>, next: &Held) {
    let now = (next.group, next.line);
    if *holder == Some(now) {
        return;
    }
    *holder = Some(now);
    if let Some(last) = joined.last() {
        let held = Happened {
            version: last.version,
            at: next.at,
            what: What::Held,
            group: Some(next.group),
            line: Some(next.line),
            origin: next.origin,
            late: next.late,
            ..last.clone()
        };
        joined.push(held);
    }
}
