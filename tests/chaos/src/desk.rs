//! One tenant's people: how they ask, and how they write down what they are answered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::ground::House;
use crate::notes::{Answer, Failure, Kind, Notes, Ticket, Written, lock};

/// So long somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts at the same.
pub(crate) const AGAIN: Duration = Duration::from_millis(250);
/// So soon every service has heard of a new ticket; from then on not to know it is a failure.
const HEARD_WITHIN: Duration = Duration::from_secs(10);

/// One tenant's people, with their tokens and their record.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whose.
    pub house: Arc<House>,
    /// What they asked and were answered.
    pub notes: Arc<Mutex<Notes>>,
    /// A token of the provider's agent.
    pub agent: String,
    /// A token of the provider's service manager.
    pub manager: String,
    /// Tickets that the tenant had before.
    pub before: i64,
    /// A number that no other run on this ground has.
    pub run: u32,
    /// A token of the tenant's requester.
    pub requester: String,
    /// Keeps its connections.
    pub http: reqwest::Client,
    /// The graph.
    pub url: String,
    /// Where one signs in: `…/auth`.
    pub door: String,
    /// Words and ids that stand in what belongs to others.
    pub foreign: Arc<Vec<String>>,
    /// A word of another tenant, to be searched for in vain.
    pub theirs: String,
    /// How long somebody rests after a piece of work.
    pub pause: Duration,
    /// When to give up; none while the shift lasts.
    pub stop: watch::Receiver<Option<Instant>>,
}

/// A text of an answer; empty if it is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A number of an answer; 0 if it is none.
pub fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// The one field that was asked for; an error if it is absent, or a payload with problems.
fn payload(data: &Value) -> Result<Value, String> {
    let fields = data.as_object();
    let first = fields
        .and_then(|fields| fields.values().next())
        .cloned()
        .unwrap_or_default();
    let refused = first["problems"]
        .as_array()
        .is_some_and(|problems| !problems.is_empty());
    if first.is_null() || refused {
        Err(format!("refused: {first}"))
    } else {
        Ok(first)
    }
}

impl Desk {
    /// Asks the gateway once; what was asked for, or why it is not there. Whatever comes back is looked through for what
    /// belongs to others.
    pub async fn ask(&self, token: &str, query: &str, variables: &Value) -> Result<Value, String> {
        let body = json!({"query": query, "variables": variables});
        let request = self.http.post(&self.url).bearer_auth(token).json(&body);
        let (_, answer) = self.send(request).await?;
        if !answer["errors"].is_null() {
            return Err(answer["errors"].to_string());
        }
        payload(&answer["data"])
    }

    /// Sends a request of whatever sort: its status, and its JSON. Whatever comes back is looked through for what belongs to
    /// others.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<(u16, Value), String> {
        let sent = request.timeout(PATIENCE).send().await;
        let answer = sent.map_err(|error| format!("no answer: {error}"))?;
        let status = answer.status().as_u16();
        let text = answer.text().await;
        let text = text.map_err(|error| format!("half an answer: {error}"))?;
        if let Some(word) = self.foreign.iter().find(|word| text.contains(*word)) {
            let seen = format!("{} saw {word}: {text}", self.house.slug);
            lock(&self.notes).foreign.push(seen);
        }
        let answer = serde_json::from_str(&text).map_err(|_| format!("no JSON: {text}"))?;
        Ok((status, answer))
    }

    /// Writes down what came of an operation that was begun at `from`.
    pub fn note<T>(&self, kind: Kind, from: Instant, outcome: Result<T, String>) -> Option<T> {
        let to = Instant::now();
        let mut notes = lock(&self.notes);
        match outcome {
            Ok(done) => {
                let answers = notes.answers.entry(kind).or_default();
                answers.push(Answer { from, to });
                Some(done)
            }
            Err(why) => {
                let failures = notes.failures.entry(kind).or_default();
                failures.push(Failure { from, to, why });
                None
            }
        }
    }

    /// Asks once and writes down what came of it.
    pub async fn attempt(
        &self,
        kind: Kind,
        token: &str,
        query: &str,
        variables: &Value,
    ) -> Option<Value> {
        let from = Instant::now();
        let outcome = self.ask(token, query, variables).await;
        self.note(kind, from, outcome)
    }

    /// The same of a ticket that was opened at `opened`, with a service that hears of it a little later than intake's answer:
    /// that it does not know it yet is no failure, for a while.
    pub async fn attempt_of_new(
        &self,
        kind: Kind,
        query: &str,
        variables: &Value,
        opened: Instant,
    ) -> Option<Value> {
        let from = Instant::now();
        let outcome = self.ask(&self.agent, query, variables).await;
        let unknown = outcome.as_ref().is_err_and(|why| why.contains("NOT_FOUND"));
        if unknown && from.saturating_duration_since(opened) < HEARD_WITHIN {
            lock(&self.notes).too_soon += 1;
            return None;
        }
        self.note(kind, from, outcome)
    }

    /// Asks until somebody answers; none if nobody did before it was given up.
    pub async fn insist(
        &self,
        kind: Kind,
        token: &str,
        query: &str,
        variables: &Value,
    ) -> Option<Value> {
        loop {
            let done = self.attempt(kind, token, query, variables).await;
            if done.is_some() || self.given_up() {
                return done;
            }
            sleep(AGAIN).await;
        }
    }

    /// The shift is over.
    pub fn stopping(&self) -> bool {
        self.stop.borrow().is_some()
    }

    /// Nobody insists any more.
    pub fn given_up(&self) -> bool {
        let until: Option<Instant> = *self.stop.borrow();
        until.is_some_and(|until| Instant::now() > until)
    }

    /// The ticket at a place of the record: its id, and when it was opened.
    pub fn id_at(&self, place: usize) -> Option<(String, Instant)> {
        let notes = lock(&self.notes);
        let ticket = notes.tickets.get(place);
        ticket.map(|ticket| (ticket.id.clone(), ticket.opened))
    }

    /// One of the last ten tickets, another one each time.
    pub fn some_ticket(&self, turn: usize) -> Option<(usize, Ticket)> {
        let notes = lock(&self.notes);
        let last = notes.tickets.len().checked_sub(1)?;
        let place = last - turn % notes.tickets.len().min(10);
        Some((place, notes.tickets.get(place)?.clone()))
    }

    /// Writes down what is about to be asked for.
    pub fn begins(&self, place: usize, kind: Kind, what: &str) {
        if let Some(ticket) = lock(&self.notes).tickets.get_mut(place) {
            ticket.written(kind).push(Written {
                what: what.to_owned(),
                acknowledged: false,
            });
        }
    }

    /// Writes down that it was acknowledged.
    pub fn done(&self, place: usize, kind: Kind) {
        if let Some(ticket) = lock(&self.notes).tickets.get_mut(place)
            && let Some(last) = ticket.written(kind).last_mut()
        {
            last.acknowledged = true;
        }
    }

    /// A change of one's own that was acknowledged leaves a higher version than the one before it.
    pub fn rises(&self, place: usize, last: &mut BTreeMap<usize, i64>, version: i64) {
        let before = last.insert(place, version);
        let mut notes = lock(&self.notes);
        let mut found = None;
        if let Some(ticket) = notes.tickets.get_mut(place) {
            if before.is_some_and(|before| version <= before) {
                found = Some(format!(
                    "{}: version {version} behind {before:?}",
                    ticket.id
                ));
            }
            ticket.version = ticket.version.max(version);
        }
        notes.disordered.extend(found);
    }
}
