//! What was shown, typed or written stays out of the logs, and out of answers that are none of its business.

use std::time::Duration;

use e2e::{Installation, PASSWORD, email};
use serde_json::json;
use testkit::eventually;

use super::{Answer, ask, key_file, knock, send, sign_in};

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
pub async fn nothing_shown_is_written_down(at: &Installation) {
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
    ]
    .map(str::to_owned)
    .to_vec();

    // Signing in: rightly, wrongly, and with the password where the address belongs.
    let login = json!({"email": email("torre", "quality_manager"), "password": PASSWORD});
    let session = knock(at, "/auth/login", login).await;
    assert_eq!(session.status, 200);
    assert_kept_by_nobody(&session);
    for token in ["accessToken", "refreshToken"] {
        secrets.push(session.body[token].as_str().unwrap().to_owned());
    }
    let refresh = json!({"refreshToken": session.body["refreshToken"]});
    let renewed = knock(at, "/auth/refresh", refresh.clone()).await;
    assert_kept_by_nobody(&renewed);
    // Shown twice it ends the session, which is written down; the token is not.
    assert_eq!(knock(at, "/auth/refresh", refresh).await.status, 401);
    for login in [
        json!({"email": "nadie@torre.example", "password": "clave-equivocada-8840"}),
        json!({"email": "clave-por-error-8841", "password": "x"}),
    ] {
        let refused = knock(at, "/auth/login", login).await;
        assert_eq!(refused.status, 401);
        assert_kept_by_nobody(&refused);
    }

    // Inputs that have not the form: as a variable, and as a part of the document.
    let admin = sign_in(at, "tenant_admin").await;
    let q = "mutation($i: SetPasswordInput!) { setPassword(input: $i) { done } }";
    let wrong = json!({"i": {"old": "clave-vieja-8842", "nueva": "clave-nueva-8843"}});
    let answer = ask(at, &admin, q, wrong).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer:?}");
    let q =
        "mutation($i: RegisterPersonInput!) { registerPerson(input: $i) { problems { code } } }";
    let wrong = json!({"i": {
        "name": "Persona reservada-8845", "email": "reservada-8845@torre.example", "roles": ["REQUESTER"],
        "password": "clave-persona-8844", "apodo": "reservada-8845",
    }});
    let answer = ask(at, &admin, q, wrong).await;
    assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer:?}");
    let q =
        "mutation { setPassword(input: {old: \"clave-en-linea-8846\", nueva: \"x\"}) { done } }";
    let answer = ask(at, &admin, q, json!({})).await;
    assert!(answer.body["data"].is_null(), "{answer:?}");

    // Keys: a real one, one that nobody has, a token that is none.
    let q = "mutation { createApiKey(input: {name: \"ERP\"}) { apiKey { id } secret problems { code } } }";
    let made = ask(at, &admin, q, json!({})).await.body["data"]["createApiKey"].clone();
    let key = made["secret"].as_str().unwrap().to_owned();
    let me = at.data(&key, None, "{ me { name } }", json!({})).await;
    assert_eq!(me.unwrap(), json!({"me": {"name": "ERP"}}));
    let keys = "{ apiKeys { name prefix } }";
    let listed = ask(at, &admin, keys, json!({})).await;
    assert!(!listed.body.to_string().contains(&key), "{listed:?}");
    let revoked = ask(at, &admin, REVOKE, json!({"k": made["apiKey"]["id"]})).await;
    assert!(revoked.body["errors"].is_null(), "{revoked:?}");
    secrets.push(key);
    for token in ["vk_inventada8847", "eyJinventado8848"] {
        let answer = at.ask(token, None, "{ me { name } }", json!({})).await;
        let code = answer.unwrap()["errors"][0]["extensions"]["code"].clone();
        assert_eq!(code, "UNAUTHENTICATED");
    }
    let q = "{ searchTickets(text: \"asunto-reservado-8849\") { nodes { id } } }";
    assert_eq!(ask(at, &admin, q, json!({})).await.status, 200);

    // The installation's own.
    secrets.push(PASSWORD.to_owned());
    secrets.push(admin.clone());
    secrets.push(key_file(at, "internal.key").trim().to_owned());
    for file in ["sessions.pem", "callers.pem"] {
        secrets.push(key_file(at, file).lines().nth(1).unwrap().to_owned());
    }

    // The gateway writes behind its own back: what it says of a change asked for by a link comes after all of the above.
    let by_link = at.http().get(format!("{}/graphql", at.url));
    let q = "mutation { revokeApiKey(input: {apiKey: \"x\"}) { problems { code } } }";
    let by_link = by_link.bearer_auth(&admin).query(&[("query", q)]);
    assert_eq!(send(by_link).await.status, 405);
    eventually(Duration::from_secs(10), || async {
        let said = at.logs().contains("Mutation is not allowed over GET");
        said.then_some(())
    })
    .await;
    let written = at.logs();
    assert!(
        written.contains("signed caller refused"),
        "the services' log is not there:\n{written}"
    );
    for secret in secrets {
        let line = written.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}
