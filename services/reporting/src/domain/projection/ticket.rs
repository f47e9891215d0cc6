//! Tickets: openings, moves, rows of history, and what else carries a snapshot.

use events::intake::{
    Actor, TicketClassified, TicketOpened, TicketRecorded, TicketReplied, TicketSnapshot,
    TicketStateChanged,
};
use events::{Envelope, Fact, ReadError, Word as _};
use ids::{ContactId, PersonId};
use serde::Deserialize;
use uuid::Uuid;

use super::{ContactRow, Projection};
use crate::domain::history::Step;

/// A ticket as a batch of facts knows it. The default is "heard of through others".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TicketRow {
    /// Intake's version; 0 if the batch holds no snapshot of it.
    pub version: i64,
    /// Its kind.
    pub kind: Option<&'static str>,
    /// Its priority.
    pub priority: Option<&'static str>,
    /// Application: its id, or the name in an imported history.
    pub application: Option<String>,
    /// Through what it came.
    pub channel: Option<&'static str>,
    /// A major incident.
    pub major: bool,
    /// The tool that its history came from.
    pub tool: Option<String>,
    /// The contact that opened it; told by its opening alone.
    pub opening_contact: Option<Uuid>,
    /// Straight to N3; told by its opening alone.
    pub direct_to_n3: bool,
}

/// Attribute of an imported row that names the application or product.
const APPLICATION: &str = "application";
/// Attribute of an imported row that says how a resolution came about.
const RESOLUTION: &str = "resolution";
/// Its value for "within the call that opened the case".
const IN_CALL: &str = "in_call";

#[derive(Deserialize)]
struct Carrying {
    ticket: TicketSnapshot,
}

pub(super) fn add(into: &mut Projection, fact: &Envelope) -> Result<(), ReadError> {
    match fact.kind.as_str() {
        TicketRecorded::TYPE => {
            let recorded: TicketRecorded = fact.data_as()?;
            let ticket = recorded.ticket.ticket.uuid();
            let row = know(into, &recorded.ticket);
            row.application = row
                .application
                .take()
                .or_else(|| recorded.attributes.get(APPLICATION).cloned());
            row.tool = Some(recorded.tool);
            let holder = recorded.holder;
            into.steps.push((
                ticket,
                Step {
                    status: Some(recorded.status),
                    sub_status: Some(recorded.sub_status),
                    in_call: recorded
                        .attributes
                        .get(RESOLUTION)
                        .is_some_and(|r| r == IN_CALL),
                    line: holder.as_ref().map(|h| h.line),
                    owner: holder.as_ref().and_then(|h| h.owner).map(PersonId::uuid),
                    group: holder.map(|h| h.group),
                    irregular: recorded.irregular,
                    ..told(fact, &recorded.ticket)
                },
            ));
            into.touch(ticket);
        }
        TicketOpened::TYPE => {
            let opened: TicketOpened = fact.data_as()?;
            let row = know(into, &opened.ticket);
            row.opening_contact = opened.contact.map(ContactId::uuid);
            row.direct_to_n3 = opened.direct_to_n3;
            let step = told(fact, &opened.ticket);
            into.steps.push((opened.ticket.ticket.uuid(), step));
            into.touch(opened.ticket.ticket.uuid());
        }
        TicketStateChanged::TYPE => {
            let changed: TicketStateChanged = fact.data_as()?;
            know(into, &changed.ticket);
            let step = told(fact, &changed.ticket);
            into.steps.push((changed.ticket.ticket.uuid(), step));
            into.touch(changed.ticket.ticket.uuid());
        }
        TicketReplied::TYPE => {
            let replied: TicketReplied = fact.data_as()?;
            know(into, &replied.ticket);
            // A reply that came through a contact is told by that contact; one through the portal is a touch itself.
            if replied.contact.is_none() && matches!(replied.by, Actor::Requester { .. }) {
                let contact = ContactRow {
                    ticket: Some(replied.ticket.ticket.uuid()),
                    at: fact.time,
                    direction: "inbound".to_owned(),
                    channel: "portal",
                    outcome: "message_left".to_owned(),
                    agent: None,
                    answered_at: None,
                    ended_at: None,
                };
                into.contacts.insert(replied.entry.uuid(), contact);
                into.touch(replied.ticket.ticket.uuid());
            }
        }
        TicketClassified::TYPE => {
            let classified: TicketClassified = fact.data_as()?;
            know(into, &classified.ticket);
            into.touch(classified.ticket.ticket.uuid());
        }
        other if other.starts_with("ticket.") => {
            let carrying: Carrying = fact.data_as()?;
            know(into, &carrying.ticket);
        }
        _ => {}
    }
    Ok(())
}

/// Takes a snapshot in, if it is newer than the one that is known.
fn know<'a>(into: &'a mut Projection, snapshot: &TicketSnapshot) -> &'a mut TicketRow {
    let row = into.tickets.entry(snapshot.ticket.uuid()).or_default();
    if snapshot.version > row.version {
        row.version = snapshot.version;
        row.kind = Some(snapshot.kind.word());
        row.priority = Some(snapshot.priority.word());
        let known = row.application.take().filter(|_| row.tool.is_some());
        row.application = snapshot.application.map(|a| a.to_string()).or(known);
        row.channel = Some(snapshot.channel.word());
        row.major = snapshot.major;
    }
    row
}

/// The event of a move: it tells the state and nothing of the holder.
fn told(fact: &Envelope, snapshot: &TicketSnapshot) -> Step {
    Step {
        source: fact.source.clone(),
        seq: fact.sequence,
        at: fact.time,
        state: Some(snapshot.state),
        status: None,
        sub_status: None,
        in_call: false,
        group: None,
        line: None,
        owner: None::<Uuid>,
        irregular: false,
    }
}
