//! What the worklist's columns say besides the words of facts.

use events::Word;
use events::intake::Priority;
use events::routing::AssignmentReason;

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
pub fn reason_word(reason: Option<AssignmentReason>) -> &'static str {
    reason.map_or("recorded", Word::word)
}

/// Back from a column.
pub fn reason_of(word: &str) -> Option<AssignmentReason> {
    AssignmentReason::of_word(word)
}
