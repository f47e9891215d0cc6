//! A provider's staff, and whom they work for.

use access::Role;
use chrono::{DateTime, Utc};
use ids::{PersonId, TenantId};
use serde::Serialize;

use super::email::Email;
use super::problem::{Outcome, Reading};
use super::{password, roles, words};

/// One of a provider's staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub id: PersonId,
    /// Full name.
    pub name: String,
    /// As it was written.
    pub email: String,
    /// BCP 47.
    pub locale: String,
    /// Whether the person may sign in.
    pub active: bool,
}

/// What somebody wants a new member to be.
#[derive(Debug, Clone, Serialize)]
pub struct Wish {
    /// Full name.
    pub name: String,
    /// Unique with the provider.
    pub email: String,
    /// BCP 47; Spanish when absent.
    pub locale: Option<String>,
    /// To begin with. Never part of a kept hash.
    #[serde(skip)]
    pub password: Option<String>,
}

/// A wish that was read.
#[derive(Debug, Clone)]
pub struct New {
    /// Full name.
    pub name: String,
    /// The address.
    pub email: Email,
    /// BCP 47.
    pub locale: String,
}

impl Wish {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self) -> Outcome<New> {
        let mut reading = Reading::default();
        let name = reading.take(words::name("name", &self.name));
        let email = reading.take(Email::read(&self.email));
        let locale = reading.take(words::locale(self.locale.as_deref().unwrap_or("es")));
        if let (Some(password), Some(email)) = (&self.password, &email) {
            reading.take(password::check("password", password, email));
        }
        let new = (|| {
            Some(New {
                name: name?,
                email: email?,
                locale: locale?,
            })
        })();
        reading.done(new)
    }
}

/// A member and a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The member.
    pub person: PersonId,
    /// The tenant.
    pub tenant: TenantId,
    /// None once it ended.
    pub roles: Vec<Role>,
    /// Of the facts about it.
    pub sequence: i64,
    /// Since when, without interruption.
    pub since: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Assignment {
    /// The next state of an assignment, or none if it is so already. `before` is absent for a first one.
    pub fn next(
        before: Option<&Self>,
        person: PersonId,
        tenant: TenantId,
        roles: &[Role],
        now: DateTime<Utc>,
    ) -> Option<Self> {
        if before.map_or(&[][..], |b| &b.roles) == roles {
            return None;
        }
        let running = before.filter(|b| b.ended_at.is_none());
        Some(Self {
            person,
            tenant,
            roles: roles.to_vec(),
            sequence: before.map_or(0, |b| b.sequence) + 1,
            since: running.map_or(now, |b| b.since),
            ended_at: roles.is_empty().then_some(now),
        })
    }
}

/// Reads the roles of an assignment wished by a caller with `own` roles; `None` is the operator, who may give all.
///
/// # Errors
/// A problem with `roles`.
pub fn read_roles(wanted: Vec<Role>, own: Option<&[Role]>) -> Outcome<Vec<Role>> {
    roles::read(wanted, Role::is_staff)
        .and_then(|r| {
            own.map_or(Ok(()), |own| roles::check_giving(own, &r))
                .map(|()| r)
        })
        .map_err(|problem| vec![problem])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_counts_its_facts_and_comes_back() {
        let ids = ids::seeded(1);
        let (person, tenant) = (PersonId::new(&*ids), TenantId::new(&*ids));
        let monday: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        let tuesday: DateTime<Utc> = "2026-11-24T09:00:00Z".parse().unwrap();
        let next = |before, roles: &[Role], at| Assignment::next(before, person, tenant, roles, at);

        assert_eq!(next(None, &[], monday), None, "nothing to end");
        let first = next(None, &[Role::Agent], monday).unwrap();
        assert_eq!((first.sequence, first.since), (1, monday));
        assert_eq!(
            next(Some(&first), &[Role::Agent], tuesday),
            None,
            "already so"
        );
        let more = next(Some(&first), &[Role::Agent, Role::Coordinator], tuesday).unwrap();
        assert_eq!((more.sequence, more.since), (2, monday));
        let ended = next(Some(&more), &[], tuesday).unwrap();
        assert_eq!((ended.sequence, ended.ended_at), (3, Some(tuesday)));
        assert_eq!(next(Some(&ended), &[], tuesday), None);
        let back = next(Some(&ended), &[Role::Agent], tuesday).unwrap();
        assert_eq!(
            (back.sequence, back.since, back.ended_at),
            (4, tuesday, None)
        );
    }
}
