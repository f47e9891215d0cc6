//! What one request asks for in many places is read together: one statement per tenant and request.
//!
//! There is no timer: resolvers of one level are all polled before the first of them goes on, so giving way once is
//! enough to collect their keys.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use access::Caller;
use ids::{CategoryId, GlobalId, PersonId, TenantId, TicketId};
use tokio::sync::OnceCell;

use crate::actions::read::{Page, Slice};
use crate::actions::{Tools, read};
use crate::domain::entry::Entry;
use crate::domain::link::Link;
use crate::domain::reopening::Window;
use crate::domain::ticket::Ticket;
use crate::error::Error;

/// Reads the values of many keys at once.
trait Fetch: Send + Sync {
    type Key: Eq + Hash + Clone + Send + Sync;
    type Value: Clone + Send + Sync;
    fn fetch(
        &self,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, Error>> + Send;
}

/// What everybody who asked gets.
type Values<F> = Result<HashMap<<F as Fetch>::Key, <F as Fetch>::Value>, Arc<Error>>;

struct Batch<F: Fetch> {
    keys: Mutex<HashSet<F::Key>>,
    values: OnceCell<Values<F>>,
}

/// Collects keys until the first asker goes on, then reads them together. Nothing is kept beyond that: what a mutation
/// changed is read anew.
struct Loader<F: Fetch> {
    fetch: F,
    open: Mutex<Arc<Batch<F>>>,
}

impl<F: Fetch> Loader<F> {
    fn new(fetch: F) -> Self {
        Self {
            fetch,
            open: Mutex::new(Self::batch()),
        }
    }

    fn batch() -> Arc<Batch<F>> {
        Arc::new(Batch {
            keys: Mutex::default(),
            values: OnceCell::new(),
        })
    }

    async fn load(&self, key: F::Key) -> Result<Option<F::Value>, Error> {
        Ok(self
            .load_all(vec![key])
            .await?
            .pop()
            .map(|(_, value)| value))
    }

    /// Those of them that there are.
    async fn load_all(&self, wanted: Vec<F::Key>) -> Result<Vec<(F::Key, F::Value)>, Error> {
        let batch = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            let mut keys = open.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.extend(wanted.iter().cloned());
            Arc::clone(&open)
        };
        tokio::task::yield_now().await;
        let values = batch
            .values
            .get_or_init(|| async {
                {
                    // Who comes from now on opens another batch.
                    let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                    if Arc::ptr_eq(&open, &batch) {
                        *open = Self::batch();
                    }
                }
                let keys = {
                    let mut keys = batch.keys.lock().unwrap_or_else(PoisonError::into_inner);
                    keys.drain().collect()
                };
                self.fetch.fetch(keys).await.map_err(Arc::new)
            })
            .await;
        match values {
            Ok(values) => {
                let found = |key: F::Key| {
                    let value = values.get(&key)?.clone();
                    Some((key, value))
                };
                Ok(wanted.into_iter().filter_map(found).collect())
            }
            Err(error) => Err(Error::Shared(Arc::clone(error))),
        }
    }
}

struct Tickets(Tools, Arc<Caller>);

impl Fetch for Tickets {
    type Key = GlobalId<TicketId>;
    type Value = Arc<Ticket>;
    async fn fetch(&self, keys: Vec<Self::Key>) -> Result<HashMap<Self::Key, Arc<Ticket>>, Error> {
        let tickets = read::tickets_by_id(&self.0, &self.1, &keys).await?;
        Ok(tickets
            .into_iter()
            .map(|t| (GlobalId::new(t.tenant, t.id), Arc::new(t)))
            .collect())
    }
}

struct Categories(Tools, Arc<Caller>);

impl Fetch for Categories {
    type Key = GlobalId<CategoryId>;
    type Value = read::Category;
    async fn fetch(
        &self,
        keys: Vec<Self::Key>,
    ) -> Result<HashMap<Self::Key, read::Category>, Error> {
        read::categories_by_id(&self.0, &self.1, &keys).await
    }
}

struct Links(Tools);

impl Fetch for Links {
    type Key = GlobalId<TicketId>;
    type Value = Vec<Link>;
    async fn fetch(&self, keys: Vec<Self::Key>) -> Result<HashMap<Self::Key, Vec<Link>>, Error> {
        let mut by_tenant: HashMap<_, Vec<TicketId>> = HashMap::new();
        for key in &keys {
            by_tenant.entry(key.tenant).or_default().push(key.id);
        }
        let mut links: HashMap<Self::Key, Vec<Link>> = HashMap::new();
        for (tenant, tickets) in by_tenant {
            for link in read::links_of(&self.0, tenant, &tickets).await? {
                for end in [link.ticket, link.other] {
                    links
                        .entry(GlobalId::new(tenant, end))
                        .or_default()
                        .push(link);
                }
            }
        }
        Ok(links)
    }
}

struct Windows(Tools);

impl Fetch for Windows {
    type Key = TenantId;
    type Value = Option<Window>;
    async fn fetch(
        &self,
        keys: Vec<Self::Key>,
    ) -> Result<HashMap<Self::Key, Option<Window>>, Error> {
        let mut windows = HashMap::new();
        for tenant in keys {
            windows.insert(tenant, read::window_of(&self.0, tenant).await?);
        }
        Ok(windows)
    }
}

struct Timelines(Tools, Arc<Caller>);

