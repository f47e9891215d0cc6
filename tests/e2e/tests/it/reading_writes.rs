//! Who has written something sees it, also where a slow broker lies between.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use e2e::{Installation, Mode, PASSWORD, agree_on_240_hours, email, settled};
use serde_json::{Value, json};
use testkit::{Suite, eventually};

const OPEN: &str = "mutation { openTicket(input: {subject: \"Escrito recién\"}) { ticket { id openedAt } position problems { code } } }";
const TICKET: &str = "query($id: ID!) { ticket(id: $id) { version clocks { target dueAt asOf } clocksAsOf assignment { asOf group { name } } } }";
const WORKLIST: &str = "query($p: String) { worklist(afterPosition: $p, sort: OPENED_NEWEST) { asOf nodes { ticket { id subject } } } }";

/// What came back at once after a ticket was opened, and how long it took.
struct Looked {
    opened: Value,
    ticket: Value,
    worklist: Value,
    took: [Duration; 2],
}

impl Looked {
    fn at_once(&self) -> bool {
        let (ticket, list) = (&self.ticket, &self.worklist);
        !ticket["assignment"]["group"].is_null()
            && ticket["assignment"]["asOf"].is_null()
            && !clocks(ticket).is_empty()
            && ticket["clocksAsOf"].is_null()
            && clocks(ticket).iter().all(|c| c["asOf"].is_null())
            && list["asOf"].is_null()
            && self.listed()
    }

