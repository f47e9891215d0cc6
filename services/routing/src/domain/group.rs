//! A resolver group: a team on a support line, with a speciality.

use events::words;
use ids::{GroupId, PersonId, TenantId};

use super::problem::{Outcome, Problem};

/// What a group is good at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Speciality {
    /// First contact.
    ServiceDesk,
    /// N2: operation of the systems.
    SystemsOperations,
    /// N3: delivered software.
    SoftwareFactory,
    /// N3: databases.
    Database,
    /// N3: operating systems and infrastructure, physical and virtual.
    OsInfrastructure,
    /// Whatever else.
    Other,
}

words!(Speciality:
    ServiceDesk = "service_desk", SystemsOperations = "systems_operations", SoftwareFactory = "software_factory",
    Database = "database", OsInfrastructure = "os_infrastructure", Other = "other");

/// The group that every provider is born with, and that a tenant's tickets go to until rules say otherwise.
pub const INTAKE_SEED: &str = "intake";
/// Its name.
pub const INTAKE_NAME: &str = "Mesa de servicio N1";

/// A resolver group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// Set for groups taken over from this client's former tool.
    pub tenant: Option<TenantId>,
    /// Its name.
    pub name: String,
    /// Support line, 1 to 3.
    pub line: i16,
    /// What it is good at.
    pub speciality: Speciality,
    /// Whether it may be given tickets.
    pub active: bool,
    /// Counts its changes.
    pub version: i32,
}

impl Group {
    /// Whether it may be given tickets of this tenant.
    pub fn takes_from(&self, tenant: TenantId) -> bool {
        self.active && self.tenant.is_none_or(|own| own == tenant)
    }
}

/// What a group is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupWish {
    /// Its name.
    pub name: String,
    /// Support line.
    pub line: i16,
    /// What it is good at.
    pub speciality: Speciality,
}

impl GroupWish {
    /// The wish with its name trimmed, or what is wrong with it.
    pub fn checked(mut self) -> Outcome<Self> {
        let mut problems = Vec::new();
        self.name = self.name.trim().into();
        if self.name.is_empty() || self.name.chars().count() > 120 {
            problems.push(Problem::at(
                "name",
                "INVALID_NAME",
                "El nombre debe tener entre 1 y 120 caracteres.",
            ));
        }
        if !(1..=3).contains(&self.line) {
            problems.push(Problem::at(
                "line",
                "INVALID_LINE",
                "La línea debe ser 1, 2 o 3.",
            ));
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }
}

/// A group with what decides whether somebody may hold one of its tickets.
#[derive(Debug, Clone)]
pub struct Team {
    /// The group.
    pub group: Group,
    /// Its members. An empty group is open to all staff of the tenant: a centre that has not set up its teams works
    /// from the first day.
    pub members: Vec<PersonId>,
}

impl Team {
    /// Whether the person may hold its tickets.
    pub fn admits(&self, person: PersonId) -> bool {
        self.members.is_empty() || self.members.contains(&person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_trimmed_or_told_all_that_is_wrong() {
        let wish = |name: &str, line| GroupWish {
            name: name.to_owned(),
            line,
            speciality: Speciality::Database,
        };
        assert_eq!(
            wish("  Bases de datos ", 3).checked().unwrap().name,
            "Bases de datos"
        );
        let codes: Vec<_> = wish(" ", 4)
            .checked()
            .unwrap_err()
            .iter()
            .map(|p| p.code)
            .collect();
        assert_eq!(codes, ["INVALID_NAME", "INVALID_LINE"]);
    }
}
