//! Feeds that are published by somebody who takes their time, and who waits for them.

use ids::TenantId;
use serde_json::{Value, json};
use sla_clock::config::Previews;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::kit::HOUR;
use crate::previewing_edits::{FEED, HOURS, agreed, daily, feed, seen};
use crate::world::{World, config, story};

/// Refused for want of room to read one more address, and told so.
async fn no_address_more(world: &World, tenant: TenantId, query: &str, input: &Value) {
    let asked = json!({"i": input});
    let answer = world.ask(&world.manager(tenant), query, asked).await;
    let error = &answer["errors"][0];
    let extensions = &error["extensions"];
    let busy = (&extensions["code"], &extensions["retryAfterSeconds"]);
    assert_eq!(busy, (&json!("BUSY"), &json!(7)), "{answer}");
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("direcciones"), "{said}");
}

/// A feed that is published by somebody who takes their time: its address, when it is asked for, and what lets it be answered.
async fn slow_feed() -> (String, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/feriados.ics", listener.local_addr().unwrap());
    let (asked, was_asked) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let (mut peer, _) = listener.accept().await.unwrap();
        let _ = peer.read(&mut [0; 4096]).await;
        asked.send(()).unwrap();
        may_go_on.await.unwrap();
        let body = feed();
        let head = format!(
            "HTTP/1.1 200 X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let text = format!("{head}{body}");
        peer.write_all(text.as_bytes()).await.unwrap();
    });
    (url, was_asked, go_on)
}

#[tokio::test]
async fn a_feed_that_does_not_answer_takes_nobodys_turn() {
    story(async {
        let mut settings = config();
        settings.previews = Previews {
            at_once: 1,
            of_tenant: 1,
            retry_after_s: 7,
            fetches_at_once: 2,
            fetches_of_tenant: 1,
        };
        let world = World::start_as("edits slow feed", settings).await;
        let acme = world.tenant("acme").await;
        let (office, _) = agreed(&world, acme).await;
        world
            .hear(acme, &[world.opened(acme, &world.ticket())])
            .await;
        let (url, was_asked, go_on) = slow_feed().await;
        let named = json!({"calendar": office, "name": "Feriados", "url": url});
        let others = async {
            was_asked.await.unwrap();
            // The one turn that there is can be had, by whoever asks for no address.
            let hours = json!({"calendar": office, "hours": daily("08:00-18:00")});
            let text = json!({"calendar": office, "name": "Feriados", "text": feed()});
            for (edit, input) in [(HOURS, &hours), (FEED, &text)] {
                let preview = seen(&world, acme, edit, input).await;
                assert_eq!(
                    (&preview["problems"], &preview["tickets"]),
                    (&json!([]), &json!(1)),
                    "{preview}"
                );
            }
            // But of one tenant no second address is read meanwhile, whatever for.
            for query in [FEED.preview(), FEED.mutation()] {
                no_address_more(&world, acme, &query, &named).await;
            }
            go_on.send(()).unwrap();
        };
        let (preview, ()) = tokio::join!(seen(&world, acme, FEED, &named), others);
        // Tomorrow is a holiday: all three are due a day later.
        assert_eq!(
            (&preview["problems"], &preview["moved"]),
            (&json!([]), &json!(3)),
            "{preview}"
        );
        assert_eq!(preview["moves"][0]["movesBySeconds"], 24 * HOUR);
        // And the turns are there again: this one is told that nobody answers any more, and not that there is no room.
        let preview = seen(&world, acme, FEED, &named).await;
        assert_eq!(
            preview["problems"],
            json!([{"field": "url", "code": "FEED_UNREACHABLE"}])
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_follows_a_slow_feed_fills_a_line_of_their_own() {
    story(async {
        let mut settings = config();
        settings.previews = Previews {
            retry_after_s: 7,
            fetches_at_once: 2,
            fetches_of_tenant: 1,
            ..Previews::default()
        };
        let world = World::start_as("following slow feed", settings).await;
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        let (office, _) = agreed(&world, acme).await;
        let (elsewhere, _) = agreed(&world, globex).await;
        let (url, was_asked, go_on) = slow_feed().await;
        let named = json!({"calendar": office, "name": "Feriados", "url": url});
        let set = async |tenant: TenantId, input: &Value| {
            let (manager, asked) = (world.manager(tenant), json!({"i": input}));
            let done = world.data(&manager, &FEED.mutation(), asked).await;
            done["done"]["problems"].clone()
        };
        let others = async {
            was_asked.await.unwrap();
            no_address_more(&world, acme, &FEED.mutation(), &named).await;
            // A text needs no room, and another tenant has its own.
            let text = json!({"calendar": office, "name": "Otros", "text": feed()});
            assert_eq!(set(acme, &text).await, json!([]));
            let nobody = json!({"calendar": elsewhere, "name": "Feriados", "url": "http://127.0.0.1:1/a.ics"});
            assert_eq!(set(globex, &nobody).await[0]["code"], "FEED_UNREACHABLE");
            go_on.send(()).unwrap();
        };
        let (problems, ()) = tokio::join!(set(acme, &named), others);
        assert_eq!(problems, json!([]));
        // The room is there again: nobody answers any more, which is another thing.
        assert_eq!(set(acme, &named).await[0]["code"], "FEED_UNREACHABLE");
        world.end().await;
    })
    .await;
}
