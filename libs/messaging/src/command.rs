//! Work that one service gives another.

use ids::{EventId, ProviderId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// One piece of work: `import_rows`, `resend`. It may arrive twice; what takes it must bear that.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Command {
    /// Unique; a repeat keeps it.
    pub id: EventId,
    /// What is to be done.
    pub name: String,
    /// For whom. The nil id for what concerns no tenant.
    pub tenant: TenantId,
    /// Commands of the same key go through one partition, in the order they were sent.
    pub key: String,
    /// What the work needs to know.
    pub body: Box<RawValue>,
    /// W3C trace context of whoever asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

/// The body of the command `resend`: a service lacks facts of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resend {
    /// Who lacks them.
    pub service: String,
    /// Through which of its lanes they should come: `live` or `bulk`.
    pub lane: String,
    /// Whose they are; none: their provider's.
    pub tenant: Option<TenantId>,
    /// Of which provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// Who published them.
    pub source: String,
    /// What they are about.
    pub subject: String,
    /// The first that is missing.
    pub from_sequence: i64,
    /// The last that is missing.
    pub to_sequence: i64,
}

impl Resend {
    /// The name of the command.
    pub const NAME: &'static str = "resend";
}
