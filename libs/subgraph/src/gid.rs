//! Global ids as they come in.

use async_graphql::{Error, ID};
use ids::{GlobalId, TypedId};

use crate::Code;

/// Reads a global id. One that is malformed, or of another kind, names nothing: "not found", as another tenant's.
///
/// # Errors
/// [`Code::NotFound`].
pub fn gid<T: TypedId>(id: &ID) -> Result<GlobalId<T>, Error> {
    id.as_str()
        .parse()
        .map_err(|_| Code::NotFound.error("No existe o no es visible para quien pregunta."))
}
