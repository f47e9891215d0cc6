//! Taking facts in: inbox, order, handler and inbox again, in one transaction per batch.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use clock::SharedClock;
use events::{Envelope, Origin};
use futures::FutureExt as _;
use ids::{SharedIds, TenantId};
use tenancy::ServiceDb;
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::handler::{FactHandler, Gathers, HandlerScope};
use crate::hold::Holds;
use crate::inbox::{self, Subject};
use crate::outbox::Outbox;
use crate::plan::{From, Plan, SUCCESSORS, culprit, plan};
use crate::provisioning::{self, Took};
use crate::scope::{Key, Locks, Open};
use crate::sweep::Waitlist;
use crate::work::{Culprit, Failure, Held, Raw, ReadFailure, Turn, Work};
use crate::{BusSettings, reach, trace};

/// One fact, read.
pub(crate) struct FactItem {
    pub envelope: Envelope,
    /// `source subject`, for order within a lane.
    name: String,
}

impl FactItem {
    pub(crate) fn new(envelope: Envelope) -> Self {
        let name = format!("{} {}", envelope.source, envelope.subject);
        Self { envelope, name }
    }

    pub(crate) fn about(&self) -> Subject {
        Subject {
            source: self.envelope.source.clone(),
            subject: self.envelope.subject.clone(),
        }
    }
}

pub(crate) struct FactWork {
    pub service: &'static str,
    pub db: ServiceDb,
    pub outbox: Outbox,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub handler: Option<Arc<dyn FactHandler>>,
    pub scope: HandlerScope,
    /// Whether a live fact waits for others.
    pub gathers: Gathers,
    /// So many batches at once; requests must find a connection too.
    pub share: usize,
    /// Those of them that are not under way.
    pub slots: Arc<Semaphore>,
    /// So many of them from bulk queues.
    pub bulk_slots: Arc<Semaphore>,
    /// Who asks facts to wait.
    pub holds: Arc<Holds>,
    pub locks: Arc<Locks>,
    pub waitlist: Arc<Waitlist>,
}

type Fail = Failure<FactItem>;

/// Deliveries held by whoever waits for more, as a multiple of what else is held: at 250 ms some 3,000 facts a second of a queue.
const GATHERED: u16 = 4;

#[async_trait]
impl Work for FactWork {
    type Item = FactItem;

    fn prefetch(&self, settings: &BusSettings) -> u16 {
        // Those that wait for others must not keep others from coming.
        let waiting = if self.gathers == Gathers::Never {
            1
        } else {
            GATHERED
        };
        settings.prefetch.max(1).saturating_mul(waiting)
    }

    async fn read(&self, raw: &Raw) -> Result<(Key, FactItem), ReadFailure> {
        let envelope: Envelope = serde_json::from_slice(&raw.body)
            .map_err(|error| ReadFailure::Never(format!("not an envelope: {error}")))?;
        if envelope.sequence < 1 {
            return Err(ReadFailure::Never(format!(
                "its sequence is {}",
                envelope.sequence
            )));
        }
        let key = self.key(&envelope).await?;
        Ok((key, FactItem::new(envelope)))
    }

    fn subject<'a>(&self, item: &'a FactItem) -> &'a str {
        &item.name
    }

    fn title(&self, item: &FactItem) -> (String, Option<String>) {
        (
            item.envelope.kind.clone(),
            Some(item.envelope.id.to_string()),
        )
    }

    fn ends_batch(&self, item: &FactItem) -> bool {
        // A new tenant is answered for at once, not after the next hundred are provisioned too.
        provisioning::creates(&item.envelope)
    }

    fn gathers(&self, first: &FactItem) -> Duration {
        let bulk = first.envelope.origin != Origin::Live;
        if bulk || provisioning::creates(&first.envelope) {
            return Duration::ZERO;
        }
        let busy = self.slots.available_permits() < self.share;
        self.gathers.longest(busy)
    }

    async fn wanted(&self, key: Key, longest: Duration) {
        reach::wanted(self.service, key, longest).await;
    }

    async fn turn(&self, key: Key, first: &Held<FactItem>) -> Turn {
        self.share(key, first.item.envelope.origin != Origin::Live)
            .await
    }

    async fn attempt(
        &self,
        _turn: Turn,
        key: Key,
        batch: &[Held<FactItem>],
        alone: bool,
    ) -> Result<(), Fail> {
        let span = trace::batch_span(
            self.service,
            batch
                .iter()
                .map(|one| one.item.envelope.traceparent.as_deref()),
        );
        let (subjects, tenants) = (subjects(batch), tenants(batch));
        // Alone, so that it answers for itself and not for a successor; that one is the sweep's then.
        let most = if alone { 0 } else { SUCCESSORS };
        let mut batch = batch;
        loop {
            let more = self
                .transaction(key, batch, &subjects, &tenants, most)
                .instrument(span.clone())
                .await?;
            if !more {
                return Ok(());
            }
            // The rest of a long row of successors, in a transaction of its own.
            batch = &[];
        }
    }
}

