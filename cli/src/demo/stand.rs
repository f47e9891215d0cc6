//! What of a client's story has been told: read from the services that own it, so that a story that was interrupted is
//! taken up where it ended.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use subgraph::Service;

use super::{Actor, Stage};

/// A ticket as it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its global id.
    pub id: String,
    /// `QUEUED`.
    pub state: String,
    /// How often it changed hands, as routing counts: 1 when it was routed.
    pub hands: i64,
    /// How many changes of hands intake has heard of.
    heard: i64,
    /// The replies in its conversation.
    words: HashSet<String>,
}

impl Standing {
    /// Whether somebody has replied this.
    pub fn said(&self, words: &str) -> bool {
        self.words.contains(words)
    }
}

/// What tells a ticket of the story from the others: when it was opened, its subject, who asked.
type Sign = (DateTime<Utc>, String, String);

/// Every ticket of the client.
#[derive(Debug)]
pub struct Stand(HashMap<Sign, Vec<Standing>>);

impl Stand {
    /// As it is now.
    pub async fn read(stage: &Stage, manager: &Actor) -> anyhow::Result<Self> {
        // Routing first: what intake has heard by then is never less than it seems.
        let q = "query($after: String) { list: worklist(first: 100, after: $after, sort: OPENED_OLDEST, filter: {states: \
                 [OPEN, QUEUED, IN_PROGRESS, WAITING_FOR_REQUESTER, WAITING_FOR_APPROVAL, WAITING_FOR_VENDOR, \
                 WAITING_FOR_IMPLEMENTATION, WAITING_FOR_THIRD_PARTY, RESOLVED, CLOSED, CANCELLED, REOPENED]}) { \
                 pageInfo { hasNextPage endCursor } nodes { ticket { id } assignmentVersion } } }";
        let hands: HashMap<String, i64> = all(manager, &stage.routing, q)
            .await?
            .iter()
            .map(|row| {
                (
                    text(&row["ticket"]["id"]),
                    row["assignmentVersion"].as_i64().unwrap_or_default(),
                )
            })
            .collect();
        let q = "query($after: String) { list: tickets(first: 100, after: $after, sort: OLDEST) { pageInfo { hasNextPage \
                 endCursor } nodes { id state openedAt subject requester { id } timeline(first: 100) { nodes { kind body } \
                 } } } }";
        let mut tickets: HashMap<Sign, Vec<Standing>> = HashMap::new();
        for ticket in all(manager, &stage.intake, q).await? {
            let entries = || {
                let entries = ticket["timeline"]["nodes"].as_array();
                entries.into_iter().flatten()
            };
            let id = text(&ticket["id"]);
            let standing = Standing {
                state: text(&ticket["state"]),
                hands: hands.get(&id).copied().unwrap_or_default(),
                heard: entries().map(|e| i64::from(e["kind"] == "ASSIGNED")).sum(),
                words: entries()
                    .filter(|e| e["kind"] == "REPLY")
                    .map(|e| text(&e["body"]))
                    .collect(),
                id,
            };
            let opened = text(&ticket["openedAt"]).parse()?;
            let sign = (
                opened,
                text(&ticket["subject"]),
                text(&ticket["requester"]["id"]),
            );
            tickets.entry(sign).or_default().push(standing);
        }
        Ok(Self(tickets))
    }

    /// Takes a ticket with these signs out, if there is one.
    pub fn take(
        &mut self,
        opened: DateTime<Utc>,
        subject: &str,
        requester: &str,
    ) -> Option<Standing> {
        let sign = (opened, subject.to_owned(), requester.to_owned());
        self.0.get_mut(&sign)?.pop()
    }

    /// As it is once routing has given each of these tickets to a group, and intake has heard of every change of hands:
    /// then each of them stands where the acts so far have brought it.
    pub async fn settled(
        stage: &Stage,
        manager: &Actor,
        tickets: &[&str],
    ) -> anyhow::Result<HashMap<String, Standing>> {
        for _ in 0..300 {
            let stand = Self::read(stage, manager).await?;
            let known: HashMap<String, Standing> = stand
                .0
                .into_values()
                .flatten()
                .map(|one| (one.id.clone(), one))
                .collect();
            let there = |id: &&str| {
                known
                    .get(*id)
                    .is_some_and(|one| one.hands > 0 && one.heard >= one.hands)
            };
            if tickets.iter().all(there) {
                return Ok(known);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!(
            "intake and routing do not agree on {} tickets after a minute",
            tickets.len()
        )
    }
}

/// Every node of a list that the query calls `list`.
async fn all(who: &Actor, service: &Service, query: &str) -> anyhow::Result<Vec<Value>> {
    let mut nodes = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = who.ask(service, query, json!({"after": after})).await?;
        let page = &data["list"];
        let found = page["nodes"].as_array().context("a list without nodes")?;
        nodes.extend(found.iter().cloned());
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return Ok(nodes);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
