//! One target of an agreement: for which tickets, how long, and what starts, holds, stops, restarts and cancels its clock.
//!
//! What a rule leaves out is what every agreement meant before rules could say it: a clock starts at the opening, is held by
//! the agreement's pausing states, stops when the ticket is done, and is cancelled with it.

use std::collections::BTreeMap;

use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use ids::ApplicationId;
use serde::{Deserialize, Serialize};

use super::agreement::Kind;
use super::allowed::Allowed;
use super::condition::{Condition, Field};
use super::happened::Happened;
use super::held_by::HeldBy;
use super::hours_of::HoursOf;

/// What a reopening does to a clock that has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReopen {
    /// The clock goes on as if it had never stopped: the time between counts.
    Continue,
    /// Another cycle begins at the reopening; the first keeps its result.
    NewCycle,
    /// The clock begins anew at the reopening, as another cycle; the one before is cancelled, and its result with it.
    Reset,
}

/// A point before the deadline at which a clock warns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// So much of the allowed time is used, 1 to 99 percent.
    Percent(i16),
    /// So many working seconds are left.
    Before(i64),
}

/// For tickets that match, a target is allowed so long. An empty list matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What is measured.
    pub target: Target,
    /// Of a target of the tenant's own, or one between groups or with a vendor: which. Empty for the others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The same: its name. Empty for the others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Kinds.
    #[serde(default)]
    pub kinds: Vec<TicketKind>,
    /// Priorities.
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// Applications.
    #[serde(default)]
    pub applications: Vec<ApplicationId>,
    /// What else a ticket must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// Allowed working seconds of its hours; 0 if `allowed` says how long.
    pub seconds: i64,
    /// How long, if it is said by the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Allowed>,
    /// The clock begins where this holds first; at the opening if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Condition>,
    /// Holds the clock while it holds; the agreement's pausing states if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Condition>,
    /// A clock that is held goes on only where this holds, and what held it no longer does; where that alone is over if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Condition>,
    /// Stops the clock; if absent a ticket that is done and, of a restoration, a service that is back. A public answer stops a
    /// first response whatever it says; with a vendor it is the vendor's answer that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<Condition>,
    /// Where it begins to hold, the clock begins anew as another cycle, and the one until there is cancelled; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Condition>,
    /// The clock no longer applies; a cancelled ticket if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Condition>,
    /// Warnings; the agreement's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<Warning>>,
    /// What a reopening does; as the agreement says if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_reopen: Option<OnReopen>,
    /// By whose hours; the agreement's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursOf>,
    /// Whom the time belongs to that it is held in these states, where it is not as usual.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held_by: BTreeMap<TicketState, HeldBy>,
}

/// What a target is told apart by: what it measures, and its code if it has one.
pub type Which<'a> = (Target, &'a str);

impl Rule {
    /// For all tickets, with nothing said but the time.
    pub fn plain(target: Target, seconds: i64) -> Self {
        Self {
            target,
            code: String::new(),
            name: String::new(),
            kinds: Vec::new(),
            priorities: Vec::new(),
            applications: Vec::new(),
            when: None,
            seconds,
            allowed: None,
            start: None,
            pause: None,
            resume: None,
            stop: None,
            reset: None,
            cancel: None,
            warnings: None,
            on_reopen: None,
            hours: None,
            held_by: BTreeMap::new(),
        }
    }

