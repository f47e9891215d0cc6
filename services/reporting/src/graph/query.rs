//! Queries of indicators.

use access::Permission;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ids::{GlobalId, TenantId};
use messaging::Position;
use subgraph::{bad_input, caller, fault, refused};

use super::types::{IndicatorDimension, IndicatorFilter, Indicators};
use super::{Wiring, ask};
use crate::actions::indicators::indicators;
use crate::domain::figures::Question;
use crate::error::Error;

/// Queries of indicators.
pub struct IndicatorQuery;

#[Object]
impl IndicatorQuery {
    /// Indicators of a tenant over its tickets whose first event lies in the period. Needs the permission to read
    /// indicators; by agent, the permission to read indicators by agent.
    #[allow(clippy::too_many_arguments)] // the arguments of a GraphQL field
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(
            desc = "Beginning of the period, included; from the first ticket on if left out."
        )]
        from: Option<DateTime<Utc>>,
        #[graphql(desc = "End of the period, excluded; to the last ticket if left out.")]
        to: Option<DateTime<Utc>>,
        #[graphql(
            desc = "IANA time zone in which months are cut; that of the tenant's contract if left out."
        )]
        time_zone: Option<String>,
        #[graphql(desc = "What `groups` are made by, at most three.", default)] group_by: Vec<
            IndicatorDimension,
        >,
        #[graphql(desc = "Which tickets.")] filter: Option<IndicatorFilter>,
        #[graphql(
            desc = "The instant at which clocks are judged; now if left out. An open clock whose deadline lies \
                          before it is breached."
        )]
        as_of: Option<DateTime<Utc>>,
        #[graphql(
            desc = "Working days (Monday to Friday without the public holidays of the tenant's country) within which a \
                    reopening undoes a first-contact resolution.",
            default = 5,
            validator(minimum = 0, maximum = 365)
        )]
        reopen_days: i32,
        #[graphql(
            desc = "A position that a mutation returned: the figures contain it, or `behindSince` is set."
        )]
        after_position: Option<String>,
    ) -> Result<Indicators> {
        let wiring = ctx.data::<Wiring>()?;
        let caller = caller(ctx)?;
        let named = tenant.as_ref().map(tenant_id).transpose()?;
        let tenant = caller.tenant(named).map_err(refused)?;
        if !ask::ordered(from, to) {
            return Err(bad_input(
                "to",
                "El final del periodo debe ser posterior a su comienzo.",
            ));
        }
        if group_by.len() > 3 {
            return Err(bad_input("groupBy", "Como mucho tres dimensiones."));
        }
        let after: Option<Position> = match after_position {
            Some(text) => Some(
                text.parse()
                    .map_err(|_| bad_input("afterPosition", "No es una posición."))?,
            ),
            None => None,
        };
        // The zone of a tenant that is not the caller's must not be looked up: `tenant` has been checked above.
        let zone = if let Some(name) = time_zone {
            name.parse::<Tz>()
                .map_err(|_| bad_input("timeZone", "No es una zona horaria IANA."))?
        } else {
            let row = wiring
                .db
                .tenant(tenant)
                .await
                .map_err(|e| fault(Error::from(e)))?;
            row.time_zone.parse().unwrap_or(Tz::UTC)
        };
        let question = Question {
            from,
            to,
            zone,
            group_by: group_by.into_iter().map(Into::into).collect(),
            filter: ask::filter(filter.unwrap_or_default()),
            as_of: as_of.unwrap_or_else(|| wiring.clock.now()),
            inner_clocks: caller.may(tenant, Permission::ReadInnerClocks),
            reopen_days,
            parts: ask::parts(ctx),
        };
        let found = indicators(
            &wiring.db,
            caller,
            tenant,
            &question,
            after.as_ref(),
            wiring.patience,
        )
        .await
        .map_err(fault)?;
        Ok(ask::answer(tenant, &question, found))
    }
}

/// A tenant's global id holds the tenant twice; its plain id (`ten_` and 26 characters) is understood as well.
pub(super) fn tenant_id(id: &ID) -> Result<TenantId> {
    if let Ok(plain) = id.as_str().parse::<TenantId>() {
        return Ok(plain);
    }
    let id: GlobalId<TenantId> = subgraph::gid(id)?;
    if id.id == id.tenant {
        Ok(id.id)
    } else {
        Err(refused(access::Refusal::NotFound))
    }
}
