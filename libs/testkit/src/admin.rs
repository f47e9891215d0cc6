//! RabbitMQ's HTTP API, as far as tests need it.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, ensure};
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

/// Creates and removes virtual hosts, and looks into queues.
#[derive(Debug, Clone)]
pub struct BrokerAdmin {
    http: Client,
    base: Url,
}

impl BrokerAdmin {
    /// `url`: `http://user:password@host:port`.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let base = Url::parse(url).context("RabbitMQ's HTTP API")?;
        let http = Client::builder()
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()?;
        Ok(Self { http, base })
    }

    /// Creates a virtual host and gives the API's own user all rights in it.
    pub async fn create_vhost(&self, vhost: &str) -> anyhow::Result<()> {
        self.call(Method::PUT, &["vhosts", vhost], Some(json!({})))
            .await?;
        let rights = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        self.call(
            Method::PUT,
            &["permissions", vhost, self.base.username()],
            Some(rights),
        )
        .await?;
        Ok(())
    }

    /// Removes a virtual host with all its queues; one that is gone already is no error.
    pub async fn delete_vhost(&self, vhost: &str) -> anyhow::Result<()> {
        self.call(Method::DELETE, &["vhosts", vhost], None)
            .await
            .map(drop)
    }

    /// The names of all virtual hosts.
    pub async fn vhosts(&self) -> anyhow::Result<Vec<String>> {
        let answer = self.call(Method::GET, &["vhosts"], None).await?;
        Ok(names(&answer))
    }

    /// Messages (ready and unacknowledged) of every queue of a virtual host, by queue.
    pub async fn queue_depths(&self, vhost: &str) -> anyhow::Result<BTreeMap<String, u64>> {
        let answer = self
            .call(
                Method::GET,
                &[
                    "queues",
                    vhost,
                    "?disable_stats=true&enable_queue_totals=true",
                ],
                None,
            )
            .await?;
        let queues = answer.as_array().context("a list of queues")?;
        Ok(queues
            .iter()
            .filter_map(|queue| {
                Some((
                    queue["name"].as_str()?.to_owned(),
                    queue["messages"].as_u64().unwrap_or(0),
                ))
            })
            .collect())
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> anyhow::Result<Value> {
        let mut url = self.base.clone();
        {
            let mut segments = url.path_segments_mut().ok().context("a base address")?;
            segments.clear().push("api");
            segments.extend(path.iter().filter(|part| !part.starts_with('?')));
        }
        url.set_query(path.iter().find_map(|part| part.strip_prefix('?')));
        let mut request = self.http.request(method.clone(), url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let what = format!("RabbitMQ: {method} {}", path.join("/"));
        let answer = request.send().await.with_context(|| what.clone())?;
        let status = answer.status();
        let text = answer.text().await.with_context(|| what.clone())?;
        if method == Method::DELETE && status.as_u16() == 404 {
            return Ok(Value::Null);
        }
        ensure!(status.is_success(), "{what}: {status} {text}");
        if text.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(&text).context(what)
        }
    }
}

fn names(answer: &Value) -> Vec<String> {
    let all = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .filter_map(|one| one["name"].as_str().map(str::to_owned))
        .collect()
}
