//! Tickets that hang together, for the rules alone.

use std::collections::HashMap;
use std::sync::Arc;

use business_time::Calendar;
use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use ids::{LinkId, TicketId};
use sla_clock::domain::agreement::{Agreement, OnReopen, Rule, Terms};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::course::Story;
use sla_clock::domain::happened::{Happened, What};
use sla_clock::domain::late::Heard;
use sla_clock::domain::relations::{Bond, Family, Relation, Source, Told};

use crate::kit::{HOUR, agreement, book, read, story as happens, terms};
use crate::world::at;

pub type Step<'a> = (&'a str, TicketState);

/// Tickets that hang together, and nothing of a database.
#[derive(Default)]
pub struct Kin {
    pub told: HashMap<TicketId, Told>,
    pub relations: Vec<Relation>,
    pub late: HashMap<TicketId, HashMap<Source, i32>>,
}

/// An hour of the day on which all of this happens.
pub fn oclock(time: &str) -> DateTime<Utc> {
    at(&format!("2026-11-23T{time}:00Z"))
}

impl Kin {
    /// A ticket of some priority to which that happens; the hours are `HH:MM`.
    pub fn ticket(&mut self, priority: Priority, steps: &[Step<'_>]) -> TicketId {
        let id = TicketId::new(&*ids::seeded(100 + self.told.len() as u64));
        let times: Vec<String> = steps
            .iter()
            .map(|(time, _)| format!("2026-11-23T{time}:00Z"))
            .collect();
        let steps: Vec<_> = times
            .iter()
            .zip(steps)
            .map(|(time, (_, state))| (time.as_str(), *state, priority))
            .collect();
        self.told.insert(id, (happens(&steps), Vec::new()));
        id
    }

    /// Somebody of the staff answers it in public.
    pub fn answer(&mut self, ticket: TicketId, time: &str) {
        let facts = &mut self.told.get_mut(&ticket).unwrap().0;
        let before = facts.iter().filter(|h| h.at <= oclock(time));
        let before = before.max_by_key(|h| h.at).unwrap().clone();
        facts.push(Happened {
            version: 1_000 + facts.len() as i64,
            at: oclock(time),
            what: What::Answered,
            ..before
        });
    }

    pub fn link(
        &mut self,
        ticket: TicketId,
        bond: Bond,
        other: TicketId,
        since: &str,
        until: Option<&str>,
    ) {
        let n = self.relations.len() as i64;
        self.relations.push(Relation {
            link: LinkId::new(&*ids::seeded(900 + n.unsigned_abs())),
            ticket,
            bond,
            other,
            since: (oclock(since), 500 + n),
            until: until.map(|time| (oclock(time), 600 + n)),
        });
    }

    pub fn of_kind(&mut self, ticket: TicketId, kind: TicketKind) {
        let facts = &mut self.told.get_mut(&ticket).unwrap().0;
        for h in facts {
            h.kind = kind;
        }
    }

    pub fn heard(&self, ticket: TicketId) -> Heard {
        let family = Family::new(self.told.clone(), self.relations.clone(), self.late.clone());
        Arc::new(family).heard(ticket).unwrap()
    }

    pub fn by(&self, agreement: &Agreement, ticket: TicketId, time: &str) -> Vec<Reading> {
        let heard = self.heard(ticket);
        read(
            &book(std::slice::from_ref(agreement)),
            Story::of(&heard.all),
            oclock(time),
        )
        .unwrap()
    }

    pub fn all(&self, ticket: TicketId, time: &str) -> Vec<Reading> {
        self.by(&usual(), ticket, time)
    }

    /// Its one clock of a target.
    pub fn one(&self, ticket: TicketId, target: Target, time: &str) -> Reading {
        let mut all = self.all(ticket, time);
        all.retain(|r| r.target == target);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

/// Round the clock: resolution in eight hours (four if critical), first response in two, held while the requester is asked.
pub fn usual() -> Agreement {
    agreement(Calendar::always(), terms(OnReopen::Continue))
}

pub fn with(rules: &[(Target, i64)], on_reopen: OnReopen) -> Agreement {
    let rules = rules
        .iter()
        .map(|(target, hours)| Rule::plain(*target, hours * HOUR));
    let terms = Terms {
        rules: rules.collect(),
        ..terms(on_reopen)
    };
    agreement(Calendar::always(), terms)
}
