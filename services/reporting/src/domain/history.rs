//! What a ticket's events amount to. The definitions:
//!
//! - Order: by time, ties by source and sequence (for an imported log: the file's order).
//! - What an event does not tell (a move between states says nothing of the holder, a move between holders nothing of
//!   the state) is carried over from before.
//! - Handover: the group differs from the one before. Bounce: A, B, A among the groups without consecutive repeats.
//! - Reopened, strict: work (queued, in progress, waiting, reopened) at any time after a resolution or closing that was
//!   not the end of the very call that opened the case; loose: after any end.
//! - A stay in a state lasts to the next event that tells a state; the last one counts 0. Throughput: last less first.
//! - First-level resolution: resolved or closed, and every event on line 1.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Word as _;
use events::intake::TicketState;
use uuid::Uuid;

/// States in which somebody is expected to act or is awaited: work after a resolution in one of these is a reopening.
/// `open` is none of them: nobody has it yet.
const ACTIVE: [TicketState; 8] = [
    TicketState::Queued,
    TicketState::InProgress,
    TicketState::WaitingForRequester,
    TicketState::WaitingForApproval,
    TicketState::WaitingForVendor,
    TicketState::WaitingForImplementation,
    TicketState::WaitingForThirdParty,
    TicketState::Reopened,
];

/// One event of a ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Who told it: `intake`, `routing`.
    pub source: String,
    /// Its sequence there.
    pub seq: i64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The state it led to, if it tells one.
    pub state: Option<TicketState>,
    /// The other tool's status, verbatim.
    pub status: Option<String>,
    /// The other tool's sub-status, verbatim.
    pub sub_status: Option<String>,
    /// Resolved within the call that opened it.
    pub in_call: bool,
    /// The group it led to, if it tells one.
    pub group: Option<String>,
    /// That group's line.
    pub line: Option<i16>,
    /// The person who holds it.
    pub owner: Option<Uuid>,
    /// Our state machine would have forbidden it.
    pub irregular: bool,
}

/// State, status, sub-status.
pub type Place = (String, String, String);

/// What the events of one ticket amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Time of the first event.
    pub first_at: DateTime<Utc>,
    /// Time of the last event.
    pub last_at: DateTime<Utc>,
    /// Seconds between the two.
    pub throughput_seconds: f64,
    /// How many.
    pub events: i32,
    /// How many of them our state machine would have forbidden.
    pub irregular: i32,
    /// The first line told.
    pub first_line: Option<i16>,
    /// The highest.
    pub max_line: Option<i16>,
    /// Bit n: an event on line n.
    pub lines: i32,
    /// Changes of group.
    pub handovers: i32,
    /// A, B, A.
    pub bounces: i32,
    /// Work after a resolution or closing.
    pub reopened_strict: bool,
    /// Work after any end.
    pub reopened_loose: bool,
    /// The state at the end.
    pub state: TicketState,
    /// The group at the end.
    pub group: Option<String>,
    /// Who held it at the first resolution.
    pub resolver: Option<Uuid>,
    /// The first resolution or closing.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The first work after it.
    pub reopened_at: Option<DateTime<Utc>>,
    /// Start of the final uninterrupted stretch of done states.
    pub done_since: Option<DateTime<Utc>>,
    /// Resolved or closed without having left line 1.
    pub first_level: bool,
    /// Events by place.
    pub places: BTreeMap<Place, i32>,
    /// Each stay in a waiting state, in order, with its seconds.
    pub waits: Vec<(Place, f64)>,
}

struct Carried<'a> {
    step: &'a Step,
    state: Option<TicketState>,
    status: &'a str,
    sub_status: &'a str,
    in_call: bool,
    group: Option<&'a str>,
    line: Option<i16>,
    owner: Option<Uuid>,
}

impl Carried<'_> {
    fn place(&self) -> Place {
        let state = self.state.unwrap_or(TicketState::Open).word();
        (
            state.to_owned(),
            self.status.to_owned(),
            self.sub_status.to_owned(),
        )
    }
    /// The state, if this very event tells one.
    fn told(&self) -> Option<TicketState> {
        self.step.state
    }
}

