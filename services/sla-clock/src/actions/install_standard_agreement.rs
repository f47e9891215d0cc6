//! A ready-made agreement to begin with. Nothing installs it but this.

use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::{CalendarId, TenantId};

use super::create_agreement::{self, create_agreement};
use super::{By, Tools};
use crate::domain::agreement::{Kind, OnReopen, Rule, Terms};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::store::agreements::KeptAgreement;

const HOUR_S: i64 = 3_600;

/// First response and resolution by priority, hours of the calendar.
const HOURS: [(Priority, i64, i64); 4] = [
    (Priority::Critical, 1, 4),
    (Priority::High, 2, 8),
    (Priority::Medium, 4, 24),
    (Priority::Low, 8, 40),
];

/// Its terms: targets by priority, held while requester or approver is waited for, a warning at 80 %.
pub fn standard() -> Terms {
    let rule = |target, priority, hours: i64| Rule {
        priorities: vec![priority],
        ..Rule::plain(target, hours * HOUR_S)
    };
    Terms {
        rules: HOURS
            .iter()
            .flat_map(|(p, first, last)| {
                [
                    rule(Target::FirstResponse, *p, *first),
                    rule(Target::Resolution, *p, *last),
                ]
            })
            .collect(),
        pause_on: vec![
            TicketState::WaitingForRequester,
            TicketState::WaitingForApproval,
        ],
        warn_percents: vec![80],
        on_reopen: OnReopen::Continue,
    }
}

/// Creates it with the hours of a calendar of the tenant.
pub async fn install_standard_agreement(
    tools: &Tools,
    by: &By<'_>,
    tenant: TenantId,
    calendar: CalendarId,
    valid_from: Option<DateTime<Utc>>,
) -> Result<Outcome<Vec<KeptAgreement>>, Error> {
    let wish = create_agreement::Wish {
        tenant,
        name: "Acuerdo estándar".to_owned(),
        kind: Kind::Sla,
        calendar,
        terms: standard(),
        position: None,
        valid_from,
        apply_to_open: false,
        idempotency_key: None,
    };
    create_agreement(tools, by, wish).await
}
