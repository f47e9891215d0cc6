//! The attempts on sites ([`attempts`](crate::attempts) says how they are read).

use crate::attempts::{Attempt, not_done, refused};

/// Questions.
pub const QUERIES: &[Attempt] = &[refused(
    "query($bTenant: ID) { sites(tenant: $bTenant) { id name country version } }",
)];

/// Changes.
pub const MUTATIONS: &[Attempt] = &[
    not_done(
        "mutation($bSite: ID) { registerPerson(input: {name: \"Propia\", email: \"propia-sede@otra.example\", roles: [REQUESTER], site: $bSite}) { person { ...P } problems { code message } position } }",
    ),
    not_done(
        "mutation($aPerson: ID!, $bSite: ID) { changePerson(input: {person: $aPerson, site: $bSite, vip: true}) { person { ...P } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { createSite(input: {tenant: $bTenant, name: \"Sede intrusa\"}) { site { id name } problems { code message } position } }",
    ),
    refused(
        "mutation($bSite: ID!) { changeSite(input: {site: $bSite, name: \"Sede intrusa\"}) { site { id name } problems { code message } position } }",
    ),
    refused(
        "mutation($bSite: ID) { assignCalendar(input: {site: $bSite}) { assignment { site } problems { code message } position } }",
    ),
];
