//! What an agreement says: its rules, by which hours, and since when.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::intake::TicketState;
pub use events::sla_clock::AgreementKind as Kind;
use ids::AgreementId;
use serde::{Deserialize, Serialize};

pub use super::dated::Dated;
use super::happened::Happened;
pub use super::rule::{OnReopen, Rule, Warning, Which};

/// The states that hold clocks where an agreement says nothing of it: whoever asks for something is waited for.
pub const USUAL_PAUSES: [TicketState; 2] = [
    TicketState::WaitingForRequester,
    TicketState::WaitingForApproval,
];

/// The terms of one version of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// In order; for each target the first that matches.
    pub rules: Vec<Rule>,
    /// States that hold the clocks, but those of rules that say otherwise.
    pub pause_on: Vec<TicketState>,
    /// Warnings, percent of the allowed time, 1 to 99, but of rules that say otherwise.
    pub warn_percents: Vec<i16>,
    /// What a reopening does, but to clocks of rules that say otherwise.
    pub on_reopen: OnReopen,
}

impl Terms {
    /// The rule for a target, if the agreement is for such a ticket.
    pub fn rule(&self, which: Which<'_>, ticket: &Happened) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|r| r.which() == which && r.matches(ticket))
    }

    /// Whether a rule's clock is held.
    pub fn pauses(&self, rule: &Rule, ticket: &Happened) -> bool {
        match &rule.pause {
            Some(pause) => pause.holds(ticket),
            None => self.pause_on.contains(&ticket.state),
        }
    }

    /// Whether a rule's clock that is held goes on.
    pub fn resumes(&self, rule: &Rule, ticket: &Happened) -> bool {
        !self.pauses(rule, ticket) && rule.resume.as_ref().is_none_or(|c| c.holds(ticket))
    }

    /// What a reopening does to a rule's clock.
    pub fn on_reopen(&self, rule: &Rule) -> OnReopen {
        rule.on_reopen.unwrap_or(self.on_reopen)
    }

    /// When a rule's clock warns.
    pub fn warnings(&self, rule: &Rule) -> Vec<Warning> {
        let usual = || self.warn_percents.iter().copied().map(Warning::Percent);
        rule.warnings.clone().unwrap_or_else(|| usual().collect())
    }
}

/// One version of an agreement with its calendar, ready to judge by.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// Which.
    pub id: AgreementId,
    /// Its name.
    pub name: Arc<str>,
    /// Between whom.
    pub kind: Kind,
    /// Its version.
    pub version: i32,
    /// Since which version of the book it stands there.
    pub since: i64,
    /// Tickets opened from here on.
    pub valid_from: DateTime<Utc>,
    /// Tickets opened before this, if it was archived.
    pub archived_at: Option<DateTime<Utc>>,
    /// Attach order.
    pub position: i32,
    /// What it says.
    pub terms: Arc<Terms>,
    /// The versions of its hours, in the order in which they became valid.
    pub hours: Arc<[Dated]>,
}

impl Agreement {
    /// With the hours that stood in the book when its version was that one.
    pub fn at(&self, book: i64) -> Self {
        let known = self.hours.iter().filter(|h| h.since <= book);
        Self {
            hours: known.cloned().collect(),
            ..self.clone()
        }
    }

    /// Whether it is for tickets opened then.
    pub fn judges(&self, opened_at: DateTime<Utc>) -> bool {
        self.valid_from <= opened_at && self.archived_at.is_none_or(|end| opened_at < end)
    }
}
