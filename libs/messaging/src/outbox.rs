//! Facts on their way out, in the transaction that made them true.

use std::sync::Arc;

use events::{Envelope, Lane};
use tenancy::Tx;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::topology::{CONTACTS, lane_name, partition};

/// Writes facts beside what made them true, and wakes the relay of this process after the commit. Clones are one.
#[derive(Debug, Clone)]
pub struct Outbox {
    live: u16,
    bulk: u16,
    bell: Arc<Notify>,
}

/// The columns of outbox rows, for a store that writes them within its own statement:
/// `INSERT INTO platform.outbox (lane, partition, tenant, kind, body)
///  SELECT * FROM unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::text[])`.
/// After such a commit call [`Outbox::wake`] (or register it with `tx.after_commit`).
#[derive(Debug, Clone, Default)]
pub struct OutboxRows {
    /// `live` or `bulk`.
    pub lanes: Vec<String>,
    /// See [`crate::partition`].
    pub partitions: Vec<i32>,
    /// Whose fact; the relay takes turns between tenants.
    pub tenants: Vec<Option<Uuid>>,
    /// The type.
    pub kinds: Vec<String>,
    /// The envelope as JSON.
    pub bodies: Vec<String>,
}

impl Outbox {
    /// For this many partitions of each lane: the same numbers as in [`crate::BusSettings`].
    pub fn new(live: u16, bulk: u16) -> Self {
        Self {
            live: live.max(1),
            bulk: bulk.max(1),
            bell: Arc::new(Notify::new()),
        }
    }

    /// Announces facts in the transaction that makes them true. They leave after its commit, and only then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn announce(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), sqlx::Error> {
        if facts.is_empty() {
            return Ok(());
        }
        let rows = self.rows(facts);
        sqlx::query(
            "INSERT INTO platform.outbox (lane, partition, tenant, kind, body) \
             SELECT lane, partition, tenant, kind, body \
             FROM unnest($1::text[], $2::int[], $3::uuid[], $4::text[], $5::text[]) \
             AS fact (lane, partition, tenant, kind, body)",
        )
        .bind(rows.lanes)
        .bind(rows.partitions)
        .bind(rows.tenants)
        .bind(rows.kinds)
        .bind(rows.bodies)
        .execute(tx.conn())
        .await?;
        let bell = self.bell.clone();
        tx.after_commit(move || bell.notify_one());
        Ok(())
    }

    /// The same facts as columns.
    pub fn rows(&self, facts: &[Envelope]) -> OutboxRows {
        let mut rows = OutboxRows::default();
        for fact in facts {
            debug_assert_eq!(
                fact.kind == CONTACTS.kind,
                CONTACTS.is_about(&fact.subject),
                "who leaves {} out would miss one of {}",
                fact.kind,
                fact.subject
            );
            let lane = fact.origin.lane();
            let partitions = match lane {
                Lane::Live => self.live,
                Lane::Bulk => self.bulk,
            };
            // An envelope holds strings, numbers and JSON that was written before: this cannot fail.
            let Ok(body) = serde_json::to_string(fact) else {
                continue;
            };
            rows.lanes.push(lane_name(lane).to_owned());
            rows.partitions
                .push(i32::from(partition(&fact.subject, partitions)));
            rows.tenants.push(fact.tenant.map(ids::TenantId::uuid));
            rows.kinds.push(fact.kind.clone());
            rows.bodies.push(body);
        }
        rows
    }

    /// Tells the relay of this process that there is something. Never needed for correctness: it looks every 100 ms.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Comes back when somebody called [`Outbox::wake`] since the last time.
    pub(crate) async fn woken(&self) {
        self.bell.notified().await;
    }
}
