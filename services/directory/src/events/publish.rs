//! What directory tells, as envelopes.

use chrono::{DateTime, Utc};
use events::directory as facts;
use events::{Envelope, Fact, Meta, Origin};
use ids::{ApiKeyId, EventId, PersonId, ProviderId, SessionId, TenantId};

use crate::actions::Directory;
use crate::domain::application::Application;
use crate::domain::person::Person;
use crate::domain::roles::words;
use crate::domain::staff::Assignment;
use crate::domain::tenant::{Provider, State, Tenant};
use crate::domain::vendor::Vendor;
use crate::error::Error;

/// What the facts of one action have in common.
pub struct Telling<'a> {
    directory: &'a Directory,
    trace: Option<&'a str>,
    tenant: Option<TenantId>,
    provider: Option<ProviderId>,
    at: DateTime<Utc>,
}

impl<'a> Telling<'a> {
    /// About a tenant.
    pub fn of_tenant(
        directory: &'a Directory,
        trace: Option<&'a str>,
        tenant: TenantId,
        provider: ProviderId,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            directory,
            trace,
            tenant: Some(tenant),
            provider: Some(provider),
            at,
        }
    }

    /// About a provider.
    pub fn of_provider(
        directory: &'a Directory,
        trace: Option<&'a str>,
        provider: ProviderId,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            directory,
            trace,
            tenant: None,
            provider: Some(provider),
            at,
        }
    }

    /// About an account: a person's belongs to a tenant, one of the staff's to a provider, an operator's to nobody.
    pub fn of_account(
        directory: &'a Directory,
        trace: Option<&'a str>,
        (tenant, provider): (Option<TenantId>, Option<ProviderId>),
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            directory,
            trace,
            tenant,
            provider,
            at,
        }
    }

    fn put<F: Fact>(&self, subject: String, sequence: i64, fact: &F) -> Result<Envelope, Error> {
        let meta = Meta {
            id: EventId::new(&*self.directory.ids),
            subject,
            time: self.at,
            tenant: self.tenant,
            provider: self.provider,
            sequence,
            origin: Origin::Live,
            traceparent: self.trace.map(str::to_owned),
        };
        Ok(Envelope::of(meta, fact)?)
    }

    /// A provider was created.
    pub fn provider_created(&self, provider: &Provider) -> Result<Envelope, Error> {
        let fact = facts::ProviderCreated {
            provider: provider.id,
            slug: provider.slug.clone(),
            name: provider.name.clone(),
        };
        self.put(provider.id.to_string(), 1, &fact)
    }

    /// A tenant was created.
    pub fn tenant_created(&self, tenant: &Tenant) -> Result<Envelope, Error> {
        let fact = facts::TenantCreated {
            tenant: snapshot(tenant),
        };
        self.put(tenant.id.to_string(), 1, &fact)
    }

    /// A tenant's name, slug, locale or zone changed.
    pub fn tenant_changed(&self, tenant: &Tenant) -> Result<Envelope, Error> {
        let fact = facts::TenantChanged {
            tenant: snapshot(tenant),
        };
        self.put(tenant.id.to_string(), tenant.sequence, &fact)
    }

    /// A tenant was suspended, or is served again.
    pub fn tenant_moved(&self, tenant: &Tenant) -> Result<Envelope, Error> {
        let (subject, id) = (tenant.id.to_string(), tenant.id);
        match tenant.state {
            State::Suspended => {
                let fact = facts::TenantSuspended { tenant: id };
                self.put(subject, tenant.sequence, &fact)
            }
            State::Ready | State::Provisioning => {
                let fact = facts::TenantResumed { tenant: id };
                self.put(subject, tenant.sequence, &fact)
            }
        }
    }

    /// A person became known (version 1), or changed.
    pub fn person(&self, person: &Person) -> Result<Envelope, Error> {
        let snapshot = facts::PersonSnapshot {
            person: person.id,
            roles: words(&person.roles),
            locale: person.locale.clone(),
            country: person.country.clone(),
            site: person.site,
            vip: person.vip,
            active: person.active,
        };
        let subject = person.id.to_string();
        if person.version == 1 {
            self.put(subject, 1, &facts::PersonRegistered { person: snapshot })
        } else {
            self.put(
                subject,
                person.version,
                &facts::PersonChanged { person: snapshot },
            )
        }
    }

    /// An assignment began, changed, or ended.
    pub fn assignment(&self, assignment: &Assignment) -> Result<Envelope, Error> {
        let subject = format!("{}/{}", assignment.person, assignment.tenant);
        if assignment.roles.is_empty() {
            let fact = facts::StaffUnassigned {
                person: assignment.person,
            };
            return self.put(subject, assignment.sequence, &fact);
        }
        let fact = facts::StaffAssigned {
            person: assignment.person,
            roles: words(&assignment.roles),
        };
        self.put(subject, assignment.sequence, &fact)
    }

    /// Sessions of a person ended.
    pub fn sessions_ended(
        &self,
        person: PersonId,
        sessions: &[SessionId],
    ) -> Result<Vec<Envelope>, Error> {
        let one = |session: &SessionId| {
            let session = *session;
            let fact = facts::SessionEnded { session, person };
            self.put(session.to_string(), 1, &fact)
        };
        sessions.iter().map(one).collect()
    }

    /// A key was revoked.
    pub fn api_key_revoked(&self, key: ApiKeyId) -> Result<Envelope, Error> {
        self.put(key.to_string(), 1, &facts::ApiKeyRevoked { key })
    }

    /// An application was registered (version 1), or changed.
    pub fn application(&self, app: &Application) -> Result<Envelope, Error> {
        let snapshot = facts::ApplicationSnapshot {
            application: app.id,
            code: app.code.clone(),
            owner: app.owner,
            retired: app.retired,
        };
        let subject = app.id.to_string();
        if app.version == 1 {
            let fact = facts::ApplicationRegistered {
                application: snapshot,
            };
            self.put(subject, 1, &fact)
        } else {
            let fact = facts::ApplicationChanged {
                application: snapshot,
            };
            self.put(subject, app.version, &fact)
        }
    }

    /// A vendor became known (version 1), or changed.
    pub fn vendor(&self, vendor: &Vendor) -> Result<Envelope, Error> {
        let snapshot = facts::VendorSnapshot {
            vendor: vendor.id,
            retired: vendor.retired,
        };
        let subject = vendor.id.to_string();
        if vendor.version == 1 {
            self.put(subject, 1, &facts::VendorRegistered { vendor: snapshot })
        } else {
            self.put(
                subject,
                vendor.version,
                &facts::VendorChanged { vendor: snapshot },
            )
        }
    }
}

fn snapshot(tenant: &Tenant) -> facts::TenantSnapshot {
    facts::TenantSnapshot {
        tenant: tenant.id,
        provider: tenant.provider,
        slug: tenant.slug.clone(),
        name: tenant.name.clone(),
        locale: tenant.locale.clone(),
        time_zone: tenant.time_zone.clone(),
    }
}
