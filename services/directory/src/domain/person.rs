//! A person of a tenant.

use access::Role;
use ids::{PersonId, SiteId};
use serde::Serialize;

use super::email::Email;
use super::password;
use super::problem::{Outcome, Problem, Reading};
use super::{roles, words};

/// A person as directory keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The person.
    pub id: PersonId,
    /// Sequence of the facts about the person.
    pub version: i64,
    /// Full name.
    pub name: String,
    /// As it was written.
    pub email: String,
    /// With this tenant.
    pub roles: Vec<Role>,
    /// BCP 47.
    pub locale: String,
    /// ISO 3166-1 alpha-2 of where the person works.
    pub country: Option<String>,
    /// Site at which the person works.
    pub site: Option<SiteId>,
    /// Gets special care.
    pub vip: bool,
    /// Whether the person may sign in.
    pub active: bool,
}

/// What somebody wants a new person to be.
#[derive(Debug, Clone, Serialize)]
pub struct Wish {
    /// Full name.
    pub name: String,
    /// Unique in the tenant.
    pub email: String,
    /// Requester, application owner, tenant administrator.
    pub roles: Vec<Role>,
    /// The tenant's when absent.
    pub locale: Option<String>,
    /// Of work.
    pub country: Option<String>,
    /// Of work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Gets special care.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub vip: bool,
    /// To begin with; without one the person cannot sign in yet. Never part of a kept hash.
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
    /// At least one.
    pub roles: Vec<Role>,
    /// BCP 47.
    pub locale: String,
    /// Of work.
    pub country: Option<String>,
    /// Of work.
    pub site: Option<SiteId>,
    /// Gets special care.
    pub vip: bool,
}

impl Wish {
    /// Reads it for a caller who holds `own` roles.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self, own: &[Role], default_locale: &str) -> Outcome<New> {
        let mut reading = Reading::default();
        let name = reading.take(words::name("name", &self.name));
        let email = reading.take(Email::read(&self.email));
        let roles = reading.take(
            roles::read(self.roles.clone(), |r| roles::OF_PEOPLE.contains(&r))
                .and_then(|r| roles::check_giving(own, &r).map(|()| r)),
        );
        let locale = reading.take(words::locale(
            self.locale.as_deref().unwrap_or(default_locale),
        ));
        let country = reading.maybe(self.country.as_deref().map(words::country));
        if let (Some(password), Some(email)) = (&self.password, &email) {
            reading.take(password::check("password", password, email));
        }
        let new = (|| {
            Some(New {
                name: name?,
                email: email?,
                roles: roles?,
                locale: locale?,
                country,
                site: self.site,
                vip: self.vip,
            })
        })();
        reading.done(new)
    }
}

/// What somebody wants to change; absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Full name.
    pub name: Option<String>,
    /// Unique in the tenant.
    pub email: Option<String>,
    /// All of them.
    pub roles: Option<Vec<Role>>,
    /// BCP 47.
    pub locale: Option<String>,
    /// Of work; `Some(None)` forgets it.
    pub country: Option<Option<String>>,
    /// Of work; `Some(None)` leaves it.
    pub site: Option<Option<SiteId>>,
    /// Special care from now on, or no longer.
    pub vip: Option<bool>,
    /// Back in service, or out of it.
    pub active: Option<bool>,
    /// A new one, given by an administrator.
    pub password: Option<String>,
    /// The version that the caller saw.
    pub version: Option<i64>,
}

/// What became of a change.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The person as it is now; the version goes up by one when anything is different.
    pub person: Person,
    /// The address as it is now.
    pub email: Email,
    /// Whether anything but the password is different.
    pub different: bool,
}

