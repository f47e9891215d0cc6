//! One read per request and tenant, whatever asks for it.

use std::collections::{BTreeMap, HashMap};

use access::Caller;
use async_graphql::dataloader::Loader;
use ids::{CalendarId, ClockId, TenantId};

use crate::actions::Tools;
use crate::actions::read_clocks::{Known, Wanted, read_clocks};
use crate::actions::read_corrections::read_corrections;
use crate::actions::read_feeds::{Kept, read_feeds};
use crate::domain::correction::Correction;
use crate::error::Error;

async fn clocks(
    tools: &Tools,
    caller: &Caller,
    keys: &[Wanted],
) -> Result<HashMap<Wanted, Known>, Error> {
    let known = read_clocks(tools, caller, keys).await?;
    Ok(keys
        .iter()
        .filter_map(|wanted| Some((*wanted, known.get(&wanted.0)?.clone())))
        .collect())
}

subgraph::loaders! {
    Tools;
    /// The clocks of tickets.
    Clocks: Wanted => Known, clocks;
    /// The corrections of clocks.
    Corrections: (TenantId, ClockId) => Vec<Correction>, read_corrections;
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
