//! Tickets that hang together, as one story for the clocks of each.
//!
//! - **Merge.** A ticket that repeats another has no clocks from the link on. The one that goes on takes over what happened to
//!   it before its own opening, and its public answers up to the link. Of a chain the last one goes on. A link that was taken
//!   away counts for nothing: as if it had never been.
//! - **Split.** A ticket that was split off another takes over all that happened to that one before its own opening.
//! - **Mass incident.** An incident whose parent is an incident gets the parent's public answers while it is linked, and knows
//!   the parent as it is at every moment: what stops the parent's restoration or resolution stops its own.
//!
//! What is taken over keeps its instant, state and holder, and is classified as the ticket was at its own opening. Everything
//! else that is computed of a ticket is computed of its joined story, and knows of no relation but by [`Related`].

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::{LinkId, TicketId};

use super::happened::{Happened, Held, Related, What, opening, with_holders};
use super::late::Heard;
use super::mass_incident::{Moment, during, joined};

/// How a ticket hangs together with another one, where clocks care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    /// It repeats the other.
    DuplicateOf,
    /// It was split off the other.
    SplitFrom,
    /// The other is its parent.
    Parent,
}

impl Bond {
    /// As in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicateOf => "duplicate_of",
            Self::SplitFrom => "split_from",
            Self::Parent => "parent",
        }
    }

    /// From the table.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::DuplicateOf, Self::SplitFrom, Self::Parent]
            .into_iter()
            .find(|b| b.as_str() == word)
    }
}

/// A link, as far as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relation {
    /// Which.
    pub link: LinkId,
    /// From which ticket.
    pub ticket: TicketId,
    /// How.
    pub bond: Bond,
    /// To which.
    pub other: TicketId,
    /// When it was linked, and the version of `ticket` that this made.
    pub since: (DateTime<Utc>, i64),
    /// The same of its end, if it was taken away.
    pub until: Option<(DateTime<Utc>, i64)>,
}

/// By what something was told: a version of a ticket or, of a holder, routing's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source {
    /// Of which ticket.
    pub ticket: TicketId,
    /// Which.
    pub sequence: i64,
    /// By routing.
    pub held: bool,
}

/// Facts of a ticket: what intake and what routing told.
pub type Told = (Vec<Happened>, Vec<Held>);

/// Tickets with everything that their stories are made of.
#[derive(Debug, Default)]
pub struct Family {
    told: HashMap<TicketId, Told>,
    /// By the ticket that was linked, the first link first.
    from: HashMap<TicketId, Vec<Relation>>,
    /// By the other one.
    to: HashMap<TicketId, Vec<Relation>>,
    /// What came when a ticket had been closed already, though it is another's fact or a link: with which of its late batches.
    late: HashMap<TicketId, HashMap<Source, i32>>,
}

impl Family {
    /// From what is kept.
    pub fn new(
        told: HashMap<TicketId, Told>,
        mut relations: Vec<Relation>,
        late: HashMap<TicketId, HashMap<Source, i32>>,
    ) -> Self {
        relations.sort_by_key(|r| (r.since, r.link));
        let (mut from, mut to): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for relation in relations {
            from.entry(relation.ticket).or_default().push(relation);
            to.entry(relation.other).or_default().push(relation);
        }
        Self {
            told,
            from,
            to,
            late,
        }
    }

    /// The joined story of a ticket; none if nothing was heard of the ticket itself.
    pub fn heard(self: &Arc<Self>, ticket: TicketId) -> Option<Heard> {
        let (facts, held) = self.told.get(&ticket)?;
        let of_facts = facts.iter().map(|h| h.version).max()?;
        let late = facts.iter().map(|h| h.late);
        let late = late.chain(held.iter().map(|h| h.late));
        let noted = self.late.get(&ticket).into_iter().flat_map(HashMap::values);
        let last = late.chain(noted.copied()).max().unwrap_or_default();
        let links = self.from.get(&ticket).into_iter().flatten();
        let of_links = links.map(|r| r.until.map_or(r.since.1, |(_, version)| version));
        let version = of_links.fold(of_facts, i64::max);
        Some(Heard::together(self, ticket, last, version))
    }

