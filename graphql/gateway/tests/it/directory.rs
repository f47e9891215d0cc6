//! Directory's internal endpoint, as the gateway sees it.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::stub::{Reply, Request};
use crate::world::INTERNAL_KEY;

#[derive(Default)]
pub struct Directory {
    known: Mutex<HashMap<(String, String), Value>>,
    pub asked: AtomicUsize,
    asked_about: Mutex<HashMap<String, usize>>,
    pub away: AtomicBool,
    /// How long an answer is under way, after it was found.
    pub slow_ms: AtomicU64,
}

impl Directory {
    /// From now on this bearer token means this person of this tenant.
    pub fn knows(&self, token: &str, tenant: &str, scope: &str) {
        self.knows_credential("bearer", token, tenant, scope);
    }

    pub fn knows_credential(&self, kind: &str, value: &str, tenant: &str, scope: &str) {
        let claims = json!({
            "sub": format!("psn_{value}"), "kind": "staff", "provider": "prv_1",
            "tenants": [{ "id": tenant, "roles": ["agent"] }], "tenant": tenant, "scope": scope,
            // A confused directory cannot speak in the gateway's name.
            "iss": "someone else", "exp": 1,
        });
        self.knows_as(kind, value, claims);
    }

    /// From now on this credential means these claims.
    pub fn knows_as(&self, kind: &str, value: &str, claims: Value) {
        let key = (kind.to_owned(), value.to_owned());
        self.known.lock().unwrap().insert(key, claims);
    }

    pub fn forgets(&self, token: &str) {
        let key = ("bearer".to_owned(), token.to_owned());
        self.known.lock().unwrap().remove(&key);
    }

    /// How often it was asked about a credential.
    pub fn asked_about(&self, value: &str) -> usize {
        let asked = self.asked_about.lock().unwrap();
        asked.get(value).copied().unwrap_or_default()
    }

    pub fn answer(&self, request: &Request) -> Reply {
        assert_eq!(
            (request.method.as_str(), request.target.as_str()),
            ("POST", "/internal/callers")
        );
        assert_eq!(request.headers["x-internal-key"], INTERNAL_KEY);
        let question: Value = serde_json::from_slice(&request.body).unwrap();
        let reply = self.find(&question);
        let slow = Duration::from_millis(self.slow_ms.load(Ordering::SeqCst));
        let value = question["credential"]["value"].as_str().unwrap().to_owned();
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.asked_about.lock().unwrap().entry(value).or_default() += 1;
        std::thread::sleep(slow);
        reply
    }

    fn find(&self, question: &Value) -> Reply {
        if self.away.load(Ordering::SeqCst) {
            return Reply::json(
                500,
                &json!({ "code": "INTERNAL", "message": "psql: no route" }),
            );
        }
        let part = |name: &str| question["credential"][name].as_str().unwrap().to_owned();
        let Some(mut claims) = self
            .known
            .lock()
            .unwrap()
            .get(&(part("kind"), part("value")))
            .cloned()
        else {
            return Reply::json(
                401,
                &json!({ "code": "UNAUTHENTICATED", "message": "No le conocemos." }),
            );
        };
        match question["tenant"].as_str() {
            Some("ajeno") => Reply::json(
                403,
                &json!({ "code": "FORBIDDEN", "message": "No es suyo." }),
            ),
            Some(wished) => {
                claims["tenant"] = json!(wished);
                Reply::json(200, &claims)
            }
            None => Reply::json(200, &claims),
        }
    }
}
