//! Whom the time belongs to that a clock is held.

use events::intake::TicketState;
use serde::{Deserialize, Serialize};

/// Whom the time belongs to while a clock is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldBy {
    /// The person who asks was asked something.
    Requester,
    /// The client: an approval is awaited.
    Client,
    /// A vendor.
    Vendor,
    /// Another third party.
    ThirdParty,
    /// A delivery to production.
    Implementation,
    /// The provider itself: the agreement holds the clock in a state in which nobody else is awaited.
    Provider,
    /// Nothing but a supposition.
    Supposition,
}

impl HeldBy {
    /// By the state that the ticket entered. An approval is the client's to give (domain.md, corrective maintenance).
    pub const fn of(state: TicketState) -> Self {
        match state {
            TicketState::WaitingForRequester => Self::Requester,
            TicketState::WaitingForApproval => Self::Client,
            TicketState::WaitingForVendor => Self::Vendor,
            TicketState::WaitingForThirdParty => Self::ThirdParty,
            TicketState::WaitingForImplementation => Self::Implementation,
            _ => Self::Provider,
        }
    }
}
