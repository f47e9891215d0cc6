//! One UTC year of a calendar, compiled: its open stretches with the open time before each.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use crate::compose;
use crate::hours::Hours;
use crate::pause::merge;
use crate::schedule::View;
use crate::spec::CalendarSpec;
use crate::zone;

/// The years that the index knows. The zone tables end with 2099; later offsets would be guesses.
const FIRST: i32 = 1970;
pub(crate) const COUNT: usize = 130;

/// First instant (Unix seconds) of each year, and of the one after the last.
static STARTS: [i64; COUNT + 1] = starts();

const fn starts() -> [i64; COUNT + 1] {
    let mut starts = [0; COUNT + 1];
    let mut slot = 0;
    while slot <= COUNT {
        if let Some(date) = NaiveDate::from_ymd_opt(FIRST + slot as i32, 1, 1)
            && let Some(midnight) = date.and_hms_opt(0, 0, 0)
        {
            starts[slot] = midnight.and_utc().timestamp();
        }
        slot += 1;
    }
    starts
}

/// The slot of the year in which an instant (Unix seconds) lies; `None` outside 1970 to 2099.
pub(crate) fn slot_of(at: i64) -> Option<usize> {
    let after = STARTS.partition_point(|start| *start <= at);
    after.checked_sub(1).filter(|slot| *slot < COUNT)
}

fn number(slot: usize) -> i32 {
    FIRST + slot as i32
}

/// The end of the years known: a span that reaches it has no known closing.
pub(crate) fn horizon() -> i64 {
    STARTS[COUNT]
}

/// Whether a local date lies in the years known.
pub(crate) fn holds(date: NaiveDate) -> bool {
    slot_of_date(date).is_some()
}

/// The slot of a local date's year.
pub(crate) fn slot_of_date(date: NaiveDate) -> Option<usize> {
    usize::try_from(date.year() - FIRST)
        .ok()
        .filter(|slot| *slot < COUNT)
}

/// An open stretch, in seconds since the year's first instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub from: u32,
    pub to: u32,
    /// Open seconds of the year before this stretch.
    pub before: u32,
}

/// A year's open stretches: in order, disjoint, none touching the next, cut at the year's ends.
#[derive(Debug)]
pub(crate) struct Year {
    /// Its first instant, Unix seconds.
    pub start: i64,
    /// The first instant after it.
    pub end: i64,
    /// All its open seconds.
    pub total: u32,
    pub stretches: Box<[Stretch]>,
    working_days: Days,
}

/// A bit per local date of a year (ordinal from 0): whether a span opens on it.
#[derive(Debug, Default)]
struct Days([u64; 6]);

impl Days {
    fn mark(&mut self, year: i32, date: NaiveDate) {
        if date.year() == year {
            let day = date.ordinal0();
            self.0[(day / 64) as usize] |= 1 << (day % 64);
        }
    }

    fn holds(&self, date: NaiveDate) -> bool {
        let day = date.ordinal0();
        self.0[(day / 64) as usize] >> (day % 64) & 1 == 1
    }
}

impl Year {
    /// Compiles the year of a slot.
    pub fn compile(schedule: View<'_>, slot: usize) -> Self {
        match schedule {
            View::Hours(spec) => Self::of_one(spec, slot),
            composite => Self::of_many(composite, slot),
        }
    }

    fn of_one(spec: &CalendarSpec, slot: usize) -> Self {
        let number = number(slot);
        let mut spans = Vec::new();
        let mut days = Days::default();
        // Local dates reach at most 14 hours before and 12 hours behind UTC, and a span at most into the next day.
        if let (Some(first), Some(last)) = (
            NaiveDate::from_ymd_opt(number - 1, 12, 29),
            NaiveDate::from_ymd_opt(number + 1, 1, 2),
        ) {
            for_each_day(spec, first, last, |date, hours| {
                for hours in hours {
                    if let Some(span) = zone::span_on(spec.tz, date, *hours) {
                        spans.push(span);
                        days.mark(number, date);
                    }
                }
            });
        }
        merge(&mut spans);
        Self::of(slot, &spans, days)
    }

