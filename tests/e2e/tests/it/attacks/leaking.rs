//! What was shown, typed or written stays out of the logs, and out of answers that are none of its business.

use std::time::Duration;

use e2e::{PASSWORD, audit, email};
use serde_json::json;
use sqlx::AssertSqlSafe;
use testkit::eventually;

use super::{Answer, Ground};

const REVOKE: &str =
    "mutation($k: ID!) { revokeApiKey(input: {apiKey: $k}) { problems { code } } }";

/// What a browser would keep, send along by itself, or hand to a page of somebody else.
fn assert_kept_by_nobody(answer: &Answer) {
    assert_eq!(answer.headers["cache-control"], "no-store", "{answer:?}");
    let odd = answer
        .headers
        .keys()
        .map(reqwest::header::HeaderName::as_str)
        .find(|name| *name == "set-cookie" || name.starts_with("access-control-"));
    assert_eq!(odd, None, "{answer:?}");
}

/// Shows every sort of secret in every wrong way, then reads all that was logged.
pub async fn nothing_shown_is_written_down(ground: &Ground) {
    let mut secrets: Vec<String> = [
        "clave-equivocada-8840",
        "clave-por-error-8841",
        "clave-vieja-8842",
        "clave-nueva-8843",
        "clave-persona-8844",
        "reservada-8845",
        "clave-en-linea-8846",
        "vk_inventada8847",
        "eyJinventado8848",
        "asunto-reservado-8849",
        // Shown by `provoking`.
        "tampoco-esta-8850",
        "vk_inventada8851",
    ]
    .map(str::to_owned)
    .to_vec();

    // Signing in: rightly, wrongly, and with the password where the address belongs.
    let login = json!({"email": email("torre", "quality_manager"), "password": PASSWORD});
    let session = ground.knock("/auth/login", login).await;
    assert_eq!(session.status, 200);
    assert_kept_by_nobody(&session);
    for token in ["accessToken", "refreshToken"] {
        secrets.push(session.body[token].as_str().unwrap().to_owned());
    }
    let refresh = json!({"refreshToken": session.body["refreshToken"]});
    let renewed = ground.knock("/auth/refresh", refresh.clone()).await;
    assert_kept_by_nobody(&renewed);
    // Shown twice it ends the session, which is written down; the token is not.
    assert_eq!(ground.knock("/auth/refresh", refresh).await.status, 401);
    for login in [
        json!({"email": "nadie@torre.example", "password": "clave-equivocada-8840"}),
        json!({"email": "clave-por-error-8841", "password": "x"}),
    ] {
        let refused = ground.knock("/auth/login", login).await;
        assert_eq!(refused.status, 401);
        assert_kept_by_nobody(&refused);
    }

    // Inputs that have not the form: as a variable, and as a part of the document.
    let admin = ground.sign_in("torre", "tenant_admin").await;
    let q = "mutation($i: SetPasswordInput!) { setPassword(input: $i) { done } }";
    let wrong = json!({"i": {"old": "clave-vieja-8842", "nueva": "clave-nueva-8843"}});
    let answer = ground.ask(&admin, q, wrong).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer:?}");
    let q =
        "mutation($i: RegisterPersonInput!) { registerPerson(input: $i) { problems { code } } }";
    let wrong = json!({"i": {
        "name": "Persona reservada-8845", "email": "reservada-8845@torre.example", "roles": ["REQUESTER"],
        "password": "clave-persona-8844", "apodo": "reservada-8845",
    }});
    let answer = ground.ask(&admin, q, wrong).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer:?}");
    let q =
        "mutation { setPassword(input: {old: \"clave-en-linea-8846\", nueva: \"x\"}) { done } }";
    let answer = ground.ask(&admin, q, json!({})).await;
    assert!(answer.body["data"].is_null(), "{answer:?}");

    // Keys: a real one, one that nobody has, a token that is none.
    let q = "mutation { createApiKey(input: {name: \"ERP\"}) { apiKey { id } secret problems { code } } }";
    let made = ground.ask(&admin, q, json!({})).await.body["data"]["createApiKey"].clone();
    let key = made["secret"].as_str().unwrap().to_owned();
    let me = ground.ask(&key, "{ me { name } }", json!({})).await;
    assert_eq!(me.body["data"], json!({"me": {"name": "ERP"}}));
    let keys = "{ apiKeys { name prefix } }";
    let listed = ground.ask(&admin, keys, json!({})).await;
    assert!(!listed.body.to_string().contains(&key), "{listed:?}");
    let revoked = ground
        .ask(&admin, REVOKE, json!({"k": made["apiKey"]["id"]}))
        .await;
    assert!(revoked.body["errors"].is_null(), "{revoked:?}");
    secrets.push(key);
    for token in ["vk_inventada8847", "eyJinventado8848"] {
        let answer = ground.ask(token, "{ me { name } }", json!({})).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED");
    }
    let q = "{ searchTickets(text: \"asunto-reservado-8849\") { nodes { id } } }";
    assert_eq!(ground.ask(&admin, q, json!({})).await.status, 200);

    // The installation's own.
    secrets.push(PASSWORD.to_owned());
    secrets.push(admin.clone());
    secrets.push(ground.key_file("internal.key").trim().to_owned());
    for file in ["sessions.pem", "callers.pem"] {
        secrets.push(ground.key_file(file).lines().nth(1).unwrap().to_owned());
    }

    // The gateway writes behind its own back: what it says of a change asked for by a link comes after all of the above.
    let by_link = ground.at.http().get(format!("{}/graphql", ground.at.url));
    let q = "mutation { revokeApiKey(input: {apiKey: \"x\"}) { problems { code } } }";
    let by_link = by_link.bearer_auth(&admin).query(&[("query", q)]);
    assert_eq!(ground.send(by_link).await.status, 405);
    eventually(Duration::from_secs(10), || async {
        let said = ground
            .at
            .logs()
            .contains("Mutation is not allowed over GET");
        said.then_some(())
    })
    .await;
    let written = ground.at.logs();
    assert!(
        written.contains("signed caller refused"),
        "the services' log is not there:\n{written}"
    );
    for secret in secrets {
        let line = written.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}

