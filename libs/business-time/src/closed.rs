//! Why a desk is closed, exact to the second: what would be open without a special date is closed by it.

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::Serialize;

use crate::compose;
use crate::holidays::{Country, Edition, Region};
use crate::schedule::View;
use crate::spec::CalendarSpec;
use crate::zone;

/// What closes a desk at an instant: a special date, if the week would have had it open but for that date, else the week itself. So the night
/// before a holiday is an ordinary night, and the night shift that a holiday closes is the holiday's to its last minute.
///
/// In a union a special date is the reason as soon as one member would be open without it; in an intersection only if no member's week is closed
/// as well. Of several members that say the same the first is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Closed {
    /// A public holiday took the hours that open on `date`. Of several on one date the first by country and rule.
    PublicHoliday {
        /// Whose holiday it is.
        country: Country,
        /// The region whose list has it; `None` if the calendar names the country.
        region: Option<Region>,
        /// The local date.
        date: NaiveDate,
        /// Its name, in the country's language.
        name: &'static str,
        /// The law that makes it one.
        law: &'static str,
        /// The edition of the data by which the calendar knows it.
        edition: Edition,
    },
    /// A closed date of the calendar's own ([`CalendarSpec::holidays`]) took the hours that open on it.
    OwnHoliday {
        /// The local date.
        date: NaiveDate,
    },
    /// The hours given to that date alone ([`CalendarSpec::date_hours`]) leave out what the week would have had.
    DateHours {
        /// The local date.
        date: NaiveDate,
    },
    /// The week has no hours then: an ordinary night, lunch or weekend.
    WeeklyHours,
}

/// A span of the week that a special date took away, in Unix seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lost {
    pub from: i64,
    pub to: i64,
    pub why: Closed,
}

/// The local dates whose spans may touch `[from, to)`: a span reaches into the next date, and a zone that leaves a date out (Samoa, 2011) into
/// the one after.
pub(crate) fn dates_around(
    spec: &CalendarSpec,
    from: i64,
    to: i64,
) -> Option<(NaiveDate, NaiveDate)> {
    let first = zone::date(spec.tz, from)?.checked_sub_signed(TimeDelta::days(2))?;
    Some((first, zone::date(spec.tz, to)?.succ_opt()?))
}

/// The spans that special dates took from the week in `[from, to)`, by their opening. They may overlap.
pub(crate) fn lost_spans(spec: &CalendarSpec, from: i64, to: i64) -> Vec<Lost> {
    let mut taken = Vec::new();
    let Some((first, last)) = dates_around(spec, from, to).filter(|_| !spec.weekly.is_empty())
    else {
        return taken;
    };
    for (date, why) in special_dates(spec, first, last) {
        for hours in spec.weekly.on(date.weekday()) {
            if let Some((opens, closes)) = zone::span_on(spec.tz, date, *hours)
                && opens < to
                && from < closes
            {
                taken.push(Lost {
                    from: opens,
                    to: closes,
                    why,
                });
            }
        }
    }
    taken.sort_by_key(|lost: &Lost| lost.from);
    taken
}

/// The special dates from `first` to `last`, each with what replaced its weekly hours there (as [`crate::year::hours_on`] decides).
fn special_dates(
    spec: &CalendarSpec,
    first: NaiveDate,
    last: NaiveDate,
) -> Vec<(NaiveDate, Closed)> {
    let mut special = Vec::new();
    let edition = spec.holiday_data;
    for (date, _) in spec.date_hours.range(first..=last) {
        special.push((*date, Closed::DateHours { date: *date }));
    }
    for year in first.year()..=last.year() {
        let national = spec.public_holidays.iter();
        let national = national.map(|country| (*country, None, country.holidays(year, edition)));
        let regional = spec.regional_holidays.iter();
        let regional = regional.map(|region| {
            let holidays = region.holidays(year, edition);
            (region.country(), Some(*region), holidays)
        });
        for (country, region, holidays) in national.chain(regional) {
            special.extend(holidays.into_iter().map(|holiday| {
                let why = Closed::PublicHoliday {
                    country,
                    region,
                    date: holiday.date,
                    name: holiday.name,
                    law: holiday.law,
                    edition,
                };
                (holiday.date, why)
            }));
        }
    }
    special.retain(|(date, _)| (first..=last).contains(date));
    for date in spec.holidays.range(first..=last) {
        special.push((*date, Closed::OwnHoliday { date: *date }));
    }
    // Stable: of several reasons for one date the first stays, in the order above.
    special.sort_by_key(|(date, _)| *date);
    special.dedup_by_key(|(date, _)| *date);
    special
}