impl Person {
    /// Applies a change wished by a caller with `own` roles; `oneself` if the person is that caller.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn change(&self, change: &Change, own: &[Role], oneself: bool) -> Outcome<Changed> {
        if change.version.is_some_and(|seen| seen != self.version) {
            return Err(vec![Problem::stale(self.version)]);
        }
        let mut reading = Reading::default();
        let mut person = self.clone();
        if !oneself {
            reading.take(roles::check_giving(own, &self.roles));
        }
        if let Some(name) = reading.maybe(change.name.as_deref().map(|n| words::name("name", n))) {
            person.name = name;
        }
        if let Some(wanted) = &change.roles {
            let read = roles::read(wanted.clone(), |r| roles::OF_PEOPLE.contains(&r))
                .and_then(|r| roles::check_giving(own, &r).map(|()| r));
            if let Some(roles) = reading.take(read) {
                person.roles = roles;
            }
        }
        if let Some(locale) = reading.maybe(change.locale.as_deref().map(words::locale)) {
            person.locale = locale;
        }
        if let Some(country) = &change.country {
            person.country = reading.maybe(country.as_deref().map(words::country));
        }
        if let Some(site) = change.site {
            person.site = site;
        }
        if let Some(vip) = change.vip {
            person.vip = vip;
        }
        if let Some(active) = change.active {
            if oneself && !active {
                let message = "Nadie se da de baja a sí mismo; pídalo a otra persona.";
                reading.take::<()>(Err(Problem::at("active", "ONESELF", message)));
            }
            person.active = active;
        }
        if oneself && change.password.is_some() {
            let message = "La contraseña propia se cambia con setPassword, dando la actual.";
            reading.take::<()>(Err(Problem::at("password", "ONESELF", message)));
        }
        let email = reading.take(Email::read(change.email.as_deref().unwrap_or(&self.email)));
        if let (Some(password), Some(email)) = (&change.password, &email) {
            reading.take(password::check("password", password, email));
        }
        if let Some(email) = &email {
            email.as_str().clone_into(&mut person.email);
        }
        let different = person != *self;
        if different {
            person.version += 1;
        }
        reading.done(email.map(|email| Changed {
            person,
            email,
            different,
        }))
    }
}

/// The site is none of the tenant's.
pub fn site_unknown() -> Problem {
    Problem::at("site", "SITE_UNKNOWN", "La sede no existe.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ana() -> Person {
        Person {
            id: PersonId::new(&*ids::seeded(1)),
            version: 3,
            name: "Ana".to_owned(),
            email: "ana@x.pe".to_owned(),
            roles: vec![Role::TenantAdmin],
            locale: "es-PE".to_owned(),
            country: Some("PE".to_owned()),
            site: None,
            vip: false,
            active: true,
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_no_fact() {
        let same = Change {
            name: Some(" Ana ".to_owned()),
            ..Change::default()
        };
        let done = ana().change(&same, &[Role::TenantAdmin], false).unwrap();
        assert!(!done.different);
        assert_eq!(done.person.version, 3);
    }

    #[test]
    fn the_version_that_was_seen_must_be_the_last() {
        let late = Change {
            version: Some(2),
            ..Change::default()
        };
        let problems = ana()
            .change(&late, &[Role::TenantAdmin], false)
            .unwrap_err();
        assert_eq!(problems[0].code, "STALE");
    }

    #[test]
    fn a_coordinator_does_not_set_an_administrators_password() {
        let reset = Change {
            password: Some("tres perros azules".to_owned()),
            ..Change::default()
        };
        let problems = ana()
            .change(&reset, &[Role::Coordinator], false)
            .unwrap_err();
        assert_eq!(problems[0].code, "ROLE_TOO_HIGH");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let wish = Wish {
            name: String::new(),
            email: "nadie".to_owned(),
            roles: vec![],
            locale: Some("castellano".to_owned()),
            country: Some("Perú".to_owned()),
            site: None,
            vip: false,
            password: None,
        };
        let codes: Vec<&str> = wish
            .read(&[Role::TenantAdmin], "es-PE")
            .unwrap_err()
            .iter()
            .map(|p| p.code)
            .collect();
        assert_eq!(
            codes,
            [
                "NAME_INVALID",
                "EMAIL_INVALID",
                "ROLES_EMPTY",
                "LOCALE_INVALID",
                "COUNTRY_INVALID"
            ]
        );
    }
}
