//! Holders: a move between holders is an event of the ticket that tells nothing of its state.

use events::routing::AssignmentChanged;
use events::{Envelope, ReadError};
use ids::PersonId;

use super::Projection;
use crate::domain::history::Step;

pub(super) fn add(into: &mut Projection, fact: &Envelope) -> Result<(), ReadError> {
    if !fact.is::<AssignmentChanged>() {
        return Ok(());
    }
    let changed: AssignmentChanged = fact.data_as()?;
    let ticket = changed.ticket.uuid();
    into.steps.push((
        ticket,
        Step {
            source: fact.source.clone(),
            seq: fact.sequence,
            at: fact.time,
            state: None,
            status: None,
            sub_status: None,
            in_call: false,
            group: Some(changed.to.group_name),
            line: Some(changed.to.line),
            owner: changed.to.person.map(PersonId::uuid),
            irregular: false,
        },
    ));
    into.touch(ticket);
    Ok(())
}
