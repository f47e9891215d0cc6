//! What somebody tries who has an account, or a place inside the net, against a whole installation: one installation for
//! all of it, because nothing of it may change anything. Attempts on another tenant's things are in `isolation`; attacks
//! that need no service behind the gateway are in its own tests.

mod forging;
mod guessing;
mod injecting;
mod leaking;

use e2e::{Installation, PASSWORD, audit, email, settled};
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// A word that stands in a ticket of the neighbour, and nowhere else.
const THEIRS: &str = "alcaravan";

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    /// The code of a refusal, at the graph or at a door.
    fn code(&self) -> &str {
        let code = self.body["errors"][0]["extensions"]["code"].as_str();
        code.or(self.body["code"].as_str()).unwrap_or_default()
    }
}

async fn send(request: RequestBuilder) -> Answer {
    let sent = request.send().await;
    let response = sent.unwrap_or_else(|error| panic!("no answer: {error:?}"));
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

/// A question at the public door, with the whole of its answer.
async fn ask(at: &Installation, token: &str, query: &str, variables: Value) -> Answer {
    let request = at.http().post(format!("{}/graphql", at.url));
    let body = json!({"query": query, "variables": variables});
    send(request.bearer_auth(token).json(&body)).await
}

/// A request to one of the doors beside the graph.
async fn knock(at: &Installation, path: &str, body: Value) -> Answer {
    send(at.http().post(format!("{}{path}", at.url)).json(&body)).await
}

async fn sign_in(at: &Installation, role: &str) -> String {
    at.sign_in(&email("torre", role), PASSWORD).await.unwrap()
}

/// A file of the installation's keys. Whoever tests may look: what is forged then lacks nothing but the right.
fn key_file(at: &Installation, name: &str) -> String {
    let env = at.env();
    let dir = env.iter().find(|(key, _)| key == "VENTANILLA_KEYS_DIR");
    let path = std::path::Path::new(&dir.unwrap().1).join(name);
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn what_is_forged_guessed_or_injected_opens_nothing_changes_nothing_and_is_not_written_down()
{
    let at = Installation::together("attacks").await.unwrap();
    at.tenant("torre").await.unwrap();
    at.tenant_of("ajeno", "isla", "Isla").await.unwrap();
    let theirs = at.token("isla", "requester").await.unwrap();
    let q = "mutation($s: String!) { openTicket(input: {subject: $s}) { problems { code } } }";
    let opened = at.data(&theirs, None, q, json!({"s": THEIRS})).await;
    assert_eq!(opened.unwrap()["openTicket"]["problems"], json!([]));
    settled(&at).await;
    let (torre, isla) = (
        audit::schema(&at.suite, "torre").await.unwrap(),
        audit::schema(&at.suite, "isla").await.unwrap(),
    );
    let ours = audit::inventory(&at.suite, &torre).await.unwrap();
    let neighbours = audit::inventory(&at.suite, &isla).await.unwrap();

    forging::access_tokens(&at).await;
    forging::signed_callers(&at).await;
    guessing::many_guesses_in_one_request(&at).await;
    injecting::at_the_doors(&at).await;
    injecting::as_cursors_and_ids(&at).await;
    settled(&at).await;
    assert_eq!(audit::inventory(&at.suite, &torre).await.unwrap(), ours);

    let written = injecting::as_texts(&at).await;
    leaking::nothing_shown_is_written_down(&at).await;
    settled(&at).await;
    let after = audit::inventory(&at.suite, &torre).await.unwrap();
    assert_eq!(after["intake.ticket"], ours["intake.ticket"] + written);
    assert!(
        after.keys().eq(ours.keys()),
        "a table has come or gone: {after:?}"
    );
    assert_eq!(
        audit::inventory(&at.suite, &isla).await.unwrap(),
        neighbours
    );
}
