//! How each enum is written in tables and cursors, and (states) how it reads in Spanish.

use events::intake::{Channel, Degree, LinkKind, Priority, TicketKind, TicketState};

use events::sla_clock::Target;

/// An enum with a fixed text for each variant; the same as in facts.
pub trait Word: Copy + Sized + 'static {
    /// Every variant.
    const ALL: &'static [Self];
    /// As in tables and facts: `in_progress`.
    fn word(self) -> &'static str;
    /// The variant so written, if there is one.
    fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|v| v.word() == word)
    }
}

/// Writes [`Word`] for an enum.
macro_rules! words {
    ($ty:ident: $($variant:ident = $word:literal),* $(,)?) => {
        impl $crate::domain::words::Word for $ty {
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }
    };
}
pub(crate) use words;

words!(TicketKind:
    Incident = "incident", ServiceRequest = "service_request", Enquiry = "enquiry", Change = "change",
    Problem = "problem", CorrectiveMaintenance = "corrective_maintenance", Task = "task");
words!(TicketState:
    Open = "open", Queued = "queued", InProgress = "in_progress", WaitingForRequester = "waiting_for_requester",
    WaitingForApproval = "waiting_for_approval", WaitingForVendor = "waiting_for_vendor",
    WaitingForImplementation = "waiting_for_implementation", WaitingForThirdParty = "waiting_for_third_party",
    Resolved = "resolved", Closed = "closed", Cancelled = "cancelled", Reopened = "reopened");
words!(Priority: Critical = "critical", High = "high", Medium = "medium", Low = "low");
words!(Degree: None = "none", Low = "low", Medium = "medium", High = "high");
words!(Channel:
    Portal = "portal", Email = "email", Teams = "teams", Phone = "phone", Voicemail = "voicemail", Jira = "jira",
    Alert = "alert", Api = "api", Import = "import");
words!(Target:
    FirstResponse = "first_response", NextUpdate = "next_update", Restoration = "restoration",
    Resolution = "resolution", RootCause = "root_cause", Custom = "custom");
words!(LinkKind:
    Parent = "parent", DuplicateOf = "duplicate_of", CausedBy = "caused_by", Related = "related", SplitFrom = "split_from");

/// A state as the portal says it.
pub const fn spanish(state: TicketState) -> &'static str {
    match state {
        TicketState::Open => "abierto",
        TicketState::Queued => "en cola",
        TicketState::InProgress => "en curso",
        TicketState::WaitingForRequester => "a la espera del solicitante",
        TicketState::WaitingForApproval => "a la espera de aprobación",
        TicketState::WaitingForVendor => "a la espera del proveedor",
        TicketState::WaitingForImplementation => "a la espera de implantación",
        TicketState::WaitingForThirdParty => "a la espera de un tercero",
        TicketState::Resolved => "resuelto",
        TicketState::Closed => "cerrado",
        TicketState::Cancelled => "cancelado",
        TicketState::Reopened => "reabierto",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_as_in_facts<W: Word + serde::Serialize>() {
        for v in W::ALL {
            assert_eq!(serde_json::to_value(v).unwrap(), v.word());
        }
    }

    #[test]
    fn tables_and_facts_write_alike() {
        same_as_in_facts::<TicketKind>();
        same_as_in_facts::<TicketState>();
        same_as_in_facts::<Priority>();
        same_as_in_facts::<Degree>();
        same_as_in_facts::<Channel>();
        same_as_in_facts::<LinkKind>();
    }

    #[test]
    fn every_word_is_read_again() {
        for s in TicketState::ALL {
            assert_eq!(TicketState::of(s.word()), Some(*s));
        }
        assert_eq!(TicketState::of("lost"), None);
    }
}
