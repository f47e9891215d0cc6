//! By whose hours a clock counts: chosen per target, resolved for each ticket.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use business_time::{Calendar, ScheduleError};
use chrono::{DateTime, Utc};
use ids::{ApplicationId, CalendarId, GroupId};
use serde::{Deserialize, Serialize};

use super::agreement::Dated;
use super::happened::Happened;
use super::hours::{Hours, Piece};

/// How many levels there may be, as `business_time::Schedule` takes them.
pub const MAX_DEPTH: usize = 4;
/// How many there may be in all.
pub const MAX_MEMBERS: usize = 32;

/// By whose hours. What has none counts by the agreement's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum HoursOf {
    /// The agreement's.
    Agreement,
    /// Always this calendar's.
    Calendar(CalendarId),
    /// Those of the group that held the ticket first: moving it to another one changes nothing.
    FirstGroup,
    /// Those of the group that holds the ticket, from one to the next.
    HoldingGroup,
    /// Those of the ticket's application.
    Application,
    /// Those of the country in which the requester works.
    RequesterCountry,
    /// Open while any of these is.
    Union(Vec<Self>),
    /// Open while all of these are.
    Intersection(Vec<Self>),
}

impl HoursOf {
    /// Everything in it, itself included.
    pub fn each(&self) -> Vec<&Self> {
        let inner = match self {
            Self::Union(of) | Self::Intersection(of) => of.as_slice(),
            _ => &[],
        };
        let mut all = vec![self];
        all.extend(inner.iter().flat_map(Self::each));
        all
    }

    /// Whether it looks at that anywhere.
    pub fn looks_at(&self, what: &Self) -> bool {
        self.each().into_iter().any(|of| of == what)
    }

    /// Whether it is the same for every ticket.
    pub fn is_fixed(&self) -> bool {
        let fixed = |of: &Self| {
            matches!(
                of,
                Self::Agreement | Self::Calendar(_) | Self::Union(_) | Self::Intersection(_)
            )
        };
        self.each().into_iter().all(fixed)
    }

    /// How many levels it has.
    pub fn depth(&self) -> usize {
        match self {
            Self::Union(of) | Self::Intersection(of) => {
                1 + of.iter().map(Self::depth).max().unwrap_or(0)
            }
            _ => 1,
        }
    }
}

/// Whom a calendar can be given to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A resolver group.
    Group(GroupId),
    /// An application.
    Application(ApplicationId),
    /// A country, by its ISO 3166-1 code.
    Country(String),
}

/// A calendar given to somebody, or taken away again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// To whom.
    pub to: Owner,
    /// Since which version of the book.
    pub since: i64,
    /// Which; none any more if absent.
    pub calendar: Option<CalendarId>,
}

/// A tenant's calendars and whom they are given to.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Every calendar's versions, in the order in which they became valid.
    pub calendars: Arc<BTreeMap<CalendarId, Arc<[Dated]>>>,
    /// What was given, in the order of the book.
    pub given: Arc<[Given]>,
    /// Composites that were compiled: the same few come again with every ticket.
    composed: Arc<Mutex<HashMap<String, Option<Calendar>>>>,
}

/// More composites than a tenant means; above it they are compiled anew.
const MOST_COMPOSED: usize = 500;

impl Desk {
    /// From what is kept.
    pub fn new(calendars: BTreeMap<CalendarId, Arc<[Dated]>>, given: Vec<Given>) -> Self {
        Self {
            calendars: Arc::new(calendars),
            given: given.into(),
            composed: Arc::default(),
        }
    }

    /// As it stood when the book's version was that one.
    pub fn at(&self, book: i64) -> Self {
        let known = |(id, hours): (&CalendarId, &Arc<[Dated]>)| {
            let hours: Arc<[Dated]> = hours.iter().filter(|h| h.since <= book).cloned().collect();
            (*id, hours)
        };
        let given = self.given.iter().filter(|g| g.since <= book);
        Self::new(
            self.calendars.iter().map(known).collect(),
            given.cloned().collect(),
        )
    }

    /// What everybody has now, by owner.
    pub fn now(&self) -> Vec<Given> {
        let last: BTreeMap<&Owner, &Given> = self.given.iter().map(|g| (&g.to, g)).collect();
        let held = last.into_values().filter(|g| g.calendar.is_some());
        held.cloned().collect()
    }

    /// The calendar that somebody has now.
    pub fn calendar_of(&self, owner: &Owner) -> Option<CalendarId> {
        let last = self.given.iter().rev().find(|g| g.to == *owner)?;
        last.calendar
    }

    /// The hours of a calendar for a ticket opened then: of the versions valid by then the latest, else the first.
    fn dated(&self, id: CalendarId, opened_at: DateTime<Utc>) -> Option<&Dated> {
        let hours = self.calendars.get(&id)?;
        let in_force = hours.iter().rev().find(|h| h.valid_from <= opened_at);
        in_force.or(hours.first())
    }

