//! One read per request and tenant, whatever asks for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use access::Caller;
use async_graphql::dataloader::{DataLoader, Loader};
use ids::{CalendarId, ClockId, TenantId};

use crate::actions::Tools;
use crate::actions::read_clocks::{Known, Wanted, read_clocks};
use crate::actions::read_corrections::read_corrections;
use crate::actions::read_feeds::{Kept, read_feeds};
use crate::domain::correction::Correction;

/// A loader without a timer: it gathers what is asked for at once, and waits for nothing more.
pub fn loader<T>(of: T) -> DataLoader<T> {
    DataLoader::new(of, tokio::spawn).delay(Duration::ZERO)
}

/// The clocks of tickets.
pub struct Clocks {
    tools: Tools,
    caller: Arc<Caller>,
}

impl Clocks {
    /// For one request of one caller.
    pub fn new(tools: &Tools, caller: &Arc<Caller>) -> Self {
        Self {
            tools: tools.clone(),
            caller: caller.clone(),
        }
    }
}

/// The corrections of clocks.
pub struct Corrections {
    tools: Tools,
    caller: Arc<Caller>,
}

impl Corrections {
    /// For one request of one caller.
    pub fn new(tools: &Tools, caller: &Arc<Caller>) -> Self {
        Self {
            tools: tools.clone(),
            caller: caller.clone(),
        }
    }
}

impl Loader<(TenantId, ClockId)> for Corrections {
    type Value = Vec<Correction>;
    type Error = async_graphql::Error;

    async fn load(
        &self,
        keys: &[(TenantId, ClockId)],
    ) -> Result<HashMap<(TenantId, ClockId), Self::Value>, Self::Error> {
        read_corrections(&self.tools, &self.caller, keys)
            .await
            .map_err(subgraph::fault)
    }
}

impl Loader<Wanted> for Clocks {
    type Value = Known;
    type Error = async_graphql::Error;

    async fn load(&self, keys: &[Wanted]) -> Result<HashMap<Wanted, Known>, Self::Error> {
        let known = read_clocks(&self.tools, &self.caller, keys)
            .await
            .map_err(subgraph::fault)?;
        Ok(keys
            .iter()
            .filter_map(|wanted| Some((*wanted, known.get(&wanted.0)?.clone())))
            .collect())
    }
}

/// The feeds of calendars that were found for the caller.
pub struct Feeds {
    tools: Tools,
}

impl Feeds {
    /// For one request.
    pub fn new(tools: &Tools) -> Self {
        Self {
            tools: tools.clone(),
        }
    }
}

impl Loader<(TenantId, CalendarId)> for Feeds {
    type Value = Vec<Kept>;
    type Error = async_graphql::Error;

    async fn load(
        &self,
        keys: &[(TenantId, CalendarId)],
    ) -> Result<HashMap<(TenantId, CalendarId), Vec<Kept>>, Self::Error> {
        let mut by_tenant: BTreeMap<TenantId, Vec<CalendarId>> = BTreeMap::new();
        for (tenant, calendar) in keys {
            by_tenant.entry(*tenant).or_default().push(*calendar);
        }
        let mut all = HashMap::new();
        for (tenant, calendars) in by_tenant {
            let feeds = read_feeds(&self.tools, tenant, &calendars)
                .await
                .map_err(subgraph::fault)?;
            all.extend(feeds.into_iter().map(|(id, feeds)| ((tenant, id), feeds)));
        }
        Ok(all)
    }
}
