//! What was exposed: everything, or what one account sees. Roles and permissions are the graph's own (`libs/access`).

use access::{Caller, CallerKind, Permission, Role, TenantGrant};
use anyhow::ensure;
use chrono::{DateTime, Utc};
use ids::{ApiKeyId, GlobalId, PersonId, ProviderId, TenantId};
use uuid::Uuid;

use super::held::Held;

/// What was exposed.
#[derive(Debug)]
pub enum Sight {
    /// Every row: a database, a backup.
    Everything,
    /// What an account sees.
    Account(Box<Account>),
}

/// An account that somebody else used.
#[derive(Debug)]
pub struct Account {
    /// What it is called, for the heading.
    pub name: String,
    /// As the graph would know it.
    pub caller: Caller,
}

impl Account {
    /// The person, or the key worn as one.
    pub const fn person(&self) -> Uuid {
        self.caller.person.uuid()
    }

    /// Whether it sees the provider's whole staff, with addresses.
    pub fn sees_all_staff(&self) -> bool {
        self.caller.kind == CallerKind::Operator || self.may(None, Permission::ManageStaff)
    }

    /// Whether it may do this with the tenant, or with any.
    pub fn may(&self, tenant: Option<TenantId>, permission: Permission) -> bool {
        if let Some(tenant) = tenant {
            return self.caller.may(tenant, permission);
        }
        let mut tenants = self.caller.tenants.iter();
        tenants.any(|grant| self.caller.may(grant.id, permission))
    }
}

fn account(
    name: String,
    kind: CallerKind,
    person: Uuid,
    provider: Option<ProviderId>,
    tenants: Vec<TenantGrant>,
) -> Account {
    Account {
        name,
        caller: Caller {
            kind,
            person: PersonId::from_uuid(person),
            provider,
            tenants,
            chosen: None,
        },
    }
}

fn roles(words: &[String]) -> Vec<Role> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

/// The accounts of a person, by id or address, and what has to be said about them. One address may have several.
pub async fn of_person(
    held: &Held,
    wanted: &str,
    since: Option<DateTime<Utc>>,
) -> anyhow::Result<(Vec<Account>, Vec<String>)> {
    let global = wanted.parse::<GlobalId<PersonId>>().map(|g| g.id);
    let id: Option<Uuid> = global
        .or_else(|_| wanted.parse::<PersonId>())
        .ok()
        .map(PersonId::uuid);
    let key = wanted.trim().to_lowercase();
    ensure!(
        id.is_some() || key.contains('@'),
        "--person: un id (per_…) o una dirección de correo"
    );
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    let looking = held.directory().db.looking();
    for tenant in &held.tenants {
        let mut tx = looking.begin_fact(tenant.id).await?;
        let rows: Vec<(Uuid, String, Vec<String>)> =
            sqlx::query_as("SELECT id, name, roles FROM person WHERE id = $1 OR email_key = $2")
                .bind(id)
                .bind(&key)
                .fetch_all(tx.conn())
                .await?;
        tx.commit().await?;
        for (person, name, words) in rows {
            let grant = TenantGrant {
                id: tenant.id,
                roles: roles(&words),
            };
            found.push(account(
                format!("{name} ({})", tenant.slug),
                CallerKind::Person,
                person,
                Some(tenant.provider),
                vec![grant],
            ));
        }
    }
    for provider in &held.providers {
        let mut tx = looking
            .begin_provider(provider.id, &held.tenants_of(provider.id))
            .await?;
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, name FROM staff WHERE id = $1 OR email_key = $2")
                .bind(id)
                .bind(&key)
                .fetch_all(tx.conn())
                .await?;
        for (person, name) in rows {
            let assigned: Vec<(Uuid, Vec<String>, Option<DateTime<Utc>>)> = sqlx::query_as(
                "SELECT tenant, roles, ended_at FROM assignment WHERE person = $1 ORDER BY tenant",
            )
            .bind(person)
            .fetch_all(tx.conn())
            .await?;
            let mut grants = Vec::new();
            for (tenant, words, ended) in assigned {
                // An assignment that ended has lost its roles: whoever acted first and looked afterwards must not be told less.
                let ended_meanwhile = ended.zip(since).is_some_and(|(end, since)| end >= since);
                let roles: Vec<Role> = if ended_meanwhile {
                    Role::ALL.into_iter().filter(|r| r.is_staff()).collect()
                } else {
                    roles(&words)
                };
                if ended_meanwhile {
                    notes.push(format!(
                        "{name}: una asignación terminó después de --since; sus roles ya no constan y se cuentan todos."
                    ));
                }
                if !roles.is_empty() {
                    grants.push(TenantGrant {
                        id: TenantId::from_uuid(tenant),
                        roles,
                    });
                }
            }
            found.push(account(
                format!("{name} ({})", provider.slug),
                CallerKind::Staff,
                person,
                Some(provider.id),
                grants,
            ));
        }
        tx.commit().await?;
    }
    let mut tx = looking.begin_platform().await?;
    let operators: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM operator WHERE id = $1")
        .bind(id)
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    for person in operators {
        let name = format!("operador {}", PersonId::from_uuid(person));
        found.push(account(
            name,
            CallerKind::Operator,
            person,
            None,
            Vec::new(),
        ));
    }
    ensure!(
        !found.is_empty(),
        "nadie con ese id o esa dirección; a quien opera la plataforma se le busca por su id"
    );
    Ok((found, notes))
}

/// The accounts of an API key, by its id or the beginning that is shown of it.
pub async fn of_key(held: &Held, wanted: &str) -> anyhow::Result<Vec<Account>> {
    // `vk_` and eight characters, as directory shows them. A whole key has no place in a command line.
    ensure!(
        !wanted.starts_with("vk_") || wanted.len() == 11,
        "--api-key: de la clave, solo `vk_` y los ocho caracteres que siguen; o su id (key_…)"
    );
    let global = wanted.parse::<GlobalId<ApiKeyId>>().map(|g| g.id);
    let id: Option<Uuid> = global
        .or_else(|_| wanted.parse::<ApiKeyId>())
        .ok()
        .map(ApiKeyId::uuid);
    let mut found = Vec::new();
    for tenant in &held.tenants {
        let mut tx = held.directory().db.looking().begin_fact(tenant.id).await?;
        let rows: Vec<(Uuid, String, Vec<String>)> =
            sqlx::query_as("SELECT id, name, roles FROM api_key WHERE id = $1 OR prefix = $2")
                .bind(id)
                .bind(wanted)
                .fetch_all(tx.conn())
                .await?;
        tx.commit().await?;
        for (key, name, words) in rows {
            let grant = TenantGrant {
                id: tenant.id,
                roles: roles(&words),
            };
            found.push(account(
                format!("{name} ({})", tenant.slug),
                CallerKind::Machine,
                key,
                Some(tenant.provider),
                vec![grant],
            ));
        }
    }
    ensure!(!found.is_empty(), "ninguna clave con ese id o ese comienzo");
    Ok(found)
}