fn carry(steps: &[Step]) -> Vec<Carried<'_>> {
    let mut order: Vec<&Step> = steps.iter().collect();
    order.sort_by(|a, b| (a.at, &a.source, a.seq).cmp(&(b.at, &b.source, b.seq)));
    let mut out: Vec<Carried<'_>> = Vec::with_capacity(order.len());
    for step in order {
        let before = out.last();
        let teller = if step.state.is_some() { None } else { before };
        let holder = if step.group.is_some() { None } else { before };
        out.push(Carried {
            step,
            state: teller.map_or(step.state, |b| b.state),
            status: teller.map_or(step.status.as_deref().unwrap_or(""), |b| b.status),
            sub_status: teller.map_or(step.sub_status.as_deref().unwrap_or(""), |b| b.sub_status),
            in_call: teller.map_or(step.in_call, |b| b.in_call),
            group: holder.map_or(step.group.as_deref(), |b| b.group),
            line: holder.map_or(step.line, |b| b.line),
            owner: holder.map_or(step.owner, |b| b.owner),
        });
    }
    out
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).num_microseconds().unwrap_or(i64::MAX) as f64 / 1e6
}

/// Sums up the events of one ticket; none if there are none.
pub fn summarise(steps: &[Step]) -> Option<History> {
    let rows = carry(steps);
    let (first, last) = (rows.first()?, rows.last()?);
    let (first_at, last_at) = (first.step.at, last.step.at);

    let mut visits: Vec<&str> = rows.iter().filter_map(|r| r.group).collect();
    visits.dedup();
    let bounces = visits.windows(3).filter(|w| w[0] == w[2]).count();

    let is_active = |r: &Carried<'_>| r.told().is_some_and(|s| ACTIVE.contains(&s));
    let is_resolved =
        |r: &Carried<'_>| matches!(r.told(), Some(TicketState::Resolved | TicketState::Closed));
    let is_done = |r: &Carried<'_>| r.told().is_some_and(TicketState::is_done);
    let last_active = rows.iter().rposition(is_active);
    let after = |end: Option<usize>| matches!((end, last_active), (Some(e), Some(a)) if e < a);
    let resolved = rows.iter().position(is_resolved);
    let reopened_at = resolved
        .and_then(|n| rows[n + 1..].iter().find(|r| is_active(r)))
        .map(|r| r.step.at);
    let last_undone = rows
        .iter()
        .rposition(|r| r.told().is_some_and(|s| !s.is_done()));
    let done_since = rows[last_undone.map_or(0, |n| n + 1)..]
        .iter()
        .find(|r| is_done(r))
        .map(|r| r.step.at);

    let mut places = BTreeMap::new();
    for row in &rows {
        *places.entry(row.place()).or_insert(0) += 1;
    }
    let told: Vec<&Carried<'_>> = rows.iter().filter(|r| r.told().is_some()).collect();
    let waits = told
        .iter()
        .enumerate()
        .filter(|(_, r)| r.told().is_some_and(TicketState::is_waiting))
        .map(|(n, r)| {
            let until = told.get(n + 1).map_or(r.step.at, |next| next.step.at);
            (r.place(), seconds(r.step.at, until))
        })
        .collect();

    let state = last.state.unwrap_or(TicketState::Open);
    let max_line = rows.iter().filter_map(|r| r.line).max();
    Some(History {
        first_at,
        last_at,
        throughput_seconds: seconds(first_at, last_at),
        events: rows.len() as i32,
        irregular: rows.iter().filter(|r| r.step.irregular).count() as i32,
        first_line: rows.iter().find_map(|r| r.line),
        max_line,
        lines: rows
            .iter()
            .filter_map(|r| r.line)
            .fold(0, |bits, line| bits | 1 << line),
        handovers: visits.len().saturating_sub(1) as i32,
        bounces: bounces as i32,
        reopened_strict: after(rows.iter().position(|r| is_resolved(r) && !r.in_call)),
        reopened_loose: after(rows.iter().position(is_done)),
        state,
        group: last.group.map(str::to_owned),
        resolver: resolved.and_then(|n| rows[n].owner),
        resolved_at: resolved.map(|n| rows[n].step.at),
        reopened_at,
        done_since,
        first_level: matches!(state, TicketState::Resolved | TicketState::Closed)
            && max_line == Some(1),
        places,
        waits,
    })
}

