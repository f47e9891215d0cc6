//! What can be changed.

use async_graphql::{Context, Object, Result, SimpleObject};
use ids::{GlobalId, GroupId, PersonId, TenantId, TicketId};
use messaging::Position;
use subgraph::{Problem, bad_input, by, fault, gid, of_tenant};

use super::inputs::{
    AssignTicketInput, ChangeGroupInput, CreateGroupInput, GroupMemberInput, MoveTicketInput,
    SetRoutingRulesInput, TicketHandInput,
};
use super::types::{ResolverGroup, RoutingRules, TicketAssignment, problems};
use crate::actions::Tools;
use crate::actions::add_group_member::add_group_member;
use crate::actions::assign_ticket::{self, assign_ticket};
use crate::actions::change_group::{self, change_group};
use crate::actions::create_group::create_group;
use crate::actions::move_ticket::{self, Destination, move_ticket};
use crate::actions::release_ticket::release_ticket;
use crate::actions::remove_group_member::remove_group_member;
use crate::actions::set_routing_rules::set_routing_rules;
use crate::actions::take_ticket::take_ticket;
use crate::domain::group::GroupWish;
use crate::domain::problem::Outcome;

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $ty:ty })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject, Debug, Default)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: Option<$ty>,
            /// What stands in the way, for the user to put right; empty if it was done.
            pub problems: Vec<Problem>,
            /// Where routing's facts stand after it; `worklist(afterPosition:)` and others' lists wait for it. Absent if
            /// nothing changed.
            pub position: Option<String>,
        }
    )*};
}

payloads! {
    /// What `createGroup` did.
    CreateGroupPayload {
        /// The group.
        group: ResolverGroup
    }
    /// What `changeGroup` did.
    ChangeGroupPayload {
        /// The group as it is now.
        group: ResolverGroup
    }
    /// What `addGroupMember` did.
    AddGroupMemberPayload {
        /// The group.
        group: ResolverGroup
    }
    /// What `removeGroupMember` did.
    RemoveGroupMemberPayload {
        /// The group.
        group: ResolverGroup
    }
    /// What `setRoutingRules` did.
    SetRoutingRulesPayload {
        /// The rules as they are now.
        routing_rules: RoutingRules
    }
    /// What `assignTicket` did.
    AssignTicketPayload {
        /// Who holds the ticket now.
        assignment: TicketAssignment
    }
    /// What `takeTicket` did.
    TakeTicketPayload {
        /// Who holds the ticket now.
        assignment: TicketAssignment
    }
    /// What `releaseTicket` did.
    ReleaseTicketPayload {
        /// Who holds the ticket now.
        assignment: TicketAssignment
    }
    /// What `moveTicket` did.
    MoveTicketPayload {
        /// Who holds the ticket now.
        assignment: TicketAssignment
    }
}

/// A change of hands as payload parts.
struct Handed {
    assignment: Option<TicketAssignment>,
    problems: Vec<Problem>,
    position: Option<String>,
}

impl From<Outcome<crate::actions::HandedOver>> for Handed {
    fn from(outcome: Outcome<crate::actions::HandedOver>) -> Self {
        match outcome {
            Ok(done) => Self {
                position: done.position.map(|sequence| {
                    Position {
                        tenant: done.assignment.tenant,
                        source: "routing".to_owned(),
                        subject: done.assignment.ticket.to_string(),
                        sequence,
                    }
                    .to_string()
                }),
                assignment: Some(TicketAssignment::of(done.assignment)),
                problems: Vec::new(),
            },
            Err(all) => Self {
                assignment: None,
                problems: problems(all),
                position: None,
            },
        }
    }
}

fn group_shown(
    outcome: Outcome<(TenantId, crate::domain::group::Group)>,
) -> (Option<ResolverGroup>, Vec<Problem>) {
    match outcome {
        Ok((tenant, group)) => (Some(ResolverGroup::of(tenant, group)), Vec::new()),
        Err(all) => (None, problems(all)),
    }
}

/// The group and the person.
fn member(input: &GroupMemberInput) -> Result<(GlobalId<GroupId>, GlobalId<PersonId>)> {
    Ok((gid(&input.group)?, gid(&input.person)?))
}

/// A line as the rules know it.
fn line(field: &str, line: i32) -> Result<i16> {
    match line {
        1..=3 => Ok(line as i16),
        _ => Err(bad_input(field, "La línea debe ser 1, 2 o 3.")),
    }
}

/// Routing's mutations.
#[derive(Debug)]
pub struct Mutation;

