//! Many late batches on one ticket: what is looked at grows with the results that stand, not with the batches.

use business_time::Calendar;
use chrono::TimeDelta;
use events::Origin;
use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::{ClockId, GroupId, TicketId};
use sla_clock::domain::agreement::OnReopen;
use sla_clock::domain::clock::read;
use sla_clock::domain::course::Story;
use sla_clock::domain::happened::{Happened, Held};
use sla_clock::domain::kept::{Kept, settle};
use sla_clock::domain::late::{Heard, proposals, read_told};
use sla_clock::domain::requester::Known;

use crate::kit::{agreement, book, story, terms};
use crate::world::at;

use Priority::Medium;
use TicketState::{Closed, InProgress, Open, Resolved, WaitingForRequester as Waiting};

const BATCHES: i32 = 300;
const MINUTE: i64 = 60;

/// Resolved after eleven hours and closed; then, batch after batch, what it was minute by minute of its first five hours.
fn told() -> (Vec<Happened>, Vec<Held>) {
    let mut facts = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T21:00:00Z", Resolved, Medium),
        ("2026-11-23T22:00:00Z", Closed, Medium),
    ]);
    let opened = facts[0].clone();
    let late = (1..=BATCHES).map(|batch| Happened {
        version: 3 + i64::from(batch),
        at: opened.at + TimeDelta::minutes(i64::from(batch)),
        state: if batch % 2 == 1 { Waiting } else { InProgress },
        late: batch,
        ..opened.clone()
    });
    facts.extend(late);
    let held = Held {
        sequence: 1,
        at: opened.at + TimeDelta::hours(2),
        group: GroupId::new(&*ids::seeded(3)),
        line: 2,
        origin: Origin::Live,
        late: BATCHES / 2,
    };
    (facts, vec![held])
}

/// The same as if nothing had been heard after that batch.
fn known_by(batch: i32) -> Vec<Happened> {
    let (mut facts, mut held) = told();
    facts.retain(|h| h.late <= batch);
    held.retain(|h| h.late <= batch);
    Heard::of(facts, &held).all
}

#[test]
fn only_what_results_stand_by_is_made_and_once() {
    let book = book(&[agreement(Calendar::always(), terms(OnReopen::Continue))]);
    let (facts, held) = told();
    let heard = Heard::of(facts, &held);
    assert_eq!((heard.last(), heard.made()), (BATCHES, 0));

    // What was told when it was closed; one of the two was corrected when seven batches had come.
    let as_of = at("2026-11-24T00:00:00Z");
    let readings = read(&book, Story::of(&known_by(0)), as_of).of;
    let ids = ids::seeded(7);
    let told = settle(TicketId::new(&*ids), &readings, Vec::new(), as_of, || {
        ClockId::new(&*ids)
    });
    let mut kept: Vec<Kept> = told.into_iter().map(|change| change.clock).collect();
    let by_seven = read(&book, Story::of(&known_by(7)), as_of).of;
    let before = kept.clone();
    for clock in kept
        .iter_mut()
        .filter(|k| k.target == Target::FirstResponse)
    {
        let to = by_seven.iter().find(|r| clock.is_of(r));
        let change = clock.corrected(to, (&by_seven, &before), &heard.all, 7);
        *clock = change.clock;
    }

    // Whoever looks, and however often: two states, those of no batch and of seven.
    for _ in 0..3 {
        let readings = read_told(&book, &heard, &kept, as_of);
        assert_eq!((readings.of.len(), kept.len()), (2, 2));
        for clock in &kept {
            let mut all = readings.of.iter();
            assert!(all.any(|r| clock.is_of(r) && clock.reads(r)), "{clock:?}");
        }
        let proposals = proposals(&book, &heard, &kept);
        let elapsed = |of: &Kept| {
            let would_be = proposals.get(&of.id).and_then(|p| p.would_be.as_ref());
            would_be.map(|r| r.elapsed_seconds)
        };
        // Every other one of 300 minutes the requester was waited for.
        let without_waits = Some(11 * 60 * MINUTE - 150 * MINUTE);
        assert!(kept.iter().all(|k| elapsed(k) == without_waits));
        assert_eq!(heard.made(), 2);
    }

    // And every one of them is what was known then.
    for batch in 0..=BATCHES {
        assert_eq!(heard.by(batch).happened, known_by(batch), "{batch}");
    }
    assert_eq!(heard.made(), 300);
}

#[test]
fn who_asked_is_known_batch_by_batch() {
    let facts = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T21:00:00Z", Resolved, Medium),
        ("2026-11-23T22:00:00Z", Closed, Medium),
    ]);
    let mut heard = Heard::of(facts, &[]);
    let works = |time: &str, country: Option<&str>, vip, late| Known {
        at: at(time),
        country: country.map(Into::into),
        site: None,
        vip,
        late,
    };
    // Nothing in time; a VIP once it was closed, somewhere; in the end, that it was none when it asked.
    heard.set_requester(vec![
        works("2026-11-20T00:00:00Z", None, false, 3),
        works("2026-11-24T00:00:00Z", None, true, 1),
        works("2026-11-25T00:00:00Z", Some("PE"), false, 2),
    ]);
    assert_eq!(heard.last(), 3);
    let asked = |late: i32| {
        let known = heard.by(late).happened;
        let first = (known[0].country.as_deref(), known[0].vip);
        assert!(known.iter().all(|h| (h.country.as_deref(), h.vip) == first));
        (known.len(), first)
    };
    assert_eq!(asked(0), (3, (None, false)));
    assert_eq!(asked(1), (3, (None, true)));
    assert_eq!(asked(2), (3, (Some("PE"), true)));
    assert_eq!(asked(3), (3, (Some("PE"), false)));
}
