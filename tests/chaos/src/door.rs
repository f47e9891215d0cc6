//! The door, for as long as the shift lasts: somebody signs in, has the session renewed, and works with it.

use std::time::Instant;

use e2e::{PASSWORD, email};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::desk::{Desk, text};
use crate::notes::Kind;

/// Of a session that was renewed: it works.
const WHO: &str = "{ me { email tenant { slug } } }";
/// So many rests after each: to sign in costs a password's hash, and the gateway lets ten a second in from one address.
const RESTS: u32 = 4;

impl Desk {
    /// Signs in and renews, again and again.
    pub(crate) async fn sign_in(self) {
        while !self.stopping() {
            let from = Instant::now();
            let outcome = self.one_session().await;
            self.note(Kind::SignIn, from, outcome);
            sleep(self.pause * RESTS).await;
        }
    }

    /// What was asked for and answered from the password to the first question of the renewed session. One that was not
    /// answered is not gone on with: its token may be spent.
    async fn one_session(&self) -> Result<(), String> {
        let address = email(&self.house.slug, "requester");
        let password = json!({"email": address, "password": PASSWORD});
        let first = self.knock("login", &password).await?;
        let renewal = json!({"refreshToken": first["refreshToken"]});
        let renewed = self.knock("refresh", &renewal).await?;
        let me = self
            .ask(&text(&renewed["accessToken"]), WHO, &json!({}))
            .await?;
        if text(&me["email"]) == address && text(&me["tenant"]["slug"]) == self.house.slug {
            Ok(())
        } else {
            Err(format!("{address} is told to be {me}"))
        }
    }

    async fn knock(&self, at: &str, body: &Value) -> Result<Value, String> {
        let url = format!("{}/{at}", self.door);
        let (status, answer) = self.send(self.http.post(url).json(body)).await?;
        if status == 200 {
            Ok(answer)
        } else {
            Err(format!("{at}: {status} {answer}"))
        }
    }
}
