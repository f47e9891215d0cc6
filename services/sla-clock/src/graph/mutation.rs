//! What can be changed.

use async_graphql::{Context, Object, Result, SimpleObject};
use ids::{AgreementId, CalendarId, TenantId};
use subgraph::{Problem, by, fault, gid};

use super::corrections::{CorrectClockInput, CorrectClockPayload};
use super::feeds::{RemoveCalendarFeedInput, SetCalendarFeedInput};
use super::hours::{AssignCalendarInput, AssignCalendarPayload, CalendarAssignment};
use super::inputs::{
    ArchiveAgreementInput, ChangeAgreementInput, ChangeCalendarInput, CreateAgreementInput,
    CreateCalendarInput, InstallSourceAgreementInput, InstallStandardAgreementInput,
};
use super::notification::{SetNotificationHoursInput, SetNotificationHoursPayload};
use super::standby::{SetStandbySchemeInput, SetStandbySchemePayload, StandbyScheme};
use super::types::{Agreement, Calendar, problems};
use crate::actions::archive_agreement::archive_agreement;
use crate::actions::assign_calendar::assign_calendar;
use crate::actions::change_agreement::change_agreement;
use crate::actions::change_calendar::change_calendar;
use crate::actions::correct_clock::correct_clock;
use crate::actions::create_agreement::create_agreement;
use crate::actions::create_calendar::{self, create_calendar};
use crate::actions::install_source_agreement::{Installed, install_source_agreement};
use crate::actions::install_standard_agreement::install_standard_agreement;
use crate::actions::read_agreements::{KeptAgreement, KeptCalendar};
use crate::actions::remove_calendar_feed::remove_calendar_feed;
use crate::actions::set_calendar_feed::set_calendar_feed;
use crate::actions::set_notification_hours::set_notification_hours;
use crate::actions::set_standby_scheme::set_standby_scheme;
use crate::domain::problem::Outcome;

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $ty:ident, $kept:ty })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject, Debug, Default)]
        pub struct $name {
            /// As it is now; absent if nothing was done.
            pub $field: Option<$ty>,
            /// What stands in the way, for the user to put right; empty if it was done.
            pub problems: Vec<Problem>,
            /// Where sla-clock's facts stand after it. Absent: what other services read does not wait for it.
            pub position: Option<String>,
        }

        impl $name {
            fn of(tenant: TenantId, outcome: Outcome<$kept>) -> Self {
                match outcome {
                    Ok(kept) => Self { $field: Option::from($ty::of(tenant, &kept)), ..Self::default() },
                    Err(all) => Self { problems: problems(all), ..Self::default() },
                }
            }
        }
    )*};
}

payloads! {
    /// What `createCalendar` did.
    CreateCalendarPayload { calendar: Calendar, KeptCalendar }
    /// What `changeCalendar` did.
    ChangeCalendarPayload { calendar: Calendar, KeptCalendar }
    /// What `setCalendarFeed` did.
    SetCalendarFeedPayload { calendar: Calendar, KeptCalendar }
    /// What `removeCalendarFeed` did.
    RemoveCalendarFeedPayload { calendar: Calendar, KeptCalendar }
    /// What `createAgreement` did.
    CreateAgreementPayload { agreement: Agreement, Vec<KeptAgreement> }
    /// What `changeAgreement` did.
    ChangeAgreementPayload { agreement: Agreement, Vec<KeptAgreement> }
    /// What `archiveAgreement` did.
    ArchiveAgreementPayload { agreement: Agreement, Vec<KeptAgreement> }
    /// What `installStandardAgreement` did.
    InstallStandardAgreementPayload { agreement: Agreement, Vec<KeptAgreement> }
}

/// What `installSourceAgreement` did.
#[derive(SimpleObject, Debug, Default)]
pub struct InstallSourceAgreementPayload {
    /// As it is now; absent if nothing was done.
    pub agreement: Option<Agreement>,
    /// The groups and countries that had a calendar already and keep it: `assignCalendar` gives them another.
    pub kept_assignments: Vec<CalendarAssignment>,
    /// Which tickets may call out the standby, as it is now; absent if nothing was done.
    pub standby_scheme: Option<StandbyScheme>,
    /// The tenant had said so already, and keeps it: `setStandbyScheme` says something else.
    pub kept_standby_scheme: bool,
    /// What stands in the way, for the user to put right; empty if it was done.
    pub problems: Vec<Problem>,
    /// Where sla-clock's facts stand after it. Absent: what other services read does not wait for it.
    pub position: Option<String>,
}

