//! Servers fail under load; nothing is lost, nothing is doubled.

use std::time::Duration;

use testkit::{Proxy, Suite, private_servers};

use crate::world::{ROUTING, Recorder, World};

#[tokio::test]
async fn a_broker_that_is_killed_loses_nothing() {
    let servers = private_servers().await.unwrap();
    let suite = Suite::start_on(servers.servers(), "broker killed").await;
    let world = World::on(suite, &ROUTING, 2, |_| {}).await;
    let running = world.run(Some(Recorder::new()));
    let subjects: Vec<String> = world.tenants.iter().map(|_| world.ticket()).collect();
    let breaks = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        servers.kill("rabbitmq").await.unwrap();
        servers.restart("rabbitmq").await.unwrap();
        servers.restart("postgres").await.unwrap();
    };
    // Postgres is away for a moment too: whoever announces tries again, as a request would.
    let announce = async {
        for n in 1..=400 {
            for (tenant, subject) in world.tenants.iter().zip(&subjects) {
                let fact = world.fact(*tenant, subject, n);
                testkit::eventually(Duration::from_secs(30), || async {
                    let mut tx = world.db.begin_fact(*tenant).await?;
                    world
                        .outbox
                        .announce(&mut tx, std::slice::from_ref(&fact))
                        .await?;
                    tx.commit().await
                })
                .await;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::join!(announce, breaks);
    let all: Vec<i64> = (1..=400).collect();
    for (tenant, subject) in world.tenants.iter().zip(&subjects) {
        world.until_applied(*tenant, subject, &all).await;
        assert!(world.waiting(*tenant).await.is_empty());
    }
    testkit::eventually(Duration::from_secs(20), || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn connections_that_break_again_and_again_lose_nothing() {
    let suite = Suite::start("cut connections").await;
    let (proxy, url) = Proxy::before(&suite.bus_settings().url).await.unwrap();
    let world = World::on(suite, &ROUTING, 1, |settings| settings.url = url).await;
    let tenant = world.tenants[0];
    let running = world.run(Some(Recorder::new()));
    let subject = world.ticket();
    for n in 1..=200 {
        world
            .announce(&world.outbox, tenant, &[world.fact(tenant, &subject, n)])
            .await;
        if n % 60 == 0 {
            proxy.cut();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let all: Vec<i64> = (1..=200).collect();
    world.until_applied(tenant, &subject, &all).await;
    running.stop().await;
    world.end().await;
}