    /// All that happened, as it was known by one of the ticket's late batches.
    pub fn story(&self, ticket: TicketId, late: i32) -> Vec<Happened> {
        let view = View {
            family: self,
            of: ticket,
            late,
            parents: RefCell::default(),
            cut: Cell::new(false),
        };
        view.story(ticket, DateTime::<Utc>::MAX_UTC, &mut Vec::new())
    }
}

/// What is known of a ticket by one of its late batches.
struct View<'a> {
    family: &'a Family,
    of: TicketId,
    late: i32,
    /// Parents that were looked at, by when.
    parents: RefCell<Stories>,
    /// Something was left out since this was last looked at.
    cut: Cell<bool>,
}

/// Of tickets, by the links that were made by then.
type Stories = HashMap<(TicketId, DateTime<Utc>), Vec<Happened>>;

/// So many parents one above the other count.
const MOST_ABOVE: usize = 16;

/// A ticket that was merged into another one.
struct Merged {
    ticket: TicketId,
    story: Vec<Happened>,
    until: DateTime<Utc>,
}

impl View<'_> {
    fn knows(&self, source: Source, own: i32) -> bool {
        let noted = self.family.late.get(&self.of);
        let noted = noted.and_then(|all| all.get(&source)).copied();
        let late = noted.unwrap_or(if source.ticket == self.of { own } else { 0 });
        late <= self.late
    }

    /// A link as it is known.
    fn known(&self, of: &Relation) -> Option<Relation> {
        let knows = |sequence| {
            let source = Source {
                ticket: of.ticket,
                sequence,
                held: false,
            };
            self.knows(source, 0)
        };
        knows(of.since.1).then(|| Relation {
            until: of.until.filter(|(_, sequence)| knows(*sequence)),
            ..*of
        })
    }

    fn links<'a>(
        &'a self,
        at: &'a HashMap<TicketId, Vec<Relation>>,
        ticket: TicketId,
        bond: Bond,
        by: DateTime<Utc>,
    ) -> impl Iterator<Item = Relation> + 'a {
        let all = at.get(&ticket).into_iter().flatten();
        let all = all.filter(move |r| r.bond == bond && r.since.0 <= by);
        // While it stood an incident was a part of a mass incident; the others are undone by their end.
        all.filter_map(move |r| self.known(r))
            .filter(move |r| bond == Bond::Parent || r.until.is_none())
    }

    /// What was told of a ticket itself, in order.
    fn told(&self, ticket: TicketId) -> Vec<Happened> {
        let Some((facts, held)) = self.family.told.get(&ticket) else {
            return Vec::new();
        };
        let knows = |sequence, held, late| {
            let source = Source {
                ticket,
                sequence,
                held,
            };
            self.knows(source, late)
        };
        let held = held.iter().filter(|h| knows(h.sequence, true, h.late));
        let mut in_turn: Vec<&Happened> = facts.iter().collect();
        in_turn.sort_by_key(|h| h.version);
        let mut all: Vec<Happened> = Vec::with_capacity(in_turn.len());
        // Every later fact repeats what was said of the service: to whoever does not know that it was said, it says nothing.
        let mut unheard = None;
        for h in in_turn {
            let says = matches!(h.what, What::Restored | What::Lost);
            if !knows(h.version, false, h.late) {
                unheard = if says { h.service } else { unheard };
                continue;
            }
            if says {
                unheard = None;
            }
            let service = h
                .service
                .filter(|_| unheard.is_none() || h.service != unheard);
            all.push(Happened {
                service,
                ..h.clone()
            });
        }
        with_holders(&mut all, &held.copied().collect::<Vec<_>>());
        all
    }

    /// All of it, by the links that were made by then. `path` are the tickets that are being asked about: rings end there.
    fn story(
        &self,
        ticket: TicketId,
        by: DateTime<Utc>,
        path: &mut Vec<TicketId>,
    ) -> Vec<Happened> {
        if path.contains(&ticket) {
            return Vec::new();
        }
        path.push(ticket);
        let own = self.unmerged(ticket, by, path);
        let merged = self.merged(ticket, by, path);
        path.pop();
        let story = if merged.is_empty() {
            own
        } else {
            join(ticket, own, &merged)
        };
        let mut repeats = self.links(&self.family.from, ticket, Bond::DuplicateOf, by);
        match repeats.next() {
            Some(link) => end(story, &link),
            None => story,
        }
    }

    /// With what it took over when it was split off, and with its mass incident.
    fn unmerged(
        &self,
        ticket: TicketId,
        by: DateTime<Utc>,
        path: &mut Vec<TicketId>,
    ) -> Vec<Happened> {
        let own = self.told(ticket);
        let own = self.with_parents(ticket, own, by, path);
        let mut split = self.links(&self.family.from, ticket, Bond::SplitFrom, by);
        let (Some(opened), Some(link)) = (own.first(), split.next()) else {
            return own;
        };
        let original = self.story(link.other, opened.at, path);
        let before = original.iter().filter(|h| h.at < opened.at);
        let mut story: Vec<Happened> = before.map(|h| taken_over(h, link.other, opened)).collect();
        story.extend(own);
        story
    }

    /// The tickets that end in it, one by one or in chains, the first opened first.
    fn merged(&self, ticket: TicketId, by: DateTime<Utc>, path: &mut Vec<TicketId>) -> Vec<Merged> {
        let mut all: Vec<Merged> = Vec::new();
        let mut seen = BTreeSet::from([ticket]);
        let mut into = vec![ticket];
        while let Some(next) = into.pop() {
            for link in self.links(&self.family.to, next, Bond::DuplicateOf, by) {
                if !seen.insert(link.ticket) {
                    continue;
                }
                into.push(link.ticket);
                let story = self.unmerged(link.ticket, by, path);
                if !story.is_empty() {
                    all.push(Merged {
                        ticket: link.ticket,
                        story,
                        until: link.since.0,
                    });
                }
            }
        }
        all.sort_by_key(|m| (m.opened(), m.ticket));
        all
    }

    fn with_parents(
        &self,
        ticket: TicketId,
        own: Vec<Happened>,
        by: DateTime<Utc>,
        path: &mut Vec<TicketId>,
    ) -> Vec<Happened> {
        let links = self.links(&self.family.from, ticket, Bond::Parent, by);
        let links: Vec<Relation> = links.collect();
        if links.is_empty() {
            return own;
        }
        let mut moments: Vec<Moment> = own.into_iter().map(Moment::Own).collect();
        path.push(ticket);
        for link in links {
            moments.extend(during(link, self.parent(link.other, by, path)));
        }
        path.pop();
        joined(moments)
    }

    /// A parent with its own ones. Each is looked at once, however often it was linked and by how many ways it is reached:
    /// else the work would multiply with every link.
    fn parent(
        &self,
        ticket: TicketId,
        by: DateTime<Utc>,
        path: &mut Vec<TicketId>,
    ) -> Vec<Happened> {
        if path.contains(&ticket) || path.len() >= MOST_ABOVE {
            self.cut.set(true);
            return Vec::new();
        }
        if let Some(known) = self.parents.borrow().get(&(ticket, by)) {
            return known.clone();
        }
        let outside = self.cut.replace(false);
        let story = self.with_parents(ticket, self.told(ticket), by, path);
        // What was cut short is so for the way by which it was reached.
        if !self.cut.get() {
            let known = story.clone();
            self.parents.borrow_mut().insert((ticket, by), known);
        }
        self.cut.set(outside || self.cut.get());
        story
    }
}

