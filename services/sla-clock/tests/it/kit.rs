//! Agreements, calendars and tickets for the rules alone.

use std::sync::Arc;

use business_time::{Calendar, Hours, Tz, Weekday};
use chrono::{DateTime, Utc};
use events::Origin;
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use ids::{AgreementId, CalendarId};
use sla_clock::domain::agreement::{Agreement, Dated, Kind, OnReopen, Rule, Terms};
use sla_clock::domain::clock::{self, Reading, Readings};
use sla_clock::domain::course::Story;
use sla_clock::domain::happened::{Happened, Related, What};
use sla_clock::domain::hours_of::Desk;
use sla_clock::domain::rulebook::Rulebook;
use sla_clock::domain::uncomputable::Failure;

use crate::world::at;

pub const HOUR: i64 = 3_600;

pub fn terms(on_reopen: OnReopen) -> Terms {
    let rule = |target, priorities: &[Priority], hours: i64| Rule {
        priorities: priorities.to_vec(),
        ..Rule::plain(target, hours * HOUR)
    };
    Terms {
        rules: vec![
            rule(Target::Resolution, &[Priority::Critical], 4),
            rule(Target::Resolution, &[], 8),
            rule(Target::FirstResponse, &[], 2),
        ],
        pause_on: vec![TicketState::WaitingForRequester],
        warn_percents: vec![80],
        on_reopen,
    }
}

pub fn agreement(calendar: Calendar, terms: Terms) -> Agreement {
    let from = at("2020-01-01T00:00:00Z");
    Agreement {
        id: AgreementId::new(&*ids::seeded(1)),
        name: "ANS".into(),
        kind: Kind::Sla,
        version: 1,
        since: 1,
        valid_from: from,
        archived_at: None,
        position: 1,
        terms: Arc::new(terms),
        hours: [Dated {
            id: CalendarId::new(&*ids::seeded(9)),
            version: 1,
            since: 1,
            valid_from: from,
            calendar,
        }]
        .into(),
    }
}

/// A book with these alone.
pub fn book(agreements: &[Agreement]) -> Rulebook {
    Rulebook::new(1, agreements.to_vec(), Desk::default())
}

/// Reads every clock of a ticket; in error if one of them cannot be computed.
pub fn read(
    book: &Rulebook,
    story: Story<'_>,
    as_of: DateTime<Utc>,
) -> Result<Vec<Reading>, Vec<Failure>> {
    let Readings { of, failed } = clock::read(book, story, as_of);
    if failed.is_empty() {
        Ok(of)
    } else {
        Err(failed)
    }
}

/// Nine to five on weekdays, UTC.
pub fn office() -> Calendar {
    let hours: Hours = "09:00-17:00".parse().unwrap();
    Calendar::builder(Tz::UTC)
        .weekdays(Weekday::Mon, Weekday::Fri, [hours])
        .build()
        .unwrap()
}

/// A ticket's story: instant, state, priority; opened by the first.
pub fn story(steps: &[(&str, TicketState, Priority)]) -> Vec<Happened> {
    (1..)
        .zip(steps)
        .map(|(version, (time, state, priority))| Happened {
            version,
            at: at(time),
            what: if version == 1 {
                What::Opened
            } else {
                What::Changed
            },
            kind: TicketKind::Incident,
            state: *state,
            priority: *priority,
            application: None,
            vendor: None,
            category: None,
            major: false,
            service: None,
            group: None,
            line: None,
            requester: None,
            country: None,
            site: None,
            vip: false,
            origin: Origin::Live,
            late: 0,
            related: Related::default(),
        })
        .collect()
}
