//! Facts out ([`publish`]) and in (`on_…`), and the command that imports another tool's history.

pub mod on_directory;
pub mod on_import_rows;
pub mod on_routing;
pub mod on_sla_clock;
pub mod publish;

use async_trait::async_trait;
use events::{Envelope, Origin};
use messaging::{Command, CommandHandler, FactHandler, HandleError};
use tenancy::{Scope, Tx};

use crate::actions::Tools;

/// Takes in what directory, routing and sla-clock tell.
#[derive(Debug, Clone)]
pub struct Hears(pub Tools);

#[async_trait]
impl FactHandler for Hears {
    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let Scope::Tenant(tenant) = tx.scope() else {
            return Ok(());
        };
        on_directory::handle(tx, facts).await?;
        // What others conclude from imported history stands in the history itself: it moves nothing here.
        let live: Vec<(usize, &Envelope)> = facts
            .iter()
            .enumerate()
            .filter(|(_, f)| f.origin == Origin::Live)
            .collect();
        on_routing::handle(&self.0, tx, tenant, &live).await?;
        on_sla_clock::handle(&self.0, tx, tenant, &live).await
    }
}

/// Does what the importer asks for.
#[derive(Debug, Clone)]
pub struct Does(pub Tools);

#[async_trait]
impl CommandHandler for Does {
    async fn handle(&self, tx: &mut Tx, commands: &[Command]) -> Result<(), HandleError> {
        on_import_rows::handle(&self.0, tx, commands).await
    }
}
