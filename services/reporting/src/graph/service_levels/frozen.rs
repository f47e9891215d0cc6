//! Months that were closed.

use std::sync::OnceLock;

use async_graphql::{Lookahead, Object, Result};
use chrono::{DateTime, Utc};
use ids::TenantId;
use subgraph::fault;

use super::exclusions::ServiceLevelExclusion;
use super::levels::ServiceLevelSet;
use super::measures::ServiceLevelMeasure;
use super::month::ServiceLevelFigures;
use super::{Person, person};
use crate::domain::service_levels::frozen::{Contents, Frozen, Recomputed, Revision};
use crate::error::Error;

/// Fields that need what a revision holds: every ticket of the month. The others are read without it.
const OF_CONTENTS: [&str; 5] = ["recomputes", "set", "figures", "exclusions", "measures"];

/// Whether a selection of [`FrozenServiceLevels`] asks for what the revisions hold.
pub fn asks_contents(selection: &Lookahead<'_>) -> bool {
    OF_CONTENTS
        .iter()
        .any(|name| selection.field(name).exists())
}

/// One revision of a month's figures, as they were frozen. It never changes; another revision may take its place, and all
/// of them stay.
#[derive(Debug)]
pub struct FrozenServiceLevels {
    tenant: TenantId,
    kept: Revision,
    /// What it holds; absent where [`asks_contents`] said no.
    contents: Option<Contents>,
    /// Read once, and only if it is asked for.
    read: OnceLock<Recomputed>,
}

impl FrozenServiceLevels {
    /// A tenant's.
    pub fn of(tenant: TenantId, kept: Revision, contents: Option<Contents>) -> Self {
        Self {
            tenant,
            kept,
            contents,
            read: OnceLock::new(),
        }
    }

    /// A tenant's, with what it holds.
    pub fn whole(tenant: TenantId, frozen: Frozen) -> Self {
        Self::of(tenant, frozen.revision, Some(frozen.contents))
    }

    fn contents(&self) -> Result<&Contents> {
        let missing = || {
            fault(Error::Kept(
                "contents of a frozen month, not read".to_owned(),
            ))
        };
        self.contents.as_ref().ok_or_else(missing)
    }

    fn recomputed(&self) -> Result<&Recomputed> {
        if let Some(read) = self.read.get() {
            return Ok(read);
        }
        let read = self.kept.recompute(self.contents()?);
        let read = read.map_err(Error::from).map_err(fault)?;
        Ok(self.read.get_or_init(|| read))
    }
}

/// One revision of a month's figures, as they were frozen. It never changes; another revision may take its place, and all
/// of them stay.
#[Object]
impl FrozenServiceLevels {
    /// `2026-11`.
    async fn month(&self) -> String {
        self.kept.month.to_string()
    }

    /// 1 for the first; the highest is in force.
    async fn revision(&self) -> i32 {
        self.kept.number
    }

    /// Why it was frozen again; of the first it may be absent.
    async fn reason(&self) -> Option<&str> {
        self.kept.reason.as_deref()
    }

    /// Who froze it.
    async fn frozen_by(&self) -> Person {
        person(self.tenant, self.kept.by)
    }

    /// When.
    async fn frozen_at(&self) -> DateTime<Utc> {
        self.kept.at
    }

    /// SHA-256 over all that is kept of it, hexadecimal: month, revision, reason, who and when, the digest of the revision
    /// before, inputs and figures.
    async fn digest(&self) -> &str {
        &self.kept.digest
    }

    /// By which version the digest is made: 2 is that above; 1, of months that were frozen before there was another, covers
    /// month, revision, inputs and figures alone.
    async fn digest_version(&self) -> i32 {
        self.kept.digest_version
    }

    /// The digest of the revision before; of the first there is none.
    async fn previous_digest(&self) -> Option<&str> {
        self.kept.previous.as_deref()
    }

    /// Whether the figures, computed anew from the kept inputs by the versions of the formulas that they name, are the kept
    /// ones, and the digest fits. Anything but true is a fault to be looked into.
    async fn recomputes(&self) -> Result<bool> {
        Ok(self.recomputed()?.same)
    }

    /// What was agreed for the month.
    async fn set(&self) -> Result<ServiceLevelSet> {
        Ok(ServiceLevelSet::from(&self.recomputed()?.inputs.set))
    }

    /// The figures, as they were kept.
    async fn figures(&self) -> Result<ServiceLevelFigures> {
        let kept = self.contents()?.kept_figures();
        let kept = kept.map_err(Error::from).map_err(fault)?;
        let inputs = &self.recomputed()?.inputs;
        Ok(ServiceLevelFigures::of(self.tenant, inputs, &kept))
    }

    /// The exclusions of the month as they stood then, whatever became of them.
    async fn exclusions(&self) -> Result<Vec<ServiceLevelExclusion>> {
        let all = self.recomputed()?.inputs.exclusions.iter();
        Ok(all
            .map(|e| ServiceLevelExclusion::of(self.tenant, e))
            .collect())
    }

    /// The values that counted then, one per measured level.
    async fn measures(&self) -> Result<Vec<ServiceLevelMeasure>> {
        let all = self.recomputed()?.inputs.measures.values();
        Ok(all
            .map(|m| ServiceLevelMeasure::of(self.tenant, m))
            .collect())
    }
}
