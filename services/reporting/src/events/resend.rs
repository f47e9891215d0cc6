//! The command `resend`: a service lacks facts that a publisher no longer has; here they are all kept.

use async_trait::async_trait;
use messaging::{Bus, Command, CommandHandler, HandleError, Resend, lane_of};
use tenancy::{Scope, Tx};

use crate::actions::resend;
use crate::error::Error;

/// Gives missing facts again, straight to the service that asks.
#[derive(Debug)]
pub struct Resender {
    /// The way there.
    pub bus: Bus,
}

#[async_trait]
impl CommandHandler for Resender {
    async fn handle(&self, tx: &mut Tx, commands: &[Command]) -> Result<(), HandleError> {
        let tenant = match tx.scope() {
            Scope::Tenant(tenant) => Some(tenant),
            Scope::Provider(_) => None,
            Scope::Platform => return Ok(()),
        };
        for (index, command) in commands.iter().enumerate() {
            if command.name != Resend::NAME {
                return Err(HandleError::never(
                    index,
                    format!("unknown command `{}`", command.name),
                ));
            }
            let asked: Resend = serde_json::from_str(command.body.get())
                .map_err(|e| HandleError::never(index, e))?;
            let lane = lane_of(&asked.lane).ok_or_else(|| {
                HandleError::never(index, format!("unknown lane `{}`", asked.lane))
            })?;
            match resend::resend(tx.conn(), &self.bus, tenant, &asked, lane).await {
                Ok(sent) => tracing::info!(
                    service = asked.service,
                    source = asked.source,
                    subject = asked.subject,
                    sent,
                    "missing facts sent again"
                ),
                Err(Error::Tenancy(e)) => return Err(e.into()),
                Err(Error::Bus(e)) if e.is_transient() => return Err(HandleError::again(e)),
                Err(e) => return Err(HandleError::never(index, e)),
            }
        }
        Ok(())
    }
}
