//! What can be done, and which roles may.

use std::fmt;

use crate::Role;

/// One thing that a caller may or may not do with a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// Open a ticket for oneself.
    OpenTicket,
    /// Open a ticket for somebody else; record a contact.
    OpenTicketForOthers,
    /// See the tickets one asked for oneself.
    ReadOwnTickets,
    /// See every ticket of the tenant, without internal notes.
    ReadTickets,
    /// See and write internal notes.
    ReadNotes,
    /// Write a public reply to a ticket one may see.
    ReplyToTicket,
    /// Work on a ticket: states that belong to the provider's side.
    WorkOnTicket,
    /// Confirm, reopen or withdraw one's own ticket.
    SettleOwnTicket,
    /// Change kind, impact, urgency, category, application, major flag; link tickets.
    ClassifyTicket,
    /// See the contacts of a tenant.
    ReadContacts,
    /// Change a tenant's priority matrix and categories.
    ConfigureIntake,
    /// See the worklist.
    ReadWorklist,
    /// Take a ticket, release one's own.
    TakeTicket,
    /// Give a ticket to somebody, release another's, move it.
    AssignTicket,
    /// Make groups and routing rules.
    ConfigureRouting,
    /// See clocks of tickets one may see.
    ReadClocks,
    /// See agreements between the provider's groups and with vendors, and their clocks.
    ReadInnerClocks,
    /// Write calendars and agreements.
    ConfigureAgreements,
    /// Correct results of clocks that were told.
    CorrectClocks,
    /// Find and read articles meant for the tenant.
    ReadArticles,
    /// Find and read internal articles.
    ReadInternalArticles,
    /// Write articles, link them to tickets.
    WriteArticles,
    /// Validate and archive articles.
    ValidateArticles,
    /// See indicators of the tenant.
    ReadIndicators,
    /// See indicators by agent (never the tenant's roles: outsourcing law).
    ReadAgentIndicators,
    /// Enter measured values of service levels: the provider's word, which the client sees and may contest.
    RecordMeasures,
    /// Rebuild read models.
    RebuildReports,
    /// See the tenant's people.
    ReadPeople,
    /// Write people of the tenant.
    ManagePeople,
    /// See applications and vendors.
    ReadApplications,
    /// Write applications and their owners, and vendors.
    ManageApplications,
    /// Make and revoke API keys of the tenant.
    ManageApiKeys,
    /// Assign the provider's staff to the tenant.
    ManageStaff,
    /// Import another tool's history.
    ImportHistory,
    /// Create providers and tenants, suspend and resume them. Of the platform, not of a tenant.
    ManageTenants,
}

use Role::{
    Agent, ApplicationOwner, Coordinator, Integrator, InventoryManager, Operator, QualityManager,
    Requester, ServiceManager, TenantAdmin,
};

