//! Moves a ticket to another state: the provider's staff as the work goes, the requester to confirm, withdraw or reopen
//! the own one. Whoever lets it wait for a vendor may say for which, and later for another.

use events::intake::{TicketClassified, TicketState, TicketStateChanged};
use ids::{EntryId, GlobalId, TicketId, VendorId};
use serde::Serialize;

use super::{Answer, Asking, Held, Holding, Made, Tools, hold_ticket};
use crate::domain::Problem;
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::moves::Mover;
use crate::domain::problem::at_most;
use crate::domain::sight::{Sight, mover};
use crate::domain::ticket::{BODY_MAX, Moved, Ticket};
use crate::error::Error;
use crate::store::{known, reopening};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeTicketState {
    /// Which ticket.
    pub ticket: GlobalId<TicketId>,
    /// Where to.
    pub to: TicketState,
    /// For which vendor it waits there. Who says none asks for the same as before anybody could say one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<VendorId>,
    /// Why, in words that everybody who sees the ticket may read.
    pub reason: Option<String>,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Moves it. A ticket that stands there already is answered as it is.
pub async fn change_ticket_state(
    tools: &Tools,
    asking: &Asking<'_>,
    input: ChangeTicketState,
) -> Answer<Ticket> {
    // As what the caller moves depends on the ticket; that the caller sees it at all is checked here.
    Sight::of(asking.caller, input.ticket.tenant)?;
    let mut problems = Vec::new();
    at_most(
        "reason",
        input.reason.as_deref().unwrap_or_default(),
        BODY_MAX,
        &mut problems,
    );
    if input.vendor.is_some() && input.to != TicketState::WaitingForVendor {
        problems.push(Problem::of(
            "vendor",
            "VENDOR_NOT_AWAITED",
            "Solo un ticket a la espera de proveedor lleva proveedor",
        ));
    }
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let key = asking.key(
        "changeTicketState",
        input.idempotency_key.as_deref(),
        &input,
    )?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    let mover = mover(asking.caller, &held.ticket)?;
    if let Some(stale) = held.ticket.stale(input.expected_version) {
        return held.refuse(vec![stale]).await;
    }
    if let Some(problem) = judge_vendor(&mut held, input.vendor).await? {
        return held.refuse(vec![problem]).await;
    }
    if input.to == TicketState::Reopened
        && let Some(problem) = judge_reopening(&mut held, mover).await?
    {
        return held.refuse(vec![problem]).await;
    }
    let now = held.now;
    let from = match held.ticket.change_state(input.to, mover, now) {
        Moved::Yes(from) => from,
        Moved::AlreadySo => return wait_for(tools, *held, mover, input).await,
        Moved::No(problem) => return held.refuse(vec![problem]).await,
    };
    held.ticket.vendor = input.vendor;

    let by = held.actor;
    let ticket = &mut held.ticket;
    let at = ticket.state_since;
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::StateChanged, by, at)
        .saying(input.reason.filter(|r| !r.trim().is_empty()))
        .with(Detail {
            from: Some(from),
            to: Some(input.to),
            vendor: input.vendor,
            ..Detail::default()
        });
    let changed = TicketStateChanged {
        ticket: ticket.snapshot(),
        from,
        by,
    };
    let made = Made {
        facts: vec![held.teller.ticket(ticket, at, &changed)?],
        entries: vec![entry],
        ..Made::default()
    };
    held.finish(made).await.map(Ok)
}

/// What is wrong with the vendor that was named. One that is waited for already is no question any more.
async fn judge_vendor(
    held: &mut Held<'_>,
    named: Option<VendorId>,
) -> Result<Option<Problem>, Error> {
    let Some(vendor) = named.filter(|v| Some(*v) != held.ticket.vendor) else {
        return Ok(None);
    };
    Ok(match known::vendor(held.tx.conn(), vendor).await? {
        Some(true) => None,
        Some(false) => Some(Problem::of(
            "vendor",
            "VENDOR_RETIRED",
            "El proveedor está retirado: ya no se espera por él",
        )),
        None => Some(Problem::of(
            "vendor",
            "VENDOR_UNKNOWN",
            "No se conoce a ese proveedor en este cliente",
        )),
    })
}

/// Whether who asked for it comes too late to have it reopened. Where that cannot be, the tenant's window is not read: staff are
/// not bound by it, and of what is not solved the state machine says so itself.
async fn judge_reopening(held: &mut Held<'_>, mover: Mover) -> Result<Option<Problem>, Error> {
    if mover != Mover::Requester || held.ticket.solved_since().is_none() {
        return Ok(None);
    }
    let window = reopening::window(held.tx.conn()).await?;
    Ok(held.ticket.too_late(window, held.now))
}

/// Of a ticket that stands there already: it may wait for another vendor. Its state goes on, so what is told is how it is
/// classified.
async fn wait_for(
    tools: &Tools,
    mut held: Held<'_>,
    mover: Mover,
    input: ChangeTicketState,
) -> Answer<Ticket> {
    let another = input.vendor.filter(|v| Some(*v) != held.ticket.vendor);
    let Some(vendor) = another else {
        return held.finish(Made::default()).await.map(Ok);
    };
    if mover != Mover::Staff {
        let problem = Problem::of(
            "vendor",
            "MOVE_NOT_YOURS",
            "Decir a qué proveedor se espera no le corresponde a usted",
        );
        return held.refuse(vec![problem]).await;
    }
    let (by, now) = (held.actor, held.now);
    let ticket = &mut held.ticket;
    ticket.wait_for(vendor);
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::Classified, by, now)
        .saying(input.reason.filter(|r| !r.trim().is_empty()))
        .with(Detail {
            vendor: Some(vendor),
            ..Detail::default()
        });
    let classified = TicketClassified {
        ticket: ticket.snapshot(),
        by,
    };
    let made = Made {
        facts: vec![held.teller.ticket(ticket, now, &classified)?],
        entries: vec![entry],
        ..Made::default()
    };
    held.finish(made).await.map(Ok)
}
