//! What the graph shows.

use access::{Caller, CallerKind, Permission};
use async_graphql::dataloader::DataLoader;
use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::{GlobalId, PersonId, SiteId, TenantId};
use subgraph::global;

use super::sites::Site;
use super::{Loaders, loaders};
use crate::actions::read::Seen;
use crate::domain;
use crate::domain::staff::Member;

/// A role: who somebody is with a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "access::Role")]
pub enum Role {
    /// A person of the tenant who asks for help.
    Requester,
    /// Approves corrective maintenance for an application.
    ApplicationOwner,
    /// Administers the tenant's people, keys and applications.
    TenantAdmin,
    /// A machine of the tenant.
    Integrator,
    /// Works on tickets on N1, N2 or N3.
    Agent,
    /// Keeps the inventory.
    InventoryManager,
    /// Distributes the work.
    Coordinator,
    /// Keeps agreements and quality.
    QualityManager,
    /// Answers for the service.
    ServiceManager,
    /// Runs the platform.
    Operator,
}

fn roles(all: &[access::Role]) -> Vec<Role> {
    all.iter().map(|r| Role::from(*r)).collect()
}

/// Roles as the domain has them.
pub fn roles_in(all: Vec<Role>) -> Vec<access::Role> {
    all.into_iter().map(access::Role::from).collect()
}

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::tenant::State")]
pub enum TenantState {
    /// Services are making their parts.
    Provisioning,
    /// Every part stands.
    Ready,
    /// Its callers are refused.
    Suspended,
}

/// Whose a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum PersonKind {
    /// One of the tenant's own people.
    Tenant,
    /// One of the provider's staff.
    Provider,
    /// A machine of the tenant: an API key.
    Machine,
}

/// What sort of caller asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "CallerKind", remote = "CallerKind")]
pub enum CallerSort {
    /// A person of one tenant.
    Person,
    /// One of a provider's staff.
    Staff,
    /// A machine of one tenant.
    Machine,
    /// Runs the platform.
    Operator,
}

/// A support provider.
#[derive(Debug, Clone, SimpleObject)]
pub struct Provider {
    /// `prv_…`
    pub id: ID,
    /// Short name.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

impl From<domain::tenant::Provider> for Provider {
    fn from(of: domain::tenant::Provider) -> Self {
        Self {
            id: ID(of.id.to_string()),
            slug: of.slug,
            name: of.name,
        }
    }
}

/// A client company.
#[derive(Debug, Clone, SimpleObject)]
pub struct Tenant {
    /// `ten_…`. Never changes.
    pub id: ID,
    /// Short name in URLs. May change; former ones go on leading here.
    pub slug: String,
    /// The client company's name.
    pub name: String,
    /// Language and country of its contract, BCP 47: `es-PE`.
    pub locale: String,
    /// IANA zone of its contract; months are cut in it.
    pub time_zone: String,
    /// Where it stands.
    pub state: TenantState,
    /// `prv_…` of the provider that serves it.
    pub provider: ID,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl From<domain::tenant::Tenant> for Tenant {
    fn from(of: domain::tenant::Tenant) -> Self {
        Self {
            id: ID(of.id.to_string()),
            slug: of.slug,
            name: of.name,
            locale: of.locale,
            time_zone: of.time_zone,
            state: of.state.into(),
            provider: ID(of.provider.to_string()),
            created_at: of.created_at,
        }
    }
}

/// A person, as seen from a tenant: one of its own people, one of the provider's staff who works or worked for it, or
/// a machine.
#[derive(Debug, Clone)]
pub struct Person {
    tenant: TenantId,
    seen: Seen,
}

impl Person {
    pub fn new(tenant: TenantId, seen: Seen) -> Self {
        Self { tenant, seen }
    }

    pub fn own(tenant: TenantId, person: domain::person::Person) -> Self {
        Self::new(tenant, Seen::Own(person))
    }

    fn person(&self) -> PersonId {
        match &self.seen {
            Seen::Own(p) => p.id,
            Seen::Staff(m) => m.id,
            Seen::Machine(k) => Caller::person_of_key(k.id),
        }
    }

