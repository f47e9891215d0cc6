//! Calendars that follow feeds of closed dates, over real HTTP.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use access::{CallerKind, Role};
use events::sla_clock::ClockChanged;
use serde_json::{Value, json};
use sla_clock::config::Feeds;
use sla_clock::jobs::feeds::step;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::world::{World, at, story, usual_terms};

const SET: &str = "mutation($i: SetCalendarFeedInput!) { done: setCalendarFeed(input: $i) { calendar { version versions { validFrom holidays } \
    feeds { name url readAt triedAt nextAt problem { code } events { uid name dates } ignored } } problems { field code } } }";
const REMOVE: &str = "mutation($i: RemoveCalendarFeedInput!) { done: removeCalendarFeed(input: $i) { calendar { versions { holidays } feeds { name } } problems { field code } } }";
const PREVIEW: &str = "query($i: SetCalendarFeedInput!) { done: previewCalendarFeed(input: $i) { tickets moved moves { target movesBySeconds } problems { code } } }";
const CHANGE: &str = "mutation($i: ChangeCalendarInput!) { done: changeCalendar(input: $i) { calendar { versions { holidays } } problems { field code } } }";
const READ: &str = "{ calendars { name versions { holidays } feeds { name readAt triedAt nextAt problem { code } events { dates } } } }";

/// What somebody publishes: a status and a body that the test changes.
struct Publisher {
    says: Arc<Mutex<(u16, String)>>,
    url: String,
}

