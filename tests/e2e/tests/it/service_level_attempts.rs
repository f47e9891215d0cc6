//! Attempts on what another tenant's contract pays by: see [`attempts`](crate::attempts).

use crate::attempts::{Attempt, refused};

/// What these attempts ask to see.
pub const FRAGMENTS: &[(&str, &str)] = &[
    (
        "L",
        "fragment L on ServiceLevelFigures { levels { level { code nameEs } figure { numerator denominator verdict } measure { source } } }",
    ),
    (
        "E",
        "fragment E on ServiceLevelExclusion { id evidence ticket { subject } proposedBy { name } decision { note } }",
    ),
];

/// Questions.
pub const QUERIES: &[Attempt] = &[
    refused(
        "query($bTenant: ID) { serviceLevels(tenant: $bTenant, month: \"2026-01\") { month figures { ...L } frozen { reason digest figures { ...L } } differences { code } } }",
    ),
    refused(
        "query($bTenant: ID) { serviceLevelSets(tenant: $bTenant, first: 5) { nodes { version levels { nameEs } writtenBy { name } } } }",
    ),
    refused(
        "query($bTenant: ID) { serviceLevelMeasures(tenant: $bTenant, month: \"2026-01\", first: 5) { nodes { source numerator enteredBy { name } } } }",
    ),
    refused(
        "query($bTenant: ID) { serviceLevelExclusions(tenant: $bTenant, first: 5) { nodes { ...E } } }",
    ),
    refused(
        "query($bTenant: ID) { frozenServiceLevels(tenant: $bTenant, first: 5) { nodes { reason digest recomputes measures { source } exclusions { ...E } } } }",
    ),
    refused(
        "query($bTenant: ID) { serviceLevelTickets(tenant: $bTenant, month: \"2026-01\", level: \"CUMPLE\", first: 5) { nodes { ticket { subject } outcome } } }",
    ),
    refused(
        "query($bTenant: ID) { serviceLevelCalls(tenant: $bTenant, month: \"2026-01\", level: \"CUMPLE\", first: 5) { nodes { contact offeredAt ticket { subject } outcome } } }",
    ),
];

/// Changes.
pub const MUTATIONS: &[Attempt] = &[
    refused(
        "mutation($bTenant: ID) { setServiceLevels(input: {tenant: $bTenant, effectiveFrom: \"2026-01\", levels: [{code: \"X\", nameEs: \"intruso\", nameEn: \"intruder\", formula: MEASURED, targetHundredths: 1, minimumHundredths: 1, weight: 100}]}) { set { version } problems { code message } } }",
    ),
    refused(
        "mutation($bTenant: ID) { recordMeasure(input: {tenant: $bTenant, month: \"2026-01\", level: \"CSAT\", numerator: 1, denominator: 9, source: \"intrusa\"}) { measure { source } problems { code message } } }",
    ),
    refused(
        "mutation($bTenant: ID, $bTicket: ID) { proposeExclusion(input: {tenant: $bTenant, month: \"2026-01\", ticket: $bTicket, reason: FORCE_MAJEURE, evidence: \"intrusa\"}) { exclusion { ...E } problems { code message } } }",
    ),
    refused(
        "mutation($bTicket: ID) { proposeExclusion(input: {month: \"2026-01\", ticket: $bTicket, reason: FORCE_MAJEURE, evidence: \"propia\"}) { exclusion { ...E } problems { code message } } }",
    ),
    refused(
        "mutation($bExclusion: ID!) { decideExclusion(input: {exclusion: $bExclusion, accept: true}) { exclusion { ...E } problems { code message } } }",
    ),
    refused(
        "mutation($bExclusion: ID!) { withdrawExclusion(input: {exclusion: $bExclusion}) { exclusion { ...E } problems { code message } } }",
    ),
    refused(
        "mutation($bTenant: ID) { freezeServiceLevels(input: {tenant: $bTenant, month: \"2026-01\", reason: \"intrusa\"}) { frozen { digest } problems { code message } } }",
    ),
];
