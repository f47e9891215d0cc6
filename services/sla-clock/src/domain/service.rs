//! The service that a ticket is about, as it was back and lost in turn.
//!
//! Whoever says that a service is back may say so later than it was, and may put it right; every fact from then on tells since
//! when. Here that is put where it belongs: what happened from that instant on knows of it, and the instant itself is something
//! that happened. So a clock that stops where the service is back stops at the second at which it was, whenever that was said.
//! A fact that says nothing of the service, one of an intake that knew none, leaves it as it is.

use chrono::{DateTime, Utc};
use events::intake::Service;

use super::happened::{Happened, What, in_order};

/// A time in which the service stands so.
#[derive(Debug, Clone, Copy)]
struct Turn {
    since: DateTime<Utc>,
    service: Service,
    /// When, and by what version of the ticket, that was said.
    said: (DateTime<Utc>, i64),
    late: i32,
}

impl Turn {
    fn what(&self) -> What {
        if self.service.is_restored() {
            What::Restored
        } else {
            What::Lost
        }
    }

    /// Whether the ticket is in it, or behind it, right after something happened.
    fn begun_by(&self, h: &Happened) -> bool {
        (self.since, self.said.1) <= (h.at, h.version) || self.since < h.at
    }
}

/// Puts what was told of a ticket's service where it belongs. All that happened comes as it was told, in order, and goes so.
pub(super) fn place(happened: &mut Vec<Happened>) {
    let turns = turns(happened);
    if turns.is_empty() {
        return;
    }
    let before = turns.iter().filter(|turn| turn.said.0 != turn.since);
    let placed = before.filter_map(|turn| at_its_instant(turn, happened));
    let mut placed: Vec<Happened> = placed.collect();
    for h in happened.iter_mut() {
        let said = matches!(h.what, What::Restored | What::Lost);
        let here = |t: &Turn| t.said == (h.at, h.version) && t.since == h.at;
        if said && !turns.iter().any(here) {
            // Then nothing of it changed, but that it was said.
            h.what = What::Changed;
        }
    }
    happened.append(&mut placed);
    in_order(happened);
    for h in happened {
        let turn = turns.iter().rev().find(|turn| turn.begun_by(h));
        h.service = turn.map(|turn| turn.service);
    }
}

/// Each turn, by what was said last of it; none begins before the one before it.
fn turns(happened: &[Happened]) -> Vec<Turn> {
    let mut told: Vec<&Happened> = happened.iter().filter(|h| h.service.is_some()).collect();
    told.sort_by_key(|h| h.version);
    let mut turns: Vec<Turn> = Vec::new();
    for h in told {
        let Some(service) = h.service else {
            continue;
        };
        if let Some(last) = turns.last()
            && last.service.is_restored() == service.is_restored()
        {
            // A restoration is put right by what is said of it later; a service that is lost is not lost again.
            if last.service == service || !service.is_restored() {
                continue;
            }
            turns.pop();
        }
        let earliest = turns.last().map(|turn| turn.since);
        let earliest = earliest.or(happened.first().map(|h| h.at));
        turns.push(Turn {
            since: earliest.map_or(service.at(), |at| service.at().max(at)),
            service,
            said: (h.at, h.version),
            late: h.late,
        });
    }
    turns
}

/// The beginning of a turn that was said later, with the ticket as it was then: in another tool, if it was there then.
fn at_its_instant(turn: &Turn, happened: &[Happened]) -> Option<Happened> {
    let (_, version) = turn.said;
    let behind = |h: &Happened| (h.at, h.version) > (turn.since, version);
    let last = happened.iter().rev().find(|h| !behind(h));
    let then = last.or(happened.first())?.clone();
    Some(Happened {
        version,
        at: turn.since,
        what: turn.what(),
        late: turn.late,
        ..then
    })
}