impl InstallSourceAgreementPayload {
    fn of(tenant: TenantId, outcome: Outcome<Installed>) -> Self {
        match outcome {
            Ok(Installed {
                agreement,
                kept,
                standby,
                kept_standby,
            }) => Self {
                standby_scheme: Some(StandbyScheme::of(tenant, &standby)),
                kept_standby_scheme: kept_standby,
                agreement: Agreement::of(tenant, &agreement),
                kept_assignments: kept
                    .iter()
                    .map(|given| CalendarAssignment::of(tenant, given))
                    .collect(),
                ..Self::default()
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}

/// Sla-clock's mutations.
#[derive(Debug)]
pub struct Mutation;

#[Object]
impl Mutation {
    /// Makes a calendar.
    async fn create_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calendar.")] input: CreateCalendarInput,
    ) -> Result<CreateCalendarPayload> {
        let by = by(ctx)?;
        let tenant = subgraph::tenant(ctx, input.tenant.as_ref())?;
        let wish = create_calendar::Wish {
            tenant,
            name: input.name,
            hours: input.hours.read(),
            valid_from: input.valid_from,
            idempotency_key: input.idempotency_key,
        };
        let done = create_calendar(ctx.data()?, &by, wish)
            .await
            .map_err(fault)?;
        Ok(CreateCalendarPayload::of(tenant, done))
    }

    /// Writes another version of a calendar. What was judged by the versions before stays as it is. Hours by which a target of an
    /// agreement in force would never fall due are refused (`NEVER_DUE`); hours that the provider counts by between its groups
    /// or with vendors are the provider's to change (`INNER_USE`).
    async fn change_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] input: ChangeCalendarInput,
    ) -> Result<ChangeCalendarPayload> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let done = change_calendar(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(ChangeCalendarPayload::of(tenant, done))
    }

