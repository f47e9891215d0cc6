//! The people of the tenants, at work: each kind of work is a task of its own per tenant, so that one that waits holds up
//! none of another kind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use e2e::{PASSWORD, audit, email};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::desk::{Desk, number, text};
use crate::ground::{Ground, House};
use crate::notes::{Kind, Ticket, lock};

/// So long after the end of the shift what nobody answered is still asked for.
const GRACE: Duration = Duration::from_secs(15);

const OPEN: &str = "mutation($s: String!, $k: String) { openTicket(input: {subject: $s, idempotencyKey: $k}) \
    { ticket { id version } problems { code message } } }";
const REPLY: &str = "mutation($t: ID!, $b: String!, $k: String) { replyToTicket(input: {ticket: $t, body: $b, idempotencyKey: $k}) \
    { ticket { id version } problems { code message } } }";
const MOVE: &str = "mutation($t: ID!, $to: TicketState!, $k: String) { changeTicketState(input: {ticket: $t, to: $to, \
    idempotencyKey: $k}) { ticket { id version } problems { code message } } }";
const TAKE: &str = "mutation($t: ID!, $v: Int) { takeTicket(input: {ticket: $t, version: $v}) \
    { assignment { version } problems { code message } } }";
const RELEASE: &str = "mutation($t: ID!, $v: Int) { releaseTicket(input: {ticket: $t, version: $v}) \
    { assignment { version } problems { code message } } }";
const READ: &str = "query($id: ID!) { ticket(id: $id) { id subject version state timeline(first: 5) { nodes { kind body } } \
    assignment { asOf group { name } } clocks { target asOf } } }";
const LIST: &str = "{ worklist(first: 20, sort: UPDATED) { asOf nodes { number tenant { slug } ticket { id subject } } } }";
const SEARCH: &str =
    "query($text: String!) { searchTickets(text: $text, first: 20) { nodes { id subject } } }";

const FIGURES: &str = "{ indicators(timeZone: \"UTC\", groupBy: [GROUP]) { cases events clocks { target cases } \
    groups { keys { dimension value } figures { cases } } } }";

/// The way of a ticket that is moved; nobody takes it in hand meanwhile, which would move it as well.
const WAY: [&str; 4] = [
    "IN_PROGRESS",
    "WAITING_FOR_VENDOR",
    "IN_PROGRESS",
    "RESOLVED",
];

/// All of them, until the end of their shift.
#[derive(Debug)]
pub struct Shift {
    /// A desk per tenant.
    pub desks: Vec<Desk>,
    stop: watch::Sender<Option<Instant>>,
    tasks: JoinSet<()>,
}

impl Shift {
    /// Signs everybody in and lets them begin. Each rests for `pause` after a piece of work.
    pub async fn begin(ground: &mut Ground, pause: Duration) -> anyhow::Result<Self> {
        let run = ground.next_run();
        let (stop, stopped) = watch::channel(None);
        let mut desks = Vec::new();
        for house in &ground.houses {
            let others: Vec<&Arc<House>> = ground
                .houses
                .iter()
                .filter(|other| other.slug != house.slug)
                .collect();
            let foreign: Vec<String> = others
                .iter()
                .flat_map(|other| [other.word.clone(), other.mark().to_owned()])
                .collect();
            let at = &ground.at;
            let schema = audit::schema(&at.suite, &house.slug).await?;
            let mut intake = audit::open(&at.suite, "intake").await?;
            let q = format!("SELECT count(*) FROM {schema}.ticket");
            desks.push(Desk {
                house: house.clone(),
                notes: Arc::default(),
                agent: at.sign_in(&email(&house.slug, "agent"), PASSWORD).await?,
                manager: at
                    .sign_in(&email(&house.slug, "service_manager"), PASSWORD)
                    .await?,
                before: sqlx::query_scalar(AssertSqlSafe(q))
                    .fetch_one(&mut intake)
                    .await?,
                run,
                requester: at
                    .sign_in(&email(&house.slug, "requester"), PASSWORD)
                    .await?,
                http: at.http().clone(),
                url: format!("{}/graphql", at.url),
                door: format!("{}/auth", at.url),
                foreign: Arc::new(foreign),
                theirs: others.first().map_or_else(String::new, |o| o.word.clone()),
                pause,
                stop: stopped.clone(),
            });
        }
        let mut tasks = JoinSet::new();
        for desk in &desks {
            tasks.spawn(desk.clone().open());
            tasks.spawn(desk.clone().reply());
            tasks.spawn(desk.clone().move_on());
            tasks.spawn(desk.clone().hand());
            tasks.spawn(desk.clone().read());
            tasks.spawn(desk.clone().list());
            tasks.spawn(desk.clone().search());
            tasks.spawn(desk.clone().write_articles());
            tasks.spawn(desk.clone().look_at_figures());
            tasks.spawn(desk.clone().sign_in());
        }
        Ok(Self { desks, stop, tasks })
    }

