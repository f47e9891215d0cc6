//! The operator creates a provider.

use ids::ProviderId;

use super::{Act, Directory};
use crate::domain::problem::{Outcome, Reading};
use crate::domain::tenant::Provider;
use crate::domain::words;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::providers;

/// Creates a provider: promised, made, announced. A promise that a crash left behind is taken over by whoever asks for
/// the same slug, or kept by [`super::keep_promises`].
pub async fn create_provider(
    directory: &Directory,
    act: &Act,
    slug: &str,
    name: &str,
) -> Result<Outcome<Provider>, Error> {
    act.caller.require_operator()?;
    let mut reading = Reading::default();
    let slug = reading.take(words::slug(slug));
    let name = reading.take(words::name("name", name));
    let new = slug.zip(name).map(|(slug, name)| Provider {
        id: ProviderId::new(&*directory.ids),
        slug,
        name,
    });
    let new = match reading.done(new) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut tx = directory.db.begin_platform().await?;
    let promised = providers::promise(&mut tx, &new, directory.now()).await?;
    tx.commit().await?;
    match promised {
        Some(provider) if keep(directory, act.trace.as_deref(), &provider).await? => {
            Ok(Ok(provider))
        }
        _ => Ok(Err(vec![words::slug_taken()])),
    }
}

/// Makes a promised provider and tells of it; false if somebody else did.
pub(super) async fn keep(
    directory: &Directory,
    trace: Option<&str>,
    provider: &Provider,
) -> Result<bool, Error> {
    directory
        .db
        .provision_provider(provider.id, &provider.slug, &provider.name)
        .await?;
    let telling = Telling::of_provider(directory, trace, provider.id, directory.now());
    let fact = telling.provider_created(provider)?;
    let mut tx = directory.db.begin_platform().await?;
    if !providers::announced(&mut tx, provider.id).await? {
        return Ok(false);
    }
    directory.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    Ok(true)
}
