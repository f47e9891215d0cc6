//! Ids as they come in and go out.

use access::Refusal;
use async_graphql::{Context, Error, ID};
use ids::{GlobalId, TenantId, TypedId};

use crate::{Code, caller, refused};

/// Reads a global id. One that is malformed, or of another kind, names nothing: "not found", as another tenant's.
///
/// # Errors
/// [`Code::NotFound`].
pub fn gid<T: TypedId>(id: &ID) -> Result<GlobalId<T>, Error> {
    id.as_str()
        .parse()
        .map_err(|_| Code::NotFound.error("No existe o no es visible para quien pregunta."))
}

/// The id inside a global id of this tenant; one of another tenant names nothing here.
///
/// # Errors
/// [`Code::NotFound`].
pub fn of_tenant<T: TypedId>(tenant: TenantId, id: &ID) -> Result<T, Error> {
    let found = gid::<T>(id)?;
    if found.tenant == tenant {
        Ok(found.id)
    } else {
        Err(refused(Refusal::NotFound))
    }
}

/// Reads the id of a tenant, a provider or a member of the staff, which is not global: it names itself.
///
/// # Errors
/// [`Code::NotFound`].
pub fn plain<T: TypedId>(id: &ID) -> Result<T, Error> {
    id.as_str().parse().map_err(|_| refused(Refusal::NotFound))
}

/// A global id, under the tenant in whose context it is shown.
pub fn global<T: TypedId>(tenant: TenantId, id: T) -> ID {
    ID(GlobalId::new(tenant, id).to_string())
}

/// The tenant that a request means: named, chosen, or the only one.
///
/// # Errors
/// [`Code::NotFound`] if it is not the caller's, [`Code::TenantRequired`] if there are several and none was chosen.
pub fn tenant(ctx: &Context<'_>, named: Option<&ID>) -> Result<TenantId, Error> {
    let named = named.map(plain).transpose()?;
    caller(ctx)?.tenant(named).map_err(refused)
}