#[Object]
impl Mutation {
    /// Makes a resolver group.
    async fn create_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group.")] input: CreateGroupInput,
    ) -> Result<CreateGroupPayload> {
        let wish = GroupWish {
            name: input.name,
            // What does not fit is told as a problem, not as an error.
            line: i16::try_from(input.line).unwrap_or(0),
            speciality: input.speciality.into(),
        };
        let done = create_group(
            ctx.data()?,
            &by(ctx)?,
            wish,
            input.idempotency_key.as_deref(),
        )
        .await
        .map_err(fault)?;
        let (group, problems) = group_shown(done);
        Ok(CreateGroupPayload {
            group,
            problems,
            position: None,
        })
    }

    /// Changes a resolver group.
    async fn change_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: ChangeGroupInput,
    ) -> Result<ChangeGroupPayload> {
        let group = gid::<GroupId>(&input.group)?;
        let wish = change_group::Wish {
            tenant: group.tenant,
            group: group.id,
            name: input.name,
            line: input.line.map(|l| i16::try_from(l).unwrap_or(0)),
            speciality: input.speciality.map(Into::into),
            active: input.active,
            seen: input.version,
        };
        let done = change_group(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        let (group, problems) = group_shown(done.map(|g| (group.tenant, g)));
        Ok(ChangeGroupPayload {
            group,
            problems,
            position: None,
        })
    }

    /// Somebody belongs to a group from now on.
    async fn add_group_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and to which group.")] input: GroupMemberInput,
    ) -> Result<AddGroupMemberPayload> {
        let (group, person) = member(&input)?;
        let changed = add_group_member(ctx.data()?, &by(ctx)?, group, person)
            .await
            .map_err(fault)?;
        Ok(AddGroupMemberPayload {
            group: Some(ResolverGroup::of(group.tenant, changed)),
            ..Default::default()
        })
    }

    /// Somebody belongs to a group no longer. Tickets that the person holds stay until somebody moves them.
    async fn remove_group_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and to which group.")] input: GroupMemberInput,
    ) -> Result<RemoveGroupMemberPayload> {
        let (group, person) = member(&input)?;
        let changed = remove_group_member(ctx.data()?, &by(ctx)?, group, person)
            .await
            .map_err(fault)?;
        Ok(RemoveGroupMemberPayload {
            group: Some(ResolverGroup::of(group.tenant, changed)),
            ..Default::default()
        })
    }

    /// Puts these rules in the place of a tenant's. Tickets that were routed stay where they are.
    async fn set_routing_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rules.")] input: SetRoutingRulesInput,
    ) -> Result<SetRoutingRulesPayload> {
        let by = by(ctx)?;
        let whose = subgraph::tenant(ctx, input.tenant.as_ref())?;
        let done = set_routing_rules(ctx.data()?, &by, input.read(whose)?)
            .await
            .map_err(fault)?;
        Ok(match done {
            Ok(rules) => SetRoutingRulesPayload {
                routing_rules: Some(RoutingRules::of(whose, rules)),
                ..Default::default()
            },
            Err(all) => SetRoutingRulesPayload {
                problems: problems(all),
                ..Default::default()
            },
        })
    }

    /// Gives a ticket to somebody.
    async fn assign_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: AssignTicketInput,
    ) -> Result<AssignTicketPayload> {
        let ticket = gid::<TicketId>(&input.ticket)?;
        let holder = gid::<PersonId>(&input.holder)?;
        if holder.tenant != ticket.tenant {
            return Err(subgraph::refused(access::Refusal::NotFound));
        }
        let wish = assign_ticket::Wish {
            tenant: ticket.tenant,
            ticket: ticket.id,
            holder: holder.id,
            group: input
                .group
                .map(|g| of_tenant(ticket.tenant, &g))
                .transpose()?,
            seen: input.version.map(i64::from),
        };
        let done: Handed = assign_ticket(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?
            .into();
        Ok(AssignTicketPayload {
            assignment: done.assignment,
            problems: done.problems,
            position: done.position,
        })
    }

    /// The caller takes a ticket out of its group's queue.
    async fn take_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TicketHandInput,
    ) -> Result<TakeTicketPayload> {
        let ticket = gid::<TicketId>(&input.ticket)?;
        let seen = input.version.map(i64::from);
        let done: Handed = take_ticket(
            ctx.data::<Tools>()?,
            &by(ctx)?,
            ticket.tenant,
            ticket.id,
            seen,
        )
        .await
        .map_err(fault)?
        .into();
        Ok(TakeTicketPayload {
            assignment: done.assignment,
            problems: done.problems,
            position: done.position,
        })
    }

    /// A ticket goes back to its group's queue.
    async fn release_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TicketHandInput,
    ) -> Result<ReleaseTicketPayload> {
        let ticket = gid::<TicketId>(&input.ticket)?;
        let seen = input.version.map(i64::from);
        let done: Handed = release_ticket(
            ctx.data::<Tools>()?,
            &by(ctx)?,
            ticket.tenant,
            ticket.id,
            seen,
        )
        .await
        .map_err(fault)?
        .into();
        Ok(ReleaseTicketPayload {
            assignment: done.assignment,
            problems: done.problems,
            position: done.position,
        })
    }

    /// A ticket goes to another group's queue: escalation to another line or speciality, or back.
    async fn move_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and where to.")] input: MoveTicketInput,
    ) -> Result<MoveTicketPayload> {
        let ticket = gid::<TicketId>(&input.ticket)?;
        let to = match (&input.group, input.line) {
            (Some(group), None) => Destination::Group(of_tenant(ticket.tenant, group)?),
            (None, Some(l)) => Destination::Line(line("line", l)?),
            _ => {
                return Err(bad_input(
                    "group",
                    "Indique un grupo o una línea: uno de los dos.",
                ));
            }
        };
        let wish = move_ticket::Wish {
            tenant: ticket.tenant,
            ticket: ticket.id,
            to,
            seen: input.version.map(i64::from),
        };
        let done: Handed = move_ticket(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?
            .into();
        Ok(MoveTicketPayload {
            assignment: done.assignment,
            problems: done.problems,
            position: done.position,
        })
    }
}
