//! By whose hours a clock counts: chosen per target, resolved for each ticket.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use business_time::{Calendar, CalendarSpec, Tz};
use chrono::{DateTime, Utc};
use ids::{ApplicationId, CalendarId, GroupId, SiteId};
use serde::{Deserialize, Serialize};

use super::dated::{self, Dated};
use super::duty::{OnDuty, OutOfHours};
use super::found::{Duty, Found};
use super::happened::{Happened, opening};
use super::hours::{Hours, Piece};
use super::standby::{Scheme, Standby};

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
    /// Those of the site at which the requester works.
    RequesterSite,
    /// Those of the duty that the ticket is under, from one to the next: while it may call out the standby, the holding
    /// group's and the standby's; else the holding group's office hours, or round the clock where its policy is to go on.
    Duty {
        /// Office hours count only while these are open, too: working days of a country, say. They cut neither the standby
        /// nor a group that goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        office_only: Option<Box<Self>>,
    },
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
            Self::Duty {
                office_only: Some(of),
            } => std::slice::from_ref(&**of),
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

    /// Whether it looks at the duty anywhere.
    pub fn looks_at_duty(&self) -> bool {
        let mut all = self.each().into_iter();
        all.any(|of| matches!(of, Self::Duty { .. }))
    }

    /// Whether it looks at which group holds, or held, the ticket.
    pub fn looks_at_groups(&self) -> bool {
        self.looks_at(&Self::FirstGroup)
            || self.looks_at(&Self::HoldingGroup)
            || self.looks_at_duty()
    }

    /// Whether it looks at the calendars that the likes of that one have.
    pub fn looks_at_owners(&self, like: &Owner) -> bool {
        match like {
            Owner::Group(_) => self.looks_at_groups(),
            Owner::Application(_) => self.looks_at(&Self::Application),
            Owner::Country(_) => self.looks_at(&Self::RequesterCountry),
            Owner::Site(_) => self.looks_at(&Self::RequesterSite),
        }
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
            Self::Duty { office_only } => 1 + office_only.as_ref().map_or(1, |of| of.depth()),
            _ => 1,
        }
    }

    /// How many there are in it. The duty counts as two: a group's and the standby's.
    pub fn members(&self) -> usize {
        let all = self.each();
        let duties = all.iter().filter(|of| matches!(of, Self::Duty { .. }));
        duties.count() + all.len()
    }

    /// Whether something in it is made of nothing, or the duty is cut by the duty.
    pub fn is_hollow(&self) -> bool {
        self.each().into_iter().any(|of| match of {
            Self::Union(of) | Self::Intersection(of) => of.is_empty(),
            Self::Duty {
                office_only: Some(of),
            } => of.looks_at_duty(),
            _ => false,
        })
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
    /// A site of the tenant.
    Site(SiteId),
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
    /// Of a group: what becomes of tickets outside these hours, if it is said.
    pub out_of_hours: Option<OutOfHours>,
}

/// A tenant's calendars and whom they are given to.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// Every calendar's versions, in the order in which they became valid.
    pub calendars: Arc<BTreeMap<CalendarId, Arc<[Dated]>>>,
    /// What was given, in the order of the book.
    pub given: Arc<[Given]>,
    /// What was said of the standby, in the order of the book.
    pub schemes: Arc<[Scheme]>,
    /// Composites that were compiled: the same few come again with every ticket.
    composed: Arc<Mutex<HashMap<String, Option<Calendar>>>>,
}

/// More composites than a tenant means; above it they are compiled anew.
const MOST_COMPOSED: usize = 500;

