//! `ticket.linked`: by which other ticket a ticket's clocks go from then on, or no longer.

use events::Envelope;
use events::intake::{LinkKind, TicketLinked};
use messaging::HandleError;

use crate::actions::follow_tickets::{Linked, News};
use crate::domain::relations::Bond;

/// Adds the link that the fact tells, if clocks go by such links.
pub fn read(
    index: usize,
    fact: &Envelope,
    links: &mut Vec<News<Linked>>,
) -> Result<(), HandleError> {
    if !fact.is::<TicketLinked>() {
        return Ok(());
    }
    let linked: TicketLinked = fact
        .read()
        .map_err(|error| HandleError::never(index, error))?;
    let bond = match linked.kind {
        LinkKind::DuplicateOf => Bond::DuplicateOf,
        LinkKind::SplitFrom => Bond::SplitFrom,
        LinkKind::Parent => Bond::Parent,
        LinkKind::CausedBy | LinkKind::Related => return Ok(()),
    };
    links.push(News {
        ticket: linked.ticket.ticket,
        happened: Linked {
            link: linked.link,
            bond,
            other: linked.other,
            told: (fact.time, linked.ticket.version),
            removed: linked.removed,
            origin: fact.origin,
        },
        trace: fact.traceparent.clone(),
    });
    Ok(())
}
