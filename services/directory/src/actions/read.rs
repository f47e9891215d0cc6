//! What may be looked at, and by whom.

use std::collections::HashMap;

use access::{Caller, CallerKind, Permission, Refusal};
use ids::{ApplicationId, PersonId, ProviderId, SiteId, TenantId, VendorId};

use super::Directory;
use crate::domain::api_key::ApiKey;
use crate::domain::application::Application;
use crate::domain::person::Person;
use crate::domain::site::Site;
use crate::domain::staff::{Assignment, Member};
use crate::domain::tenant::{Provider, Tenant};
use crate::domain::vendor::Vendor;
use crate::error::Error;
pub use crate::store::people::Wanted;
use crate::store::{
    api_keys, applications, assignments, people, providers, references, sites, staff, tenants,
    vendors,
};

/// Somebody, as seen from a tenant.
#[derive(Debug, Clone)]
pub enum Seen {
    /// One of the tenant's own people.
    Own(Person),
    /// One of the provider's staff who works, or worked, for the tenant.
    Staff(Member),
    /// A machine of the tenant, worn as a person in timelines.
    Machine(ApiKey),
}

/// A provider by its slug; the operator alone looks for providers.
pub async fn provider(
    directory: &Directory,
    caller: &Caller,
    slug: &str,
) -> Result<Option<Provider>, Error> {
    caller.require_operator()?;
    let mut tx = directory.db.begin_platform().await?;
    let found = providers::by_slug(&mut tx, slug).await?;
    tx.commit().await?;
    Ok(found)
}

/// Whether the caller has to do with the tenant.
fn sees(caller: &Caller, tenant: TenantId) -> bool {
    caller.kind == CallerKind::Operator || caller.tenants.iter().any(|t| t.id == tenant)
}

/// Those of `wanted` that there are and that the caller has to do with.
pub async fn tenants_by_id(
    directory: &Directory,
    caller: &Caller,
    wanted: &[TenantId],
) -> Result<HashMap<TenantId, Tenant>, Error> {
    let mine: Vec<TenantId> = wanted
        .iter()
        .copied()
        .filter(|t| sees(caller, *t))
        .collect();
    if mine.is_empty() {
        return Ok(HashMap::new());
    }
    let mut tx = directory.db.begin_platform().await?;
    let found = tenants::by_ids(&mut tx, &mine).await?;
    tx.commit().await?;
    Ok(found.into_iter().map(|t| (t.id, t)).collect())
}

/// A tenant by its slug, present or former.
pub async fn tenant_by_slug(
    directory: &Directory,
    caller: &Caller,
    slug: &str,
) -> Result<Option<Tenant>, Error> {
    let mut tx = directory.db.begin_platform().await?;
    let id = tenants::id_of_slug(&mut tx, slug).await?;
    tx.commit().await?;
    match id {
        Some(id) => Ok(tenants_by_id(directory, caller, &[id]).await?.remove(&id)),
        None => Ok(None),
    }
}

