//! The ticket: what it holds, and what each change makes of it. Who may ask for a change is judged by the action;
//! whether the change is possible is judged here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::intake::{Actor, Channel, Degree, Priority, TicketKind, TicketSnapshot, TicketState};
use ids::{ApplicationId, CategoryId, EntryId, PersonId, TenantId, TicketId, VendorId};

use super::entry::{Detail, Entry, EntryKind};
use super::moves::{self, Mover};
use super::problem::Problem;
use super::service::Restored;
use super::words::spanish;

/// Longest subject, characters.
pub const SUBJECT_MAX: usize = 300;
/// Longest description, reply or note, characters.
pub const BODY_MAX: usize = 50_000;
/// Most attributes of a ticket.
pub const ATTRIBUTES_MAX: usize = 50;

/// Where an imported ticket comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The tool, as the mapping names it.
    pub tool: String,
    /// Its number for the case.
    pub case: String,
    /// Time of the newest row recorded so far.
    pub recorded_until: DateTime<Utc>,
}

/// A ticket.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: TicketId,
    /// Readable, unique in the tenant: `INC-000123`.
    pub number: String,
    /// Sequence of the last fact about it.
    pub version: i64,
    /// What it is.
    pub kind: TicketKind,
    /// Declared a major incident.
    pub major: bool,
    /// Since when the service that it is about is back, and how.
    pub restored: Option<Restored>,
    /// When that service was lost again last.
    pub lost_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: TicketState,
    /// By the tenant's matrix.
    pub priority: Priority,
    /// Impact on internal users.
    pub impact_internal: Degree,
    /// Impact on external customers.
    pub impact_external: Degree,
    /// Urgency.
    pub urgency: Degree,
    /// Category of the tenant's catalogue.
    pub category: Option<CategoryId>,
    /// What it is about.
    pub application: Option<ApplicationId>,
    /// For which vendor it waits, if that was said; none in any other state.
    pub vendor: Option<VendorId>,
    /// Who asks.
    pub requester: Option<PersonId>,
    /// Who wrote it down.
    pub opened_by: Option<PersonId>,
    /// Through what it came.
    pub channel: Channel,
    /// In a line.
    pub subject: String,
    /// In full.
    pub description: String,
    /// Further facts, by name.
    pub attributes: BTreeMap<String, String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When its present state began.
    pub state_since: DateTime<Utc>,
    /// When it was first said solved since it was last alive, if it is solved and that is known: see [`Self::solved_since`].
    pub solved_at: Option<DateTime<Utc>>,
    /// Came straight to N3's own channel.
    pub direct_to_n3: bool,
    /// How many entries its timeline has.
    pub entries: i64,
    /// Where it comes from, if it was imported.
    pub external: Option<External>,
}

/// What became of a wish to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It moved; its state before.
    Yes(TicketState),
    /// It stands there already.
    AlreadySo,
    /// It may not.
    No(Problem),
}

/// What becomes of something that may be absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub enum Change<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It is set.
    To(T),
}

impl<T: Copy> Change<T> {
    /// What is there afterwards.
    pub fn of(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Keep => before,
            Self::Clear => None,
            Self::To(value) => Some(value),
        }
    }

    /// What is set, if anything is.
    pub fn set(self) -> Option<T> {
        self.of(None)
    }
}

/// Everything by which a ticket is told from others; what is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Classification {
    /// What it is.
    pub kind: Option<TicketKind>,
    /// Declared a major incident.
    pub major: Option<bool>,
    /// Impact on internal users.
    pub impact_internal: Option<Degree>,
    /// Impact on external customers.
    pub impact_external: Option<Degree>,
    /// Urgency.
    pub urgency: Option<Degree>,
    /// Category.
    pub category: Change<CategoryId>,
    /// Application.
    pub application: Change<ApplicationId>,
}

impl Ticket {
    /// As it travels in facts.
    pub fn snapshot(&self) -> TicketSnapshot {
        TicketSnapshot {
            ticket: self.id,
            version: self.version,
            number: self.number.clone(),
            kind: self.kind,
            major: self.major,
            service: self.service(),
            state: self.state,
            priority: self.priority,
            impact_internal: self.impact_internal,
            impact_external: self.impact_external,
            urgency: self.urgency,
            category: self.category,
            application: self.application,
            vendor: self.vendor,
            requester: self.requester,
            channel: self.channel,
            opened_at: self.opened_at,
            state_since: self.state_since,
        }
    }

