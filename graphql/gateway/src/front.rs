//! The router plugin at the front: which paths exist, who is calling, how often they may, and how many at once.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use hive_router::async_trait;
use hive_router::http::Method;
use hive_router::http::header::AUTHORIZATION;
use hive_router::ntex::http::HeaderMap;
use hive_router::ntex::http::Response;
use hive_router::ntex::web::{DefaultError, WebRequest};
use hive_router::plugins::hooks::on_graphql_error::{
    OnGraphQLErrorHookPayload, OnGraphQLErrorHookResult,
};
use hive_router::plugins::hooks::on_http_request::{
    OnHttpRequestHookFuture, OnHttpRequestHookPayload,
};
use hive_router::plugins::hooks::on_plugin_init::{OnPluginInitPayload, OnPluginInitResult};
use hive_router::plugins::plugin_trait::{EndHookPayload, RouterPlugin, StartHookPayload};

use crate::callers::{Callers, Credential};
use crate::config::Settings;
use crate::drops::Drops;
use crate::facts::Facts;
use crate::headers;
use crate::line::Whose;
use crate::masking;
use crate::rates::{Rates, Way};
use crate::refusal::Refusal;
use crate::routes::{self, Door, Route};
use crate::shared_rates::Sharing;
use crate::turnstile::{Place, Turnstile};

/// The plugin's name in the router's configuration.
pub const NAME: &str = "front";
/// The header that names the wished tenant, by slug or id.
pub const TENANT_HEADER: &str = "x-ventanilla-tenant";
/// Longer than any token of ours or of a known issuer; the whole head of a request is limited to 64 KiB.
const LONGEST_CREDENTIAL: usize = 16 * 1024;

/// The plugin.
pub struct Front {
    callers: Callers,
    rates: Arc<Rates>,
    turnstile: Arc<Turnstile>,
    base_domain: Option<String>,
    production: bool,
    trust_forwarded: bool,
}

#[async_trait]
impl RouterPlugin for Front {
    type Config = Settings;

    fn plugin_name() -> &'static str {
        NAME
    }

    fn on_plugin_init(mut payload: OnPluginInitPayload<Self>) -> OnPluginInitResult<Self> {
        let settings = payload.config()?;
        let rates = Arc::new(Rates::new(settings.rates.clone()));
        if let Some(url) = &settings.redis {
            payload.register_background_task(Sharing::new(Arc::clone(&rates), url)?);
        }
        let drops = Arc::new(Drops::default());
        if let Some(url) = &settings.amqp {
            let ca_file = settings.amqp_ca_file.as_deref();
            payload.register_background_task(Facts::new(Arc::clone(&drops), url, ca_file)?);
        }
        payload.initialize_plugin(Self {
            callers: Callers::new(&settings, drops)?,
            rates,
            turnstile: Turnstile::new(&settings.overload),
            base_domain: settings
                .base_domain
                .map(|domain| format!(".{}", domain.to_ascii_lowercase())),
            production: settings.production,
            trust_forwarded: settings.trust_forwarded,
        })
    }

    fn on_http_request<'req>(
        &'req self,
        mut payload: OnHttpRequestHookPayload<'req>,
    ) -> OnHttpRequestHookFuture<'req> {
        Box::pin(async move {
            match routes::of(payload.router_http_request.uri().path()) {
                Route::Door(Door::Auth) => {
                    let request = &payload.router_http_request;
                    // Whoever has signed in already does not stand in line with those who guess.
                    let way = match request.uri().path() {
                        "/auth/refresh" | "/auth/logout" => Way::Staying,
                        _ => Way::In,
                    };
                    let taken = self
                        .address(request)
                        .map(|at| self.rates.take_unknown(at, way, Instant::now()));
                    return match taken {
                        Some(Err(wait)) => {
                            let refusal = Refusal::too_many(wait.as_secs() + 1);
                            payload.end_with_response(refusal.plain())
                        }
                        Some(Ok(())) | None => payload.proceed(),
                    };
                }
                Route::Probe | Route::Door(_) => return payload.proceed(),
                Route::Nowhere => return payload.end_with_response(Refusal::nowhere().plain()),
                Route::Graph => {}
            }
            match self.admit(&mut payload.router_http_request).await {
                // Until the head of the answer is there; or until the request is dropped, and this with it.
                Ok(Some(place)) => payload.on_end(move |payload| {
                    drop(place);
                    payload.proceed()
                }),
                Ok(None) => payload.proceed(),
                Err(response) => payload.end_with_response(response),
            }
        })
    }

    fn on_graphql_error<'req>(
        &'req self,
        mut payload: OnGraphQLErrorHookPayload<'req>,
    ) -> OnGraphQLErrorHookResult<'req> {
        masking::mask(&mut payload.error);
        payload.proceed()
    }
}

