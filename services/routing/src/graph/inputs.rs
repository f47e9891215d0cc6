//! What the graph takes.

use async_graphql::{Error, ID, InputObject};
use chrono::{DateTime, Utc};
use ids::{GroupId, PersonId, TenantId};
use subgraph::{gid, of_tenant, plain};

use super::enums::{Priority, Speciality, TicketKind, TicketState};
use crate::actions::set_routing_rules::{self, RuleWish};
use crate::domain::worklist::{Filter, HeldBy};

/// Which tickets of the worklist. Conditions are joined by "and", the values of one by "or"; what is absent sets none.
#[derive(InputObject, Debug, Default)]
pub struct WorklistFilter {
    /// In one of these states. Without it: everything that is not resolved, closed or cancelled.
    pub states: Option<Vec<TicketState>>,
    /// Of one of these priorities.
    pub priorities: Option<Vec<Priority>>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<TicketKind>>,
    /// With one of these groups.
    pub groups: Option<Vec<ID>>,
    /// On one of these support lines, 1 to 3.
    pub lines: Option<Vec<i32>>,
    /// In whose hands: `me`, `nobody`, or a person's id.
    pub holder: Option<ID>,
    /// Of these tenants; without it: of all that the caller works for, or the chosen one.
    pub tenants: Option<Vec<ID>>,
    /// Major incidents only, or none of them.
    pub major: Option<bool>,
    /// With a missed target only, or without one.
    pub breached: Option<bool>,
    /// Due before this instant.
    pub due_before: Option<DateTime<Utc>>,
}

fn all<A, B: From<A>>(values: Option<Vec<A>>) -> Vec<B> {
    values
        .unwrap_or_default()
        .into_iter()
        .map(B::from)
        .collect()
}

impl WorklistFilter {
    /// The filter, for this caller.
    pub fn read(self, me: PersonId) -> Result<Filter, Error> {
        let held_by = match self.holder.as_ref().map(|h| h.as_str()) {
            None => None,
            Some("me") => Some(HeldBy::Person(me)),
            Some("nobody") => Some(HeldBy::Nobody),
            Some(_) => match &self.holder {
                Some(id) => Some(HeldBy::Person(gid::<PersonId>(id)?.id)),
                None => None,
            },
        };
        Ok(Filter {
            tenants: self
                .tenants
                .unwrap_or_default()
                .iter()
                .map(plain::<TenantId>)
                .collect::<Result<_, _>>()?,
            states: all(self.states),
            priorities: all(self.priorities),
            kinds: all(self.kinds),
            groups: self
                .groups
                .unwrap_or_default()
                .iter()
                .map(|g| gid::<GroupId>(g).map(|g| g.id))
                .collect::<Result<_, _>>()?,
            lines: self
                .lines
                .unwrap_or_default()
                .into_iter()
                .map(|l| l as i16)
                .collect(),
            held_by,
            major: self.major,
            breached: self.breached,
            due_before: self.due_before,
        })
    }
}

/// A new resolver group.
#[derive(InputObject, Debug)]
pub struct CreateGroupInput {
    /// Its name, unique among the provider's groups.
    pub name: String,
    /// Support line, 1 to 3.
    pub line: i32,
    /// What it is good at.
    pub speciality: Speciality,
    /// A repeat with the same key gives the same group again; kept 48 h.
    pub idempotency_key: Option<String>,
}

/// Changes of a resolver group; what is absent stays.
#[derive(InputObject, Debug)]
pub struct ChangeGroupInput {
    /// The group.
    pub group: ID,
    /// Another name.
    pub name: Option<String>,
    /// Another support line, 1 to 3.
    pub line: Option<i32>,
    /// Another speciality.
    pub speciality: Option<Speciality>,
    /// Whether it takes tickets.
    pub active: Option<bool>,
    /// The group's version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}

/// Somebody in or out of a group.
#[derive(InputObject, Debug)]
pub struct GroupMemberInput {
    /// The group.
    pub group: ID,
    /// The staff member.
    pub person: ID,
}

/// One rule of first routing: every condition that is set must hold.
#[derive(InputObject, Debug)]
pub struct RoutingRuleInput {
    /// Kind of ticket.
    pub kind: Option<TicketKind>,
    /// Category of the tenant's catalogue.
    pub category: Option<ID>,
    /// Application.
    pub application: Option<ID>,
    /// Priority.
    pub priority: Option<Priority>,
    /// Major incident or not.
    pub major: Option<bool>,
    /// Where it leads.
    pub group: ID,
}

/// How a tenant's tickets find their group.
#[derive(InputObject, Debug)]
pub struct SetRoutingRulesInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Where everything goes that no rule is for; absent: as before.
    pub default_group: Option<ID>,
    /// All rules, in order; the first that matches wins.
    pub rules: Vec<RoutingRuleInput>,
    /// The version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}

impl SetRoutingRulesInput {
    /// The wish, for this tenant.
    pub fn read(self, tenant: TenantId) -> Result<set_routing_rules::Wish, Error> {
        let rules = self
            .rules
            .into_iter()
            .map(|r| {
                Ok(RuleWish {
                    kind: r.kind.map(Into::into),
                    category: r.category.map(|c| of_tenant(tenant, &c)).transpose()?,
                    application: r.application.map(|a| of_tenant(tenant, &a)).transpose()?,
                    priority: r.priority.map(Into::into),
                    major: r.major,
                    group: of_tenant(tenant, &r.group)?,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(set_routing_rules::Wish {
            tenant,
            default_group: self
                .default_group
                .map(|g| of_tenant(tenant, &g))
                .transpose()?,
            rules,
            seen: self.version,
        })
    }
}

/// A ticket to take or release.
#[derive(InputObject, Debug)]
pub struct TicketHandInput {
    /// The ticket.
    pub ticket: ID,
    /// The assignment's version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}

/// A ticket to give to somebody.
#[derive(InputObject, Debug)]
pub struct AssignTicketInput {
    /// The ticket.
    pub ticket: ID,
    /// Who is to hold it.
    pub holder: ID,
    /// In which group; absent: the one that has it.
    pub group: Option<ID>,
    /// The assignment's version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}

/// A ticket to move to another group or line: exactly one of the two.
#[derive(InputObject, Debug)]
pub struct MoveTicketInput {
    /// The ticket.
    pub ticket: ID,
    /// To this group.
    pub group: Option<ID>,
    /// To this support line, 1 to 3: the group there that the tenant's rules prefer, or the only one.
    pub line: Option<i32>,
    /// The assignment's version that was seen; another one now is a problem, not an overwrite.
    pub version: Option<i32>,
}
