//! Mutations of read models.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use subgraph::{Problem, caller, fault, refused};

use super::Wiring;
use super::query::tenant_id;
use super::types::count;
use crate::actions::rebuild_reports::{Rebuilt, rebuild_reports};

/// Which tenant's read models are to be rebuilt.
#[derive(Debug, InputObject)]
pub struct RebuildReportsInput {
    /// The tenant; the chosen one if left out.
    pub tenant: Option<ID>,
}

/// What a rebuild came to.
#[derive(Debug, SimpleObject)]
pub struct RebuildReportsPayload {
    /// What was rebuilt; absent if a rebuild was already under way.
    pub rebuilt: Option<RebuiltReports>,
    /// What the caller can act on.
    pub problems: Vec<Problem>,
}

/// The extent of a rebuild.
#[derive(Debug, SimpleObject)]
pub struct RebuiltReports {
    /// Facts that were read.
    pub facts: i32,
    /// Tickets that were summed up.
    pub tickets: i32,
}

/// Mutations of read models.
pub struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Rebuilds a tenant's read models from the kept facts and swaps them in; answers when it is done. The figures stay
    /// readable meanwhile. Repeating it does no harm.
    async fn rebuild_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant's.")] input: RebuildReportsInput,
    ) -> Result<RebuildReportsPayload> {
        let wiring = ctx.data::<Wiring>()?;
        let caller = caller(ctx)?;
        let named = input.tenant.as_ref().map(tenant_id).transpose()?;
        let tenant = caller.tenant(named).map_err(refused)?;
        let done = rebuild_reports(&wiring.db, caller, tenant)
            .await
            .map_err(fault)?;
        Ok(match done {
            Some(Rebuilt { facts, tickets }) => RebuildReportsPayload {
                rebuilt: Some(RebuiltReports {
                    facts: count(facts as i64),
                    tickets: count(tickets as i64),
                }),
                problems: Vec::new(),
            },
            None => RebuildReportsPayload {
                rebuilt: None,
                problems: vec![Problem::of(
                    "REBUILD_UNDER_WAY",
                    "Ya se están reconstruyendo los informes de este cliente.",
                )],
            },
        })
    }
}
