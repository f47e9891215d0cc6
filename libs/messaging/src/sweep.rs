//! A look at what waits, every 5 s: what is ripe is released, what is missing for 30 s is asked for again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::Envelope;
use ids::{EventId, ProviderId, TenantId};
use tenancy::ServiceDb;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::command::{Command, Resend};
use crate::facts::{FactItem, FactWork};
use crate::handler::HandlerScope;
use crate::inbox::{self, Stuck, Subject};
use crate::lane::{TRIES, park};
use crate::plan::SUCCESSORS;
use crate::scope::{Key, Open};
use crate::topology::{KEEPER, fact_queue, partition};
use crate::work::{Culprit, Failure, Held, Raw, Work};
use crate::{BoxError, Bus, BusError};

const EVERY: Duration = Duration::from_secs(5);
/// A resend that brought nothing is asked for again after this.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// How often every tenant is looked at, not only those known to wait: what another replica left behind.
const FULL_LOOK: Duration = Duration::from_mins(10);
/// Between two tenants of a full look, so that it is never felt.
const PACE: Duration = Duration::from_millis(20);

/// Where something is known to wait, with the number of rows at the last look.
#[derive(Debug, Default)]
pub(crate) struct Waitlist(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    rows: BTreeMap<Key, Wait>,
    added: u64,
}

#[derive(Debug)]
struct Wait {
    rows: i64,
    /// Which addition was this key's last.
    added: u64,
}

