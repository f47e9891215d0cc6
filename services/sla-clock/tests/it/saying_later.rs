//! A service is said to be back whenever somebody comes round to it: its clock reads the same.

use chrono::TimeDelta;
use events::intake::{Service, TicketState};
use proptest::prelude::*;
use sla_clock::domain::agreement::OnReopen;
use sla_clock::domain::happened::{Happened, What};

use crate::kin::with;
use crate::restoring::{TARGETS, brief, facts, restoration};

use TicketState::{InProgress, Open, Reopened, Resolved, WaitingForVendor as Waiting};

/// A service that is back and lost in turn, minutes apart, each said so many minutes later; and states, minutes from the opening.
type Life = (Vec<(i64, i64)>, Vec<(i64, usize)>);

const STATES: [TicketState; 4] = [InProgress, Waiting, Resolved, Reopened];

/// The facts of it as they were said, or as if each had been said at once.
fn of_life((turns, states): &Life, at_once: bool) -> Vec<Happened> {
    let opened = facts(&[("00:00", Open)]).remove(0);
    let minute = |minutes| opened.at + TimeDelta::minutes(minutes);
    let mut all = vec![(opened.at, opened.what, Open, None)];
    let (mut at, mut said) = (0, opened.at);
    for (n, (later, delay)) in turns.iter().enumerate() {
        at += later;
        // Half a minute off: nothing happens at the same instant.
        let since = minute(at) + TimeDelta::seconds(30);
        said = said.max(since + TimeDelta::minutes(*delay));
        let (what, service) = if n % 2 == 0 {
            let workaround = false;
            let at = since;
            (What::Restored, Service::Restored { at, workaround })
        } else {
            (What::Lost, Service::Lost { at: since })
        };
        let told = if at_once { since } else { said };
        all.push((told, what, Open, Some(service)));
    }
    for (minutes, state) in states {
        let state = STATES[*state];
        all.push((minute(*minutes), What::Changed, state, None));
    }
    // Stable: what is said at one instant is said in order.
    all.sort_by_key(|(at, ..)| *at);
    let mut state = Open;
    (1..)
        .zip(all)
        .map(|(version, (at, what, moved, service))| {
            if what == What::Changed {
                state = moved;
            }
            Happened {
                version,
                at,
                what,
                state,
                service,
                ..opened.clone()
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn whenever_it_is_said_the_clock_reads_as_if_it_had_been_said_at_once(
        turns in prop::collection::vec((1i64..200, 0i64..400), 1..7),
        states in prop::collection::vec((1i64..900, 0usize..4), 0..7),
    ) {
        let life = (turns, states);
        let (late, at_once) = (of_life(&life, false), of_life(&life, true));
        let end = "23:59";
        for on_reopen in [OnReopen::Continue, OnReopen::NewCycle, OnReopen::Reset] {
            let by = with(&TARGETS, on_reopen);
            let of = |facts: &[Happened]| {
                let all = restoration(&by, facts, end);
                all.into_iter().map(|r| (brief(&r), r.started_at, r.cycle)).collect::<Vec<_>>()
            };
            prop_assert_eq!(of(&late), of(&at_once));
        }
    }
}
