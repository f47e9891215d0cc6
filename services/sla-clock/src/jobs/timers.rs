//! Fires timers when they fall due.
//!
//! Each replica leases what falls due within the next seconds, waits, and fires it, a transaction per tenant and batch:
//! tenants side by side, those of one connection and the batches of a tenant one after the other. Where many tenants fall due
//! together, their connections learn the statements while nothing is due yet, and facts wait while they are fired. The lease only keeps replicas from doing the same
//! work twice: what makes a timer fire once is that its row is deleted in the transaction that announces it. A replica
//! that dies leaves its leases to run out; one that is slow finds the rows gone.
//!
//! What is due is due by the database's clock, which all replicas share: with each look a replica learns what time it is there,
//! and counts on from that by a clock that nobody sets. Its own machine may be an hour ahead.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use ids::TenantId;
use messaging::FactsHeld;
use subgraph::Job;
use tenancy::TenancyError;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::actions::Tools;
use crate::actions::fire_timers::{fire_timers, warm_up};
use crate::actions::lease_timers::{Terms, Timer, lease_timers};
use crate::config;
use crate::error::Error;

/// A connection learns a tenant's statements in less; nobody is kept waiting for it.
const LESSON: Duration = Duration::from_millis(20);
/// So long after it has fallen due the plans by which something is fired are good at least.
const STORM: Duration = Duration::from_secs(5);

/// Longer no tenant's timers wait for whoever has locked what they need: those of others wait for them.
const PATIENCE: Duration = Duration::from_secs(1);

/// For how long facts are let in after they had to wait, as a multiple of how long that was: whatever falls due, the greater
/// part of the time is theirs.
const FACTS_TURN: u32 = 3;

/// What is due of a tenant.
type Due = (TenantId, Vec<Timer>);

/// Tenants whose connections are to learn statements, each with when the last of what it has leased is due.
#[derive(Debug, Default)]
struct Cold {
    due: BTreeMap<TenantId, DateTime<Utc>>,
    /// The latest of all since there were none.
    last: Option<DateTime<Utc>>,
}

impl Cold {
    fn add(&mut self, soon: BTreeMap<TenantId, DateTime<Utc>>) {
        for (tenant, due) in soon {
            let last = self.due.entry(tenant).or_insert(due);
            *last = due.max(*last);
            self.last = self.last.max(Some(due));
        }
    }

    /// Who learns next, and for how long that is to be good: whoever is due first, of those that are not due yet. All ask for the
    /// same, or the last of them would undo what the first have learnt.
    fn next(&mut self, now: DateTime<Utc>) -> Option<(TenantId, Duration)> {
        self.due.retain(|_, due| *due > now);
        let soonest = self.due.iter().min_by_key(|(_, due)| **due);
        let tenant = soonest.map(|(tenant, _)| *tenant);
        let ahead = self.last.and_then(|last| (last - now).to_std().ok());
        if let Some(tenant) = tenant {
            self.due.remove(&tenant);
        }
        if self.due.is_empty() {
            self.last = None;
        }
        Some((tenant?, ahead.unwrap_or_default() + STORM))
    }
}

/// By which clock something is due.
#[derive(Debug, Clone, Copy)]
enum Time {
    /// The one that was handed in.
    Own,
    /// The database's: what it read last, and when that was heard here. It is never ahead of the true one: what it read is older
    /// by the way from there.
    Database(Option<(DateTime<Utc>, Instant)>),
}

/// One replica's share of the timers.
#[derive(Debug)]
pub struct Timers {
    tools: Tools,
    time: Time,
    settings: config::Timers,
    // What was leased stays here until it is fired, even past its lease: then another replica may have been faster, and
    // its row is gone.
    leased: BTreeSet<Timer>,
    // Tenants among many that fall due soon, whose connections may not know the statements.
    cold: Cold,
    // What was tried and is to be tried again is nothing to hurry for.
    failed: bool,
    // Until then facts have their turn.
    facts_until: Option<Instant>,
}

/// The job.
pub fn job(tools: Tools, settings: config::Timers) -> Job {
    let timers = Timers::new(tools, settings).by_the_database();
    let run = move |stop| timers.run(stop).boxed();
    Job {
        name: "sla-clock-timers",
        run: Box::new(run),
    }
}

impl Timers {
    /// Holds nothing yet, and goes by the clock that is handed in.
    pub fn new(tools: Tools, settings: config::Timers) -> Self {
        Self {
            tools,
            time: Time::Own,
            settings,
            leased: BTreeSet::new(),
            cold: Cold::default(),
            failed: false,
            facts_until: None,
        }
    }

    /// Goes by the database's clock instead.
    #[must_use]
    pub fn by_the_database(self) -> Self {
        Self {
            time: Time::Database(None),
            ..self
        }
    }

