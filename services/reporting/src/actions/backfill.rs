//! Feeds a service that came later with everything that it would have heard.

use events::directory::ProviderCreated;
use events::{Envelope, Lane, Meta, Origin, Publisher};
use ids::{EventId, ProviderId};
use messaging::{Bus, Subscription};
use sqlx::Row;
use tenancy::{Scope, ServiceDb};

use crate::error::Error;
use crate::store::facts;

/// Facts per page: some MB in memory, one confirm to await.
const PAGE: i64 = 1000;

/// Sends every kept fact of the publishers that `service` hears to its bulk queues: first the providers' own, then
/// tenant by tenant, each in the order in which they came here. `report` hears the running total. The service's inbox
/// drops what it has already, so this may be repeated.
///
/// # Errors
/// [`Error::UnknownService`] for a service that hears nothing, otherwise what database and broker say.
pub async fn backfill(
    db: &ServiceDb,
    bus: &Bus,
    service: &str,
    mut report: impl FnMut(u64),
) -> Result<u64, Error> {
    let row = Subscription::of(service)
        .filter(|row| !row.hears.is_empty())
        .ok_or_else(|| Error::UnknownService(service.to_owned()))?;
    let sources: Vec<&str> = row.hears.iter().copied().map(Publisher::source).collect();
    let mut sent = 0;
    let providers = db.providers().await?;
    if row.hears.contains(&Publisher::Directory) {
        let births = births_not_kept(db, &providers).await?;
        if !births.is_empty() {
            bus.publish_to(service, Lane::Bulk, &births).await?;
            sent += births.len() as u64;
            report(sent);
        }
    }
    // Providers first: a tenant's facts find the staff and the groups that they speak of.
    let providers = providers.into_iter().map(Scope::Provider);
    let tenants = db.tenants().await?;
    let tenants = tenants.into_iter().map(|row| Scope::Tenant(row.id));
    let apart = db.apart();
    for whose in providers.chain(tenants) {
        let mut after = 0;
        loop {
            let page = page(&apart, whose, &sources, after).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            let mut batch: Vec<_> = page.into_iter().map(|(_, fact)| fact).collect();
            batch.retain(|fact| !row.leaves_out(&fact.subject));
            bus.publish_to(service, Lane::Bulk, &batch).await?;
            sent += batch.len() as u64;
            report(sent);
        }
    }
    Ok(sent)
}

/// A page in a transaction of its own: none is open while the broker is awaited.
async fn page(
    db: &ServiceDb,
    whose: Scope,
    sources: &[&str],
    after: i64,
) -> Result<Vec<(i64, Envelope)>, Error> {
    match whose {
        Scope::Tenant(tenant) => {
            let mut tx = db.begin_fact(tenant).await?;
            let page = facts::page(tx.conn(), Some(tenant), sources, after, PAGE).await?;
            tx.commit().await?;
            Ok(page)
        }
        Scope::Provider(provider) => {
            let mut tx = db.begin_provider(provider, &[]).await?;
            let page = facts::page(tx.conn(), None, sources, after, PAGE).await?;
            tx.commit().await?;
            Ok(page)
        }
        Scope::Platform => Ok(Vec::new()),
    }
}

/// Before 2026-11-25 a provider's facts were kept nowhere; the birth of one who came earlier is made again from what was
/// taken in of it, with the sequence that it had.
async fn births_not_kept(db: &ServiceDb, providers: &[ProviderId]) -> Result<Vec<Envelope>, Error> {
    let mut births = Vec::new();
    for provider in providers {
        let subject = provider.to_string();
        let source = Publisher::Directory.source();
        let mut tx = db.begin_provider(*provider, &[]).await?;
        let kept = facts::of_subject(tx.conn(), None, source, &subject, 1, 1).await?;
        tx.commit().await?;
        if kept.first().is_some_and(|fact| fact.sequence == 1) {
            continue;
        }
        births.push(birth(db, *provider, subject).await?);
    }
    Ok(births)
}

async fn birth(db: &ServiceDb, provider: ProviderId, subject: String) -> Result<Envelope, Error> {
    let mut tx = db.begin_platform().await?;
    let row = sqlx::query("SELECT slug, name FROM platform.provider WHERE id = $1")
        .bind(provider.uuid())
        .fetch_one(tx.conn())
        .await?;
    tx.commit().await?;
    let created = ProviderCreated {
        provider,
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
    };
    let meta = Meta {
        // The same in every backfill.
        id: EventId::from_uuid(provider.uuid()),
        subject,
        time: db.clock().now(),
        tenant: None,
        provider: Some(provider),
        sequence: 1,
        origin: Origin::Live,
        traceparent: None,
    };
    Envelope::of(meta, &created).map_err(|e| Error::Kept(e.to_string()))
}