impl Waitlist {
    /// To be called when what waits is committed: a look that does not see it yet then leaves the key where it is.
    pub(crate) fn add(&self, key: Key) {
        let mut known = self.known();
        known.added += 1;
        let added = known.added;
        let wait = known.rows.entry(key).or_insert(Wait { rows: 1, added });
        wait.added = added;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> Vec<Key> {
        self.known().rows.keys().copied().collect()
    }

    /// How much had been added when a look began.
    fn added(&self) -> u64 {
        self.known().added
    }

    /// What a look saw that began when so much had been added.
    fn note(&self, key: Key, rows: i64, begun: u64) {
        let mut known = self.known();
        if rows > 0 {
            let added = known.rows.get(&key).map_or(begun, |wait| wait.added);
            known.rows.insert(key, Wait { rows, added });
        } else if known.rows.get(&key).is_some_and(|wait| wait.added <= begun) {
            known.rows.remove(&key);
        }
    }

    fn rows(&self) -> i64 {
        self.known().rows.values().map(|wait| wait.rows).sum()
    }
}

pub(crate) struct Sweep {
    pub bus: Bus,
    pub work: Arc<FactWork>,
}

/// What the sweep remembers from one look to the next.
#[derive(Default)]
struct Notes {
    asked: HashMap<(Key, Subject), Instant>,
    failed: HashMap<(Key, Subject), u32>,
}

impl Sweep {
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        // Whatever it is at: what it has begun is rolled back, and done by the next one.
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.rounds() => {}
        }
    }

    async fn rounds(&self) {
        let mut notes = Notes::default();
        let mut full: Option<Instant> = None;
        loop {
            if full.is_none_or(|at| at.elapsed() > FULL_LOOK) {
                match self.full_look(&mut notes).await {
                    Ok(()) => full = Some(Instant::now()),
                    Err(error) => {
                        tracing::warn!(
                            service = self.bus.service(),
                            error,
                            "nobody knows where to look for what waits"
                        );
                    }
                }
            }
            sleep(EVERY).await;
            self.known(&mut notes).await;
        }
    }

    /// Where something is known to wait.
    async fn known(&self, notes: &mut Notes) {
        for key in self.work.waitlist.keys() {
            self.look_or_say(&self.work.db, key, notes).await;
        }
        metrics::gauge!("messaging_waiting", "service" => self.bus.service())
            .set(self.work.waitlist.rows() as f64);
        notes.asked.retain(|_, at| at.elapsed() < ASK_AGAIN);
    }

    /// One that fails keeps nobody else from being looked at.
    async fn look_or_say(&self, db: &ServiceDb, key: Key, notes: &mut Notes) {
        if let Err(error) = self.look(db, key, notes).await {
            tracing::warn!(
                service = self.bus.service(),
                ?key,
                error,
                "the look at what waits failed"
            );
        }
    }

    /// Everywhere: with thousands of tenants it takes minutes, in which the known ones have their turn as ever.
    async fn full_look(&self, notes: &mut Notes) -> Result<(), BoxError> {
        let (db, scope) = (&self.work.db, self.work.scope);
        let mut keys = BTreeSet::from([Key::Platform]);
        if matches!(scope, HandlerScope::Tenant | HandlerScope::Owner) {
            let tenants = db.tenants().await?;
            keys.extend(tenants.iter().map(|tenant| Key::Tenant(tenant.id)));
        }
        if matches!(scope, HandlerScope::Provider | HandlerScope::Owner) {
            keys.extend(db.providers().await?.into_iter().map(Key::Provider));
        }
        let apart = db.apart();
        let mut at = Instant::now();
        for key in keys {
            if at.elapsed() >= EVERY {
                self.known(notes).await;
                at = Instant::now();
            }
            self.look_or_say(&apart, key, notes).await;
            sleep(PACE).await;
        }
        Ok(())
    }

    /// What waits there, seen over `db`; what is to be done about it has connections of its own.
    async fn look(&self, db: &ServiceDb, key: Key, notes: &mut Notes) -> Result<(), BoxError> {
        let begun = self.work.waitlist.added();
        let mut tx = Open::begin(db, key).await?;
        let stuck = inbox::stuck(tx.conn(), key).await?;
        tx.commit().await?;
        let rows = stuck.iter().map(|one| one.count).sum();
        self.work.waitlist.note(key, rows, begun);
        for one in stuck {
            if one.next_parked {
                // It waits for the operator.
                continue;
            }
            let envelope: Option<Envelope> = serde_json::from_str(&one.body).ok();
            if one.next <= one.last + 1 {
                self.release(key, one, envelope, notes).await?;
            } else if one.old && !notes.asked.contains_key(&(key, one.subject.clone())) {
                self.ask(&one, envelope.as_ref()).await;
                notes.asked.insert((key, one.subject), Instant::now());
            }
        }
        Ok(())
    }

    /// Its turn has come: usually because the fact before it had to go alone. One that fails again and again is parked,
    /// as in a lane.
    async fn release(
        &self,
        key: Key,
        stuck: Stuck,
        envelope: Option<Envelope>,
        notes: &mut Notes,
    ) -> Result<(), BoxError> {
        let subjects = [stuck.subject.clone()];
        let tenants: Vec<TenantId> = envelope
            .iter()
            .filter_map(|envelope| envelope.tenant)
            .collect();
        let mut set_aside: Vec<Held<FactItem>> = Vec::new();
        let mut most = SUCCESSORS;
        loop {
            let failure = self
                .work
                .release(key, &set_aside, &subjects, &tenants, most)
                .await;
            let (mut culprit, reason) = match failure {
                Ok(()) => {
                    notes.failed.remove(&(key, stuck.subject));
                    return Ok(());
                }
                Err(Failure::Never(Culprit::Stored(held), reason)) => (*held, reason),
                Err(Failure::Broken(_)) if most > 1 => {
                    // Which one? One at a time.
                    most = 1;
                    continue;
                }
                Err(Failure::Broken(reason)) => {
                    let tries = notes
                        .failed
                        .entry((key, stuck.subject.clone()))
                        .or_default();
                    *tries += 1;
                    tracing::warn!(
                        service = self.bus.service(),
                        ?key,
                        subject = stuck.subject.subject,
                        tries = *tries,
                        reason,
                        "what waits cannot be released"
                    );
                    let Some(next) = self
                        .next(key, &stuck.subject)
                        .await?
                        .filter(|_| *tries > TRIES)
                    else {
                        return Ok(());
                    };
                    notes.failed.remove(&(key, stuck.subject.clone()));
                    (next, reason)
                }
                Err(
                    Failure::Away(reason)
                    | Failure::Unknown(reason)
                    | Failure::Again(reason)
                    | Failure::Never(_, reason),
                ) => return Err(reason.into()),
            };
            let fact = &culprit.item.envelope;
            let lane = fact.origin.lane();
            let n = partition(&fact.subject, self.bus.settings().partitions(lane));
            culprit.raw.queue = fact_queue(self.bus.service(), lane, n).into();
            let (kind, id) = self.work.title(&culprit.item);
            if !park(&self.bus, &culprit.raw, kind, id, &reason).await {
                return Ok(());
            }
            culprit.parked = true;
            set_aside.push(culprit);
        }
    }

    /// The first that waits of a subject, as a message again.
    async fn next(&self, key: Key, subject: &Subject) -> Result<Option<Held<FactItem>>, BoxError> {
        let mut tx = Open::begin(&self.work.db, key).await?;
        let rows = inbox::early(tx.conn(), key, &[subject], 1).await?;
        tx.commit().await?;
        let Some(row) = rows.into_iter().next().filter(|row| !row.parked) else {
            return Ok(None);
        };
        let envelope: Envelope = serde_json::from_str(&row.body)?;
        let raw = Raw {
            tag: None,
            body: row.body.into_bytes(),
            queue: "".into(),
            skip: false,
        };
        Ok(Some(Held::new(raw, FactItem::new(envelope))))
    }

    /// Asks the keeper of all facts. (What a publisher has still, its relay looks for all the time.)
    async fn ask(&self, stuck: &Stuck, envelope: Option<&Envelope>) {
        let service = self.bus.service();
        let (tenant, provider) = envelope.map_or((None, None), |one| (one.tenant, one.provider));
        if service == KEEPER || (tenant.is_none() && provider.is_none()) {
            tracing::warn!(
                service,
                source = stuck.subject.source,
                subject = stuck.subject.subject,
                from = stuck.last + 1,
                to = stuck.next - 1,
                "facts are missing that nobody keeps"
            );
            return;
        }
        let resend = Resend {
            service: service.to_owned(),
            lane: stuck.lane.clone(),
            tenant,
            provider,
            source: stuck.subject.source.clone(),
            subject: stuck.subject.subject.clone(),
            from_sequence: stuck.last + 1,
            to_sequence: stuck.next - 1,
        };
        tracing::warn!(
            service,
            source = resend.source,
            subject = resend.subject,
            from = resend.from_sequence,
            to = resend.to_sequence,
            "facts are missing; asked for again"
        );
        metrics::counter!("messaging_resend_asked_total", "service" => service).increment(1);
        if let Err(error) = self.send(&resend).await {
            tracing::warn!(service, %error, "a resend could not be asked for");
        }
    }

    async fn send(&self, resend: &Resend) -> Result<(), BusError> {
        let command = Command {
            id: EventId::new(&*self.work.ids),
            name: Resend::NAME.to_owned(),
            tenant: resend
                .tenant
                .unwrap_or(TenantId::from_uuid(uuid::Uuid::nil())),
            key: resend.subject.clone(),
            body: serde_json::value::to_raw_value(resend)?,
            traceparent: None,
        };
        self.bus.send(KEEPER, &[command]).await
    }
}