/// Tenants by slug: all for the operator, one's own for everybody else.
pub async fn tenants_page(
    directory: &Directory,
    caller: &Caller,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Tenant>, Error> {
    let own: Vec<TenantId> = caller.tenants.iter().map(|t| t.id).collect();
    let among = (caller.kind != CallerKind::Operator).then_some(own.as_slice());
    let mut tx = directory.db.begin_platform().await?;
    let page = tenants::page(&mut tx, among, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// People of a tenant by name.
pub async fn people_page(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
    wanted: &Wanted,
) -> Result<Vec<Person>, Error> {
    caller.require(tenant, Permission::ReadPeople)?;
    let mut tx = directory.db.begin(tenant).await?;
    let page = people::page(&mut tx, wanted).await?;
    tx.commit().await?;
    Ok(page)
}

/// What references to a tenant's people and applications lead to.
#[derive(Debug, Default)]
pub struct Referred {
    /// People, machines and staff.
    pub people: HashMap<PersonId, Seen>,
    /// Applications.
    pub applications: HashMap<ApplicationId, Application>,
}

fn missing(seen: &HashMap<PersonId, Seen>, people: &[PersonId]) -> Vec<PersonId> {
    let missing = people.iter().filter(|p| !seen.contains_key(p));
    missing.copied().collect()
}

/// Those of `people` that the tenant knows (its people, its machines, and the provider's staff who work or worked for it) and those
/// of its `applications` that there are: in one statement for the tenant's own, and in one for the staff, who stand in their provider's
/// schema, which no role of the tenant's can read, unless they are remembered ([`super::colleagues`]). Whoever belongs to the
/// tenant and holds a person's id may know whose it is; applications are for those who may see them.
pub async fn referred(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
    people: &[PersonId],
    applications: &[ApplicationId],
) -> Result<Referred, Error> {
    let mut referred = Referred::default();
    if !caller.tenants.iter().any(|t| t.id == tenant)
        || directory.db.ready(&[tenant]).await?.is_empty()
    {
        return Ok(referred);
    }
    let db = directory.db.by_keys();
    let now = directory.now();
    let known = directory.colleagues.known(tenant, people, now);
    let staff = |m: Member| (m.id, Seen::Staff(m));
    let seen = &mut referred.people;
    seen.extend(known.into_iter().map(staff));
    let people: Vec<PersonId> = missing(seen, people);
    let sees_applications = caller.may(tenant, Permission::ReadApplications);
    let applications = if sees_applications { applications } else { &[] };
    if people.is_empty() && applications.is_empty() {
        return Ok(referred);
    }
    let mut tx = db.begin(tenant).await?;
    let found = references::find(&mut tx, &people, applications).await?;
    tx.commit().await?;
    referred.applications = found.applications.into_iter().map(|a| (a.id, a)).collect();
    let machine = |k: ApiKey| (Caller::person_of_key(k.id), Seen::Machine(k));
    seen.extend(found.machines.into_iter().map(machine));
    seen.extend(found.people.into_iter().map(|p| (p.id, Seen::Own(p))));
    let left = missing(seen, &people);
    if !left.is_empty() {
        let provider = directory.db.tenant(tenant).await?.provider;
        let mut tx = db.begin_provider(provider, &[tenant]).await?;
        let members = staff::of_tenant(&mut tx, tenant, &left).await?;
        tx.commit().await?;
        directory.colleagues.remember(tenant, &members, now);
        seen.extend(members.into_iter().map(staff));
    }
    Ok(referred)
}

/// Applications of a tenant by code.
pub async fn applications(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
    retired_too: bool,
) -> Result<Vec<Application>, Error> {
    caller.require(tenant, Permission::ReadApplications)?;
    let mut tx = directory.db.begin(tenant).await?;
    let found = applications::list(&mut tx, retired_too).await?;
    tx.commit().await?;
    Ok(found)
}

/// Sites of a tenant by name.
pub async fn sites(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Vec<Site>, Error> {
    caller.require(tenant, Permission::ReadPeople)?;
    let mut tx = directory.db.begin(tenant).await?;
    let found = sites::list(&mut tx).await?;
    tx.commit().await?;
    Ok(found)
}

/// Those of `wanted` that there are, for whoever has to do with the tenant: people know where they work themselves.
pub async fn sites_by_id(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
    wanted: &[SiteId],
) -> Result<HashMap<SiteId, Site>, Error> {
    if !caller.tenants.iter().any(|t| t.id == tenant)
        || directory.db.ready(&[tenant]).await?.is_empty()
    {
        return Ok(HashMap::new());
    }
    let mut tx = directory.db.by_keys().begin(tenant).await?;
    let found = sites::by_ids(&mut tx, wanted).await?;
    tx.commit().await?;
    Ok(found.into_iter().map(|s| (s.id, s)).collect())
}

/// Vendors of a tenant by name.
pub async fn vendors_page(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
    retired_too: bool,
    (after, limit): (Option<&(String, VendorId)>, i64),
) -> Result<Vec<Vendor>, Error> {
    caller.require(tenant, Permission::ReadApplications)?;
    let mut tx = directory.db.begin(tenant).await?;
    let page = vendors::page(&mut tx, retired_too, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// Those of `wanted` that there are, for those who may see them.
pub async fn vendors_by_id(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
    wanted: &[VendorId],
) -> Result<HashMap<VendorId, Vendor>, Error> {
    if !caller.may(tenant, Permission::ReadApplications)
        || directory.db.ready(&[tenant]).await?.is_empty()
    {
        return Ok(HashMap::new());
    }
    let mut tx = directory.db.by_keys().begin(tenant).await?;
    let found = vendors::by_ids(&mut tx, wanted).await?;
    tx.commit().await?;
    Ok(found.into_iter().map(|v| (v.id, v)).collect())
}

/// Keys of a tenant's machines, the newest first.
pub async fn api_keys(
    directory: &Directory,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Vec<ApiKey>, Error> {
    caller.require(tenant, Permission::ManageApiKeys)?;
    let mut tx = directory.db.begin(tenant).await?;
    let found = api_keys::list(&mut tx).await?;
    tx.commit().await?;
    Ok(found)
}

/// A page of a provider's staff, with their assignments among the tenants in sight.
#[derive(Debug, Clone)]
pub struct Staff {
    /// By name.
    pub members: Vec<(Member, Vec<Assignment>)>,
    /// Whether the caller may see addresses.
    pub with_email: bool,
}

/// Staff of a provider. The operator and whoever assigns staff somewhere see everybody; other staff see those who share
/// a tenant with them. Tenants are never more than the caller's own.
pub async fn staff_page(
    directory: &Directory,
    caller: &Caller,
    provider: Option<ProviderId>,
    after: Option<&(String, PersonId)>,
    limit: i64,
) -> Result<Staff, Error> {
    let forbidden = Refusal::Forbidden {
        permission: Permission::ManageStaff,
    };
    let (provider, everybody, in_sight) = match caller.kind {
        CallerKind::Operator => {
            let provider = provider.ok_or_else(|| {
                Error::Invalid(
                    "Indique el proveedor: quien opera la plataforma atiende a todos.".to_owned(),
                )
            })?;
            let all = directory.db.tenants().await?;
            let of_provider = all.iter().filter(|t| t.provider == provider);
            (provider, true, of_provider.map(|t| t.id).collect())
        }
        CallerKind::Staff => {
            let own = caller.provider.ok_or(Refusal::NotFound)?;
            if provider.is_some_and(|p| p != own) {
                return Err(Refusal::NotFound.into());
            }
            let mine: Vec<TenantId> = caller.tenants.iter().map(|t| t.id).collect();
            let assigns = mine.iter().any(|t| caller.may(*t, Permission::ManageStaff));
            (own, assigns, directory.db.ready(&mine).await?)
        }
        CallerKind::Person | CallerKind::Machine => return Err(forbidden.into()),
    };
    let mut tx = directory.db.begin_provider(provider, &in_sight).await?;
    let members = staff::page(&mut tx, everybody, after, limit).await?;
    let ids: Vec<PersonId> = members.iter().map(|m| m.id).collect();
    let mut by_person: HashMap<PersonId, Vec<Assignment>> = HashMap::new();
    for assignment in assignments::running(&mut tx, &ids).await? {
        by_person
            .entry(assignment.person)
            .or_default()
            .push(assignment);
    }
    tx.commit().await?;
    Ok(Staff {
        members: members
            .into_iter()
            .map(|m| {
                let of_member = by_person.remove(&m.id).unwrap_or_default();
                (m, of_member)
            })
            .collect(),
        with_email: everybody,
    })
}

/// What the caller is called, and where to write to it.
#[derive(Debug, Clone)]
pub struct Oneself {
    /// Full name; operators have none.
    pub name: Option<String>,
    /// As it was written; operators' is not kept, machines have none.
    pub email: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
}

/// The caller itself.
pub async fn oneself(directory: &Directory, caller: &Caller) -> Result<Oneself, Error> {
    let nobody = Oneself {
        name: None,
        email: None,
        locale: None,
    };
    match caller.kind {
        CallerKind::Operator => Ok(nobody),
        CallerKind::Person | CallerKind::Machine => {
            let tenant = caller.tenant(None)?;
            let mut found = referred(directory, caller, tenant, &[caller.person], &[]).await?;
            let seen = found.people.remove(&caller.person);
            Ok(match seen {
                Some(Seen::Own(p)) => Oneself {
                    name: Some(p.name),
                    email: Some(p.email),
                    locale: Some(p.locale),
                },
                Some(Seen::Machine(k)) => Oneself {
                    name: Some(k.name),
                    ..nobody
                },
                Some(Seen::Staff(_)) | None => nobody,
            })
        }
        CallerKind::Staff => {
            let provider = caller.provider.ok_or(Refusal::NotFound)?;
            let mut tx = directory.db.begin_provider(provider, &[]).await?;
            let found = staff::by_ids(&mut tx, &[caller.person]).await?;
            tx.commit().await?;
            Ok(found.into_iter().next().map_or(nobody, |m| Oneself {
                name: Some(m.name),
                email: Some(m.email),
                locale: Some(m.locale),
            }))
        }
    }
}
