//! What clocks would read if something were otherwise. Nothing here is ever written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use business_time::{Calendar, Pause, Schedule, ScheduleError};
use chrono::{DateTime, NaiveDate, Utc};
use events::intake::{Priority, TicketKind, TicketState};
use ids::{ApplicationId, CalendarId, CategoryId, GroupId, VendorId};

use super::agreement::Dated;
use super::clock::{Reading, Readings, read, read_kept, read_one};
use super::course::Story;
use super::happened::{Happened, What};
use super::hours_of::Desk;
use super::kept::Kept;
use super::rulebook::Rulebook;
use super::uncomputable::Failure;

/// One thing that is supposed to be otherwise.
#[derive(Debug, Clone)]
pub enum Change {
    /// The ticket is classified otherwise, or held by others.
    Classified(Classification),
    /// That date is a holiday of every calendar that judges the ticket.
    Holiday(NaiveDate),
    /// Every agreement counts by these hours.
    Hours(Arc<[Dated]>),
    /// The clocks are held besides.
    Paused(Pause),
}

/// Another classification of a ticket; what is absent stays as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Classification {
    /// From when on; from the opening if absent.
    pub from: Option<DateTime<Utc>>,
    /// Another kind.
    pub kind: Option<TicketKind>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another application.
    pub application: Option<ApplicationId>,
    /// Another category.
    pub category: Option<CategoryId>,
    /// Declared a major incident, or not.
    pub major: Option<bool>,
    /// Whether whoever asks was a VIP when the ticket was opened. So it is one for the whole of the ticket, whatever `from` says.
    pub vip: Option<bool>,
    /// Another group that holds it. Where nobody was told to hold it before, it held it from the opening on, as if routing had
    /// told so ([`super::happened::with_holders`]).
    pub group: Option<GroupId>,
    /// Another support line that holds it, 1 to 3. Which line a group belongs to is routing's: none follows from the group.
    pub line: Option<i16>,
    /// Another vendor that it waits for, while it waits for one.
    pub vendor: Option<VendorId>,
}

impl Classification {
    /// Says so of a ticket as it was right after something happened; who asks is said of the whole ticket ([`suppose`]).
    fn put_on(&self, h: &mut Happened) {
        h.kind = self.kind.unwrap_or(h.kind);
        h.priority = self.priority.unwrap_or(h.priority);
        h.application = self.application.or(h.application);
        h.category = self.category.or(h.category);
        h.major = self.major.unwrap_or(h.major);
        h.group = self.group.or(h.group);
        h.line = self.line.or(h.line);
        // In every other state there is none that could be another.
        if h.state == TicketState::WaitingForVendor {
            h.vendor = self.vendor.or(h.vendor);
        }
    }
}

/// A ticket's clock as it is and as it would be; one of the two may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// As it was told last.
    pub is: Option<Kept>,
    /// As it would read.
    pub would_be: Option<Reading>,
}

/// A ticket's clocks compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Clock by clock.
    pub clocks: Vec<Compared>,
    /// The targets that could not be computed; their clocks are left out.
    pub failed: Vec<Failure>,
}

/// A ticket's story and book, changed.
#[derive(Debug, Clone)]
struct Supposed {
    book: Rulebook,
    happened: Vec<Happened>,
    pauses: Vec<Pause>,
}

/// Reads a ticket's clocks as they would be at `as_of`. A clock that has its result is read by the book that it was judged
/// by, so that what differs is the change and nothing else.
///
/// # Errors
/// [`ScheduleError`] if a holiday lies outside the years that calendars know or leaves no hours.
pub fn what_if(
    book: &Rulebook,
    happened: &[Happened],
    kept: &[Kept],
    changes: &[Change],
    as_of: DateTime<Utc>,
) -> Result<Comparison, ScheduleError> {
    let supposed = suppose(book, happened, changes)?;
    let story = Story {
        happened: &supposed.happened,
        supposed: &supposed.pauses,
    };
    let now = read_kept(&supposed.book, story, kept, as_of);
    let mut by_book: BTreeMap<i64, Readings> = BTreeMap::new();
    by_book.insert(book.version, now.clone());
    let mut out = Comparison {
        clocks: Vec::new(),
        failed: now.failed,
    };
    let mut as_it_is: BTreeMap<i64, Readings> = BTreeMap::new();
    let mut is_there = |clock: &Kept, judged: i64| {
        let readings = as_it_is.entry(judged).or_insert_with(|| {
            let story = Story::of(happened);
            if judged == book.version {
                read_kept(book, story, kept, as_of)
            } else {
                read(&book.at(judged), story, as_of)
            }
        });
        readings.of.iter().any(|r| clock.is_of(r))
    };
    for clock in kept {
        let judged = clock.judged_by(book.version);
        if let Entry::Vacant(entry) = by_book.entry(judged) {
            entry.insert(read(&supposed.book.at(judged), story, as_of));
        }
        let Some(readings) = by_book.get(&judged) else {
            continue;
        };
        if let Some(failure) = readings.failed.iter().find(|f| f.which() == clock.which()) {
            if !out.failed.iter().any(|f| f.which() == failure.which()) {
                out.failed.push(failure.clone());
            }
            continue;
        }
        let found = readings.of.iter().find(|r| clock.is_of(r)).cloned();
        // A cycle behind results of other terms is known by where it began. One that is there as things are, and is missing with
        // the changes alone, would not be: another cycle would have gone on, say.
        let would_be = match found {
            None if clock.cycle > 1 && !is_there(clock, judged) => {
                let book = supposed.book.at(judged);
                read_one(&book, clock, story, as_of).ok().flatten()
            }
            found => found,
        };
        out.clocks.push(Compared {
            is: Some(clock.clone()),
            would_be,
        });
    }
    let added = now.of.into_iter();
    let added = added.filter(|r| !kept.iter().any(|k| k.is_of(r)));
    out.clocks.extend(added.map(|would_be| Compared {
        is: None,
        would_be: Some(would_be),
    }));
    Ok(out)
}

