//! The envelope: CloudEvents 1.0 in JSON, with our extensions.

use chrono::{DateTime, Utc};
use ids::{EventId, ProviderId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Fact;

/// Where a fact comes from in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// It happened just now; people and machines may be told.
    Live,
    /// It happened elsewhere and is recorded now (an import): it starts no notice, timer, routing or webhook.
    History,
}

/// Which queues carry it: history must not delay what people wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// What people wait for.
    Live,
    /// Imports, backfills.
    Bulk,
}

impl Origin {
    /// The lane that facts of this origin travel in.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Live => Lane::Live,
            Self::History => Lane::Bulk,
        }
    }
}

/// One fact, as it travels and as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// CloudEvents version; always `1.0`.
    pub specversion: String,
    /// Unique; a repeat of the same fact keeps it.
    pub id: EventId,
    /// `ticket.opened.v1`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service that publishes.
    pub source: String,
    /// The typed id of the thing the fact is about: `tkt_…`.
    pub subject: String,
    /// When it happened (not when it was processed).
    pub time: DateTime<Utc>,
    /// Whose it is; absent for facts of a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The provider that serves the tenant, or that the fact is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderId>,
    /// 1, 2, 3 … per (source, subject), without a gap.
    pub sequence: i64,
    /// Live or history.
    pub origin: Origin,
    /// W3C trace context of the request that made it true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// The fact itself, as one of this crate's types writes it.
    pub data: Box<RawValue>,
}

/// What an envelope says besides the fact.
#[derive(Debug, Clone)]
pub struct Meta {
    /// Its id.
    pub id: EventId,
    /// The typed id of the thing it is about.
    pub subject: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Whose it is.
    pub tenant: Option<TenantId>,
    /// Of which provider.
    pub provider: Option<ProviderId>,
    /// Position per (source, subject).
    pub sequence: i64,
    /// Live or history.
    pub origin: Origin,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// Why an envelope cannot be read as the wanted fact.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is of another type.
    #[error("expected {expected}, got {got}")]
    Type {
        /// The wanted type.
        expected: &'static str,
        /// What the envelope says.
        got: String,
    },
    /// Its data does not fit the type.
    #[error("data of {kind} does not fit: {source}")]
    Data {
        /// The type.
        kind: String,
        /// What serde said.
        source: serde_json::Error,
    },
}

impl Envelope {
    /// Puts a fact into its envelope.
    ///
    /// # Errors
    /// Only if the fact cannot be written as JSON, which none of this crate's types can bring about.
    pub fn of<F: Fact>(meta: Meta, fact: &F) -> Result<Self, serde_json::Error> {
        Self::from_source(F::PUBLISHER.source(), F::TYPE, meta, fact)
    }

    /// The same for a fact that more than one service publishes (`tenant.provisioned.v1`).
    ///
    /// # Errors
    /// Only if `data` cannot be written as JSON.
    pub fn from_source<T: Serialize>(
        source: &str,
        kind: &str,
        meta: Meta,
        data: &T,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            specversion: "1.0".to_owned(),
            id: meta.id,
            kind: kind.to_owned(),
            source: source.to_owned(),
            subject: meta.subject,
            time: meta.time,
            tenant: meta.tenant,
            provider: meta.provider,
            sequence: meta.sequence,
            origin: meta.origin,
            traceparent: meta.traceparent,
            datacontenttype: "application/json".to_owned(),
            data: serde_json::value::to_raw_value(data)?,
        })
    }

    /// Whether it holds this fact.
    pub fn is<F: Fact>(&self) -> bool {
        self.kind == F::TYPE
    }

    /// The fact inside.
    ///
    /// # Errors
    /// [`ReadError::Type`] if it is another fact, [`ReadError::Data`] if its data does not fit.
    pub fn read<F: Fact>(&self) -> Result<F, ReadError> {
        if !self.is::<F>() {
            return Err(ReadError::Type {
                expected: F::TYPE,
                got: self.kind.clone(),
            });
        }
        self.data_as()
    }

    /// Its data as `T`, whatever the type says: for what several types have in common (`{"ticket": …}`).
    ///
    /// # Errors
    /// [`ReadError::Data`] if it does not fit.
    pub fn data_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, ReadError> {
        serde_json::from_str(self.data.get()).map_err(|source| ReadError::Data {
            kind: self.kind.clone(),
            source,
        })
    }
}
