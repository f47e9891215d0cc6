//! What can be changed of service levels.

use async_graphql::{Context, Object, Result, SimpleObject};
use ids::TenantId;
use subgraph::{Problem, by, fault};

use super::exclusions::ServiceLevelExclusion;
use super::frozen::FrozenServiceLevels;
use super::inputs::{
    DecideExclusionInput, FreezeServiceLevelsInput, ProposeExclusionInput, RecordMeasureInput,
    SetServiceLevelsInput, WithdrawExclusionInput,
};
use super::levels::ServiceLevelSetVersion;
use super::measures::ServiceLevelMeasure;
use super::problems;
use crate::actions::decide_exclusion::decide_exclusion;
use crate::actions::freeze_service_levels::freeze_service_levels;
use crate::actions::propose_exclusion::propose_exclusion;
use crate::actions::record_measure::record_measure;
use crate::actions::set_service_levels::{KeptSet, set_service_levels};
use crate::actions::withdraw_exclusion::withdraw_exclusion;
use crate::domain::problem::Outcome;
use crate::domain::service_levels::exclusion::Exclusion;
use crate::domain::service_levels::frozen::Frozen;
use crate::domain::service_levels::measure::Measure;
use crate::graph::{tools, whose};

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $ty:ident, $kept:ty, $make:expr })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject, Debug)]
        pub struct $name {
            /// As it is now; absent if nothing was done.
            pub $field: Option<$ty>,
            /// What stands in the way, for the user to put right; empty if it was done.
            pub problems: Vec<Problem>,
        }

        impl $name {
            fn of(tenant: TenantId, outcome: Outcome<$kept>) -> Self {
                let make: fn(TenantId, $kept) -> $ty = $make;
                match outcome {
                    Ok(kept) => Self { $field: Some(make(tenant, kept)), problems: Vec::new() },
                    Err(all) => Self { $field: None, problems: problems(all) },
                }
            }
        }
    )*};
}

payloads! {
    /// What `setServiceLevels` did.
    SetServiceLevelsPayload { set: ServiceLevelSetVersion, KeptSet, |t, k| ServiceLevelSetVersion::of(t, &k) }
    /// What `recordMeasure` did.
    RecordMeasurePayload { measure: ServiceLevelMeasure, Measure, |t, k| ServiceLevelMeasure::of(t, &k) }
    /// What `proposeExclusion` did.
    ProposeExclusionPayload { exclusion: ServiceLevelExclusion, Exclusion, |t, k| ServiceLevelExclusion::of(t, &k) }
    /// What `decideExclusion` did.
    DecideExclusionPayload { exclusion: ServiceLevelExclusion, Exclusion, |t, k| ServiceLevelExclusion::of(t, &k) }
    /// What `withdrawExclusion` did.
    WithdrawExclusionPayload { exclusion: ServiceLevelExclusion, Exclusion, |t, k| ServiceLevelExclusion::of(t, &k) }
    /// What `freezeServiceLevels` did.
    FreezeServiceLevelsPayload { frozen: FrozenServiceLevels, Frozen, FrozenServiceLevels::whole }
}

/// Mutations of service levels.
#[derive(Debug)]
pub struct ServiceLevelMutation;

#[Object]
impl ServiceLevelMutation {
    /// Writes another version of the service levels that are agreed from a month on; those before stay. For the client's
    /// administrators and the provider's quality and service managers.
    async fn set_service_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] input: SetServiceLevelsInput,
    ) -> Result<SetServiceLevelsPayload> {
        let tenant = whose(ctx, input.tenant.as_ref())?;
        let wish = input.read(tenant)?;
        let done = set_service_levels(tools(ctx)?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(SetServiceLevelsPayload::of(tenant, done))
    }

    /// Enters the value of a measured level for a month; what was entered before is kept. For the provider's quality and
    /// service managers.
    async fn record_measure(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The value.")] input: RecordMeasureInput,
    ) -> Result<RecordMeasurePayload> {
        let tenant = whose(ctx, input.tenant.as_ref())?;
        let wish = input.read(tenant)?;
        let done = record_measure(tools(ctx)?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(RecordMeasurePayload::of(tenant, done))
    }

    /// Proposes that something does not count against the provider; it changes the figure once the other side accepts it.
    /// For the client's administrators and the provider's quality and service managers.
    async fn propose_exclusion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal.")] input: ProposeExclusionInput,
    ) -> Result<ProposeExclusionPayload> {
        let tenant = whose(ctx, input.tenant.as_ref())?;
        let wish = input.read(tenant)?;
        let done = propose_exclusion(tools(ctx)?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(ProposeExclusionPayload::of(tenant, done))
    }

    /// Accepts or rejects what the other side proposed. The same decision once more changes nothing.
    async fn decide_exclusion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision.")] input: DecideExclusionInput,
    ) -> Result<DecideExclusionPayload> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let done = decide_exclusion(tools(ctx)?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(DecideExclusionPayload::of(tenant, done))
    }

    /// Takes a proposal of one's own side back while the other side has not decided. Once more changes nothing. For the client's
    /// administrators and the provider's quality and service managers.
    async fn withdraw_exclusion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which proposal.")] input: WithdrawExclusionInput,
    ) -> Result<WithdrawExclusionPayload> {
        let wish = input.read()?;
        let done = withdraw_exclusion(tools(ctx)?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(WithdrawExclusionPayload::of(wish.tenant, done))
    }

    /// Closes a month that is over: what is agreed, every counted ticket, exclusions, values and the figures are kept word
    /// for word, and nothing that comes later changes them. A closed month can be closed again with a reason; every revision
    /// is kept. For the client's administrators and the provider's quality and service managers.
    async fn freeze_service_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The month.")] input: FreezeServiceLevelsInput,
    ) -> Result<FreezeServiceLevelsPayload> {
        let tenant = whose(ctx, input.tenant.as_ref())?;
        let wish = input.read(tenant)?;
        let done = freeze_service_levels(tools(ctx)?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(FreezeServiceLevelsPayload::of(tenant, done))
    }
}
