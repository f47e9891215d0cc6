//! Fires timers when they fall due.
//!
//! Each replica leases what falls due within the next seconds, waits, and fires it, a transaction per tenant and batch:
//! tenants side by side, the batches of a tenant one after the other. The lease only keeps replicas from doing the same
//! work twice: what makes a timer fire once is that its row is deleted in the transaction that announces it. A replica
//! that dies leaves its leases to run out; one that is slow finds the rows gone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt as _, StreamExt as _, stream};
use ids::TenantId;
use subgraph::Job;
use tenancy::TenancyError;
use tokio_util::sync::CancellationToken;

use crate::actions::Tools;
use crate::actions::fire_timers::fire_timers;
use crate::actions::lease_timers::{Terms, Timer, lease_timers};
use crate::config;
use crate::error::Error;

/// One replica's share of the timers.
#[derive(Debug)]
pub struct Timers {
    tools: Tools,
    settings: config::Timers,
    // What was leased stays here until it is fired, even past its lease: then another replica may have been faster, and
    // its row is gone.
    leased: BTreeSet<Timer>,
}

/// The job.
pub fn job(tools: Tools, settings: config::Timers) -> Job {
    let run = move |stop| Timers::new(tools, settings).run(stop).boxed();
    Job {
        name: "sla-clock-timers",
        run: Box::new(run),
    }
}

impl Timers {
    /// Holds nothing yet.
    pub fn new(tools: Tools, settings: config::Timers) -> Self {
        Self {
            tools,
            settings,
            leased: BTreeSet::new(),
        }
    }

    async fn run(mut self, stop: CancellationToken) {
        let look = Duration::from_millis(self.settings.look_ms.max(1));
        while !stop.is_cancelled() {
            if let Err(error) = self.step().await {
                // The rows are still there; they are leased again once the lease has run out.
                tracing::error!(%error, "timers could not be fired");
            }
            let now = self.tools.clock.now();
            // What is due already could not be fired just now: no hurry.
            let next = self
                .leased
                .first()
                .and_then(|t| (t.due - now).to_std().ok())
                .filter(|wait| !wait.is_zero());
            let pause = next.map_or(look, |wait| wait.clamp(Duration::from_millis(1), look));
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Leases what falls due soon, and fires what is due by the clock. Gives back how many it fired.
    pub async fn step(&mut self) -> Result<usize, Error> {
        let now = self.tools.clock.now();
        self.lease(now).await?;
        let mut due: BTreeMap<TenantId, Vec<Timer>> = BTreeMap::new();
        while let Some(timer) = self.leased.first().filter(|t| t.due <= now).copied() {
            self.leased.remove(&timer);
            due.entry(timer.tenant).or_default().push(timer);
        }
        let (mut fired, mut again) = (0, Vec::new());
        let mut outcomes = stream::iter(due)
            .map(|(tenant, timers)| self.fire_all(tenant, timers))
            .buffer_unordered(self.side_by_side());
        while let Some((done, left)) = outcomes.next().await {
            fired += done;
            again.extend(left);
        }
        drop(outcomes);
        self.leased.extend(again);
        Ok(fired)
    }

    /// How many tenants' timers are fired at once. A transaction waits for the database more than it works; a quarter of
    /// the connections hides most of that, and leaves as many to requests as facts have.
    fn side_by_side(&self) -> usize {
        (self.tools.db.slots() / 4).max(1)
    }

    /// Fires a tenant's timers, batch by batch, so that those of a clock keep their order. Gives back how many it fired,
    /// and those that are to be tried again.
    async fn fire_all(&self, tenant: TenantId, timers: Vec<Timer>) -> (usize, Vec<Timer>) {
        let (mut fired, mut again) = (0, Vec::new());
        for batch in timers.chunks(self.settings.batch.max(1)) {
            match self.fire(tenant, batch).await {
                Ok(done) => fired += done,
                // One tenant's trouble is not another's.
                Err(error) => {
                    tracing::error!(%tenant, %error, "timers of a tenant could not be fired");
                    if error.passes() {
                        again.extend_from_slice(batch);
                    }
                }
            }
        }
        (fired, again)
    }

    /// Leases what falls due soon, without firing it.
    pub async fn lease(&mut self, now: DateTime<Utc>) -> Result<(), Error> {
        let terms = Terms {
            ahead: TimeDelta::seconds(self.settings.ahead_s),
            lease: TimeDelta::seconds(self.settings.lease_s),
            most: self.settings.most,
        };
        self.leased
            .extend(lease_timers(&self.tools, now, terms).await?);
        Ok(())
    }

    async fn fire(&self, tenant: TenantId, due: &[Timer]) -> Result<usize, Error> {
        let late = TimeDelta::seconds(self.settings.late_after_s);
        let mut tx = match self.tools.db.begin_fact(tenant).await {
            Ok(tx) => tx,
            Err(TenancyError::NotFound) => {
                tracing::warn!(%tenant, timers = due.len(), "timers of a tenant that is not here");
                return Ok(0);
            }
            Err(error) => return Err(error.into()),
        };
        let fired = fire_timers(&mut tx, &self.tools, tenant, due, late).await?;
        tx.commit().await?;
        let now = self.tools.clock.now();
        for timer in &fired {
            let lateness = (now - timer.due).as_seconds_f64().max(0.0);
            metrics::histogram!("sla_clock_timer_lateness_seconds").record(lateness);
        }
        metrics::counter!("sla_clock_timers_fired_total").increment(fired.len() as u64);
        Ok(fired.len())
    }
}
