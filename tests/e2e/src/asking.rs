//! What tests do to an installation through its public door, and through its operator's.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::Installation;

impl Installation {
    /// Creates a tenant (of provider `soporte`) and returns its id.
    pub async fn tenant(&self, slug: &str) -> anyhow::Result<String> {
        self.tenant_of("soporte", slug, slug).await
    }

    /// Creates a tenant of a provider, with one person for every role, and returns its id.
    pub async fn tenant_of(
        &self,
        provider: &str,
        slug: &str,
        name: &str,
    ) -> anyhow::Result<String> {
        let out = self
            .cli(&[
                "tenant",
                "create",
                "--provider",
                provider,
                "--slug",
                slug,
                "--name",
                name,
                "--demo-people",
            ])
            .await?;
        out.lines()
            .last()
            .map(|l| l.trim().to_owned())
            .context("no id came back")
    }

    /// An access token for somebody who holds `role` with `tenant`.
    pub async fn token(&self, tenant: &str, role: &str) -> anyhow::Result<String> {
        let out = self
            .cli(&["token", "--tenant", tenant, "--role", role])
            .await?;
        Ok(out.trim().to_owned())
    }

    /// Signs somebody in at the public door, and returns the access token.
    pub async fn sign_in(&self, email: &str, password: &str) -> anyhow::Result<String> {
        let login = self.client.post(format!("{}/auth/login", self.url));
        let response = login
            .json(&json!({"email": email, "password": password}))
            .send()
            .await?;
        let (status, body) = (response.status(), response.json::<Value>().await?);
        ensure!(
            status.is_success(),
            "{email} cannot sign in: {status} {body}"
        );
        body["accessToken"]
            .as_str()
            .map(str::to_owned)
            .context("no access token came back")
    }

    /// Asks the gateway; the whole response. `token` may be an API key (`vk_…`) as well.
    pub async fn ask(
        &self,
        token: &str,
        tenant: Option<&str>,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Value> {
        let (_, body) = self.answer(token, tenant, query, variables).await?;
        Ok(serde_json::from_str(&body)?)
    }

    /// The same, as it came: status and body.
    pub async fn answer(
        &self,
        token: &str,
        tenant: Option<&str>,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<(u16, String)> {
        let request = self.client.post(format!("{}/graphql", self.url));
        let request = if token.starts_with("vk_") {
            request.header("x-api-key", token)
        } else {
            request.bearer_auth(token)
        };
        let mut request = request.json(&json!({"query": query, "variables": variables}));
        if let Some(tenant) = tenant {
            request = request.header("x-ventanilla-tenant", tenant);
        }
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Asks the gateway; the data. An error ends the test with its message.
    pub async fn data(
        &self,
        token: &str,
        tenant: Option<&str>,
        query: &str,
        variables: Value,
    ) -> anyhow::Result<Value> {
        let response = self.ask(token, tenant, query, variables).await?;
        ensure!(response["errors"].is_null(), "{}", response["errors"]);
        Ok(response["data"].clone())
    }
}
