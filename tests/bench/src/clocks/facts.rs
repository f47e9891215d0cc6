//! Intake, as far as clocks hear of it: facts that travel by an outbox and its relay over the broker.

use chrono::{DateTime, Utc};
use clock::SharedClock;
use events::intake::{
    Actor, Channel, Degree, Priority, TicketKind, TicketOpened, TicketReplied, TicketSnapshot,
    TicketState, TicketStateChanged,
};
use events::{Envelope, Fact, Meta, Origin};
use ids::{EntryId, EventId, IdGen, PersonId, ProviderId, SharedIds, TenantId, TicketId};
use messaging::{Bus, Outbox, Runner};
use tenancy::{Schema, ServiceDb};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, bus};

/// A database with an outbox. It bears the name of the one service that hears no facts, so that nothing is taken in.
static TELLER: Schema = Schema {
    service: "directory",
    platform: &[],
    tenant: &[],
    tenant_squashed: None,
    provider: &[],
};

/// Whose, and who serves it.
pub type Whose = (TenantId, ProviderId);

/// A ticket that is opened at that instant.
pub fn ticket(ticket: TicketId, at: DateTime<Utc>) -> TicketSnapshot {
    TicketSnapshot {
        ticket,
        version: 1,
        number: "INC-000001".to_owned(),
        kind: TicketKind::Incident,
        major: false,
        service: None,
        state: TicketState::Open,
        priority: Priority::Medium,
        impact_internal: Degree::Low,
        impact_external: Degree::None,
        urgency: Degree::Medium,
        category: None,
        application: None,
        vendor: None,
        requester: None,
        channel: Channel::Portal,
        opened_at: at,
        state_since: at,
    }
}

fn envelope<F: Fact>(
    ids: &dyn IdGen,
    (tenant, provider): Whose,
    ticket: &TicketSnapshot,
    at: DateTime<Utc>,
    fact: &F,
) -> anyhow::Result<Envelope> {
    let meta = Meta {
        id: EventId::new(ids),
        subject: ticket.ticket.to_string(),
        time: at,
        tenant: Some(tenant),
        provider: Some(provider),
        sequence: ticket.version,
        origin: Origin::Live,
        traceparent: None,
    };
    Ok(Envelope::of(meta, fact)?)
}

/// It was opened.
pub fn opened(ids: &dyn IdGen, whose: Whose, ticket: &TicketSnapshot) -> anyhow::Result<Envelope> {
    let fact = TicketOpened {
        ticket: ticket.clone(),
        by: Actor::System,
        contact: None,
        direct_to_n3: false,
        group: None,
    };
    envelope(ids, whose, ticket, ticket.opened_at, &fact)
}

/// It moves on to another state.
pub fn moved(
    ids: &dyn IdGen,
    whose: Whose,
    ticket: &mut TicketSnapshot,
    to: TicketState,
    at: DateTime<Utc>,
) -> anyhow::Result<Envelope> {
    let from = std::mem::replace(&mut ticket.state, to);
    ticket.version += 1;
    ticket.state_since = at;
    let fact = TicketStateChanged {
        ticket: ticket.clone(),
        from,
        by: Actor::System,
    };
    envelope(ids, whose, ticket, at, &fact)
}

/// The staff answers.
pub fn replied(
    ids: &dyn IdGen,
    whose: Whose,
    ticket: &mut TicketSnapshot,
    at: DateTime<Utc>,
) -> anyhow::Result<Envelope> {
    ticket.version += 1;
    let fact = TicketReplied {
        ticket: ticket.clone(),
        entry: EntryId::new(ids),
        by: Actor::Staff {
            person: PersonId::new(ids),
        },
        automatic: false,
        contact: None,
    };
    envelope(ids, whose, ticket, at, &fact)
}

/// Tells facts as intake does.
pub struct Teller {
    db: ServiceDb,
    outbox: Outbox,
    pub ids: SharedIds,
    pub clock: SharedClock,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Teller {
    /// An outbox and its relay, on the same broker.
    pub async fn start(desk: &Desk) -> anyhow::Result<Self> {
        let settings = desk.suite.db_settings();
        tenancy::migrate(&settings, &TELLER, |_| {}).await?;
        let db = ServiceDb::connect(settings, &TELLER, desk.clock.clone()).await?;
        let settings = bus(&desk.suite);
        let outbox = Outbox::new(settings.live, settings.bulk);
        let stop = CancellationToken::new();
        let runner = Runner {
            db: db.clone(),
            bus: Bus::connect(settings, TELLER.service).await?,
            outbox: outbox.clone(),
            clock: desk.clock.clone(),
            ids: desk.ids.clone(),
            facts: None,
            commands: None,
        };
        let running = runner.run(stop.clone());
        Ok(Self {
            db,
            outbox,
            ids: desk.ids.clone(),
            clock: desk.clock.clone(),
            stop,
            running,
        })
    }

    /// Tells them all at once.
    pub async fn tell(&self, facts: &[Envelope]) -> anyhow::Result<()> {
        let mut tx = self.db.begin_platform().await?;
        self.outbox.announce(&mut tx, facts).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the relay.
    pub async fn end(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.await?;
        Ok(())
    }
}
