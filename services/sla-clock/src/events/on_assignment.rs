//! `assignment.changed`: who holds a ticket.

use events::Envelope;
use events::routing::AssignmentChanged;
use messaging::HandleError;

use crate::actions::follow_tickets::News;
use crate::domain::happened::Held;

/// Adds the holder that the fact tells.
pub fn read(index: usize, fact: &Envelope, held: &mut Vec<News<Held>>) -> Result<(), HandleError> {
    if !fact.is::<AssignmentChanged>() {
        return Ok(());
    }
    let changed: AssignmentChanged = fact
        .read()
        .map_err(|error| HandleError::never(index, error))?;
    held.push(News {
        ticket: changed.ticket,
        happened: Held {
            sequence: fact.sequence,
            at: fact.time,
            group: changed.to.group,
            line: changed.to.line,
            origin: fact.origin,
            // Known when it is put down.
            late: 0,
        },
        trace: fact.traceparent.clone(),
    });
    Ok(())
}
