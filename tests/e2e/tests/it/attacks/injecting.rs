//! Texts that mean something to a database, a template, a shell, a browser or a file system: to us they are texts.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Answer, Ground, said};

const TEXTS: [&str; 16] = [
    "'; DROP TABLE ticket; --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "1; SELECT pg_sleep(5)",
    "$1 $2 %s ? :name",
    "\\'; RESET ROLE; --",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {0} {subject}",
    "$(id) `id` | id",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"https://other.example\")",
    "../../../../etc/passwd",
    "..\\..\\boot.ini",
    "file.pdf%00.exe",
    "a\u{202e}fdp.exe",
    "& ! | ( ) <-> :* ''",
    "%_\\",
];

/// Words of the machinery: none of them belongs in an answer.
const INNARDS: [&str; 9] = [
    "sqlx",
    "postgres",
    "syntax error",
    "relation \"",
    "violates",
    "panicked",
    ".rs:",
    "127.0.0.1",
    "error interno",
];

fn assert_quiet(answer: &Answer, what: &str) {
    let said = said(&answer.body);
    for word in INNARDS {
        assert!(!said.contains(word), "{what}: {answer:?}");
    }
}

/// The nodes of a list that was asked for without an error.
fn nodes<'a>(answer: &'a Answer, list: &str, what: &str) -> &'a Value {
    assert!(answer.body["errors"].is_null(), "{what}: {answer:?}");
    &answer.body["data"][list]["nodes"]
}

/// Signing in with what is no address and no slug.
pub async fn at_the_doors(ground: &Ground) {
    for body in [
        json!({"email": {"$ne": null}, "password": {"$ne": null}}),
        json!({"email": ["a@b.pe"], "password": true}),
        json!({"email": "a@b.pe", "password": "x", "admin": true}),
        json!([]),
    ] {
        let answer = ground.knock("/auth/login", body.clone()).await;
        assert_eq!((answer.status, answer.code()), (400, "BAD_INPUT"), "{body}");
        assert_quiet(&answer, "a body");
    }
    for (email, tenant) in [
        ("'or'1'='1'--@torre.example", "torre"),
        ("nadie@torre.example", "torre' OR '1'='1"),
        ("nadie@torre.example", "a\u{0}b"),
    ] {
        let body = json!({"email": email, "password": "' OR '1'='1", "tenant": tenant});
        let answer = ground.knock("/auth/login", body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "UNAUTHENTICATED"),
            "{email} {tenant:?}"
        );
        assert_quiet(&answer, email);
    }
    for token in ["vr_' OR '1'='1", "", "a\u{0}b"] {
        let answer = ground
            .knock("/auth/refresh", json!({"refreshToken": token}))
            .await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED"));
        assert_quiet(&answer, token);
    }
}

/// What stands for a place in a list, or for a thing.
pub async fn as_cursors_and_ids(ground: &Ground) {
    let agent = ground.sign_in("torre", "agent").await;
    let forged = URL_SAFE_NO_PAD.encode("{\"rank\":0.5,\"id\":\"' OR 1=1 --\"}");
    for after in [
        "",
        "x",
        "bnVsbA",
        "W10",
        "../../etc/passwd",
        forged.as_str(),
    ] {
        let q = "query($a: String) { searchTickets(text: \"x\", after: $a) { nodes { subject } } }";
        let answer = ground.ask(&agent, q, json!({"a": after})).await;
        assert_eq!(answer.code(), "BAD_INPUT", "{after}: {answer:?}");
        assert_quiet(&answer, after);
    }
    for id in [
        "tkt_' OR 1=1",
        "../../etc/passwd",
        "ten_/../tkt_",
        "%",
        "1",
        "",
    ] {
        let q = "query($id: ID!) { ticket(id: $id) { subject } }";
        let answer = ground.ask(&agent, q, json!({"id": id})).await;
        assert_eq!(answer.code(), "NOT_FOUND", "{id}: {answer:?}");
        assert!(answer.body["data"]["ticket"].is_null(), "{id}: {answer:?}");
        assert_quiet(&answer, id);
    }
}

/// Everything that somebody writes comes back as it was written, and finds what it says. `written`: so many tickets were opened.
pub async fn as_texts(ground: &Ground, written: &Cell<i64>) {
    let (requester, admin) = (
        ground.sign_in("torre", "requester").await,
        ground.sign_in("torre", "tenant_admin").await,
    );
    let open = "mutation($s: String!, $d: String!) { openTicket(input: {subject: $s, description: $d}) \
                { ticket { id } problems { code } } }";
    let read = "query($id: ID!) { ticket(id: $id) { subject description } }";
    for text in TEXTS {
        let description = format!("{text}\r\nSet-Cookie: a=1\r\n\r\n{text}");
        let variables = json!({"s": text, "d": description});
        let opened = ground.ask(&requester, open, variables).await;
        let opened = &opened.body["data"]["openTicket"];
        assert_eq!(opened["problems"], json!([]), "{text}");
        written.set(written.get() + 1);
        let found = ground
            .ask(&requester, read, json!({"id": opened["ticket"]["id"]}))
            .await;
        let ticket = &found.body["data"]["ticket"];
        assert_eq!(
            *ticket,
            json!({"subject": text, "description": description})
        );
        // As a variable, and as a part of the document.
        let search = "query($t: String!) { searchTickets(text: $t) { nodes { subject } } }";
        let answer = ground.ask(&admin, search, json!({"t": text})).await;
        nodes(&answer, "searchTickets", text);
        let literal = json!(text).to_string();
        for list in ["searchTickets", "searchArticles"] {
            let search = format!("{{ {list}(text: {literal}) {{ nodes {{ id }} }} }}");
            let answer = ground.ask(&admin, &search, json!({})).await;
            nodes(&answer, list, text);
        }
    }
    // Signs that stand for any text in a pattern are letters of a name here.
    let people = "query($t: String) { people(search: $t) { nodes { name } } }";
    for (sign, found) in [
        ("@torre.example", 3),
        ("_", 2),
        ("%", 0),
        ("%%", 0),
        ("\\", 0),
        ("' OR '1'='1", 0),
        ("x') OR ('1'='1", 0),
        (".*", 0),
    ] {
        let answer = ground.ask(&admin, people, json!({"t": sign})).await;
        let names = nodes(&answer, "people", sign).as_array().unwrap();
        assert_eq!(names.len(), found, "{sign}: {names:?}");
    }
    let answer = ground.ask(&admin, people, json!({"t": "a\u{0}b"})).await;
    assert_eq!(answer.code(), "BAD_INPUT", "{answer:?}");
    assert_quiet(&answer, "NUL");
    let calendar = "mutation($n: String!) { createCalendar(input: {name: $n, hours: {timeZone: \"UTC\", \
                    alwaysOpen: true}}) { calendar { id } } }";
    let answer = ground.ask(&admin, calendar, json!({"n": "a\u{0}b"})).await;
    assert_eq!(answer.code(), "BAD_INPUT", "{answer:?}");
    assert_quiet(&answer, "NUL");
}
