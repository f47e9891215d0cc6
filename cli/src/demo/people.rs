//! The people of the demo, and of tenants that tests and measurements create with `--demo-people`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use access::Role;
use anyhow::Context as _;
use ids::{GlobalId, PersonId, ProviderId, TenantId};
use serde_json::{Value, json};
use subgraph::Service;

use super::cast::{Client, OPERATOR, PEOPLE, STAFF};
use super::{Actor, PASSWORD};
use crate::operator;
use crate::platform::{Name, Platform};
use crate::tenant::check;

/// Makes sure that somebody can sign in as the operator.
pub async fn ensure_operator(platform: &Platform) -> anyhow::Result<()> {
    let deps = platform.deps(Name::Directory).await?;
    directory::app::ensure_operator(&deps, OPERATOR, PASSWORD).await?;
    Ok(())
}

/// The provider's staff by local part, registered where they are new.
pub async fn ensure_staff(
    directory: &Service,
    platform: &Platform,
    provider: &str,
) -> anyhow::Result<HashMap<String, String>> {
    let q = "query($p: ID!) { staff(provider: $p, first: 100) { nodes { id email } } }";
    let known = operator::ask(
        directory,
        operator::caller(&platform.ids),
        q,
        json!({"p": provider}),
    )
    .await?;
    let mut all: HashMap<String, String> = known["staff"]["nodes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|s| {
            Some((
                s["email"].as_str()?.to_owned(),
                s["id"].as_str()?.to_owned(),
            ))
        })
        .collect();
    for (local, name, _, _) in STAFF {
        let email = format!("{local}@soporte-sur.example");
        if let Entry::Vacant(vacant) = all.entry(email) {
            let id = register_staff(directory, platform, provider, name, vacant.key()).await?;
            vacant.insert(id);
        }
    }
    Ok(all)
}

async fn register_staff(
    directory: &Service,
    platform: &Platform,
    provider: &str,
    name: &str,
    email: &str,
) -> anyhow::Result<String> {
    let q = "mutation($p: ID!, $name: String!, $email: String!, $password: String!) { registerStaff(input: {provider: $p, \
             name: $name, email: $email, locale: \"es-PE\", password: $password}) { staff { id } problems { code message } } }";
    let variables = json!({"p": provider, "name": name, "email": email, "password": PASSWORD});
    let data = operator::ask(directory, operator::caller(&platform.ids), q, variables).await?;
    let payload = check(&data["registerStaff"])?;
    payload["staff"]["id"]
        .as_str()
        .map(str::to_owned)
        .context("no staff came back")
}

/// A caller with everything that a service manager of this tenant may do: the one who sets a tenant up.
pub fn manager(platform: &Platform, provider: &str, tenant: &str) -> anyhow::Result<Actor> {
    let (provider, tenant) = (provider.parse::<ProviderId>()?, tenant.parse::<TenantId>()?);
    Actor::staff(
        provider,
        tenant,
        &PersonId::new(&*platform.ids).to_string(),
        Role::ServiceManager,
    )
}

/// Gives a member of the staff a role with a tenant.
pub async fn assign(
    directory: &Service,
    manager: &Actor,
    staff: &str,
    tenant: &str,
    role: Role,
) -> anyhow::Result<()> {
    let q = "mutation($s: ID!, $t: ID!, $r: [Role!]!) { assignStaff(input: {staff: $s, tenant: $t, roles: $r}) { problems { code message } } }";
    let role = role.as_str().to_ascii_uppercase();
    let data = manager
        .ask(directory, q, json!({"s": staff, "t": tenant, "r": [role]}))
        .await?;
    check(&data["assignStaff"]).map(drop)
}

/// Registers a person of a tenant and returns the global id.
pub async fn register(
    directory: &Service,
    manager: &Actor,
    name: &str,
    email: &str,
    role: &str,
    country: &str,
) -> anyhow::Result<String> {
    let q = "mutation($name: String!, $email: String!, $roles: [Role!]!, $country: String, $password: String!) { \
             registerPerson(input: {name: $name, email: $email, roles: $roles, country: $country, password: $password}) { \
             person { id } problems { code message } } }";
    let variables = json!({"name": name, "email": email, "roles": [role.to_ascii_uppercase()], "country": country, "password": PASSWORD});
    let data = manager.ask(directory, q, variables).await?;
    let payload = check(&data["registerPerson"])?;
    payload["person"]["id"]
        .as_str()
        .map(str::to_owned)
        .context("no person came back")
}

