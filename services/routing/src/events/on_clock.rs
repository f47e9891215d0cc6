//! `clock.changed`, `clock.warned`, `clock.breached`: due instants and missed targets. When people may be told of them
//! (`clock.notice_due`), and which incidents are to be converted (`conversion.due`), moves nothing here.

use events::Envelope;
use events::sla_clock::{AgreementKind, ClockBreached, ClockChanged, ClockSnapshot, ClockWarned};
use ids::TenantId;
use messaging::HandleError;
use serde::Deserialize;

use super::{tenant_of, unreadable};
use events::Fact as _;

#[derive(Deserialize)]
struct OfClock {
    clock: ClockSnapshot,
}

/// Adds the clock that the fact is about, if it is one of the client's agreement: the worklist is in the order of what
/// the client was promised.
pub fn read(
    index: usize,
    fact: &Envelope,
    told: &mut Vec<(TenantId, ClockSnapshot)>,
) -> Result<(), HandleError> {
    if [ClockChanged::TYPE, ClockWarned::TYPE, ClockBreached::TYPE].contains(&fact.kind.as_str()) {
        let of: OfClock = fact.data_as().map_err(unreadable(index))?;
        if of.clock.agreement_kind == AgreementKind::Sla {
            told.push((tenant_of(index, fact)?, of.clock));
        }
    }
    Ok(())
}
