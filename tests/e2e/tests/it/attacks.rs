//! What somebody tries who has an account, or a place inside the net, against a whole installation: one installation for
//! all of it, because nothing of it may change anything. Attempts on another tenant's things are in `isolation`; attacks
//! that need no service behind the gateway are in its own tests.
//!
//! Each part runs whatever became of those before it, and is named where it fails. To add one: a function in a file below,
//! and its line in the test. All that is asked through [`Ground`] is heard, and searched at the end for what is nobody's business.

mod forging;
mod guessing;
mod injecting;
mod leaking;
mod naming;
mod provoking;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;

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

/// What the machinery says of its own accord: errors and messages, or the whole of what is no JSON object. In small letters.
fn said(body: &Value) -> String {
    fn gather(value: &Value, into: &mut String) {
        match value {
            Value::String(text) => {
                into.push_str(&text.to_lowercase());
                into.push('\n');
            }
            Value::Array(all) => all.iter().for_each(|one| gather(one, into)),
            Value::Object(fields) => fields.values().for_each(|one| gather(one, into)),
            _ => {}
        }
    }
    let mut said = String::new();
    if body.is_object() {
        gather(&body["errors"], &mut said);
        gather(&body["message"], &mut said);
    } else {
        gather(body, &mut said);
    }
    said
}

/// An answer as it was heard.
#[derive(Debug)]
struct Heard {
    /// Status, headers and body.
    whole: String,
    /// See [`said`].
    said: String,
}

/// The installation, its two tenants, and all that it answered.
struct Ground {
    at: Installation,
    /// `ten_…` of the tenant whose people attack.
    torre: String,
    /// `ten_…` of the neighbour.
    isla: String,
    /// The neighbour's ticket, by its global id.
    ticket: String,
    heard: RefCell<Vec<Heard>>,
}

impl Ground {
    async fn laid() -> Self {
        let at = Installation::together("attacks").await.unwrap();
        let torre = at.tenant("torre").await.unwrap();
        let isla = at.tenant_of("ajeno", "isla", "Isla").await.unwrap();
        let theirs = at.token("isla", "requester").await.unwrap();
        let q = "mutation($s: String!) { openTicket(input: {subject: $s}) { ticket { id } problems { code } } }";
        let opened = at.data(&theirs, None, q, json!({"s": THEIRS})).await;
        let opened = opened.unwrap()["openTicket"].clone();
        assert_eq!(opened["problems"], json!([]));
        settled(&at).await;
        Self {
            at,
            torre,
            isla,
            ticket: opened["ticket"]["id"].as_str().unwrap().to_owned(),
            heard: RefCell::default(),
        }
    }

    /// Keeps an answer for the search at the end.
    fn hear(&self, head: &str, text: &str) -> Value {
        let body = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        self.heard.borrow_mut().push(Heard {
            whole: format!("{head}\n{text}"),
            said: said(&body),
        });
        body
    }

    async fn send(&self, request: RequestBuilder) -> Answer {
        let sent = request.send().await;
        let response = sent.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer {
            status,
            body: self.hear(&format!("{status} {headers:?}"), &text),
            headers,
        }
    }

    /// A question at the public door, with the whole of its answer. `token` may be an API key as well.
    async fn ask(&self, token: &str, query: &str, variables: Value) -> Answer {
        let request = self.at.http().post(format!("{}/graphql", self.at.url));
        let request = if token.starts_with("vk_") {
            request.header("x-api-key", token)
        } else {
            request.bearer_auth(token)
        };
        let body = json!({"query": query, "variables": variables});
        self.send(request.json(&body)).await
    }

    /// A request to one of the doors beside the graph.
    async fn knock(&self, path: &str, body: Value) -> Answer {
        let request = self.at.http().post(format!("{}{path}", self.at.url));
        self.send(request.json(&body)).await
    }

    /// An access token of somebody who may sign in.
    async fn sign_in(&self, slug: &str, role: &str) -> String {
        let body = json!({"email": email(slug, role), "password": PASSWORD});
        let answer = self.knock("/auth/login", body).await;
        assert_eq!(answer.status, 200, "{slug} {role}: {answer:?}");
        answer.body["accessToken"].as_str().unwrap().to_owned()
    }

    /// A setting of the installation.
    fn setting(&self, name: &str) -> String {
        let mut env = self.at.env().into_iter();
        let found = env.find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no {name}")).1
    }

    /// A file of the installation's keys. Whoever tests may look: what is forged then lacks nothing but the right.
    fn key_file(&self, name: &str) -> String {
        let dir = self.setting("VENTANILLA_KEYS_DIR");
        std::fs::read_to_string(std::path::Path::new(&dir).join(name)).unwrap()
    }

