//! What the graph shows.

use async_graphql::dataloader::DataLoader;
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::{GlobalId, PersonId, TenantId, TicketId};
use subgraph::{Problem as ApiProblem, global};

use super::enums::{AssignmentReason, Priority, Speciality, TicketKind, TicketState};
use super::loaders::{Assignments, Groups, Members};
use crate::actions::read_assignments::Known;
use crate::actions::read_rules::Versioned;
use crate::domain::assignment::Assignment;
use crate::domain::group::Group;
use crate::domain::problem::Problem;
use crate::domain::rule::Rule;
use crate::domain::worklist::{COUNT_AT_MOST, Item};

/// Problems as the graph shows them.
pub fn problems(all: Vec<Problem>) -> Vec<ApiProblem> {
    all.into_iter()
        .map(|p| ApiProblem {
            field: p.field,
            code: p.code.to_owned(),
            message: p.message,
        })
        .collect()
}

/// A person; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Person {
    /// Global id.
    pub id: ID,
}

/// A client company; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Tenant {
    /// Global id.
    pub id: ID,
}

/// An application of a tenant; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Application {
    /// Global id.
    pub id: ID,
}

fn person(tenant: TenantId, person: Option<PersonId>) -> Option<Person> {
    person.map(|p| Person {
        id: global(tenant, p),
    })
}

/// A ticket. Intake owns it; here it gets its holder.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct Ticket {
    /// Global id.
    pub id: ID,
    /// How often it changed, as its owner counts.
    #[graphql(external)]
    pub version: i32,
}

#[ComplexObject]
impl Ticket {
    /// Who holds it. Waits up to 300 ms for the version of the ticket that is being shown; if that is not heard of by
    /// then, `asOf` says how old the answer is.
    #[graphql(requires = "version")]
    async fn assignment(&self, ctx: &Context<'_>) -> Result<Option<TicketAssignment>> {
        let ticket = subgraph::gid::<TicketId>(&self.id)?;
        let known = ctx
            .data::<DataLoader<Assignments>>()?
            .load_one(((ticket.tenant, ticket.id), i64::from(self.version)))
            .await?;
        Ok(known.map(|k| TicketAssignment {
            tenant: ticket.tenant,
            known: k,
        }))
    }
}

/// Who holds a ticket.
#[derive(Debug, Clone)]
pub struct TicketAssignment {
    tenant: TenantId,
    known: Known,
}

impl TicketAssignment {
    /// Right after a change, shown to the staff member who made it.
    pub fn of(assignment: Assignment) -> Self {
        Self {
            tenant: assignment.tenant,
            known: Known {
                assignment: Some(assignment),
                group: None,
                as_of: None,
                with_holder: true,
            },
        }
    }

    fn now(&self) -> Option<&Assignment> {
        self.known.assignment.as_ref()
    }
}

/// Who holds a ticket.
#[async_graphql::Object]
impl TicketAssignment {
    /// The resolver group that has it; absent while the ticket was not heard of yet.
    async fn group(&self, ctx: &Context<'_>) -> Result<Option<ResolverGroup>> {
        let Some(now) = self.now() else {
            return Ok(None);
        };
        if let Some(group) = &self.known.group {
            return Ok(Some(ResolverGroup::of(self.tenant, group.clone())));
        }
        let key = GlobalId::new(self.tenant, now.group);
        let group = ctx.data::<DataLoader<Groups>>()?.load_one(key).await?;
        Ok(group.map(|g| ResolverGroup::of(self.tenant, g)))
    }

    /// The staff member who has it, if one has. Shown to the provider's staff; the client's people see the group.
    async fn holder(&self) -> Option<Person> {
        let holder = self.now().and_then(|a| a.holder);
        person(self.tenant, holder.filter(|_| self.known.with_holder))
    }

    /// The support line on which it is, 1 to 3.
    async fn line(&self) -> Option<i32> {
        self.now().map(|a| i32::from(a.line))
    }

