//! Who calls, and what that caller may do.
//!
//! The gateway turns whatever a caller shows into a *signed caller*: a JWT (EdDSA, 60 s) with [`Claims`]. Each service
//! verifies it again with a [`Verifier`] and gets a [`Caller`]. An action begins with
//!
//! ```ignore
//! let grant = caller.require(tenant, Permission::ReplyToTicket)?;
//! ```
//!
//! A tenant that is not the caller's is [`Refusal::NotFound`]: the answer for what does not exist is the answer for
//! what is not yours. A tenant that is the caller's, but a role too small, is [`Refusal::Forbidden`], which names the
//! permission and the roles that hold it, so that the caller knows whom to ask.
//!
//! To add a permission: a variant of [`Permission`] and its row in [`Permission::roles`]; nothing else decides.

mod by;
mod caller;
mod permission;
mod role;
mod signed;

pub use by::By;
pub use caller::{Caller, CallerKind, Grant, Refusal, TenantGrant};
pub use permission::Permission;
pub use role::Role;
pub use signed::{AUDIENCE, Claims, ISSUER, KeyPair, Signer, TokenError, Verifier};
