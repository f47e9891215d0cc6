//! Links between two tickets of one tenant.

use events::intake::LinkKind;
use ids::{LinkId, TicketId};

use super::problem::Problem;

/// A link, read from `ticket`: `other` is its parent, the one it repeats, the one that caused it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// From which ticket.
    pub ticket: TicketId,
    /// How.
    pub kind: LinkKind,
    /// To which.
    pub other: TicketId,
}

/// Whether a ticket has one such link at most, and such links form no circle: those that say where a ticket belongs, by which
/// clocks go.
pub const fn is_single(kind: LinkKind) -> bool {
    matches!(
        kind,
        LinkKind::Parent | LinkKind::DuplicateOf | LinkKind::SplitFrom
    )
}

/// What the store found out about a link that is wished for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    /// The very link, if it is there already.
    pub same: Option<LinkId>,
    /// The ticket has a link of that kind already.
    pub has_one: bool,
    /// The ticket stands at the end of the other's links of that kind.
    pub is_ahead: bool,
}

/// Whether two tickets may be linked so.
pub fn judge(ticket: TicketId, kind: LinkKind, other: TicketId, found: Found) -> Option<Problem> {
    if ticket == other {
        return Some(Problem::of(
            "other",
            "SAME_TICKET",
            "Un ticket no se enlaza consigo mismo",
        ));
    }
    let (cycle, exists) = match kind {
        LinkKind::Parent => (
            (
                "PARENT_CYCLE",
                "Ese ticket ya depende de este: se formaría un ciclo",
            ),
            (
                "PARENT_EXISTS",
                "El ticket ya tiene un padre: quite primero ese enlace",
            ),
        ),
        LinkKind::DuplicateOf => (
            (
                "DUPLICATE_CYCLE",
                "Ese ticket ya repite a este: se formaría un ciclo",
            ),
            (
                "DUPLICATE_EXISTS",
                "El ticket ya repite a otro: quite primero ese enlace",
            ),
        ),
        LinkKind::SplitFrom => (
            (
                "SPLIT_CYCLE",
                "Ese ticket ya se separó de este: se formaría un ciclo",
            ),
            (
                "SPLIT_EXISTS",
                "El ticket ya se separó de otro: quite primero ese enlace",
            ),
        ),
        LinkKind::CausedBy | LinkKind::Related => return None,
    };
    if found.is_ahead {
        return Some(Problem::of("other", cycle.0, cycle.1));
    }
    found
        .has_one
        .then(|| Problem::of("kind", exists.0, exists.1))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_links_that_say_where_a_ticket_belongs_can_make_a_cycle() {
        let (a, b) = (
            TicketId::from_uuid(Uuid::from_u128(1)),
            TicketId::from_uuid(Uuid::from_u128(2)),
        );
        let cyclic = Found {
            is_ahead: true,
            ..Found::default()
        };
        for (kind, code) in [
            (LinkKind::Parent, "PARENT_CYCLE"),
            (LinkKind::DuplicateOf, "DUPLICATE_CYCLE"),
            (LinkKind::SplitFrom, "SPLIT_CYCLE"),
        ] {
            assert_eq!(judge(a, kind, b, cyclic).map(|p| p.code), Some(code));
        }
        assert_eq!(judge(a, LinkKind::CausedBy, b, cyclic), None);
        assert_eq!(
            judge(a, LinkKind::Related, a, Found::default()).map(|p| p.code),
            Some("SAME_TICKET")
        );
    }
}