impl Front {
    /// Where a request comes from. The last entry of the last `X-Forwarded-For` is the one our own proxy wrote.
    fn address(&self, request: &WebRequest<DefaultError>) -> Option<IpAddr> {
        let forwarded = request.headers().get_all("x-forwarded-for").last();
        let forwarded = forwarded
            .filter(|_| self.trust_forwarded)
            .and_then(|list| list.to_str().ok()?.rsplit(',').next())
            .and_then(|last| {
                let last = last.trim();
                let with_port = |text: &str| Some(text.parse::<SocketAddr>().ok()?.ip());
                last.parse().ok().or_else(|| with_port(last))
            });
        forwarded.or_else(|| Some(request.peer_addr()?.ip()))
    }

    /// Swaps what the caller showed for a signed caller and finds a place for the request; or says why not.
    async fn admit(
        &self,
        request: &mut WebRequest<DefaultError>,
    ) -> Result<Option<Place>, Response> {
        let headers = request.headers();
        let accept = text(headers, "accept").unwrap_or_default().to_owned();
        let refuse = |refusal: &Refusal| refusal.graphql(&accept);
        if headers.contains_key("upgrade") {
            return Err(refuse(&Refusal::no_websocket()));
        }
        let credential = match credential(headers) {
            Ok(Some(credential)) => credential,
            Ok(None) if !self.production && wants_page(request) => {
                headers::keep_graph(request.headers_mut());
                return Ok(None);
            }
            Ok(None) => return Err(refuse(&Refusal::no_credential())),
            Err(refusal) => return Err(refuse(&refusal)),
        };
        let tenant = self.wished_tenant(headers).map_err(|r| refuse(&r))?;
        let caller = self
            .callers
            .resolve(credential, tenant.as_deref(), &self.turnstile)
            .await
            .map_err(|refusal| refuse(&refusal))?;
        if let Err(wait) = self.rates.take(&caller.rates, Instant::now()) {
            return Err(refuse(&Refusal::too_many(wait.as_secs() + 1)));
        }
        // Last: nobody stands in line to be refused for another reason.
        let whose = Whose::Tenant(Arc::clone(&caller.rates.tenant));
        let place = self.turnstile.enter(&whose).await;
        let place = place.map_err(|refused| refuse(&Refusal::overloaded(refused)))?;
        let headers = request.headers_mut();
        headers::keep_graph(headers);
        headers.insert(AUTHORIZATION, caller.authorization.clone());
        Ok(Some(place))
    }

    /// The tenant the caller would like to act for: by header, else by subdomain. Directory decides whether they may.
    fn wished_tenant(&self, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
        let wished = if headers.contains_key(TENANT_HEADER) {
            text(headers, TENANT_HEADER)
                .ok_or_else(Refusal::bad_tenant)?
                .to_owned()
        } else {
            let Some(domain) = &self.base_domain else {
                return Ok(None);
            };
            let host = text(headers, "host")
                .unwrap_or_default()
                .to_ascii_lowercase();
            let host = host.split(':').next().unwrap_or_default();
            match host.strip_suffix(domain.as_str()) {
                Some(slug) => slug.to_owned(),
                None => return Ok(None),
            }
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if wished.is_empty() || wished.len() > 64 || !wished.bytes().all(plain) {
            return Err(Refusal::bad_tenant());
        }
        Ok(Some(wished))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The one credential shown. Two are a doubt, and a doubt is refused.
fn credential(headers: &HeaderMap) -> Result<Option<Credential<'_>>, Refusal> {
    let shown = [AUTHORIZATION.as_str(), "x-api-key"].map(|name| headers.get_all(name).count());
    let credential = match shown {
        [0, 0] => return Ok(None),
        [1, 0] => text(headers, AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Credential::Bearer(token.trim())),
        [0, 1] => text(headers, "x-api-key").map(Credential::ApiKey),
        _ => None,
    };
    let within = |credential: &Credential<'_>| {
        let (Credential::Bearer(value) | Credential::ApiKey(value)) = credential;
        !value.is_empty() && value.len() <= LONGEST_CREDENTIAL
    };
    match credential.filter(within) {
        Some(credential) => Ok(Some(credential)),
        None => Err(Refusal::bad_credential()),
    }
}

/// A browser asking for the GraphiQL page. Should the router take it for an operation, it finds no token and refuses.
fn wants_page(request: &WebRequest<DefaultError>) -> bool {
    request.method() == Method::GET
        && request.uri().path() == routes::GRAPH
        && request.query_string().is_empty()
        && text(request.headers(), "accept").is_some_and(|accept| accept.contains("text/html"))
}
