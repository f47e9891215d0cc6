//! Readable numbers: a prefix by kind and a count per tenant and prefix, `INC-000123`. A ticket keeps its number
//! when its kind changes.

use events::intake::TicketKind;

/// The prefix for tickets opened as `kind`: from the Spanish word, as it is said on the telephone.
pub const fn prefix(kind: TicketKind) -> &'static str {
    match kind {
        TicketKind::Incident => "INC",
        TicketKind::ServiceRequest => "SOL",
        TicketKind::Enquiry => "CON",
        TicketKind::Change => "CAM",
        TicketKind::Problem => "PRB",
        TicketKind::CorrectiveMaintenance => "MAN",
        TicketKind::Task => "TAR",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use events::Word as _;

    use super::*;

    #[test]
    fn no_two_kinds_share_a_prefix() {
        let all: BTreeSet<_> = TicketKind::ALL.iter().map(|k| prefix(*k)).collect();
        assert_eq!(all.len(), TicketKind::ALL.len());
    }
}
