//! What one transaction is to do with a batch: decided from what came, how far the inbox is and what waits. No
//! database here.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::Envelope;

use crate::facts::FactItem;
use crate::inbox::{Early, EarlyRow, Subject};
use crate::topology::lane_name;
use crate::work::{Culprit, Failure, Held, Raw};

/// How many waiting successors one transaction takes in at most.
pub(crate) const SUCCESSORS: i64 = 1000;

/// What one transaction is about to do.
#[derive(Default)]
pub(crate) struct Plan {
    /// In the order in which the handler gets them.
    pub facts: Vec<Envelope>,
    /// Where each came from: its place in the batch, or its row in `waiting`.
    pub origins: Vec<From>,
    /// Too early: to be stored.
    pub early: Vec<Early>,
    /// Every subject that moves, to where.
    pub moved: HashMap<usize, (i64, DateTime<Utc>)>,
    pub duplicates: u64,
    /// More successors wait than were taken.
    pub more: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum From {
    Given(usize),
    Stored,
}

/// Whom the handler meant by the fact at this place.
pub(crate) fn culprit(at: usize, plan: &Plan, batch: &[Held<FactItem>]) -> Culprit<FactItem> {
    match plan.origins[at] {
        From::Given(place) => Culprit::Given(place),
        From::Stored => {
            let envelope = plan.facts[at].clone();
            let lane = envelope.origin.lane();
            let body = serde_json::to_vec(&envelope).unwrap_or_default();
            // It came through a queue like the others'; where it goes on a retry.
            let queue = batch.first().map_or_else(
                || format!("?.{}.0", lane_name(lane)).into(),
                |one| one.raw.queue.clone(),
            );
            let raw = Raw {
                tag: None,
                body,
                queue,
                skip: false,
            };
            Culprit::Stored(Box::new(Held::new(raw, FactItem::new(envelope))))
        }
    }
}

struct Next {
    envelope: Envelope,
    from: From,
}

/// Decides what is applied now, what waits and what is a repeat.
pub(crate) fn plan(
    batch: &[Held<FactItem>],
    subjects: &[Subject],
    mut last: Vec<i64>,
    rows: Vec<EarlyRow>,
    most: i64,
) -> Result<Plan, Failure<FactItem>> {
    let mut plan = Plan {
        more: most > 0 && rows.len() as i64 >= most,
        ..Plan::default()
    };
    let index: HashMap<(&str, &str), usize> = subjects
        .iter()
        .enumerate()
        .map(|(at, one)| ((one.source.as_str(), one.subject.as_str()), at))
        .collect();
    let place = |source: &str, subject: &str| index.get(&(source, subject)).copied();
    // What is parked now: noted in `waiting`, and never applied from there.
    let mut parked: HashSet<(usize, i64)> = HashSet::new();
    for one in batch.iter().filter(|one| one.parked) {
        let envelope = &one.item.envelope;
        let Some(at) = place(&envelope.source, &envelope.subject) else {
            continue;
        };
        if envelope.sequence > last[at] && parked.insert((at, envelope.sequence)) {
            plan.early.push(early(&one.item, &one.raw.body, true));
        }
    }
    let mut next: Vec<BTreeMap<i64, Next>> = subjects.iter().map(|_| BTreeMap::new()).collect();
    for row in rows {
        let Some(at) = place(&row.subject.source, &row.subject.subject) else {
            continue;
        };
        if row.parked || parked.contains(&(at, row.sequence)) {
            continue;
        }
        let envelope: Envelope = serde_json::from_str(&row.body).map_err(|error| {
            Failure::Broken(format!(
                "{} {} waiting in {}: {error}",
                row.subject.source, row.sequence, row.lane
            ))
        })?;
        next[at].insert(
            row.sequence,
            Next {
                envelope,
                from: From::Stored,
            },
        );
    }
    for at in 0..subjects.len() {
        // A gap may have closed already (a resend, a drop).
        follow(&mut plan, at, &mut last[at], &mut next[at]);
    }
    for (given, one) in batch.iter().enumerate() {
        let envelope = &one.item.envelope;
        let Some(at) = place(&envelope.source, &envelope.subject) else {
            continue;
        };
        if one.parked {
            continue;
        }
        let sequence = envelope.sequence;
        if sequence <= last[at] || parked.contains(&(at, sequence)) {
            plan.duplicates += 1;
        } else if sequence == last[at] + 1 {
            let next_one = Next {
                envelope: envelope.clone(),
                from: From::Given(given),
            };
            next[at].insert(sequence, next_one);
            follow(&mut plan, at, &mut last[at], &mut next[at]);
        } else {
            next[at].entry(sequence).or_insert_with(|| Next {
                envelope: envelope.clone(),
                from: From::Given(given),
            });
        }
    }
    // What is left came too early; what was stored before stays stored.
    for left in next.into_iter().flat_map(BTreeMap::into_values) {
        if let From::Given(given) = left.from {
            plan.early
                .push(early(&batch[given].item, &batch[given].raw.body, false));
        }
    }
    Ok(plan)
}

fn follow(plan: &mut Plan, at: usize, last: &mut i64, next: &mut BTreeMap<i64, Next>) {
    while let Some(one) = next.remove(&(*last + 1)) {
        *last += 1;
        plan.moved.insert(at, (*last, one.envelope.time));
        plan.facts.push(one.envelope);
        plan.origins.push(one.from);
    }
}

fn early(item: &FactItem, body: &[u8], parked: bool) -> Early {
    Early {
        subject: item.about(),
        sequence: item.envelope.sequence,
        lane: lane_name(item.envelope.origin.lane()),
        body: String::from_utf8_lossy(body).into_owned(),
        parked,
    }
}