/// The subjects of a batch, each once, in order of appearance.
fn subjects(batch: &[Held<FactItem>]) -> Vec<Subject> {
    let mut seen = HashSet::new();
    batch
        .iter()
        .filter(|one| seen.insert(one.item.name.as_str()))
        .map(|one| one.item.about())
        .collect()
}

impl FactWork {
    /// A turn of the inbox and of the connections, when nobody holds facts back.
    async fn share(&self, key: Key, bulk: bool) -> Turn {
        loop {
            self.holds.over().await;
            // The lock of this process first, then a connection: who waits for another lane holds none.
            let alone = self.locks.lock(key).await;
            let mut shares = Vec::with_capacity(2);
            if bulk {
                shares.extend(Arc::clone(&self.bulk_slots).acquire_owned().await);
            }
            shares.extend(Arc::clone(&self.slots).acquire_owned().await);
            // Somebody may have asked facts to wait while this one waited for its share, as many others do.
            if !self.holds.held() {
                return Turn::of(Some(alone), shares);
            }
        }
    }

    async fn key(&self, envelope: &Envelope) -> Result<Key, ReadFailure> {
        match (self.scope, envelope.tenant, envelope.provider) {
            (HandlerScope::Tenant | HandlerScope::Owner, Some(tenant), _) => {
                Ok(Key::Tenant(tenant))
            }
            (HandlerScope::Provider, _, Some(provider))
            | (HandlerScope::Owner, None, Some(provider)) => Ok(Key::Provider(provider)),
            (HandlerScope::Provider, Some(tenant), None) => match self.db.tenant(tenant).await {
                Ok(row) => Ok(Key::Provider(row.provider)),
                Err(error) => Err(ReadFailure::Again(error.to_string())),
            },
            // A fact that belongs to no tenant has no place in any tenant's schema; one that belongs to nobody (an
            // operator's) has none in any.
            (HandlerScope::Platform, ..) | (_, None, _) => Ok(Key::Platform),
        }
    }

    /// Releases successors of these subjects whose turn has come (the sweep's part), at most so many at a time.
    pub(crate) async fn release(
        &self,
        key: Key,
        batch: &[Held<FactItem>],
        subjects: &[Subject],
        tenants: &[TenantId],
        most: i64,
    ) -> Result<(), Fail> {
        let _turn = self.share(key, false).await;
        let all = async {
            while self
                .transaction(key, batch, subjects, tenants, most)
                .await?
            {}
            Ok(())
        };
        // Its transaction goes with it, and nothing else is shared: one handler's panic is not the end of every sweep.
        let done = AssertUnwindSafe(all).catch_unwind().await;
        done.unwrap_or_else(|_| Err(Failure::Broken("the handler panicked".to_owned())))
    }

    /// Takes a batch in. `true`: there are more successors to take.
    async fn transaction(
        &self,
        key: Key,
        batch: &[Held<FactItem>],
        subjects: &[Subject],
        tenants: &[TenantId],
        most: i64,
    ) -> Result<bool, Fail> {
        let facts = batch
            .iter()
            .filter(|one| !one.parked)
            .map(|one| &one.item.envelope);
        let took = provisioning::before(&self.db, facts).await?;
        let mut tx = Open::begin_alone(&self.db, key, tenants).await?;
        let stands = inbox::stand(tx.conn(), key, subjects).await?;
        let waiting: Vec<&Subject> = subjects
            .iter()
            .zip(&stands)
            .filter(|(_, stand)| stand.waits)
            .map(|(subject, _)| subject)
            .collect();
        let rows = if waiting.is_empty() || most == 0 {
            Vec::new()
        } else {
            inbox::early(tx.conn(), key, &waiting, most).await?
        };
        let last: Vec<i64> = stands.iter().map(|stand| stand.last).collect();
        let plan = plan(batch, subjects, last, rows, most)?;
        if plan.duplicates > 0 {
            metrics::counter!("messaging_duplicates_total", "service" => self.service)
                .increment(plan.duplicates);
        }
        if plan.moved.is_empty() && plan.early.is_empty() {
            // Nothing but repeats; one may wait of whose commit this process was not told.
            tx.commit().await?;
            if !waiting.is_empty() {
                self.waitlist.add(key);
            }
            return Ok(false);
        }
        self.apply(&mut tx, key, &plan, batch, &took).await?;
        self.keep(&mut tx, key, &plan, subjects, &stands).await?;
        tx.commit().await?;
        // Also one that waited before: it need not be this process that was told of its commit.
        if !plan.early.is_empty() || !waiting.is_empty() {
            self.waitlist.add(key);
        }
        reach::wake(self.service, key);
        self.measure(&plan);
        Ok(plan.more)
    }

