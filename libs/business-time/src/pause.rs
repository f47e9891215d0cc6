//! Pauses: while the clock waits for somebody else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A stretch of time in which the clock stands still: `[from, to)`, or from `from` on when `to` is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When the clock stopped.
    pub from: DateTime<Utc>,
    /// When it resumed; `None` while it still stands.
    pub to: Option<DateTime<Utc>>,
}

impl Pause {
    /// A pause that is over.
    pub fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { from, to: Some(to) }
    }

    /// A pause that still lasts.
    pub fn since(from: DateTime<Utc>) -> Self {
        Self { from, to: None }
    }
}

/// Stands for the end of a pause that has none.
pub(crate) const NO_END: i64 = i64::MAX;

/// The pauses in Unix seconds, in order and disjoint; empty and reversed ones are gone.
pub(crate) fn in_order(pauses: &[Pause]) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = pauses
        .iter()
        .map(|pause| {
            (
                pause.from.timestamp(),
                pause.to.map_or(NO_END, |to| to.timestamp()),
            )
        })
        .filter(|(from, to)| from < to)
        .collect();
    merge(&mut spans);
    spans
}

/// Sorts spans and joins those that touch or overlap.
pub(crate) fn merge(spans: &mut Vec<(i64, i64)>) {
    spans.sort_unstable();
    spans.dedup_by(|next, kept| {
        let joined = next.0 <= kept.1;
        if joined {
            kept.1 = kept.1.max(next.1);
        }
        joined
    });
}

/// The pauses as disjoint stretches in order, each with the index of the pause it belongs to: where several overlap, the one that began first
/// counts until it ends (of two that began together, the one named first).
pub(crate) fn attributed(pauses: &[Pause]) -> Vec<(i64, i64, usize)> {
    let mut spans: Vec<(i64, usize, i64)> = pauses
        .iter()
        .enumerate()
        .map(|(index, pause)| {
            let to = pause.to.map_or(NO_END, |to| to.timestamp());
            (pause.from.timestamp(), index, to)
        })
        .collect();
    spans.sort_unstable();
    let mut covered = i64::MIN;
    let mut pieces = Vec::new();
    for (from, index, to) in spans {
        let from = from.max(covered);
        if from < to {
            pieces.push((from, to, index));
            covered = to;
        }
    }
    pieces
}
