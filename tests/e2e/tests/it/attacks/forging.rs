//! Tokens that nobody gave: at the public door, and at the doors that only the gateway should knock at.

use access::KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use e2e::SERVICES;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::{Answer, Ground, THEIRS};

/// A key of the installation, and what everybody may know of it.
struct Key {
    kid: String,
    private: EncodingKey,
    public: Vec<Vec<u8>>,
    jwk: Value,
}

fn key(ground: &Ground, file: &str) -> Key {
    let pem = ground.key_file(file);
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
        jwk: jwks["keys"][0].clone(),
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
    // Keys that the token itself brings, says where to fetch, or names by what a look-up would stumble over.
    let own = Header {
        jwk: Some(serde_json::from_value(other.jwk.clone()).unwrap()),
        kid: Some(right.kid.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    let fetched = Header {
        jku: Some("http://127.0.0.1:1/jwks.json".to_owned()),
        x5u: Some("http://127.0.0.1:1/key.pem".to_owned()),
        kid: None,
        ..Header::new(Algorithm::EdDSA)
    };
    for (what, header) in [
        ("a key brought along", own),
        ("a key to be fetched", fetched),
    ] {
        let token = jsonwebtoken::encode(&header, claims, &other.private).unwrap();
        all.push((what.to_owned(), token));
    }
    for kid in [
        "",
        "../../../dev/null",
        "/dev/null",
        "' UNION SELECT 'x' --",
        "callers.pem",
    ] {
        all.push((format!("kid {kid}"), signed(kid, claims, &other.private)));
    }
    for name in ["iss", "aud", "iat", "exp", "sub"] {
        let mut bent = claims.clone();
        bent.as_object_mut().unwrap().remove(name);
        let token = signed(&right.kid, &bent, &right.private);
        all.push((format!("without {name}"), token));
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

/// Issuers that are not the one of a door: the services', and such as a tenant might be given one day. An installation has one
/// issuer for each sort of token, whoever the tenant is.
fn issuers(but: &str) -> Vec<(&'static str, Value)> {
    let services = SERVICES.map(|service| format!("ventanilla-{service}"));
    let tenants = [
        "ventanilla",
        "gateway",
        "torre",
        "isla",
        "https://isla.example",
        "ventanilla-directory/isla",
        "",
    ];
    let all = services.into_iter().chain(tenants.map(str::to_owned));
    let others = all.filter(|issuer| issuer != but);
    let mut wrong: Vec<_> = others.map(|issuer| ("iss", json!(issuer))).collect();
    wrong.push(("iss", json!([but])));
    wrong.push(("iss", Value::Null));
    wrong
}

fn assert_unknown(answer: &Answer, what: &str) {
    assert_eq!(
        (answer.status, answer.code()),
        (401, "UNAUTHENTICATED"),
        "{what}: {answer:?}"
    );
    assert!(answer.body["data"].is_null(), "{what}: {answer:?}");
}

/// Access tokens at the public door.
pub async fn access_tokens(ground: &Ground) {
    let (sessions, callers) = (key(ground, "sessions.pem"), key(ground, "callers.pem"));
    let claims = said(&ground.sign_in("torre", "agent").await);
    let others = said(&ground.sign_in("torre", "coordinator").await);
    let neighbours = said(&ground.sign_in("isla", "requester").await);
    let now = claims["iat"].as_i64().unwrap();
    // What is forged below lacks nothing else.
    let again = signed(&sessions.kid, &claims, &sessions.private);
    let control = ground.ask(&again, ME, json!({})).await;
    assert!(control.body["errors"].is_null(), "{control:?}");
    let mut wrong = vec![
        ("exp", json!(now)),
        ("exp", json!("never")),
        ("iat", json!(now + 600)),
        ("aud", json!("graph")),
        ("aud", json!("directory")),
        ("aud", json!("isla")),
        ("aud", json!(["gateway", "graph"])),
        ("typ", json!("refresh")),
        // A session that stands, and a person who exists: not each other's. The neighbour's, too.
        ("sid", others["sid"].clone()),
        ("sub", others["sub"].clone()),
        ("sid", neighbours["sid"].clone()),
        ("sub", neighbours["sub"].clone()),
    ];
    wrong.extend(issuers("ventanilla-directory"));
    for (what, token) in forgeries(&sessions, &callers, &claims, &wrong) {
        let answer = ground.ask(&token, ME, json!({})).await;
        assert_unknown(&answer, &what);
    }
}

/// A token that is right, with another tenant's name, id or things.
pub async fn anothers_tenant(ground: &Ground) {
    let (ours, theirs) = (
        ground.sign_in("torre", "agent").await,
        ground.sign_in("isla", "requester").await,
    );
    let door = format!("{}/graphql", ground.at.url);
    let ask = |token: &str, tenants: &[&str], query: &str, variables: Value| {
        let body = json!({"query": query, "variables": variables});
        let request = ground.at.http().post(&door).bearer_auth(token).json(&body);
        let named = tenants.iter().fold(request, |request, tenant| {
            request.header("x-ventanilla-tenant", *tenant)
        });
        ground.send(named)
    };
    for tenant in ["torre", ground.torre.as_str()] {
        let control = ask(&ours, &[tenant], ME, json!({})).await;
        assert!(control.body["errors"].is_null(), "{tenant}: {control:?}");
    }
    let tickets = "{ tickets { nodes { subject } } }";
    let names = [
        (&theirs, "torre"),
        (&theirs, ground.torre.as_str()),
        (&theirs, "TORRE"),
        (&theirs, "../torre"),
        (&theirs, "isla/../torre"),
        (&theirs, "isla,torre"),
        (&theirs, "isla%2f..%2ftorre"),
        (&ours, "isla"),
        (&ours, ground.isla.as_str()),
        (&ours, "' OR '1'='1"),
    ];
    for (token, tenant) in names {
        for query in [ME, tickets] {
            let answer = ask(token, &[tenant], query, json!({})).await;
            assert!(
                ["NOT_FOUND", "FORBIDDEN", "BAD_TENANT"].contains(&answer.code()),
                "{tenant}: {answer:?}"
            );
            assert!(answer.body["data"].is_null(), "{tenant}: {answer:?}");
        }
    }
    // Of two names the second opens nothing that the first does not, and the other way round.
    for two in [["torre", "isla"], ["isla", "torre"]] {
        let answer = ask(&ours, &two, tickets, json!({})).await;
        assert!(!answer.body.to_string().contains(THEIRS), "{answer:?}");
    }
    // The neighbour's ticket, which is there: asked for at home, and at the neighbour's.
    let q = "query($id: ID!) { ticket(id: $id) { subject } }";
    let there = ask(&theirs, &[], q, json!({"id": ground.ticket})).await;
    assert_eq!(there.body["data"]["ticket"]["subject"], THEIRS);
    for tenant in [None, Some("torre"), Some("isla")] {
        let tenants: Vec<&str> = tenant.into_iter().collect();
        let answer = ask(&ours, &tenants, q, json!({"id": ground.ticket})).await;
        // As what there is not: nothing, or a refusal where the neighbour is named.
        let refused = ["NOT_FOUND", "FORBIDDEN"].contains(&answer.code());
        let nothing = answer.body == json!({"data": {"ticket": null}});
        assert!(refused || nothing, "{tenant:?}: {answer:?}");
    }
}

/// A service's own door, as somebody inside the net may reach it.
async fn inside(ground: &Ground, url: &str, token: Option<&str>, query: &str) -> Answer {
    let request = ground.at.http().post(url).json(&json!({"query": query}));
    // No service takes its tenant from these.
    let request = request
        .header("x-ventanilla-tenant", "isla")
        .header("x-tenant-id", "isla");
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    ground.send(request).await
}

/// Signed callers at the services' doors, which the gateway alone should reach.
pub async fn signed_callers(ground: &Ground) {
    let gateway: Value = serde_json::from_str(&ground.key_file("gateway.json")).unwrap();
    let (sessions, callers) = (key(ground, "sessions.pem"), key(ground, "callers.pem"));
    let access = ground.sign_in("torre", "agent").await;
    let door = format!(
        "{}/internal/callers",
        gateway["directory"]["url"].as_str().unwrap()
    );
    let question = json!({"credential": {"kind": "bearer", "value": access}, "tenant": null});
    let internal = ground.key_file("internal.key");
    let internal = internal.trim();
    for guess in [None, Some(""), Some(&internal[1..])] {
        let mut request = ground.at.http().post(&door).json(&question);
        if let Some(guess) = guess {
            request = request.header("x-internal-key", guess);
        }
        let answer = ground.send(request).await;
        assert_eq!((answer.status, answer.body), (404, json!("")), "{guess:?}");
    }
    let request = ground.at.http().post(&door).json(&question);
    let known = ground
        .send(request.header("x-internal-key", internal))
        .await;
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
    let control = inside(ground, intake, Some(&genuine), tickets).await;
    assert!(control.body["errors"].is_null(), "{control:?}");
    assert!(control.body["data"]["tickets"]["nodes"].is_array());
    assert!(!control.body.to_string().contains(THEIRS), "{control:?}");

    let mut wrong = vec![
        ("exp", json!(now)),
        ("exp", json!(now + 3600)),
        ("exp", json!(i64::MAX)),
        ("iat", json!(now + 600)),
        ("aud", json!("gateway")),
        ("aud", json!("intake")),
        ("aud", json!(["graph", "gateway"])),
    ];
    wrong.extend(issuers("ventanilla"));
    let mut forged = forgeries(&callers, &sessions, &claims, &wrong);
    // The key that is trusted, under the name of one that is not.
    let token = signed(&sessions.kid, &claims, &callers.private);
    forged.push(("the right key, by the other's name".to_owned(), token));
    // A session's claims, signed by the gateway's key: each half is genuine.
    let token = signed(&callers.kid, &said(&access), &callers.private);
    forged.push(("an access token of the gateway's key".to_owned(), token));
    // The neighbour's tenant, under a signature that was for one's own.
    let mut bent = claims.clone();
    bent["tenant"] = json!(ground.isla);
    bent["tenants"][0]["id"] = json!(ground.isla);
    let parts: Vec<&str> = genuine.split('.').collect();
    let token = format!("{}.{}.{}", parts[0], part(&bent), parts[2]);
    forged.push(("the neighbour's tenant".to_owned(), token));
    for (what, token) in forged {
        let answer = inside(ground, intake, Some(&token), tickets).await;
        assert_unknown(&answer, &what);
    }
    // Every service asks for it, and takes nothing else in its place.
    let subgraphs = gateway["subgraphs"].as_object().unwrap();
    assert!(subgraphs.len() >= 6, "{subgraphs:?}");
    for (service, url) in subgraphs {
        for token in [None, Some(""), Some("x"), Some(access.as_str())] {
            let url = url.as_str().unwrap();
            let answer = inside(ground, url, token, "{ __typename }").await;
            assert_unknown(&answer, service);
        }
    }
    // And outside it is none: who overhears one gains nothing at the public door.
    let outside = ground.ask(&genuine, ME, json!({})).await;
    assert_unknown(&outside, "a signed caller");
    // Nor is it one when the sessions' key has signed it, with the claims of either.
    let mut mixed = claims.clone();
    mixed["sid"] = said(&access)["sid"].clone();
    mixed["typ"] = json!("access");
    for claims in [claims, mixed] {
        let token = signed(&sessions.kid, &claims, &sessions.private);
        let outside = ground.ask(&token, ME, json!({})).await;
        assert_unknown(&outside, "a caller of the sessions' key");
    }
}
