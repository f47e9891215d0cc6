//! What mutations take.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::types::Role;

/// What `createProvider` takes.
#[derive(Debug, InputObject)]
pub struct CreateProviderInput {
    /// Short name: 2 to 40 lower-case letters, digits, hyphens.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// What `createTenant` takes.
#[derive(Debug, InputObject)]
pub struct CreateTenantInput {
    /// `prv_…` of the provider that serves it.
    pub provider: ID,
    /// Short name in URLs: 2 to 40 lower-case letters, digits, hyphens. Nobody else may ever have had it.
    pub slug: String,
    /// The client company's name.
    pub name: String,
    /// BCP 47: `es-PE`.
    pub locale: String,
    /// IANA zone of the contract: `America/Lima`.
    pub time_zone: String,
}

/// What `suspendTenant` takes.
#[derive(Debug, InputObject)]
pub struct SuspendTenantInput {
    /// `ten_…`
    pub tenant: ID,
}

/// What `resumeTenant` takes.
#[derive(Debug, InputObject)]
pub struct ResumeTenantInput {
    /// `ten_…`
    pub tenant: ID,
}

/// What `renameTenant` takes; what is absent stays.
#[derive(Debug, InputObject)]
pub struct RenameTenantInput {
    /// `ten_…`
    pub tenant: ID,
    /// Short name in URLs. The former one goes on leading to the tenant.
    pub slug: Option<String>,
    /// The client company's name.
    pub name: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// IANA zone of the contract.
    pub time_zone: Option<String>,
}

/// What `registerStaff` takes.
#[derive(Debug, InputObject)]
pub struct RegisterStaffInput {
    /// `prv_…`; needed by the operator alone.
    pub provider: Option<ID>,
    /// Full name.
    pub name: String,
    /// E-mail address, unique with the provider.
    pub email: String,
    /// BCP 47; `es` when absent.
    pub locale: Option<String>,
    /// To begin with; without one nobody can sign in.
    pub password: Option<String>,
    /// The same key and input give the same answer for 48 hours.
    pub idempotency_key: Option<String>,
}

/// What `assignStaff` takes.
#[derive(Debug, InputObject)]
pub struct AssignStaffInput {
    /// `per_…` of the member of the staff.
    pub staff: ID,
    /// `ten_…`
    pub tenant: ID,
    /// All the roles there from now on.
    pub roles: Vec<Role>,
}

/// What `unassignStaff` takes.
#[derive(Debug, InputObject)]
pub struct UnassignStaffInput {
    /// `per_…` of the member of the staff.
    pub staff: ID,
    /// `ten_…`
    pub tenant: ID,
}

/// What `registerPerson` takes.
#[derive(Debug, InputObject)]
pub struct RegisterPersonInput {
    /// `ten_…`; the chosen one when absent.
    pub tenant: Option<ID>,
    /// Full name.
    pub name: String,
    /// E-mail address, unique in the tenant.
    pub email: String,
    /// `REQUESTER`, `APPLICATION_OWNER`, `TENANT_ADMIN`.
    pub roles: Vec<Role>,
    /// BCP 47; the tenant's when absent.
    pub locale: Option<String>,
    /// Where the person works, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Global id of the site at which the person works.
    pub site: Option<ID>,
    /// Gets special care: agreements may promise more.
    #[graphql(default)]
    pub vip: bool,
    /// To begin with; without one the person cannot sign in.
    pub password: Option<String>,
    /// The same key and input give the same answer for 48 hours.
    pub idempotency_key: Option<String>,
}

/// What `changePerson` takes; what is absent stays.
#[derive(Debug, InputObject)]
pub struct ChangePersonInput {
    /// Global id.
    pub person: ID,
    /// Full name.
    pub name: Option<String>,
    /// E-mail address, unique in the tenant.
    pub email: Option<String>,
    /// All the roles from now on.
    pub roles: Option<Vec<Role>>,
    /// BCP 47.
    pub locale: Option<String>,
    /// Where the person works; null forgets it.
    pub country: MaybeUndefined<String>,
    /// Global id of the site at which the person works; null leaves it at none.
    pub site: MaybeUndefined<ID>,
    /// Special care from now on, or no longer.
    pub vip: Option<bool>,
    /// Back in service, or out of it.
    pub active: Option<bool>,
    /// A new password for somebody else; ends every session of that person.
    pub password: Option<String>,
    /// The version that was seen: the change is refused if there is a newer one.
    pub version: Option<i32>,
}

/// What `deactivatePerson` takes.
#[derive(Debug, InputObject)]
pub struct DeactivatePersonInput {
    /// Global id.
    pub person: ID,
}

/// What `createSite` takes.
#[derive(Debug, InputObject)]
pub struct CreateSiteInput {
    /// `ten_…`; the chosen one when absent.
    pub tenant: Option<ID>,
    /// What people call it, unique in the tenant.
    pub name: String,
    /// Where it lies, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The same key and input give the same answer for 48 hours.
    pub idempotency_key: Option<String>,
}

/// What `changeSite` takes; what is absent stays.
#[derive(Debug, InputObject)]
pub struct ChangeSiteInput {
    /// Global id.
    pub site: ID,
    /// What people call it, unique in the tenant.
    pub name: Option<String>,
    /// Where it lies; null forgets it.
    pub country: MaybeUndefined<String>,
    /// The version that was seen: the change is refused if there is a newer one.
    pub version: Option<i32>,
}

/// What `registerApplication` takes.
#[derive(Debug, InputObject)]
pub struct RegisterApplicationInput {
    /// `ten_…`; the chosen one when absent.
    pub tenant: Option<ID>,
    /// Short code, unique in the tenant whatever its case: `SAP-FI`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Global id of the person who approves corrective maintenance for it.
    pub owner: Option<ID>,
    /// The same key and input give the same answer for 48 hours.
    pub idempotency_key: Option<String>,
}

/// What `changeApplication` takes; what is absent stays.
#[derive(Debug, InputObject)]
pub struct ChangeApplicationInput {
    /// Global id.
    pub application: ID,
    /// Short code, unique in the tenant whatever its case.
    pub code: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// Global id of the person who approves corrective maintenance for it; null leaves it without.
    pub owner: MaybeUndefined<ID>,
    /// Out of service, or back.
    pub retired: Option<bool>,
    /// The version that was seen: the change is refused if there is a newer one.
    pub version: Option<i32>,
}

/// What `createVendor` takes.
#[derive(Debug, InputObject)]
pub struct CreateVendorInput {
    /// `ten_…`; the chosen one when absent.
    pub tenant: Option<ID>,
    /// What people call it, unique in the tenant.
    pub name: String,
    /// The same key and input give the same answer for 48 hours.
    pub idempotency_key: Option<String>,
}

/// What `changeVendor` takes; what is absent stays.
#[derive(Debug, InputObject)]
pub struct ChangeVendorInput {
    /// Global id.
    pub vendor: ID,
    /// What people call it, unique in the tenant.
    pub name: Option<String>,
    /// No ticket waits for it from now on, or tickets may again. Those that wait for it already go on.
    pub retired: Option<bool>,
    /// The version that was seen: the change is refused if there is a newer one.
    pub version: Option<i32>,
}

/// What `createApiKey` takes.
#[derive(Debug, InputObject)]
pub struct CreateApiKeyInput {
    /// `ten_…`; the chosen one when absent.
    pub tenant: Option<ID>,
    /// What it is for.
    pub name: String,
    /// `INTEGRATOR`, which is also meant when absent.
    pub roles: Option<Vec<Role>>,
    /// The same key and input give the same API key for 48 hours; its secret is shown the first time alone.
    pub idempotency_key: Option<String>,
}

/// What `revokeApiKey` takes.
#[derive(Debug, InputObject)]
pub struct RevokeApiKeyInput {
    /// Global id.
    pub api_key: ID,
}

/// What `setPassword` takes.
#[derive(Debug, InputObject)]
pub struct SetPasswordInput {
    /// The present one.
    pub old: String,
    /// The next one: 12 characters or more, not a common one, without the e-mail address.
    pub new: String,
}
