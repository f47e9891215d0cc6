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
    /// Write an article, link one to a ticket, search articles and read a ticket's.
    Article,
    /// Look at the figures.
    Figures,
    /// Sign in, and have the session renewed.
    SignIn,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Open,
        Self::Reply,
        Self::Move,
        Self::Hand,
        Self::Read,
        Self::List,
        Self::Search,
        Self::Article,
        Self::Figures,
        Self::SignIn,
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
            Self::Article => "article",
            Self::Figures => "figures",
            Self::SignIn => "sign-in",
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

/// An operation that somebody answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// When it was asked for.
    pub from: Instant,
    /// When the answer was there.
    pub to: Instant,
}

/// An operation that was not acknowledged.
#[derive(Debug, Clone)]
pub struct Failure {
    /// When it was asked for.
    pub from: Instant,
    /// When that was known.
    pub to: Instant,
    /// Why.
    pub why: String,
}

/// An article whose writing was acknowledged.
#[derive(Debug, Clone)]
pub struct Article {
    /// Global id.
    pub id: String,
    /// Its title, which no other article has.
    pub title: String,
    /// Its words.
    pub body: String,
}

/// A ticket whose opening was acknowledged. Each list is in the order in which it was asked for, one at a time.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Global id.
    pub id: String,
    /// Its subject, which no other ticket has.
    pub subject: String,
    /// When its opening was acknowledged.
    pub opened: Instant,
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
    /// As it was opened, now.
    pub fn new(id: String, subject: String, version: i64) -> Self {
        Self {
            id,
            subject,
            opened: Instant::now(),
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
    /// Openings that were asked for, answered or not.
    pub asked: i64,
    /// Articles, in the order in which they were written.
    pub articles: Vec<Article>,
    /// Titles of articles whose writing nobody answered.
    pub unwritten: Vec<String>,
    /// Links that were acknowledged: ticket and article, by their global ids.
    pub links: Vec<(String, String)>,
    /// What was acknowledged of a kind.
    pub answers: BTreeMap<Kind, Vec<Answer>>,
    /// What was not.
    pub failures: BTreeMap<Kind, Vec<Failure>>,
    /// Attempts at a ticket so new that another service had not heard of it: no answers, and no failures.
    pub too_soon: usize,
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
