//! What is asked for under load: the operations that people work with, each with its share of all that is asked.

use std::sync::Arc;

use anyhow::Context as _;
use e2e::Installation;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::clients::Client;
use super::offer::{self, Offer, Outcome, Wish};

/// Who asks.
#[derive(Debug, Clone, Copy)]
enum By {
    Requester,
    Agent,
    Coordinator,
}

/// An operation of somebody of a tenant.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// As the rows call it.
    pub name: &'static str,
    /// Its text.
    pub query: &'static str,
    /// How often it is asked for, beside the others' shares: of a hundred where all are asked for.
    share: f64,
    by: By,
    variables: fn(&Client) -> Value,
}

/// What is asked for far less often than all else.
pub const INDICATORS: &str = "indicators";

/// In the order in which a tenant meets them.
pub static OPERATIONS: [Operation; 6] = [
    Operation {
        name: "worklist page",
        query: include_str!("../../../../../graphql/operations/Worklist.graphql"),
        share: 19.0,
        by: By::Agent,
        variables: |_| json!({"first": 50}),
    },
    Operation {
        name: "ticket page",
        query: include_str!("../../../../../graphql/operations/TicketPage.graphql"),
        share: 19.0,
        by: By::Agent,
        variables: |client| json!({"id": client.ticket}),
    },
    Operation {
        name: "search",
        query: "query($t: String!) { searchTickets(text: $t, first: 25) { nodes { number subject state } } }",
        share: 19.0,
        by: By::Agent,
        variables: |client| json!({"t": client.number}),
    },
    Operation {
        name: "openTicket",
        query: "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id number } problems { code } } }",
        share: 19.0,
        by: By::Requester,
        variables: |_| {
            json!({"i": {"subject": "No puedo entrar al portal %ID%",
                "description": "Desde las ocho de la mañana el portal no responde.", "impactInternal": "MEDIUM", "urgency": "HIGH"}})
        },
    },
    Operation {
        name: "reply",
        query: "mutation($i: ReplyToTicketInput!) { replyToTicket(input: $i) { ticket { version } problems { code } } }",
        share: 19.0,
        by: By::Agent,
        variables: |client| json!({"i": {"ticket": client.replied, "body": "Ya lo estamos viendo, le avisamos %ID%."}}),
    },
    // Its cost grows with a tenant's tickets, and those who lead look at it now and then.
    Operation {
        name: INDICATORS,
        query: include_str!("../../../../../graphql/operations/Indicators.graphql"),
        share: 5.0,
        by: By::Coordinator,
        variables: |_| json!({"groupBy": ["LINE", "PRIORITY"]}),
    },
];

impl Operation {
    /// The one with this name.
    pub fn named(name: &str) -> anyhow::Result<&'static Self> {
        let one = OPERATIONS.iter().find(|one| one.name == name);
        one.with_context(|| format!("no operation is called {name}"))
    }

    /// Whose token it is asked with.
    pub fn token<'a>(&self, client: &'a Client) -> &'a str {
        match self.by {
            By::Requester => &client.requester,
            By::Agent => &client.staff,
            By::Coordinator => &client.coordinator,
        }
    }

    /// What it is asked with.
    pub fn variables(&self, client: &Client) -> Value {
        (self.variables)(client)
    }

    fn wish(&self, client: &Client, weight: f64) -> Wish {
        let body = json!({"query": self.query, "variables": self.variables(client)});
        Wish {
            weight,
            token: self.token(client).to_owned(),
            tenant: client.slug.clone(),
            body: body.to_string(),
        }
    }
}

/// How the load is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// The second gets half of what the first gets, the third a third. First is who came last: it has the fewest tickets of
    /// the sizes before.
    Zipf,
    /// All get the same. They are of one tenant with very many tickets, and do not ask for its indicators: a few of those in a
    /// second would be all that the machine does.
    Even,
}

impl Spread {
    fn has(self, operation: &Operation) -> bool {
        self == Self::Zipf || operation.name != INDICATORS
    }
}

/// One operation with all who may ask for it.
struct One {
    operation: &'static Operation,
    /// Of all that is asked, 0 to 1.
    share: f64,
    wishes: Arc<Vec<Wish>>,
}

/// Every operation with all who may ask for it.
pub struct Asked(Vec<One>);

impl Asked {
    /// By these, in this way.
    pub fn of(clients: &[Client], spread: Spread) -> Self {
        let operations = || OPERATIONS.iter().filter(|one| spread.has(one));
        let all: f64 = operations().map(|one| one.share).sum();
        let asked = operations().map(|operation| {
            let clients = clients.iter().rev().enumerate();
            let wishes = clients.map(|(rank, client)| {
                let weight = match spread {
                    Spread::Zipf => 1.0 / (rank + 1) as f64,
                    Spread::Even => 1.0,
                };
                operation.wish(client, weight)
            });
            One {
                operation,
                share: operation.share / all,
                wishes: Arc::new(wishes.collect()),
            }
        });
        Self(asked.collect())
    }

    /// The operations.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|one| one.operation.name)
    }

    /// All operations side by side, each with its share of the rate. A generator for each: so is each told from the others.
    pub async fn all(
        &self,
        at: &Installation,
        rate: u32,
        seconds: u32,
    ) -> anyhow::Result<Vec<(&'static str, Outcome)>> {
        let mut running = Vec::new();
        for name in self.names() {
            running.push((name, self.begin(at, name, rate, seconds)?));
        }
        let mut outcomes = Vec::with_capacity(running.len());
        for (name, outcome) in running {
            outcomes.push((name, outcome.await??));
        }
        Ok(outcomes)
    }

    /// One of them, at the rate that it has among all.
    pub async fn one(
        &self,
        at: &Installation,
        name: &str,
        rate: u32,
        seconds: u32,
    ) -> anyhow::Result<Outcome> {
        self.begin(at, name, rate, seconds)?.await?
    }

    fn begin(
        &self,
        at: &Installation,
        name: &str,
        rate: u32,
        seconds: u32,
    ) -> anyhow::Result<JoinHandle<anyhow::Result<Outcome>>> {
        let place = self.0.iter().position(|one| one.operation.name == name);
        let place = place.context("no such operation")?;
        let one = &self.0[place];
        let (url, wishes) = (at.url.clone(), Arc::clone(&one.wishes));
        let offer = Offer {
            per_second: f64::from(rate) * one.share,
            seconds,
            // The same requests in every run, and in what is measured those with which the warm-up began: nobody's first.
            seed: place as u64 + 1,
        };
        let load = move || offer::offer(&url, &wishes, offer);
        Ok(tokio::task::spawn_blocking(load))
    }
}