impl Fetch for Timelines {
    type Key = (TenantId, Page);
    type Value = Slice<Entry>;
    async fn fetch(&self, keys: Vec<Self::Key>) -> Result<HashMap<Self::Key, Self::Value>, Error> {
        let mut pages = HashMap::with_capacity(keys.len());
        for (tenant, wanted) in by_tenant(keys) {
            let read = read::timelines(&self.0, &self.1, tenant, &wanted).await?;
            pages.extend(
                read.into_iter()
                    .map(|(page, found)| ((tenant, page), found)),
            );
        }
        Ok(pages)
    }
}

struct ImportedNames(Tools, Arc<Caller>);

impl Fetch for ImportedNames {
    type Key = (TenantId, PersonId);
    type Value = String;
    async fn fetch(&self, keys: Vec<Self::Key>) -> Result<HashMap<Self::Key, String>, Error> {
        let mut names = HashMap::new();
        for (tenant, people) in by_tenant(keys) {
            let read = read::imported_names(&self.0, &self.1, tenant, &people).await?;
            names.extend(
                read.into_iter()
                    .map(|(person, name)| ((tenant, person), name)),
            );
        }
        Ok(names)
    }
}

fn by_tenant<T>(keys: Vec<(TenantId, T)>) -> HashMap<TenantId, Vec<T>> {
    let mut all: HashMap<TenantId, Vec<T>> = HashMap::new();
    for (tenant, key) in keys {
        all.entry(tenant).or_default().push(key);
    }
    all
}

/// The loaders of one request.
pub struct Loaders {
    tickets: Loader<Tickets>,
    categories: Loader<Categories>,
    links: Loader<Links>,
    windows: Loader<Windows>,
    timelines: Loader<Timelines>,
    imported_names: Loader<ImportedNames>,
    ahead: Mutex<HashMap<FirstPage, Slice<Entry>>>,
}

/// The first so many entries of a ticket's timeline.
type FirstPage = (GlobalId<TicketId>, i64);

impl Loaders {
    /// For one request of this caller.
    pub fn new(tools: &Tools, caller: &Arc<Caller>) -> Self {
        Self {
            tickets: Loader::new(Tickets(tools.clone(), Arc::clone(caller))),
            categories: Loader::new(Categories(tools.clone(), Arc::clone(caller))),
            links: Loader::new(Links(tools.clone())),
            windows: Loader::new(Windows(tools.clone())),
            timelines: Loader::new(Timelines(tools.clone(), Arc::clone(caller))),
            imported_names: Loader::new(ImportedNames(tools.clone(), Arc::clone(caller))),
            ahead: Mutex::default(),
        }
    }

    /// A ticket, if the caller may see it. The first `limit` entries of its timeline are read with it, for whoever takes them by
    /// [`Self::timeline`].
    ///
    /// # Errors
    /// What the read says.
    pub async fn ticket_with_timeline(
        &self,
        id: GlobalId<TicketId>,
        limit: i64,
    ) -> Result<Option<Arc<Ticket>>, Error> {
        let Tickets(tools, caller) = &self.tickets.fetch;
        let found = read::ticket_with_timeline(tools, caller, id, limit).await?;
        Ok(found.map(|(ticket, page)| {
            let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            ahead.insert((id, limit), page);
            Arc::new(ticket)
        }))
    }

    /// What was read of a timeline with its ticket: taken once, so that nobody sees an old page after a change.
    fn read_ahead(&self, id: GlobalId<TicketId>, limit: i64) -> Option<Slice<Entry>> {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        ahead.remove(&(id, limit))
    }

    /// A page of the timeline of a ticket that the caller was shown.
    ///
    /// # Errors
    /// As [`Self::ticket`].
    pub async fn timeline(&self, tenant: TenantId, page: Page) -> Result<Slice<Entry>, Error> {
        if page.after == 0
            && let Some(ahead) = self.read_ahead(GlobalId::new(tenant, page.ticket), page.limit)
        {
            return Ok(ahead);
        }
        let found = self.timelines.load((tenant, page)).await?;
        let (rows, more) = (Vec::new(), false);
        Ok(found.unwrap_or(Slice { rows, more }))
    }

    /// What an imported history calls these people; the provider's staff alone may ask.
    ///
    /// # Errors
    /// As [`Self::ticket`].
    pub async fn imported_names(
        &self,
        tenant: TenantId,
        people: &[PersonId],
    ) -> Result<HashMap<PersonId, String>, Error> {
        let wanted = people.iter().map(|person| (tenant, *person)).collect();
        let found = self.imported_names.load_all(wanted).await?;
        Ok(found
            .into_iter()
            .map(|((_, person), name)| (person, name))
            .collect())
    }

    /// A ticket, if the caller may see it.
    ///
    /// # Errors
    /// What the read says, for everybody who waited for it.
    pub async fn ticket(&self, id: GlobalId<TicketId>) -> Result<Option<Arc<Ticket>>, Error> {
        self.tickets.load(id).await
    }

    /// A category.
    ///
    /// # Errors
    /// As [`Self::ticket`].
    pub async fn category(
        &self,
        id: GlobalId<CategoryId>,
    ) -> Result<Option<read::Category>, Error> {
        self.categories.load(id).await
    }

    /// The links at either end of a ticket that the caller was shown.
    ///
    /// # Errors
    /// As [`Self::ticket`].
    pub async fn links(&self, id: GlobalId<TicketId>) -> Result<Vec<Link>, Error> {
        Ok(self.links.load(id).await?.unwrap_or_default())
    }

    /// The reopening window of a tenant of which the caller was shown a ticket; none where there is no limit.
    ///
    /// # Errors
    /// As [`Self::ticket`].
    pub async fn reopening_window(&self, tenant: TenantId) -> Result<Option<Window>, Error> {
        Ok(self.windows.load(tenant).await?.flatten())
    }
}
