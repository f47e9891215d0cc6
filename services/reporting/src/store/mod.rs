//! SQL. Rows never leave this room; every statement is set-based and runs inside the tenant's transaction.

pub mod clocks;
pub mod contacts;
pub mod facts;
pub mod indicators;
pub mod rebuild;
pub mod steps;
pub mod summaries;
pub mod tickets;

/// Which of the two sets of read models a statement works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// The one that is read.
    Live,
    /// The one that a rebuild fills.
    Next,
}

impl Set {
    /// The statement with its table names: `step{n}` becomes `step` or `step_next`. Only our own constants go in.
    pub(crate) fn sql(self, template: &'static str) -> sqlx::AssertSqlSafe<String> {
        let suffix = match self {
            Self::Live => "",
            Self::Next => "_next",
        };
        sqlx::AssertSqlSafe(template.replace("{n}", suffix))
    }
}
