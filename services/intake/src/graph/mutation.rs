//! What can be done. Each is one action; here its input is read and its answer wrapped.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, MaybeUndefined, Object, Result};
use ids::{GlobalId, TenantId, TicketId, TypedId};
use subgraph::{fault, gid, of_tenant, tenant};

use super::inputs::{
    AddNoteInput, ChangeTicketStateInput, ClassifyTicketInput, CreateCategoryInput,
    LinkTicketsInput, LoseServiceInput, OpenTicketInput, RecordContactInput,
    RecordVendorAnswerInput, ReplyToTicketInput, RestoreServiceInput, SetPriorityMatrixInput,
    SetReopeningWindowInput, SplitTicketInput, UnlinkTicketsInput,
};
use super::payloads::{
    AddNotePayload, ChangeTicketStatePayload, ClassifyTicketPayload, CreateCategoryPayload,
    LinkTicketsPayload, LoseServicePayload, OpenTicketPayload, RecordContactPayload,
    RecordVendorAnswerPayload, ReplyToTicketPayload, RestoreServicePayload,
    SetPriorityMatrixPayload, SetReopeningWindowPayload, SplitTicketPayload, UnlinkTicketsPayload,
};
use super::{asking, maybe_id_of, tools};
use crate::actions::add_note::{AddNote, add_note};
use crate::actions::change_ticket_state::{ChangeTicketState, change_ticket_state};
use crate::actions::classify_ticket::{ClassifyTicket, classify_ticket};
use crate::actions::create_category::{CreateCategory, create_category};
use crate::actions::link_tickets::{LinkTickets, link_tickets};
use crate::actions::lose_service::{LoseService, lose_service};
use crate::actions::open_ticket::{OpenTicket, open_ticket};
use crate::actions::record_contact::{RecordContact, record_contact};
use crate::actions::record_vendor_answer::{RecordVendorAnswer, record_vendor_answer};
use crate::actions::reply_to_ticket::{ReplyToTicket, reply_to_ticket};
use crate::actions::restore_service::{RestoreService, restore_service};
use crate::actions::set_priority_matrix::{SetPriorityMatrix, set_priority_matrix};
use crate::actions::set_reopening_window::{SetReopeningWindow, set_reopening_window};
use crate::actions::split_ticket::{SplitTicket, split_ticket};
use crate::actions::unlink_tickets::{UnlinkTickets, unlink_tickets};
use crate::domain::priority::Cell;
use crate::domain::ticket::Change;

/// An id that may be left as it is, taken away, or set.
fn changed<T: TypedId>(tenant: TenantId, id: &MaybeUndefined<ID>) -> Result<Change<T>> {
    match id {
        MaybeUndefined::Undefined => Ok(Change::Keep),
        MaybeUndefined::Null => Ok(Change::Clear),
        MaybeUndefined::Value(id) => of_tenant(tenant, id).map(Change::To),
    }
}

/// The root of mutations.
#[derive(Debug)]
pub struct Mutation;