impl Merged {
    fn opened(&self) -> Option<DateTime<Utc>> {
        self.story.first().map(|h| h.at)
    }

    /// As it was at `from`, and what happened to it until then.
    fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<Happened> {
        let first = self.story.partition_point(|h| h.at < from);
        let end = self.story.partition_point(|h| h.at < until).max(first);
        let begins_with_a_fact = self.story.get(first).is_some_and(|h| h.at == from);
        let before = first.checked_sub(1).and_then(|i| self.story.get(i));
        let before = before.filter(|_| !begins_with_a_fact);
        let as_it_was = before.map(|h| Happened {
            at: from,
            what: What::Changed,
            ..h.clone()
        });
        let meanwhile = self.story[first..end].iter().cloned();
        as_it_was.into_iter().chain(meanwhile).collect()
    }
}

/// The story of a ticket with those that were merged into it. Before its own opening it is theirs, of several the one's that
/// was opened first; their public answers count wherever they lie. What a vendor answered does not: it is its answer to that
/// ticket's case, as its state and its holder are.
fn join(ticket: TicketId, own: Vec<Happened>, merged: &[Merged]) -> Vec<Happened> {
    let (Some(begun), Some(opened)) = (own.first().map(|h| h.at), opening(&own).cloned()) else {
        return own;
    };
    let mut story: Vec<Happened> = Vec::new();
    let mut from = merged.first().and_then(Merged::opened).unwrap_or(begun);
    while from < begun {
        let open = |m: &&Merged| m.opened().is_some_and(|at| at <= from) && from < m.until;
        if let Some(one) = merged.iter().find(open) {
            let until = one.until.min(begun);
            let before = one.between(from, until);
            story.extend(before.iter().map(|h| taken_over(h, one.ticket, &opened)));
            from = until;
        } else {
            let later = merged.iter().filter_map(Merged::opened);
            from = later.filter(|at| *at > from).min().unwrap_or(begun);
        }
    }
    story.extend(own);
    let told = |h: &Happened, of: TicketId| (h.related.of.unwrap_or(of), h.version);
    let answers = story.iter().filter(|h| h.what == What::Answered);
    let mut known: BTreeSet<(TicketId, i64)> = answers.map(|h| told(h, ticket)).collect();
    for one in merged {
        let answers = one.story.iter().filter(|h| h.what == What::Answered);
        for answer in answers.filter(|h| h.at <= one.until) {
            if known.insert(told(answer, one.ticket)) {
                answered(&mut story, answer, one.ticket);
            }
        }
    }
    story
}

