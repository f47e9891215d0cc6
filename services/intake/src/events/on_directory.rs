//! People, applications and vendors, copied as ids: to judge what a caller names without asking directory.

use std::collections::HashMap;

use events::Envelope;
use events::directory::{
    ApplicationChanged, ApplicationRegistered, ApplicationSnapshot, PersonChanged,
    PersonRegistered, PersonSnapshot, VendorChanged, VendorRegistered, VendorSnapshot,
};
use ids::{ApplicationId, PersonId, VendorId};
use messaging::HandleError;
use tenancy::Tx;

use crate::actions::follow_directory::follow_directory;

/// Takes over the last state of each person, application and vendor of the batch.
pub async fn handle(tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
    let mut people: HashMap<PersonId, PersonSnapshot> = HashMap::new();
    let mut applications: HashMap<ApplicationId, ApplicationSnapshot> = HashMap::new();
    let mut vendors: HashMap<VendorId, VendorSnapshot> = HashMap::new();
    for (i, fact) in facts.iter().enumerate() {
        let never = |e| HandleError::never(i, e);
        if fact.is::<PersonRegistered>() {
            let p = fact.read::<PersonRegistered>().map_err(never)?.person;
            people.insert(p.person, p);
        } else if fact.is::<PersonChanged>() {
            let p = fact.read::<PersonChanged>().map_err(never)?.person;
            people.insert(p.person, p);
        } else if fact.is::<ApplicationRegistered>() {
            let a = fact
                .read::<ApplicationRegistered>()
                .map_err(never)?
                .application;
            applications.insert(a.application, a);
        } else if fact.is::<ApplicationChanged>() {
            let a = fact
                .read::<ApplicationChanged>()
                .map_err(never)?
                .application;
            applications.insert(a.application, a);
        } else if fact.is::<VendorRegistered>() {
            let v = fact.read::<VendorRegistered>().map_err(never)?.vendor;
            vendors.insert(v.vendor, v);
        } else if fact.is::<VendorChanged>() {
            let v = fact.read::<VendorChanged>().map_err(never)?.vendor;
            vendors.insert(v.vendor, v);
        }
    }
    let people: Vec<_> = people.into_values().collect();
    let applications: Vec<_> = applications.into_values().collect();
    let vendors: Vec<_> = vendors.into_values().collect();
    follow_directory(tx, &people, &applications, &vendors).await?;
    Ok(())
}
