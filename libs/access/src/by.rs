//! Who acts.

use crate::Caller;

/// Who acts, and in which trace.
#[derive(Debug, Clone)]
pub struct By<'a> {
    /// Who.
    pub caller: &'a Caller,
    /// W3C trace context of the request, carried into the facts.
    pub trace: Option<String>,
}
