//! Providers, tenants and their life cycle: provisioning, ready, suspended.

use chrono::{DateTime, Utc};
use ids::{ProviderId, TenantId};

use super::problem::{Outcome, Problem, Reading};
use super::words;

/// A tenant is ready when each of these has made its part.
pub const PARTS: [&str; 5] = ["intake", "routing", "sla-clock", "knowledge", "reporting"];

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Services are making their parts.
    Provisioning,
    /// Every part stands.
    Ready,
    /// Its callers are refused.
    Suspended,
}

impl State {
    /// As the database has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Ready => "ready",
            Self::Suspended => "suspended",
        }
    }

    /// From the database.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Provisioning, Self::Ready, Self::Suspended]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Never changes.
    pub id: ProviderId,
    /// In URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Never changes.
    pub id: TenantId,
    /// Never changes.
    pub provider: ProviderId,
    /// In URLs; may change.
    pub slug: String,
    /// The client company.
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// IANA.
    pub time_zone: String,
    /// Where it stands.
    pub state: State,
    /// Of the facts about it; 0 until it is announced.
    pub sequence: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// What somebody wants a new tenant to be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// In URLs.
    pub slug: String,
    /// The client company.
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// IANA.
    pub time_zone: String,
}

impl Wish {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self, id: TenantId, provider: ProviderId, now: DateTime<Utc>) -> Outcome<Tenant> {
        let mut reading = Reading::default();
        let slug = reading.take(words::slug(&self.slug));
        let name = reading.take(words::name("name", &self.name));
        let locale = reading.take(words::locale(&self.locale));
        let time_zone = reading.take(words::time_zone(&self.time_zone));
        let tenant = (|| {
            Some(Tenant {
                id,
                provider,
                slug: slug?,
                name: name?,
                locale: locale?,
                time_zone: time_zone?,
                state: State::Provisioning,
                sequence: 0,
                created_at: now,
            })
        })();
        reading.done(tenant)
    }
}

/// What somebody wants to change; absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// In URLs.
    pub slug: Option<String>,
    /// The client company.
    pub name: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
}

impl Tenant {
    /// The tenant suspended; none if it is so already.
    ///
    /// # Errors
    /// One that is being made cannot be suspended: its services are still to be told that it exists.
    pub fn suspend(&self) -> Outcome<Option<Self>> {
        match self.state {
            State::Suspended => Ok(None),
            State::Ready => Ok(Some(self.moved(State::Suspended))),
            State::Provisioning => Err(vec![Problem::of(
                "TENANT_NOT_READY",
                "El cliente todavía se está preparando; intente de nuevo en unos segundos.",
            )]),
        }
    }

    /// The tenant in service again; none if it is not suspended.
    pub fn resume(&self) -> Option<Self> {
        (self.state == State::Suspended).then(|| self.moved(State::Ready))
    }

    fn moved(&self, state: State) -> Self {
        Self {
            state,
            sequence: self.sequence + 1,
            ..self.clone()
        }
    }

    /// Applies a change; none if nothing is different.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn rename(&self, change: &Change) -> Outcome<Option<Self>> {
        let mut reading = Reading::default();
        let mut next = self.clone();
        // A slug that stays need not pass today's rules.
        let slug = change.slug.as_deref().filter(|s| *s != self.slug);
        if let Some(slug) = reading.maybe(slug.map(words::slug)) {
            next.slug = slug;
        }
        if let Some(name) = reading.maybe(change.name.as_deref().map(|n| words::name("name", n))) {
            next.name = name;
        }
        if let Some(locale) = reading.maybe(change.locale.as_deref().map(words::locale)) {
            next.locale = locale;
        }
        if let Some(zone) = reading.maybe(change.time_zone.as_deref().map(words::time_zone)) {
            next.time_zone = zone;
        }
        let different = next != *self;
        next.sequence += 1;
        reading.done(Some(different.then_some(next)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(state: State) -> Tenant {
        let ids = ids::seeded(1);
        Tenant {
            id: TenantId::new(&*ids),
            provider: ProviderId::new(&*ids),
            slug: "banco-sur".to_owned(),
            name: "Banco Sur".to_owned(),
            locale: "es-PE".to_owned(),
            time_zone: "America/Lima".to_owned(),
            state,
            sequence: 1,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn already_so_is_a_value() {
        assert_eq!(tenant(State::Suspended).suspend(), Ok(None));
        assert_eq!(tenant(State::Ready).resume(), None);
        assert_eq!(tenant(State::Ready).rename(&Change::default()), Ok(None));
    }

    #[test]
    fn each_move_is_one_fact() {
        let suspended = tenant(State::Ready).suspend().unwrap().unwrap();
        assert_eq!((suspended.state, suspended.sequence), (State::Suspended, 2));
        let back = suspended.resume().unwrap();
        assert_eq!((back.state, back.sequence), (State::Ready, 3));
        assert!(tenant(State::Provisioning).suspend().is_err());
    }
}