/// Adds another ticket's answer to a story, with the ticket as it is then.
fn answered(story: &mut Vec<Happened>, answer: &Happened, of: TicketId) {
    let place = story.partition_point(|h| h.at <= answer.at);
    let Some(last) = place.checked_sub(1).and_then(|i| story.get(i)) else {
        return;
    };
    let joined = Happened {
        version: answer.version,
        at: answer.at,
        what: What::Answered,
        origin: answer.origin,
        late: answer.late,
        related: Related {
            of: Some(answer.related.of.unwrap_or(of)),
            ..last.related.clone()
        },
        ..last.clone()
    };
    story.insert(place, joined);
}

/// Something that happened to another ticket, as the ticket takes it over: classified as at its own opening.
fn taken_over(h: &Happened, of: TicketId, opened: &Happened) -> Happened {
    Happened {
        version: h.version,
        at: h.at,
        what: h.what,
        state: h.state,
        service: h.service,
        vendor: h.vendor,
        group: h.group,
        line: h.line,
        origin: h.origin,
        late: h.late,
        related: Related {
            of: Some(h.related.of.unwrap_or(of)),
            opened: Some(opened.at),
            ..Related::default()
        },
        ..opened.clone()
    }
}

/// The story of a ticket that repeats another from that link on.
fn end(mut story: Vec<Happened>, link: &Relation) -> Vec<Happened> {
    let (at, version) = link.since;
    let until = story.partition_point(|h| h.at <= at);
    let Some(last) = until.checked_sub(1).and_then(|i| story.get(i)).cloned() else {
        return story;
    };
    story.truncate(until);
    story.push(Happened {
        version,
        at,
        what: What::Linked,
        related: Related {
            of: Some(link.other),
            merged: true,
            parent: None,
            opened: last.related.opened,
        },
        ..last
    });
    story
}
