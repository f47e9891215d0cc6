//! Doing what other services ask for: in order, a tenant's batch in one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use tenancy::ServiceDb;
use tokio::sync::Semaphore;
use tracing::Instrument;

use crate::command::{Command, Resend};
use crate::handler::CommandHandler;
use crate::scope::{Key, Open};
use crate::trace;
use crate::work::{Culprit, Failure, Held, Raw, ReadFailure, Turn, Work};

pub(crate) struct CommandWork {
    pub service: &'static str,
    pub db: ServiceDb,
    pub handler: Option<Arc<dyn CommandHandler>>,
    pub slots: Arc<Semaphore>,
}

type Fail = Failure<Command>;

/// For whom it is done. Only facts are a provider's, and only they can be asked for without a tenant.
fn key(command: &Command) -> Result<Key, ReadFailure> {
    if !command.tenant.uuid().is_nil() || command.name != Resend::NAME {
        return Ok(Key::Tenant(command.tenant));
    }
    let asked: Resend = serde_json::from_str(command.body.get())
        .map_err(|error| ReadFailure::Never(format!("not a resend: {error}")))?;
    Ok(asked.provider.map_or(Key::Platform, Key::Provider))
}

#[async_trait]
impl Work for CommandWork {
    type Item = Command;

    /// A command may hold hundreds of rows: two hundred of them would be a whole import in memory and in one transaction.
    fn prefetch(&self, settings: &crate::BusSettings) -> u16 {
        settings.prefetch.clamp(1, 4)
    }

    async fn read(&self, raw: &Raw) -> Result<(Key, Command), ReadFailure> {
        let command: Command = serde_json::from_slice(&raw.body)
            .map_err(|error| ReadFailure::Never(format!("not a command: {error}")))?;
        Ok((key(&command)?, command))
    }

    fn subject<'a>(&self, item: &'a Command) -> &'a str {
        &item.key
    }

    fn title(&self, item: &Command) -> (String, Option<String>) {
        (item.name.clone(), Some(item.id.to_string()))
    }

    async fn turn(&self, _key: Key, _first: &Held<Command>) -> Turn {
        let share = Arc::clone(&self.slots).acquire_owned().await;
        Turn::of(None, share.into_iter().collect())
    }

    async fn attempt(
        &self,
        _turn: Turn,
        key: Key,
        batch: &[Held<Command>],
        _alone: bool,
    ) -> Result<(), Fail> {
        let mut places = Vec::new();
        let mut commands = Vec::new();
        for (place, one) in batch.iter().enumerate() {
            if one.parked {
                continue;
            }
            places.push(place);
            commands.push(one.item.clone());
        }
        let Some(first) = places.first().copied() else {
            return Ok(());
        };
        let Some(handler) = &self.handler else {
            let reason = format!("{} takes no commands", self.service);
            return Err(Failure::Never(Culprit::Given(first), reason));
        };
        if key == Key::Platform {
            let reason = "it names neither a tenant nor a provider".to_owned();
            return Err(Failure::Never(Culprit::Given(first), reason));
        }
        let parents = commands.iter().map(|one| one.traceparent.as_deref());
        let span = trace::batch_span(self.service, parents);
        async {
            let mut tx = Open::begin(&self.db, key).await?;
            let done = handler.handle(&mut tx, &commands).await;
            done.map_err(|error| match Fail::from(error) {
                Failure::Never(Culprit::Given(index), reason) => match places.get(index) {
                    Some(place) => Failure::Never(Culprit::Given(*place), reason),
                    None => Failure::Broken(format!(
                        "the handler refused a command that it was not given: {reason}"
                    )),
                },
                other => other,
            })?;
            tx.commit().await.map_err(Fail::from)
        }
        .instrument(span)
        .await?;
        metrics::counter!("messaging_commands_total", "service" => self.service)
            .increment(commands.len() as u64);
        Ok(())
    }
}
