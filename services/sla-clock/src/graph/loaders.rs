//! One read per request and tenant, whatever asks for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use access::Caller;
use async_graphql::dataloader::{DataLoader, Loader};

use crate::actions::Tools;
use crate::actions::read_clocks::{Known, Wanted, read_clocks};

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
