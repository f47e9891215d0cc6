//! Warnings and breaches, at the second; and what people may be told of them, in the tenant's notification hours.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::{Envelope, Origin};
use ids::{ClockId, ProviderId, TenantId, TicketId};
use messaging::OutboxRows;
use tenancy::Tx;

use super::Tools;
use super::move_notices::urgent_of;
use crate::domain::clock::Threshold;
use crate::domain::kept::Kept;
use crate::domain::notice::{NotificationHours, forgo, owes, stands};
use crate::error::Error;
use crate::events::publish::{Told, clock_breached, clock_changed, clock_notice_due, clock_warned};
use crate::store::clocks;
use crate::store::notices::{self, Key, Waiting};
use crate::store::timers::{self, Taken, Timer};

/// Fires those of a tenant's timers that still stand, in the caller's transaction: nobody else has fired them or will,
/// once it is committed, at `now`; what is due by more than `late_after` then is late. Gives back which they were. Three
/// statements, where no notice waits or has waited.
pub async fn fire_timers(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    due: &[Timer],
    (now, late_after): (DateTime<Utc>, TimeDelta),
) -> Result<Vec<Timer>, Error> {
    let provider = tools.db.tenant(tenant).await?.provider;
    let named: BTreeSet<ClockId> = due.iter().map(|t| t.clock).collect();
    // The clocks first, then their timers: in this order everybody who changes a clock takes the two.
    let mut held = clocks::hold(tx, &named.into_iter().collect::<Vec<_>>()).await?;
    let taken = timers::take(tx, tenant, due).await?;
    if taken.timers.is_empty() {
        return Ok(Vec::new());
    }
    let mut firing = Firing {
        tools,
        whose: (tenant, provider),
        now,
        late_after,
        hours: Hours::read(tx, tools, tenant, (&taken, &held)).await?,
        told: Vec::with_capacity(taken.timers.len() * 2),
        waiting: BTreeMap::new(),
    };
    let mut touched: BTreeMap<ClockId, Kept> = BTreeMap::new();
    for timer in &taken.timers {
        if let Some(clock) = held.remove(&timer.clock) {
            touched.insert(timer.clock, clock);
        }
        let Some(clock) = touched.get_mut(&timer.clock) else {
            tracing::warn!(%tenant, clock = %timer.clock, "a timer without a clock");
            continue;
        };
        if timer.notice {
            firing.notice(clock, timer)?;
        } else {
            firing.threshold(clock, timer)?;
        }
    }
    let Firing { told, waiting, .. } = firing;
    let touched: Vec<&Kept> = touched.values().collect();
    clocks::fire(tx, &touched, tools.outbox.rows(&told)).await?;
    let outbox = tools.outbox.clone();
    tx.after_commit(move || outbox.wake());
    notices::wait(tx, tenant, &waiting.into_values().collect::<Vec<_>>()).await?;
    Ok(taken.timers)
}

/// Fires nothing of a tenant's, by the statements that fire: the connection that it comes back to within `ahead` has them planned.
pub async fn warm_up(tools: &Tools, tenant: TenantId, ahead: Duration) -> Result<(), Error> {
    let mut tx = tools.db.by_keys().begin_ahead(tenant, ahead).await?;
    clocks::hold(&mut tx, &[]).await?;
    timers::take(&mut tx, tenant, &[]).await?;
    clocks::fire(&mut tx, &[], OutboxRows::default()).await?;
    tx.commit().await?;
    Ok(())
}

/// What decides when people are told of what has been taken.
struct Hours {
    of: Arc<NotificationHours>,
    /// Tickets whose news would have to wait, but for their urgency.
    urgent: BTreeSet<TicketId>,
    /// When what the notices are of was reached.
    reached: HashMap<Key, DateTime<Utc>>,
}

impl Hours {
    async fn read(
        tx: &mut Tx,
        tools: &Tools,
        tenant: TenantId,
        (taken, held): (&Taken, &HashMap<ClockId, Kept>),
    ) -> Result<Self, Error> {
        let notices: Vec<&Timer> = taken.timers.iter().filter(|t| t.notice).collect();
        let reached = notices::take(tx, &notices).await?;
        let mut hours = Self {
            of: Arc::default(),
            urgent: BTreeSet::new(),
            reached,
        };
        if taken.has_hours {
            let books = &tools.books;
            hours.of = books
                .notification
                .of(tx, tenant, taken.book, &books.calendars)
                .await?;
            let waits = |t: &&Timer| hours.of.opening(t.due) > t.due;
            let waiting = taken.timers.iter().filter(waits);
            let tickets = waiting.filter_map(|t| held.get(&t.clock));
            let tickets: BTreeSet<TicketId> = tickets.map(|c| c.ticket).collect();
            if !tickets.is_empty() {
                hours.urgent = urgent_of(tx, &hours.of, tickets).await?;
            }
        }
        Ok(hours)
    }

