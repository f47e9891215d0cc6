//! Priority = impact x urgency by the tenant's matrix (ITIL 4, incident management). The matrix has a half for
//! internal users and one for external customers; of the two answers the more urgent counts.

use events::intake::{Degree, Priority};
use events::words;

/// Whom the impact is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The tenant's own users.
    Internal,
    /// The tenant's customers.
    External,
}

words!(Audience: Internal = "internal", External = "external");

/// One cell of a tenant's matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Cell {
    /// Whom the impact is on.
    pub audience: Audience,
    /// How much of them.
    pub impact: Degree,
    /// How soon.
    pub urgency: Degree,
    /// What follows.
    pub priority: Priority,
}

/// A tenant's whole matrix.
#[derive(Debug, Clone, Default)]
pub struct Matrix(pub Vec<Cell>);

impl Matrix {
    /// The priority that follows. A missing cell (a matrix never has one) counts as low.
    pub fn priority(&self, internal: Degree, external: Degree, urgency: Degree) -> Priority {
        more_urgent(
            self.cell(Audience::Internal, internal, urgency),
            self.cell(Audience::External, external, urgency),
        )
    }

    fn cell(&self, audience: Audience, impact: Degree, urgency: Degree) -> Option<Priority> {
        self.0
            .iter()
            .find(|c| c.audience == audience && c.impact == impact && c.urgency == urgency)
            .map(|c| c.priority)
    }
}

/// The more urgent of two answers.
pub fn more_urgent(internal: Option<Priority>, external: Option<Priority>) -> Priority {
    // Priority sorts from critical to low.
    internal
        .into_iter()
        .chain(external)
        .min()
        .unwrap_or(Priority::Low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_urgent_side_counts() {
        use Priority::{Critical, High, Low};
        assert_eq!(more_urgent(Some(Low), Some(High)), High);
        assert_eq!(more_urgent(Some(Critical), Some(High)), Critical);
        assert_eq!(more_urgent(None, None), Low);
    }

    #[test]
    fn both_halves_are_asked() {
        let matrix = Matrix(vec![
            Cell {
                audience: Audience::Internal,
                impact: Degree::Low,
                urgency: Degree::High,
                priority: Priority::Medium,
            },
            Cell {
                audience: Audience::External,
                impact: Degree::None,
                urgency: Degree::High,
                priority: Priority::Low,
            },
        ]);
        assert_eq!(
            matrix.priority(Degree::Low, Degree::None, Degree::High),
            Priority::Medium
        );
    }
}
