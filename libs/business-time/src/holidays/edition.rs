//! Editions of the data: which there have been, and what stands in which.

use serde::{Deserialize, Serialize};

/// An edition of the holiday data, in JSON by its text; a later one is greater. What was computed by one is computed the same by every later
/// binary, so a deadline or a result moves only when somebody takes over a later edition. Each change of a table is an edition of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Edition {
    /// Peru from 1992, Colombia from 1984 with its day of July since 2026 (Ley 2578 de 2026), Spain (national) from 2008.
    #[serde(rename = "2026.1")]
    E2026_1,
    /// The regions of Spain, as published from 2024 to 2026 (Comunitat Valenciana to 2027), projected outside those years.
    #[serde(rename = "2026.2")]
    E2026_2,
}

impl Edition {
    /// Every edition there has been, in order.
    pub const ALL: [Self; 2] = [Self::E2026_1, Self::E2026_2];

    /// The newest: what a calendar that is written now gets.
    pub const LATEST: Self = Self::E2026_2;

    /// What a stored calendar means that names none: it was written while this was the newest, and editions were not kept. It never changes.
    pub const UNSAID: Self = Self::E2026_2;

    /// Its text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::E2026_1 => "2026.1",
            Self::E2026_2 => "2026.2",
        }
    }

    /// The edition of a text, if it is known here.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|edition| edition.as_str() == text)
    }
}

/// The editions in which something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Editions {
    /// The first that has it.
    pub since: Edition,
    /// The first that has it no more, as it was taken away or replaced.
    pub until: Option<Edition>,
}

impl Editions {
    /// From that one on.
    pub const fn since(since: Edition) -> Self {
        Self { since, until: None }
    }

    /// Whether that one is among them.
    pub fn hold(self, edition: Edition) -> bool {
        self.since <= edition && self.until.is_none_or(|until| edition < until)
    }
}
