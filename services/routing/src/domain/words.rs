//! The words of `libs/events` as they stand in columns: the same as in the facts.

use events::intake::{Priority, TicketKind, TicketState};
use events::routing::AssignmentReason;

/// A word that a column may hold.
pub trait Word: Sized + Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// As in facts and columns.
    fn word(self) -> &'static str;
    /// Back from a column; none for a word of a later version.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|w| w.word() == word)
    }
}

impl Word for TicketKind {
    const ALL: &'static [Self] = &[
        Self::Incident,
        Self::ServiceRequest,
        Self::Enquiry,
        Self::Change,
        Self::Problem,
        Self::CorrectiveMaintenance,
        Self::Task,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::ServiceRequest => "service_request",
            Self::Enquiry => "enquiry",
            Self::Change => "change",
            Self::Problem => "problem",
            Self::CorrectiveMaintenance => "corrective_maintenance",
            Self::Task => "task",
        }
    }
}

impl Word for TicketState {
    const ALL: &'static [Self] = &[
        Self::Open,
        Self::Queued,
        Self::InProgress,
        Self::WaitingForRequester,
        Self::WaitingForApproval,
        Self::WaitingForVendor,
        Self::WaitingForImplementation,
        Self::WaitingForThirdParty,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
        Self::Reopened,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::WaitingForRequester => "waiting_for_requester",
            Self::WaitingForApproval => "waiting_for_approval",
            Self::WaitingForVendor => "waiting_for_vendor",
            Self::WaitingForImplementation => "waiting_for_implementation",
            Self::WaitingForThirdParty => "waiting_for_third_party",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Reopened => "reopened",
        }
    }
}

impl Word for Priority {
    const ALL: &'static [Self] = &[Self::Critical, Self::High, Self::Medium, Self::Low];

    fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// 1 for critical to 4 for low: the order of the list by priority.
pub const fn priority_rank(priority: Priority) -> i16 {
    match priority {
        Priority::Critical => 1,
        Priority::High => 2,
        Priority::Medium => 3,
        Priority::Low => 4,
    }
}

/// Why the holder is who it is; `None` stands for "taken over from another tool's history".
pub const fn reason_word(reason: Option<AssignmentReason>) -> &'static str {
    match reason {
        Some(AssignmentReason::Routed) => "routed",
        Some(AssignmentReason::Assigned) => "assigned",
        Some(AssignmentReason::Taken) => "taken",
        Some(AssignmentReason::Released) => "released",
        Some(AssignmentReason::Moved) => "moved",
        None => "recorded",
    }
}

/// Back from a column.
pub fn reason_of(word: &str) -> Option<AssignmentReason> {
    match word {
        "routed" => Some(AssignmentReason::Routed),
        "assigned" => Some(AssignmentReason::Assigned),
        "taken" => Some(AssignmentReason::Taken),
        "released" => Some(AssignmentReason::Released),
        "moved" => Some(AssignmentReason::Moved),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees<W: Word + serde::Serialize + PartialEq + std::fmt::Debug>() {
        for word in W::ALL {
            let json = serde_json::to_value(word).unwrap();
            assert_eq!(
                json.as_str(),
                Some(word.word()),
                "a column and a fact must say the same"
            );
            assert_eq!(W::from_word(word.word()), Some(*word));
        }
    }

    #[test]
    fn columns_say_what_facts_say() {
        agrees::<TicketKind>();
        agrees::<TicketState>();
        agrees::<Priority>();
    }
}
