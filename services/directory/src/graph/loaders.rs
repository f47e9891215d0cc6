//! One statement per type, tenant and request, whatever asks for it; people and applications in one transaction.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use access::Caller;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Result};
use ids::{ApplicationId, GlobalId, PersonId, SiteId, TenantId, TypedId, VendorId};

use crate::actions::Directory;
use crate::actions::read::{self, Seen};
use crate::domain::application::Application;
use crate::domain::site::Site;
use crate::domain::tenant::Tenant;
use crate::domain::vendor::Vendor;

/// Loads for one request of one caller.
pub struct Loaders {
    directory: Arc<Directory>,
    caller: Arc<Caller>,
}

/// Loaders for one request. Without a timer: what is asked for at once is gathered, and nothing more is waited for.
pub fn loader(directory: &Arc<Directory>, caller: &Arc<Caller>) -> DataLoader<Loaders> {
    let loaders = Loaders {
        directory: directory.clone(),
        caller: caller.clone(),
    };
    subgraph::loader(loaders)
}

fn by_tenant<T: TypedId>(keys: &[GlobalId<T>]) -> HashMap<TenantId, Vec<T>> {
    let mut by_tenant: HashMap<TenantId, Vec<T>> = HashMap::new();
    for key in keys {
        by_tenant.entry(key.tenant).or_default().push(key.id);
    }
    by_tenant
}

/// A reference that is read together with the others of its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reference {
    /// To a person, a machine or one of the staff.
    Person(GlobalId<PersonId>),
    /// To an application.
    Application(GlobalId<ApplicationId>),
}

impl Reference {
    fn tenant(self) -> TenantId {
        match self {
            Self::Person(key) => key.tenant,
            Self::Application(key) => key.tenant,
        }
    }
}

/// What a reference leads to.
#[derive(Debug, Clone)]
pub enum Referent {
    /// A person, a machine or one of the staff.
    Person(Seen),
    /// An application.
    Application(Application),
}

/// Whoever has this id in this tenant, if the caller may know.
pub async fn person(ctx: &Context<'_>, key: GlobalId<PersonId>) -> Result<Option<Seen>> {
    let loader = ctx.data::<DataLoader<Loaders>>()?;
    match loader.load_one(Reference::Person(key)).await? {
        Some(Referent::Person(seen)) => Ok(Some(seen)),
        _ => Ok(None),
    }
}

/// The application with this id, if the caller may see it.
pub async fn application(
    ctx: &Context<'_>,
    key: GlobalId<ApplicationId>,
) -> Result<Option<Application>> {
    let loader = ctx.data::<DataLoader<Loaders>>()?;
    match loader.load_one(Reference::Application(key)).await? {
        Some(Referent::Application(found)) => Ok(Some(found)),
        _ => Ok(None),
    }
}

impl Loader<Reference> for Loaders {
    type Value = Referent;
    type Error = async_graphql::Error;

    async fn load(&self, keys: &[Reference]) -> Result<HashMap<Reference, Referent>, Self::Error> {
        let mut all = HashMap::new();
        let tenants: BTreeSet<TenantId> = keys.iter().map(|key| key.tenant()).collect();
        for tenant in tenants {
            let (mut people, mut applications) = (Vec::new(), Vec::new());
            for key in keys.iter().filter(|key| key.tenant() == tenant) {
                match key {
                    Reference::Person(key) => people.push(key.id),
                    Reference::Application(key) => applications.push(key.id),
                }
            }
            let (directory, caller) = (&self.directory, &self.caller);
            let found = read::referred(directory, caller, tenant, &people, &applications)
                .await
                .map_err(subgraph::fault)?;
            let person = |(id, seen)| {
                let key = Reference::Person(GlobalId::new(tenant, id));
                (key, Referent::Person(seen))
            };
            all.extend(found.people.into_iter().map(person));
            let application = |(id, found)| {
                let key = Reference::Application(GlobalId::new(tenant, id));
                (key, Referent::Application(found))
            };
            all.extend(found.applications.into_iter().map(application));
        }
        Ok(all)
    }
}

impl Loader<GlobalId<SiteId>> for Loaders {
    type Value = Site;
    type Error = async_graphql::Error;

    async fn load(
        &self,
        keys: &[GlobalId<SiteId>],
    ) -> Result<HashMap<GlobalId<SiteId>, Site>, Self::Error> {
        let mut all = HashMap::new();
        for (tenant, wanted) in by_tenant(keys) {
            let found = read::sites_by_id(&self.directory, &self.caller, tenant, &wanted)
                .await
                .map_err(subgraph::fault)?;
            all.extend(
                found
                    .into_iter()
                    .map(|(id, site)| (GlobalId::new(tenant, id), site)),
            );
        }
        Ok(all)
    }
}

impl Loader<GlobalId<VendorId>> for Loaders {
    type Value = Vendor;
    type Error = async_graphql::Error;

    async fn load(
        &self,
        keys: &[GlobalId<VendorId>],
    ) -> Result<HashMap<GlobalId<VendorId>, Vendor>, Self::Error> {
        let mut all = HashMap::new();
        for (tenant, wanted) in by_tenant(keys) {
            let found = read::vendors_by_id(&self.directory, &self.caller, tenant, &wanted)
                .await
                .map_err(subgraph::fault)?;
            all.extend(
                found
                    .into_iter()
                    .map(|(id, vendor)| (GlobalId::new(tenant, id), vendor)),
            );
        }
        Ok(all)
    }
}

impl Loader<TenantId> for Loaders {
    type Value = Tenant;
    type Error = async_graphql::Error;

    async fn load(&self, keys: &[TenantId]) -> Result<HashMap<TenantId, Tenant>, Self::Error> {
        read::tenants_by_id(&self.directory, &self.caller, keys)
            .await
            .map_err(subgraph::fault)
    }
}
