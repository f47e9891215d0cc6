//! Fetches the text of a calendar feed.

use std::sync::Arc;
use std::time::Duration;

use business_time::feed::MAX_BYTES;
use reqwest::Url;
use reqwest::redirect::Policy;

use super::guard::{PublicNames, is_public};
use crate::config;

/// Why a feed could not be fetched. For the log and, by its code, for whoever named it: nothing of what answered.
#[derive(Debug, thiserror::Error)]
pub enum Unfetched {
    /// Not an address that may be asked.
    #[error("not an https address of the internet")]
    Address,
    /// It could not be reached, or broke off.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// It answered with something else than the feed.
    #[error("answered {0}")]
    Status(u16),
    /// It is larger than any feed that is read.
    #[error("larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is not text.
    #[error("not UTF-8")]
    NotText,
}

/// Asks for feeds.
#[derive(Debug, Clone)]
pub struct Fetcher {
    http: reqwest::Client,
    inside: bool,
    every_s: i64,
}

impl Fetcher {
    /// As configured.
    ///
    /// # Errors
    /// What the TLS back end says when it cannot be had.
    pub fn new(settings: &config::Feeds) -> Result<Self, reqwest::Error> {
        let mut http = reqwest::Client::builder()
            .timeout(Duration::from_secs(settings.timeout_s))
            // A redirect could lead inside; whoever moves a feed names its new place.
            .redirect(Policy::none())
            .no_proxy()
            .https_only(!settings.allow_inside);
        if !settings.allow_inside {
            http = http.dns_resolver(Arc::new(PublicNames));
        }
        Ok(Self {
            http: http.build()?,
            inside: settings.allow_inside,
            every_s: settings.every_s,
        })
    }

    /// How often a feed is read, seconds.
    pub fn every_s(&self) -> i64 {
        self.every_s
    }

    /// The text at an address, of at most [`MAX_BYTES`].
    ///
    /// # Errors
    /// [`Unfetched`].
    pub async fn fetch(&self, url: &str) -> Result<String, Unfetched> {
        let url = self.permitted(url)?;
        let unreachable = |e: reqwest::Error| Unfetched::Unreachable(e.without_url().to_string());
        let mut answer = self.http.get(url).send().await.map_err(unreachable)?;
        if !answer.status().is_success() {
            return Err(Unfetched::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(Unfetched::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|_| Unfetched::NotText)
    }

    /// An address that may be asked.
    ///
    /// # Errors
    /// [`Unfetched::Address`].
    pub fn permitted(&self, url: &str) -> Result<Url, Unfetched> {
        let url = Url::parse(url).map_err(|_| Unfetched::Address)?;
        let schemes: &[&str] = if self.inside {
            &["https", "http"]
        } else {
            &["https"]
        };
        // The resolver is not asked for a host that is an address already.
        let literal = url.host_str().and_then(|host| {
            host.trim_start_matches('[')
                .trim_end_matches(']')
                .parse()
                .ok()
        });
        let inside = literal.is_some_and(|ip| !is_public(ip));
        let plain = url.username().is_empty() && url.password().is_none();
        if schemes.contains(&url.scheme()) && (self.inside || !inside) && plain {
            Ok(url)
        } else {
            Err(Unfetched::Address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_addresses_are_asked() {
        let fetcher = Fetcher::new(&config::Feeds::default()).unwrap();
        for url in [
            "http://example.com/a.ics",
            "file:///etc/passwd",
            "https://127.0.0.1/a.ics",
            "https://[::1]/a.ics",
            "https://2130706433/a.ics",
            "https://0x7f.1/a.ics",
            "https://me:secret@example.com/a.ics",
            "example.com/a.ics",
        ] {
            assert!(fetcher.permitted(url).is_err(), "{url}");
        }
        assert!(fetcher.permitted("https://example.com/a.ics").is_ok());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        use tokio::net::TcpListener;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("https://localhost:{port}/a.ics");
        let knocked = async |settings: config::Feeds| {
            let fetcher = Fetcher::new(&settings).unwrap();
            tokio::select! {
                _ = listener.accept() => true,
                refused = fetcher.fetch(&url) => {
                    assert!(matches!(refused, Err(Unfetched::Unreachable(_))), "{refused:?}");
                    false
                }
            }
        };
        assert!(!knocked(config::Feeds::default()).await);
        let inside = config::Feeds {
            allow_inside: true,
            ..config::Feeds::default()
        };
        assert!(knocked(inside).await, "the name leads to the listener");
    }
}
