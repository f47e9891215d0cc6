//! `ticket.*`: opened is routed, recorded is put down as it was, everything else brings the row up to date.

use events::Envelope;
use events::Fact as _;
use events::intake::{RecordedHolder, TicketOpened, TicketRecorded, TicketSnapshot};
use ids::GroupId;
use messaging::HandleError;
use serde::Deserialize;

use super::{tenant_of, unreadable};
use crate::domain::follow::{News, Seen};

/// What every fact about a ticket has, the holder that recorded ones have, and the group that an opening may name.
#[derive(Deserialize)]
struct OfTicket {
    ticket: TicketSnapshot,
    #[serde(default)]
    holder: Option<RecordedHolder>,
    #[serde(default)]
    group: Option<GroupId>,
}

/// Adds what the fact says, with the trace it belongs to. `contact.recorded` says nothing here.
pub fn read(
    index: usize,
    fact: &Envelope,
    seen: &mut Vec<(Seen, Option<String>)>,
) -> Result<(), HandleError> {
    if !fact.kind.starts_with("ticket.") {
        return Ok(());
    }
    let of: OfTicket = fact.data_as().map_err(unreadable(index))?;
    let news = match fact.kind.as_str() {
        TicketOpened::TYPE => News::Opened(of.group),
        TicketRecorded::TYPE => News::Recorded(of.holder),
        _ => News::Changed,
    };
    let one = Seen {
        tenant: tenant_of(index, fact)?,
        at: fact.time,
        ticket: of.ticket,
        news,
    };
    seen.push((one, fact.traceparent.clone()));
    Ok(())
}