    /// Rows of every table of a tenant.
    async fn tables(&self, slug: &str) -> BTreeMap<String, i64> {
        let schema = audit::schema(&self.at.suite, slug).await.unwrap();
        audit::inventory(&self.at.suite, &schema).await.unwrap()
    }
}

type Part<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs a part, and gives back what it failed by.
async fn failure(name: &str, part: impl Future<Output = ()>) -> Option<String> {
    let mut part = pin!(part);
    let ended = poll_fn(|cx| {
        // A part that has panicked is not polled again, and what it left behind is compared with the tables.
        match catch_unwind(AssertUnwindSafe(|| part.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    });
    let panic = ended.await.err()?;
    Some(format!("{name}: {}", words(&*panic)))
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
}

/// Tables that have not as many rows as before.
fn differing(before: &BTreeMap<String, i64>, after: &BTreeMap<String, i64>) -> Vec<String> {
    let tables = before
        .keys()
        .chain(after.keys().filter(|t| !before.contains_key(*t)));
    tables
        .filter(|table| before.get(*table) != after.get(*table))
        .map(|table| format!("{table} {:?} -> {:?}", before.get(table), after.get(table)))
        .collect()
}

#[tokio::test]
async fn what_is_forged_guessed_or_injected_opens_nothing_changes_nothing_and_is_not_written_down()
{
    let ground = Ground::laid().await;
    let (before, neighbours) = (ground.tables("torre").await, ground.tables("isla").await);
    let mut failed = Vec::new();

    let without_a_trace: [(&str, Part<'_>); 9] = [
        ("access tokens", Box::pin(forging::access_tokens(&ground))),
        (
            "another's tenant",
            Box::pin(forging::anothers_tenant(&ground)),
        ),
        ("signed callers", Box::pin(forging::signed_callers(&ground))),
        (
            "guesses",
            Box::pin(guessing::many_guesses_in_one_request(&ground)),
        ),
        ("the doors", Box::pin(injecting::at_the_doors(&ground))),
        (
            "cursors and ids",
            Box::pin(injecting::as_cursors_and_ids(&ground)),
        ),
        ("paths", Box::pin(naming::as_paths(&ground))),
        (
            "ids of documents and slugs",
            Box::pin(naming::as_ids_and_slugs(&ground)),
        ),
        ("bad requests", Box::pin(provoking::bad_requests(&ground))),
    ];
    let mut ours = before.clone();
    for (name, part) in without_a_trace {
        failed.extend(failure(name, part).await);
        let now = ground.tables("torre").await;
        let changed = differing(&ours, &now);
        if !changed.is_empty() {
            failed.push(format!("{name}: rows came or went: {changed:?}"));
            ours = now;
        }
    }
    failed.extend(failure("what is under way", settled(&ground.at)).await);
    let late = differing(&ours, &ground.tables("torre").await);
    if !late.is_empty() {
        failed.push(format!("rows came or went later: {late:?}"));
    }

    // These write, each what it is allowed to; the last reads what all of them were answered.
    let written = Cell::new(0);
    let with_a_trace: [(&str, Part<'_>); 6] = [
        ("texts", Box::pin(injecting::as_texts(&ground, &written))),
        (
            "cells of an import",
            Box::pin(naming::as_cells_of_an_import(&ground, &written)),
        ),
        (
            "logs",
            Box::pin(leaking::nothing_shown_is_written_down(&ground)),
        ),
        (
            "a service that is gone",
            Box::pin(provoking::a_service_that_is_gone(&ground)),
        ),
        (
            "a table that is gone",
            Box::pin(provoking::a_table_that_is_gone(&ground)),
        ),
        (
            "answers",
            Box::pin(leaking::nothing_private_was_answered(&ground)),
        ),
    ];
    for (name, part) in with_a_trace {
        failed.extend(failure(name, part).await);
    }
    failed.extend(failure("what is under way at the end", settled(&ground.at)).await);
    let after = ground.tables("torre").await;
    let tickets = ours["intake.ticket"] + written.get();
    if after["intake.ticket"] != tickets {
        failed.push(format!("{} tickets, not {tickets}", after["intake.ticket"]));
    }
    if !after.keys().eq(before.keys()) {
        failed.push(format!("a table has come or gone: {after:?}"));
    }
    let theirs = differing(&neighbours, &ground.tables("isla").await);
    if !theirs.is_empty() {
        failed.push(format!("the neighbour's rows came or went: {theirs:?}"));
    }
    assert!(
        failed.is_empty(),
        "{} failures:\n\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}
