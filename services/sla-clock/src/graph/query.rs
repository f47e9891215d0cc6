//! What can be asked, and the entities.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use ids::TicketId;
use subgraph::{caller, fault, gid};

use super::enums::{AgreementKind, ClockTarget};
use super::feeds::{RemoveCalendarFeedInput, SetCalendarFeedInput};
use super::hours::{AssignCalendarInput, CalendarAssignment};
use super::inputs::{ChangeAgreementInput, ChangeCalendarInput, CreateAgreementInput};
use super::notification::NotificationHours;
use super::previews::{AgreementSimulation, EditPreview, SimulateAgreementInput, moves};
use super::standby::{SetStandbySchemeInput, StandbyScheme};
use super::ticket::Ticket;
use super::types::{Agreement, Calendar, ClockSummary};
use crate::actions::preview_edits::{
    preview_agreement_change, preview_calendar_assignment, preview_calendar_change, preview_feed,
    preview_feed_removal, preview_new_agreement, preview_standby_scheme,
};
use crate::actions::read_agreements::read_agreements;
use crate::actions::read_notification_hours::read_notification_hours;
use crate::actions::simulate_agreement::simulate_agreement;
use crate::actions::summarise_clocks::{Counted, summarise_clocks};

/// Sla-clock's queries.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// A tenant's calendars, by name.
    async fn calendars(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
    ) -> Result<Vec<Calendar>> {
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let book = read_agreements(ctx.data()?, caller(ctx)?, whose)
            .await
            .map_err(fault)?;
        Ok(book
            .calendars
            .iter()
            .map(|c| Calendar::of(whose, c))
            .collect())
    }

    /// A tenant's agreements, in attach order. Those between the provider's groups and with vendors are shown to the
    /// provider's staff alone.
    async fn agreements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
        #[graphql(desc = "Those that were archived, too.", default)] include_archived: bool,
    ) -> Result<Vec<Agreement>> {
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let book = read_agreements(ctx.data()?, caller(ctx)?, whose)
            .await
            .map_err(fault)?;
        Ok(book
            .versions
            .chunk_by(|a, b| a.agreement.id == b.agreement.id)
            .filter_map(|versions| Agreement::of(whose, versions))
            .filter(|a| include_archived || a.archived_at.is_none())
            .collect())
    }

    /// The calendars that were given to resolver groups, applications and countries, as they are now.
    async fn calendar_assignments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
    ) -> Result<Vec<CalendarAssignment>> {
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let book = read_agreements(ctx.data()?, caller(ctx)?, whose)
            .await
            .map_err(fault)?;
        let now = book.desk().now();
        Ok(now
            .iter()
            .map(|g| CalendarAssignment::of(whose, g))
            .collect())
    }

    /// When people may be told of warnings and breaches; shown to whoever may set it.
    async fn notification_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
    ) -> Result<NotificationHours> {
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let hours = read_notification_hours(ctx.data()?, caller(ctx)?, whose)
            .await
            .map_err(fault)?;
        Ok(NotificationHours::of(whose, &hours))
    }

    /// Which tickets may call out the standby, and when it is there; absent if there is none.
    async fn standby_scheme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
    ) -> Result<Option<StandbyScheme>> {
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let book = read_agreements(ctx.data()?, caller(ctx)?, whose)
            .await
            .map_err(fault)?;
        let desk = book.desk();
        Ok(desk.standby().map(|s| StandbyScheme::of(whose, s)))
    }

    /// How many clocks of a target were met and missed, judged at an instant.
    async fn clock_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
        #[graphql(desc = "What they measure.")] target: ClockTarget,
        #[graphql(
            desc = "Of a target of the tenant's own, or one between groups or with a vendor: its code; all of them if absent."
        )]
        code: Option<String>,
        #[graphql(
            desc = "By agreements between whom.",
            default_with = "AgreementKind::Sla"
        )]
        kind: AgreementKind,
        #[graphql(
            desc = "The instant they are judged at; now if absent. A clock that is still open has missed its \
            deadline if this is later."
        )]
        as_of: Option<DateTime<Utc>>,
    ) -> Result<ClockSummary> {
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let counted = Counted {
            target: target.into(),
            code,
            kind: kind.into(),
        };
        let summary = summarise_clocks(ctx.data()?, caller(ctx)?, whose, &counted, as_of)
            .await
            .map_err(fault)?;
        Ok(summary.into())
    }

    /// What `changeCalendar` with this input would move, if it were applied to open tickets now. Writes nothing. `BUSY` while as
    /// many previews are computed as there may be at once: again after `retryAfterSeconds`.
    async fn preview_calendar_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `changeCalendar` takes it.")] input: ChangeCalendarInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let found = preview_calendar_change(ctx.data()?, caller(ctx)?, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// What `changeAgreement` with this input would move, if it were applied to open tickets now. Writes nothing. `BUSY` while as
    /// many previews are computed as there may be at once: again after `retryAfterSeconds`.
    async fn preview_agreement_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `changeAgreement` takes it.")] input: ChangeAgreementInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let found = preview_agreement_change(ctx.data()?, caller(ctx)?, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// What `createAgreement` with this input would move (at that place in the attach order), if it were applied to open tickets now.
    /// Writes nothing. `BUSY` as with the other previews.
    async fn preview_new_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `createAgreement` takes it.")] input: CreateAgreementInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let caller = caller(ctx)?;
        let wish = input.read(|named| caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let found = preview_new_agreement(ctx.data()?, caller, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// What `assignCalendar` with this input would move, if it were applied to open tickets now; nothing is looked at if it is so
    /// already. Writes nothing. `BUSY` as with the other previews.
    async fn preview_calendar_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `assignCalendar` takes it.")] input: AssignCalendarInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let caller = caller(ctx)?;
        let wish = input.read(|named| caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let found = preview_calendar_assignment(ctx.data()?, caller, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// What `setStandbyScheme` with this input would move, if it were applied to open tickets now; nothing is looked at if it is so
    /// already. Writes nothing. `BUSY` as with the other previews.
    async fn preview_standby_scheme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `setStandbyScheme` takes it.")] input: SetStandbySchemeInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let caller = caller(ctx)?;
        let wish = input.read(|named| caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let found = preview_standby_scheme(ctx.data()?, caller, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// What `setCalendarFeed` with this input would move by what the feed says now (an address is read for it), if it were applied to
    /// open tickets; nothing is looked at if no date changes. Writes nothing. `BUSY` as with the other previews, and while as many
    /// addresses are read for them as may be at once.
    async fn preview_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `setCalendarFeed` takes it.")] input: SetCalendarFeedInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let caller = caller(ctx)?;
        let wish = input.read()?;
        let tenant = wish.tenant;
        let found = preview_feed(ctx.data()?, caller, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// What `removeCalendarFeed` with this input would move, if it were applied to open tickets now; nothing is looked at if no date
    /// changes. Writes nothing. `BUSY` as with the other previews.
    async fn preview_calendar_feed_removal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As `removeCalendarFeed` takes it.")] input: RemoveCalendarFeedInput,
        #[graphql(desc = "So many moves, 0 to 200.", default = 50)] first: i32,
    ) -> Result<EditPreview> {
        let caller = caller(ctx)?;
        let wish = input.read()?;
        let tenant = wish.tenant;
        let found = preview_feed_removal(ctx.data()?, caller, wish, moves(first)?)
            .await
            .map_err(fault)?;
        Ok(EditPreview::of(tenant, found))
    }

    /// Tries an agreement on the tickets of a past time before it is published: how many of their clocks would have been
    /// met and missed, beside what really held. Writes nothing. `BUSY` while as many previews are computed as there may be at
    /// once: again after `retryAfterSeconds`.
    async fn simulate_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement, and the time.")] input: SimulateAgreementInput,
    ) -> Result<AgreementSimulation> {
        let found = simulate_agreement(ctx.data()?, caller(ctx)?, input.read()?)
            .await
            .map_err(fault)?;
        Ok(found.into())
    }

    /// Tickets get their clocks here.
    #[graphql(entity)]
    async fn ticket(&self, #[graphql(key)] id: ID, version: Option<i32>) -> Result<Ticket> {
        gid::<TicketId>(&id)?;
        Ok(Ticket {
            id,
            version: version.unwrap_or_default(),
        })
    }
}
