//! An agreement tried on tickets of a time that is past, beside what really held.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::intake::Priority;
use events::sla_clock::{ClockState, Target};

use super::agreement::Which;
use super::clock::Readings;
use super::happened::Happened;
use super::kept::Kept;

/// Clocks of one sort, by how they came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub clocks: usize,
    /// Stopped in time.
    pub met: usize,
    /// Past their deadline, whether they still count or not.
    pub breached: usize,
    /// Open, and in time.
    pub open: usize,
    /// Cancelled before their deadline.
    pub cancelled: usize,
}

impl Tally {
    fn add(&mut self, state: ClockState, breached: bool) {
        self.clocks += 1;
        match state {
            _ if breached => self.breached += 1,
            ClockState::Cancelled => self.cancelled += 1,
            ClockState::Stopped => self.met += 1,
            ClockState::Running | ClockState::Paused => self.open += 1,
        }
    }
}

/// What really held beside what would have held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pair {
    /// As it was told.
    pub is: Tally,
    /// As it would have been.
    pub would_be: Tally,
}

/// The sums, by target (and its code if it has one) and by the ticket's priority when the clock stopped, or as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulation {
    /// Tickets looked at.
    pub tickets: usize,
    /// Those of them of which some clock could not be computed; their other clocks count.
    pub uncomputable: usize,
    /// The sums.
    pub by: BTreeMap<(Target, String, Priority), Pair>,
    /// There were more tickets than are looked at.
    pub cut: bool,
}

impl Simulation {
    /// Adds one ticket: what happened to it, its clocks, and what they would read at `as_of`.
    pub fn add(
        &mut self,
        happened: &[Happened],
        kept: &[Kept],
        would_be: &Readings,
        as_of: DateTime<Utc>,
    ) {
        self.tickets += 1;
        self.uncomputable += usize::from(!would_be.failed.is_empty());
        // What has nothing beside it is no comparison.
        let told = kept.iter().filter(|k| !would_be.misses(k));
        for clock in told.filter(|k| k.started_at <= as_of) {
            let until = clock.stopped_at.map_or(as_of, |stop| stop.min(as_of));
            let breached = clock.due_at.is_some_and(|due| due < until);
            let state = match clock.stopped_at {
                // It stopped later than what is asked about.
                Some(stop) if stop > as_of => ClockState::Running,
                _ => clock.state,
            };
            let pair = self.pair(clock.which(), happened, clock.stopped_at);
            pair.is.add(state, breached);
        }
        for reading in &would_be.of {
            let which = (reading.target, reading.code.as_str());
            let pair = self.pair(which, happened, reading.stopped_at);
            pair.would_be
                .add(reading.state, reading.breached_at.is_some());
        }
    }

    fn pair(
        &mut self,
        (target, code): Which<'_>,
        happened: &[Happened],
        stopped_at: Option<DateTime<Utc>>,
    ) -> &mut Pair {
        let at_stop = stopped_at.and_then(|stop| happened.iter().find(|h| h.at == stop));
        let priority = at_stop
            .or(happened.last())
            .map_or(Priority::Medium, |h| h.priority);
        self.by
            .entry((target, code.to_owned(), priority))
            .or_default()
    }
}