    /// When people may be told of something that there is to tell at that instant.
    fn notice_at(&self, ticket: TicketId, at: DateTime<Utc>) -> DateTime<Utc> {
        if self.urgent.contains(&ticket) {
            at
        } else {
            self.of.opening(at)
        }
    }
}

/// One batch of a tenant's.
struct Firing<'a> {
    tools: &'a Tools,
    whose: (TenantId, ProviderId),
    now: DateTime<Utc>,
    late_after: TimeDelta,
    hours: Hours,
    told: Vec<Envelope>,
    waiting: BTreeMap<Key, Waiting>,
}

impl Firing<'_> {
    fn about(&self, time: DateTime<Utc>) -> Told {
        let (tenant, provider) = self.whose;
        Told {
            tenant,
            provider: Some(provider),
            time,
            origin: Origin::Live,
            trace: None,
        }
    }

    fn late(&self, at: DateTime<Utc>) -> bool {
        self.now - at > self.late_after
    }

    /// A threshold was reached.
    fn threshold(&mut self, clock: &mut Kept, timer: &Timer) -> Result<(), Error> {
        let (which, at) = (timer.threshold, timer.due);
        let (about, late) = (self.about(at), self.late(at));
        let notice_at = self.hours.notice_at(clock.ticket, at);
        let again = clock.fired.contains(&which.row());
        let ids = &*self.tools.ids;
        if which == Threshold::BREACH {
            breach(clock, at);
            clock.sequence += 1;
            self.told.push(if again {
                // Put off after it was missed, and missed again: one breach was told, the state is told anew.
                clock_changed(ids, about, clock)?
            } else {
                clock_breached(ids, about, clock, notice_at, late)?
            });
        } else if !again {
            clock.sequence += 1;
            self.told
                .push(clock_warned(ids, about, clock, which, notice_at, late)?);
        }
        let owed = owes(clock, which);
        if !again {
            clock.fired.push(which.row());
        }
        if owed {
            self.tell_people(clock, (which, at), notice_at)?;
        }
        Ok(())
    }

    /// What people were not told when it was reached is due.
    fn notice(&mut self, clock: &mut Kept, timer: &Timer) -> Result<(), Error> {
        let key = (timer.clock, timer.cycle, timer.threshold);
        let Some(reached_at) = self.hours.reached.get(&key).copied() else {
            return Ok(());
        };
        // The hours may have been changed while this was on its way.
        let notice_at = self.hours.notice_at(clock.ticket, timer.due);
        self.tell_people(clock, (timer.threshold, reached_at), notice_at)
    }

    fn tell_people(
        &mut self,
        clock: &mut Kept,
        (which, reached_at): (Threshold, DateTime<Utc>),
        notice_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        if notice_at > self.now {
            let notice = Waiting {
                clock: clock.id,
                cycle: clock.cycle,
                threshold: which,
                reached_at,
                due: notice_at,
            };
            self.waiting.insert((clock.id, clock.cycle, which), notice);
            return Ok(());
        }
        if notice_at > reached_at && !stands(clock, which, self.now) {
            forgo(clock, which);
            return Ok(());
        }
        // Put off and missed again in the meantime, the deadline is where it is by now.
        let breached_at = clock.breached_at.filter(|_| which == Threshold::BREACH);
        let reached = (which, breached_at.unwrap_or(reached_at));
        clock.sequence += 1;
        let (about, late) = (self.about(notice_at), self.late(notice_at));
        self.told.push(clock_notice_due(
            &*self.tools.ids,
            about,
            clock,
            reached,
            late,
        )?);
        Ok(())
    }
}

fn breach(clock: &mut Kept, due: DateTime<Utc>) {
    clock.breached_at = Some(due);
    if clock.stopped_at.is_none() && clock.as_of < due {
        clock.elapsed_seconds = clock.target_seconds;
        clock.as_of = due;
    }
}
