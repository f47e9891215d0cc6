//! The attempts on what was agreed and on clocks ([`attempts`](crate::attempts) says how they are read).

use crate::attempts::{Attempt, not_done, refused};

/// Questions.
pub const QUERIES: &[Attempt] = &[
    refused("query($bTenant: ID) { calendars(tenant: $bTenant) { ...C } }"),
    refused("query($bTenant: ID) { agreements(tenant: $bTenant, includeArchived: true) { ...S } }"),
    refused(
        "query($bTenant: ID) { clockSummary(tenant: $bTenant, target: RESOLUTION) { clocks } }",
    ),
    refused(
        "query($bTenant: ID) { calendarAssignments(tenant: $bTenant) { group country site calendar application { name } } }",
    ),
    refused(
        "query($bTenant: ID) { notificationHours(tenant: $bTenant) { calendar urgent { field isOneOf } } }",
    ),
    refused(
        "query($bTenant: ID) { standbyScheme(tenant: $bTenant) { calendar eligible { field isOneOf } } }",
    ),
    refused(
        "query($bCalendar: ID!) { previewCalendarChange(input: {calendar: $bCalendar, hours: {timeZone: \"UTC\", alwaysOpen: true}}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bAgreement: ID!, $bCalendar: ID, $bApplication: ID!) { previewAgreementChange(input: {agreement: $bAgreement, calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60, applications: [$bApplication], hours: {whose: CALENDAR, calendar: $bCalendar}}]}}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bTenant: ID, $bCalendar: ID!) { previewNewAgreement(input: {tenant: $bTenant, name: \"intruso\", calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60}]}}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bCalendar: ID!, $bApplication: ID!) { previewNewAgreement(input: {name: \"intruso\", calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60, applications: [$bApplication], hours: {whose: CALENDAR, calendar: $bCalendar}}]}}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bTenant: ID, $bCalendar: ID) { previewCalendarAssignment(input: {tenant: $bTenant, country: \"PE\", calendar: $bCalendar}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bApplication: ID) { previewCalendarAssignment(input: {application: $bApplication}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bSite: ID) { previewCalendarAssignment(input: {site: $bSite}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($aCalendar: ID!, $bCalendar: ID) { previewNewAgreement(input: {name: \"propio\", calendar: $aCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60, hours: {whose: CALENDAR, calendar: $bCalendar}}]}}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bGroup: ID) { previewCalendarAssignment(input: {group: $bGroup}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bTenant: ID, $bCalendar: ID) { previewStandbyScheme(input: {tenant: $bTenant, calendar: $bCalendar, eligible: {field: PRIORITY, isOneOf: [\"CRITICAL\"]}}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bCalendar: ID!) { previewCalendarFeed(input: {calendar: $bCalendar, name: \"x\", text: \"BEGIN:VCALENDAR\\nEND:VCALENDAR\"}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bCalendar: ID!) { previewCalendarFeedRemoval(input: {calendar: $bCalendar, name: \"x\"}) { clocks moves { target } problems { code } } }",
    ),
    refused(
        "query($bAgreement: ID, $bCalendar: ID, $bApplication: ID!) { simulateAgreement(input: {agreement: $bAgreement, calendar: $bCalendar, from: \"2026-01-01T00:00:00Z\", to: \"2026-02-01T00:00:00Z\", terms: {targets: [{target: RESOLUTION, seconds: 60, applications: [$bApplication], hours: {whose: CALENDAR, calendar: $bCalendar}}]}}) { tickets problems { code } } }",
    ),
];