    /// Ends it: nobody begins anything more; what was begun is asked for until it is answered, for a while.
    pub async fn end(mut self) -> anyhow::Result<Vec<Desk>> {
        self.stop.send_replace(Some(Instant::now() + GRACE));
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(self.desks)
    }
}

/// A ticket in whose hands the agent is, as the agent knows it.
struct Held {
    place: usize,
    id: String,
    version: i64,
    taken: bool,
}

impl Desk {
    async fn open(self) {
        let mut n = 0_u32;
        while !self.stopping() {
            n += 1;
            let subject = format!("{} {} {n}", self.house.word, self.run);
            lock(&self.notes).asked += 1;
            let variables = json!({"s": subject, "k": format!("open {} {n}", self.run)});
            let opened = self
                .insist(Kind::Open, &self.requester, OPEN, &variables)
                .await;
            {
                let mut notes = lock(&self.notes);
                match opened {
                    Some(done) => {
                        let ticket = &done["ticket"];
                        let (id, version) = (text(&ticket["id"]), number(&ticket["version"]));
                        notes.tickets.push(Ticket::new(id, subject, version));
                    }
                    None => notes.unanswered.push(subject),
                }
            }
            sleep(self.pause).await;
        }
    }

    async fn reply(self) {
        let mut last = BTreeMap::new();
        let mut n = 0_usize;
        while !self.stopping() {
            if let Some((place, ticket)) = self.some_ticket(n) {
                let body = format!("{} respuesta {} {n}", self.house.word, self.run);
                self.begins(place, Kind::Reply, &body);
                let key = format!("reply {} {n}", self.run);
                let variables = json!({"t": ticket.id, "b": body, "k": key});
                let replied = self
                    .insist(Kind::Reply, &self.agent, REPLY, &variables)
                    .await;
                if let Some(done) = replied {
                    self.done(place, Kind::Reply);
                    self.rises(place, &mut last, number(&done["ticket"]["version"]));
                }
                n += 1;
            }
            sleep(self.pause).await;
        }
    }

    /// Every other ticket goes its way.
    async fn move_on(self) {
        let mut last = BTreeMap::new();
        let (mut place, mut step) = (0_usize, 0_usize);
        while !self.stopping() {
            let next = WAY.get(step).zip(self.id_at(place));
            if let Some((to, (id, _))) = next {
                self.begins(place, Kind::Move, &to.to_lowercase());
                let key = format!("move {} {place} {step}", self.run);
                let variables = json!({"t": id, "to": to, "k": key});
                let moved = self.insist(Kind::Move, &self.agent, MOVE, &variables).await;
                let Some(done) = moved else { return };
                self.done(place, Kind::Move);
                self.rises(place, &mut last, number(&done["ticket"]["version"]));
                step += 1;
                if step == WAY.len() {
                    (place, step) = (place + 2, 0);
                }
            }
            sleep(self.pause).await;
        }
    }

    /// The others are taken, given back, and taken again. A new one is tried once at a time: routing may not have heard of
    /// it yet, and what it knows can be handed over meanwhile.
    async fn hand(self) {
        let mut held: Vec<Held> = Vec::new();
        let (mut place, mut begun, mut turn) = (1_usize, false, 0_usize);
        while !self.stopping() {
            turn += 1;
            let known = held.len();
            if turn.is_multiple_of(2)
                && let Some(one) = held.get_mut((turn / 2) % known.max(1))
            {
                if !self.hand_over(one).await {
                    return;
                }
            } else if let Some((id, opened)) = self.id_at(place) {
                if !begun {
                    self.begins(place, Kind::Hand, "taken");
                    begun = true;
                }
                let variables = json!({"t": id, "v": 1});
                let taken = self
                    .attempt_of_new(Kind::Hand, TAKE, &variables, opened)
                    .await;
                if let Some(done) = taken {
                    self.done(place, Kind::Hand);
                    let version = self.counted(&id, 2, &done);
                    held.push(Held {
                        place,
                        id,
                        version,
                        taken: true,
                    });
                    (place, begun) = (place + 2, false);
                }
            }
            sleep(self.pause).await;
        }
    }