/// What the machinery may never say of its own accord, whatever broke; small letters. Data are not searched for these: a
/// ticket may be about Postgres.
const INNARDS: [&str; 22] = [
    "sqlx",
    "postgres",
    "amqp",
    "redis:",
    "syntax error at or near",
    "relation \"",
    "column \"",
    "violates",
    "search_path",
    "select ",
    "insert into",
    "delete from",
    "password authentication",
    "connection refused",
    "panicked",
    "backtrace",
    ".rs:",
    "127.0.0.1",
    "localhost:",
    "/home/",
    "/tmp/",
    "/usr/",
];

/// A password shorter than this is one of a developer's servers, and may be any word.
const SHORT: usize = 12;

/// What only the installation knows, with what it is.
async fn kept(ground: &Ground) -> Vec<(String, String)> {
    let mut kept = vec![
        (
            "the internal key".to_owned(),
            ground.key_file("internal.key").trim().to_owned(),
        ),
        (
            "the folder of keys".to_owned(),
            ground.setting("VENTANILLA_KEYS_DIR"),
        ),
        (
            "the checkout".to_owned(),
            env!("CARGO_MANIFEST_DIR").to_owned(),
        ),
    ];
    for file in ["sessions.pem", "callers.pem"] {
        let key = ground.key_file(file).lines().nth(1).unwrap().to_owned();
        kept.push((file.to_owned(), key));
    }
    for name in [
        "VENTANILLA_POSTGRES_OWNER_URL",
        "VENTANILLA_AMQP_URL",
        "VENTANILLA_REDIS_URL",
    ] {
        let url = ground.setting(name);
        let parsed = reqwest::Url::parse(&url).unwrap();
        let password = parsed.password().unwrap_or_default().to_owned();
        if password.len() >= SHORT {
            kept.push((format!("the password of {name}"), password));
        }
        kept.push((name.to_owned(), url));
    }
    let schema = audit::schema(&ground.at.suite, "torre").await.unwrap();
    let mut directory = audit::open(&ground.at.suite, "directory").await.unwrap();
    let sql = format!(
        "WITH kept AS (SELECT hash FROM platform.refresh_token UNION SELECT secret_hash FROM {schema}.api_key \
         UNION SELECT pepper FROM platform.installation) \
         SELECT encode(hash, 'hex') FROM kept UNION SELECT encode(hash, 'base64') FROM kept \
         UNION SELECT password_hash FROM {schema}.person WHERE password_hash IS NOT NULL"
    );
    let hashes: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(&mut directory)
        .await
        .unwrap();
    assert!(hashes.len() > 10, "{} hashes", hashes.len());
    kept.extend(hashes.into_iter().map(|hash| ("a hash".to_owned(), hash)));
    kept.push(("a hash of argon2".to_owned(), "$argon2".to_owned()));
    kept
}

/// `scheme://user:password@…`, if there is one.
fn url_with_password(text: &str) -> Option<&str> {
    let ends = |c: char| c.is_whitespace() || "/?#\"'\\<>".contains(c);
    text.match_indices("://").find_map(|(at, scheme)| {
        let rest = &text[at + scheme.len()..];
        let authority = rest.split(ends).next().unwrap_or_default();
        authority.contains('@').then_some(authority)
    })
}

/// Reads all that was answered, wanted or provoked, for keys, passwords and hashes; and all errors for innards.
pub async fn nothing_private_was_answered(ground: &Ground) {
    let kept = kept(ground).await;
    let heard = ground.heard.borrow();
    // A search that sees nothing would find nothing, either.
    assert!(heard.len() > 200, "{} answers alone", heard.len());
    let refusals = heard.iter().filter(|answer| !answer.said.is_empty());
    assert!(refusals.count() > 100);
    let mut found = Vec::new();
    for answer in heard.iter() {
        for (what, secret) in &kept {
            if answer.whole.contains(secret) {
                found.push(format!("{what}: {answer:?}"));
            }
        }
        if let Some(authority) = url_with_password(&answer.whole) {
            found.push(format!("a URL with {authority}: {answer:?}"));
        }
        for word in INNARDS {
            if answer.said.contains(word) {
                found.push(format!("{word}: {answer:?}"));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{} of {} answers:\n{}",
        found.len(),
        heard.len(),
        found.join("\n")
    );
}