impl Desk {
    /// From what is kept.
    pub fn new(
        calendars: BTreeMap<CalendarId, Arc<[Dated]>>,
        given: Vec<Given>,
        schemes: Vec<Scheme>,
    ) -> Self {
        Self {
            calendars: Arc::new(calendars),
            given: given.into(),
            schemes: schemes.into(),
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
        let schemes = self.schemes.iter().filter(|s| s.since <= book);
        Self::new(
            self.calendars.iter().map(known).collect(),
            given.cloned().collect(),
            schemes.cloned().collect(),
        )
    }

    /// What everybody has now, by owner.
    pub fn now(&self) -> Vec<Given> {
        let last: BTreeMap<&Owner, &Given> = self.given.iter().map(|g| (&g.to, g)).collect();
        let held = last.into_values().filter(|g| g.calendar.is_some());
        held.cloned().collect()
    }

    /// What somebody was given last.
    pub fn given_to(&self, owner: &Owner) -> Option<&Given> {
        self.given.iter().rev().find(|g| g.to == *owner)
    }

    /// The calendar that somebody has now.
    pub fn calendar_of(&self, owner: &Owner) -> Option<CalendarId> {
        self.given_to(owner)?.calendar
    }

    /// Whether some group converts what it gets outside its hours.
    pub fn converts(&self) -> bool {
        let converts = |g: &Given| g.out_of_hours == Some(OutOfHours::Convert);
        // Most desks never had such a policy; of those that had, what was said last counts.
        self.given.iter().any(converts) && self.now().iter().any(converts)
    }

    /// The standby, as was said of it last.
    pub fn standby(&self) -> Option<&Standby> {
        self.schemes.last()?.standby.as_ref()
    }

    /// The version of a calendar that counts at an instant.
    pub(super) fn dated(&self, id: CalendarId, at: DateTime<Utc>) -> Option<&Dated> {
        dated::at(self.calendars.get(&id)?, at)
    }

    /// The hours of a clock of a ticket, which was opened by the first of what happened; `own` are the agreement's versions, and
    /// `judged` is the ticket as its classification counts. Who holds the ticket once the clock has stopped moves nothing of it,
    /// its deadline neither. None if the agreement has no hours.
    pub fn hours(
        &self,
        of: &HoursOf,
        own: &[Dated],
        happened: &[Happened],
        judged: &Happened,
        stopped_at: Option<DateTime<Utc>>,
    ) -> Option<Hours> {
        let opened = opening(happened).unwrap_or(judged);
        let duty = of.looks_at_duty();
        let standby = self.standby().filter(|_| duty);
        let eligible = |h: &Happened| standby.is_some_and(|s| s.may_be_called_for(h));
        // Who held it before it was heard of is the first who is known.
        let first = happened.iter().find_map(|h| h.group);
        // From when on whom, and what made it so.
        let begins = happened.first().unwrap_or(opened).at;
        let mut last = (first, eligible(opened));
        let mut turns = vec![(begins, last, opened)];
        if duty || of.looks_at(&HoursOf::HoldingGroup) {
            for h in happened {
                if stopped_at.is_some_and(|stop| h.at >= stop) {
                    break;
                }
                let now = (h.group.or(last.0), eligible(h));
                if now != last {
                    turns.push((h.at, now, h));
                    last = now;
                }
            }
        }
        let mut pieces = Vec::with_capacity(turns.len());
        for (i, (from, (group, eligible), by)) in turns.iter().enumerate() {
            let until = turns.get(i + 1).map(|(from, ..)| *from);
            let mut at = *from;
            loop {
                let asked = Asked {
                    desk: self,
                    own,
                    usual: dated::at(own, at)?,
                    opened,
                    judged,
                    first,
                    group: *group,
                    standby: standby.filter(|_| *eligible),
                    by,
                    at,
                };
                let (piece, turn) = asked.piece(of);
                pieces.push(piece);
                // Another version of a calendar counts from there on.
                match turn.filter(|turn| until.is_none_or(|until| *turn < until)) {
                    Some(turn) => at = turn,
                    None => break,
                }
            }
        }
        if let Some(first) = pieces.first_mut() {
            first.from = DateTime::<Utc>::MIN_UTC;
        }
        Some(Hours::new(pieces))
    }

    /// Open at every instant, on the clock of a zone: real time.
    pub fn real_time(&self, zone: Tz) -> Calendar {
        let always = Calendar::always();
        let key = format!("always {zone}");
        let of_zone = self.compose(key, || {
            let mut spec = CalendarSpec::new(zone);
            spec.weekly = always.spec().weekly.clone();
            Calendar::try_from(spec).ok()
        });
        of_zone.unwrap_or(always)
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

/// One question for hours: of which ticket, while which group holds it and whether it may call out the standby, and when.
struct Asked<'a> {
    desk: &'a Desk,
    /// The agreement's hours.
    own: &'a [Dated],
    /// Which of them counts.
    usual: &'a Dated,
    opened: &'a Happened,
    judged: &'a Happened,
    first: Option<GroupId>,
    group: Option<GroupId>,
    standby: Option<&'a Standby>,
    /// What made it so.
    by: &'a Happened,
    at: DateTime<Utc>,
}

impl<'a> Asked<'a> {
    /// The hours from that instant on, and when another version of a calendar in them begins to count.
    fn piece(&self, of: &HoursOf) -> (Piece, Option<DateTime<Utc>>) {
        let found = self.find(of);
        let mut parts = Vec::new();
        let mut of_duty = Vec::new();
        let mut key = String::new();
        found.name(false, &mut parts, &mut of_duty, &mut key);
        let calendar = match &found {
            Found::One(dated) => Some(dated.calendar.clone()),
            several => self.desk.compose(key, || several.compile().ok()),
        };
        // Where the agreement's hours count instead, theirs turn as well.
        let own = calendar
            .is_none()
            .then(|| dated::turn(self.own, self.at))
            .flatten();
        let turns = parts.iter().filter_map(|(id, _)| self.turn(*id));
        let turn = turns.chain(own).min();
        let piece = match calendar {
            Some(calendar) => Piece {
                from: self.at,
                calendar,
                parts,
                duty: of.looks_at_duty().then(|| self.on_duty(of_duty).into()),
            },
            // Hours that have nothing in common would let no deadline come: the agreement's count.
            None => Piece::of(self.at, self.usual),
        };
        (piece, turn)
    }

    /// When another version of a calendar counts than now.
    fn turn(&self, id: CalendarId) -> Option<DateTime<Utc>> {
        let own = self.own.first().is_some_and(|own| own.id == id);
        let known = || self.desk.calendars.get(&id).map(|known| &known[..]);
        let versions = if own { Some(self.own) } else { known() };
        dated::turn(versions?, self.at)
    }

    fn find(&self, of: &HoursOf) -> Found<'a> {
        let of_owner = |owner: Option<Owner>| owner.and_then(|o| self.desk.calendar_of(&o));
        let all = |of: &[HoursOf]| of.iter().map(|of| self.find(of)).collect();
        let calendar = match of {
            HoursOf::Union(of) => return Found::Union(all(of)),
            HoursOf::Intersection(of) => return Found::Intersection(all(of)),
            HoursOf::Duty { office_only } => {
                let cut = || office_only.as_ref().map(|of| self.find(of));
                return self.duty().hours(cut);
            }
            HoursOf::Agreement => None,
            HoursOf::Calendar(id) => Some(*id),
            HoursOf::FirstGroup => of_owner(self.first.map(Owner::Group)),
            HoursOf::HoldingGroup => of_owner(self.group.map(Owner::Group)),
            HoursOf::Application => of_owner(self.judged.application.map(Owner::Application)),
            HoursOf::RequesterCountry => {
                let country = self.opened.country.as_deref();
                of_owner(country.map(|c| Owner::Country(c.to_owned())))
            }
            HoursOf::RequesterSite => of_owner(self.opened.site.map(Owner::Site)),
        };
        let dated = calendar.and_then(|id| self.desk.dated(id, self.at));
        Found::One(dated.unwrap_or(self.usual))
    }

    fn duty(&self) -> Duty<'a> {
        let dated = |id: CalendarId| self.desk.dated(id, self.at);
        let given = self
            .group
            .and_then(|g| self.desk.given_to(&Owner::Group(g)));
        let given = given.and_then(|g| Some((dated(g.calendar?)?, g.out_of_hours)));
        Duty {
            office: given.map_or(self.usual, |(office, _)| office),
            policy: given.map(|(_, policy)| policy.unwrap_or(OutOfHours::Defer)),
            standby: self.standby.and_then(|s| dated(s.calendar)),
        }
    }

    fn on_duty(&self, parts: Vec<bool>) -> OnDuty {
        let Duty {
            office,
            policy,
            standby,
        } = self.duty();
        OnDuty {
            by: self.by.clone(),
            office: office.calendar.clone(),
            standby: standby.map(|s| (s.calendar.clone(), (s.id, s.version))),
            policy,
            parts,
        }
    }
}