    /// Since when it is in these hands.
    async fn since(&self) -> Option<DateTime<Utc>> {
        self.now().map(|a| a.since)
    }

    /// Why it is in these hands.
    async fn reason(&self) -> Option<AssignmentReason> {
        self.now().map(|a| a.reason.into())
    }

    /// How often it changed hands here: what changes of it take as `version`.
    async fn version(&self) -> i32 {
        self.now().map_or(0, |a| a.version as i32)
    }

    /// Set if this is older than the ticket beside it: what was known at this instant.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.known.as_of
    }
}

/// A team on a support line, with a speciality. It is the provider's, shown under one of its tenants.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct ResolverGroup {
    /// Global id.
    pub id: ID,
    /// Its name.
    pub name: String,
    /// Support line, 1 to 3.
    pub line: i32,
    /// What it is good at.
    pub speciality: Speciality,
    /// Whether it takes tickets.
    pub active: bool,
    /// Taken over from the client's former tool.
    pub imported: bool,
    /// How often it changed: what changes of it take as `version`.
    pub version: i32,
    #[graphql(skip)]
    key: GlobalId<ids::GroupId>,
}

impl ResolverGroup {
    /// A group under the tenant in whose context it is shown.
    pub fn of(tenant: TenantId, group: Group) -> Self {
        Self {
            id: global(tenant, group.id),
            name: group.name,
            line: i32::from(group.line),
            speciality: group.speciality.into(),
            active: group.active,
            imported: group.tenant.is_some(),
            version: group.version,
            key: GlobalId::new(tenant, group.id),
        }
    }
}

#[ComplexObject]
impl ResolverGroup {
    /// Who belongs to it, in the order they joined. Shown to the provider's staff alone. A group without members is open
    /// to all staff of the tenant.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        let members = ctx
            .data::<DataLoader<Members>>()?
            .load_one(self.key)
            .await?;
        Ok(members
            .unwrap_or_default()
            .into_iter()
            .map(|p| Person {
                id: global(self.key.tenant, p),
            })
            .collect())
    }
}

/// One ticket in the staff's list. No words of the client: its subject is intake's, asked through `ticket`.
#[derive(SimpleObject, Debug, Clone)]
pub struct WorklistItem {
    /// The ticket.
    pub ticket: Ticket,
    /// Whose it is.
    pub tenant: Tenant,
    /// Readable number, unique in the tenant.
    pub number: String,
    /// What it is.
    pub kind: TicketKind,
    /// Declared a major incident.
    pub major: bool,
    /// Where it stands.
    pub state: TicketState,
    /// Since when.
    pub state_since: DateTime<Utc>,
    /// How soon it must be dealt with.
    pub priority: Priority,
    /// What it is about.
    pub application: Option<Application>,
    /// Global id of its category in the tenant's catalogue.
    pub category: Option<ID>,
    /// The group that has it.
    pub group: ResolverGroup,
    /// The support line on which it is, 1 to 3.
    pub line: i32,
    /// The staff member who has it, if one has.
    pub holder: Option<Person>,
    /// Since when it is in these hands.
    pub held_since: DateTime<Utc>,
    /// How often it changed hands: what `takeTicket` and the like take as `version`.
    pub assignment_version: i32,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When the next of its running clocks falls due.
    pub due_at: Option<DateTime<Utc>>,
    /// A target was missed.
    pub breached: bool,
    /// The version of the ticket that this row has seen.
    pub ticket_version: i32,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Item> for WorklistItem {
    fn from(item: Item) -> Self {
        let a = item.assignment;
        Self {
            ticket: Ticket {
                id: global(a.tenant, a.ticket),
                version: a.ticket_version as i32,
            },
            tenant: Tenant {
                id: ID(a.tenant.to_string()),
            },
            number: item.number,
            kind: item.kind.into(),
            major: item.major,
            state: item.state.into(),
            state_since: item.state_since,
            priority: item.priority.into(),
            application: item.application.map(|app| Application {
                id: global(a.tenant, app),
            }),
            category: item.category.map(|c| global(a.tenant, c)),
            group: ResolverGroup::of(a.tenant, item.group),
            line: i32::from(a.line),
            holder: person(a.tenant, a.holder),
            held_since: a.since,
            assignment_version: a.version as i32,
            opened_at: item.opened_at,
            due_at: item.due_at,
            breached: item.breached,
            ticket_version: a.ticket_version as i32,
            updated_at: item.updated_at,
        }
    }
}

/// What a page of the worklist says beside its rows.
#[derive(SimpleObject, Debug, Clone)]
pub struct WorklistTotals {
    /// How many tickets there are; counting stops at `totalCountAtMost`, which then means "that many or more".
    pub total_count: i32,
    /// Where counting stops.
    pub total_count_at_most: i32,
    /// Set if the list is older than `afterPosition`: what was known at this instant.
    pub as_of: Option<DateTime<Utc>>,
}

impl WorklistTotals {
    /// For a page that was counted (or not asked for its count).
    pub fn of(count: Option<i64>, as_of: Option<DateTime<Utc>>) -> Self {
        Self {
            total_count: count.unwrap_or(0) as i32,
            total_count_at_most: COUNT_AT_MOST as i32,
            as_of,
        }
    }
}

/// One rule of first routing: every condition that is set must hold.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct RoutingRule {
    /// Global id.
    pub id: ID,
    /// Kind of ticket.
    pub kind: Option<TicketKind>,
    /// Global id of the category.
    pub category: Option<ID>,
    /// The application.
    pub application: Option<Application>,
    /// Priority.
    pub priority: Option<Priority>,
    /// Major incident or not.
    pub major: Option<bool>,
    #[graphql(skip)]
    to: GlobalId<ids::GroupId>,
}

