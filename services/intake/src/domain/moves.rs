//! The state machine: which moves exist, and who may make them. [`RULES`] is all there is to it.

use events::intake::TicketState;

use TicketState::{
    Cancelled, Closed, InProgress, Open, Queued, Reopened, Resolved, WaitingForApproval,
    WaitingForImplementation, WaitingForRequester, WaitingForThirdParty, WaitingForVendor,
};

/// As what somebody moves a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mover {
    /// The person who asked, with the own ticket.
    Requester,
    /// The provider's staff.
    Staff,
    /// A rule that follows a fact (an assignment, the requester's answer).
    System,
}

/// From any of these to any of those, by one of them. A ticket never moves to where it stands.
struct Rule {
    from: &'static [TicketState],
    to: &'static [TicketState],
    by: &'static [Mover],
}

const WAITING: &[TicketState] = &[
    WaitingForRequester,
    WaitingForApproval,
    WaitingForVendor,
    WaitingForImplementation,
    WaitingForThirdParty,
];
const ALIVE: &[TicketState] = &[
    Open,
    Queued,
    InProgress,
    WaitingForRequester,
    WaitingForApproval,
    WaitingForVendor,
    WaitingForImplementation,
    WaitingForThirdParty,
    Reopened,
];

/// No pair stands in two rules.
const RULES: &[Rule] = &[
    // Work is given, taken up and given back.
    Rule {
        from: ALIVE,
        to: &[Queued, InProgress],
        by: &[Mover::Staff, Mover::System],
    },
    // Somebody else is asked.
    Rule {
        from: ALIVE,
        to: WAITING,
        by: &[Mover::Staff],
    },
    // Also straight from `open`: N1 resolves at first contact.
    Rule {
        from: ALIVE,
        to: &[Resolved],
        by: &[Mover::Staff],
    },
    // Withdrawn, or found to be none.
    Rule {
        from: ALIVE,
        to: &[Cancelled],
        by: &[Mover::Requester, Mover::Staff],
    },
    // Confirmed, or taken as confirmed.
    Rule {
        from: &[Resolved],
        to: &[Closed],
        by: &[Mover::Requester, Mover::Staff, Mover::System],
    },
    // It was not solved after all. What was cancelled stays so: a new ticket is opened.
    Rule {
        from: &[Resolved, Closed],
        to: &[Reopened],
        by: &[Mover::Requester, Mover::Staff],
    },
];

/// Who may move a ticket so; nobody where the move does not exist.
pub fn movers(from: TicketState, to: TicketState) -> &'static [Mover] {
    if from == to {
        return &[];
    }
    RULES
        .iter()
        .find(|r| r.from.contains(&from) && r.to.contains(&to))
        .map_or(&[], |r| r.by)
}

/// Whether this mover may.
pub fn may(from: TicketState, to: TicketState, mover: Mover) -> bool {
    movers(from, to).contains(&mover)
}

/// Whether anybody may.
pub fn exists(from: TicketState, to: TicketState) -> bool {
    !movers(from, to).is_empty()
}

#[cfg(test)]
mod tests {
    use events::Word as _;

    use super::*;

    /// Row: from; column: to; both in the order of `TicketState::ALL`. `.` nobody, `s` staff, `y` staff and system,
    /// `r` requester and staff, `a` all three.
    const EXPECTED: [(&str, &str); 12] = [
        // to: open, queued, in progress, waiting for requester, approval, vendor, implementation, third party
        ("open", ".yysssss"),
        ("queued", "..ysssss"),
        ("in_progress", ".y.sssss"),
        ("waiting_for_requester", ".yy.ssss"),
        ("waiting_for_approval", ".yys.sss"),
        ("waiting_for_vendor", ".yyss.ss"),
        ("waiting_for_implementation", ".yysss.s"),
        ("waiting_for_third_party", ".yyssss."),
        ("resolved", "........"),
        ("closed", "........"),
        ("cancelled", "........"),
        ("reopened", ".yysssss"),
    ];
    /// To resolved, closed, cancelled, reopened.
    const ENDINGS: [&str; 12] = [
        "s.r.", "s.r.", "s.r.", "s.r.", "s.r.", "s.r.", "s.r.", "s.r.", ".a.r", "...r", "....",
        "s.r.",
    ];

    #[test]
    fn every_pair_is_as_the_table_says() {
        for (i, from) in TicketState::ALL.iter().enumerate() {
            let row = format!("{}{}", EXPECTED[i].1, ENDINGS[i]);
            assert_eq!(EXPECTED[i].0, from.word());
            assert_eq!(row.len(), TicketState::ALL.len());
            for (letter, to) in row.chars().zip(TicketState::ALL) {
                let expected: &[Mover] = match letter {
                    's' => &[Mover::Staff],
                    'y' => &[Mover::Staff, Mover::System],
                    'r' => &[Mover::Requester, Mover::Staff],
                    'a' => &[Mover::Requester, Mover::Staff, Mover::System],
                    _ => &[],
                };
                for mover in [Mover::Requester, Mover::Staff, Mover::System] {
                    assert_eq!(
                        may(*from, *to, mover),
                        expected.contains(&mover),
                        "{from:?} -> {to:?} by {mover:?}"
                    );
                }
                assert_eq!(exists(*from, *to), letter != '.');
            }
        }
    }

    #[test]
    fn no_pair_stands_in_two_rules() {
        for from in TicketState::ALL {
            for to in TicketState::ALL {
                let n = RULES
                    .iter()
                    .filter(|r| r.from.contains(from) && r.to.contains(to))
                    .count();
                assert!(n <= 1, "{from:?} -> {to:?} stands in {n} rules");
            }
        }
    }
}
