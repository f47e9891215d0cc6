//! The words under which states, kinds and priorities are stored: those of the facts.

use events::intake::{Channel, Priority, TicketKind, TicketState};
use events::sla_clock::{AgreementKind, ClockState, Target};

/// States in which somebody is expected to act or is awaited: work after a resolution in one of these is a reopening.
/// `open` is none of them: nobody has it yet.
pub const ACTIVE: [TicketState; 8] = [
    TicketState::Queued,
    TicketState::InProgress,
    TicketState::WaitingForRequester,
    TicketState::WaitingForApproval,
    TicketState::WaitingForVendor,
    TicketState::WaitingForImplementation,
    TicketState::WaitingForThirdParty,
    TicketState::Reopened,
];

/// As in the facts.
pub const fn state(s: TicketState) -> &'static str {
    match s {
        TicketState::Open => "open",
        TicketState::Queued => "queued",
        TicketState::InProgress => "in_progress",
        TicketState::WaitingForRequester => "waiting_for_requester",
        TicketState::WaitingForApproval => "waiting_for_approval",
        TicketState::WaitingForVendor => "waiting_for_vendor",
        TicketState::WaitingForImplementation => "waiting_for_implementation",
        TicketState::WaitingForThirdParty => "waiting_for_third_party",
        TicketState::Resolved => "resolved",
        TicketState::Closed => "closed",
        TicketState::Cancelled => "cancelled",
        TicketState::Reopened => "reopened",
    }
}

/// Every state, for reading stored words back.
pub const STATES: [TicketState; 12] = [
    TicketState::Open,
    TicketState::Queued,
    TicketState::InProgress,
    TicketState::WaitingForRequester,
    TicketState::WaitingForApproval,
    TicketState::WaitingForVendor,
    TicketState::WaitingForImplementation,
    TicketState::WaitingForThirdParty,
    TicketState::Resolved,
    TicketState::Closed,
    TicketState::Cancelled,
    TicketState::Reopened,
];

/// The state behind a stored word.
pub fn state_of(word: &str) -> Option<TicketState> {
    STATES.into_iter().find(|s| state(*s) == word)
}

/// As in the facts.
pub const fn kind(k: TicketKind) -> &'static str {
    match k {
        TicketKind::Incident => "incident",
        TicketKind::ServiceRequest => "service_request",
        TicketKind::Enquiry => "enquiry",
        TicketKind::Change => "change",
        TicketKind::Problem => "problem",
        TicketKind::CorrectiveMaintenance => "corrective_maintenance",
        TicketKind::Task => "task",
    }
}

/// As in the facts.
pub const fn priority(p: Priority) -> &'static str {
    match p {
        Priority::Critical => "critical",
        Priority::High => "high",
        Priority::Medium => "medium",
        Priority::Low => "low",
    }
}

/// As in the facts.
pub const fn channel(c: Channel) -> &'static str {
    match c {
        Channel::Portal => "portal",
        Channel::Email => "email",
        Channel::Teams => "teams",
        Channel::Phone => "phone",
        Channel::Voicemail => "voicemail",
        Channel::Jira => "jira",
        Channel::Alert => "alert",
        Channel::Api => "api",
        Channel::Import => "import",
    }
}

/// As in the facts.
pub const fn target(t: Target) -> &'static str {
    match t {
        Target::FirstResponse => "first_response",
        Target::NextUpdate => "next_update",
        Target::Restoration => "restoration",
        Target::Resolution => "resolution",
        Target::RootCause => "root_cause",
        Target::Custom => "custom",
    }
}

/// As in the facts.
pub const fn agreement_kind(k: AgreementKind) -> &'static str {
    match k {
        AgreementKind::Sla => "sla",
        AgreementKind::Ola => "ola",
        AgreementKind::Supplier => "supplier",
    }
}

/// As in the facts.
pub const fn clock_state(s: ClockState) -> &'static str {
    match s {
        ClockState::Running => "running",
        ClockState::Paused => "paused",
        ClockState::Stopped => "stopped",
        ClockState::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_words_are_those_of_the_facts() {
        for s in STATES {
            assert_eq!(
                serde_json::to_string(&s).unwrap(),
                format!("{:?}", state(s))
            );
            assert_eq!(state_of(state(s)), Some(s));
            assert_eq!(
                ACTIVE.contains(&s),
                !s.is_done() && s != TicketState::Open,
                "{s:?}"
            );
        }
        for p in [
            Priority::Critical,
            Priority::High,
            Priority::Medium,
            Priority::Low,
        ] {
            assert_eq!(
                serde_json::to_string(&p).unwrap(),
                format!("{:?}", priority(p))
            );
        }
        for k in AgreementKind::ALL {
            assert_eq!(
                serde_json::to_string(&k).unwrap(),
                format!("{:?}", agreement_kind(k))
            );
        }
        let k = TicketKind::CorrectiveMaintenance;
        assert_eq!(serde_json::to_string(&k).unwrap(), format!("{:?}", kind(k)));
    }
}
