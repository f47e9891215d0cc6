//! Exclusions: what counts against the provider and is not its doing. One side proposes, and may withdraw what is undecided;
//! the other decides. All are shown, those that were accepted change the figure.

use access::CallerKind;
use chrono::{DateTime, Utc};
use ids::{ExclusionId, PersonId, TicketId};
use serde::{Deserialize, Serialize};

use super::calls::Call;
use super::cases::Case;
use super::fact::Fact;
use super::formula::Unit;
use super::level::{Level, LevelSet};
use super::measure;
use crate::domain::month::Month;
use crate::domain::problem::Problem;

/// The longest evidence or note, characters.
const LONGEST_TEXT: usize = 2_000;

/// A party to the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The support provider: its quality and service managers.
    Provider,
    /// The client: its administrators.
    Client,
}

impl Side {
    /// For whom a caller speaks; none for machines and operators, which agree to nothing.
    pub const fn of(caller: CallerKind) -> Option<Self> {
        match caller {
            CallerKind::Staff => Some(Self::Provider),
            CallerKind::Person => Some(Self::Client),
            CallerKind::Machine | CallerKind::Operator => None,
        }
    }
}

/// The fact that excuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It waited for something that the client owed.
    ClientDependency,
    /// Nobody could have prevented it.
    ForceMajeure,
    /// It fell into a window that both had agreed on (maintenance).
    AgreedWindow,
    /// More came than the band of volume that the contract is sized for.
    VolumeOutsideBand,
}

/// What is excused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One ticket.
    Ticket(TicketId),
    /// Of a level that counts tickets or calls, those whose instant lies in an interval; of one that is entered, so many of
    /// its units.
    Interval {
        /// From, included.
        from: DateTime<Utc>,
        /// To, excluded.
        to: DateTime<Utc>,
        /// Of a measured level: units of its denominator that counted against the provider (minutes, calls).
        units: Option<i64>,
    },
}

/// Where an exclusion stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The other side has not decided.
    Proposed,
    /// The other side agreed: it changes the figure.
    Accepted,
    /// The other side did not agree.
    Rejected,
    /// The side that had proposed it took it back before the other one had decided.
    Withdrawn,
}

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether it agreed.
    pub accepted: bool,
    /// Who said so.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub note: Option<String>,
}

/// Who took a proposal back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// One exclusion of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Which.
    pub id: ExclusionId,
    /// The month that it is about.
    pub month: Month,
    /// The level that it is about; none: every level that counts the ticket.
    pub level: Option<String>,
    /// What is excused.
    pub subject: Subject,
    /// By what fact.
    pub reason: Reason,
    /// What shows it.
    pub evidence: String,
    /// Which side proposed it.
    pub side: Side,
    /// Who.
    pub proposed_by: PersonId,
    /// When.
    pub proposed_at: DateTime<Utc>,
    /// What the other side said; none: nothing yet.
    pub decision: Option<Decision>,
    /// Who took it back, if somebody did. Months that were frozen before there was such a thing do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
    /// The fact behind it, if it was looked up. Months that were frozen before do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<Fact>,
}

/// What stands in the way of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecidable {
    /// One's own side proposed it.
    OwnProposal,
    /// It was decided otherwise.
    Decided,
    /// It was taken back.
    Withdrawn,
}

/// What stands in the way of taking a proposal back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwithdrawable {
    /// The other side proposed it.
    OthersProposal,
    /// It was decided.
    Decided,
}

impl Exclusion {
    /// Where it stands.
    pub fn state(&self) -> State {
        match &self.decision {
            None if self.withdrawal.is_some() => State::Withdrawn,
            None => State::Proposed,
            Some(d) if d.accepted => State::Accepted,
            Some(_) => State::Rejected,
        }
    }

    /// The ticket that it is about, if it is about one.
    pub fn ticket(&self) -> Option<TicketId> {
        match self.subject {
            Subject::Ticket(ticket) => Some(ticket),
            Subject::Interval { .. } => None,
        }
    }

    /// Takes the other side's decision. True: it is new; false: it stood so already, and stays as it was.
    pub fn decide(&mut self, side: Side, decision: Decision) -> Result<bool, Undecidable> {
        if side == self.side {
            return Err(Undecidable::OwnProposal);
        }
        if self.withdrawal.is_some() {
            return Err(Undecidable::Withdrawn);
        }
        match &self.decision {
            Some(before) if before.accepted == decision.accepted => Ok(false),
            Some(_) => Err(Undecidable::Decided),
            None => {
                self.decision = Some(decision);
                Ok(true)
            }
        }
    }

    /// Takes it back for the side that proposed it. True: it is new; false: it stood so already, and stays as it was.
    pub fn withdraw(&mut self, side: Side, withdrawal: Withdrawal) -> Result<bool, Unwithdrawable> {
        if side != self.side {
            return Err(Unwithdrawable::OthersProposal);
        }
        if self.decision.is_some() {
            return Err(Unwithdrawable::Decided);
        }
        if self.withdrawal.is_some() {
            return Ok(false);
        }
        self.withdrawal = Some(withdrawal);
        Ok(true)
    }