    /// Somebody changed it since the caller read it, if the caller says what was read.
    pub fn stale(&self, expected: Option<i64>) -> Option<Problem> {
        expected
            .filter(|e| *e != self.version)
            .map(|_| Problem::stale(self.version))
    }

    /// The next entry of its timeline.
    pub fn entry(&mut self, id: EntryId, kind: EntryKind, by: Actor, at: DateTime<Utc>) -> Entry {
        self.entries += 1;
        Entry {
            id,
            ticket: self.id,
            position: self.entries,
            at,
            kind,
            internal: false,
            by,
            contact: None,
            body: None,
            detail: Detail::default(),
        }
    }

    /// Moves to another state, if the machine lets this mover. One version on, as one fact follows.
    /// A state never begins before the one before it did: facts of other services may come late.
    pub fn change_state(&mut self, to: TicketState, mover: Mover, at: DateTime<Utc>) -> Moved {
        let from = self.state;
        if from == to {
            return Moved::AlreadySo;
        }
        let movers = moves::movers(from, to);
        if movers.is_empty() {
            return Moved::No(Problem::of(
                "to",
                "MOVE_NOT_ALLOWED",
                format!(
                    "Un ticket {} no puede pasar a «{}»",
                    spanish(from),
                    spanish(to)
                ),
            ));
        }
        if !movers.contains(&mover) {
            return Moved::No(Problem::of(
                "to",
                "MOVE_NOT_YOURS",
                format!(
                    "Pasar un ticket {} a «{}» no le corresponde a usted",
                    spanish(from),
                    spanish(to)
                ),
            ));
        }
        let since = self.state_since;
        self.state = to;
        self.state_since = since.max(at);
        self.remember_solution(from, since);
        if to == TicketState::Reopened {
            self.lost_by_reopening();
        }
        // Whoever goes on to wait says for whom.
        self.vendor = None;
        self.version += 1;
        Moved::Yes(from)
    }

    /// Of a ticket that waits for a vendor already: for which from now on. Whether it is another one; if so, one version on.
    pub fn wait_for(&mut self, vendor: VendorId) -> bool {
        let changed = self.vendor != Some(vendor);
        self.vendor = Some(vendor);
        self.version += i64::from(changed);
        changed
    }

