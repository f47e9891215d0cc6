//! From what a caller shows to who it is and what it may do. Asked by the gateway; answered from the rows, each time.

use access::{Caller, CallerKind, Claims, Refusal, Role, TenantGrant};
use ids::{ApiKeyId, ProviderId, TenantId};

use super::Directory;
use crate::credentials::secret;
use crate::error::Error;
use crate::store::logins::Account;
use crate::store::{api_keys, assignments, operators, people, sessions, tenants};

/// What a caller shows.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// An access token.
    Bearer(&'a str),
    /// `vk_…`.
    ApiKey(&'a str),
}

/// What an account may do now.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The account's provider, or that of its tenant.
    pub provider: Option<ProviderId>,
    /// Tenants that are served.
    pub grants: Vec<TenantGrant>,
    /// Tenants that would be the account's, and are suspended.
    pub suspended: Vec<TenantId>,
    kind: CallerKind,
}

impl Standing {
    /// Whether there would be tenants, and every one is suspended.
    pub fn all_suspended(&self) -> bool {
        self.grants.is_empty() && !self.suspended.is_empty()
    }

    fn new(
        kind: CallerKind,
        provider: Option<ProviderId>,
        all: Vec<TenantGrant>,
        suspended: &[TenantId],
    ) -> Self {
        let (out, grants) = all.into_iter().partition(|g| suspended.contains(&g.id));
        let out: Vec<TenantGrant> = out;
        Self {
            provider,
            grants,
            suspended: out.into_iter().map(|g| g.id).collect(),
            kind,
        }
    }
}

/// What an account may do now. Nobody who is inactive or gone has a standing.
pub async fn standing(directory: &Directory, account: Account) -> Result<Standing, Error> {
    let mut tx = directory.db.begin_platform().await?;
    let gone = Error::Unauthenticated("the account is inactive or gone");
    if let Account::Operator(id) = account {
        operators::credentials(&mut tx, id, false)
            .await?
            .ok_or(gone)?;
        tx.commit().await?;
        return Ok(Standing::new(CallerKind::Operator, None, vec![], &[]));
    }
    let sight = tenants::sight(&mut tx, account.owner()).await?;
    tx.commit().await?;
    match account {
        Account::Person(tenant, id) => {
            let mut tx = directory.db.begin_fact(tenant).await?;
            let roles = people::active_roles(&mut tx, id).await?.ok_or(gone)?;
            tx.commit().await?;
            let all = vec![TenantGrant { id: tenant, roles }];
            Ok(Standing::new(
                CallerKind::Person,
                sight.provider,
                all,
                &sight.suspended,
            ))
        }
        Account::Staff(provider, id) => {
            let mut tx = directory.db.begin_provider(provider, &[]).await?;
            let all = assignments::grants_of(&mut tx, id).await?.ok_or(gone)?;
            tx.commit().await?;
            Ok(Standing::new(
                CallerKind::Staff,
                Some(provider),
                all,
                &sight.suspended,
            ))
        }
        Account::Operator(_) => Err(gone),
    }
}

async fn of_token(directory: &Directory, token: &str) -> Result<(ids::PersonId, Standing), Error> {
    let now = directory.now();
    let read = directory.tokens.read(token, now)?;
    let mut tx = directory.db.begin_platform().await?;
    let session = sessions::find(&mut tx, read.sid).await?;
    tx.commit().await?;
    let session = session
        .filter(|s| !s.revoked && s.expires_at > now && s.account.person() == read.sub)
        .ok_or(Error::Unauthenticated("the session ended"))?;
    Ok((read.sub, standing(directory, session.account).await?))
}

async fn of_key(directory: &Directory, key: &str) -> Result<(ids::PersonId, Standing), Error> {
    let unknown = Error::Unauthenticated("no such api key");
    if !key.starts_with(secret::KEY_PREFIX) {
        return Err(unknown);
    }
    let mut tx = directory.db.begin_platform().await?;
    let found = api_keys::find(&mut tx, secret::hash(key)).await?;
    let Some((tenant, id)) = found else {
        return Err(unknown);
    };
    let sight = tenants::sight(&mut tx, tenant.uuid()).await?;
    tx.commit().await?;
    let roles = use_key(directory, tenant, id).await?;
    let all = vec![TenantGrant { id: tenant, roles }];
    let standing = Standing::new(CallerKind::Machine, sight.provider, all, &sight.suspended);
    Ok((Caller::person_of_key(id), standing))
}

async fn use_key(
    directory: &Directory,
    tenant: TenantId,
    id: ApiKeyId,
) -> Result<Vec<Role>, Error> {
    let now = directory.now();
    let mut tx = directory.db.begin_fact(tenant).await?;
    let found = api_keys::by_ids(&mut tx, &[id]).await?;
    let key = found
        .into_iter()
        .find(|k| k.revoked_at.is_none())
        .ok_or(Error::Unauthenticated("the api key was revoked"))?;
    if key.note_use(now) {
        api_keys::used(&mut tx, id, now).await?;
    }
    tx.commit().await?;
    Ok(key.roles)
}

/// Who shows this credential, and what may it do, in the wished tenant (slug or id) if one is wished.
///
/// # Errors
/// [`Error::Unauthenticated`]; [`Refusal::NotFound`] for a tenant that is not the caller's; [`Error::Suspended`].
pub async fn resolve_caller(
    directory: &Directory,
    credential: Credential<'_>,
    wished: Option<&str>,
) -> Result<Claims, Error> {
    let (person, standing) = match credential {
        Credential::Bearer(token) => of_token(directory, token).await?,
        Credential::ApiKey(key) => of_key(directory, key).await?,
    };
    let chosen = match wished.filter(|w| !w.is_empty()) {
        None => None,
        Some(text) => {
            let id = if let Ok(id) = text.parse() {
                Some(id)
            } else {
                let mut tx = directory.db.begin_platform().await?;
                let id = tenants::id_of_slug(&mut tx, text).await?;
                tx.commit().await?;
                id
            };
            Some(id.ok_or(Refusal::NotFound)?)
        }
    };
    if let Some(tenant) = chosen {
        if standing.suspended.contains(&tenant) {
            return Err(Error::Suspended);
        }
        if !standing.grants.iter().any(|g| g.id == tenant) {
            return Err(Refusal::NotFound.into());
        }
    }
    // Staff without a tenant may still look at themselves; a person of a suspended tenant has nowhere to be.
    if standing.all_suspended() && standing.kind != CallerKind::Staff {
        return Err(Error::Suspended);
    }
    let belongs = matches!(standing.kind, CallerKind::Person | CallerKind::Machine);
    let only = standing.grants.first().filter(|_| belongs).map(|g| g.id);
    let scope = scopes(standing.kind, &standing.grants);
    Ok(Claims {
        sub: person,
        kind: standing.kind,
        provider: standing.provider,
        tenants: standing.grants,
        tenant: chosen.or(only),
        scope,
    })
}

/// The roles anywhere, for `@requiresScopes`.
fn scopes(kind: CallerKind, grants: &[TenantGrant]) -> String {
    if kind == CallerKind::Operator {
        return Role::Operator.to_string();
    }
    let mut roles: Vec<Role> = grants.iter().flat_map(|g| g.roles.clone()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
        .iter()
        .map(|r| r.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}
