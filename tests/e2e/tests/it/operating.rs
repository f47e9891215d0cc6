//! What an operator does when a service could not do something, or lost what it knew: `dead-letters` and `backfill`.

use std::time::Duration;

use e2e::{Installation, PASSWORD, audit, email, settled};
use serde_json::json;
use sqlx::AssertSqlSafe;
use testkit::eventually;

/// Ten attempts with growing pauses come before something is put aside.
const SOON: Duration = Duration::from_mins(1);

struct House {
    at: Installation,
    schema: String,
    requester: String,
}

impl House {
    async fn prepare(name: &str) -> Self {
        let at = Installation::together(name).await.unwrap();
        at.tenant("norte").await.unwrap();
        let schema = audit::schema(&at.suite, "norte").await.unwrap();
        let requester = at
            .sign_in(&email("norte", "requester"), PASSWORD)
            .await
            .unwrap();
        Self {
            at,
            schema,
            requester,
        }
    }

    /// Opens a ticket; its id.
    async fn open_ticket(&self) -> String {
        let q = "mutation { openTicket(input: {subject: \"Sin correo\"}) { ticket { id } problems { code } } }";
        let opened = self.at.data(&self.requester, None, q, json!({})).await;
        let opened = opened.unwrap();
        let id = opened["openTicket"]["ticket"]["id"].as_str();
        id.unwrap().to_owned()
    }

    /// Something is said about it, so that a fact follows those that were.
    async fn reply(&self, ticket: &str) {
        let q = "mutation($t: ID!) { replyToTicket(input: {ticket: $t, body: \"Sigue igual.\"}) { problems { code } } }";
        let said = self.at.data(&self.requester, None, q, json!({"t": ticket}));
        let said = said.await.unwrap();
        assert_eq!(said["replyToTicket"]["problems"], json!([]));
    }

    /// In knowledge's schema of the tenant.
    async fn in_knowledge(&self, sql: &str) {
        let mut db = audit::open(&self.at.suite, "knowledge").await.unwrap();
        let sql = sql.replace("{schema}", &self.schema);
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut db)
            .await
            .unwrap();
    }

    /// Knowledge cannot write tickets.
    async fn break_knowledge(&self) {
        self.in_knowledge("ALTER TABLE {schema}.ticket RENAME TO ticket_gone")
            .await;
    }

    async fn mend_knowledge(&self) {
        self.in_knowledge("ALTER TABLE {schema}.ticket_gone RENAME TO ticket")
            .await;
    }

    /// Tickets that knowledge knows, and facts that wait there for one before them.
    async fn known(&self) -> (i64, i64) {
        let mut db = audit::open(&self.at.suite, "knowledge").await.unwrap();
        let q = format!(
            "SELECT (SELECT count(*) FROM {0}.ticket), (SELECT count(*) FROM {0}.waiting)",
            self.schema
        );
        sqlx::query_as(AssertSqlSafe(q))
            .fetch_one(&mut db)
            .await
            .unwrap()
    }

    async fn until_known(&self, tickets: i64) {
        eventually(SOON, || async {
            let known = self.known().await;
            if known == (tickets, 0) {
                Ok(())
            } else {
                Err(format!("{known:?}"))
            }
        })
        .await;
    }

    async fn dead_letters(&self, action: &str, id: &str) -> anyhow::Result<String> {
        let command = ["dead-letters", action, "--service", "knowledge", id];
        Ok(self.at.cli(&command).await?.trim().to_owned())
    }

    /// The id of the one that is parked, as `list` prints it.
    async fn parked(&self) -> String {
        eventually(SOON, || async {
            let list = self.at.cli(&["dead-letters", "list"]).await.unwrap();
            let lines: Vec<&str> = list.lines().collect();
            match lines.as_slice() {
                [one] => Ok(one.split_whitespace().nth(1).unwrap().to_owned()),
                _ => Err(list),
            }
        })
        .await
    }

    async fn nothing_is_parked(&self) {
        let list = self.at.cli(&["dead-letters", "list"]).await.unwrap();
        assert_eq!(list.trim(), "");
    }
}

#[tokio::test]
async fn dead_letters_are_shown_and_retried_or_dropped_by_their_id() {
    let house = House::prepare("dead letters").await;
    house.break_knowledge().await;
    house.open_ticket().await;
    let id = house.parked().await;
    let shown = house.dead_letters("show", &id).await.unwrap();
    for line in [
        format!("id        {id}"),
        "type      ticket.opened.v1".to_owned(),
        "source    intake".to_owned(),
        "sequence  1".to_owned(),
        "queue     knowledge.live.0".to_owned(),
    ] {
        assert!(shown.lines().any(|one| one == line), "{line}: {shown}");
    }
    assert!(shown.contains("does not exist"), "no reason: {shown}");
    assert!(shown.contains("\"specversion\""), "no message: {shown}");
    for action in ["show", "retry", "drop"] {
        let unknown = house.dead_letters(action, "evt_nobody").await;
        let told = unknown.unwrap_err().to_string();
        assert!(told.contains("nothing parked"), "{action}: {told}");
    }

    // Once it can be done, a retry does it, and what waited behind it follows.
    house.mend_knowledge().await;
    assert_eq!(house.dead_letters("retry", &id).await.unwrap(), "1");
    house.until_known(1).await;
    house.nothing_is_parked().await;

    // Dropped, it never takes place; what comes behind it does.
    house.break_knowledge().await;
    let ticket = house.open_ticket().await;
    let id = house.parked().await;
    house.mend_knowledge().await;
    assert_eq!(house.dead_letters("drop", &id).await.unwrap(), "1");
    house.reply(&ticket).await;
    house.until_known(2).await;
    settled(&house.at).await;
    house.nothing_is_parked().await;
}

#[tokio::test]
async fn a_service_that_lost_what_it_knew_is_fed_again() {
    let house = House::prepare("backfill").await;
    for _ in 0..3 {
        let ticket = house.open_ticket().await;
        house.reply(&ticket).await;
    }
    settled(&house.at).await;
    assert_eq!(house.known().await, (3, 0));
    house
        .in_knowledge("TRUNCATE {schema}.ticket CASCADE; DELETE FROM {schema}.inbox")
        .await;
    assert_eq!(house.known().await, (0, 0));

    let backfill = ["backfill", "--service", "knowledge"];
    let sent: u64 = house
        .at
        .cli(&backfill)
        .await
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(sent > 6, "only {sent} facts");
    house.until_known(3).await;
    // What is there already is dropped.
    let again: u64 = house
        .at
        .cli(&backfill)
        .await
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert_eq!(again, sent);
    settled(&house.at).await;
    assert_eq!(house.known().await, (3, 0));
    house.nothing_is_parked().await;
    let nobody = house.at.cli(&["backfill", "--service", "directory"]).await;
    assert!(nobody.is_err(), "directory hears nothing");
}