/// First-contact resolution: N1 resolved it in the contact that opened it. `later_contacts` counts inbound ones besides
/// the opening one; a reopening counts when it came within `reopen_days` working days of the resolution.
pub fn first_contact(
    history: &History,
    later_contacts: i32,
    reopened_after_days: Option<i32>,
    reopen_days: i32,
) -> bool {
    history.first_level
        && history.handovers == 0
        && later_contacts == 0
        && reopened_after_days.is_none_or(|days| days > reopen_days)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `"2012-05-01 10:00 resolved G1:1"`: time, state (or -), group:line (or nothing).
    fn story(lines: &[&str]) -> Vec<Step> {
        let one = |(n, line): (usize, &&str)| {
            let words: Vec<&str> = line.split(' ').collect();
            let holder = words.get(3).map(|h| h.split_once(':').unwrap());
            Step {
                source: if words[2] == "-" { "routing" } else { "intake" }.to_owned(),
                seq: n as i64,
                at: format!("{}T{}:00Z", words[0], words[1]).parse().unwrap(),
                state: TicketState::of_word(words[2].trim_end_matches('!')),
                status: None,
                sub_status: None,
                in_call: words[2].ends_with('!'),
                group: holder.map(|h| h.0.to_owned()),
                line: holder.map(|h| h.1.parse().unwrap()),
                owner: None,
                irregular: false,
            }
        };
        lines.iter().enumerate().map(one).collect()
    }

    #[test]
    fn every_state_that_is_neither_new_nor_an_end_is_active() {
        for s in TicketState::ALL {
            let active = !s.is_done() && *s != TicketState::Open;
            assert_eq!(ACTIVE.contains(s), active, "{s:?}");
        }
    }

    #[test]
    fn a_case_that_bounces_and_comes_back() {
        let h = summarise(&story(&[
            "2012-05-01 10:00 open",
            "2012-05-01 10:05 - A:1",
            "2012-05-01 11:00 in_progress",
            "2012-05-01 12:00 - B:2",
            "2012-05-01 12:30 waiting_for_vendor",
            "2012-05-01 13:00 - A:1",
            "2012-05-02 12:30 resolved",
            "2012-05-03 12:30 reopened",
            "2012-05-03 13:30 resolved",
            "2012-05-04 13:30 closed",
        ]))
        .unwrap();
        assert_eq!((h.events, h.handovers, h.bounces), (10, 2, 1));
        assert_eq!(
            (h.first_line, h.max_line, h.lines),
            (Some(1), Some(2), 0b110)
        );
        assert!(h.reopened_strict && h.reopened_loose && !h.first_level);
        assert_eq!(h.waits.len(), 1);
        // A day, although the holder changed meanwhile.
        assert!((h.waits[0].1 - 86_400.0).abs() < 1e-9);
        assert_eq!(
            h.done_since.unwrap().to_rfc3339(),
            "2012-05-03T13:30:00+00:00"
        );
        assert_eq!(
            h.reopened_at.unwrap().to_rfc3339(),
            "2012-05-03T12:30:00+00:00"
        );
        assert_eq!(
            h.places[&("waiting_for_vendor".into(), String::new(), String::new())],
            2
        );
        assert!((h.throughput_seconds - 3.0 * 86_400.0 - 12_600.0).abs() < 1e-9);
    }

    #[test]
    fn solved_in_the_call_and_taken_up_again_is_reopened_loosely() {
        let h = summarise(&story(&[
            "2012-05-01 10:00 in_progress A:1",
            "2012-05-01 10:05 resolved! A:1",
            "2012-05-01 11:00 queued A:1",
        ]))
        .unwrap();
        assert!(h.reopened_loose && !h.reopened_strict);
        assert_eq!(h.done_since, None);
        assert_eq!(
            h.resolved_at.unwrap().to_rfc3339(),
            "2012-05-01T10:05:00+00:00"
        );
    }

    #[test]
    fn first_contact_wants_one_line_one_group_one_contact_and_peace() {
        let h = summarise(&story(&[
            "2012-05-01 10:00 in_progress A:1",
            "2012-05-01 10:05 resolved A:1",
        ]))
        .unwrap();
        assert!(first_contact(&h, 0, None, 5));
        assert!(first_contact(&h, 0, Some(6), 5));
        assert!(!first_contact(&h, 0, Some(5), 5));
        assert!(!first_contact(&h, 1, None, 5));
        let moved = summarise(&story(&[
            "2012-05-01 10:00 in_progress A:1",
            "2012-05-01 10:01 in_progress C:1",
            "2012-05-01 10:05 resolved C:1",
        ]))
        .unwrap();
        assert!(moved.first_level && !first_contact(&moved, 0, None, 5));
    }

    #[test]
    fn no_events_no_summary() {
        assert_eq!(summarise(&[]), None);
    }
}
