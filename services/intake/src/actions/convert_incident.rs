//! An incident came to a group that converts outside its hours: the corrective maintenance that carries estimate, approval and
//! hours is opened and linked to it. The incident keeps number, kind and clocks (domain.md, non-critical out of hours).

use std::collections::BTreeMap;

use events::Origin;
use events::intake::{Actor, LinkKind, TicketKind, TicketState};
use events::sla_clock::ConversionDue;
use ids::{TenantId, TicketId};
use tenancy::Tx;

use super::open_ticket::{OpenTicket, new_ticket};
use super::split_ticket::{Offshoot, open_linked};
use super::{Tools, hold_tickets};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::links;

/// The kind of ticket that an incident is converted by.
const CARRIER: TicketKind = TicketKind::CorrectiveMaintenance;

/// An incident is to be converted.
#[derive(Debug)]
pub struct Conversion {
    /// Which, for which group, and since when.
    pub due: ConversionDue,
    /// W3C trace context of what brought it about.
    pub trace: Option<String>,
}

/// The maintenance as it is opened: about the same as the incident.
fn opening(incident: &Ticket) -> OpenTicket {
    OpenTicket {
        tenant: incident.tenant,
        kind: CARRIER,
        subject: incident.subject.clone(),
        description: incident.description.clone(),
        impact_internal: incident.impact_internal,
        impact_external: incident.impact_external,
        urgency: incident.urgency,
        major: false,
        category: incident.category,
        application: incident.application,
        requester: incident.requester,
        channel: None,
        attributes: BTreeMap::new(),
        direct_to_n3: false,
        idempotency_key: None,
    }
}

/// Converts them, one after the other: they are rare. Those that are not here are passed over, and so are those that are withdrawn
/// or no incidents by now, and those that have such a maintenance already, whoever opened it. One that was solved meanwhile is not:
/// it may be opened again, and is told once.
///
/// # Errors
/// What the database says.
pub async fn convert_incidents(
    tools: &Tools,
    tx: &mut Tx,
    tenant: TenantId,
    conversions: Vec<Conversion>,
) -> Result<(), Error> {
    if conversions.is_empty() {
        return Ok(());
    }
    let wanted: Vec<TicketId> = conversions.iter().map(|c| c.due.ticket).collect();
    let mut incidents = hold_tickets(tx, tenant, &wanted).await?;
    let carried = links::that_caused(tx.conn(), &wanted, CARRIER).await?;
    let provider = tools.db.tenant(tenant).await?.provider;
    for Conversion { due, trace } in conversions {
        let Some(incident) = incidents.remove(&due.ticket) else {
            tracing::warn!(ticket = %due.ticket, "conversion of a ticket that is not here");
            continue;
        };
        let withdrawn = incident.state == TicketState::Cancelled;
        let stands = incident.kind == TicketKind::Incident && !withdrawn;
        if !stands || carried.contains(&incident.id) {
            continue;
        }
        let teller = Teller {
            ids: &*tools.ids,
            tenant,
            provider,
            origin: Origin::Live,
            trace,
        };
        // It was opened when it came to that, however late that is heard of.
        let (by, at) = (Actor::System, due.at);
        let so = (incident.requester, incident.channel, incident.priority);
        let offshoot = Offshoot {
            ticket: new_ticket(tools, None, &opening(&incident), so, at),
            kind: LinkKind::CausedBy,
            group: Some(due.group),
            remembered: None,
        };
        open_linked(tools, tx, &teller, (by, at), offshoot, incident).await?;
    }
    Ok(())
}