    /// What it measures.
    pub fn which(&self) -> Which<'_> {
        (self.target, &self.code)
    }

    /// Whether it is for a ticket as it is then.
    pub fn matches(&self, ticket: &Happened) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&ticket.kind))
            && (self.priorities.is_empty() || self.priorities.contains(&ticket.priority))
            && (self.applications.is_empty()
                || ticket
                    .application
                    .is_some_and(|a| self.applications.contains(&a)))
            && self.when.as_ref().is_none_or(|when| when.holds(ticket))
    }

    /// The same as one condition.
    pub fn matching(&self) -> Condition {
        let mut all = Vec::new();
        if !self.kinds.is_empty() {
            all.push(Condition::Kind(self.kinds.clone()));
        }
        if !self.priorities.is_empty() {
            all.push(Condition::Priority(self.priorities.clone()));
        }
        if !self.applications.is_empty() {
            all.push(Condition::Application(self.applications.clone()));
        }
        all.extend(self.when.clone());
        Condition::All(all)
    }

    /// Whether the clock may begin.
    pub fn starts(&self, ticket: &Happened) -> bool {
        self.start.as_ref().is_none_or(|c| c.holds(ticket))
    }

    /// Whether a clock between groups, or with a vendor, is in its time: while its `start` holds; with a vendor, if it says
    /// nothing, while the vendor is waited for.
    pub fn lasts(&self, kind: Kind, ticket: &Happened) -> bool {
        self.lasting(kind).holds(ticket)
    }

    /// The same as a condition.
    pub fn lasting(&self, kind: Kind) -> Condition {
        let usual = || match kind {
            Kind::Supplier => Condition::State(vec![TicketState::WaitingForVendor]),
            Kind::Sla | Kind::Ola => Condition::All(Vec::new()),
        };
        self.start.clone().unwrap_or_else(usual)
    }

    /// Whether the clock stops or is cancelled by what the ticket is, or stops with its mass incident.
    pub fn ends(&self, ticket: &Happened) -> bool {
        self.stops(ticket) || self.cancels(ticket) || self.stops_with_parent(ticket)
    }

    fn stops(&self, ticket: &Happened) -> bool {
        let usual = || {
            let restored = self.target == Target::Restoration && ticket.restored();
            restored || Self::done(self.target).contains(&ticket.state)
        };
        self.stop.as_ref().map_or_else(usual, |c| c.holds(ticket))
    }

    /// What restores or resolves a mass incident does so for each of its parts; one that is withdrawn solves nothing.
    fn stops_with_parent(&self, ticket: &Happened) -> bool {
        let solves = |parent: &Happened| {
            (self.stops(parent) && !self.cancels(parent)) || self.stops_with_parent(parent)
        };
        matches!(self.target, Target::Restoration | Target::Resolution)
            && ticket.related.parent.as_deref().is_some_and(solves)
    }

    /// Whether the clock no longer applies: one of a ticket that repeats another never does.
    pub fn cancels(&self, ticket: &Happened) -> bool {
        ticket.related.merged
            || match &self.cancel {
                Some(cancel) => cancel.holds(ticket),
                None => ticket.state == TicketState::Cancelled,
            }
    }

    /// Whether what makes the clock begin anew holds.
    pub fn resets(&self, ticket: &Happened) -> bool {
        self.reset.as_ref().is_some_and(|c| c.holds(ticket))
    }

    /// The states that stop a clock whose rule says nothing else; a service that is back stops a restoration besides. A root
    /// cause is not delivered by a workaround: it is owed until the ticket is closed.
    pub const fn done(target: Target) -> &'static [TicketState] {
        match target {
            Target::RootCause => &[TicketState::Closed, TicketState::Cancelled],
            _ => &[
                TicketState::Resolved,
                TicketState::Closed,
                TicketState::Cancelled,
            ],
        }
    }

    /// What stops or cancels the clock, as one condition.
    pub fn ending(&self) -> Condition {
        Condition::Any(vec![self.stopping(), self.cancelling()])
    }

    /// What stops it.
    pub fn stopping(&self) -> Condition {
        let usual = || {
            let done = Condition::State(Self::done(self.target).to_vec());
            match self.target {
                Target::Restoration => Condition::Any(vec![Condition::Restored(true), done]),
                _ => done,
            }
        };
        self.stop.clone().unwrap_or_else(usual)
    }

    /// What cancels it.
    pub fn cancelling(&self) -> Condition {
        let usual = || Condition::State(vec![TicketState::Cancelled]);
        self.cancel.clone().unwrap_or_else(usual)
    }

    /// Whom the time belongs to that it is held in a state.
    pub fn held_by(&self, state: TicketState) -> HeldBy {
        let said = self.held_by.get(&state).copied();
        said.unwrap_or_else(|| HeldBy::of(state))
    }

    /// The conditions that it says, each with its name in the API.
    pub fn conditions(&self) -> impl Iterator<Item = (&'static str, &Condition)> {
        let all = [
            ("when", &self.when),
            ("start", &self.start),
            ("pause", &self.pause),
            ("resume", &self.resume),
            ("stop", &self.stop),
            ("reset", &self.reset),
            ("cancel", &self.cancel),
        ];
        all.into_iter()
            .filter_map(|(name, c)| c.as_ref().map(|c| (name, c)))
    }

    /// Whether who holds the ticket makes a difference.
    pub fn looks_at_holders(&self) -> bool {
        let mut all = self.conditions();
        all.any(|(_, c)| c.looks_at(Field::Line) || c.looks_at(Field::Group))
            || self.hours.as_ref().is_some_and(HoursOf::looks_at_groups)
    }

    /// Whether its clock is one vendor's: whether its start looks at which vendor is waited for.
    pub fn starts_by_vendor(&self) -> bool {
        let start = self.start.as_ref();
        start.is_some_and(|c| c.looks_at(Field::Vendor))
    }

    /// Whether it makes a difference who asks: the country or the site of the requester, or whether it is a VIP.
    pub fn looks_at_requesters(&self) -> bool {
        let where_from = |of: &HoursOf| {
            of.looks_at(&HoursOf::RequesterCountry) || of.looks_at(&HoursOf::RequesterSite)
        };
        self.hours.as_ref().is_some_and(where_from)
            || self.conditions().any(|(_, c)| c.looks_at(Field::Vip))
    }
}