    /// Gives a ticket back, or takes it again; `false` if nobody answered until it was given up.
    async fn hand_over(&self, one: &mut Held) -> bool {
        let (query, what) = if one.taken {
            (RELEASE, "released")
        } else {
            (TAKE, "taken")
        };
        self.begins(one.place, Kind::Hand, what);
        let variables = json!({"t": one.id, "v": one.version});
        let handed = self
            .insist(Kind::Hand, &self.agent, query, &variables)
            .await;
        let Some(done) = handed else { return false };
        self.done(one.place, Kind::Hand);
        one.version = self.counted(&one.id, one.version + 1, &done);
        one.taken = !one.taken;
        true
    }

    /// The version of an assignment after a change; one change is one more.
    fn counted(&self, id: &str, expected: i64, done: &Value) -> i64 {
        let version = number(&done["assignment"]["version"]);
        if version != expected {
            let found = format!("{id} changed hands {version} times, not {expected}");
            lock(&self.notes).doubled.push(found);
        }
        version
    }

    async fn read(self) {
        let mut n = 0_usize;
        while !self.stopping() {
            n += 1;
            if let Some((_, ticket)) = self.some_ticket(n) {
                let token = if n.is_multiple_of(2) {
                    &self.agent
                } else {
                    &self.requester
                };
                let variables = json!({"id": ticket.id});
                let read = self.attempt(Kind::Read, token, READ, &variables).await;
                if let Some(read) = read {
                    let (now, known) = (number(&read["version"]), ticket.version);
                    let mut notes = lock(&self.notes);
                    if now < known {
                        let found = format!("{} reads version {now}, not {known}", ticket.id);
                        notes.disordered.push(found);
                    }
                    if text(&read["subject"]) != ticket.subject {
                        notes.lost.push(format!("{} reads {read}", ticket.id));
                    }
                }
            }
            sleep(self.pause).await;
        }
    }

    async fn list(self) {
        while !self.stopping() {
            let list = self
                .attempt(Kind::List, &self.agent, LIST, &json!({}))
                .await;
            for row in list.iter().flat_map(nodes) {
                if text(&row["tenant"]["slug"]) != self.house.slug {
                    let seen = format!("{} lists {row}", self.house.slug);
                    lock(&self.notes).foreign.push(seen);
                }
            }
            sleep(self.pause).await;
        }
    }

    /// Finds what is one's own, and nothing of others.
    async fn search(self) {
        let mut n = 0_usize;
        while !self.stopping() {
            n += 1;
            let own = n.is_multiple_of(2) || self.theirs.is_empty();
            let word = if own { &self.house.word } else { &self.theirs };
            let some = !lock(&self.notes).tickets.is_empty();
            let variables = json!({"text": word});
            let found = self
                .attempt(Kind::Search, &self.agent, SEARCH, &variables)
                .await;
            if let Some(found) = found {
                let none = nodes(&found).is_empty();
                let mut notes = lock(&self.notes);
                if own && some && none {
                    notes.lost.push(format!("{word} is not found"));
                } else if !own && !none {
                    notes.foreign.push(format!("{word} is found: {found}"));
                }
            }
            sleep(self.pause).await;
        }
    }
}

impl Desk {
    /// As many cases as there are tickets of one's own, at most, and never fewer than there were.
    async fn look_at_figures(self) {
        let mut last = 0;
        while !self.stopping() {
            let figures = self
                .attempt(Kind::Figures, &self.manager, FIGURES, &json!({}))
                .await;
            if let Some(figures) = figures {
                let cases = number(&figures["cases"]);
                let slug = &self.house.slug;
                let mut notes = lock(&self.notes);
                let own = self.before + notes.asked;
                if cases > own {
                    let seen = format!("{slug} counts {cases} cases and has {own}: {figures}");
                    notes.foreign.push(seen);
                }
                if cases < last {
                    let fell = format!("{slug} counts {cases} cases after {last}");
                    notes.disordered.push(fell);
                }
                last = cases;
            }
            sleep(self.pause).await;
        }
    }
}

/// The rows of a page.
pub(crate) fn nodes(page: &Value) -> &[Value] {
    page["nodes"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}
