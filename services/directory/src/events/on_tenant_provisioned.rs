//! A service made its part of a tenant.

use std::sync::Arc;

use async_trait::async_trait;
use events::Envelope;
use events::directory::TenantProvisioned;
use messaging::{FactHandler, HandleError, HandlerScope};
use tenancy::Tx;

use crate::actions::Directory;
use crate::actions::note_parts::{Part, note_parts};

/// Hears `tenant.provisioned.v1`, from every service.
pub struct OnTenantProvisioned(pub Arc<Directory>);

#[async_trait]
impl FactHandler for OnTenantProvisioned {
    fn scope(&self) -> HandlerScope {
        HandlerScope::Platform
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let mut parts = Vec::new();
        for (index, fact) in facts.iter().enumerate() {
            if fact.kind != events::TENANT_PROVISIONED {
                continue;
            }
            let said: TenantProvisioned = fact
                .data_as()
                .map_err(|error| HandleError::never(index, error))?;
            // The service is who published it, whatever the data says.
            parts.push(Part {
                index,
                tenant: said.tenant,
                service: fact.source.clone(),
                took_ms: said.took_ms,
            });
        }
        match note_parts(&self.0, tx, &parts).await? {
            None => Ok(()),
            Some(unknown) => Err(HandleError::never(unknown, "no such tenant")),
        }
    }
}
