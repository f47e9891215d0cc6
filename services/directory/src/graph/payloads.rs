//! What mutations answer: what was done, or what the caller can put right; and where a reader must stand to see it.

use async_graphql::SimpleObject;
use ids::TenantId;
use messaging::Position;
use subgraph::Problem;

use super::sites::Site;
use super::types::{ApiKey, Application, Person, Provider, StaffAssignment, StaffMember, Tenant};
use super::vendors::Vendor;
use crate::actions::Told;
use crate::domain;
use crate::domain::problem::Outcome;

fn problems(all: Vec<domain::problem::Problem>) -> Vec<Problem> {
    all.into_iter()
        .map(|p| Problem {
            field: p.field.map(str::to_owned),
            code: p.code.to_owned(),
            message: p.message,
        })
        .collect()
}

/// Where a subject of directory's stands.
pub fn position(fact: Option<(TenantId, String, i64)>) -> Option<String> {
    fact.map(|(tenant, subject, sequence)| {
        Position {
            tenant,
            source: events::Publisher::Directory.source().to_owned(),
            subject,
            sequence,
        }
        .to_string()
    })
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $thing:ty })*) => {$(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: Option<$thing>,
            /// What the caller can put right; then nothing was done.
            pub problems: Vec<Problem>,
            /// Hand it to a read that must see this change. Absent if there was nothing to tell.
            pub position: Option<String>,
        }

        impl $name {
            /// From what came of the action.
            pub fn of<T>(
                outcome: Outcome<T>,
                read: impl FnOnce(T) -> ($thing, Option<(TenantId, String, i64)>),
            ) -> Self {
                match outcome {
                    Ok(done) => {
                        let (thing, fact) = read(done);
                        Self { $field: Some(thing), problems: Vec::new(), position: position(fact) }
                    }
                    Err(all) => Self { $field: None, problems: problems(all), position: None },
                }
            }
        }
    )*};
}

payloads! {
    /// What `createProvider` answers.
    CreateProviderPayload {
        /// The new provider; absent if there are problems.
        provider: Provider
    }
    /// What `createTenant` answers.
    CreateTenantPayload {
        /// The new tenant, ready when every service has made its part; absent if there are problems.
        tenant: Tenant
    }
    /// What `suspendTenant` answers.
    SuspendTenantPayload {
        /// The tenant after it; absent if there are problems.
        tenant: Tenant
    }
    /// What `resumeTenant` answers.
    ResumeTenantPayload {
        /// The tenant after it; absent if there are problems.
        tenant: Tenant
    }
    /// What `renameTenant` answers.
    RenameTenantPayload {
        /// The tenant after it; absent if there are problems.
        tenant: Tenant
    }
    /// What `registerStaff` answers.
    RegisterStaffPayload {
        /// The new member of the staff; absent if there are problems.
        staff: StaffMember
    }
    /// What `registerPerson` answers.
    RegisterPersonPayload {
        /// The new person; absent if there are problems.
        person: Person
    }
    /// What `changePerson` answers.
    ChangePersonPayload {
        /// The person after it; absent if there are problems.
        person: Person
    }
    /// What `deactivatePerson` answers.
    DeactivatePersonPayload {
        /// The person after it; absent if there are problems.
        person: Person
    }
    /// What `createSite` answers.
    CreateSitePayload {
        /// The new site; absent if there are problems.
        site: Site
    }
    /// What `changeSite` answers.
    ChangeSitePayload {
        /// The site after it; absent if there are problems.
        site: Site
    }
    /// What `registerApplication` answers.
    RegisterApplicationPayload {
        /// The new application; absent if there are problems.
        application: Application
    }
    /// What `changeApplication` answers.
    ChangeApplicationPayload {
        /// The application after it; absent if there are problems.
        application: Application
    }
    /// What `createVendor` answers.
    CreateVendorPayload {
        /// The new vendor; absent if there are problems.
        vendor: Vendor
    }
    /// What `changeVendor` answers.
    ChangeVendorPayload {
        /// The vendor after it; absent if there are problems.
        vendor: Vendor
    }
    /// What `revokeApiKey` answers.
    RevokeApiKeyPayload {
        /// The key after it; absent if there are problems.
        api_key: ApiKey
    }
}

macro_rules! assignment_payloads {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        pub struct $name {
            /// The assignment after it; absent if there are problems, or if there never was one.
            pub assignment: Option<StaffAssignment>,
            /// What the caller can put right; then nothing was done.
            pub problems: Vec<Problem>,
            /// Hand it to a read that must see this change. Absent if it was so already.
            pub position: Option<String>,
        }

        impl From<Outcome<Told<crate::actions::assign_staff::Assigned>>> for $name {
            fn from(outcome: Outcome<Told<crate::actions::assign_staff::Assigned>>) -> Self {
                match outcome {
                    Ok(told) => {
                        let member = told.thing.member;
                        let assignment = told.thing.assignment.map(|a| StaffAssignment::new(&member, a));
                        Self { assignment, problems: Vec::new(), position: position(told.fact) }
                    }
                    Err(all) => Self { assignment: None, problems: problems(all), position: None },
                }
            }
        }
    )*};
}

assignment_payloads! {
    /// What `assignStaff` answers.
    AssignStaffPayload
    /// What `unassignStaff` answers.
    UnassignStaffPayload
}

/// What `createApiKey` answers.
#[derive(Debug, SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The new key; absent if there are problems.
    pub api_key: Option<ApiKey>,
    /// What the machine shows as `X-Api-Key`. It is shown this once and kept nowhere.
    pub secret: Option<String>,
    /// What the caller can put right; then nothing was done.
    pub problems: Vec<Problem>,
}

impl CreateApiKeyPayload {
    /// From what came of the action.
    pub fn of(
        tenant: TenantId,
        outcome: Outcome<(domain::api_key::ApiKey, Option<String>)>,
    ) -> Self {
        match outcome {
            Ok((key, secret)) => Self {
                api_key: Some(ApiKey::new(tenant, key)),
                secret,
                problems: Vec::new(),
            },
            Err(all) => Self {
                api_key: None,
                secret: None,
                problems: problems(all),
            },
        }
    }
}

/// What `setPassword` answers.
#[derive(Debug, SimpleObject)]
pub struct SetPasswordPayload {
    /// Whether it was set. Every session ended then: sign in with the new one.
    pub done: bool,
    /// What the caller can put right; then nothing was done.
    pub problems: Vec<Problem>,
}

impl From<Outcome<()>> for SetPasswordPayload {
    fn from(outcome: Outcome<()>) -> Self {
        match outcome {
            Ok(()) => Self {
                done: true,
                problems: Vec::new(),
            },
            Err(all) => Self {
                done: false,
                problems: problems(all),
            },
        }
    }
}