    fn now(&self) -> DateTime<Utc> {
        match self.time {
            Time::Database(Some((read, heard))) => read + heard.elapsed(),
            Time::Own | Time::Database(None) => self.tools.clock.now(),
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        let look = Duration::from_millis(self.settings.look_ms.max(1));
        while !stop.is_cancelled() {
            if let Err(error) = self.step().await {
                // The rows are still there; they are leased again once the lease has run out.
                tracing::error!(%error, "timers could not be fired");
            }
            // Measured by a clock that nobody sets: however far this one is set back, the timers are looked at again.
            let until = Instant::now() + self.pause(look);
            self.warm(until).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// Until the next of what is leased falls due, or has fallen due by now; at the longest until it is time to look for more.
    fn pause(&self, look: Duration) -> Duration {
        let now = self.now();
        let Some(next) = self.leased.first().filter(|_| !self.failed) else {
            return look;
        };
        let wait = (next.due - now).to_std().unwrap_or_default();
        wait.clamp(Duration::from_millis(1), look)
    }

    /// Leases what falls due soon, and fires what is due by the clock. Gives back how many it fired.
    pub async fn step(&mut self) -> Result<usize, Error> {
        // Until it is known to be otherwise: nobody hurries to a database that is away.
        self.failed = true;
        self.lease().await?;
        let now = self.now();
        let mut due: BTreeMap<TenantId, Vec<Timer>> = BTreeMap::new();
        while let Some(timer) = self.leased.first().filter(|t| t.due <= now).copied() {
            self.leased.remove(&timer);
            due.entry(timer.tenant).or_default().push(timer);
        }
        let began = Instant::now();
        let held = self.hold_facts(&due, began);
        let mut queues: BTreeMap<usize, Vec<Due>> = BTreeMap::new();
        for (tenant, timers) in due {
            let home = self.tools.db.home(tenant);
            queues.entry(home).or_default().push((tenant, timers));
        }
        for queue in queues.values_mut() {
            queue.sort_by_key(|(_, timers)| Reverse(timers.first().map(|t| t.due)));
        }
        let (mut fired, mut again, mut busy) = (0, Vec::new(), Vec::new());
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < self.side_by_side()
                && let Some((home, (tenant, timers))) = next(&mut queues, &busy)
            {
                busy.push(home);
                running.push(self.fire_all(tenant, timers).map(move |done| (home, done)));
            }
            let Some((home, (done, left))) = running.next().await else {
                break;
            };
            if let Some(at) = busy.iter().position(|of| *of == home) {
                busy.swap_remove(at);
            }
            fired += done;
            again.extend(left);
        }
        drop(running);
        self.failed = !again.is_empty();
        self.leased.extend(again);
        if held.is_some() {
            let ended = Instant::now();
            let waited = (ended - began).min(FactsHeld::LONGEST);
            self.facts_until = Some(ended + waited * FACTS_TURN);
        }
        Ok(fired)
    }

    /// Facts wait while very much is fired: more than is done in the moment that a fact would take. They come later by that much,
    /// and would make each of these timers late by more.
    fn hold_facts(&self, due: &BTreeMap<TenantId, Vec<Timer>>, now: Instant) -> Option<FactsHeld> {
        let sizes = due.values().map(Vec::len);
        let their_turn = self.facts_until.is_some_and(|until| now < until);
        let much = is_much(sizes, (self.side_by_side(), self.settings.batch));
        (much && !their_turn).then(|| self.tools.bus.hold_facts())
    }

    /// How many tenants' timers are fired at once. A transaction waits for the database more than it works; half of the
    /// connections hides most of that for the moments that it takes, and leaves a quarter each to requests and to facts.
    fn side_by_side(&self) -> usize {
        (self.tools.db.slots() / 2).max(1)
    }

    /// Until then connections learn the statements by which tenants fire: all of them at once, when they are due, would take
    /// longer over it than over the timers. Whoever is kept waiting (a table is locked) learns nothing, and keeps nobody waiting.
    async fn warm(&mut self, until: Instant) {
        while Instant::now() + LESSON < until
            && let Some((tenant, ahead)) = self.cold.next(self.now())
        {
            match timeout_at(until, warm_up(&self.tools, tenant, ahead)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%tenant, %error, "a connection learnt nothing"),
                Err(_) => tracing::debug!(%tenant, "a connection was not free to learn"),
            }
        }
    }

    /// Fires a tenant's timers, batch by batch, so that those of a clock keep their order. Gives back how many it fired,
    /// and those that are to be tried again.
    async fn fire_all(&self, tenant: TenantId, timers: Vec<Timer>) -> (usize, Vec<Timer>) {
        let (mut fired, mut again) = (0, Vec::new());
        let mut rest = &timers[..];
        while !rest.is_empty() {
            let (batch, behind) = rest.split_at(self.settings.batch.clamp(1, rest.len()));
            match self.fire(tenant, batch).await {
                Ok(done) => fired += done,
                // One tenant's trouble is not another's.
                Err(error) => {
                    tracing::error!(%tenant, %error, "timers of a tenant could not be fired");
                    if error.passes() {
                        again.extend_from_slice(rest);
                        break;
                    }
                }
            }
            rest = behind;
        }
        (fired, again)
    }

    /// Leases what falls due soon, without firing it.
    async fn lease(&mut self) -> Result<(), Error> {
        let terms = Terms {
            ahead: TimeDelta::seconds(self.settings.ahead_s),
            lease: TimeDelta::seconds(self.settings.lease_s),
            most: self.settings.most,
        };
        let own = match self.time {
            Time::Own => Some(self.tools.clock.now()),
            Time::Database(_) => None,
        };
        let (read, leased) = lease_timers(&self.tools, own, terms).await?;
        let now = read.0;
        if let Time::Database(last) = &mut self.time {
            *last = Some(read);
        }
        let mut soon: BTreeMap<TenantId, DateTime<Utc>> = BTreeMap::new();
        for timer in leased.iter().filter(|t| t.due > now) {
            let last = soon.entry(timer.tenant).or_insert(timer.due);
            *last = timer.due.max(*last);
        }
        if soon.len() > self.side_by_side() {
            self.cold.add(soon);
        }
        self.leased.extend(leased);
        Ok(())
    }

    async fn fire(&self, tenant: TenantId, due: &[Timer]) -> Result<usize, Error> {
        let late = TimeDelta::seconds(self.settings.late_after_s);
        let door = self.tools.db.by_keys();
        let mut tx = match door.begin_hurried(tenant, PATIENCE).await {
            Ok(tx) => tx,
            Err(TenancyError::NotFound) => {
                tracing::warn!(%tenant, timers = due.len(), "timers of a tenant that is not here");
                return Ok(0);
            }
            Err(error) => return Err(error.into()),
        };
        let fired = fire_timers(&mut tx, &self.tools, tenant, due, (self.now(), late)).await?;
        tx.commit().await?;
        let now = self.now();
        for timer in &fired {
            let lateness = (now - timer.due).as_seconds_f64().max(0.0);
            metrics::histogram!("sla_clock_timer_lateness_seconds").record(lateness);
        }
        metrics::counter!("sla_clock_timers_fired_total").increment(fired.len() as u64);
        Ok(fired.len())
    }
}

/// Whether what is due, so much of each tenant, is more than so many transactions of so much each, side by side.
fn is_much(
    mut sizes: impl ExactSizeIterator<Item = usize>,
    (side_by_side, batch): (usize, usize),
) -> bool {
    sizes.len() > side_by_side || sizes.any(|timers| timers > batch)
}

/// The next tenant, of a connection that is not busy if there is one, and of those of one that more wait for.
fn next(queues: &mut BTreeMap<usize, Vec<Due>>, busy: &[usize]) -> Option<(usize, Due)> {
    let wanted = |(home, queue): &(&usize, &Vec<Due>)| (!busy.contains(home), queue.len());
    let (&home, _) = queues.iter().max_by_key(wanted)?;
    let queue = queues.get_mut(&home)?;
    let next = queue.pop();
    if queue.is_empty() {
        queues.remove(&home);
    }
    Some((home, next?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fired_in_a_moment_holds_nobody_back() {
        let much = |sizes: &[usize]| is_much(sizes.iter().copied(), (4, 500));
        assert!(!much(&[]));
        assert!(!much(&[1]));
        assert!(!much(&[500, 500, 500, 500]));
        assert!(much(&[501]));
        assert!(much(&[1, 1, 1, 1, 1]));
    }

    #[test]
    fn whoever_is_due_first_learns_first_and_all_learn_for_the_last() {
        let ids = ids::seeded(6);
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let in_s = |s: i64| now + TimeDelta::seconds(s);
        let [past, late, soon] = [(); 3].map(|()| TenantId::new(&*ids));
        let mut cold = Cold::default();
        cold.add([(past, in_s(-1)), (late, in_s(9)), (soon, in_s(1))].into());
        // Of what is leased in two parts the later counts.
        cold.add([(late, in_s(3))].into());
        let ahead = Duration::from_secs(9) + STORM;
        assert_eq!(cold.next(now), Some((soon, ahead)));
        let ahead = Duration::from_secs(7) + STORM;
        assert_eq!(cold.next(in_s(2)), Some((late, ahead)));
        assert_eq!(cold.next(in_s(2)), None);
        cold.add([(soon, in_s(4))].into());
        assert_eq!(cold.next(now), Some((soon, Duration::from_secs(4) + STORM)));
    }

    #[test]
    fn a_connection_that_is_free_comes_first_and_of_those_the_one_that_most_wait_for() {
        let ids = ids::seeded(5);
        let some = |n: usize| (0..n).map(|_| (TenantId::new(&*ids), vec![])).collect();
        let mut queues: BTreeMap<usize, Vec<Due>> =
            [(0, some(3)), (1, some(1)), (2, some(2))].into();
        let mut order = Vec::new();
        while let Some((home, _)) = super::next(&mut queues, &[0]) {
            order.push(home);
        }
        assert_eq!(order, [2, 2, 1, 0, 0, 0]);
        assert!(queues.is_empty());
    }
}
