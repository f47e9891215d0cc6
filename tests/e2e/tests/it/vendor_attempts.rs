//! The attempts on vendors ([`attempts`](crate::attempts) says how they are read).

use crate::attempts::{Attempt, not_done, refused};

/// Questions.
pub const QUERIES: &[Attempt] = &[refused(
    "query($bTenant: ID) { vendors(tenant: $bTenant, first: 5, includeRetired: true) { nodes { id name retired version } } }",
)];

/// Changes.
pub const MUTATIONS: &[Attempt] = &[
    refused(
        "mutation($bTenant: ID) { createVendor(input: {tenant: $bTenant, name: \"Proveedor intruso\"}) { vendor { id name } problems { code message } position } }",
    ),
    refused(
        "mutation($bVendor: ID!) { changeVendor(input: {vendor: $bVendor, name: \"Proveedor intruso\", retired: true}) { vendor { id name } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTicket: ID!, $bVendor: ID) { changeTicketState(input: {ticket: $aTicket, to: WAITING_FOR_VENDOR, vendor: $bVendor}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!, $bVendor: ID) { changeTicketState(input: {ticket: $bTicket, to: WAITING_FOR_VENDOR, vendor: $bVendor}) { ticket { ...T } problems { code message } position } }",
    ),
    not_done(
        "mutation($aCalendar: ID!, $bVendor: String!) { createAgreement(input: {name: \"propio\", kind: SUPPLIER, calendar: $aCalendar, terms: {targets: [{target: CUSTOM, code: \"v\", name: \"v\", seconds: 60, start: {field: VENDOR, isOneOf: [$bVendor]}}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aAgreement: ID!, $bVendor: String!) { changeAgreement(input: {agreement: $aAgreement, terms: {targets: [{target: RESOLUTION, seconds: 60, pause: {field: VENDOR, isOneOf: [$bVendor]}}]}}) { agreement { ...S } problems { code message } position } }",
    ),
];
