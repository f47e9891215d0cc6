//! What can be asked.

use async_graphql::connection::Connection;
use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object, Result};
use ids::{ApplicationId, GlobalId, PersonId, TenantId, VendorId};
use subgraph::{fault, paging, plain};

use super::sites::Site;
use super::types::{ApiKey, Application, Me, Membership, Person, Provider, StaffMember, Tenant};
use super::vendors::Vendor;
use super::{Loaders, directory, loaders, provider};
use crate::actions::read::{self, Wanted};

/// Questions to directory.
#[derive(Debug, Default)]
pub struct Query;

/// A search longer than this is no name.
const SEARCH: usize = 100;

/// Questions to directory.
#[Object]
impl Query {
    /// Who asks, and with which tenants and roles.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me> {
        let caller = subgraph::caller(ctx)?;
        let oneself = read::oneself(directory(ctx)?, caller)
            .await
            .map_err(fault)?;
        let chosen = caller.tenant(None).ok();
        Ok(Me {
            kind: caller.kind.into(),
            name: oneself.name,
            email: oneself.email,
            locale: oneself.locale,
            tenants: caller.tenants.iter().map(Membership::new).collect(),
            person: chosen.map(|t| GlobalId::new(t, caller.person)),
            chosen,
        })
    }

    /// A provider by its slug. For the operator.
    async fn provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short name.")] slug: String,
    ) -> Result<Option<Provider>> {
        let caller = subgraph::caller(ctx)?;
        let found = read::provider(directory(ctx)?, caller, &slug)
            .await
            .map_err(fault)?;
        Ok(found.map(Provider::from))
    }

    /// A tenant of the caller's, by id or by slug; with neither, the one that was chosen.
    async fn tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ten_…`")] id: Option<ID>,
        #[graphql(desc = "Its short name, present or former.")] slug: Option<String>,
    ) -> Result<Option<Tenant>> {
        let caller = subgraph::caller(ctx)?;
        if let (None, Some(slug)) = (&id, slug) {
            let found = read::tenant_by_slug(directory(ctx)?, caller, &slug)
                .await
                .map_err(fault)?;
            return Ok(found.map(Tenant::from));
        }
        let id = match id {
            // A text that is no id names no tenant.
            Some(id) => match id.as_str().parse::<TenantId>() {
                Ok(id) => id,
                Err(_) => return Ok(None),
            },
            None => subgraph::tenant(ctx, None)?,
        };
        self.load_tenant(ctx, id).await
    }

    /// Tenants by slug: all for the operator, the caller's own for everybody else.
    async fn tenants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most so many, 1 to 100; 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "From this cursor on.")] after: Option<String>,
    ) -> Result<Connection<String, Tenant>> {
        let caller = subgraph::caller(ctx)?;
        let limit = paging::limit(first)?;
        let place: Option<String> = paging::after(after.as_deref())?;
        let rows = read::tenants_page(directory(ctx)?, caller, place.as_deref(), limit + 1)
            .await
            .map_err(fault)?;
        let slug = |t: &crate::domain::tenant::Tenant| t.slug.clone();
        Ok(paging::connection(
            rows,
            limit,
            place.is_some(),
            slug,
            Tenant::from,
        ))
    }

    /// People of a tenant by name.
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ten_…`; the chosen one when absent.")] tenant: Option<ID>,
        #[graphql(desc = "At most so many, 1 to 100; 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "From this cursor on.")] after: Option<String>,
        #[graphql(desc = "Part of a name or address, whatever accents and case.")] search: Option<
            String,
        >,
        #[graphql(desc = "Also those who may not sign in any more.", default = false)]
        include_inactive: bool,
    ) -> Result<Connection<String, Person>> {
        let caller = subgraph::caller(ctx)?;
        let of = subgraph::tenant(ctx, tenant.as_ref())?;
        let limit = paging::limit(first)?;
        let place: Option<(String, PersonId)> = paging::after(after.as_deref())?;
        let search = search.filter(|s| !s.trim().is_empty());
        // Postgres takes no NUL in a text.
        let odd = |s: &String| s.chars().count() > SEARCH || s.contains('\0');
        if search.as_ref().is_some_and(odd) {
            return Err(subgraph::bad_input(
                "search",
                format!("Hasta {SEARCH} caracteres."),
            ));
        }
        let continued = place.is_some();
        let wanted = Wanted {
            search,
            inactive: include_inactive,
            after: place,
            limit: limit + 1,
        };
        let rows = read::people_page(directory(ctx)?, caller, of, &wanted)
            .await
            .map_err(fault)?;
        let place = |p: &crate::domain::person::Person| (p.name.clone(), p.id);
        Ok(paging::connection(rows, limit, continued, place, |p| {
            Person::own(of, p)
        }))
    }

    /// Applications of a tenant by code.
    async fn applications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ten_…`; the chosen one when absent.")] tenant: Option<ID>,
        #[graphql(desc = "Also those that take no new tickets.", default = false)]
        include_retired: bool,
    ) -> Result<Vec<Application>> {
        let caller = subgraph::caller(ctx)?;
        let of = subgraph::tenant(ctx, tenant.as_ref())?;
        let found = read::applications(directory(ctx)?, caller, of, include_retired)
            .await
            .map_err(fault)?;
        Ok(found.into_iter().map(|a| Application::new(of, a)).collect())
    }

    /// Sites of a tenant by name: where its people work.
    async fn sites(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ten_…`; the chosen one when absent.")] tenant: Option<ID>,
    ) -> Result<Vec<Site>> {
        let caller = subgraph::caller(ctx)?;
        let of = subgraph::tenant(ctx, tenant.as_ref())?;
        let found = read::sites(directory(ctx)?, caller, of)
            .await
            .map_err(fault)?;
        Ok(found.into_iter().map(|s| Site::new(of, s)).collect())
    }

    /// Vendors of a tenant by name.
    async fn vendors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ten_…`; the chosen one when absent.")] tenant: Option<ID>,
        #[graphql(desc = "At most so many, 1 to 100; 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "From this cursor on.")] after: Option<String>,
        #[graphql(
            desc = "Also those for which no ticket waits any more.",
            default = false
        )]
        include_retired: bool,
    ) -> Result<Connection<String, Vendor>> {
        let caller = subgraph::caller(ctx)?;
        let of = subgraph::tenant(ctx, tenant.as_ref())?;
        let limit = paging::limit(first)?;
        let place: Option<(String, VendorId)> = paging::after(after.as_deref())?;
        let wanted = (place.as_ref(), limit + 1);
        let rows = read::vendors_page(directory(ctx)?, caller, of, include_retired, wanted)
            .await
            .map_err(fault)?;
        let continued = place.is_some();
        let place = |v: &crate::domain::vendor::Vendor| (v.name.clone(), v.id);
        Ok(paging::connection(rows, limit, continued, place, |v| {
            Vendor::new(of, v)
        }))
    }

    /// The provider's staff by name. For staff: whoever assigns staff sees everybody, the others those who share a
    /// tenant with them.
    async fn staff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`prv_…`; needed by the operator alone.")] provider: Option<ID>,
        #[graphql(desc = "At most so many, 1 to 100; 25 when absent.")] first: Option<i32>,
        #[graphql(desc = "From this cursor on.")] after: Option<String>,
    ) -> Result<Connection<String, StaffMember>> {
        let caller = subgraph::caller(ctx)?;
        let of = self::provider(provider.as_ref())?;
        let limit = paging::limit(first)?;
        let place: Option<(String, PersonId)> = paging::after(after.as_deref())?;
        let page = read::staff_page(directory(ctx)?, caller, of, place.as_ref(), limit + 1)
            .await
            .map_err(fault)?;
        let with_email = page.with_email;
        Ok(paging::connection(
            page.members,
            limit,
            place.is_some(),
            |(m, _)| (m.name.clone(), m.id),
            |(m, assignments)| StaffMember::new(&m, assignments, with_email),
        ))
    }

    /// Keys of a tenant's machines, the newest first.
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`ten_…`; the chosen one when absent.")] tenant: Option<ID>,
    ) -> Result<Vec<ApiKey>> {
        let caller = subgraph::caller(ctx)?;
        let of = subgraph::tenant(ctx, tenant.as_ref())?;
        let found = read::api_keys(directory(ctx)?, caller, of)
            .await
            .map_err(fault)?;
        Ok(found.into_iter().map(|k| ApiKey::new(of, k)).collect())
    }

    /// A person by its global id.
    #[graphql(entity)]
    async fn person_by_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(key)] id: ID,
    ) -> Result<Option<Person>> {
        let Ok(key) = id.as_str().parse::<GlobalId<PersonId>>() else {
            return Ok(None);
        };
        let seen = loaders::person(ctx, key).await?;
        Ok(seen.map(|seen| Person::new(key.tenant, seen)))
    }

    /// An application by its global id.
    #[graphql(entity)]
    async fn application_by_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(key)] id: ID,
    ) -> Result<Option<Application>> {
        let Ok(key) = id.as_str().parse::<GlobalId<ApplicationId>>() else {
            return Ok(None);
        };
        let found = loaders::application(ctx, key).await?;
        Ok(found.map(|app| Application::new(key.tenant, app)))
    }

    /// A vendor by its global id.
    #[graphql(entity)]
    async fn vendor_by_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(key)] id: ID,
    ) -> Result<Option<Vendor>> {
        let Ok(key) = id.as_str().parse::<GlobalId<VendorId>>() else {
            return Ok(None);
        };
        let found = ctx.data::<DataLoader<Loaders>>()?.load_one(key).await?;
        Ok(found.map(|vendor| Vendor::new(key.tenant, vendor)))
    }

    /// A tenant by its id.
    #[graphql(entity)]
    async fn tenant_by_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(key)] id: ID,
    ) -> Result<Option<Tenant>> {
        match plain::<TenantId>(&id) {
            Ok(id) => self.load_tenant(ctx, id).await,
            Err(_) => Ok(None),
        }
    }
}

impl Query {
    async fn load_tenant(&self, ctx: &Context<'_>, id: TenantId) -> Result<Option<Tenant>> {
        let found = ctx.data::<DataLoader<Loaders>>()?.load_one(id).await?;
        Ok(found.map(Tenant::from))
    }
}
