//! One statement per type, tenant and request, whatever asks for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use access::Caller;
use async_graphql::dataloader::{DataLoader, Loader};
use ids::{ArticleId, GlobalId, TicketId};

use crate::actions::Tools;
use crate::actions::read_articles::articles_by_id;
use crate::actions::read_of_tickets::{Worded, linked_articles, suggested_articles};
use crate::domain::article::Article;

/// A loader without a timer: it gathers what is asked for at once, and waits for nothing more.
pub fn loader<T>(of: T) -> DataLoader<T> {
    DataLoader::new(of, tokio::spawn).delay(Duration::ZERO)
}

macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident: $key:ty => $value:ty, $load:path;)*) => {$(
        $(#[$doc])*
        pub struct $name {
            tools: Tools,
            caller: Arc<Caller>,
        }

        impl $name {
            /// For one request of one caller.
            pub fn new(tools: &Tools, caller: &Arc<Caller>) -> Self {
                Self { tools: tools.clone(), caller: caller.clone() }
            }
        }

        impl Loader<$key> for $name {
            type Value = $value;
            type Error = async_graphql::Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Self::Error> {
                $load(&self.tools, &self.caller, keys).await.map_err(subgraph::fault)
            }
        }
    )*};
}

loaders! {
    /// Articles by global id.
    Articles: GlobalId<ArticleId> => Article, articles_by_id;
    /// The articles linked to a ticket.
    Linked: GlobalId<TicketId> => Vec<Article>, linked_articles;
    /// The articles that may answer a ticket.
    Suggested: Worded => Vec<Article>, suggested_articles;
}