/// Changes.
pub const MUTATIONS: &[Attempt] = &[
    refused(
        "mutation($bTenant: ID) { createCalendar(input: {tenant: $bTenant, name: \"intruso\", hours: {timeZone: \"UTC\", alwaysOpen: true}}) { calendar { ...C } problems { code message } position } }",
    ),
    refused(
        "mutation($bCalendar: ID!) { changeCalendar(input: {calendar: $bCalendar, hours: {timeZone: \"UTC\", alwaysOpen: true}}) { calendar { ...C } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID, $bCalendar: ID!) { createAgreement(input: {tenant: $bTenant, name: \"intruso\", calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    refused(
        "mutation($bCalendar: ID!) { createAgreement(input: {name: \"intruso\", calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTenant: ID, $bCalendar: ID!) { createAgreement(input: {tenant: $aTenant, name: \"propio\", calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aCalendar: ID!, $bApplication: ID!) { createAgreement(input: {name: \"propio\", calendar: $aCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60, applications: [$bApplication]}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    refused(
        "mutation($bAgreement: ID!) { changeAgreement(input: {agreement: $bAgreement, terms: {targets: [{target: RESOLUTION, seconds: 60}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aAgreement: ID!, $bCalendar: ID) { changeAgreement(input: {agreement: $aAgreement, calendar: $bCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aAgreement: ID!, $bApplication: ID!) { changeAgreement(input: {agreement: $aAgreement, terms: {targets: [{target: RESOLUTION, seconds: 60, applications: [$bApplication]}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aCalendar: ID!, $bCalendar: ID) { createAgreement(input: {name: \"propio\", calendar: $aCalendar, terms: {targets: [{target: RESOLUTION, seconds: 60, hours: {whose: CALENDAR, calendar: $bCalendar}}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aAgreement: ID!, $bCalendar: ID) { changeAgreement(input: {agreement: $aAgreement, terms: {targets: [{target: RESOLUTION, seconds: 60, hours: {whose: CALENDAR, calendar: $bCalendar}}]}}) { agreement { ...S } problems { code message } position } }",
    ),
    refused(
        "mutation($bCalendar: ID!) { setCalendarFeed(input: {calendar: $bCalendar, name: \"x\", text: \"BEGIN:VCALENDAR\\nEND:VCALENDAR\"}) { calendar { ...C } problems { code message } position } }",
    ),
    refused(
        "mutation($bCalendar: ID!) { removeCalendarFeed(input: {calendar: $bCalendar, name: \"x\"}) { calendar { ...C } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID, $bCalendar: ID) { assignCalendar(input: {tenant: $bTenant, country: \"PE\", calendar: $bCalendar}) { assignment { country } problems { code message } position } }",
    ),
    not_done(
        "mutation($bCalendar: ID) { assignCalendar(input: {country: \"PE\", calendar: $bCalendar}) { assignment { country } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID, $bCalendar: ID) { setNotificationHours(input: {tenant: $bTenant, calendar: $bCalendar}) { notificationHours { calendar } problems { code message } position } }",
    ),
    not_done(
        "mutation($aCalendar: ID, $bGroup: String!) { setNotificationHours(input: {calendar: $aCalendar, urgent: {field: GROUP, isOneOf: [$bGroup]}}) { notificationHours { calendar } problems { code message } position } }",
    ),
    refused(
        "mutation($bGroup: ID) { assignCalendar(input: {group: $bGroup}) { assignment { group } problems { code message } position } }",
    ),
    refused(
        "mutation($bApplication: ID) { assignCalendar(input: {application: $bApplication}) { assignment { application { name } } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID, $bCalendar: ID) { setStandbyScheme(input: {tenant: $bTenant, calendar: $bCalendar, eligible: {field: PRIORITY, isOneOf: [\"CRITICAL\"]}}) { standbyScheme { calendar } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTenant: ID, $bCalendar: ID) { setStandbyScheme(input: {tenant: $aTenant, calendar: $bCalendar, eligible: {field: PRIORITY, isOneOf: [\"CRITICAL\"]}}) { standbyScheme { calendar } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { setStandbyScheme(input: {tenant: $bTenant}) { standbyScheme { calendar } problems { code message } position } }",
    ),
    not_done(
        "mutation($aCalendar: ID, $bApplication: String!) { setStandbyScheme(input: {calendar: $aCalendar, eligible: {field: APPLICATION, isOneOf: [$bApplication]}}) { standbyScheme { calendar } problems { code message } position } }",
    ),
    refused(
        "mutation($bCalendar: ID!, $bGroup: ID) { installSourceAgreement(input: {calendar: $bCalendar, softwareFactory: $bGroup, database: $bGroup}) { agreement { ...S } problems { code message } position } }",
    ),
    not_done(
        "mutation($aCalendar: ID!, $bGroup: ID) { installSourceAgreement(input: {calendar: $aCalendar, softwareFactory: $bGroup}) { agreement { ...S } problems { code message } position } }",
    ),
    refused(
        "mutation($bTicket: ID!) { correctClock(input: {ticket: $bTicket, target: RESOLUTION, cycle: 1, reason: \"intrusa\", seen: \"intrusa\"}) { ticket { ...T } problems { code message } position } }",
    ),
    refused(
        "mutation($bAgreement: ID!) { archiveAgreement(input: {agreement: $bAgreement}) { agreement { ...S } problems { code message } position } }",
    ),
    refused(
        "mutation($bCalendar: ID!) { installStandardAgreement(input: {calendar: $bCalendar}) { agreement { ...S } problems { code message } position } }",
    ),
    refused(
        "mutation($bTenant: ID) { setNotificationHours(input: {tenant: $bTenant}) { notificationHours { calendar } problems { code message } position } }",
    ),
    not_done(
        "mutation($aTenant: ID, $bCalendar: ID) { setNotificationHours(input: {tenant: $aTenant, calendar: $bCalendar}) { notificationHours { calendar } problems { code message } position } }",
    ),
];
