//! One statement per type, tenant and request, whatever asks for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use access::Caller;
use async_graphql::dataloader::{DataLoader, Loader};
use ids::{ApplicationId, GlobalId, PersonId, SiteId, TenantId, TypedId};

use crate::actions::Directory;
use crate::actions::read::{self, Seen};
use crate::domain::application::Application;
use crate::domain::site::Site;
use crate::domain::tenant::Tenant;

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
    DataLoader::new(loaders, tokio::spawn).delay(Duration::ZERO)
}

fn by_tenant<T: TypedId>(keys: &[GlobalId<T>]) -> HashMap<TenantId, Vec<T>> {
    let mut by_tenant: HashMap<TenantId, Vec<T>> = HashMap::new();
    for key in keys {
        by_tenant.entry(key.tenant).or_default().push(key.id);
    }
    by_tenant
}

impl Loader<GlobalId<PersonId>> for Loaders {
    type Value = Seen;
    type Error = async_graphql::Error;

    async fn load(
        &self,
        keys: &[GlobalId<PersonId>],
    ) -> Result<HashMap<GlobalId<PersonId>, Seen>, Self::Error> {
        let mut all = HashMap::new();
        for (tenant, wanted) in by_tenant(keys) {
            let found = read::people_by_id(&self.directory, &self.caller, tenant, &wanted)
                .await
                .map_err(subgraph::fault)?;
            all.extend(
                found
                    .into_iter()
                    .map(|(id, seen)| (GlobalId::new(tenant, id), seen)),
            );
        }
        Ok(all)
    }
}

impl Loader<GlobalId<ApplicationId>> for Loaders {
    type Value = Application;
    type Error = async_graphql::Error;

    async fn load(
        &self,
        keys: &[GlobalId<ApplicationId>],
    ) -> Result<HashMap<GlobalId<ApplicationId>, Application>, Self::Error> {
        let mut all = HashMap::new();
        for (tenant, wanted) in by_tenant(keys) {
            let found = read::applications_by_id(&self.directory, &self.caller, tenant, &wanted)
                .await
                .map_err(subgraph::fault)?;
            all.extend(
                found
                    .into_iter()
                    .map(|(id, app)| (GlobalId::new(tenant, id), app)),
            );
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

impl Loader<TenantId> for Loaders {
    type Value = Tenant;
    type Error = async_graphql::Error;

    async fn load(&self, keys: &[TenantId]) -> Result<HashMap<TenantId, Tenant>, Self::Error> {
        read::tenants_by_id(&self.directory, &self.caller, keys)
            .await
            .map_err(subgraph::fault)
    }
}