/// What can be done.
#[Object]
impl Mutation {
    /// Opens a ticket. It is durable when this answers.
    async fn open_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ticket.")] input: OpenTicketInput,
    ) -> Result<OpenTicketPayload> {
        let tenant = tenant(ctx, input.tenant.as_ref())?;
        let attributes: BTreeMap<_, _> = input
            .attributes
            .into_iter()
            .map(|a| (a.name, a.value))
            .collect();
        let input = OpenTicket {
            tenant,
            kind: input.kind.into(),
            subject: input.subject,
            description: input.description,
            impact_internal: input.impact_internal.into(),
            impact_external: input.impact_external.into(),
            urgency: input.urgency.into(),
            major: input.major,
            category: maybe_id_of(tenant, input.category.as_ref())?,
            application: maybe_id_of(tenant, input.application.as_ref())?,
            requester: maybe_id_of(tenant, input.requester.as_ref())?,
            channel: input.channel.map(Into::into),
            attributes,
            direct_to_n3: input.direct_to_n3,
            idempotency_key: input.idempotency_key,
        };
        let answer = open_ticket(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Writes a public reply. If the requester had been asked and answers, the ticket goes back to work.
    async fn reply_to_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The reply.")] input: ReplyToTicketInput,
    ) -> Result<ReplyToTicketPayload> {
        let input = ReplyToTicket {
            ticket: gid(&input.ticket)?,
            body: input.body,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = reply_to_ticket(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Writes an internal note, which nobody of the tenant sees.
    async fn add_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The note.")] input: AddNoteInput,
    ) -> Result<AddNotePayload> {
        let input = AddNote {
            ticket: gid(&input.ticket)?,
            body: input.body,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = add_note(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Moves a ticket to another state. The provider's staff move it as the work goes; a requester confirms (closes),
    /// withdraws (cancels) or reopens the own one.
    async fn change_ticket_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The move.")] input: ChangeTicketStateInput,
    ) -> Result<ChangeTicketStatePayload> {
        let ticket: GlobalId<TicketId> = gid(&input.ticket)?;
        let input = ChangeTicketState {
            ticket,
            to: input.to.into(),
            vendor: maybe_id_of(ticket.tenant, input.vendor.as_ref())?,
            reason: input.reason,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = change_ticket_state(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Changes kind, major flag, impact, urgency, category or application. The priority follows from the matrix.
    async fn classify_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: ClassifyTicketInput,
    ) -> Result<ClassifyTicketPayload> {
        let ticket = gid(&input.ticket)?;
        let input = ClassifyTicket {
            ticket,
            kind: input.kind.map(Into::into),
            major: input.major,
            impact_internal: input.impact_internal.map(Into::into),
            impact_external: input.impact_external.map(Into::into),
            urgency: input.urgency.map(Into::into),
            category: changed(ticket.tenant, &input.category)?,
            application: changed(ticket.tenant, &input.application)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = classify_ticket(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Says that the service that an incident is about is back, by a workaround or for good. The ticket stays in its state:
    /// restored is not resolved. Reopening the ticket takes it back.
    async fn restore_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Since when, and how.")] input: RestoreServiceInput,
    ) -> Result<RestoreServicePayload> {
        let input = RestoreService {
            ticket: gid(&input.ticket)?,
            workaround: input.workaround,
            restored_at: input.restored_at,
            reason: input.reason,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = restore_service(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Says that the service that was back is lost again: what is to be restored goes on.
    async fn lose_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Since when, and why.")] input: LoseServiceInput,
    ) -> Result<LoseServicePayload> {
        let input = LoseService {
            ticket: gid(&input.ticket)?,
            lost_at: input.lost_at,
            reason: input.reason,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = lose_service(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Writes down that the vendor that a ticket waits for has answered: it took the case, asked something, or said how far it
    /// is. The ticket goes on waiting, and nobody of the tenant sees it. What is agreed with vendors is measured by it.
    async fn record_vendor_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the vendor said.")] input: RecordVendorAnswerInput,
    ) -> Result<RecordVendorAnswerPayload> {
        let input = RecordVendorAnswer {
            ticket: gid(&input.ticket)?,
            body: input.body,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = record_vendor_answer(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Links a ticket to another of the same tenant. A ticket has one parent at most, repeats one other and was split off one; such
    /// links form no cycle.
    async fn link_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: LinkTicketsInput,
    ) -> Result<LinkTicketsPayload> {
        let input = LinkTickets {
            ticket: gid(&input.ticket)?,
            kind: input.kind.into(),
            other: gid(&input.other)?,
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = link_tickets(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Splits a ticket: what it also asked for becomes a ticket of its own, linked to it as split off. The new one's clocks go on
    /// from what happened to the original.
    async fn split_ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The original, and the new ticket.")] input: SplitTicketInput,
    ) -> Result<SplitTicketPayload> {
        let ticket: GlobalId<TicketId> = gid(&input.ticket)?;
        let tenant = ticket.tenant;
        let attributes = input.attributes.into_iter().map(|a| (a.name, a.value));
        let input = SplitTicket {
            ticket,
            kind: input.kind.map(Into::into),
            subject: input.subject,
            description: input.description,
            impact_internal: input.impact_internal.map(Into::into),
            impact_external: input.impact_external.map(Into::into),
            urgency: input.urgency.map(Into::into),
            category: maybe_id_of(tenant, input.category.as_ref())?,
            application: maybe_id_of(tenant, input.application.as_ref())?,
            requester: maybe_id_of(tenant, input.requester.as_ref())?,
            attributes: attributes.collect(),
            expected_version: input.expected_version,
            idempotency_key: input.idempotency_key,
        };
        let answer = split_ticket(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Takes a link between two tickets away.
    async fn unlink_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: UnlinkTicketsInput,
    ) -> Result<UnlinkTicketsPayload> {
        let input = UnlinkTickets {
            link: gid(&input.link)?,
            idempotency_key: input.idempotency_key,
        };
        let answer = unlink_tickets(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Records a touch through a channel, with a ticket or without one.
    async fn record_contact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contact.")] input: RecordContactInput,
    ) -> Result<RecordContactPayload> {
        let tenant = tenant(ctx, input.tenant.as_ref())?;
        let input = RecordContact {
            tenant,
            channel: input.channel.into(),
            direction: input.direction.into(),
            person: maybe_id_of(tenant, input.person.as_ref())?,
            offered_at: input.offered_at,
            answered_at: input.answered_at,
            ended_at: input.ended_at,
            outcome: input.outcome.into(),
            ticket: maybe_id_of(tenant, input.ticket.as_ref())?,
            idempotency_key: input.idempotency_key,
        };
        let answer = record_contact(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Sets cells of the tenant's priority matrix. Tickets keep their priority until they are classified anew.
    async fn set_priority_matrix(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cells.")] input: SetPriorityMatrixInput,
    ) -> Result<SetPriorityMatrixPayload> {
        let tenant = tenant(ctx, input.tenant.as_ref())?;
        let cells = input
            .cells
            .into_iter()
            .map(|c| Cell {
                audience: c.audience.into(),
                impact: c.impact.into(),
                urgency: c.urgency.into(),
                priority: c.priority.into(),
            })
            .collect();
        let input = SetPriorityMatrix { tenant, cells };
        let answer = set_priority_matrix(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Sets within how many hours of its solution a ticket may be reopened by whoever asked for it. The provider's staff may
    /// reopen it later, too; what another tool's history records is not judged.
    async fn set_reopening_window(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The window.")] input: SetReopeningWindowInput,
    ) -> Result<SetReopeningWindowPayload> {
        let tenant = tenant(ctx, input.tenant.as_ref())?;
        let input = SetReopeningWindow {
            tenant,
            hours: input.hours,
        };
        let answer = set_reopening_window(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }

    /// Adds a category to the tenant's catalogue.
    async fn create_category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The category.")] input: CreateCategoryInput,
    ) -> Result<CreateCategoryPayload> {
        let tenant = tenant(ctx, input.tenant.as_ref())?;
        let input = CreateCategory {
            tenant,
            name: input.name,
            parent: maybe_id_of(tenant, input.parent.as_ref())?,
            idempotency_key: input.idempotency_key,
        };
        let answer = create_category(tools(ctx)?, &asking(ctx)?, input).await;
        Ok(answer.map_err(fault)?.into())
    }
}
