//! What has fired of a clock stays known while merges and late answers move its beginning, or make another cycle of it.

use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::{ClockId, SharedIds, TicketId};
use sla_clock::domain::agreement::{Agreement, OnReopen};
use sla_clock::domain::course::Story;
use sla_clock::domain::kept::{Change, Kept, settle};
use sla_clock::domain::relations::Bond;

use crate::kin::{Kin, oclock, usual, with};
use crate::kit::{book, read};

use Priority::Medium;
use TicketState::{Open, Reopened, Resolved};

/// The clocks of a ticket as they are told, time after time.
struct Told {
    agreement: Agreement,
    ticket: TicketId,
    ids: SharedIds,
    kept: Vec<Kept>,
}

impl Told {
    fn of(agreement: Agreement, ticket: TicketId) -> Self {
        Self {
            agreement,
            ticket,
            ids: ids::seeded(5),
            kept: Vec::new(),
        }
    }

    /// Reads them anew; what has changed.
    fn tell(&mut self, kin: &Kin, time: &str) -> Vec<Change> {
        let heard = kin.heard(self.ticket);
        let book = book(std::slice::from_ref(&self.agreement));
        let readings = read(&book, Story::of(&heard.all), oclock(time)).unwrap();
        let ids = self.ids.clone();
        let changes = settle(
            self.ticket,
            &readings,
            self.kept.clone(),
            oclock(time),
            || ClockId::new(&*ids),
        );
        for change in &changes {
            self.kept.retain(|k| k.id != change.clock.id);
            self.kept.push(change.clock.clone());
        }
        self.kept.sort_by_key(|k| (k.target, k.cycle));
        changes
    }

    fn fire(&mut self, target: Target, cycle: i32, fired: &[i32]) {
        let mut all = self.kept.iter_mut();
        let clock = all.find(|k| (k.target, k.cycle) == (target, cycle));
        clock.unwrap().fired = fired.to_vec();
    }

    fn fired(&self, target: Target) -> Vec<(String, Vec<i32>)> {
        let all = self.kept.iter().filter(|k| k.target == target);
        all.map(|k| (k.started_at.format("%H:%M").to_string(), k.fired.clone()))
            .collect()
    }
}

fn timers(changes: &[Change], target: Target) -> Vec<i32> {
    let of = changes.iter().filter(|c| c.clock.target == target);
    let mut rows: Vec<i32> = of
        .flat_map(|c| c.timers.iter().map(|(which, _)| which.row()))
        .collect();
    rows.sort_unstable();
    rows
}

#[test]
fn a_merge_that_was_undone_warns_nobody_again() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("10:00", Open)]);
    let repeats = kin.ticket(Medium, &[("08:00", Open)]);
    let mut told = Told::of(usual(), goes_on);
    assert_eq!(
        timers(&told.tell(&kin, "10:00"), Target::FirstResponse),
        [80, 100]
    );
    told.fire(Target::FirstResponse, 1, &[80]);
    kin.link(repeats, Bond::DuplicateOf, goes_on, "11:40", None);
    let changes = told.tell(&kin, "11:40");
    assert_eq!(
        told.fired(Target::FirstResponse),
        [("08:00".to_owned(), vec![80])]
    );
    assert_eq!(
        timers(&changes, Target::FirstResponse),
        [100],
        "past already, and late"
    );
    told.fire(Target::FirstResponse, 1, &[80, 100]);
    kin.relations[0].until = Some((oclock("11:50"), 600));
    let changes = told.tell(&kin, "11:50");
    // The warning was given when the ticket's own was due; that the deadline was missed was never true of it, and is told when
    // it is.
    assert_eq!(
        told.fired(Target::FirstResponse),
        [("10:00".to_owned(), vec![80])]
    );
    assert_eq!(timers(&changes, Target::FirstResponse), [100]);
}

#[test]
fn an_answer_that_comes_to_light_makes_other_cycles_and_none_warns_again() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("08:00", Open)]);
    let repeats = kin.ticket(Medium, &[("08:30", Open)]);
    kin.answer(goes_on, "09:00");
    kin.answer(goes_on, "13:00");
    kin.answer(repeats, "10:00");
    let updates = with(&[(Target::NextUpdate, 2)], OnReopen::Continue);
    let mut told = Told::of(updates, goes_on);
    told.tell(&kin, "13:00");
    let cycle = |start: &str, fired: &[i32]| (start.to_owned(), fired.to_vec());
    assert_eq!(
        told.fired(Target::NextUpdate),
        [cycle("09:00", &[]), cycle("13:00", &[])]
    );
    told.fire(Target::NextUpdate, 1, &[80, 100]);
    told.fire(Target::NextUpdate, 2, &[80]);
    kin.link(repeats, Bond::DuplicateOf, goes_on, "14:40", None);
    let changes = told.tell(&kin, "14:40");
    assert_eq!(
        told.fired(Target::NextUpdate),
        [
            cycle("09:00", &[80, 100]),
            cycle("10:00", &[]),
            cycle("13:00", &[80])
        ]
    );
    // Two hours from ten o'clock on, which nobody knew of; and the deadline that is still ahead.
    assert_eq!(timers(&changes, Target::NextUpdate), [80, 100, 100]);
}

#[test]
fn a_cycle_that_fired_nothing_takes_nothing_over_from_the_one_before_it() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("08:00", Open)]);
    let repeats = kin.ticket(Medium, &[("08:10", Open)]);
    kin.answer(repeats, "08:30");
    kin.answer(goes_on, "13:00");
    kin.link(repeats, Bond::DuplicateOf, goes_on, "08:40", None);
    let updates = with(&[(Target::NextUpdate, 2)], OnReopen::Continue);
    let mut told = Told::of(updates, goes_on);
    told.tell(&kin, "13:00");
    let cycle = |start: &str, fired: &[i32]| (start.to_owned(), fired.to_vec());
    told.fire(Target::NextUpdate, 1, &[80, 100]);
    assert_eq!(
        told.fired(Target::NextUpdate),
        [cycle("08:30", &[80, 100]), cycle("13:00", &[])]
    );
    kin.relations[0].until = Some((oclock("13:10"), 600));
    let changes = told.tell(&kin, "13:10");
    assert_eq!(timers(&changes, Target::NextUpdate), [80, 100]);
    let first = told.kept.iter().find(|k| k.cycle == 1);
    assert!(first.unwrap().fired.is_empty());
}

#[test]
fn an_undone_merge_and_a_reset_that_are_heard_of_together_begin_anew() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(
        Medium,
        &[("10:00", Open), ("13:00", Resolved), ("15:00", Reopened)],
    );
    let repeats = kin.ticket(Medium, &[("08:00", Open)]);
    kin.link(repeats, Bond::DuplicateOf, goes_on, "10:30", None);
    let resets = with(&[(Target::Resolution, 4)], OnReopen::Reset);
    let mut told = Told::of(resets, goes_on);
    told.tell(&kin, "10:30");
    told.fire(Target::Resolution, 1, &[80, 100]);
    kin.relations[0].until = Some((oclock("14:00"), 600));
    let changes = told.tell(&kin, "15:00");
    let begun = ["10:00", "15:00"].map(|start| (start.to_owned(), vec![]));
    assert_eq!(told.fired(Target::Resolution), begun);
    assert_eq!(timers(&changes, Target::Resolution), [80, 100]);
}
