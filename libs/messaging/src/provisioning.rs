//! Tenants come into being in every service through facts: the schema before the transaction that takes the fact in,
//! the answer `tenant.provisioned.v1` within it.

use std::collections::HashMap;

use clock::SharedClock;
use events::directory::{
    ProviderCreated, TenantChanged, TenantCreated, TenantProvisioned, TenantResumed,
    TenantSnapshot, TenantSuspended,
};
use events::{Envelope, Fact, Meta, TENANT_PROVISIONED};
use ids::{EventId, SharedIds, TenantId};
use tenancy::{NewTenant, ServiceDb, TenancyError, TenantState};
use tokio::time::Instant;

use crate::facts::FactItem;
use crate::work::{Culprit, Failure};

/// Whether a schema comes into being by this fact.
pub(crate) fn creates(fact: &Envelope) -> bool {
    fact.is::<TenantCreated>() || fact.is::<ProviderCreated>()
}

fn new_tenant(tenant: TenantSnapshot) -> NewTenant {
    NewTenant {
        id: tenant.tenant,
        provider: tenant.provider,
        slug: tenant.slug,
        name: tenant.name,
        locale: tenant.locale,
        time_zone: tenant.time_zone,
    }
}

/// How long each tenant of a batch took to provision, milliseconds.
pub(crate) type Took = HashMap<TenantId, i64>;

/// Makes schemas, before the transaction begins (it would have no schema to begin in). Repeats change nothing.
pub(crate) async fn before(
    db: &ServiceDb,
    facts: impl Iterator<Item = &Envelope>,
) -> Result<Took, TenancyError> {
    let mut took = Took::new();
    for fact in facts {
        // Unreadable ones are found out, and parked, within the transaction.
        if fact.is::<TenantCreated>() {
            if let Ok(TenantCreated { tenant }) = fact.read() {
                let id = tenant.tenant;
                took.insert(id, provision(db, tenant).await?);
            }
        } else if fact.is::<ProviderCreated>()
            && let Ok(ProviderCreated {
                provider,
                slug,
                name,
            }) = fact.read()
        {
            db.provision_provider(provider, &slug, &name).await?;
        }
    }
    Ok(took)
}

async fn provision(db: &ServiceDb, tenant: TenantSnapshot) -> Result<i64, TenancyError> {
    let (id, service) = (tenant.tenant, db.service());
    let begun = Instant::now();
    let done = db.provision_tenant(&new_tenant(tenant)).await?;
    let took = begun.elapsed();
    if !done.already {
        tracing::info!(service, tenant = %id, took_ms = took.as_millis() as u64, "tenant provisioned");
        metrics::histogram!("messaging_provisioning_seconds", "service" => service)
            .record(took.as_secs_f64());
    }
    Ok(took.as_millis() as i64)
}

fn unreadable(reason: impl std::fmt::Display) -> Failure<FactItem> {
    Failure::Never(Culprit::Given(0), reason.to_string())
}

/// Applies a tenant's fact whose turn has come. A new tenant gets an answer. The culprit of "never" is the fact itself.
pub(crate) async fn during(
    db: &ServiceDb,
    fact: &Envelope,
    took: &Took,
    clock: &SharedClock,
    ids: &SharedIds,
) -> Result<Option<Envelope>, Failure<FactItem>> {
    match fact.kind.as_str() {
        TenantCreated::TYPE => {
            let created: TenantCreated = fact.read().map_err(unreadable)?;
            let service = db.service();
            // A fact that comes out of `waiting` was not seen before the transaction.
            let took_ms = match took.get(&created.tenant.tenant) {
                Some(took) => *took,
                None => provision(db, created.tenant.clone()).await?,
            };
            let answer = TenantProvisioned {
                tenant: created.tenant.tenant,
                service: service.to_owned(),
                took_ms,
            };
            let meta = Meta {
                id: EventId::new(&**ids),
                subject: created.tenant.tenant.to_string(),
                time: clock.now(),
                tenant: Some(created.tenant.tenant),
                provider: Some(created.tenant.provider),
                sequence: 1,
                origin: fact.origin,
                traceparent: fact.traceparent.clone(),
            };
            Envelope::from_source(service, TENANT_PROVISIONED, meta, &answer)
                .map(Some)
                .map_err(unreadable)
        }
        TenantChanged::TYPE => {
            let changed: TenantChanged = fact.read().map_err(unreadable)?;
            db.update_tenant(&new_tenant(changed.tenant)).await?;
            Ok(None)
        }
        TenantSuspended::TYPE => {
            let suspended: TenantSuspended = fact.read().map_err(unreadable)?;
            db.set_tenant_state(suspended.tenant, TenantState::Suspended)
                .await?;
            Ok(None)
        }
        TenantResumed::TYPE => {
            let resumed: TenantResumed = fact.read().map_err(unreadable)?;
            db.set_tenant_state(resumed.tenant, TenantState::Ready)
                .await?;
            Ok(None)
        }
        _ => Ok(None),
    }
}
