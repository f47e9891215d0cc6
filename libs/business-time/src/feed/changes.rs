//! What changed between two readings of a feed.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::{Event, Feed};

/// How a feed differs from its former reading, event by event, in the order of their `UID`s. Looked at are the years that both readings cover: a
/// window that moves on with time changes nothing by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Events that the former reading did not have.
    pub added: Vec<New>,
    /// Events that are on other dates now.
    pub moved: Vec<Moved>,
    /// Events that are gone, or cancelled.
    pub removed: Vec<Gone>,
}

/// An event that is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct New {
    /// Its `UID`.
    pub uid: String,
    /// What it is called.
    pub name: String,
    /// The dates that it closes.
    pub dates: BTreeSet<NaiveDate>,
}

/// An event whose dates changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its `UID`.
    pub uid: String,
    /// What it is called now.
    pub name: String,
    /// The dates that it has left. Another event may still close them.
    pub freed: BTreeSet<NaiveDate>,
    /// The dates that it closes now and did not before.
    pub taken: BTreeSet<NaiveDate>,
}

/// An event that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// Its `UID`.
    pub uid: String,
    /// What it was called.
    pub name: String,
    /// The dates that it has left. Another event may still close them.
    pub freed: BTreeSet<NaiveDate>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.moved.is_empty() && self.removed.is_empty()
    }
}

impl Feed {
    /// How this reading differs from a former one of the same feed.
    pub fn changes_since(&self, former: &Self) -> Changes {
        let years = self.first_year.max(former.first_year)..=self.last_year.min(former.last_year);
        let dates = |event: Option<&Event>| -> BTreeSet<NaiveDate> {
            let dates = event.into_iter().flat_map(|event| &event.dates);
            dates
                .filter(|date| years.contains(&date.year()))
                .copied()
                .collect()
        };
        let mut changes = Changes::default();
        let uids: BTreeSet<&String> = self.events.keys().chain(former.events.keys()).collect();
        for uid in uids {
            let (now, then) = (self.events.get(uid), former.events.get(uid));
            let (has, had) = (dates(now), dates(then));
            let name = now
                .or(then)
                .map_or_else(String::new, |event| event.name.clone());
            let uid = uid.clone();
            match (had.is_empty(), has.is_empty()) {
                (true, true) => {}
                (true, false) => changes.added.push(New {
                    uid,
                    name,
                    dates: has,
                }),
                (false, true) => changes.removed.push(Gone {
                    uid,
                    name,
                    freed: had,
                }),
                (false, false) if has == had => {}
                (false, false) => changes.moved.push(Moved {
                    uid,
                    name,
                    freed: &had - &has,
                    taken: &has - &had,
                }),
            }
        }
        changes
    }
}
