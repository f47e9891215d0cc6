//! How enums are written: the same in facts, columns, cursors and keys.
//!
//! To add one of this crate's: a line at the end of this file. A service writes one of its own by [`words!`](crate::words).
//! A variant that is left out does not compile; a word that facts write otherwise fails the test.

use crate::Origin;
use crate::intake::{Channel, Degree, LinkKind, Priority, TicketKind, TicketState};
use crate::knowledge::ArticleState;
use crate::routing::AssignmentReason;
use crate::sla_clock::{AgreementKind, ClockState, Target};

/// An enum with a fixed word for each variant.
pub trait Word: Copy + Sized + 'static {
    /// Every variant, in the order of the enum.
    const ALL: &'static [Self];

    /// As it is written: `in_progress`.
    fn word(self) -> &'static str;

    /// The variant that is so written; none for a word of a later version.
    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

/// Writes [`Word`](crate::Word) for an enum: `words!(Side: Provider = "provider", Client = "client");`.
#[macro_export]
macro_rules! words {
    ($ty:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $crate::Word for $ty {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            // No arm for the rest: whoever leaves a variant out of ALL leaves it out here, and it does not compile.
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

/// The same for enums of facts, with the test that facts write the same.
macro_rules! words_of_facts {
    ($($ty:ident: $($variant:ident = $word:literal),+;)+) => {
        $($crate::words!($ty: $($variant = $word),+);)+

        #[test]
        fn facts_write_the_same_words() {
            $(tests::agrees::<$ty>();)+
        }
    };
}

words_of_facts! {
    TicketKind:
        Incident = "incident", ServiceRequest = "service_request", Enquiry = "enquiry", Change = "change",
        Problem = "problem", CorrectiveMaintenance = "corrective_maintenance", Task = "task";
    TicketState:
        Open = "open", Queued = "queued", InProgress = "in_progress", WaitingForRequester = "waiting_for_requester",
        WaitingForApproval = "waiting_for_approval", WaitingForVendor = "waiting_for_vendor",
        WaitingForImplementation = "waiting_for_implementation", WaitingForThirdParty = "waiting_for_third_party",
        Resolved = "resolved", Closed = "closed", Cancelled = "cancelled", Reopened = "reopened";
    Priority: Critical = "critical", High = "high", Medium = "medium", Low = "low";
    Degree: None = "none", Low = "low", Medium = "medium", High = "high";
    Channel:
        Portal = "portal", Email = "email", Teams = "teams", Phone = "phone", Voicemail = "voicemail", Jira = "jira",
        Alert = "alert", Api = "api", Import = "import";
    LinkKind:
        Parent = "parent", DuplicateOf = "duplicate_of", CausedBy = "caused_by", Related = "related",
        SplitFrom = "split_from";
    AssignmentReason:
        Routed = "routed", Assigned = "assigned", Taken = "taken", Released = "released", Moved = "moved";
    Target:
        FirstResponse = "first_response", NextUpdate = "next_update", Restoration = "restoration",
        Resolution = "resolution", RootCause = "root_cause", Custom = "custom";
    AgreementKind: Sla = "sla", Ola = "ola", Supplier = "supplier";
    ClockState: Running = "running", Paused = "paused", Stopped = "stopped", Cancelled = "cancelled";
    ArticleState:
        WorkInProgress = "work_in_progress", NotValidated = "not_validated", Validated = "validated",
        Archived = "archived";
    Origin: Live = "live", History = "history";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every variant is written as serde writes it, and read again.
    pub(super) fn agrees<W>()
    where
        W: Word + serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        for value in W::ALL {
            assert_eq!(serde_json::to_value(value).unwrap(), value.word());
            let read: W = serde_json::from_value(value.word().into()).unwrap();
            assert_eq!(read, *value);
            assert_eq!(W::of_word(value.word()), Some(*value));
        }
        let words: std::collections::BTreeSet<_> = W::ALL.iter().map(|v| v.word()).collect();
        assert_eq!(words.len(), W::ALL.len(), "{words:?}");
    }

    #[test]
    fn a_word_of_a_later_version_is_none() {
        assert_eq!(TicketState::of_word("lost"), None);
        assert_eq!(Priority::of_word(""), None);
        assert_eq!(Priority::of_word("Critical"), None);
    }
}
