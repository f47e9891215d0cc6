//! A service named `desk`, with nothing but what every schema begins with, and a clock that stands still.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use clock::{Clock as _, ManualClock};
use idempotency::{Error, Key};
use ids::{PersonId, ProviderId, SharedIds, TenantId, TicketId};
use sqlx::{Connection as _, PgConnection};
use tenancy::{NewTenant, Schema, ServiceDb};
use testkit::Suite;

pub static DESK: Schema = Schema {
    service: "desk",
    platform: &[],
    tenant: &[],
    tenant_squashed: None,
    provider: &[],
};

pub struct World {
    pub suite: Suite,
    pub db: ServiceDb,
    pub clock: Arc<ManualClock>,
    pub ids: SharedIds,
    pub provider: ProviderId,
    pub ana: PersonId,
}

impl World {
    pub async fn start(name: &str) -> Self {
        let suite = Suite::start(name).await;
        tenancy::migrate(&suite.db_settings(), &DESK, |_| {})
            .await
            .unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-23T14:00:00Z".parse().unwrap()));
        let db = ServiceDb::connect(suite.db_settings(), &DESK, clock.clone())
            .await
            .unwrap();
        let ids = ids::system(clock::system());
        let provider = ProviderId::new(&*ids);
        db.provision_provider(provider, "mesa", "Mesa")
            .await
            .unwrap();
        Self {
            suite,
            db,
            clock,
            provider,
            ana: PersonId::new(&*ids),
            ids,
        }
    }

    pub async fn tenant(&self, slug: &str) -> TenantId {
        let new = NewTenant {
            id: TenantId::new(&*self.ids),
            provider: self.provider,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
        };
        self.db.provision_tenant(&new).await.unwrap();
        new.id
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub fn later(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Ana's key for opening a ticket with this subject.
    pub fn key(&self, text: &str, subject: &str) -> Key {
        key(self.ana, "openTicket", text, subject)
    }

    /// The ticket that is opened under the key, or was.
    pub async fn open(&self, tenant: TenantId, key: &Key) -> Result<TicketId, Error> {
        let id = TicketId::new(&*self.ids);
        let mut tx = self.db.begin(tenant).await?;
        let before = idempotency::remember(&mut tx, Some(key), &id, self.now()).await?;
        tx.commit().await?;
        Ok(before.unwrap_or(id))
    }

    /// A connection of the owner, for breaking things.
    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.suite.database_url("desk"))
            .await
            .unwrap()
    }

    pub async fn end(self) {
        self.suite.finish().await;
    }
}

pub fn key(person: PersonId, operation: &'static str, text: &str, subject: &str) -> Key {
    Key::of(person, operation, Some(text), &subject)
        .unwrap()
        .unwrap()
}
