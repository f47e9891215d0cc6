//! How a tenant's tickets find their group.

use access::Permission;
use events::intake::{Priority, TicketKind};
use ids::{ApplicationId, CategoryId, GroupId, RuleId, TenantId};

use super::welcome_tenants::welcome_tenants;
use super::{By, Tools, begin};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::rule::{Routing, Rule};
use crate::error::Error;
use crate::store::{groups, rules};

/// More rules than this nobody can follow.
pub const MOST_RULES: usize = 500;

/// A rule as it is wished.
#[derive(Debug, Clone)]
pub struct RuleWish {
    /// Kind of ticket.
    pub kind: Option<TicketKind>,
    /// Category.
    pub category: Option<CategoryId>,
    /// Application.
    pub application: Option<ApplicationId>,
    /// Priority.
    pub priority: Option<Priority>,
    /// Major incident or not.
    pub major: Option<bool>,
    /// Where it leads.
    pub group: GroupId,
}

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose rules.
    pub tenant: TenantId,
    /// Where everything goes that no rule is for; none: as before.
    pub default_group: Option<GroupId>,
    /// All rules, in order.
    pub rules: Vec<RuleWish>,
    /// The version that the caller had before its eyes.
    pub seen: Option<i32>,
}

/// Puts these rules in the place of the tenant's. Tickets that were routed stay where they are.
pub async fn set_routing_rules(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<rules::Versioned>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureRouting)?;
    if wish.rules.len() > MOST_RULES {
        return Ok(Err(vec![Problem::at(
            "rules",
            "TOO_MANY_RULES",
            format!("Como máximo {MOST_RULES} reglas."),
        )]));
    }
    let mut tx = begin(tools, by.caller, tenant).await?;
    welcome_tenants(&mut tx, &*tools.ids, &*tools.clock, &[tenant]).await?;
    let version = rules::lock(&mut tx, tenant)
        .await?
        .ok_or(Error::NotFound("routing of the tenant"))?;
    if let Some(seen) = wish.seen
        && seen != version
    {
        return Ok(Err(vec![Problem::stale(i64::from(version))]));
    }
    let before = rules::of(&mut tx, &[tenant])
        .await?
        .remove(&tenant)
        .ok_or(Error::NotFound("routing of the tenant"))?;
    let routing = Routing {
        default_group: wish.default_group.unwrap_or(before.routing.default_group),
        rules: wish
            .rules
            .into_iter()
            .map(|r| Rule {
                id: RuleId::new(&*tools.ids),
                kind: r.kind,
                category: r.category,
                application: r.application,
                priority: r.priority,
                major: r.major,
                group: r.group,
            })
            .collect(),
    };
    let named: Vec<GroupId> = routing
        .rules
        .iter()
        .map(|r| r.group)
        .chain([routing.default_group])
        .collect();
    let known = groups::by_ids(&mut tx, &named).await?;
    let takes = |g: &GroupId| known.get(g).is_some_and(|g| g.active);
    let mut problems: Vec<Problem> = routing
        .rules
        .iter()
        .enumerate()
        .filter(|(_, r)| !takes(&r.group))
        .map(|(i, _)| no_such_group(format!("rules.{i}.group")))
        .collect();
    if !takes(&routing.default_group) {
        problems.push(no_such_group("defaultGroup".to_owned()));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    rules::replace(&mut tx, tenant, &routing, version + 1, tools.clock.now()).await?;
    tx.commit().await?;
    Ok(Ok(rules::Versioned {
        routing,
        version: version + 1,
    }))
}

fn no_such_group(field: String) -> Problem {
    Problem::at(field, "NO_SUCH_GROUP", "No hay tal grupo, o está inactivo.")
}