    /// The facts' effects: tenants first, then whatever the service makes of them.
    async fn apply(
        &self,
        tx: &mut Open,
        key: Key,
        plan: &Plan,
        batch: &[Held<FactItem>],
        took: &Took,
    ) -> Result<(), Fail> {
        let skipped: HashSet<usize> = plan
            .origins
            .iter()
            .enumerate()
            .filter(|(_, from)| matches!(from, From::Given(at) if batch[*at].raw.skip))
            .map(|(at, _)| at)
            .collect();
        for (at, fact) in plan.facts.iter().enumerate() {
            if skipped.contains(&at) {
                continue;
            }
            let answer = provisioning::during(&self.db, fact, took, &self.clock, &self.ids)
                .await
                .map_err(|failure| match failure {
                    Failure::Never(_, reason) => Failure::Never(culprit(at, plan, batch), reason),
                    other => other,
                })?;
            if let Some(answer) = answer {
                self.outbox.announce(tx, &[answer]).await?;
            }
        }
        // Facts without a tenant are the platform's business; a tenant's handler has no place for them.
        let foreign = key == Key::Platform && self.scope != HandlerScope::Platform;
        let Some(handler) = self.handler.as_ref().filter(|_| !foreign) else {
            return Ok(());
        };
        let outcome = if skipped.is_empty() {
            if plan.facts.is_empty() {
                return Ok(());
            }
            handler
                .handle(tx, &plan.facts)
                .await
                .map_err(|error| (error, None))
        } else {
            let places: Vec<usize> = (0..plan.facts.len())
                .filter(|at| !skipped.contains(at))
                .collect();
            let facts: Vec<Envelope> = places.iter().map(|at| plan.facts[*at].clone()).collect();
            if facts.is_empty() {
                return Ok(());
            }
            handler
                .handle(tx, &facts)
                .await
                .map_err(|error| (error, Some(places)))
        };
        outcome.map_err(|(error, places)| match Fail::from(error) {
            Failure::Never(Culprit::Given(index), reason) => {
                let index = match places {
                    None => index,
                    Some(places) => places.get(index).copied().unwrap_or(usize::MAX),
                };
                if index < plan.facts.len() {
                    Failure::Never(culprit(index, plan, batch), reason)
                } else {
                    Failure::Broken(format!(
                        "the handler refused a fact that it was not given: {reason}"
                    ))
                }
            }
            other => other,
        })
    }

    /// The inbox's own rows.
    async fn keep(
        &self,
        tx: &mut Open,
        key: Key,
        plan: &Plan,
        subjects: &[Subject],
        stands: &[inbox::Stand],
    ) -> Result<(), Fail> {
        if !plan.moved.is_empty() {
            let moved = plan
                .moved
                .iter()
                .map(|(at, stand)| (&subjects[*at], *stand))
                .collect();
            let rows = inbox::advance(tx.conn(), key, &moved).await?;
            if rows != moved.len() as u64 {
                return Err(Failure::Away(
                    "another process took the same facts in".to_owned(),
                ));
            }
        }
        if !plan.early.is_empty() {
            inbox::store(tx.conn(), key, &plan.early).await?;
        }
        let upto: Vec<(&Subject, i64)> = plan
            .moved
            .iter()
            .filter(|(at, _)| stands[**at].waits)
            .map(|(at, (last, _))| (&subjects[*at], *last))
            .collect();
        if !upto.is_empty() {
            inbox::clear(tx.conn(), key, &upto).await?;
        }
        Ok(())
    }

    fn measure(&self, plan: &Plan) {
        let service = self.service;
        metrics::counter!("messaging_batches_total", "service" => service).increment(1);
        metrics::counter!("messaging_facts_total", "service" => service)
            .increment(plan.facts.len() as u64);
        metrics::histogram!("messaging_batch_facts", "service" => service)
            .record(plan.facts.len() as f64);
        let oldest = plan
            .facts
            .iter()
            .filter(|fact| fact.origin == Origin::Live)
            .map(|fact| fact.time)
            .min();
        if let Some(oldest) = oldest {
            let lag = (self.clock.now() - oldest).num_milliseconds().max(0) as f64 / 1000.0;
            metrics::histogram!("messaging_consumer_lag_seconds", "service" => service).record(lag);
            metrics::gauge!("messaging_consumer_lag_last_seconds", "service" => service).set(lag);
        }
    }
}

/// The tenants of a batch: what row-level security lets a provider's transaction see.
fn tenants(batch: &[Held<FactItem>]) -> Vec<TenantId> {
    let mut tenants: Vec<TenantId> = batch
        .iter()
        .filter_map(|one| one.item.envelope.tenant)
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    tenants
}
