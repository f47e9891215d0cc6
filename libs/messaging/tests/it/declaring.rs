//! The topology on the broker.

use std::time::Instant;

use events::{Publisher, catalogue};
use messaging::{Bus, BusError, BusSettings, KEEPER, TOPOLOGY, declare, missing};
use testkit::Suite;

#[tokio::test]
async fn the_same_again_is_fine_and_another_argument_is_told() {
    let suite = Suite::start("declaring").await;
    let settings = suite.bus_settings();
    let begun = Instant::now();
    declare(&settings).await.unwrap();
    println!("declared in {:?}", begun.elapsed());
    // Another process, which has declared nothing yet, differs by the number of partitions alone.
    let mut more = settings.clone();
    more.live = 2;
    declare(&more).await.unwrap();

    let connection =
        lapin::Connection::connect(&settings.url, lapin::ConnectionProperties::default())
            .await
            .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let options = lapin::options::QueueDeleteOptions::default();
    channel
        .queue_delete("routing.live.0".into(), options)
        .await
        .unwrap();
    let durable = lapin::options::QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .queue_declare(
            "routing.live.0".into(),
            durable,
            lapin::types::FieldTable::default(),
        )
        .await
        .unwrap();
    connection.close(200, "done".into()).await.unwrap();
    more.live = 3;
    let error = declare(&more).await.unwrap_err();
    assert!(matches!(error, BusError::Declare { .. }), "{error:?}");
    let told = error.to_string();
    assert!(
        told.contains("queue routing.live.0") && told.contains("inequivalent arg"),
        "{told}"
    );
    suite.finish().await;
}

#[tokio::test]
async fn what_is_missing_is_told_and_not_made() {
    let suite = Suite::start("missing").await;
    let settings = suite.bus_settings();
    let lacks = missing(&settings).await.unwrap();
    assert_eq!(
        lacks[..3],
        ["exchange facts", "exchange commands", "exchange parked"]
    );
    let vhost = suite.vhost();
    let stand = suite.broker().queue_depths(vhost).await.unwrap();
    assert!(stand.is_empty(), "looking made {stand:?}");

    declare(&settings).await.unwrap();
    assert_eq!(missing(&settings).await.unwrap(), Vec::<String>::new());
    // It had named every queue that there is now.
    let stand = suite.broker().queue_depths(vhost).await.unwrap();
    let mut named: Vec<&str> = lacks
        .iter()
        .filter_map(|one| one.strip_prefix("queue "))
        .collect();
    named.sort_unstable();
    assert_eq!(named, stand.keys().map(String::as_str).collect::<Vec<_>>());
    suite.finish().await;
}

#[tokio::test]
async fn who_is_set_to_another_number_of_partitions_is_refused() {
    let suite = Suite::start("disagreeing").await;
    let of = |live: u16, bulk: u16| BusSettings {
        live,
        bulk,
        ..suite.bus_settings()
    };
    declare(&of(3, 2)).await.unwrap();
    let stand = suite.broker().queue_depths(suite.vhost()).await.unwrap();
    let refusals = [
        (
            2,
            2,
            "VENTANILLA_LIVE_PARTITIONS is 2, yet the broker has the queue reporting.live.2",
        ),
        (
            4,
            2,
            "VENTANILLA_LIVE_PARTITIONS is 4, yet the broker has no queue reporting.live.3",
        ),
        (
            3,
            1,
            "VENTANILLA_BULK_PARTITIONS is 1, yet the broker has the queue reporting.bulk.1",
        ),
        (
            3,
            3,
            "VENTANILLA_BULK_PARTITIONS is 3, yet the broker has no queue reporting.bulk.2",
        ),
    ];
    for (live, bulk, wanted) in refusals {
        let error = Bus::connect(of(live, bulk), "import").await.unwrap_err();
        let told = error.to_string();
        assert!(told.starts_with(wanted), "{told}");
        assert!(!error.is_transient(), "to try again mends nothing");
        assert!(missing(&of(live, bulk)).await.is_err());
    }
    // Whoever was refused made nothing.
    let after = suite.broker().queue_depths(suite.vhost()).await.unwrap();
    assert_eq!(after, stand);
    drop(Bus::connect(of(3, 2), "import").await.unwrap());

    // `migrate` makes more of them, and never fewer.
    declare(&of(4, 2)).await.unwrap();
    drop(Bus::connect(of(4, 2), "import").await.unwrap());
    let error = declare(&of(4, 1)).await.unwrap_err();
    assert!(matches!(error, BusError::MorePartitions { .. }), "{error}");
    suite.finish().await;
}

#[test]
fn every_publisher_is_a_service_and_every_type_is_heard() {
    let services: Vec<&str> = TOPOLOGY.iter().map(|row| row.service).collect();
    for publisher in Publisher::ALL {
        assert!(services.contains(&publisher.source()), "{publisher:?}");
    }
    for kind in catalogue() {
        let heard = TOPOLOGY
            .iter()
            .filter(|row| row.types().any(|one| one == kind.name))
            .count();
        assert!(heard > 0, "nobody hears {}", kind.name);
    }
    // Whoever answers facts with facts must not hear its own. The keeper answers none, and keeps all of them.
    for row in TOPOLOGY {
        assert_eq!(
            row.hears
                .iter()
                .any(|publisher| publisher.source() == row.service),
            row.service == KEEPER,
            "{} hears itself",
            row.service
        );
    }
}
