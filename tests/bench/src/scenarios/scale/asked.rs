//! What is asked for under load: four operations, each as often as the others.

use std::sync::Arc;

use anyhow::Context as _;
use e2e::Installation;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::clients::Client;
use crate::load::{self, Offer, Outcome, Wish};

/// An operation of somebody of a tenant.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// As the rows call it.
    pub name: &'static str,
    /// Its text.
    pub query: &'static str,
    /// Whether a requester asks, or the staff.
    by_requester: bool,
    variables: fn(&Client) -> Value,
}

/// In the order in which a tenant meets them.
pub static OPERATIONS: [Operation; 4] = [
    Operation {
        name: "worklist page",
        query: include_str!("../../../../../graphql/operations/Worklist.graphql"),
        by_requester: false,
        variables: |_| json!({"first": 50}),
    },
    Operation {
        name: "ticket page",
        query: include_str!("../../../../../graphql/operations/TicketPage.graphql"),
        by_requester: false,
        variables: |client| json!({"id": client.ticket}),
    },
    Operation {
        name: "search",
        query: "query($t: String!) { searchTickets(text: $t, first: 25) { nodes { number subject state } } }",
        by_requester: false,
        variables: |client| json!({"t": client.number}),
    },
    Operation {
        name: "openTicket",
        query: "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id number } problems { code } } }",
        by_requester: true,
        variables: |_| {
            json!({"i": {"subject": "No puedo entrar al portal %ID%",
                "description": "Desde las ocho de la mañana el portal no responde.", "impactInternal": "MEDIUM", "urgency": "HIGH"}})
        },
    },
];

impl Operation {
    /// Whose token it is asked with.
    pub fn token<'a>(&self, client: &'a Client) -> &'a str {
        if self.by_requester {
            &client.requester
        } else {
            &client.staff
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
    /// All get the same.
    Even,
}

/// Every operation with all who may ask for it.
pub struct Asked(Vec<(&'static str, Arc<Vec<Wish>>)>);

impl Asked {
    /// By these, in this way.
    pub fn of(clients: &[Client], spread: Spread) -> Self {
        let operations = OPERATIONS.iter().map(|operation| {
            let clients = clients.iter().rev().enumerate();
            let wishes = clients.map(|(rank, client)| {
                let weight = match spread {
                    Spread::Zipf => 1.0 / (rank + 1) as f64,
                    Spread::Even => 1.0,
                };
                operation.wish(client, weight)
            });
            (operation.name, Arc::new(wishes.collect::<Vec<Wish>>()))
        });
        Self(operations.collect())
    }

    /// The operations.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// All operations side by side, each with an even share of the rate. A generator for each: wrk does not tell the answers
    /// to one operation from those to another.
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
        let place = self.0.iter().position(|(of, _)| *of == name);
        let place = place.context("no such operation")?;
        let (url, wishes) = (at.url.clone(), Arc::clone(&self.0[place].1));
        let offer = Offer {
            per_second: rate.div_ceil(self.0.len() as u32),
            seconds,
            // The same requests in every run.
            seed: place as u32 + 1,
        };
        let load = move || load::offer(&url, &wishes, offer);
        Ok(tokio::task::spawn_blocking(load))
    }
}
