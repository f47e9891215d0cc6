//! A clock warned or ran out, or an incident is to be converted.

use events::Envelope;
use events::sla_clock::{ClockBreached, ClockWarned, ConversionDue};
use ids::TenantId;
use messaging::HandleError;
use tenancy::Tx;

use crate::actions::Tools;
use crate::actions::convert_incident::{Conversion, convert_incidents};
use crate::actions::follow_clock::{Alarm, follow_clock};

/// Reads the alarms and conversions of a batch, in order.
pub async fn handle(
    tools: &Tools,
    tx: &mut Tx,
    tenant: TenantId,
    facts: &[(usize, &Envelope)],
) -> Result<(), HandleError> {
    let (mut alarms, mut conversions) = (Vec::new(), Vec::new());
    for (i, fact) in facts {
        let never = |e| HandleError::never(*i, e);
        if fact.is::<ClockWarned>() {
            let warned: ClockWarned = fact.read().map_err(never)?;
            alarms.push(Alarm {
                at: fact.time,
                clock: warned.clock,
                percent: Some(warned.percent),
            });
        } else if fact.is::<ClockBreached>() {
            let breached: ClockBreached = fact.read().map_err(never)?;
            alarms.push(Alarm {
                at: fact.time,
                clock: breached.clock,
                percent: None,
            });
        } else if fact.is::<ConversionDue>() {
            conversions.push(Conversion {
                due: fact.read().map_err(never)?,
                trace: fact.traceparent.clone(),
            });
        }
    }
    follow_clock(tools, tx, tenant, alarms).await?;
    convert_incidents(tools, tx, tenant, conversions).await?;
    Ok(())
}
