//! What can be changed.

use async_graphql::{Context, MaybeUndefined, Object, Result};
use ids::{ApiKeyId, ApplicationId, GlobalId, PersonId, ProviderId, SiteId, TenantId, VendorId};
use subgraph::{fault, gid, of_tenant, plain, tenant};

use super::inputs::{
    AssignStaffInput, ChangeApplicationInput, ChangePersonInput, ChangeSiteInput,
    ChangeVendorInput, CreateApiKeyInput, CreateProviderInput, CreateSiteInput, CreateTenantInput,
    CreateVendorInput, DeactivatePersonInput, RegisterApplicationInput, RegisterPersonInput,
    RegisterStaffInput, RenameTenantInput, ResumeTenantInput, RevokeApiKeyInput, SetPasswordInput,
    SuspendTenantInput, UnassignStaffInput,
};
use super::payloads::{
    AssignStaffPayload, ChangeApplicationPayload, ChangePersonPayload, ChangeSitePayload,
    ChangeVendorPayload, CreateApiKeyPayload, CreateProviderPayload, CreateSitePayload,
    CreateTenantPayload, CreateVendorPayload, DeactivatePersonPayload, RegisterApplicationPayload,
    RegisterPersonPayload, RegisterStaffPayload, RenameTenantPayload, ResumeTenantPayload,
    RevokeApiKeyPayload, SetPasswordPayload, SuspendTenantPayload, UnassignStaffPayload,
};
use super::sites::Site;
use super::types::{ApiKey, Application, Person, Provider, StaffMember, Tenant, roles_in};
use super::vendors::Vendor;
use super::{act, directory, provider};
use crate::actions;
use crate::domain::{api_key, application, person, site, staff, tenant as tenants, vendor};

/// Changes in directory.
#[derive(Debug, Default)]
pub struct Mutation;

fn told(tenant: tenants::Tenant) -> (Tenant, Option<(TenantId, String, i64)>) {
    let fact = (tenant.id, tenant.id.to_string(), tenant.sequence);
    (tenant.into(), Some(fact))
}