    /// The person's row, for whoever may read people or is that person.
    fn open(&self, ctx: &Context<'_>) -> Result<Option<&domain::person::Person>> {
        let caller = subgraph::caller(ctx)?;
        let Seen::Own(person) = &self.seen else {
            return Ok(None);
        };
        let may = caller.person == person.id || caller.may(self.tenant, Permission::ReadPeople);
        Ok(may.then_some(person))
    }
}

/// A person, as seen from a tenant: one of its own people, one of the provider's staff who works or worked for it, or
/// a machine. Whoever belongs to the tenant and holds the id sees the name; the rest is for those who may read people,
/// and for the person.
#[Object]
impl Person {
    /// Global id.
    async fn id(&self) -> ID {
        global(self.tenant, self.person())
    }

    /// Full name.
    async fn name(&self) -> &str {
        match &self.seen {
            Seen::Own(p) => &p.name,
            Seen::Staff(m) => &m.name,
            Seen::Machine(k) => &k.name,
        }
    }

    /// Whose the person is.
    async fn kind(&self) -> PersonKind {
        match &self.seen {
            Seen::Own(_) => PersonKind::Tenant,
            Seen::Staff(_) => PersonKind::Provider,
            Seen::Machine(_) => PersonKind::Machine,
        }
    }

    /// E-mail address. The provider's staff keep theirs from the tenant.
    async fn email(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.open(ctx)?.map(|p| p.email.as_str()))
    }

    /// The roles held with the tenant.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Option<Vec<Role>>> {
        Ok(self.open(ctx)?.map(|p| roles(&p.roles)))
    }

    /// Language, BCP 47.
    async fn locale(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.open(ctx)?.map(|p| p.locale.as_str()))
    }

    /// Where the person works, ISO 3166-1 alpha-2.
    async fn country(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        Ok(self.open(ctx)?.and_then(|p| p.country.as_deref()))
    }

    /// The site at which the person works.
    async fn site(&self, ctx: &Context<'_>) -> Result<Option<Site>> {
        let Some(id) = self.open(ctx)?.and_then(|p| p.site) else {
            return Ok(None);
        };
        let key: GlobalId<SiteId> = GlobalId::new(self.tenant, id);
        let found = ctx.data::<DataLoader<Loaders>>()?.load_one(key).await?;
        Ok(found.map(|site| Site::new(self.tenant, site)))
    }

    /// Whether the person gets special care.
    async fn vip(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        Ok(self.open(ctx)?.map(|p| p.vip))
    }

    /// Whether the person may sign in.
    async fn active(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        Ok(self.open(ctx)?.map(|p| p.active))
    }

    /// How often it changed: what `changePerson` takes as `version`.
    async fn version(&self, ctx: &Context<'_>) -> Result<Option<i32>> {
        Ok(self.open(ctx)?.map(|p| p.version as i32))
    }
}

/// An application of a tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Application {
    /// Global id.
    pub id: ID,
    /// Short code, unique in the tenant: `SAP-FI`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Takes no new tickets.
    pub retired: bool,
    /// How often it changed: what `changeApplication` takes as `version`.
    pub version: i32,
    #[graphql(skip)]
    owner_key: Option<GlobalId<PersonId>>,
}

impl Application {
    pub fn new(tenant: TenantId, of: domain::application::Application) -> Self {
        Self {
            id: global(tenant, of.id),
            code: of.code,
            name: of.name,
            retired: of.retired,
            version: of.version as i32,
            owner_key: of.owner.map(|o| GlobalId::new(tenant, o)),
        }
    }
}

async fn person(ctx: &Context<'_>, key: GlobalId<PersonId>) -> Result<Option<Person>> {
    let seen = loaders::person(ctx, key).await?;
    Ok(seen.map(|seen| Person::new(key.tenant, seen)))
}

#[ComplexObject]
impl Application {
    /// Who approves corrective maintenance for it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.owner_key {
            Some(key) => person(ctx, key).await,
            None => Ok(None),
        }
    }
}

