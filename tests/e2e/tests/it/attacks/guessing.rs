//! Passwords, guessed with somebody's token: the lock-out counts guesses, not requests.

use std::fmt::Write as _;

use e2e::{PASSWORD, settled};
use serde_json::json;
use sqlx::Connection as _;

use super::Ground;

/// So many failures in a row are free; see directory's `domain/lockout.rs`.
const FREE: i32 = 5;

/// Twenty guesses under twenty names, and the right password last: by then nobody listens.
pub async fn many_guesses_in_one_request(ground: &Ground) {
    let token = ground.sign_in("torre", "application_owner").await;
    let mut document = String::from("mutation {");
    for n in 0..20 {
        let old = format!("clave inventada {n}");
        write!(document, " g{n}: {}", attempt(&old)).unwrap();
    }
    write!(document, " last: {} }}", attempt(PASSWORD)).unwrap();
    let answer = ground.ask(&token, &document, json!({})).await;
    assert_eq!(answer.code(), "UNAVAILABLE", "{answer:?}");
    let text = answer.body.to_string();
    assert!(!text.contains("\"done\":true"), "{text}");

    let mut directory = sqlx::PgConnection::connect(&ground.at.suite.database_url("directory"))
        .await
        .unwrap();
    let most: Option<i32> = sqlx::query_scalar("SELECT max(failures) FROM platform.login_attempt")
        .fetch_one(&mut directory)
        .await
        .unwrap();
    assert_eq!(most, Some(FREE));
    directory.close().await.unwrap();

    // A password that was set ends every session: this one stands.
    settled(&ground.at).await;
    let me = ground.ask(&token, "{ me { name } }", json!({})).await;
    assert!(me.body["errors"].is_null(), "{me:?}");
}

fn attempt(old: &str) -> String {
    format!(
        "setPassword(input: {{old: \"{old}\", new: \"cuatro gatos verdes\"}}) {{ done problems {{ code }} }}"
    )
}
