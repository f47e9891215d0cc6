//! Who begins, who waits, who is refused, when more is asked than can be under way. Pure: time is handed in.
//!
//! Everybody's tenant has a queue of its own, and of those who wait the tenant that has held places for the shortest time
//! has the next turn: fair by what a tenant takes, not by how often it asks, nor by what it has there at the moment. Time
//! counts from when it came into the line, where it is as good as the one with the least: whoever asks for less than an
//! equal part is always next. (CFS gives processors to processes so; start-time fair queueing sends packets.)
//!
//! Those who have as much under way as they should never get the whole: a quarter is for whoever has less, and so begins
//! at once, however many others make noise. A noisy tenant fills its own part and its own queue, and nobody else's.
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
/// What holding a place comes to until something has been answered, seconds; and how fast that follows the answers.
const SOME: f64 = 0.01;
const FOLLOW: f64 = 0.05;
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
    /// What holding a place lately came to, seconds.
    typical: f64,
    /// Where seconds are counted from.
    epoch: Option<Instant>,
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
    /// When these began, seconds, all added up.
    began: f64,
    /// For how long those that have ended held their places, seconds; and what the one with the least had taken when this one
    /// came.
    held: f64,
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

impl<W> Party<W> {
    /// For how long it has held places by now, seconds.
    fn taken(&self, now: f64) -> f64 {
        self.held + (self.running as f64 * now - self.began)
    }

    /// The same with those that have begun as what they typically come to: the next one is not begun as if they were for
    /// nothing.
    fn taking(&self, now: f64, typical: f64) -> f64 {
        let least = self.held + self.running as f64 * typical;
        self.taken(now).max(least)
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
            typical: SOME,
            epoch: None,
            waiting_since: None,
            moved: None,
            overload: None,
            news: None,
        }
    }

    /// Begins at once, if there is room: what was begun has to be ended.
    pub fn begin(&mut self, whose: &Whose, now: Instant) -> Option<Begun> {
        let of_it = self.parties.get(whose).map_or(0, |party| party.running);
        let room = self.running < self.open_to(of_it);
        room.then(|| self.start(whose, now))
    }

    /// Stands in line, under the number that is returned. Where there is no room in it somebody has to leave, and is
    /// returned too: the oldest of the same tenant, or of the one who takes up most of it.
    pub fn wait(&mut self, whose: &Whose, who: W, now: Instant) -> (u64, Option<(W, Refused)>) {
        let out = self.make_room(whose, now);
        let number = self.numbers;
        self.numbers += 1;
        let party = self.party(whose, now);
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
        let took = now.saturating_duration_since(begun.at);
        let at = self.seconds(begun.at);
        if let Some(party) = self.parties.get_mut(&begun.whose) {
            party.running = party.running.saturating_sub(1);
            party.began -= at;
            party.held += took.as_secs_f64();
        }
        self.typical += (took.as_secs_f64() - self.typical) * FOLLOW;
        self.forget_if_idle(&begun.whose);
        // Asking who somebody is takes another time than answering them.
        if matches!(begun.whose, Whose::Tenant(_)) {
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
        while self.waiting > 0 {
            let Some((whose, who)) = self.take_next(now) else {
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
        let own = equal_part || of_it >= self.open_to(of_it);
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

    /// Up to how many under way a tenant with so many of them may have one more: a part stays free for those that have none,
    /// or would still have no more than an equal part if yet another one came. They so do not wait for others' end.
    fn open_to(&self, of_it: usize) -> usize {
        let limit = self.limit();
        if of_it == 0 || (of_it + 1) * (self.parties.len() + 1) <= limit {
            return limit;
        }
        limit.saturating_sub((limit / 4).max(1)).max(1)
    }

    fn start(&mut self, whose: &Whose, now: Instant) -> Begun {
        self.running += 1;
        self.moved = Some(now);
        let at = self.seconds(now);
        let party = self.party(whose, now);
        party.running += 1;
        party.began += at;
        Begun {
            whose: whose.clone(),
            at: now,
            era: self.capacity.era(),
        }
    }

    /// Seconds since the line's first moment.
    fn seconds(&mut self, at: Instant) -> f64 {
        let epoch = *self.epoch.get_or_insert(at);
        at.saturating_duration_since(epoch).as_secs_f64()
    }

    /// That of a tenant; of one that was not there it begins with what the one with the least has taken.
    fn party(&mut self, whose: &Whose, now: Instant) -> &mut Party<W> {
        let now = self.seconds(now);
        let there = self.parties.contains_key(whose);
        let others = self.parties.values().filter(|_| !there);
        let least = others.map(|one| one.taken(now));
        let held = least.min_by(f64::total_cmp).unwrap_or_default();
        let party = self.parties.entry(whose.clone());
        party.or_insert_with(|| Party {
            running: 0,
            began: 0.0,
            held,
            queue: VecDeque::new(),
        })
    }

    /// Takes the next one out of the line: of the tenant that has taken least; of equals that of which fewest wait. Of a
    /// tenant's who has waited longest, or in an overload shortest. None if there is no room for them.
    fn take_next(&mut self, now: Instant) -> Option<(Whose, W)> {
        let (now, typical) = (self.seconds(now), self.typical);
        let newest = self.overload.is_some();
        let turns = self.parties.iter().filter_map(|(whose, party)| {
            let oldest = party.queue.front()?.number;
            let room = self.running < self.open_to(party.running);
            let taken = party.taking(now, typical);
            room.then_some((taken, party.queue.len(), oldest, whose))
        });
        let (.., whose) = turns.min_by(|one, other| {
            let ties = || (one.1, one.2).cmp(&(other.1, other.2));
            one.0.total_cmp(&other.0).then_with(ties)
        })?;
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
            self.capacity.brace();
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