/// The people of a client, in the order of [`PEOPLE`], registered where they are new.
pub async fn of_client(
    directory: &Service,
    manager: &Actor,
    client: &Client,
) -> anyhow::Result<Vec<String>> {
    let q = "{ people(first: 100) { nodes { id email } } }";
    let known = manager.ask(directory, q, json!({})).await?;
    let known = known["people"]["nodes"].as_array();
    let mut all = Vec::new();
    for (local, name, role) in PEOPLE {
        let email = format!("{local}@{}", client.domain);
        let there = known.into_iter().flatten().find(|p| p["email"] == *email);
        all.push(match there.and_then(|p| p["id"].as_str()) {
            Some(id) => id.to_owned(),
            None => register(directory, manager, name, &email, role, client.country).await?,
        });
    }
    Ok(all)
}

/// One person and one member of the staff for each role, so that `ventanilla token` finds somebody.
pub async fn staff_a_tenant(
    platform: &Platform,
    directory: &Service,
    provider: &str,
    tenant: &str,
    slug: &str,
) -> anyhow::Result<()> {
    let manager = manager(platform, provider, tenant)?;
    for role in [Role::Requester, Role::ApplicationOwner, Role::TenantAdmin] {
        let email = format!("{}@{slug}.example", role.as_str().replace('_', "-"));
        register(
            directory,
            &manager,
            &format!("Persona {role}"),
            &email,
            role.as_str(),
            "PE",
        )
        .await?;
    }
    for role in [
        Role::Agent,
        Role::InventoryManager,
        Role::Coordinator,
        Role::QualityManager,
        Role::ServiceManager,
    ] {
        let email = format!("{}.{slug}@soporte.example", role.as_str().replace('_', "-"));
        let staff = register_staff(
            directory,
            platform,
            provider,
            &format!("Soporte {role}"),
            &email,
        )
        .await?;
        assign(directory, &manager, &staff, tenant, role).await?;
    }
    Ok(())
}

/// One requester and one agent, who cannot sign in: for many tenants at once, as hashing a password takes longer than all the
/// rest of a person. Those who are there stay as they are.
pub async fn two_of_a_tenant(
    directory: &Service,
    provider: &str,
    tenant: &str,
    slug: &str,
) -> anyhow::Result<()> {
    let id = tenant.parse::<TenantId>()?;
    // The same caller every time: what was answered before is remembered under it, also half way through.
    let who = PersonId::from_uuid(id.uuid()).to_string();
    let manager = Actor::staff(provider.parse()?, id, &who, Role::ServiceManager)?;
    let q = "mutation($name: String!, $email: String!, $key: String!) { registerPerson(input: {name: $name, email: $email, \
             roles: [REQUESTER], idempotencyKey: $key}) { person { id } problems { code message } } }";
    let email = format!("requester@{slug}.example");
    let variables = json!({"name": "Persona requester", "email": email, "key": "demo-requester"});
    let data = manager.ask(directory, q, variables).await?;
    unless_there(&data["registerPerson"])?;
    let q = "mutation($name: String!, $email: String!, $key: String!) { registerStaff(input: {name: $name, email: $email, \
             locale: \"es-PE\", idempotencyKey: $key}) { staff { id } problems { code message } } }";
    let email = format!("agent.{slug}@soporte.example");
    let variables = json!({"name": "Soporte agent", "email": email, "key": "demo-agent"});
    let data = manager.ask(directory, q, variables).await?;
    if unless_there(&data["registerStaff"])? {
        let staff = data["registerStaff"]["staff"]["id"].as_str();
        let staff = staff.context("no staff came back")?;
        assign(directory, &manager, staff, tenant, Role::Agent).await?;
    }
    Ok(())
}

/// Checks a payload; false if somebody has the address already.
fn unless_there(payload: &Value) -> anyhow::Result<bool> {
    let problems = payload["problems"].as_array();
    if problems.is_some_and(|all| all.iter().any(|p| p["code"] == "EMAIL_TAKEN")) {
        return Ok(false);
    }
    check(payload).map(|_| true)
}

/// A global id under `tenant` for a plain `per_…`.
pub fn global(tenant: &str, person: &str) -> anyhow::Result<String> {
    Ok(GlobalId::new(tenant.parse::<TenantId>()?, person.parse::<PersonId>()?).to_string())
}
