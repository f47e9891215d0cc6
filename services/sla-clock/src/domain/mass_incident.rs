//! A mass incident in the story of one of its parts: the parent's public answers, and the parent as it is at every moment.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::intake::TicketKind;
use ids::TicketId;

use super::happened::{Happened, Related, What};
use super::relations::Relation;

/// Something in the life of a ticket that has a parent.
#[derive(Debug)]
pub(super) enum Moment {
    /// It happened to the ticket itself.
    Own(Happened),
    /// It was linked, and the parent was so.
    Linked(Relation, Option<Arc<Happened>>),
    /// It happened to the parent.
    Parent(TicketId, Arc<Happened>),
    /// The link was taken away.
    Unlinked(Relation),
}

impl Moment {
    /// When; what happened to the ticket itself at the same instant comes first.
    fn order(&self) -> (DateTime<Utc>, u8) {
        match self {
            Self::Own(h) => (h.at, 0),
            Self::Linked(link, _) => (link.since.0, 1),
            Self::Parent(_, h) => (h.at, 2),
            Self::Unlinked(link) => (link.until.map_or(link.since.0, |(at, _)| at), 3),
        }
    }
}

/// What a link to a parent, to whom all that happened, means to the ticket while it stands.
pub(super) fn during(link: Relation, parent: Vec<Happened>) -> Vec<Moment> {
    let since = link.since.0;
    let until = link.until.map_or(DateTime::<Utc>::MAX_UTC, |(at, _)| at);
    let linked = parent.partition_point(|h| h.at < since);
    let unlinked = parent.partition_point(|h| h.at < until);
    let then = linked.checked_sub(1).and_then(|i| parent.get(i));
    let mut moments = vec![Moment::Linked(link, then.cloned().map(Arc::new))];
    let meanwhile = parent.into_iter().take(unlinked).skip(linked);
    moments.extend(meanwhile.map(|h| Moment::Parent(link.other, Arc::new(h))));
    moments.extend(link.until.map(|_| Moment::Unlinked(link)));
    moments
}

/// One story of all of it.
pub(super) fn joined(mut moments: Vec<Moment>) -> Vec<Happened> {
    moments.sort_by_key(Moment::order);
    let mut out: Vec<Happened> = Vec::with_capacity(moments.len());
    let mut parent: Option<Arc<Happened>> = None;
    // Only an incident is a part of a mass incident.
    let counted = |kind: TicketKind, parent: Option<&Arc<Happened>>| {
        let counts = |p: &&Arc<Happened>| [kind, p.kind] == [TicketKind::Incident; 2];
        parent.filter(counts).cloned()
    };
    for moment in moments {
        let (at, _) = moment.order();
        let (version, what, of) = match moment {
            Moment::Own(mut h) => {
                h.related.parent = counted(h.kind, parent.as_ref());
                out.push(h);
                continue;
            }
            Moment::Linked(link, then) => {
                parent = then;
                (link.since.1, What::Linked, link.other)
            }
            Moment::Parent(of, then) => {
                let of = then.related.of.unwrap_or(of);
                let told = (then.version, then.what, of);
                parent = Some(then);
                told
            }
            Moment::Unlinked(link) => {
                parent = None;
                let version = link.until.map_or(link.since.1, |(_, version)| version);
                (version, What::Linked, link.other)
            }
        };
        let Some(last) = out.last() else {
            continue;
        };
        let now = counted(last.kind, parent.as_ref());
        if now.is_none() && last.related.parent.is_none() {
            continue;
        }
        let what = match what {
            What::Linked => What::Linked,
            What::Answered | What::Restored | What::Lost if now.is_some() => what,
            // Neither is what a vendor answered to the parent: each ticket has its own case with its vendor.
            _ => What::Changed,
        };
        let joined = Happened {
            version,
            at,
            what,
            related: Related {
                of: Some(of),
                merged: false,
                parent: now,
                ..last.related.clone()
            },
            ..last.clone()
        };
        out.push(joined);
    }
    out
}
