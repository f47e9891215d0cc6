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

/// What the store found out about a link that is wished for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Found {
    /// The very link, if it is there already.
    pub same: Option<LinkId>,
    /// The ticket has a parent already.
    pub has_parent: bool,
    /// The ticket stands among the other's ancestors.
    pub is_ancestor: bool,
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
    if kind != LinkKind::Parent {
        return None;
    }
    if found.is_ancestor {
        return Some(Problem::of(
            "other",
            "PARENT_CYCLE",
            "Ese ticket ya depende de este: se formaría un ciclo",
        ));
    }
    found.has_parent.then(|| {
        Problem::of(
            "kind",
            "PARENT_EXISTS",
            "El ticket ya tiene un padre: quite primero ese enlace",
        )
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_parents_can_make_a_cycle() {
        let (a, b) = (
            TicketId::from_uuid(Uuid::from_u128(1)),
            TicketId::from_uuid(Uuid::from_u128(2)),
        );
        let cyclic = Found {
            is_ancestor: true,
            ..Found::default()
        };
        assert_eq!(
            judge(a, LinkKind::Parent, b, cyclic).map(|p| p.code),
            Some("PARENT_CYCLE")
        );
        assert_eq!(judge(a, LinkKind::CausedBy, b, cyclic), None);
        assert_eq!(
            judge(a, LinkKind::Related, a, Found::default()).map(|p| p.code),
            Some("SAME_TICKET")
        );
    }
}
