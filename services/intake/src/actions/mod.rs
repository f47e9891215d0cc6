//! What intake does, one file per verb: may I, load, decide, save and announce, commit.

pub mod add_note;
pub mod change_ticket_state;
pub mod classify_ticket;
pub mod convert_incident;
pub mod create_category;
pub mod follow_assignment;
pub mod follow_clock;
pub mod follow_directory;
pub mod link_tickets;
pub mod lose_service;
pub mod open_ticket;
pub mod read;
pub mod record_contact;
pub mod record_history;
pub mod record_vendor_answer;
pub mod reply_to_ticket;
pub mod restore_service;
pub mod set_priority_matrix;
pub mod set_reopening_window;
pub mod split_ticket;
pub mod unlink_tickets;

use std::collections::HashMap;

use access::Caller;
use chrono::{DateTime, Utc};
use clock::SharedClock;
use events::intake::Actor;
use events::{Envelope, Origin};
use idempotency::Key;
use ids::{GlobalId, SharedIds, TenantId, TicketId};
use messaging::{Outbox, Position};
use serde::Serialize;
use serde_json::Value;
use tenancy::{ServiceDb, TenantTx, Tx};

use crate::domain::Problem;
use crate::domain::contact::Contact;
use crate::domain::entry::Entry;
use crate::domain::sight::{Sight, actor};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::saving::{Remembered, Saving, save};
use crate::store::ticket::{find, hold};

/// Done, or what the caller can put right; or an error.
pub type Answer<T> = Result<Result<T, Vec<Problem>>, Error>;

/// What every action works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// The data.
    pub db: ServiceDb,
    /// Where facts are announced.
    pub outbox: Outbox,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
}

impl Tools {
    /// The relay of this process is told after the commit.
    pub(crate) fn wake_after(&self, tx: &mut Tx) {
        let outbox = self.outbox.clone();
        tx.after_commit(move || outbox.wake());
    }

    /// What all facts of one request have in common. Asked for before the transaction begins: reading the list of tenants
    /// anew takes one of its own.
    async fn teller(&self, asking: &Asking<'_>, tenant: TenantId) -> Result<Teller<'_>, Error> {
        Ok(Teller {
            ids: &*self.ids,
            tenant,
            provider: self.db.tenant(tenant).await?.provider,
            origin: Origin::Live,
            trace: asking.trace.clone(),
        })
    }
}

/// Who asks, in which trace.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// W3C trace context of the request.
    pub trace: Option<String>,
}

impl Asking<'_> {
    /// The caller, as facts and timelines name it.
    pub fn actor(&self) -> Actor {
        actor(self.caller)
    }

    /// The caller's key with the hash of the body it stands for, if there is one.
    fn key(
        &self,
        operation: &'static str,
        key: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Option<Key>, Error> {
        Ok(Key::of(self.caller.person, operation, key, body)?)
    }
}

/// The ids remembered for the caller's key, if there is one.
async fn remembered(tx: &mut Tx, key: Option<&Key>) -> Result<Option<Value>, Error> {
    match key {
        Some(key) => Ok(idempotency::find(tx, key).await?),
        None => Ok(None),
    }
}

/// The same, of a row that was looked up beside others.
fn remembered_in(row: Option<(Vec<u8>, Value)>, key: Option<&Key>) -> Result<Option<Value>, Error> {
    match key.zip(row) {
        Some((key, (hash, ids))) => Ok(Some(key.answer(&hash, ids)?)),
        None => Ok(None),
    }
}

/// Does it once more if another request with the same key came first: then its answer is there to be read.
async fn once_more<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    match attempt().await {
        Err(Error::Raced) => attempt().await,
        done => done,
    }
}

/// Holds all these tickets at once, in the order in which everybody holds tickets: who holds some of them after others may wait for
/// somebody who waits for it. Those that are not here are left out.
///
/// # Errors
/// What the database says.
pub async fn hold_tickets(
    tx: &mut Tx,
    tenant: TenantId,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Ticket>, Error> {
    if tickets.is_empty() {
        return Ok(HashMap::new());
    }
    let held = hold(tx.conn(), tenant, tickets).await?;
    Ok(held.into_iter().map(|t| (t.id, t)).collect())
}

/// Where a reader must stand to see what was done to a ticket.
pub fn position(ticket: &Ticket) -> Position {
    Position {
        tenant: ticket.tenant,
        source: "intake".to_owned(),
        subject: ticket.id.to_string(),
        sequence: ticket.version,
    }
}

/// A ticket held for a change, by somebody who sees it.
struct Held<'a> {
    tools: &'a Tools,
    tx: TenantTx,
    ticket: Ticket,
    actor: Actor,
    now: DateTime<Utc>,
    teller: Teller<'a>,
    key: Option<Key>,
}

/// What holding came to.
enum Holding<'a> {
    /// The caller's key was used for the same before.
    Repeat(Box<Ticket>),
    /// Ready to be changed.
    Held(Box<Held<'a>>),
}

/// What a change made.
#[derive(Default)]
struct Made {
    entries: Vec<Entry>,
    contacts: Vec<Contact>,
    facts: Vec<Envelope>,
}

/// Begins, sees whether the caller may see the ticket, and holds it. The permission for the verb itself is checked before.
async fn hold_ticket<'a>(
    tools: &'a Tools,
    asking: &Asking<'_>,
    id: GlobalId<TicketId>,
    key: Option<Key>,
) -> Result<Holding<'a>, Error> {
    let sight = Sight::of(asking.caller, id.tenant)?;
    let teller = tools.teller(asking, id.tenant).await?;
    let mut tx = tools.db.by_keys().begin(id.tenant).await?;
    // First the ticket, then the key: who waited here for another request with this key sees what it remembered.
    let ticket = hold(tx.conn(), id.tenant, &[id.id]).await?.pop();
    let Some(ticket) = ticket.filter(|t| sight.shows(t)) else {
        tx.rollback().await?;
        return Err(Error::NotFound("ticket"));
    };
    if remembered(&mut tx, key.as_ref()).await?.is_some() {
        tx.commit().await?;
        return Ok(Holding::Repeat(Box::new(ticket)));
    }
    Ok(Holding::Held(Box::new(Held {
        tools,
        tx,
        ticket,
        actor: asking.actor(),
        now: tools.clock.now(),
        teller,
        key,
    })))
}

impl Held<'_> {
    /// Gives up: nothing is written.
    async fn refuse<T>(self, problems: Vec<Problem>) -> Answer<T> {
        self.tx.rollback().await?;
        Ok(Err(problems))
    }

    /// Writes what was made and commits.
    async fn finish(self, made: Made) -> Result<Ticket, Error> {
        let Self {
            tools,
            mut tx,
            ticket,
            now,
            key,
            ..
        } = self;
        let remembered = key.map(|key| Remembered {
            key,
            result: serde_json::json!({ "ticket": ticket.id }),
            at: now,
        });
        let saving = Saving {
            tickets: std::slice::from_ref(&ticket),
            renamed: false,
            entries: &made.entries,
            contacts: &made.contacts,
            remembered: remembered.as_ref(),
            outbox: tools.outbox.rows(&made.facts),
        };
        save(tx.conn(), saving).await?;
        tools.wake_after(&mut tx);
        tx.commit().await?;
        Ok(ticket)
    }
}

/// Reads a ticket again, for an answer that was given before.
async fn read_again(tx: &mut Tx, tenant: TenantId, ticket: TicketId) -> Result<Ticket, Error> {
    find(tx.conn(), tenant, &[ticket])
        .await?
        .pop()
        .ok_or(Error::NotFound("ticket"))
}