impl Publisher {
    async fn open() -> Self {
        let says = Arc::new(Mutex::new((200, String::new())));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/feriados.ics", listener.local_addr().unwrap());
        let answers = Arc::clone(&says);
        tokio::spawn(async move {
            while let Ok((mut peer, _)) = listener.accept().await {
                let (status, body) = answers.lock().unwrap().clone();
                let _ = peer.read(&mut [0; 4096]).await;
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = peer.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        Self { says, url }
    }

    fn says(&self, status: u16, body: &str) {
        *self.says.lock().unwrap() = (status, body.to_owned());
    }
}

fn feed(events: &[(&str, &str)]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
    for (uid, date) in events {
        write!(
            text,
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;VALUE=DATE:{date}\r\nSUMMARY:Feriado {uid}\r\nEND:VEVENT\r\n"
        )
        .unwrap();
    }
    text + "END:VCALENDAR\r\n"
}

fn hours(holidays: &[&str]) -> Value {
    json!({"timeZone": "America/Lima", "holidays": holidays, "weekly": [
        {"day": "MONDAY", "spans": ["09:00-18:00"]}, {"day": "TUESDAY", "spans": ["09:00-18:00"]}]})
}

/// The closed dates of the version that judges from 2010 on.
fn closed(calendar: &Value) -> &Value {
    let versions = calendar["versions"].as_array().unwrap();
    &versions.last().unwrap()["holidays"]
}

#[tokio::test]
async fn a_calendar_follows_a_feed_and_keeps_its_last_good_copy() {
    story(async {
        let world = World::start("feeding").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let made = "mutation($i: CreateCalendarInput!) { createCalendar(input: $i) { calendar { id } } }";
        let input = json!({"i": {"name": "Oficina", "hours": hours(&["2026-12-07"]), "validFrom": "2010-01-01T00:00:00Z"}});
        let made = world.data(&manager, made, input).await;
        let calendar = made["createCalendar"]["calendar"]["id"].as_str().unwrap().to_owned();
        let agree = "mutation($i: CreateAgreementInput!) { createAgreement(input: $i) { problems { code } } }";
        let input = json!({"i": {"name": "ANS", "calendar": calendar, "terms": usual_terms(), "validFrom": "2010-01-01T00:00:00Z"}});
        world.data(&manager, agree, input).await;
        let ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let told = world.announced().await.len();

        // Tomorrow, and the seventh of December, which somebody wrote by hand already.
        let publisher = Publisher::open().await;
        publisher.says(200, &feed(&[("a", "20261124"), ("b", "20261207")]));
        let wish = json!({"calendar": calendar, "name": " Perú ", "url": publisher.url});
        // By what it says now it would move the resolution to next Monday; and nothing is kept of having looked.
        let seen = world.data(&manager, PREVIEW, json!({"i": wish})).await["done"].clone();
        let moves = json!([{"target": "RESOLUTION", "movesBySeconds": 6 * 86_400}]);
        assert_eq!(seen, json!({"tickets": 1, "moved": 1, "moves": moves, "problems": []}));
        assert_eq!(world.data(&manager, READ, json!({})).await["calendars"][0]["feeds"], json!([]));
        let set = world.data(&manager, SET, json!({"i": wish})).await["done"].clone();
        assert_eq!(set["problems"], json!([]), "{set}");
        assert_eq!(closed(&set["calendar"]), &json!(["2026-11-24", "2026-12-07"]));
        let shown = &set["calendar"]["feeds"][0];
        assert_eq!((&shown["name"], &shown["problem"]), (&json!("Perú"), &Value::Null));
        assert_eq!(shown["events"][0], json!({"uid": "a", "name": "Feriado a", "dates": ["2026-11-24"]}));
        // The open resolution, due on Tuesday at ten, is due on the next Monday at ten.
        let after = world.announced_as::<ClockChanged>().await;
        let due = |n: usize| after[n].1.clock.due_at.unwrap();
        assert_eq!(after.len(), told + 1);
        assert_eq!(due(told), at("2026-11-30T15:00:00Z"));

        // Whoever may not change calendars sees what is closed, and not where that is read.
        let agent = world.caller(CallerKind::Staff, Role::Agent, &[acme]);
        let seen = world.data(&agent, "{ calendars { feeds { name url } } }", json!({})).await;
        assert_eq!(seen["calendars"][0]["feeds"], json!([{"name": "Perú", "url": null}]));

        // Six hours later the holiday has moved; what it left is free, and what somebody wrote stays though the feed
        // takes it back.
        let settings = Feeds { allow_inside: true, ..Feeds::default() };
        let tools = world.tools();
        let stop = CancellationToken::new();
        let look = async || step(&tools, &settings, &stop).await.unwrap();
        assert_eq!(look().await, 0, "not due yet");
        world.advance(6 * 3_600);
        publisher.says(200, &feed(&[("a", "20261125")]));
        assert_eq!((look().await, look().await), (1, 0));
        let read = async || world.data(&manager, READ, json!({})).await["calendars"][0].clone();
        assert_eq!(closed(&read().await), &json!(["2026-11-25", "2026-12-07"]));
        let after = world.announced_as::<ClockChanged>().await;
        assert_eq!(after.last().unwrap().1.clock.due_at, Some(at("2026-11-24T15:00:00Z")));

        // A page that says sorry, a calendar without events, a server that is ill: the copy stays, and is tried again in an
        // hour.
        let copy = read().await["feeds"][0]["readAt"].clone();
        let mut wait = 6 * 3_600;
        for (status, body, code) in [
            (200, "<html>Lo sentimos</html>", "NOT_A_CALENDAR"),
            (200, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "FEED_WITHOUT_EVENTS"),
            (503, "", "FEED_STATUS"),
        ] {
            publisher.says(status, body);
            world.advance(wait);
            assert_eq!(look().await, 1, "{code}");
            let now = read().await;
            let feed = &now["feeds"][0];
            assert_eq!((&feed["problem"]["code"], &feed["readAt"]), (&json!(code), &copy), "{now}");
            assert_eq!(closed(&now), &json!(["2026-11-25", "2026-12-07"]));
            wait = 3_600;
        }
        publisher.says(200, &feed(&[("a", "20261125")]));
        world.advance(wait);
        assert_eq!(look().await, 1);
        assert_eq!(read().await["feeds"][0]["problem"], Value::Null);

        // Who reads the calendar and writes it back does not make the feed's dates its own.
        let back = json!({"i": {"calendar": calendar, "hours": hours(&["2026-11-25", "2026-12-07"]), "validFrom": "2010-01-01T00:00:00Z"}});
        let changed = world.data(&manager, CHANGE, back).await["done"].clone();
        assert_eq!(closed(&changed["calendar"]), &json!(["2026-11-25", "2026-12-07"]));
        let gone = json!({"i": {"calendar": calendar, "name": "Perú"}});
        let removed = world.data(&manager, REMOVE, gone.clone()).await["done"].clone();
        assert_eq!(closed(&removed["calendar"]), &json!(["2026-12-07"]), "{removed}");
        assert_eq!(removed["calendar"]["feeds"], json!([]));
        // What a feed closed once can be closed by hand all the same.
        let back = json!({"i": {"calendar": calendar, "hours": hours(&["2026-11-25"]), "validFrom": "2010-01-01T00:00:00Z"}});
        let changed = world.data(&manager, CHANGE, back).await["done"].clone();
        assert_eq!(closed(&changed["calendar"]), &json!(["2026-11-25"]));
        let again = world.data(&manager, REMOVE, gone).await["done"]["problems"].clone();
        assert_eq!(again, json!([{"field": "name", "code": "NO_SUCH_FEED"}]));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_feed_that_is_none_is_refused_and_nothing_is_kept() {
    story(async {
        let world = World::start("feeding-refused").await;
        let acme = world.tenant("acme").await;
        let globex = world.tenant("globex").await;
        let manager = world.manager(acme);
        let calendar = world.calendar(acme, "Oficina", hours(&[])).await;
        let always = json!({"timeZone": "UTC", "alwaysOpen": true});
        let always = world.calendar(acme, "24x7", always).await;
        let good = feed(&[("a", "20261124")]);
        let wish = |calendar: &str, more: Value| {
            let mut wish = json!({"calendar": calendar, "name": "Perú"});
            wish.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"i": wish})
        };
        for (input, problem) in [
            (
                wish(&calendar, json!({"text": "hola"})),
                json!({"field": "text", "code": "NOT_A_CALENDAR"}),
            ),
            (
                wish(&calendar, json!({"text": good, "name": " "})),
                json!({"field": "name", "code": "NAME_MISSING"}),
            ),
            (
                wish(&calendar, json!({"url": "ftp://127.0.0.1/a.ics"})),
                json!({"field": "url", "code": "BAD_FEED_ADDRESS"}),
            ),
            (
                wish(&calendar, json!({"url": "http://127.0.0.1:1/a.ics"})),
                json!({"field": "url", "code": "FEED_UNREACHABLE"}),
            ),
            (
                wish(&always, json!({"text": good})),
                json!({"field": "calendar", "code": "ALWAYS_OPEN"}),
            ),
        ] {
            let done = world.data(&manager, SET, input).await["done"].clone();
            assert_eq!(
                (&done["calendar"], &done["problems"]),
                (&Value::Null, &json!([problem])),
                "{done}"
            );
        }
        let both = wish(
            &calendar,
            json!({"text": good, "url": "https://example.com/a.ics"}),
        );
        assert_eq!(world.refusal(&manager, SET, both).await, "BAD_INPUT");
        let good = wish(&calendar, json!({"text": good}));
        let agent = world.caller(CallerKind::Staff, Role::Agent, &[acme]);
        assert_eq!(world.refusal(&agent, SET, good.clone()).await, "FORBIDDEN");
        assert_eq!(
            world
                .refusal(&world.manager(globex), SET, good.clone())
                .await,
            "NOT_FOUND"
        );
        let calendars = world.data(&manager, READ, json!({})).await["calendars"].clone();
        assert!(
            calendars
                .as_array()
                .unwrap()
                .iter()
                .all(|c| c["feeds"] == json!([])),
            "{calendars}"
        );

        // A text that is handed in: the same again changes nothing.
        let set = world.data(&manager, SET, good.clone()).await["done"].clone();
        assert_eq!(
            (&set["calendar"]["version"], &set["problems"]),
            (&json!(2), &json!([])),
            "{set}"
        );
        let again = world.data(&manager, SET, good).await["done"].clone();
        assert_eq!(again["calendar"]["version"], 2);
        world.end().await;
    })
    .await;
}
