//! `ticket.*`: what clocks care for.

use events::Envelope;
use events::Fact as _;
use events::intake::{
    Actor, RecordedHolder, Service, TicketClassified, TicketOpened, TicketRecorded, TicketReplied,
    TicketServiceChanged, TicketSnapshot, TicketStateChanged, TicketVendorAnswered,
};
use messaging::HandleError;
use serde::Deserialize;

use crate::actions::follow_tickets::News;
use crate::domain::happened::{Happened, Related, What};

/// What every fact about a ticket has, and what tells a reply of a person from others.
#[derive(Deserialize)]
struct OfTicket {
    ticket: TicketSnapshot,
    #[serde(default)]
    by: Option<Actor>,
    #[serde(default)]
    automatic: bool,
    #[serde(default)]
    holder: Option<RecordedHolder>,
}

/// Adds what the fact says, if it says anything here. Notes and contacts do not; links are another matter ([`super::on_link`]).
pub fn read(index: usize, fact: &Envelope, news: &mut Vec<News>) -> Result<(), HandleError> {
    let what = match fact.kind.as_str() {
        TicketOpened::TYPE => What::Opened,
        TicketStateChanged::TYPE | TicketClassified::TYPE => What::Changed,
        // Which of the two: see below.
        TicketServiceChanged::TYPE => What::Restored,
        TicketReplied::TYPE => What::Answered,
        // Whoever of the provider wrote it down: it is the vendor's word.
        TicketVendorAnswered::TYPE => What::VendorAnswered,
        TicketRecorded::TYPE => What::Recorded,
        _ => return Ok(()),
    };
    let of: OfTicket = fact
        .data_as()
        .map_err(|error| HandleError::never(index, error))?;
    if what == What::Answered && (of.automatic || !matches!(of.by, Some(Actor::Staff { .. }))) {
        return Ok(());
    }
    let ticket = of.ticket;
    let what = match (what, ticket.service) {
        (What::Restored, Some(Service::Lost { .. })) => What::Lost,
        (What::Restored, None) => What::Changed,
        (what, _) => what,
    };
    news.push(News {
        ticket: ticket.ticket,
        happened: Happened {
            version: ticket.version,
            at: fact.time,
            what,
            kind: ticket.kind,
            state: ticket.state,
            priority: ticket.priority,
            application: ticket.application,
            vendor: ticket.vendor,
            category: ticket.category,
            major: ticket.major,
            service: ticket.service,
            group: None,
            line: of.holder.map(|h| h.line),
            requester: ticket.requester,
            country: None,
            site: None,
            vip: false,
            origin: fact.origin,
            // Known when it is put down.
            late: 0,
            related: Related::default(),
        },
        trace: fact.traceparent.clone(),
    });
    Ok(())
}