/// One of a provider's staff.
#[derive(Debug, Clone, SimpleObject)]
pub struct StaffMember {
    /// `per_…`; under a tenant, the person of an assignment has a global id.
    pub id: ID,
    /// Full name.
    pub name: String,
    /// E-mail address, for whoever assigns staff.
    pub email: Option<String>,
    /// Language, BCP 47.
    pub locale: String,
    /// Whether the person may sign in.
    pub active: bool,
    /// The tenants it works for, as far as the caller sees them.
    pub assignments: Vec<StaffAssignment>,
}

impl StaffMember {
    pub fn new(
        member: &Member,
        assignments: Vec<domain::staff::Assignment>,
        with_email: bool,
    ) -> Self {
        Self {
            id: ID(member.id.to_string()),
            name: member.name.clone(),
            email: with_email.then(|| member.email.clone()),
            locale: member.locale.clone(),
            active: member.active,
            assignments: assignments
                .into_iter()
                .map(|a| StaffAssignment::new(member, a))
                .collect(),
        }
    }
}

/// What a member of the staff is with a tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct StaffAssignment {
    /// The member, as seen from the tenant.
    pub person: Person,
    /// The roles there; none once it ended.
    pub roles: Vec<Role>,
    /// Since when, without interruption.
    pub since: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    #[graphql(skip)]
    of: TenantId,
}

impl StaffAssignment {
    pub fn new(member: &Member, of: domain::staff::Assignment) -> Self {
        Self {
            person: Person::new(of.tenant, Seen::Staff(member.clone())),
            roles: roles(&of.roles),
            since: of.since,
            ended_at: of.ended_at,
            of: of.tenant,
        }
    }
}

async fn tenant(ctx: &Context<'_>, id: TenantId) -> Result<Option<Tenant>> {
    let found = ctx.data::<DataLoader<Loaders>>()?.load_one(id).await?;
    Ok(found.map(Tenant::from))
}

#[ComplexObject]
impl StaffAssignment {
    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        tenant(ctx, self.of).await
    }
}

/// A machine's key, without its secret.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct ApiKey {
    /// Global id.
    pub id: ID,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// The beginning of its secret, to tell keys apart.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From when on it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
    #[graphql(skip)]
    creator: GlobalId<PersonId>,
}

impl ApiKey {
    pub fn new(tenant: TenantId, of: domain::api_key::ApiKey) -> Self {
        Self {
            id: global(tenant, of.id),
            name: of.name,
            roles: roles(&of.roles),
            prefix: of.prefix,
            created_at: of.created_at,
            last_used_at: of.last_used_at,
            revoked_at: of.revoked_at,
            creator: GlobalId::new(tenant, of.created_by),
        }
    }
}

#[ComplexObject]
impl ApiKey {
    /// Who made it.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        person(ctx, self.creator).await
    }
}

/// A tenant, and what the caller is there.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Membership {
    /// The roles there.
    pub roles: Vec<Role>,
    #[graphql(skip)]
    of: TenantId,
}

impl Membership {
    pub fn new(grant: &access::TenantGrant) -> Self {
        Self {
            roles: roles(&grant.roles),
            of: grant.id,
        }
    }
}

#[ComplexObject]
impl Membership {
    /// The tenant.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        tenant(ctx, self.of).await
    }
}

/// Who asks.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Me {
    /// What sort of caller.
    pub kind: CallerSort,
    /// Full name; operators have none here.
    pub name: Option<String>,
    /// E-mail address, where one is kept.
    pub email: Option<String>,
    /// Language, BCP 47.
    pub locale: Option<String>,
    /// The tenants the caller has to do with.
    pub tenants: Vec<Membership>,
    #[graphql(skip)]
    pub person: Option<GlobalId<PersonId>>,
    #[graphql(skip)]
    pub chosen: Option<TenantId>,
}

#[ComplexObject]
impl Me {
    /// The tenant of this request: the chosen one, or the only one.
    async fn tenant(&self, ctx: &Context<'_>) -> Result<Option<Tenant>> {
        match self.chosen {
            Some(id) => tenant(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The caller as that tenant sees it.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.person {
            Some(key) => person(ctx, key).await,
            None => Ok(None),
        }
    }
}
