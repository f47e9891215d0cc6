//! Where it is read: every service's database through tenancy's own doors, as its login role and without the right to write.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use ids::{ProviderId, TenantId};
use sqlx::{Postgres, QueryBuilder};
use tenancy::{ServiceDb, TenancyError, TenantRow, Tx};
use uuid::Uuid;

use super::register::{Kind, Register, Scope};
use crate::platform::Name;
use crate::settings::Settings;

/// Those that know what people are called.
const NAMES: [Name; 2] = [Name::Directory, Name::Intake];

/// One service's database.
#[derive(Debug)]
pub struct Kept {
    /// Which.
    pub name: Name,
    /// The database.
    pub db: ServiceDb,
    /// What it holds of people.
    pub register: Register,
    /// Whether it was exposed. The others say what people are called.
    pub exposed: bool,
}

/// A provider.
#[derive(Debug, Clone, sqlx::FromRow)]
struct ProviderRow {
    id: Uuid,
    slug: String,
    name: String,
}

/// A provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its id.
    pub id: ProviderId,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// What somebody is called.
#[derive(Debug, Clone)]
pub struct Person {
    /// What sort of somebody.
    pub kind: Kind,
    /// The name; operators have none.
    pub name: Option<String>,
    /// Addresses, as they are held.
    pub reach: Option<String>,
}

/// The databases, and whom they are about.
#[derive(Debug)]
pub struct Held {
    /// The databases.
    pub services: Vec<Kept>,
    /// Every tenant, by slug.
    pub tenants: Vec<TenantRow>,
    /// Every provider, by slug.
    pub providers: Vec<Provider>,
}

impl Held {
    /// Connects to the databases of these services (to all if none is named), and to those that know names.
    ///
    /// # Errors
    /// A database that does not answer, or a register that cannot be read.
    pub async fn connect(settings: &Settings, exposed: &[Name]) -> anyhow::Result<Self> {
        let mut services = Vec::new();
        for name in Name::ALL {
            let exposed = exposed.is_empty() || exposed.contains(&name);
            if !exposed && !NAMES.contains(&name) {
                continue;
            }
            let mut db = settings.db();
            // Who only looks needs no owner.
            db.owner_url = None;
            let db = ServiceDb::connect(db, name.schema(), clock::system())
                .await
                .with_context(|| format!("database of {}", name.as_str()))?;
            let register = Register::read(name.personal_data())
                .with_context(|| format!("personal-data.toml of {}", name.as_str()))?;
            services.push(Kept {
                name,
                db,
                register,
                exposed,
            });
        }
        let mut held = Self {
            services,
            tenants: Vec::new(),
            providers: Vec::new(),
        };
        held.tenants = held.directory().db.tenants().await?;
        held.tenants.sort_by(|a, b| a.slug.cmp(&b.slug));
        let mut tx = held.directory().db.looking().begin_platform().await?;
        let rows: Vec<ProviderRow> =
            sqlx::query_as("SELECT id, slug, name FROM provider ORDER BY slug")
                .fetch_all(tx.conn())
                .await?;
        tx.commit().await?;
        held.providers = rows
            .into_iter()
            .map(|row| Provider {
                id: ProviderId::from_uuid(row.id),
                slug: row.slug,
                name: row.name,
            })
            .collect();
        Ok(held)
    }

    /// Directory's: it comes first in every list.
    pub fn directory(&self) -> &Kept {
        &self.services[0]
    }

    /// The tenants of a provider.
    pub fn tenants_of(&self, provider: ProviderId) -> Vec<TenantId> {
        let tenants = self.tenants.iter();
        tenants
            .filter(|t| t.provider == provider)
            .map(|t| t.id)
            .collect()
    }

    /// What the people of a tenant are called: its own, its machines, and its provider's staff.
    ///
    /// # Errors
    /// What a database says.
    pub async fn people_of(
        &self,
        tenant: &TenantRow,
        into: &mut HashMap<Uuid, Person>,
    ) -> anyhow::Result<()> {
        for kept in &self.services {
            let looking = kept.db.looking();
            if let Some(mut tx) = there(looking.begin_fact(tenant.id).await)? {
                cards(&mut tx, &kept.register, Scope::Tenant, into).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// What a provider's staff are called.
    ///
    /// # Errors
    /// What a database says.
    pub async fn staff_of(
        &self,
        provider: ProviderId,
        into: &mut HashMap<Uuid, Person>,
    ) -> anyhow::Result<()> {
        for kept in &self.services {
            let looking = kept.db.looking();
            if let Some(mut tx) = there(looking.begin_provider(provider, &[]).await)? {
                cards(&mut tx, &kept.register, Scope::Provider, into).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Who runs the platform.
    ///
    /// # Errors
    /// What a database says.
    pub async fn operators(&self, into: &mut HashMap<Uuid, Person>) -> anyhow::Result<()> {
        for kept in &self.services {
            let mut tx = kept.db.looking().begin_platform().await?;
            cards(&mut tx, &kept.register, Scope::Platform, into).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Nothing where a service has no part of a tenant or provider (yet).
///
/// # Errors
/// Everything else.
pub fn there<T>(begun: Result<T, TenancyError>) -> Result<Option<T>, TenancyError> {
    match begun {
        Ok(tx) => Ok(Some(tx)),
        Err(TenancyError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Debug, sqlx::FromRow)]
struct CardRow {
    id: Uuid,
    name: Option<String>,
    reach: Option<String>,
}

async fn cards(
    tx: &mut Tx,
    register: &Register,
    scope: Scope,
    into: &mut HashMap<Uuid, Person>,
) -> anyhow::Result<()> {
    for (table, of) in register.tables(scope) {
        let Some(card) = &of.card else { continue };
        let name = card.name.as_deref().unwrap_or("NULL");
        let reach = if card.reach.is_empty() {
            "NULL".to_owned()
        } else {
            format!("concat_ws(', ', {})", card.reach.join(", "))
        };
        // Names of the register: they are compiled in.
        let mut q = QueryBuilder::<Postgres>::new(format!(
            "SELECT {} AS id, ({name})::text AS name, ({reach})::text AS reach FROM {table} AS r",
            card.id
        ));
        let rows = q
            .build_query_as::<CardRow>()
            .persistent(false)
            .fetch_all(tx.conn())
            .await
            .with_context(|| table.to_owned())?;
        for row in rows {
            let person = Person {
                kind: card.kind,
                name: row.name,
                reach: row.reach.filter(|reach| !reach.is_empty()),
            };
            into.insert(row.id, person);
        }
    }
    Ok(())
}

/// The columns of the schema that a transaction is in, as (table, column). A partition is its parent's.
///
/// # Errors
/// What the database says.
pub async fn columns(tx: &mut Tx) -> anyhow::Result<BTreeSet<(String, String)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition \
           AND (c.relnamespace = to_regnamespace(current_schema()::text) \
             OR (current_schema() = 'platform' AND c.relnamespace = to_regnamespace('shared')))",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().collect())
}