    /// The hours of a clock of a ticket, which was opened by the first of what happened; `own` are the agreement's, and
    /// `judged` is the ticket as its classification counts. Who holds the ticket once the clock has stopped moves nothing of
    /// it, its deadline neither.
    pub fn hours(
        &self,
        of: &HoursOf,
        own: &Dated,
        happened: &[Happened],
        judged: &Happened,
        stopped_at: Option<DateTime<Utc>>,
    ) -> Hours {
        let held: Vec<(DateTime<Utc>, GroupId)> = happened
            .iter()
            .filter_map(|h| h.group.map(|g| (h.at, g)))
            .collect();
        let first = held.first().map(|(_, group)| *group);
        let at = |group: Option<GroupId>| Asked {
            desk: self,
            own,
            opened: happened.first().unwrap_or(judged),
            judged,
            first,
            group,
        };
        // Who held it before it was heard of is the first who is known.
        let mut pieces = vec![at(first).piece(of, DateTime::<Utc>::MIN_UTC)];
        if of.looks_at(&HoursOf::HoldingGroup) {
            let mut last = first;
            for (since, group) in held {
                if stopped_at.is_some_and(|stop| since >= stop) {
                    break;
                }
                if last != Some(group) {
                    pieces.push(at(Some(group)).piece(of, since));
                    last = Some(group);
                }
            }
        }
        Hours::new(pieces)
    }

    fn compose(&self, key: String, build: impl FnOnce() -> Option<Calendar>) -> Option<Calendar> {
        let mut all = self.composed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&key) {
            return known.clone();
        }
        if all.len() >= MOST_COMPOSED {
            all.clear();
        }
        let made = build();
        all.insert(key, made.clone());
        made
    }
}

/// One question for hours: of which ticket, while which group holds it.
struct Asked<'a> {
    desk: &'a Desk,
    own: &'a Dated,
    opened: &'a Happened,
    judged: &'a Happened,
    first: Option<GroupId>,
    group: Option<GroupId>,
}

/// Hours that were found: one calendar, or several as one.
#[derive(Debug, Clone)]
pub enum Found<'a> {
    /// A version of a calendar.
    One(&'a Dated),
    /// Open while any of these is.
    Union(Vec<Found<'a>>),
    /// Open while all of these are.
    Intersection(Vec<Found<'a>>),
}

impl<'a> Asked<'a> {
    fn piece(&self, of: &HoursOf, from: DateTime<Utc>) -> Piece {
        let found = self.find(of);
        let mut parts = Vec::new();
        let mut key = String::new();
        found.name(&mut parts, &mut key);
        let calendar = match &found {
            Found::One(dated) => Some(dated.calendar.clone()),
            several => self.desk.compose(key, || several.compile().ok()),
        };
        match calendar {
            Some(calendar) => Piece {
                from,
                calendar,
                parts,
            },
            // Hours that have nothing in common would let no deadline come: the agreement's count.
            None => Piece::of(from, self.own),
        }
    }

    fn find(&self, of: &HoursOf) -> Found<'a> {
        let of_owner = |owner: Option<Owner>| owner.and_then(|o| self.desk.calendar_of(&o));
        let all = |of: &[HoursOf]| of.iter().map(|of| self.find(of)).collect();
        let calendar = match of {
            HoursOf::Union(of) => return Found::Union(all(of)),
            HoursOf::Intersection(of) => return Found::Intersection(all(of)),
            HoursOf::Agreement => None,
            HoursOf::Calendar(id) => Some(*id),
            HoursOf::FirstGroup => of_owner(self.first.map(Owner::Group)),
            HoursOf::HoldingGroup => of_owner(self.group.map(Owner::Group)),
            HoursOf::Application => of_owner(self.judged.application.map(Owner::Application)),
            HoursOf::RequesterCountry => {
                let country = self.opened.country.as_deref();
                of_owner(country.map(|c| Owner::Country(c.to_owned())))
            }
        };
        let dated = calendar.and_then(|id| self.desk.dated(id, self.opened.at));
        Found::One(dated.unwrap_or(self.own))
    }
}

impl Found<'_> {
    /// Whether that is true of any calendar in it.
    pub fn any(&self, is: &impl Fn(&Dated) -> bool) -> bool {
        match self {
            Self::One(dated) => is(dated),
            Self::Union(of) | Self::Intersection(of) => of.iter().any(|found| found.any(is)),
        }
    }

    /// From when on all the calendars in it are valid.
    pub fn valid_from(&self) -> DateTime<Utc> {
        match self {
            Self::One(dated) => dated.valid_from,
            Self::Union(of) | Self::Intersection(of) => {
                let all = of.iter().map(Self::valid_from);
                all.max().unwrap_or(DateTime::<Utc>::MIN_UTC)
            }
        }
    }

    /// The calendars in it, in reading order, and a text that tells it from others.
    fn name(&self, parts: &mut Vec<(CalendarId, i32)>, key: &mut String) {
        let (sign, of) = match self {
            Self::One(dated) => {
                parts.push((dated.id, dated.version));
                // A String takes whatever is written to it.
                let _ = write!(key, "{}.{},", dated.id, dated.version);
                return;
            }
            Self::Union(of) => ("|(", of),
            Self::Intersection(of) => ("&(", of),
        };
        key.push_str(sign);
        for found in of {
            found.name(parts, key);
        }
        key.push(')');
    }

    /// As one calendar.
    ///
    /// # Errors
    /// [`ScheduleError`] if they have nothing in common.
    pub fn compile(&self) -> Result<Calendar, ScheduleError> {
        match self {
            Self::One(dated) => Ok(dated.calendar.clone()),
            Self::Union(of) | Self::Intersection(of) => {
                let members: Vec<Calendar> =
                    of.iter().map(Self::compile).collect::<Result<_, _>>()?;
                if matches!(self, Self::Union(_)) {
                    Calendar::union(&members)
                } else {
                    Calendar::intersection(&members)
                }
            }
        }
    }
}
