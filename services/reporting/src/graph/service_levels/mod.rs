//! Service levels in the graph.

pub mod enums;
pub mod exclusions;
pub mod facts;
pub mod frozen;
pub mod inputs;
pub mod levels;
pub mod measures;
pub mod month;
pub mod mutation;
pub mod query;

use async_graphql::{ID, Result, SimpleObject};
use ids::{PersonId, TenantId};
use subgraph::{Problem as ApiProblem, bad_input, global};

use crate::domain::month::Month;
use crate::domain::problem::Problem;

/// A person: of the tenant, or of the provider's staff as seen by that tenant; directory tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Person {
    /// Global id.
    pub id: ID,
}

/// A ticket of the tenant; intake tells more.
#[derive(SimpleObject, Debug, Clone)]
#[graphql(unresolvable)]
pub struct Ticket {
    /// Global id.
    pub id: ID,
}

fn person(tenant: TenantId, id: PersonId) -> Person {
    Person {
        id: global(tenant, id),
    }
}

/// A month as it is written in arguments.
fn month(field: &str, text: &str) -> Result<Month> {
    text.parse()
        .map_err(|_| bad_input(field, "Un mes se escribe como 2026-11."))
}

/// Problems as the graph shows them.
fn problems(all: Vec<Problem>) -> Vec<ApiProblem> {
    all.into_iter()
        .map(|p| ApiProblem {
            field: p.field,
            code: p.code.to_owned(),
            message: p.message,
        })
        .collect()
}

/// Hundredths as GraphQL's Int: their bounds are far below it.
fn int(n: i64) -> i32 {
    super::types::count(n)
}
