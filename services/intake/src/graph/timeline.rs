//! The timeline, as the graph shows it.

use std::collections::HashMap;

use access::{Caller, Permission};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, SimpleObject, Value};
use chrono::{DateTime, Utc};
use events::Word as _;
use ids::{PersonId, TenantId};
use subgraph::global;

use super::enums::{LinkKind, TicketState, TimelineEntryKind};
use super::loaders::Loaders;
use super::paging;
use super::references::{ActorNode, Person, Vendor};
use crate::actions::read::Page;
use crate::domain::entry::{Entry, EntryKind};
use crate::error::Error;

/// One thing that happened to a ticket. Which fields are there depends on `kind`.
#[derive(Debug, Clone, SimpleObject)]
pub struct TimelineEntry {
    /// Global id.
    pub id: ID,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What it tells.
    pub kind: TimelineEntryKind,
    /// Hidden from the tenant's roles.
    pub internal: bool,
    /// Who did it.
    pub by: ActorNode,
    /// What somebody wrote: a reply, a note, what a vendor answered, the reason of a change of state.
    pub body: Option<String>,
    /// The contact through which it came or went.
    pub contact: Option<ID>,
    /// The state before.
    pub from_state: Option<TicketState>,
    /// The state after.
    pub to_state: Option<TicketState>,
    /// For which vendor the ticket waits after it, if that was said; of `VENDOR_ANSWERED`, the one that answered.
    pub vendor: Option<Vendor>,
    /// The resolver group that holds the ticket, by name; of a recorded row, the other tool's word for it.
    pub group_name: Option<String>,
    /// That group's support line, 1 to 3.
    pub line: Option<i32>,
    /// Who of the provider's staff holds it; hidden from the tenant's roles.
    pub holder: Option<Person>,
    /// Who held it in the tool that the history came from, by name; hidden from the tenant's roles.
    pub recorded_owner: Option<String>,
    /// What the clock measures: `FIRST_RESPONSE` or `RESOLUTION`, say.
    pub clock_target: Option<String>,
    /// Of a target of the tenant's own, or one between groups or with a vendor: its code.
    pub clock_code: Option<String>,
    /// Share of the clock's target that was used up, percent.
    pub clock_percent: Option<i32>,
    /// How the tickets hang together, read from the one that was linked.
    pub link_kind: Option<LinkKind>,
    /// The other ticket of the link.
    pub linked_ticket: Option<ID>,
    /// The other tool's status, verbatim.
    pub recorded_status: Option<String>,
    /// The other tool's sub-status, verbatim.
    pub recorded_sub_status: Option<String>,
    /// The recorded move is one that our state machine forbids.
    pub irregular: bool,
    /// The service is back by a workaround; of `SERVICE_RESTORED` alone.
    pub workaround: Option<bool>,
}

/// How many entries of the timeline are asked for together with the ticket that this field leads to: from the first one on, and by one
/// field alone. None where a page of its own has to be read.
pub(super) fn asked_with(ctx: &Context<'_>) -> Option<i64> {
    let fields = ctx.look_ahead().field("timeline").selection_fields();
    let [field] = &fields[..] else { return None };
    let mut first = None;
    for (name, value) in field.arguments().ok()? {
        match (name.as_str(), value) {
            ("first", Value::Number(n)) => first = Some(i32::try_from(n.as_i64()?).ok()?),
            (_, Value::Null) => {}
            _ => return None,
        }
    }
    paging::limit(first).ok()
}

/// A page of a ticket's timeline.
pub(super) async fn page(
    loaders: &Loaders,
    caller: &Caller,
    tenant: TenantId,
    wanted: Page,
) -> Result<Connection<String, TimelineEntry>, Error> {
    let page = loaders.timeline(tenant, wanted).await?;
    let owners: Vec<PersonId> = page
        .rows
        .iter()
        .filter(|e| e.kind == EntryKind::Recorded)
        .filter_map(|e| e.detail.holder)
        .collect();
    let names = if owners.is_empty() || !caller.may(tenant, Permission::ReadNotes) {
        HashMap::new()
    } else {
        loaders.imported_names(tenant, &owners).await?
    };
    let node = |e: Entry| {
        let recorded = e.kind == EntryKind::Recorded;
        let d = e.detail;
        TimelineEntry {
            id: global(tenant, e.id),
            at: e.at,
            kind: e.kind.into(),
            internal: e.internal,
            by: ActorNode::of(tenant, e.by),
            body: e.body,
            contact: e.contact.map(|c| global(tenant, c)),
            from_state: d.from.map(TicketState::from),
            to_state: d.to.map(TicketState::from),
            vendor: d.vendor.map(|v| Vendor::of(tenant, v)),
            group_name: d.group_name,
            line: d.line.map(i32::from),
            holder: d
                .holder
                .filter(|_| !recorded)
                .map(|p| Person::of(tenant, p)),
            recorded_owner: d.holder.and_then(|p| names.get(&p).cloned()),
            clock_target: d.target.map(|t| t.word().to_uppercase()),
            clock_code: d.target_code,
            clock_percent: d.percent.map(i32::from),
            link_kind: d.link_kind.map(LinkKind::from),
            linked_ticket: d.other.map(|t| global(tenant, t)),
            recorded_status: d.status,
            recorded_sub_status: d.sub_status,
            irregular: d.irregular,
            workaround: d.workaround,
        }
    };
    Ok(paging::connection(
        page,
        wanted.after > 0,
        |e| e.position,
        node,
    ))
}
