//! Articles, for as long as the shift lasts: one is written, one is linked to a ticket, and they are looked for.

use std::time::Instant;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::desk::{AGAIN, Desk, text};
use crate::notes::{Article, Kind, lock};
use crate::shift::nodes;

const WRITE: &str = "mutation($t: String!, $b: String!, $k: String) { writeArticle(input: {title: $t, body: $b, \
    audience: TENANT, language: ES, idempotencyKey: $k}) { article { id title body } problems { code message } } }";
const LINK: &str = "mutation($a: ID!, $t: ID!) { linkArticle(input: {article: $a, ticket: $t}) \
    { article { id } problems { code message } } }";
const FIND: &str =
    "query($text: String!) { searchArticles(text: $text, first: 10) { nodes { id title } } }";
const LINKED: &str = "query($id: ID!) { ticket(id: $id) { id linkedArticles { id title } } }";

impl Desk {
    /// One piece of work after the other, each in its turn.
    pub(crate) async fn write_articles(self) {
        let mut n = 0_usize;
        while !self.stopping() {
            n += 1;
            match n % 4 {
                1 => self.write(n).await,
                2 => self.link(n).await,
                3 => self.find(n).await,
                _ => self.read_linked().await,
            }
            sleep(self.pause).await;
        }
    }

    async fn write(&self, n: usize) {
        let title = format!("{} artículo {} {n}", self.house.word, self.run);
        let body = format!(
            "Lo que se supo de {} en la vuelta {}.",
            self.house.word, self.run
        );
        let key = format!("article {} {n}", self.run);
        let variables = json!({"t": title, "b": body, "k": key});
        let written = self
            .insist(Kind::Article, &self.agent, WRITE, &variables)
            .await;
        let mut notes = lock(&self.notes);
        match written {
            Some(done) => {
                let id = text(&done["article"]["id"]);
                notes.articles.push(Article { id, title, body });
            }
            None => notes.unwritten.push(title),
        }
    }

    /// The last article answers one of the last tickets. Knowledge may not have heard of that one yet.
    async fn link(&self, n: usize) {
        let article = lock(&self.notes).articles.last().cloned();
        let Some((article, (_, ticket))) = article.zip(self.some_ticket(n)) else {
            return;
        };
        let variables = json!({"a": article.id, "t": ticket.id});
        loop {
            let linked = self
                .attempt_of_new(Kind::Article, LINK, &variables, ticket.opened)
                .await;
            if linked.is_some() {
                lock(&self.notes).links.push((ticket.id, article.id));
                return;
            }
            if self.given_up() {
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// Finds one's own, and nothing of others: what comes back is looked through for their words.
    async fn find(&self, n: usize) {
        let own = n % 8 == 3 || self.theirs.is_empty();
        let word = if own { &self.house.word } else { &self.theirs };
        let some = !lock(&self.notes).articles.is_empty();
        let variables = json!({"text": word});
        let found = self
            .attempt(Kind::Article, &self.agent, FIND, &variables)
            .await;
        if own && some && found.is_some_and(|found| nodes(&found).is_empty()) {
            let none = format!("no article answers {word}");
            lock(&self.notes).lost.push(none);
        }
    }

    /// What was linked last is there.
    async fn read_linked(&self) {
        let last = lock(&self.notes).links.last().cloned();
        let Some((ticket, article)) = last else {
            return;
        };
        let from = Instant::now();
        let asked = json!({"id": ticket});
        let read = self.ask(&self.agent, LINKED, &asked).await;
        let Some(read) = self.note(Kind::Article, from, read) else {
            return;
        };
        let linked: Vec<&Value> = read["linkedArticles"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let times = linked
            .iter()
            .filter(|one| text(&one["id"]) == article)
            .count();
        let mut notes = lock(&self.notes);
        match times {
            1 => {}
            0 => notes
                .lost
                .push(format!("{ticket} does not show {article}: {read}")),
            _ => notes
                .doubled
                .push(format!("{ticket} shows {article} {times} times")),
        }
    }
}