/// A group that rules name, seen under the tenant.
async fn group_at(ctx: &Context<'_>, key: GlobalId<ids::GroupId>) -> Result<ResolverGroup> {
    let group = ctx.data::<DataLoader<Groups>>()?.load_one(key).await?;
    group
        .map(|g| ResolverGroup::of(key.tenant, g))
        .ok_or_else(|| subgraph::fault(crate::error::Error::NotFound("group of a rule")))
}

#[ComplexObject]
impl RoutingRule {
    /// Where it leads.
    async fn group(&self, ctx: &Context<'_>) -> Result<ResolverGroup> {
        group_at(ctx, self.to).await
    }
}

/// How a tenant's tickets find their group: the first rule that matches, else the default group.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(complex)]
pub struct RoutingRules {
    /// Whose.
    pub tenant: Tenant,
    /// In order.
    pub rules: Vec<RoutingRule>,
    /// How often they changed: what `setRoutingRules` takes as `version`.
    pub version: i32,
    #[graphql(skip)]
    default: GlobalId<ids::GroupId>,
}

#[ComplexObject]
impl RoutingRules {
    /// Where everything goes that no rule is for.
    async fn default_group(&self, ctx: &Context<'_>) -> Result<ResolverGroup> {
        group_at(ctx, self.default).await
    }
}

impl RoutingRules {
    /// A tenant's.
    pub fn of(tenant: TenantId, of: Versioned) -> Self {
        let rule = |r: Rule| RoutingRule {
            id: global(tenant, r.id),
            kind: r.kind.map(Into::into),
            category: r.category.map(|c| global(tenant, c)),
            application: r.application.map(|a| Application {
                id: global(tenant, a),
            }),
            priority: r.priority.map(Into::into),
            major: r.major,
            to: GlobalId::new(tenant, r.group),
        };
        Self {
            tenant: Tenant {
                id: ID(tenant.to_string()),
            },
            default: GlobalId::new(tenant, of.routing.default_group),
            rules: of.routing.rules.into_iter().map(rule).collect(),
            version: of.version,
        }
    }
}