    fn listed(&self) -> bool {
        self.worklist["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|n| n["ticket"]["id"] == self.opened["ticket"]["id"])
    }
}

fn clocks(ticket: &Value) -> Vec<Value> {
    ticket["clocks"].as_array().cloned().unwrap_or_default()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no instant: {value}"))
        .parse()
        .unwrap()
}

/// How many milliseconds the broker is away.
const DELAY: &str = "VENTANILLA_AMQP_DELAY_MS";
/// How many milliseconds an answer waits at most; 300 unless something is said.
const PATIENCE: &str = "VENTANILLA_PATIENCE_MS";

async fn delayed(settings: &[(&str, &str)]) -> (Installation, String) {
    let suite = Suite::start("reading one's writes").await;
    let at = Installation::start(suite, Mode::Together, settings)
        .await
        .unwrap();
    at.tenant("lejana").await.unwrap();
    let quality = at
        .sign_in(&email("lejana", "quality_manager"), PASSWORD)
        .await
        .unwrap();
    agree_on_240_hours(&at, &quality, "lejana").await.unwrap();
    let agent = at
        .sign_in(&email("lejana", "agent"), PASSWORD)
        .await
        .unwrap();
    settled(&at).await;
    (at, agent)
}

async fn open_and_look(at: &Installation, agent: &str) -> Looked {
    let opened = at.data(agent, None, OPEN, json!({})).await.unwrap()["openTicket"].clone();
    let look = async |query: &str, variables: Value| {
        let began = Instant::now();
        let data = at.data(agent, None, query, variables).await.unwrap();
        (data, began.elapsed())
    };
    let (ticket, list) = tokio::join!(
        look(TICKET, json!({"id": opened["ticket"]["id"]})),
        look(WORKLIST, json!({"p": opened["position"]})),
    );
    Looked {
        ticket: ticket.0["ticket"].clone(),
        worklist: list.0["worklist"].clone(),
        took: [ticket.1, list.1],
        opened,
    }
}

#[tokio::test]
async fn with_a_broker_200_ms_away_whoever_waits_finds_clocks_assignment_and_worklist() {
    // With patience for a busy machine: none of them may be told that it is not there yet.
    let (at, agent) = delayed(&[(DELAY, "200"), (PATIENCE, "10000")]).await;
    let mut took = Vec::new();
    for n in 1..=40 {
        let looked = open_and_look(&at, &agent).await;
        assert!(
            looked.at_once(),
            "{n}: {} {}",
            looked.ticket,
            looked.worklist
        );
        took.extend(looked.took);
    }
    took.sort_unstable();
    let (half, most) = (took[took.len() / 2], took[took.len() - 1]);
    println!("40 of 40 were whole, half of the answers within {half:.0?}, all within {most:.0?}");
}

#[tokio::test]
async fn with_a_broker_200_ms_away_an_answer_is_whole_or_says_how_far_it_is() {
    // As it is run: 300 ms are waited. How often they do is for the machine to say; that nothing incomplete passes for whole
    // is not.
    let (at, agent) = delayed(&[(DELAY, "200")]).await;
    let mut whole = 0;
    for _ in 0..20 {
        let looked = open_and_look(&at, &agent).await;
        honest(&looked);
        whole += usize::from(looked.at_once());
    }
    println!("{whole} of 20 were whole within the usual patience");
}

/// What is not there is not passed over in silence: the answer tells how far it is. And what tells nothing is whole.
fn honest(looked: &Looked) {
    let opened = instant(&looked.opened["ticket"]["openedAt"]);
    let (ticket, list) = (&looked.ticket, &looked.worklist);
    for (there, as_of) in [
        (
            !ticket["assignment"]["group"].is_null(),
            &ticket["assignment"]["asOf"],
        ),
        (!clocks(ticket).is_empty(), &ticket["clocksAsOf"]),
        (looked.listed(), &list["asOf"]),
    ] {
        if !there {
            assert!(instant(as_of) <= opened, "{ticket} {list}");
        }
    }
    let told = [
        &ticket["assignment"]["asOf"],
        &ticket["clocksAsOf"],
        &list["asOf"],
    ];
    let told = told.iter().any(|as_of| !as_of.is_null())
        || clocks(ticket).iter().any(|clock| !clock["asOf"].is_null());
    assert!(
        told || looked.at_once(),
        "passes for whole: {ticket} {list}"
    );
}

#[tokio::test]
async fn with_a_broker_5_s_away_the_answer_says_how_far_it_is_and_later_it_is_whole() {
    let (at, agent) = delayed(&[(DELAY, "5000")]).await;
    let looked = open_and_look(&at, &agent).await;
    println!(
        "answers after {:.0?} and {:.0?}: {} {}",
        looked.took[0], looked.took[1], looked.ticket, looked.worklist["asOf"]
    );
    assert!(!looked.at_once(), "it waited for the broker");
    assert!(
        looked.ticket["assignment"]["group"].is_null(),
        "{}",
        looked.ticket
    );
    assert!(!looked.listed());
    honest(&looked);

    let began = Instant::now();
    eventually(Duration::from_secs(20), || async {
        let data = at
            .data(
                &agent,
                None,
                TICKET,
                json!({"id": looked.opened["ticket"]["id"]}),
            )
            .await
            .unwrap();
        let list = at
            .data(
                &agent,
                None,
                WORKLIST,
                json!({"p": looked.opened["position"]}),
            )
            .await
            .unwrap();
        let later = Looked {
            opened: looked.opened.clone(),
            ticket: data["ticket"].clone(),
            worklist: list["worklist"].clone(),
            took: looked.took,
        };
        if later.at_once() {
            Ok(())
        } else {
            Err(format!("{} {}", later.ticket, later.worklist))
        }
    })
    .await;
    println!("whole {:.1} s later", began.elapsed().as_secs_f64());
}

#[tokio::test]
async fn one_of_the_staff_sees_two_tenants_in_one_list_and_loses_one_within_a_minute() {
    let at = Installation::together("two tenants").await.unwrap();
    at.tenant("primera").await.unwrap();
    let second = at.tenant("segunda").await.unwrap();
    let mut tickets = Vec::new();
    for slug in ["primera", "segunda"] {
        let requester = at
            .sign_in(&email(slug, "requester"), PASSWORD)
            .await
            .unwrap();
        let q = "mutation($s: String!) { openTicket(input: {subject: $s}) { ticket { id } problems { code } } }";
        let opened = at
            .data(&requester, None, q, json!({"s": format!("De la {slug}")}))
            .await
            .unwrap();
        tickets.push(opened["openTicket"]["ticket"]["id"].clone());
    }
    let manager = at
        .sign_in(&email("segunda", "service_manager"), PASSWORD)
        .await
        .unwrap();
    let all = at
        .data(
            &manager,
            None,
            "{ staff(first: 100) { nodes { id email } } }",
            json!({}),
        )
        .await
        .unwrap();
    let agent = email("primera", "agent");
    let staff = all["staff"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["email"] == agent)
        .unwrap()["id"]
        .clone();
    let q = "mutation($s: ID!, $t: ID!) { assignStaff(input: {staff: $s, tenant: $t, roles: [AGENT]}) { problems { code } } }";
    let done = at
        .data(&manager, None, q, json!({"s": staff, "t": second}))
        .await
        .unwrap();
    assert_eq!(done["assignStaff"]["problems"], json!([]));

    let token = at.sign_in(&agent, PASSWORD).await.unwrap();
    let q = "{ worklist { nodes { tenant { slug } ticket { id subject } } } }";
    let list = async || {
        let data = at.data(&token, None, q, json!({})).await.unwrap();
        let nodes = data["worklist"]["nodes"].as_array().unwrap().clone();
        let mut slugs: Vec<String> = nodes
            .iter()
            .map(|n| n["tenant"]["slug"].as_str().unwrap_or("?").to_owned())
            .collect();
        slugs.sort();
        (slugs, data.to_string())
    };
    let words = eventually(Duration::from_secs(10), || async {
        let (slugs, words) = list().await;
        if slugs == ["primera", "segunda"] {
            Ok(words)
        } else {
            Err(words)
        }
    })
    .await;
    assert!(
        words.contains("De la primera") && words.contains("De la segunda"),
        "{words}"
    );

    let q = "mutation($s: ID!, $t: ID!) { unassignStaff(input: {staff: $s, tenant: $t}) { problems { code } } }";
    let done = at
        .data(&manager, None, q, json!({"s": staff, "t": second}))
        .await
        .unwrap();
    assert_eq!(done["unassignStaff"]["problems"], json!([]));
    let began = Instant::now();
    eventually(Duration::from_mins(1), || async {
        let (slugs, words) = list().await;
        if slugs == ["primera"] {
            Ok(())
        } else {
            Err(words)
        }
    })
    .await;
    let took = began.elapsed();
    println!(
        "the second tenant was gone from the list after {:.2} s",
        took.as_secs_f64()
    );
    // A minute is the promise, with a broker or without; with one the gateway hears of it.
    assert!(took < Duration::from_secs(10), "not heard of: {took:?}");
    // And by every other way.
    let q = "query($id: ID!) { ticket(id: $id) { subject } }";
    let refused = eventually(Duration::from_mins(1), || async {
        let answer = at
            .ask(&token, None, q, json!({"id": tickets[1]}))
            .await
            .unwrap();
        if answer["data"]["ticket"].is_null() {
            Ok(answer)
        } else {
            Err(answer.to_string())
        }
    })
    .await;
    assert!(!refused.to_string().contains("De la segunda"));
    let named = at
        .ask(
            &token,
            Some("segunda"),
            "{ worklist { nodes { number } } }",
            json!({}),
        )
        .await
        .unwrap();
    assert!(
        named["data"].is_null() && !named["errors"].is_null(),
        "{named}"
    );
    let kept = at
        .data(&token, None, q, json!({"id": tickets[0]}))
        .await
        .unwrap();
    assert_eq!(kept["ticket"]["subject"], "De la primera");
    assert!(
        began.elapsed() < Duration::from_mins(1),
        "it took {:?}",
        began.elapsed()
    );
}
