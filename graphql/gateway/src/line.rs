//! Who begins, who waits, who is refused, when more is asked than can be under way. Pure: time is handed in.
//!
//! Everybody's tenant has a queue of its own, and of those who wait the tenant with the least under way has the next
//! turn: fair by what a tenant holds, not by how often it asks. One alone never gets the whole: a quarter stays free for
//! whoever comes next. A noisy tenant so fills its own part and its own queue, and nobody else's.
//!
//! A tenant's queue is in order while everybody has a turn. Once it overflows there are more than will ever be
//! answered, and order would make all of them late: then the newest goes first, and the oldest is told to come back.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::capacity::{Bounds, Capacity, Pressure};
use crate::config::OverloadRules;

/// So long after the last refusal the line is itself again.
const CALM: Duration = Duration::from_secs(1);
/// Who waits shorter than this is no sign of pressure.
const STANDING: Duration = Duration::from_millis(100);
/// If nothing comes back for so long while people wait, what is under way is stuck rather than slow: one service that
/// hangs must not hold up those who do not need it.
const STUCK: Duration = Duration::from_secs(1);
/// Refused people are sent away for this many seconds at most, the more of them the longer it goes on.
const LONGEST_REST: u64 = 5;

/// Whose part a request is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A tenant's, by a name that only it has.
    Tenant(Arc<str>),
    /// That of all who are not known yet, together: who makes up names gains nothing by it.
    Unknown,
}

/// A request that is under way.
#[derive(Debug)]
pub struct Begun {
    whose: Whose,
    at: Instant,
    era: u64,
}

/// Why not, and when to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Whether it is the tenant's own part that is used up, rather than the whole.
    pub own: bool,
    /// Seconds after which it is worth trying again.
    pub seconds: u64,
}

/// What is worth a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Somebody is refused, the first for a while.
    Begins,
    /// Nobody has been for [`CALM`].
    Ends {
        /// How many were.
        refused: u64,
    },
}

/// The line. `W` is what is kept for somebody who waits.
#[derive(Debug)]
pub struct Line<W> {
    capacity: Capacity,
    most_waiting: usize,
    most_waiting_of_one: usize,
    parties: HashMap<Whose, Party<W>>,
    running: usize,
    waiting: usize,
    numbers: u64,
    waiting_since: Option<Instant>,
    /// When something last began or ended.
    moved: Option<Instant>,
    overload: Option<Overload>,
    news: Option<News>,
}

/// Those of a tenant.
#[derive(Debug)]
struct Party<W> {
    running: usize,
    queue: VecDeque<Waiter<W>>,
}

#[derive(Debug)]
struct Waiter<W> {
    number: u64,
    who: W,
}

#[derive(Debug)]
struct Overload {
    since: Instant,
    last: Instant,
    refused: u64,
}

impl<W> Default for Party<W> {
    fn default() -> Self {
        Self {
            running: 0,
            queue: VecDeque::new(),
        }
    }
}

impl<W> Line<W> {
    /// An empty one.
    pub fn new(rules: &OverloadRules) -> Self {
        Self {
            capacity: Capacity::new(Bounds {
                usual: rules.running,
                least: rules.least,
                most: rules.most,
            }),
            most_waiting: rules.waiting,
            most_waiting_of_one: rules.waiting_of_one,
            parties: HashMap::new(),
            running: 0,
            waiting: 0,
            numbers: 0,
            waiting_since: None,
            moved: None,
            overload: None,
            news: None,
        }
    }

    /// Begins at once, if there is room: what was begun has to be ended.
    pub fn begin(&mut self, whose: &Whose, now: Instant) -> Option<Begun> {
        let of_it = self.parties.get(whose).map_or(0, |party| party.running);
        let room = self.running < self.limit() && of_it < self.most_of_one();
        room.then(|| self.start(whose, now))
    }

    /// Stands in line, under the number that is returned. Where there is no room in it somebody has to leave, and is
    /// returned too: the oldest of the same tenant, or of the one who takes up most of it.
    pub fn wait(&mut self, whose: &Whose, who: W, now: Instant) -> (u64, Option<(W, Refused)>) {
        let out = self.make_room(whose, now);
        let number = self.numbers;
        self.numbers += 1;
        let party = self.parties.entry(whose.clone()).or_default();
        party.queue.push_back(Waiter { number, who });
        self.waiting += 1;
        self.waiting_since.get_or_insert(now);
        (number, out)
    }

    /// What was under way is answered, or given up.
    pub fn end(&mut self, begun: &Begun, now: Instant) {
        let together = self.running;
        self.running = together.saturating_sub(1);
        self.moved = Some(now);
        if let Some(party) = self.parties.get_mut(&begun.whose) {
            party.running = party.running.saturating_sub(1);
        }
        self.forget_if_idle(&begun.whose);
        // Asking who somebody is takes another time than answering them.
        if matches!(begun.whose, Whose::Tenant(_)) {
            let took = now.saturating_duration_since(begun.at);
            let pressure = self.pressure(now);
            self.capacity
                .answered(took, begun.era, together, pressure, now);
        }
    }

    /// Those whose turn it is now. To be asked for after everything that is done with the line.
    pub fn ready(&mut self, now: Instant) -> Vec<(W, Begun)> {
        self.settle(now);
        self.unstick(now);
        let mut ready = Vec::new();
        while self.waiting > 0 && self.running < self.limit() {
            let Some((whose, who)) = self.take_next() else {
                break;
            };
            ready.push((who, self.start(&whose, now)));
        }
        ready
    }

