//! States as the portal says them.

use events::intake::TicketState;

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