const EVERYONE: &[Role] = &[
    Requester,
    ApplicationOwner,
    TenantAdmin,
    Integrator,
    Agent,
    InventoryManager,
    Coordinator,
    QualityManager,
    ServiceManager,
];
const STAFF: &[Role] = &[
    Agent,
    InventoryManager,
    Coordinator,
    QualityManager,
    ServiceManager,
];
const HANDS: &[Role] = &[Agent, Coordinator, ServiceManager];
const LEADS: &[Role] = &[Coordinator, ServiceManager];

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 35] = [
        Self::OpenTicket,
        Self::OpenTicketForOthers,
        Self::ReadOwnTickets,
        Self::ReadTickets,
        Self::ReadNotes,
        Self::ReplyToTicket,
        Self::WorkOnTicket,
        Self::SettleOwnTicket,
        Self::ClassifyTicket,
        Self::ReadContacts,
        Self::ConfigureIntake,
        Self::ReadWorklist,
        Self::TakeTicket,
        Self::AssignTicket,
        Self::ConfigureRouting,
        Self::ReadClocks,
        Self::ReadInnerClocks,
        Self::ConfigureAgreements,
        Self::CorrectClocks,
        Self::ReadArticles,
        Self::ReadInternalArticles,
        Self::WriteArticles,
        Self::ValidateArticles,
        Self::ReadIndicators,
        Self::ReadAgentIndicators,
        Self::RecordMeasures,
        Self::RebuildReports,
        Self::ReadPeople,
        Self::ManagePeople,
        Self::ReadApplications,
        Self::ManageApplications,
        Self::ManageApiKeys,
        Self::ManageStaff,
        Self::ImportHistory,
        Self::ManageTenants,
    ];

    /// The roles that hold it.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::OpenTicket
            | Self::ReadOwnTickets
            | Self::ReplyToTicket
            | Self::ReadClocks
            | Self::ReadArticles
            | Self::ReadApplications => EVERYONE,
            Self::OpenTicketForOthers => &[
                TenantAdmin,
                Integrator,
                Agent,
                Coordinator,
                QualityManager,
                ServiceManager,
            ],
            Self::ReadTickets => &[
                ApplicationOwner,
                TenantAdmin,
                Integrator,
                Agent,
                InventoryManager,
                Coordinator,
                QualityManager,
                ServiceManager,
            ],
            Self::ReadNotes
            | Self::ReadInternalArticles
            | Self::ReadContacts
            | Self::ReadInnerClocks
            | Self::ReadWorklist => STAFF,
            Self::WorkOnTicket | Self::TakeTicket => HANDS,
            Self::SettleOwnTicket => &[Requester, ApplicationOwner, TenantAdmin, Integrator],
            Self::ConfigureIntake | Self::ConfigureAgreements => {
                &[TenantAdmin, QualityManager, ServiceManager]
            }
            Self::CorrectClocks => &[TenantAdmin, QualityManager],
            Self::AssignTicket | Self::ConfigureRouting | Self::ManageStaff => LEADS,
            Self::ClassifyTicket | Self::WriteArticles => {
                &[Agent, Coordinator, QualityManager, ServiceManager]
            }
            Self::ValidateArticles | Self::ReadAgentIndicators | Self::RebuildReports => {
                &[Coordinator, QualityManager, ServiceManager]
            }
            Self::RecordMeasures => &[QualityManager, ServiceManager],
            Self::ReadIndicators => &[
                TenantAdmin,
                Integrator,
                Coordinator,
                QualityManager,
                ServiceManager,
            ],
            Self::ReadPeople => &[
                TenantAdmin,
                Agent,
                InventoryManager,
                Coordinator,
                QualityManager,
                ServiceManager,
            ],
            Self::ManagePeople => &[TenantAdmin, Coordinator, ServiceManager],
            Self::ManageApplications => {
                &[TenantAdmin, InventoryManager, Coordinator, ServiceManager]
            }
            Self::ManageApiKeys => &[TenantAdmin, ServiceManager],
            Self::ImportHistory => &[TenantAdmin, Integrator, ServiceManager],
            Self::ManageTenants => &[Operator],
        }
    }

    /// Stable name for messages and logs: `reply_to_ticket`.
    pub fn as_str(self) -> String {
        let name = format!("{self:?}");
        let mut out = String::with_capacity(name.len() + 4);
        for (i, c) in name.chars().enumerate() {
            if c.is_uppercase() && i > 0 {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        }
        out
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_role_of_the_client_touches_a_named_person_of_the_provider() {
        for p in [
            Permission::AssignTicket,
            Permission::TakeTicket,
            Permission::ManageStaff,
            Permission::ReadAgentIndicators,
            Permission::ReadInnerClocks,
        ] {
            assert!(
                p.roles().iter().all(|r| !r.is_tenant()),
                "{p} is held by a role of the client"
            );
        }
    }

    #[test]
    fn the_operator_sees_no_ticket() {
        for p in Permission::ALL {
            if p != Permission::ManageTenants {
                assert!(
                    !p.roles().contains(&Role::Operator),
                    "{p} is held by the operator"
                );
            }
        }
    }

    #[test]
    fn all_lists_all() {
        let mut sorted = Permission::ALL.to_vec();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), Permission::ALL.len());
        assert_eq!(sorted.last(), Some(&Permission::ManageTenants));
        assert_eq!(sorted.len(), Permission::ManageTenants as usize + 1);
    }
}
