//! What callers may see: every read checks the caller first, and shows a requester the own tickets alone.

use std::collections::{BTreeMap, HashMap};

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::{CategoryId, GlobalId, PersonId, TenantId, TicketId};
use tenancy::{TenancyError, TenantTx};
use uuid::Uuid;

use super::Tools;
use crate::domain::contact::Contact;
use crate::domain::entry::Entry;
use crate::domain::link::Link;
use crate::domain::priority::Matrix;
use crate::domain::reopening::Window;
use crate::domain::sight::Sight;
use crate::domain::ticket::Ticket;
use crate::error::Error;
pub use crate::store::Slice;
pub use crate::store::categories::Category;
pub use crate::store::contacts::Wanted as WantedContacts;
pub use crate::store::search::{Hit, Place as SearchPlace};
pub use crate::store::tickets::{Order, Place, Wanted};
pub use crate::store::timeline::Page;
use crate::store::{
    categories, contacts, history, links, matrix, reopening, search, ticket, tickets, timeline,
};

/// Begins in one tenant, to find rows by their ids. Where a read spans several, one that is suspended (or not provisioned here yet) is left out; asked
/// for alone, the caller is told.
async fn begin_one_of(
    tools: &Tools,
    tenant: TenantId,
    several: bool,
) -> Result<Option<TenantTx>, Error> {
    match tools.db.by_keys().begin(tenant).await {
        Ok(tx) => Ok(Some(tx)),
        Err(TenancyError::Suspended | TenancyError::NotFound) if several => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The tickets with these ids that the caller may see: one statement per tenant. What is not the caller's is left out, as
/// what does not exist.
pub async fn tickets_by_id(
    tools: &Tools,
    caller: &Caller,
    ids: &[GlobalId<TicketId>],
) -> Result<Vec<Ticket>, Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<TicketId>> = BTreeMap::new();
    for id in ids {
        by_tenant.entry(id.tenant).or_default().push(id.id);
    }
    let several = by_tenant.len() > 1;
    let mut seen = Vec::with_capacity(ids.len());
    for (tenant, ids) in by_tenant {
        let Ok(sight) = Sight::of(caller, tenant) else {
            continue;
        };
        let Some(mut tx) = begin_one_of(tools, tenant, several).await? else {
            continue;
        };
        let found = ticket::find(tx.conn(), tenant, &ids).await?;
        tx.commit().await?;
        seen.extend(found.into_iter().filter(|t| sight.shows(t)));
    }
    Ok(seen)
}

/// The ticket with this readable number.
pub async fn ticket_by_number(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    number: &str,
) -> Result<Option<Ticket>, Error> {
    let sight = Sight::of(caller, tenant)?;
    let mut tx = tools.db.begin(tenant).await?;
    let number = number.trim().to_uppercase();
    let found = ticket::by_number(tx.conn(), tenant, &number).await?;
    tx.commit().await?;
    Ok(found.filter(|t| sight.shows(t)))
}

/// A page of tickets.
pub async fn list_tickets(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    wanted: &Wanted,
    order: Order,
    after: Option<&Place>,
    limit: i64,
) -> Result<Slice<Ticket>, Error> {
    let sight = Sight::of(caller, tenant)?;
    let mut tx = tools.db.begin(tenant).await?;
    let page = tickets::page(tx.conn(), tenant, sight.own, wanted, order, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// A page of tickets that fit a text, best first.
pub async fn search_tickets(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    text: &str,
    after: Option<SearchPlace>,
    limit: i64,
) -> Result<Slice<Hit>, Error> {
    let sight = Sight::of(caller, tenant)?;
    if text.contains('\0') || text.chars().count() > 500 {
        return Err(Error::BadInput {
            field: "text",
            message: "Como máximo 500 caracteres.".to_owned(),
        });
    }
    let mut tx = tools.db.begin(tenant).await?;
    let conn = tx.conn();
    let page = search::page(conn, tenant, sight.own, sight.internal, text, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// Pages of timelines. Their tickets must be ones that the caller was shown.
pub async fn timelines(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    wanted: &[Page],
) -> Result<HashMap<Page, Slice<Entry>>, Error> {
    let sight = Sight::of(caller, tenant)?;
    let mut tx = tools.db.by_keys().begin(tenant).await?;
    let pages = timeline::pages(tx.conn(), wanted, sight.internal).await?;
    tx.commit().await?;
    let shown = |(page, entries)| (page, as_seen(&sight, entries));
    Ok(pages.into_iter().map(shown).collect())
}

/// The ticket with this id, if the caller may see it, with the first page of its timeline: in one statement what would be two
/// transactions.
pub async fn ticket_with_timeline(
    tools: &Tools,
    caller: &Caller,
    id: GlobalId<TicketId>,
    limit: i64,
) -> Result<Option<(Ticket, Slice<Entry>)>, Error> {
    let Ok(sight) = Sight::of(caller, id.tenant) else {
        return Ok(None);
    };
    let mut tx = tools.db.begin(id.tenant).await?;
    let found = timeline::with_ticket(tx.conn(), id.tenant, id.id, sight.internal, limit).await?;
    tx.commit().await?;
    Ok(found
        .filter(|(ticket, _)| sight.shows(ticket))
        .map(|(ticket, page)| (ticket, as_seen(&sight, page))))
}

fn as_seen(sight: &Sight, mut page: Slice<Entry>) -> Slice<Entry> {
    if !sight.internal {
        // Tenants address groups: who of the provider's staff holds a ticket is not theirs to know.
        for entry in &mut page.rows {
            entry.detail.holder = None;
        }
    }
    page
}

/// The links at either end of these tickets, which must be ones that the caller was shown.
pub async fn links_of(
    tools: &Tools,
    tenant: TenantId,
    tickets: &[TicketId],
) -> Result<Vec<Link>, Error> {
    let mut tx = tools.db.begin(tenant).await?;
    let found = links::of_tickets(tx.conn(), tickets).await?;
    tx.commit().await?;
    Ok(found)
}

/// The names of owners that an imported history gave. Names of the other tool's people: the provider's staff alone sees them.
pub async fn imported_names(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, String>, Error> {
    caller.require(tenant, Permission::ReadNotes)?;
    let mut tx = tools.db.begin(tenant).await?;
    let names = history::people(tx.conn(), people).await?;
    tx.commit().await?;
    Ok(names)
}

/// A page of contacts, newest first.
pub async fn list_contacts(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    wanted: &WantedContacts,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Slice<Contact>, Error> {
    caller.require(tenant, Permission::ReadContacts)?;
    let mut tx = tools.db.begin(tenant).await?;
    let page = contacts::page(tx.conn(), tenant, wanted, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// Every category of a tenant: whoever may open a ticket there chooses from them.
pub async fn all_categories(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Vec<Category>, Error> {
    caller.require(tenant, Permission::OpenTicket)?;
    let mut tx = tools.db.begin(tenant).await?;
    let all = categories::all(tx.conn(), tenant).await?;
    tx.commit().await?;
    Ok(all)
}

/// Categories by id, of tenants that the caller has to do with: one statement per tenant.
pub async fn categories_by_id(
    tools: &Tools,
    caller: &Caller,
    ids: &[GlobalId<CategoryId>],
) -> Result<HashMap<GlobalId<CategoryId>, Category>, Error> {
    let mut by_tenant: BTreeMap<TenantId, Vec<CategoryId>> = BTreeMap::new();
    for id in ids {
        by_tenant.entry(id.tenant).or_default().push(id.id);
    }
    let several = by_tenant.len() > 1;
    let mut found = HashMap::new();
    for (tenant, ids) in by_tenant {
        if !caller.may(tenant, Permission::OpenTicket) {
            continue;
        }
        let Some(mut tx) = begin_one_of(tools, tenant, several).await? else {
            continue;
        };
        for category in categories::find(tx.conn(), tenant, &ids).await? {
            found.insert(GlobalId::new(tenant, category.id), category);
        }
        tx.commit().await?;
    }
    Ok(found)
}

/// The tenant's priority matrix.
pub async fn priority_matrix(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Matrix, Error> {
    caller.require(tenant, Permission::OpenTicket)?;
    let mut tx = tools.db.begin(tenant).await?;
    let whole = matrix::read(tx.conn()).await?;
    tx.commit().await?;
    Ok(whole)
}

/// Within how many hours of its solution a ticket of this tenant may be reopened; none where there is no limit.
pub async fn reopening_window(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Option<Window>, Error> {
    caller.require(tenant, Permission::OpenTicket)?;
    window_of(tools, tenant).await
}

/// The same for a ticket that the caller was shown: until when it may be reopened is no secret to whoever sees it.
pub async fn window_of(tools: &Tools, tenant: TenantId) -> Result<Option<Window>, Error> {
    let mut tx = tools.db.begin(tenant).await?;
    let window = reopening::window(tx.conn()).await?;
    tx.commit().await?;
    Ok(window)
}
