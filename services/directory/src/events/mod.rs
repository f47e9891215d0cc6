//! Facts out ([`publish`]), and the one kind of fact that is heard: a service made its part of a tenant.

mod on_tenant_provisioned;
pub mod publish;

pub use on_tenant_provisioned::OnTenantProvisioned;
