//! What an edit would move: the open clocks as they are beside what they would read.

use chrono::{DateTime, Utc};
use ids::TicketId;

use super::clock::{Reading, Readings};
use super::kept::Kept;

/// An open clock whose deadline would move, or that would begin or end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Of which ticket.
    pub ticket: TicketId,
    /// As it is; absent if it would be new.
    pub is: Option<Kept>,
    /// As it would be; absent if no agreement would measure it any more.
    pub would_be: Option<Reading>,
}

/// The sum of it, and the first moves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Open tickets looked at.
    pub tickets: usize,
    /// Those of them of which some clock could not be computed; their other clocks count.
    pub uncomputable: usize,
    /// Open clocks looked at.
    pub clocks: usize,
    /// Those that would move, begin or end.
    pub moved: usize,
    /// In time now, and missed if the edit were made.
    pub would_be_breached: usize,
    /// Missed now, and in time if the edit were made.
    pub saved: usize,
    /// The first of those that would move, by ticket.
    pub moves: Vec<Move>,
    /// There were more open tickets than are looked at.
    pub cut: bool,
}

impl Preview {
    /// Adds one ticket: its clocks, and what they would read at `now`. At most `most` moves are kept.
    pub fn add(
        &mut self,
        ticket: TicketId,
        kept: Vec<Kept>,
        would_be: Readings,
        now: DateTime<Utc>,
        most: usize,
    ) {
        self.tickets += 1;
        self.uncomputable += usize::from(!would_be.failed.is_empty());
        let kept = kept.into_iter().filter(|k| !would_be.misses(k));
        let kept: Vec<Kept> = kept.collect();
        let mut would_be = would_be.of;
        for is in kept {
            let found = would_be
                .iter()
                .position(|r| is.is_of(r))
                .map(|i| would_be.remove(i));
            if is.stopped_at.is_none() {
                self.compare(ticket, Some(is), found, now, most);
            }
        }
        for new in would_be.into_iter().filter(|r| r.stopped_at.is_none()) {
            self.compare(ticket, None, Some(new), now, most);
        }
    }

    fn compare(
        &mut self,
        ticket: TicketId,
        is: Option<Kept>,
        would_be: Option<Reading>,
        now: DateTime<Utc>,
        most: usize,
    ) {
        self.clocks += 1;
        let missed = is
            .as_ref()
            .is_some_and(|k| k.breached_at.is_some() || k.due_at.is_some_and(|due| due < now));
        let would_miss = would_be.as_ref().is_some_and(|r| r.breached_at.is_some());
        self.would_be_breached += usize::from(!missed && would_miss);
        self.saved += usize::from(missed && !would_miss);
        let due_is = is.as_ref().map(|k| k.due_at);
        let due_would_be = would_be.as_ref().map(|r| r.due_at);
        if due_is == due_would_be {
            return;
        }
        self.moved += 1;
        if self.moves.len() < most {
            self.moves.push(Move {
                ticket,
                is,
                would_be,
            });
        }
    }
}