/// Changes in directory.
#[Object]
impl Mutation {
    /// Creates a provider. For the operator.
    #[graphql(requires_scopes = "operator")]
    async fn create_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new provider.")] input: CreateProviderInput,
    ) -> Result<CreateProviderPayload> {
        let (act, slug, name) = (act(ctx)?, &input.slug, &input.name);
        let outcome = actions::create_provider::create_provider(directory(ctx)?, &act, slug, name);
        let outcome = outcome.await.map_err(fault)?;
        Ok(CreateProviderPayload::of(outcome, |p| {
            (Provider::from(p), None)
        }))
    }

    /// Creates a tenant; every service makes its part. For the operator.
    #[graphql(requires_scopes = "operator")]
    async fn create_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new tenant.")] input: CreateTenantInput,
    ) -> Result<CreateTenantPayload> {
        let wish = tenants::Wish {
            slug: input.slug,
            name: input.name,
            locale: input.locale,
            time_zone: input.time_zone,
        };
        let (act, of) = (act(ctx)?, plain::<ProviderId>(&input.provider)?);
        let outcome = actions::create_tenant::create_tenant(directory(ctx)?, &act, of, &wish);
        let outcome = outcome.await.map_err(fault)?;
        Ok(CreateTenantPayload::of(outcome, told))
    }

    /// From now on every door refuses the tenant's callers; facts under way are still taken in. For the operator.
    #[graphql(requires_scopes = "operator")]
    async fn suspend_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: SuspendTenantInput,
    ) -> Result<SuspendTenantPayload> {
        let (act, id) = (act(ctx)?, plain::<TenantId>(&input.tenant)?);
        let outcome = actions::suspend_tenant::suspend_tenant(directory(ctx)?, &act, id);
        let outcome = outcome.await.map_err(fault)?;
        Ok(SuspendTenantPayload::of(outcome, told))
    }

    /// Ends a suspension. For the operator.
    #[graphql(requires_scopes = "operator")]
    async fn resume_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ResumeTenantInput,
    ) -> Result<ResumeTenantPayload> {
        let (act, id) = (act(ctx)?, plain::<TenantId>(&input.tenant)?);
        let resumed = actions::resume_tenant::resume_tenant(directory(ctx)?, &act, id);
        let resumed = resumed.await.map_err(fault)?;
        Ok(ResumeTenantPayload::of(Ok(resumed), told))
    }

    /// Changes a tenant's slug, name, locale or zone. For the operator.
    #[graphql(requires_scopes = "operator")]
    async fn rename_tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and to what.")] input: RenameTenantInput,
    ) -> Result<RenameTenantPayload> {
        let (act, id) = (act(ctx)?, plain::<TenantId>(&input.tenant)?);
        let change = tenants::Change {
            slug: input.slug,
            name: input.name,
            locale: input.locale,
            time_zone: input.time_zone,
        };
        let outcome = actions::rename_tenant::rename_tenant(directory(ctx)?, &act, id, &change);
        let outcome = outcome.await.map_err(fault)?;
        Ok(RenameTenantPayload::of(outcome, told))
    }

    /// Registers one of a provider's staff. For the operator and for service managers.
    async fn register_staff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new member.")] input: RegisterStaffInput,
    ) -> Result<RegisterStaffPayload> {
        let (act, of) = (act(ctx)?, provider(input.provider.as_ref())?);
        let key = input.idempotency_key;
        let wish = staff::Wish {
            name: input.name,
            email: input.email,
            locale: input.locale,
            password: input.password,
        };
        let outcome = actions::register_staff::register_staff(
            directory(ctx)?,
            &act,
            of,
            &wish,
            key.as_deref(),
        );
        let outcome = outcome.await.map_err(fault)?;
        Ok(RegisterStaffPayload::of(outcome, |m| {
            (StaffMember::new(&m, Vec::new(), true), None)
        }))
    }

    /// Gives one of the staff these roles with a tenant.
    async fn assign_staff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, where, as what.")] input: AssignStaffInput,
    ) -> Result<AssignStaffPayload> {
        let (of, who) = (
            plain::<TenantId>(&input.tenant)?,
            plain::<PersonId>(&input.staff)?,
        );
        let roles = roles_in(input.roles);
        let act = act(ctx)?;
        let outcome = actions::assign_staff::assign_staff(directory(ctx)?, &act, of, who, roles);
        Ok(outcome.await.map_err(fault)?.into())
    }

    /// Ends what one of the staff is with a tenant. Within 60 s no door lets that person in there.
    async fn unassign_staff(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and where.")] input: UnassignStaffInput,
    ) -> Result<UnassignStaffPayload> {
        let (of, who) = (
            plain::<TenantId>(&input.tenant)?,
            plain::<PersonId>(&input.staff)?,
        );
        let act = act(ctx)?;
        let outcome = actions::unassign_staff::unassign_staff(directory(ctx)?, &act, of, who);
        Ok(outcome.await.map_err(fault)?.into())
    }

    /// Registers a person of a tenant.
    async fn register_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new person.")] input: RegisterPersonInput,
    ) -> Result<RegisterPersonPayload> {
        let (act, of) = (act(ctx)?, tenant(ctx, input.tenant.as_ref())?);
        let key = input.idempotency_key;
        let wish = person::Wish {
            name: input.name,
            email: input.email,
            roles: roles_in(input.roles),
            locale: input.locale,
            country: input.country,
            site: input
                .site
                .as_ref()
                .map(|s| of_tenant::<SiteId>(of, s))
                .transpose()?,
            vip: input.vip,
            password: input.password,
        };
        let outcome = actions::register_person::register_person(
            directory(ctx)?,
            &act,
            of,
            &wish,
            key.as_deref(),
        );
        let outcome = outcome.await.map_err(fault)?;
        Ok(RegisterPersonPayload::of(outcome, |t| {
            (Person::own(of, t.thing), t.fact)
        }))
    }

    /// Changes what is known of a person.
    async fn change_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and what is different.")] input: ChangePersonInput,
    ) -> Result<ChangePersonPayload> {
        let (act, who): (_, GlobalId<PersonId>) = (act(ctx)?, gid(&input.person)?);
        let change = person::Change {
            name: input.name,
            email: input.email,
            roles: input.roles.map(roles_in),
            locale: input.locale,
            country: match input.country {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(country) => Some(Some(country)),
            },
            site: match &input.site {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(site) => Some(Some(of_tenant::<SiteId>(who.tenant, site)?)),
            },
            vip: input.vip,
            active: input.active,
            password: input.password,
            version: input.version.map(i64::from),
        };
        let outcome = actions::change_person::change_person(
            directory(ctx)?,
            &act,
            who.tenant,
            who.id,
            &change,
        );
        let outcome = outcome.await.map_err(fault)?;
        Ok(ChangePersonPayload::of(outcome, |t| {
            (Person::own(who.tenant, t.thing), t.fact)
        }))
    }

    /// The person may not sign in any more.
    async fn deactivate_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: DeactivatePersonInput,
    ) -> Result<DeactivatePersonPayload> {
        let (act, who): (_, GlobalId<PersonId>) = (act(ctx)?, gid(&input.person)?);
        let outcome = actions::deactivate_person::deactivate_person(
            directory(ctx)?,
            &act,
            who.tenant,
            who.id,
        );
        let outcome = outcome.await.map_err(fault)?;
        Ok(DeactivatePersonPayload::of(outcome, |t| {
            (Person::own(who.tenant, t.thing), t.fact)
        }))
    }

    /// Makes a site of a tenant: people may work there, and calendars be given to it.
    async fn create_site(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new site.")] input: CreateSiteInput,
    ) -> Result<CreateSitePayload> {
        let (act, of) = (act(ctx)?, tenant(ctx, input.tenant.as_ref())?);
        let wish = site::Wish {
            name: input.name,
            country: input.country,
        };
        let key = input.idempotency_key.as_deref();
        let outcome = actions::create_site::create_site(directory(ctx)?, &act, of, &wish, key);
        let outcome = outcome.await.map_err(fault)?;
        Ok(CreateSitePayload::of(outcome, |t| {
            (Site::new(of, t.thing), t.fact)
        }))
    }

    /// Changes what is known of a site.
    async fn change_site(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is different.")] input: ChangeSiteInput,
    ) -> Result<ChangeSitePayload> {
        let (act, which): (_, GlobalId<SiteId>) = (act(ctx)?, gid(&input.site)?);
        let of = which.tenant;
        let change = site::Change {
            name: input.name,
            country: match input.country {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(country) => Some(Some(country)),
            },
            version: input.version.map(i64::from),
        };
        let outcome =
            actions::change_site::change_site(directory(ctx)?, &act, of, which.id, &change);
        let outcome = outcome.await.map_err(fault)?;
        Ok(ChangeSitePayload::of(outcome, |t| {
            (Site::new(of, t.thing), t.fact)
        }))
    }

    /// Registers an application of a tenant.
    async fn register_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new application.")] input: RegisterApplicationInput,
    ) -> Result<RegisterApplicationPayload> {
        let (act, of) = (act(ctx)?, tenant(ctx, input.tenant.as_ref())?);
        let wish = application::Wish {
            code: input.code,
            name: input.name,
            owner: input
                .owner
                .as_ref()
                .map(|o| of_tenant::<PersonId>(of, o))
                .transpose()?,
        };
        let outcome = actions::register_application::register_application(
            directory(ctx)?,
            &act,
            of,
            &wish,
            input.idempotency_key.as_deref(),
        );
        let outcome = outcome.await.map_err(fault)?;
        Ok(RegisterApplicationPayload::of(outcome, |t| {
            (Application::new(of, t.thing), t.fact)
        }))
    }

    /// Changes what is known of an application.
    async fn change_application(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is different.")] input: ChangeApplicationInput,
    ) -> Result<ChangeApplicationPayload> {
        let (act, which): (_, GlobalId<ApplicationId>) = (act(ctx)?, gid(&input.application)?);
        let of = which.tenant;
        let change = application::Change {
            code: input.code,
            name: input.name,
            owner: match &input.owner {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(owner) => Some(Some(of_tenant::<PersonId>(of, owner)?)),
            },
            retired: input.retired,
            version: input.version.map(i64::from),
        };
        let outcome = actions::change_application::change_application(
            directory(ctx)?,
            &act,
            of,
            which.id,
            &change,
        );
        let outcome = outcome.await.map_err(fault)?;
        Ok(ChangeApplicationPayload::of(outcome, |t| {
            (Application::new(of, t.thing), t.fact)
        }))
    }

    /// Registers a vendor of a tenant: tickets may wait for it, and supplier agreements be made with it.
    async fn create_vendor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new vendor.")] input: CreateVendorInput,
    ) -> Result<CreateVendorPayload> {
        let (act, of) = (act(ctx)?, tenant(ctx, input.tenant.as_ref())?);
        let wish = vendor::Wish { name: input.name };
        let key = input.idempotency_key.as_deref();
        let outcome = actions::create_vendor::create_vendor(directory(ctx)?, &act, of, &wish, key);
        let outcome = outcome.await.map_err(fault)?;
        Ok(CreateVendorPayload::of(outcome, |t| {
            (Vendor::new(of, t.thing), t.fact)
        }))
    }

    /// Changes what is known of a vendor.
    async fn change_vendor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is different.")] input: ChangeVendorInput,
    ) -> Result<ChangeVendorPayload> {
        let (act, which): (_, GlobalId<VendorId>) = (act(ctx)?, gid(&input.vendor)?);
        let of = which.tenant;
        let change = vendor::Change {
            name: input.name,
            retired: input.retired,
            version: input.version.map(i64::from),
        };
        let outcome =
            actions::change_vendor::change_vendor(directory(ctx)?, &act, of, which.id, &change);
        let outcome = outcome.await.map_err(fault)?;
        Ok(ChangeVendorPayload::of(outcome, |t| {
            (Vendor::new(of, t.thing), t.fact)
        }))
    }

    /// Makes a key for a machine of a tenant. Its secret is shown once.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new key.")] input: CreateApiKeyInput,
    ) -> Result<CreateApiKeyPayload> {
        let (act, of) = (act(ctx)?, tenant(ctx, input.tenant.as_ref())?);
        let key = input.idempotency_key;
        let wish = api_key::Wish {
            name: input.name,
            roles: input.roles.map(roles_in),
        };
        let outcome = actions::create_api_key::create_api_key(
            directory(ctx)?,
            &act,
            of,
            &wish,
            key.as_deref(),
        );
        Ok(CreateApiKeyPayload::of(of, outcome.await.map_err(fault)?))
    }

    /// Refuses a key from now on. Within 60 s no door lets it in.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: RevokeApiKeyInput,
    ) -> Result<RevokeApiKeyPayload> {
        let (act, which): (_, GlobalId<ApiKeyId>) = (act(ctx)?, gid(&input.api_key)?);
        let revoked =
            actions::revoke_api_key::revoke_api_key(directory(ctx)?, &act, which.tenant, which.id);
        let revoked = revoked.await.map_err(fault)?;
        Ok(RevokeApiKeyPayload::of(Ok(revoked), |k| {
            (ApiKey::new(which.tenant, k), None)
        }))
    }

    /// Sets the caller's own password. Every session of the caller ends.
    async fn set_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The old one and the new one.")] input: SetPasswordInput,
    ) -> Result<SetPasswordPayload> {
        let act = act(ctx)?;
        let outcome =
            actions::set_password::set_password(directory(ctx)?, &act, &input.old, &input.new);
        Ok(outcome.await.map_err(fault)?.into())
    }
}
