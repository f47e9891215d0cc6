//! What departs from a rule, and where.

use std::fmt::Display;

/// Places that break one rule.
#[derive(Debug)]
pub struct Findings {
    rule: &'static str,
    reason: &'static str,
    places: Vec<String>,
}

impl Findings {
    /// A rule in one sentence, and why it is one.
    pub fn of(rule: &'static str, reason: &'static str) -> Self {
        Self {
            rule,
            reason,
            places: Vec::new(),
        }
    }

    /// A place, and what is wrong there.
    pub fn add(&mut self, place: impl Display, what: impl Display) {
        self.places.push(format!("{place}: {what}"));
    }

    /// # Panics
    /// When there are findings: with all of them, the rule and its reason.
    pub fn none(mut self) {
        self.places.sort();
        self.places.dedup();
        let Self {
            rule,
            reason,
            places,
        } = self;
        assert!(
            places.is_empty(),
            "\n\n{rule}\n  because {reason}\n  {} place(s):\n    {}\n",
            places.len(),
            places.join("\n    ")
        );
    }
}
