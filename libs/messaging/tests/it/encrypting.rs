//! A broker behind TLS, with a certificate of an authority that only its operator knows.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use events::Lane;
use messaging::{Bus, BusError, BusSettings};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use testkit::{PrivateServers, Suite, private_servers};

use crate::world::{ROUTING, Recorder, World};

/// The authority's certificate, and the broker's with its key, in files.
struct Papers {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

fn papers(dir: &Path) -> Papers {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let own = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names)
        .unwrap()
        .signed_by(&key, &Issuer::new(authority, authority_key))
        .unwrap();
    let write = |name: &str, text: String| {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    Papers {
        authority: write("authority.pem", own.pem()),
        certificate: write("broker.pem", certificate.pem()),
        key: write("broker.key", key.serialize_pem()),
    }
}

/// Lets the set's RabbitMQ listen with TLS, too; its port.
async fn listen_with_tls(servers: &PrivateServers) -> (u16, Papers) {
    let dir = servers.dir().join("rabbitmq");
    let papers = papers(&dir);
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let config = format!(
        "[{{rabbit, [{{ssl_listeners, [{{\"127.0.0.1\", {port}}}]}}, \
         {{ssl_options, [{{certfile, \"{}\"}}, {{keyfile, \"{}\"}}]}}]}}].\n",
        papers.certificate.display(),
        papers.key.display()
    );
    std::fs::write(dir.join("advanced.config"), config).unwrap();
    servers.restart("rabbitmq").await.unwrap();
    (port, papers)
}

#[tokio::test]
async fn a_broker_with_a_certificate_of_ones_own_is_reached_and_no_other() {
    let servers = private_servers().await.unwrap();
    let (port, papers) = listen_with_tls(&servers).await;
    let suite = Suite::start_on(servers.servers(), "tls").await;
    let plain = suite.amqp_url();
    let (user, place) = plain
        .strip_prefix("amqp://")
        .and_then(|rest| rest.split_once('@'))
        .unwrap();
    let vhost = place.split_once('/').unwrap().1;
    let url = format!("amqps://{user}@127.0.0.1:{port}/{vhost}");

    // Whose authority nobody has named is refused, and the cause is in the words.
    let unknown = messaging::declare(&BusSettings::new(url.clone()))
        .await
        .unwrap_err();
    assert!(
        unknown.is_transient() && unknown.to_string().contains("UnknownIssuer"),
        "{unknown}"
    );
    // So is a file that names none: at once, since no time would mend it.
    let with = |ca_file: &Path| BusSettings {
        ca_file: Some(ca_file.to_owned()),
        ..BusSettings::new(url.clone())
    };
    for wrong in [&papers.key, &papers.authority.with_extension("away")] {
        let refused = Bus::connect(with(wrong), "routing").await.unwrap_err();
        assert!(
            matches!(&refused, BusError::Authorities { file, .. } if *file == wrong.display().to_string()),
            "{refused}"
        );
    }

    // Facts travel as they do without it.
    let world = World::on(suite, &ROUTING, 1, |settings| {
        settings.url.clone_from(&url);
        settings.ca_file = Some(papers.authority.clone());
    })
    .await;
    assert!(world.settings.url.starts_with("amqps://"));
    let running = world.run(Some(Recorder::new()));
    let (tenant, subject) = (world.tenants[0], world.ticket());
    let facts: Vec<_> = (1..=500).map(|n| world.fact(tenant, &subject, n)).collect();
    world
        .bus
        .publish_to("routing", Lane::Live, &facts)
        .await
        .unwrap();
    let wanted: Vec<i64> = (1..=500).collect();
    world.until_applied(tenant, &subject, &wanted).await;
    running.stop().await;
    world.end().await;
}