/// A part of a closed stretch, up to `until`: the member (in reading order) that closes it, and why.
pub(crate) type Reason = (i64, usize, Closed);

/// The closed stretch `[from, to)` in parts; they cover it.
pub(crate) fn reasons(schedule: View<'_>, from: i64, to: i64) -> Vec<Reason> {
    let members: Vec<Around> = schedule
        .members()
        .into_iter()
        .map(|spec| Around {
            // A simple calendar is closed throughout, or it would not be asked.
            open: match schedule {
                View::Hours(_) => Vec::new(),
                _ => compose::open(View::Hours(spec), from, to).stretches,
            },
            lost: lost_spans(spec, from, to),
        })
        .collect();
    let mut cuts: Vec<i64> = members.iter().flat_map(Around::bounds).collect();
    cuts.retain(|cut| from < *cut && *cut < to);
    cuts.push(to);
    cuts.sort_unstable();
    cuts.dedup();
    let mut at = from;
    cuts.into_iter()
        .map(|until| {
            let verdict = judge(schedule, &members, &mut 0, at);
            at = until;
            match verdict {
                Verdict::Special(member, why) => (until, member, why),
                Verdict::Week(member) => (until, member, Closed::WeeklyHours),
                // The stretch is closed; were it not, the week would be as good a reason as any.
                Verdict::Open => (until, 0, Closed::WeeklyHours),
            }
        })
        .collect()
}

/// A member around a closed stretch.
struct Around {
    open: Vec<(i64, i64)>,
    lost: Vec<Lost>,
}

impl Around {
    fn bounds(&self) -> impl Iterator<Item = i64> {
        let open = self.open.iter().flat_map(|(from, to)| [*from, *to]);
        open.chain(self.lost.iter().flat_map(|lost| [lost.from, lost.to]))
    }
}

/// What a schedule says about an instant.
#[derive(Clone, Copy)]
enum Verdict {
    Open,
    /// Closed by a special date of that member.
    Special(usize, Closed),
    /// Closed by the week of that member.
    Week(usize),
}

/// A union is closed by a special date as soon as one of its members is: without it that member would be open. An intersection is closed by a
/// special date only if no member's week closes it as well. Of several members the first is named.
fn judge(schedule: View<'_>, members: &[Around], next: &mut usize, at: i64) -> Verdict {
    let (all, strongest): (_, fn(Verdict) -> u8) = match schedule {
        View::Hours(_) => {
            let member = *next;
            *next += 1;
            return members
                .get(member)
                .map_or(Verdict::Week(member), |around| of_one(around, member, at));
        }
        View::Union(members) => (members, |verdict| match verdict {
            Verdict::Open => 0,
            Verdict::Special(..) => 1,
            Verdict::Week(_) => 2,
        }),
        View::Intersection(members) => (members, |verdict| match verdict {
            Verdict::Week(_) => 0,
            Verdict::Special(..) => 1,
            Verdict::Open => 2,
        }),
    };
    let verdicts = all
        .iter()
        .map(|member| judge(member.view(), members, next, at));
    // `min_by_key` keeps the first of equals.
    verdicts
        .min_by_key(|verdict| strongest(*verdict))
        .unwrap_or(Verdict::Week(*next))
}

fn of_one(around: &Around, member: usize, at: i64) -> Verdict {
    let holds = |(from, to): (i64, i64)| from <= at && at < to;
    if around.open.iter().any(|span| holds(*span)) {
        return Verdict::Open;
    }
    let lost = around.lost.iter().find(|lost| holds((lost.from, lost.to)));
    lost.map_or(Verdict::Week(member), |lost| {
        Verdict::Special(member, lost.why)
    })
}
