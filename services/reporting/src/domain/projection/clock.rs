//! Clocks: each fact carries the clock as it is after it; the last one counts.

use events::sla_clock::ClockSnapshot;
use events::{Envelope, ReadError};
use serde::Deserialize;

use super::Projection;

#[derive(Deserialize)]
struct Carrying {
    clock: ClockSnapshot,
}

pub(super) fn add(into: &mut Projection, fact: &Envelope) -> Result<(), ReadError> {
    if !fact.kind.starts_with("clock.") {
        return Ok(());
    }
    let carrying: Carrying = fact.data_as()?;
    let known = into
        .clocks
        .entry(carrying.clock.clock.uuid())
        .or_insert_with(|| (fact.sequence, carrying.clock.clone()));
    if fact.sequence > known.0 {
        *known = (fact.sequence, carrying.clock);
    }
    Ok(())
}