    /// Whether it excuses a case of a level.
    pub fn covers(&self, level: &Level, case: &Case) -> bool {
        let named = self.level.as_ref().is_none_or(|code| *code == level.code);
        named
            && match &self.subject {
                Subject::Ticket(ticket) => *ticket == case.ticket,
                Subject::Interval { from, to, .. } => (*from..*to).contains(&case.at),
            }
    }

    /// Whether it excuses a call of a level. Only an interval does, as a whole: a ticket is excused where tickets are counted, and
    /// units where a level's value is entered: of so many nobody agreed which calls those are.
    pub fn covers_call(&self, level: &Level, call: &Call) -> bool {
        match &self.subject {
            Subject::Interval {
                from,
                to,
                units: None,
            } => self.level.as_ref() == Some(&level.code) && (*from..*to).contains(&call.at),
            Subject::Interval { .. } | Subject::Ticket(_) => false,
        }
    }

    /// Units of a measured level that it excuses.
    pub fn units(&self, level: &Level) -> i64 {
        match &self.subject {
            Subject::Interval { units, .. } if self.level.as_ref() == Some(&level.code) => {
                units.unwrap_or_default()
            }
            _ => 0,
        }
    }
}

/// What is wrong with a proposal for a month that lies from `from` to `to`.
pub fn faults(
    set: &LevelSet,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    level: Option<&str>,
    subject: &Subject,
    evidence: &str,
) -> Vec<Problem> {
    let mut all = Vec::new();
    let found = level.map(|code| set.level(code));
    if found == Some(None) {
        all.push(unknown_level());
    }
    let found = found.flatten();
    match (subject, found) {
        (Subject::Ticket(_), Some(l)) if l.is_entered() || l.counts_calls() => {
            all.push(Problem::at(
                "level",
                "NOT_FROM_TICKETS",
                "Este nivel de servicio no se calcula de los casos: se excluye por intervalo.",
            ));
        }
        (Subject::Interval { .. }, None) if level.is_none() => all.push(Problem::at(
            "level",
            "LEVEL_MISSING",
            "Un intervalo se excluye de un nivel de servicio: diga de cuál.",
        )),
        (Subject::Interval { units, .. }, Some(l)) => all.extend(units_fault(l, *units)),
        _ => {}
    }
    if let Subject::Interval { from: a, to: b, .. } = subject {
        if a >= b {
            all.push(Problem::at(
                "interval.to",
                "BAD_INTERVAL",
                "El final del intervalo debe ser posterior a su comienzo.",
            ));
        } else if *a < from || *b > to {
            all.push(Problem::at(
                "interval",
                "OUTSIDE_MONTH",
                "El intervalo debe estar dentro del mes, en la zona del contrato.",
            ));
        }
    }
    if !(1..=LONGEST_TEXT).contains(&evidence.trim().chars().count()) {
        all.push(Problem::at(
            "evidence",
            "EVIDENCE_MISSING",
            format!("Indique la evidencia (hasta {LONGEST_TEXT} caracteres)."),
        ));
    }
    all
}

/// A code that no level of the month has.
pub fn unknown_level() -> Problem {
    Problem::at(
        "level",
        "UNKNOWN_LEVEL",
        "No hay tal nivel de servicio en lo acordado para ese mes.",
    )
}

/// A ticket that no fact has told of yet.
pub fn unknown_ticket() -> Problem {
    Problem::at("ticket", "UNKNOWN_TICKET", "No se conoce tal caso.")
}

/// Whether a decision's note is too long.
pub fn note_fault(note: Option<&str>) -> Option<Problem> {
    let long = note.is_some_and(|n| n.chars().count() > LONGEST_TEXT);
    long.then(|| {
        Problem::at(
            "note",
            "NOTE_TOO_LONG",
            format!("La nota tiene más de {LONGEST_TEXT} caracteres."),
        )
    })
}

