//! What mutations answer: what was done, or what the caller can put right; and where a reader must stand to see it.

use async_graphql::SimpleObject;
use subgraph::Problem;

use super::categories::{CategoryNode, PriorityCell};
use super::contacts::ContactNode;
use super::reopening::ReopeningWindow;
use super::ticket::TicketNode;
use crate::actions::position;
use crate::domain;
use crate::domain::reopening::Window;
use crate::domain::ticket::Ticket;

fn problems(all: Vec<domain::Problem>) -> Vec<Problem> {
    all.into_iter()
        .map(|p| Problem {
            field: p.field.map(str::to_owned),
            code: p.code.to_owned(),
            message: p.message,
        })
        .collect()
}

macro_rules! ticket_payloads {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        pub struct $name {
            /// The ticket after it; absent if there are problems.
            pub ticket: Option<TicketNode>,
            /// What the caller can put right; then nothing was done.
            pub problems: Vec<Problem>,
            /// Hand it to a read that must see this change (`worklist(after:)`).
            pub position: Option<String>,
        }

        impl From<Result<Ticket, Vec<domain::Problem>>> for $name {
            fn from(answer: Result<Ticket, Vec<domain::Problem>>) -> Self {
                match answer {
                    Ok(ticket) => Self {
                        position: Some(position(&ticket).to_string()),
                        ticket: Some(ticket.into()),
                        problems: Vec::new(),
                    },
                    Err(all) => Self { ticket: None, problems: problems(all), position: None },
                }
            }
        }
    )*};
}

ticket_payloads! {
    /// What `openTicket` answers.
    OpenTicketPayload
    /// What `replyToTicket` answers.
    ReplyToTicketPayload
    /// What `addNote` answers.
    AddNotePayload
    /// What `changeTicketState` answers.
    ChangeTicketStatePayload
    /// What `classifyTicket` answers.
    ClassifyTicketPayload
    /// What `restoreService` answers.
    RestoreServicePayload
    /// What `loseService` answers.
    LoseServicePayload
    /// What `recordVendorAnswer` answers.
    RecordVendorAnswerPayload
    /// What `linkTickets` answers; `ticket` is the one that was linked.
    LinkTicketsPayload
    /// What `splitTicket` answers; `ticket` is the new one.
    SplitTicketPayload
    /// What `unlinkTickets` answers; `ticket` is the one that had been linked.
    UnlinkTicketsPayload
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $ty:ty, from $from:ty, $make:expr })*) => {$(
        $(#[$doc])*
        #[derive(Debug, SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: Option<$ty>,
            /// What the caller can put right; then nothing was done.
            pub problems: Vec<Problem>,
            /// Hand it to a read that must see this change; absent where no other service hears of it.
            pub position: Option<String>,
        }

        impl From<Result<$from, Vec<domain::Problem>>> for $name {
            fn from(answer: Result<$from, Vec<domain::Problem>>) -> Self {
                match answer {
                    Ok(done) => {
                        let (node, position): ($ty, Option<String>) = $make(done);
                        Self { $field: Some(node), problems: Vec::new(), position }
                    }
                    Err(all) => Self { $field: None, problems: problems(all), position: None },
                }
            }
        }
    )*};
}

payloads! {
    /// What `recordContact` answers.
    RecordContactPayload {
        /// The contact; absent if there are problems.
        contact: ContactNode, from domain::contact::Contact, |contact: domain::contact::Contact| {
            let position = messaging::Position {
                tenant: contact.tenant,
                source: "intake".to_owned(),
                subject: contact.id.to_string(),
                sequence: 1,
            };
            (ContactNode(contact), Some(position.to_string()))
        }
    }
    /// What `setPriorityMatrix` answers.
    SetPriorityMatrixPayload {
        /// The whole matrix after it; absent if there are problems.
        cells: Vec<PriorityCell>, from domain::priority::Matrix, |m| (super::categories::cells(m), None)
    }
    /// What `setReopeningWindow` answers.
    SetReopeningWindowPayload {
        /// The window after it; absent if there are problems.
        window: ReopeningWindow, from Option<Window>, |w| (ReopeningWindow::of(w), None)
    }
    /// What `createCategory` answers.
    CreateCategoryPayload {
        /// The category; absent if there are problems.
        category: CategoryNode, from crate::actions::read::Category, |c| (CategoryNode::from(c), None)
    }
}
