//! The topology on the broker.

use std::time::{Duration, Instant};

use events::{Publisher, catalogue};
use messaging::{Apart, Bus, BusError, BusSettings, KEEPER, TOPOLOGY, declare, missing};
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

/// Each of them alone is fine on an empty broker, and a lock that were not there would let both go on.
#[tokio::test]
async fn of_two_that_begin_together_and_disagree_one_goes_on() {
    // Each round on a broker of its own, and all at once: the more is under way, the more they get between each other.
    let rounds = (0..6).map(|round| async move {
        let suite = Suite::start("together").await;
        let of = |live: u16| BusSettings {
            live,
            ..suite.bus_settings()
        };
        let (one, other) =
            tokio::join!(Bus::connect(of(2), "import"), Bus::connect(of(3), "import"));
        let (went_on, refused) = match (one, other) {
            (Ok(bus), Err(error)) | (Err(error), Ok(bus)) => (bus, error),
            both => panic!("round {round}: {both:?}"),
        };
        assert!(
            matches!(
                refused,
                BusError::MorePartitions { .. } | BusError::FewerPartitions { .. }
            ),
            "round {round}: {refused}"
        );
        // What stands is what the one that went on is set to, and nobody holds the lock.
        let stand = suite.broker().queue_depths(suite.vhost()).await.unwrap();
        let live = went_on.settings().live;
        assert_eq!(stand.contains_key("reporting.live.2"), live == 3);
        assert!(!stand.contains_key("declaring"), "{stand:?}");
        drop(went_on);
        suite.finish().await;
    });
    futures::future::join_all(rounds).await;
}

#[tokio::test]
async fn whoever_begins_waits_while_another_declares_and_sees_what_it_made() {
    let suite = Suite::start("waiting its turn").await;
    let settings = BusSettings {
        live: 2,
        ..suite.bus_settings()
    };
    let connection =
        lapin::Connection::connect(&settings.url, lapin::ConnectionProperties::default())
            .await
            .unwrap();
    let channel = connection.create_channel().await.unwrap();
    let lock = lapin::options::QueueDeclareOptions {
        exclusive: true,
        ..Default::default()
    };
    let none = lapin::types::FieldTable::default;
    channel
        .queue_declare("declaring".into(), lock, none())
        .await
        .unwrap();
    let second = tokio::spawn(Bus::connect(settings, "import"));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!second.is_finished());
    let stand = suite.broker().queue_depths(suite.vhost()).await.unwrap();
    let stand: Vec<&str> = stand.keys().map(String::as_str).collect();
    assert_eq!(stand, ["declaring"], "it made something meanwhile");
    let durable = lapin::options::QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .queue_declare("reporting.live.2".into(), durable, none())
        .await
        .unwrap();
    // The lock goes with the connection of whoever held it.
    connection.close(200, "done".into()).await.unwrap();
    let refused = second.await.unwrap().unwrap_err();
    assert!(
        matches!(refused, BusError::MorePartitions { .. }),
        "{refused}"
    );
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
    for row in TOPOLOGY {
        for Apart { kind, .. } in row.without {
            let mut published = row.hears.iter().flat_map(|by| by.types());
            assert!(
                published.any(|one| one == *kind),
                "{} does not hear {kind} anyway",
                row.service
            );
            assert!(row.types().all(|one| one != *kind));
        }
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