fn units_fault(level: &Level, units: Option<i64>) -> Option<Problem> {
    let of = |code, message: &str| Some(Problem::at("interval.units", code, message));
    match (level.is_entered(), level.unit, units) {
        (false, _, None) => None,
        (false, _, Some(_)) => of(
            "UNITS_UNEXPECTED",
            "Este nivel de servicio cuenta casos o llamadas: el intervalo basta, sin unidades.",
        ),
        (true, Unit::Score, _) => Some(Problem::at(
            "level",
            "NOT_EXCLUDABLE",
            "De un promedio no se puede quitar un intervalo: anote el valor corregido con su fuente.",
        )),
        (true, Unit::Percent, Some(n)) if (1..=measure::MOST).contains(&n) => None,
        (true, Unit::Percent, _) => of(
            "BAD_UNITS",
            "Diga cuántas unidades del denominador se excluyen, al menos una.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::evaluation::tests::{at, calls, measured, percent, proposal, set};
    use super::*;

    fn decision(accepted: bool) -> Decision {
        Decision {
            accepted,
            by: PersonId::from_uuid(Uuid::from_u128(9)),
            at: at("2026-11-20T12:00:00Z"),
            note: None,
        }
    }

    #[test]
    fn only_the_other_side_decides_and_only_once() {
        for (proposer, other) in [
            (Side::Provider, Side::Client),
            (Side::Client, Side::Provider),
        ] {
            let mut e = proposal(Subject::Ticket(TicketId::from_uuid(Uuid::nil())));
            e.side = proposer;
            assert_eq!(
                e.decide(proposer, decision(true)),
                Err(Undecidable::OwnProposal)
            );
            assert_eq!(e.state(), State::Proposed);
            assert_eq!(e.decide(other, decision(true)), Ok(true));
            assert_eq!(
                e.decide(other, decision(true)),
                Ok(false),
                "already so is fine"
            );
            assert_eq!(e.decide(other, decision(false)), Err(Undecidable::Decided));
            assert_eq!(e.state(), State::Accepted);
        }
        assert_eq!(Side::of(CallerKind::Machine), None);
    }

    #[test]
    fn ones_own_side_takes_back_what_is_undecided() {
        let withdrawal = || Withdrawal {
            by: PersonId::from_uuid(Uuid::from_u128(8)),
            at: at("2026-11-19T12:00:00Z"),
        };
        let proposed = proposal(Subject::Ticket(TicketId::from_uuid(Uuid::nil())));
        let mut e = proposed.clone();
        assert_eq!(
            e.withdraw(Side::Client, withdrawal()),
            Err(Unwithdrawable::OthersProposal)
        );
        assert_eq!(e, proposed);
        assert_eq!(e.withdraw(Side::Provider, withdrawal()), Ok(true));
        assert_eq!(e.state(), State::Withdrawn);
        let later = Withdrawal {
            at: at("2026-11-21T12:00:00Z"),
            ..withdrawal()
        };
        assert_eq!(
            e.withdraw(Side::Provider, later),
            Ok(false),
            "already so is fine"
        );
        assert_eq!(e.withdrawal, Some(withdrawal()));
        for accepted in [true, false] {
            assert_eq!(
                e.decide(Side::Client, decision(accepted)),
                Err(Undecidable::Withdrawn)
            );
        }
        let mut decided = proposed;
        assert_eq!(decided.decide(Side::Client, decision(false)), Ok(true));
        assert_eq!(
            decided.withdraw(Side::Provider, withdrawal()),
            Err(Unwithdrawable::Decided)
        );
        assert_eq!(decided.state(), State::Rejected);
    }

    #[test]
    fn a_proposal_that_excuses_nothing_is_refused() {
        let agreed = set(vec![
            percent("A", 40),
            measured("UP", 30),
            calls("CALLS", 30),
        ]);
        let month = (at("2026-11-01T05:00:00Z"), at("2026-12-01T05:00:00Z"));
        let ticket = Subject::Ticket(TicketId::from_uuid(Uuid::nil()));
        let interval = |from: &str, to: &str, units| Subject::Interval {
            from: at(from),
            to: at(to),
            units,
        };
        let day = |units| interval("2026-11-03T00:00:00Z", "2026-11-04T00:00:00Z", units);
        let codes = |level: Option<&str>, subject: &Subject, evidence: &str| -> Vec<&'static str> {
            faults(&agreed, month, level, subject, evidence)
                .iter()
                .map(|p| p.code)
                .collect()
        };
        assert_eq!(codes(None, &ticket, "acta"), [""; 0]);
        assert_eq!(codes(Some("A"), &day(None), "acta"), [""; 0]);
        assert_eq!(codes(Some("UP"), &day(Some(120)), "acta"), [""; 0]);
        assert_eq!(
            codes(Some("B"), &ticket, " "),
            ["UNKNOWN_LEVEL", "EVIDENCE_MISSING"]
        );
        assert_eq!(codes(Some("UP"), &ticket, "acta"), ["NOT_FROM_TICKETS"]);
        assert_eq!(codes(Some("CALLS"), &ticket, "acta"), ["NOT_FROM_TICKETS"]);
        assert_eq!(codes(Some("CALLS"), &day(None), "acta"), [""; 0]);
        assert_eq!(
            codes(Some("CALLS"), &day(Some(1)), "acta"),
            ["UNITS_UNEXPECTED"]
        );
        assert_eq!(codes(None, &day(None), "acta"), ["LEVEL_MISSING"]);
        assert_eq!(
            codes(Some("A"), &day(Some(1)), "acta"),
            ["UNITS_UNEXPECTED"]
        );
        assert_eq!(codes(Some("UP"), &day(None), "acta"), ["BAD_UNITS"]);
        let reversed = interval("2026-11-04T00:00:00Z", "2026-11-03T00:00:00Z", None);
        assert_eq!(codes(Some("A"), &reversed, "acta"), ["BAD_INTERVAL"]);
        // 03:00Z on the first is still October in Lima.
        let early = interval("2026-11-01T03:00:00Z", "2026-11-02T00:00:00Z", None);
        assert_eq!(codes(Some("A"), &early, "acta"), ["OUTSIDE_MONTH"]);
    }
}
