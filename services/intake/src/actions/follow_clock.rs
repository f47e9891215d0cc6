//! A clock warned or ran out: the timeline says so. No fact follows, and the version stays.

use chrono::{DateTime, Utc};
use events::intake::Actor;
use events::sla_clock::{AgreementKind, ClockSnapshot};
use ids::{EntryId, TenantId, TicketId};
use tenancy::Tx;

use super::{Tools, hold_tickets};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::saving::{Saving, save};

/// A clock warned or ran out.
#[derive(Debug)]
pub struct Alarm {
    /// When.
    pub at: DateTime<Utc>,
    /// The clock.
    pub clock: ClockSnapshot,
    /// How much of the time was used when it warned, percent; none if it ran out.
    pub percent: Option<i16>,
}

/// Writes the alarms into the timelines, in order. Those of tickets that are not here are passed over.
///
/// # Errors
/// What the database says.
pub async fn follow_clock(
    tools: &Tools,
    tx: &mut Tx,
    tenant: TenantId,
    alarms: Vec<Alarm>,
) -> Result<(), Error> {
    if alarms.is_empty() {
        return Ok(());
    }
    let wanted: Vec<TicketId> = alarms.iter().map(|a| a.clock.ticket).collect();
    let mut tickets = hold_tickets(tx, tenant, &wanted).await?;
    let mut entries = Vec::new();
    for alarm in alarms {
        let Some(ticket) = tickets.get_mut(&alarm.clock.ticket) else {
            tracing::warn!(ticket = %alarm.clock.ticket, "clock of a ticket that is not here");
            continue;
        };
        let kind = if alarm.percent.is_some() {
            EntryKind::ClockWarned
        } else {
            EntryKind::ClockBreached
        };
        let entry = ticket
            .entry(EntryId::new(&*tools.ids), kind, Actor::System, alarm.at)
            .with(Detail {
                target: Some(alarm.clock.target),
                target_code: alarm.clock.target_code.clone(),
                percent: alarm.percent,
                ..Detail::default()
            });
        // A warning is for those who can still act, and what the provider agreed with its groups and vendors is its own;
        // a missed target of the client's agreement is the client's to know as well.
        let clients = alarm.clock.agreement_kind == AgreementKind::Sla;
        entries.push(if clients && alarm.percent.is_none() {
            entry
        } else {
            entry.internal()
        });
    }
    let tickets: Vec<Ticket> = tickets.into_values().collect();
    let saving = Saving {
        tickets: &tickets,
        entries: &entries,
        ..Saving::default()
    };
    save(tx.conn(), saving).await?;
    Ok(())
}