/// The key of a scope for a tenant.
pub(crate) fn key_of(
    scope: HandlerScope,
    tenant: TenantId,
    provider: Option<ProviderId>,
) -> Option<Key> {
    match scope {
        HandlerScope::Tenant | HandlerScope::Owner => Some(Key::Tenant(tenant)),
        HandlerScope::Provider => provider.map(Key::Provider),
        HandlerScope::Platform => Some(Key::Platform),
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Waitlist};

    #[test]
    fn what_is_added_while_a_look_is_under_way_is_not_forgotten_by_it() {
        let waitlist = Waitlist::default();
        let begun = waitlist.added();
        waitlist.add(Key::Platform);
        // It read before the other's commit.
        waitlist.note(Key::Platform, 0, begun);
        assert_eq!(waitlist.keys(), [Key::Platform]);
        let begun = waitlist.added();
        waitlist.note(Key::Platform, 3, begun);
        assert_eq!((waitlist.keys().len(), waitlist.rows()), (1, 3));
        waitlist.note(Key::Platform, 0, begun);
        assert!(waitlist.keys().is_empty());
        // A full look finds what nobody added.
        waitlist.note(Key::Platform, 2, begun);
        assert_eq!(waitlist.rows(), 2);
        waitlist.note(Key::Platform, 0, begun);
        assert_eq!(waitlist.rows(), 0);
    }
}
