//! Tokens that nobody gave: at the public door, and at the doors that only the gateway should knock at.

use access::KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::Installation;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{Answer, THEIRS, ask, key_file, send, sign_in};

/// A key of the installation, and what everybody may know of it.
struct Key {
    kid: String,
    private: EncodingKey,
    public: Vec<Vec<u8>>,
}

fn key(at: &Installation, file: &str) -> Key {
    let pem = key_file(at, file);
    let pair = KeyPair::from_pem(&pem).unwrap();
    let jwks = pair.jwks();
    let public = jwks["keys"][0]["x"].as_str().unwrap();
    Key {
        kid: pair.kid().to_owned(),
        private: EncodingKey::from_ed_pem(pem.as_bytes()).unwrap(),
        public: vec![
            URL_SAFE_NO_PAD.decode(public).unwrap(),
            public.as_bytes().to_vec(),
            jwks.to_string().into_bytes(),
        ],
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// What a token says, whoever says it.
fn said(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn signed(kid: &str, claims: &Value, key: &EncodingKey) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

/// Tokens that are right but for one thing. `wrong`: claims that are signed by the right key and must not be believed.
fn forgeries(
    right: &Key,
    other: &Key,
    claims: &Value,
    wrong: &[(&str, Value)],
) -> Vec<(String, String)> {
    let genuine = signed(&right.kid, claims, &right.private);
    let parts: Vec<&str> = genuine.split('.').collect();
    let mut all = vec![
        (
            "the other key".to_owned(),
            signed(&right.kid, claims, &other.private),
        ),
        (
            "the other key, by its own name".to_owned(),
            signed(&other.kid, claims, &other.private),
        ),
        (
            "no signature".to_owned(),
            format!("{}.{}", parts[0], parts[1]),
        ),
    ];
    for alg in ["none", "None", "HS256"] {
        let header = part(&json!({"alg": alg, "typ": "JWT", "kid": right.kid}));
        for signature in ["", parts[2]] {
            let token = format!("{header}.{}.{signature}", parts[1]);
            all.push((format!("algorithm {alg}"), token));
        }
    }
    for public in &right.public {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(right.kid.clone());
        let secret = EncodingKey::from_secret(public);
        let token = jsonwebtoken::encode(&header, claims, &secret).unwrap();
        all.push(("signed with the public key".to_owned(), token));
    }
    for (name, value) in wrong {
        let mut bent = claims.clone();
        bent[*name] = value.clone();
        let token = format!("{}.{}.{}", parts[0], part(&bent), parts[2]);
        all.push((format!("{name} bent to {value}"), token));
        let token = signed(&right.kid, &bent, &right.private);
        all.push((format!("{name} {value}"), token));
    }
    all
}

const ME: &str = "{ me { name } }";

/// Access tokens at the public door.
pub async fn access_tokens(at: &Installation) {
    let (sessions, callers) = (key(at, "sessions.pem"), key(at, "callers.pem"));
    let claims = said(&sign_in(at, "agent").await);
    let others = said(&sign_in(at, "coordinator").await);
    let now = claims["iat"].as_i64().unwrap();
    // What is forged below lacks nothing else.
    let again = signed(&sessions.kid, &claims, &sessions.private);
    let control = ask(at, &again, ME, json!({})).await;
    assert!(control.body["errors"].is_null(), "{control:?}");
    let wrong = [
        ("exp", json!(now)),
        ("exp", json!("never")),
        ("iat", json!(now + 600)),
        ("iss", json!("ventanilla")),
        ("aud", json!("graph")),
        ("typ", json!("refresh")),
        // A session that stands, and a person who exists: not each other's.
        ("sid", others["sid"].clone()),
        ("sub", others["sub"].clone()),
    ];
    for (what, token) in forgeries(&sessions, &callers, &claims, &wrong) {
        let answer = ask(at, &token, ME, json!({})).await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "UNAUTHENTICATED"),
            "{what}: {answer:?}"
        );
        assert!(answer.body["data"].is_null(), "{what}: {answer:?}");
    }
}

/// A service's own door, as somebody inside the net may reach it.
async fn inside(at: &Installation, url: &str, token: Option<&str>, query: &str) -> Answer {
    let request = at.http().post(url).json(&json!({"query": query}));
    // No service takes its tenant from these.
    let request = request
        .header("x-ventanilla-tenant", "isla")
        .header("x-tenant-id", "isla");
    send(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

/// Signed callers at the services' doors, which the gateway alone should reach.
pub async fn signed_callers(at: &Installation) {
    let gateway: Value = serde_json::from_str(&key_file(at, "gateway.json")).unwrap();
    let (sessions, callers) = (key(at, "sessions.pem"), key(at, "callers.pem"));
    let access = sign_in(at, "agent").await;
    let door = format!(
        "{}/internal/callers",
        gateway["directory"]["url"].as_str().unwrap()
    );
    let question = json!({"credential": {"kind": "bearer", "value": access}, "tenant": null});
    let internal = key_file(at, "internal.key");
    let internal = internal.trim();
    for guess in [None, Some(""), Some(&internal[1..])] {
        let mut request = at.http().post(&door).json(&question);
        if let Some(guess) = guess {
            request = request.header("x-internal-key", guess);
        }
        let answer = send(request).await;
        assert_eq!((answer.status, answer.body), (404, json!("")), "{guess:?}");
    }
    let request = at.http().post(&door).json(&question);
    let known = send(request.header("x-internal-key", internal)).await;
    assert_eq!(known.status, 200, "{known:?}");

    let now = said(&access)["iat"].as_i64().unwrap();
    let mut claims = known.body;
    claims["iss"] = json!("ventanilla");
    claims["aud"] = json!("graph");
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 60);
    let genuine = signed(&callers.kid, &claims, &callers.private);
    let intake = gateway["subgraphs"]["intake"].as_str().unwrap();
    let tickets = "{ tickets { nodes { subject } } }";
    let control = inside(at, intake, Some(&genuine), tickets).await;
    assert!(control.body["errors"].is_null(), "{control:?}");
    assert!(control.body["data"]["tickets"]["nodes"].is_array());
    assert!(!control.body.to_string().contains(THEIRS), "{control:?}");

    let wrong = [
        ("exp", json!(now)),
        ("exp", json!(now + 3600)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(now + 600)),
        ("iss", json!("ventanilla-directory")),
        ("aud", json!("gateway")),
    ];
    for (what, token) in forgeries(&callers, &sessions, &claims, &wrong) {
        let answer = inside(at, intake, Some(&token), tickets).await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "UNAUTHENTICATED"),
            "{what}: {answer:?}"
        );
        assert!(answer.body["data"].is_null(), "{what}: {answer:?}");
    }
    // Every service asks for it, and takes nothing else in its place.
    let subgraphs = gateway["subgraphs"].as_object().unwrap();
    assert!(subgraphs.len() >= 6, "{subgraphs:?}");
    for (service, url) in subgraphs {
        for token in [None, Some(""), Some("x"), Some(access.as_str())] {
            let url = url.as_str().unwrap();
            let answer = inside(at, url, token, "{ __typename }").await;
            assert_eq!(
                (answer.status, answer.code()),
                (401, "UNAUTHENTICATED"),
                "{service}: {answer:?}"
            );
        }
    }
    // And outside it is none: who overhears one gains nothing at the public door.
    let outside = ask(at, &genuine, ME, json!({})).await;
    assert_eq!((outside.status, outside.code()), (401, "UNAUTHENTICATED"));
}