fn suppose(
    book: &Rulebook,
    happened: &[Happened],
    changes: &[Change],
) -> Result<Supposed, ScheduleError> {
    let mut out = Supposed {
        book: book.clone(),
        happened: happened.to_vec(),
        pauses: Vec::new(),
    };
    for change in changes {
        match change {
            Change::Classified(otherwise) => {
                from_then_on(&mut out.happened, otherwise.from, |h| otherwise.put_on(h));
                for h in &mut out.happened {
                    h.vip = otherwise.vip.unwrap_or(h.vip);
                }
            }
            Change::Holiday(date) => add_holiday(&mut out.book, *date)?,
            Change::Hours(hours) => {
                // As if they had always stood in the book: also a clock that was judged before they were written is asked about.
                let hours: Arc<[Dated]> = hours
                    .iter()
                    .map(|dated| Dated {
                        since: 0,
                        ..dated.clone()
                    })
                    .collect();
                for agreement in &mut out.book.agreements {
                    agreement.hours = hours.clone();
                    let terms = Arc::make_mut(&mut agreement.terms);
                    terms.rules.iter_mut().for_each(|rule| rule.hours = None);
                }
            }
            Change::Paused(pause) => out.pauses.push(*pause),
        }
    }
    Ok(out)
}

/// Changes all that happened from an instant on, and the ticket at that very instant.
fn from_then_on(
    happened: &mut Vec<Happened>,
    from: Option<DateTime<Utc>>,
    otherwise: impl Fn(&mut Happened),
) {
    let begin = from.map_or(0, |from| happened.partition_point(|h| h.at < from));
    let begins_with_a_fact = happened.get(begin).is_some_and(|h| from == Some(h.at));
    if let (Some(from), false) = (from, begins_with_a_fact)
        && let Some(before) = begin.checked_sub(1).and_then(|i| happened.get(i)).cloned()
    {
        let supposed = Happened {
            at: from,
            what: What::Changed,
            ..before
        };
        happened.insert(begin, supposed);
    }
    happened.iter_mut().skip(begin).for_each(otherwise);
}

/// Every calendar of a schedule closed on that date.
fn closed_on(schedule: Schedule, date: NaiveDate) -> Schedule {
    let all = |members: Vec<Schedule>| members.into_iter().map(|m| closed_on(m, date)).collect();
    match schedule {
        Schedule::Hours(mut spec) => {
            spec.holidays.insert(date);
            Schedule::Hours(spec)
        }
        Schedule::Union(members) => Schedule::Union(all(members)),
        Schedule::Intersection(members) => Schedule::Intersection(all(members)),
    }
}

fn add_holiday(book: &mut Rulebook, date: NaiveDate) -> Result<(), ScheduleError> {
    // Many agreements count by one calendar: it is compiled once.
    let mut compiled: BTreeMap<(CalendarId, i32), Calendar> = BTreeMap::new();
    let mut closed = |hours: &Arc<[Dated]>| -> Result<Arc<[Dated]>, ScheduleError> {
        hours
            .iter()
            .map(|dated| {
                let key = (dated.id, dated.version);
                let calendar = match compiled.entry(key) {
                    Entry::Occupied(known) => known.get().clone(),
                    Entry::Vacant(entry) => {
                        let schedule = closed_on(dated.calendar.schedule(), date);
                        entry.insert(Calendar::try_from(schedule)?).clone()
                    }
                };
                Ok(Dated {
                    calendar,
                    ..dated.clone()
                })
            })
            .collect()
    };
    for agreement in &mut book.agreements {
        agreement.hours = closed(&agreement.hours)?;
    }
    let calendars = book.desk.calendars.iter();
    let calendars = calendars
        .map(|(id, hours)| Ok((*id, closed(hours)?)))
        .collect::<Result<_, ScheduleError>>()?;
    let (given, schemes) = (&book.desk.given, &book.desk.schemes);
    book.desk = Desk::new(calendars, given.to_vec(), schemes.to_vec());
    Ok(())
}