    /// By merging what the members have in that year, and a little around it: the first member's local dates begin earlier or later.
    fn of_many(schedule: View<'_>, slot: usize) -> Self {
        const AROUND: i64 = 2 * 86_400;
        let open = compose::open(schedule, STARTS[slot] - AROUND, STARTS[slot + 1] + AROUND);
        let mut days = Days::default();
        if let Some(first) = schedule.members().first() {
            let dates = open
                .spans
                .iter()
                .filter_map(|(from, _)| zone::date(first.tz, *from));
            dates.for_each(|date| days.mark(number(slot), date));
        }
        Self::of(slot, &open.stretches, days)
    }

    /// From open stretches in order, disjoint, none touching the next.
    fn of(slot: usize, spans: &[(i64, i64)], days: Days) -> Self {
        let (start, end) = (STARTS[slot], STARTS[slot + 1]);
        let mut before = 0;
        let stretches = spans
            .iter()
            .map(|(from, to)| (*from.max(&start), *to.min(&end)))
            .filter(|(from, to)| from < to)
            .map(|(from, to)| {
                // A year has fewer than 2^25 seconds.
                let stretch = Stretch {
                    from: (from - start) as u32,
                    to: (to - start) as u32,
                    before,
                };
                before += stretch.to - stretch.from;
                stretch
            })
            .collect();
        Self {
            start,
            end,
            total: before,
            stretches,
            working_days: days,
        }
    }

    /// Open seconds from the year's first instant to `at`, which lies in it.
    pub fn open_before(&self, at: i64) -> u32 {
        let at = (at - self.start) as u32;
        let next = self.stretches.partition_point(|stretch| stretch.from <= at);
        match next
            .checked_sub(1)
            .and_then(|last| self.stretches.get(last))
        {
            Some(last) => last.before + at.min(last.to) - last.from,
            None => 0,
        }
    }

    /// Whether a span opens on that local date of this year.
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        self.working_days.holds(date)
    }
}

/// Calls `found` with each local date from `first` to `last`, with the hours that open on it; of a calendar without a week only with those that
/// have hours of their own.
pub(crate) fn for_each_day(
    spec: &CalendarSpec,
    first: NaiveDate,
    last: NaiveDate,
    mut found: impl FnMut(NaiveDate, &[Hours]),
) {
    if spec.weekly.is_empty() {
        // Only dates of their own: no need to look at every day of a century.
        spec.date_hours
            .range(first..=last)
            .for_each(|(date, hours)| found(*date, hours));
        return;
    }
    let closed = public_holidays(spec, first.year()..=last.year());
    for date in first.iter_days().take_while(|date| *date <= last) {
        found(date, hours_on(spec, &closed, date));
    }
}

/// The dates on which the law closes the desk in these years, in order, as the calendar's edition of the data has them.
pub(crate) fn public_holidays(spec: &CalendarSpec, years: RangeInclusive<i32>) -> Vec<NaiveDate> {
    let mut dates = Vec::new();
    let edition = spec.holiday_data;
    for year in years {
        let national = spec.public_holidays.iter();
        let national = national.map(|country| country.holidays(year, edition));
        let regional = spec.regional_holidays.iter();
        let regional = regional.map(|region| region.holidays(year, edition));
        let holidays = national.chain(regional).flatten();
        dates.extend(holidays.map(|holiday| holiday.date));
    }
    dates.sort_unstable();
    dates
}

/// The hours that open on a local date, given the public holidays of its year.
pub(crate) fn hours_on<'spec>(
    spec: &'spec CalendarSpec,
    closed: &[NaiveDate],
    date: NaiveDate,
) -> &'spec [Hours] {
    if let Some(own) = spec.date_hours.get(&date) {
        own
    } else if spec.holidays.contains(&date) || closed.binary_search(&date).is_ok() {
        &[]
    } else {
        spec.weekly.on(date.weekday())
    }
}
