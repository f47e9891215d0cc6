//! Several calendars merged: the open stretches of a union or an intersection, and the spans that open in it. Instants are Unix seconds.

use crate::closed::dates_around;
use crate::pause::merge;
use crate::schedule::View;
use crate::spec::CalendarSpec;
use crate::year;
use crate::zone;

/// The open time around a window of instants. What lies outside the window may be cut or missing.
#[derive(Debug, Default)]
pub(crate) struct Open {
    /// In order, disjoint, none touching the next.
    pub stretches: Vec<(i64, i64)>,
    /// Each span that opens, with its closing, in no order; they may touch and overlap. They tell on which dates a desk that never closes opens.
    pub spans: Vec<(i64, i64)>,
}

/// The open time of a schedule in `[from, to)`.
pub(crate) fn open(schedule: View<'_>, from: i64, to: i64) -> Open {
    match schedule {
        View::Hours(spec) => of_one(spec, from, to),
        View::Union(members) => {
            let mut all = Open::default();
            for member in members {
                let member = open(member.view(), from, to);
                all.stretches.extend(member.stretches);
                all.spans.extend(member.spans);
            }
            merge(&mut all.stretches);
            all
        }
        View::Intersection(members) => {
            let mut members = members.iter().map(|member| open(member.view(), from, to));
            let mut all = members.next().unwrap_or_default();
            for member in members {
                all.stretches = common(&all.stretches, &member.stretches);
                all.spans.extend(member.spans);
            }
            all.spans = within(&all.spans, &all.stretches);
            all
        }
    }
}

fn of_one(spec: &CalendarSpec, from: i64, to: i64) -> Open {
    let mut spans = Vec::new();
    if let Some((first, last)) = dates_around(spec, from, to) {
        year::for_each_day(spec, first, last, |date, hours| {
            spans.extend(
                hours
                    .iter()
                    .filter_map(|hours| zone::span_on(spec.tz, date, *hours)),
            );
        });
    }
    let mut stretches = spans.clone();
    merge(&mut stretches);
    Open { stretches, spans }
}

/// What two lists of stretches (each in order and disjoint) have in common. None of the result touches the next: where a stretch ends, one of
/// the lists has a gap.
fn common(one: &[(i64, i64)], other: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut shared = Vec::new();
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        let (from, to) = (a.0.max(b.0), a.1.min(b.1));
        if from < to {
            shared.push((from, to));
        }
        if a.1 <= b.1 {
            one.next();
        } else {
            other.next();
        }
    }
    shared
}

/// The spans that open inside the stretches, closed where those end.
fn within(spans: &[(i64, i64)], stretches: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let cut = |(from, to): &(i64, i64)| {
        let after = stretches.partition_point(|stretch| stretch.0 <= *from);
        let stretch = stretches.get(after.checked_sub(1)?)?;
        (*from < stretch.1).then_some((*from, stretch.1.min(*to)))
    };
    spans.iter().filter_map(cut).collect()
}