    /// Somebody who waits goes away; whether they were still waiting.
    pub fn leave(&mut self, whose: &Whose, number: u64) -> bool {
        let Some(party) = self.parties.get_mut(whose) else {
            return false;
        };
        let place = party.queue.iter().position(|w| w.number == number);
        let left = place.and_then(|place| party.queue.remove(place));
        if left.is_none() {
            return false;
        }
        self.one_less_waits();
        self.forget_if_idle(whose);
        true
    }

    /// Somebody has waited as long as anybody may. None if they do not wait any more: then they are being told.
    pub fn late(&mut self, whose: &Whose, number: u64, now: Instant) -> Option<Refused> {
        let of_it = self.parties.get(whose).map_or(0, |party| party.running);
        let equal_part = of_it * self.parties.len() >= self.limit();
        let own = equal_part || of_it >= self.most_of_one();
        self.leave(whose, number).then(|| self.refuse(own, now))
    }

    /// What is worth telling since it was last asked for.
    pub fn news(&mut self) -> Option<News> {
        self.news.take()
    }

    /// So many may be under way.
    pub fn limit(&self) -> usize {
        self.capacity.limit()
    }

    /// So many are.
    pub const fn running(&self) -> usize {
        self.running
    }

    /// So many wait.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// What one tenant may have under way: a part stays free, so that whoever comes next does not wait for its end.
    fn most_of_one(&self) -> usize {
        let limit = self.limit();
        limit.saturating_sub((limit / 4).max(1)).max(1)
    }

    fn start(&mut self, whose: &Whose, now: Instant) -> Begun {
        self.running += 1;
        self.moved = Some(now);
        let party = self.parties.entry(whose.clone()).or_default();
        party.running += 1;
        Begun {
            whose: whose.clone(),
            at: now,
            era: self.capacity.era(),
        }
    }

    /// Takes the next one out of the line: of the tenant with the least under way; of equals who has waited longest, or
    /// in an overload shortest.
    fn take_next(&mut self) -> Option<(Whose, W)> {
        let most = self.most_of_one();
        let newest = self.overload.is_some();
        let turns = self.parties.iter().filter_map(|(whose, party)| {
            let number = if newest {
                u64::MAX - party.queue.back()?.number
            } else {
                party.queue.front()?.number
            };
            (party.running < most).then_some((party.running, number, whose))
        });
        let (.., whose) = turns.min_by_key(|&(running, number, _)| (running, number))?;
        let whose = whose.clone();
        let queue = &mut self.parties.get_mut(&whose)?.queue;
        let waiter = if newest {
            queue.pop_back()?
        } else {
            queue.pop_front()?
        };
        self.one_less_waits();
        Some((whose, waiter.who))
    }

    /// If the line is full: who has to leave it for one more of `whose`.
    fn make_room(&mut self, whose: &Whose, now: Instant) -> Option<(W, Refused)> {
        let of_it = self.parties.get(whose).map_or(0, |p| p.queue.len());
        let (from, own) = if of_it >= self.most_waiting_of_one {
            (whose.clone(), true)
        } else if self.waiting >= self.most_waiting {
            self.longest()?
        } else {
            return None;
        };
        let oldest = self.parties.get_mut(&from)?.queue.pop_front()?;
        self.one_less_waits();
        self.forget_if_idle(&from);
        Some((oldest.who, self.refuse(own, now)))
    }

    /// The tenant with most in line, of equals whose oldest is the oldest; and whether that is more than an equal part.
    fn longest(&self) -> Option<(Whose, bool)> {
        let waiting = self.parties.iter().filter(|(_, p)| !p.queue.is_empty());
        let parties = waiting.clone().count();
        let (whose, party) = waiting.max_by_key(|(_, party)| {
            let oldest = party.queue.front().map(|w| w.number);
            (party.queue.len(), Reverse(oldest))
        })?;
        Some((whose.clone(), party.queue.len() * parties > self.waiting))
    }

    fn refuse(&mut self, own: bool, now: Instant) -> Refused {
        if self.overload.is_none() {
            self.news = Some(News::Begins);
        }
        let overload = self.overload.get_or_insert(Overload {
            since: now,
            last: now,
            refused: 0,
        });
        overload.last = now;
        overload.refused += 1;
        // In turns, or all who were refused together would be back together.
        let lasted = now.saturating_duration_since(overload.since).as_secs();
        let turns = (1 + lasted).min(LONGEST_REST);
        Refused {
            own,
            seconds: 1 + overload.refused % turns,
        }
    }

    fn settle(&mut self, now: Instant) {
        let over = |o: &mut Overload| now.saturating_duration_since(o.last) >= CALM;
        if let Some(overload) = self.overload.take_if(over) {
            self.capacity.calm();
            self.news = Some(News::Ends {
                refused: overload.refused,
            });
        }
    }

    fn unstick(&mut self, now: Instant) {
        let still = |at: Instant| now.saturating_duration_since(at) >= STUCK;
        if self.waiting > 0 && self.moved.is_some_and(still) {
            self.capacity.widen();
            self.moved = Some(now);
        }
    }

    fn pressure(&self, now: Instant) -> Pressure {
        let stands = |since: Instant| now.saturating_duration_since(since) >= STANDING;
        if self.overload.is_some() {
            Pressure::Refusing
        } else if self.waiting_since.is_some_and(stands) {
            Pressure::Waiting
        } else {
            Pressure::None
        }
    }

    fn one_less_waits(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
        if self.waiting == 0 {
            self.waiting_since = None;
        }
    }

    fn forget_if_idle(&mut self, whose: &Whose) {
        let idle = |party: &Party<W>| party.running == 0 && party.queue.is_empty();
        if self.parties.get(whose).is_some_and(idle) {
            self.parties.remove(whose);
        }
    }
}

#[cfg(test)]
mod tests;