    /// Lets a calendar follow a feed of closed dates, or replaces one of that name. `BUSY` while as many addresses are read for
    /// callers as there may be at once: again after `retryAfterSeconds`.
    async fn set_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The feed.")] input: SetCalendarFeedInput,
    ) -> Result<SetCalendarFeedPayload> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let done = set_calendar_feed(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(SetCalendarFeedPayload::of(tenant, done))
    }

    /// Takes a feed away from a calendar.
    async fn remove_calendar_feed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemoveCalendarFeedInput,
    ) -> Result<RemoveCalendarFeedPayload> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let done = remove_calendar_feed(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(RemoveCalendarFeedPayload::of(tenant, done))
    }

    /// Makes an agreement.
    async fn create_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: CreateAgreementInput,
    ) -> Result<CreateAgreementPayload> {
        let by = by(ctx)?;
        let wish = input.read(|named| by.caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let done = create_agreement(ctx.data()?, &by, wish)
            .await
            .map_err(fault)?;
        Ok(CreateAgreementPayload::of(tenant, done))
    }

    /// Writes another version of an agreement. Results that were reached by the versions before stay.
    async fn change_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The version.")] input: ChangeAgreementInput,
    ) -> Result<ChangeAgreementPayload> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let done = change_agreement(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(ChangeAgreementPayload::of(tenant, done))
    }

    /// Ends an agreement: tickets opened from now on are not judged by it; those that are keep their clocks.
    async fn archive_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ArchiveAgreementInput,
    ) -> Result<ArchiveAgreementPayload> {
        let agreement = gid::<AgreementId>(&input.agreement)?;
        let done = archive_agreement(ctx.data()?, &by(ctx)?, agreement.tenant, agreement.id)
            .await
            .map_err(fault)?;
        Ok(ArchiveAgreementPayload::of(agreement.tenant, Ok(done)))
    }

    /// Gives a calendar to a resolver group, an application, a country or a site: targets whose `hours` say so count by it. Results
    /// that were reached by the one before stay. A calendar by which a target of an agreement in force would never fall due is
    /// refused (`NEVER_DUE`); what the provider counts by between its groups or with vendors is the provider's to give
    /// (`INNER_USE`). A group's comes with what becomes of tickets outside its hours.
    async fn assign_calendar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to whom.")] input: AssignCalendarInput,
    ) -> Result<AssignCalendarPayload> {
        let by = by(ctx)?;
        let wish = input.read(|named| by.caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let done = assign_calendar(ctx.data()?, &by, wish)
            .await
            .map_err(fault)?;
        Ok(AssignCalendarPayload::of(tenant, done))
    }

    /// Says when people may be told of warnings and breaches (`clock.notice_due`), in the place of what was said before. Those are
    /// at their second whatever the hour; notices that wait go by the new hours at once.
    async fn set_notification_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The hours.")] input: SetNotificationHoursInput,
    ) -> Result<SetNotificationHoursPayload> {
        let by = by(ctx)?;
        let wish = input.read(|named| by.caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let done = set_notification_hours(ctx.data()?, &by, wish)
            .await
            .map_err(fault)?;
        Ok(SetNotificationHoursPayload::of(tenant, done))
    }

    /// Says which tickets may call out the standby, and when it is there: the clocks of targets that count by `DUTY` run in its
    /// hours while the ticket is so. Results that were reached before stay. A condition that no ticket, or every ticket, meets
    /// is refused, and one that looks at the state or at who holds the ticket.
    async fn set_standby_scheme(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and when.")] input: SetStandbySchemeInput,
    ) -> Result<SetStandbySchemePayload> {
        let by = by(ctx)?;
        let wish = input.read(|named| by.caller.tenant(named).map_err(fault))?;
        let tenant = wish.tenant;
        let done = set_standby_scheme(ctx.data()?, &by, wish)
            .await
            .map_err(fault)?;
        Ok(SetStandbySchemePayload::of(tenant, done))
    }

    /// Corrects a result that was told: adopts what it would read by all that was heard of the ticket since it was closed (its
    /// `correction`, as it was `seen`). Who did so, when and why, and what it was before, is kept in its `corrections`.
    async fn correct_clock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: CorrectClockInput,
    ) -> Result<CorrectClockPayload> {
        let ticket = input.ticket.clone();
        let done = correct_clock(ctx.data()?, &by(ctx)?, input.read()?)
            .await
            .map_err(fault)?;
        Ok(CorrectClockPayload::of(ticket, done))
    }

    /// Makes the ready-made contract of a support centre in Peru and Colombia, with its calendars: first response,
    /// restoration, resolution and root cause; what may call out the standby (the critical, and what is typified) round the
    /// clock, the rest in the hours of the group that holds the ticket on the working days of the requester's country.
    /// `changeAgreement` adapts it. Groups and countries that have a calendar already keep it, as do groups their policy, and the
    /// tenant its standby.
    async fn install_source_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For which groups, and from when.")] input: InstallSourceAgreementInput,
    ) -> Result<InstallSourceAgreementPayload> {
        let wish = input.read()?;
        let tenant = wish.tenant;
        let done = install_source_agreement(ctx.data()?, &by(ctx)?, wish)
            .await
            .map_err(fault)?;
        Ok(InstallSourceAgreementPayload::of(tenant, done))
    }

    /// Makes the ready-made agreement: first response and resolution by priority, held while the requester or an approval
    /// is waited for, a warning at 80 %. `changeAgreement` adapts it.
    async fn install_standard_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By which hours, and from when.")] input: InstallStandardAgreementInput,
    ) -> Result<InstallStandardAgreementPayload> {
        let calendar = gid::<CalendarId>(&input.calendar)?;
        let done = install_standard_agreement(
            ctx.data()?,
            &by(ctx)?,
            calendar.tenant,
            calendar.id,
            input.valid_from,
        )
        .await
        .map_err(fault)?;
        Ok(InstallStandardAgreementPayload::of(calendar.tenant, done))
    }
}
