//! What was asked and what was answered.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What a tenant's people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Open a ticket.
    Open,
    /// Reply to one.
    Reply,
    /// Move one to another state.
    Move,
    /// Take one, or give it back.
    Hand,
    /// Read one.
    Read,
    /// Look at the worklist.
    List,
    /// Search.
    Search,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Reply,
        Self::Move,
        Self::Hand,
        Self::Read,
        Self::List,
        Self::Search,
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Reply => "reply",
            Self::Move => "move",
            Self::Hand => "hand",
            Self::Read => "read",
            Self::List => "list",
            Self::Search => "search",
        })
    }
}

/// A change that was asked for.
#[derive(Debug, Clone)]
pub struct Written {
    /// The words of a reply, the state of a move, `taken` or `released`.
    pub what: String,
    /// Somebody said that it is so. If not, it may be so all the same.
    pub acknowledged: bool,
}

/// A ticket whose opening was acknowledged. Each list is in the order in which it was asked for, one at a time.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Global id.
    pub id: String,
    /// Its subject, which no other ticket has.
    pub subject: String,
    /// The highest version that was acknowledged.
    pub version: i64,
    /// Replies.
    pub replies: Vec<Written>,
    /// States.
    pub moves: Vec<Written>,
    /// Hands.
    pub hands: Vec<Written>,
}

impl Ticket {
    /// As it was opened.
    pub fn new(id: String, subject: String, version: i64) -> Self {
        Self {
            id,
            subject,
            version,
            replies: Vec::new(),
            moves: Vec::new(),
            hands: Vec::new(),
        }
    }

    /// What was asked of it.
    pub fn written(&mut self, kind: Kind) -> &mut Vec<Written> {
        match kind {
            Kind::Move => &mut self.moves,
            Kind::Hand => &mut self.hands,
            _ => &mut self.replies,
        }
    }
}

/// The record of one tenant in one run.
#[derive(Debug, Default)]
pub struct Notes {
    /// Tickets, in the order in which they were opened.
    pub tickets: Vec<Ticket>,
    /// Subjects of openings that nobody answered.
    pub unanswered: Vec<String>,
    /// When something of a kind was acknowledged.
    pub answers: BTreeMap<Kind, Vec<Instant>>,
    /// When it was not, and why.
    pub failures: BTreeMap<Kind, Vec<(Instant, String)>>,
    /// What a reader missed although it had been acknowledged.
    pub lost: Vec<String>,
    /// What happened twice, as its answer says.
    pub doubled: Vec<String>,
    /// What came after what should have come behind it.
    pub disordered: Vec<String>,
    /// What belongs to another tenant.
    pub foreign: Vec<String>,
}

/// The notes, for a moment. A panic elsewhere does not make what was written down wrong.
pub fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}
