//! What directory publishes: providers, tenants, people, staff, applications, vendors, and credentials that ended.
//!
//! The gateway remembers for a while who a caller is. It hears those of these facts that change what somebody may do
//! (`RIGHTS` in `graphql/gateway/src/facts.rs`, where a test asks about every type of this file).

use ids::{ApiKeyId, ApplicationId, PersonId, ProviderId, SessionId, SiteId, TenantId, VendorId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// See [`TenantProvisioned`].
pub const TENANT_PROVISIONED: &str = "tenant.provisioned.v1";

/// A support provider was created. Subject: the provider. Services that keep a schema per provider make it now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderCreated {
    /// The provider.
    pub provider: ProviderId,
    /// Its short name in URLs; may change, the id never does.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// A tenant as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantSnapshot {
    /// The tenant.
    pub tenant: TenantId,
    /// Who serves it.
    pub provider: ProviderId,
    /// Its short name in URLs; may change.
    pub slug: String,
    /// The client company's name.
    pub name: String,
    /// BCP 47: `es-PE`.
    pub locale: String,
    /// IANA zone of its contract; months are cut in it.
    pub time_zone: String,
}

/// A tenant was created: every service makes its schema and answers with [`TenantProvisioned`]. Subject: the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantCreated {
    /// The tenant as it was created.
    pub tenant: TenantSnapshot,
}

/// Name, slug, locale or zone changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantChanged {
    /// The tenant as it is now.
    pub tenant: TenantSnapshot,
}

/// From now on every door refuses the tenant's callers; facts under way are still taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantSuspended {
    /// The tenant.
    pub tenant: TenantId,
}

/// The suspension ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantResumed {
    /// The tenant.
    pub tenant: TenantId,
}

/// One service's part of a tenant stands. Every service publishes it (with itself as source); directory hears it and
/// calls the tenant ready when all have spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantProvisioned {
    /// The tenant.
    pub tenant: TenantId,
    /// The service that speaks.
    pub service: String,
    /// How long it took, milliseconds.
    pub took_ms: i64,
}

/// A person of a tenant, as others need to know it. Names and addresses stay in directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonSnapshot {
    /// The person.
    pub person: PersonId,
    /// The roles held with this tenant, as in the API: `requester`, `application_owner`, `tenant_admin`.
    pub roles: Vec<String>,
    /// BCP 47.
    pub locale: String,
    /// ISO 3166-1 alpha-2 of where the person works, if known: some calendars depend on it.
    pub country: Option<String>,
    /// The site at which the person works, if it is at one: some calendars depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Whether the tenant asks for special care of the person: some targets depend on it. Left out where it is not so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub vip: bool,
    /// Whether the person may still sign in.
    pub active: bool,
}

/// A person of the tenant became known. Subject: the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonRegistered {
    /// The person.
    pub person: PersonSnapshot,
}

/// Roles, locale, country, site, VIP flag or activity changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonChanged {
    /// The person as it is now.
    pub person: PersonSnapshot,
}

/// One of the provider's staff was assigned to the tenant, or the roles there changed. Subject: the person
/// and the tenant (`per_…/ten_…`), as a person has one assignment per tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffAssigned {
    /// The staff member.
    pub person: PersonId,
    /// Roles with this tenant: `agent`, `inventory_manager`, `coordinator`, `quality_manager`, `service_manager`.
    pub roles: Vec<String>,
}

/// The assignment ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StaffUnassigned {
    /// The staff member.
    pub person: PersonId,
}

/// A sign-in ended before its time: by logging out, with a new password, with the person's activity, or because a used
/// refresh token was shown again. Subject: the session, which ends once. One of the provider's staff has no tenant here,
/// an operator no provider either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionEnded {
    /// The session.
    pub session: SessionId,
    /// Whose it was.
    pub person: PersonId,
}

/// A machine's key is refused from now on. Subject: the key, which is revoked once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiKeyRevoked {
    /// The key.
    pub key: ApiKeyId,
}

/// An application, as others need to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationSnapshot {
    /// The application.
    pub application: ApplicationId,
    /// Short code, unique in the tenant: `SAP-FI`.
    pub code: String,
    /// Who approves corrective maintenance for it.
    pub owner: Option<PersonId>,
    /// Retired applications take no new tickets.
    pub retired: bool,
}

/// An application was registered. Subject: the application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationRegistered {
    /// The application.
    pub application: ApplicationSnapshot,
}

/// Code, owner or retirement changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationChanged {
    /// The application as it is now.
    pub application: ApplicationSnapshot,
}

/// A vendor, as others need to know it. Its name stays in directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VendorSnapshot {
    /// The vendor.
    pub vendor: VendorId,
    /// No ticket comes to wait for it any more.
    pub retired: bool,
}

/// A vendor was registered. Subject: the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VendorRegistered {
    /// The vendor.
    pub vendor: VendorSnapshot,
}

/// Name or retirement changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VendorChanged {
    /// The vendor as it is now.
    pub vendor: VendorSnapshot,
}

crate::fact!(
    Directory,
    ProviderCreated = "provider.created.v1",
    TenantCreated = "tenant.created.v1",
    TenantChanged = "tenant.changed.v1",
    TenantSuspended = "tenant.suspended.v1",
    TenantResumed = "tenant.resumed.v1",
    PersonRegistered = "person.registered.v1",
    PersonChanged = "person.changed.v1",
    StaffAssigned = "staff.assigned.v1",
    StaffUnassigned = "staff.unassigned.v1",
    SessionEnded = "session.ended.v1",
    ApiKeyRevoked = "api_key.revoked.v1",
    ApplicationRegistered = "application.registered.v1",
    ApplicationChanged = "application.changed.v1",
    VendorRegistered = "vendor.registered.v1",
    VendorChanged = "vendor.changed.v1",
);