    /// The vendor that it waits for answered, whoever that is, and it goes on waiting: when that counts. One version on, as one
    /// fact follows.
    ///
    /// # Errors
    /// What is wrong, if it waits for no vendor.
    pub fn vendor_answered(&mut self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Problem> {
        if self.state != TicketState::WaitingForVendor {
            return Err(Problem::of(
                "ticket",
                "VENDOR_NOT_AWAITED",
                format!(
                    "El ticket está {}: solo de uno a la espera del proveedor se anota su respuesta",
                    spanish(self.state)
                ),
            ));
        }
        self.version += 1;
        // Facts of other replicas may be told by a clock that is a little ahead: no answer comes before the wait for it.
        Ok(now.max(self.state_since))
    }

    /// Applies a classification whose priority was looked up. Whether anything changed; if so, one version on.
    pub fn classify(&mut self, to: &Classification, priority: Priority) -> bool {
        let before = (
            self.kind,
            self.major,
            self.impact_internal,
            self.impact_external,
            self.urgency,
            self.category,
            self.application,
            self.priority,
        );
        self.kind = to.kind.unwrap_or(self.kind);
        self.major = to.major.unwrap_or(self.major);
        self.impact_internal = to.impact_internal.unwrap_or(self.impact_internal);
        self.impact_external = to.impact_external.unwrap_or(self.impact_external);
        self.urgency = to.urgency.unwrap_or(self.urgency);
        self.category = to.category.of(self.category);
        self.application = to.application.of(self.application);
        self.priority = priority;
        let changed = before
            != (
                self.kind,
                self.major,
                self.impact_internal,
                self.impact_external,
                self.urgency,
                self.category,
                self.application,
                self.priority,
            );
        self.version += i64::from(changed);
        changed
    }

    /// Closed or cancelled: nobody answers there any more, it must be reopened or another opened.
    pub fn silent(&self) -> Option<Problem> {
        matches!(self.state, TicketState::Closed | TicketState::Cancelled).then(|| {
            Problem::of(
                "ticket",
                "TICKET_DONE",
                format!(
                    "El ticket está {}: reábralo o abra uno nuevo",
                    spanish(self.state)
                ),
            )
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;

    pub(crate) fn ticket(state: TicketState) -> Ticket {
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        Ticket {
            tenant: TenantId::from_uuid(Uuid::from_u128(1)),
            id: TicketId::from_uuid(Uuid::from_u128(2)),
            number: "INC-000001".to_owned(),
            version: 1,
            kind: TicketKind::Incident,
            major: false,
            restored: None,
            lost_at: None,
            state,
            priority: Priority::Low,
            impact_internal: Degree::Low,
            impact_external: Degree::None,
            urgency: Degree::Low,
            category: None,
            application: None,
            vendor: None,
            requester: None,
            opened_by: None,
            channel: Channel::Portal,
            subject: "s".to_owned(),
            description: String::new(),
            attributes: BTreeMap::new(),
            opened_at: at,
            state_since: at,
            solved_at: None,
            direct_to_n3: false,
            entries: 1,
            external: None,
        }
    }

    #[test]
    fn a_move_is_one_version_and_a_repeat_is_none() {
        let mut t = ticket(TicketState::Open);
        let later = t.opened_at + chrono::TimeDelta::minutes(5);
        assert_eq!(
            t.change_state(TicketState::InProgress, Mover::Staff, later),
            Moved::Yes(TicketState::Open)
        );
        assert_eq!((t.version, t.state_since), (2, later));
        assert_eq!(
            t.change_state(TicketState::InProgress, Mover::Staff, later),
            Moved::AlreadySo
        );
        assert_eq!(t.version, 2);
    }

    #[test]
    fn a_vendor_is_waited_for_until_the_ticket_moves_on() {
        let mut t = ticket(TicketState::InProgress);
        let at = t.opened_at;
        t.change_state(TicketState::WaitingForVendor, Mover::Staff, at);
        let (one, other) = (
            VendorId::from_uuid(Uuid::from_u128(7)),
            VendorId::from_uuid(Uuid::from_u128(8)),
        );
        assert!(t.wait_for(one) && !t.wait_for(one) && t.wait_for(other));
        assert_eq!((t.version, t.snapshot().vendor), (4, Some(other)));
        t.change_state(TicketState::InProgress, Mover::Staff, at);
        assert_eq!((t.version, t.vendor), (5, None));
    }

    #[test]
    fn only_a_vendor_that_is_waited_for_answers_and_never_before_the_wait() {
        let mut t = ticket(TicketState::InProgress);
        let at = t.opened_at;
        let problem = t.vendor_answered(at).unwrap_err();
        assert_eq!(
            (problem.field, problem.code, t.version),
            (Some("ticket"), "VENDOR_NOT_AWAITED", 1)
        );
        let (since, later) = (
            at + chrono::TimeDelta::seconds(1),
            at + chrono::TimeDelta::minutes(5),
        );
        t.change_state(TicketState::WaitingForVendor, Mover::Staff, since);
        assert_eq!(t.vendor_answered(at), Ok(since));
        assert_eq!(t.vendor_answered(later), Ok(later));
        assert_eq!((t.version, t.state_since), (4, since));
        assert_eq!(t.state, TicketState::WaitingForVendor);
    }

    #[test]
    fn a_refused_move_says_why() {
        let mut t = ticket(TicketState::Cancelled);
        let at = t.opened_at;
        let Moved::No(p) = t.change_state(TicketState::Open, Mover::Staff, at) else {
            panic!("moved")
        };
        assert_eq!(p.code, "MOVE_NOT_ALLOWED");
        let mut t = ticket(TicketState::Open);
        let Moved::No(p) = t.change_state(TicketState::Resolved, Mover::Requester, at) else {
            panic!("moved")
        };
        assert_eq!(p.code, "MOVE_NOT_YOURS");
        assert_eq!(t.version, 1);
    }

    #[test]
    fn classifying_as_it_is_changes_nothing() {
        let mut t = ticket(TicketState::Open);
        assert!(!t.classify(&Classification::default(), Priority::Low));
        let urgent = Classification {
            urgency: Some(Degree::High),
            ..Classification::default()
        };
        assert!(t.classify(&urgent, Priority::Medium));
        assert_eq!((t.version, t.priority), (2, Priority::Medium));
    }
}
