//! `person.registered`, `person.changed`: where people work, and who is a VIP.

use events::Envelope;
use events::Fact as _;
use events::directory::{PersonChanged, PersonRegistered, PersonSnapshot};
use messaging::HandleError;
use serde::Deserialize;

use crate::actions::follow_people::Works;

#[derive(Deserialize)]
struct OfPerson {
    person: PersonSnapshot,
}

/// Adds where the person works, and whether it is a VIP.
pub fn read(index: usize, fact: &Envelope, people: &mut Vec<Works>) -> Result<(), HandleError> {
    if ![PersonRegistered::TYPE, PersonChanged::TYPE].contains(&fact.kind.as_str()) {
        return Ok(());
    }
    let of: OfPerson = fact
        .data_as()
        .map_err(|error| HandleError::never(index, error))?;
    people.push(Works {
        person: of.person.person,
        sequence: fact.sequence,
        at: fact.time,
        country: of.person.country.map(|c| c.to_uppercase()),
        site: of.person.site,
        vip: of.person.vip,
    });
    Ok(())
}
