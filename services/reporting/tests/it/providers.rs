//! What belongs to a provider and to no tenant is kept too: in the provider's schema, apart from other providers', in
//! the order of each subject; and it is given again.

use std::sync::Arc;

use async_trait::async_trait;
use events::directory::ProviderCreated;
use events::{Envelope, Fact, Lane, Meta, Origin};
use ids::{EventId, GroupId, PersonId, ProviderId, TenantId};
use messaging::{
    Bus, Command, FactHandler, HandleError, HandlerScope, Outbox, Resend, Runner, park,
};
use tenancy::{Migration, Schema, ServiceDb, Tx};
use testkit::eventually;
use tokio_util::sync::CancellationToken;

use crate::world::{LONG, Told, World, at};

type Place = (String, String, i64);

fn told(fact: &Envelope) -> Place {
    (fact.source.clone(), fact.subject.clone(), fact.sequence)
}

fn of_provider(
    world: &World,
    provider: ProviderId,
    (source, kind): (&str, &str),
    subject: &str,
    sequence: i64,
) -> Envelope {
    let meta = Meta {
        id: EventId::new(&*world.ids),
        subject: subject.to_owned(),
        time: at("2026-11-20T09:00:00Z"),
        tenant: None,
        provider: Some(provider),
        sequence,
        origin: Origin::Live,
        traceparent: None,
    };
    let data = serde_json::json!({"of": subject, "n": sequence});
    Envelope::from_source(source, kind, meta, &data).unwrap()
}

/// A provider's birth, a member of its staff with three facts and a group with two.
fn life(world: &World, provider: ProviderId, slug: &str) -> Vec<Envelope> {
    let created = ProviderCreated {
        provider,
        slug: slug.to_owned(),
        name: slug.to_owned(),
    };
    let mut born = of_provider(
        world,
        provider,
        ("directory", ProviderCreated::TYPE),
        &provider.to_string(),
        1,
    );
    born.data = serde_json::value::to_raw_value(&created).unwrap();
    let staff = PersonId::new(&*world.ids).to_string();
    let group = GroupId::new(&*world.ids).to_string();
    let of_staff = |n| {
        of_provider(
            world,
            provider,
            ("directory", "staff.changed.v1"),
            &staff,
            n,
        )
    };
    let of_group = |n| of_provider(world, provider, ("routing", "group.changed.v1"), &group, n);
    vec![
        born,
        of_staff(1),
        of_group(1),
        of_staff(2),
        of_staff(3),
        of_group(2),
    ]
}

/// What is kept of a provider, in the order in which it came.
async fn kept(world: &World, provider: ProviderId) -> Vec<(Place, String)> {
    let Ok(mut tx) = world.db.begin_provider(provider, &[]).await else {
        return Vec::new();
    };
    let rows: Vec<(String, String, i64, String)> =
        sqlx::query_as("SELECT source, subject, sequence, data FROM facts ORDER BY position")
            .fetch_all(tx.conn())
            .await
            .unwrap();
    tx.commit().await.unwrap();
    rows.into_iter()
        .map(|(source, subject, n, data)| ((source, subject, n), data))
        .collect()
}

async fn until_kept(world: &World, provider: ProviderId, facts: &[Envelope]) {
    eventually(LONG, || async {
        let rows = kept(world, provider).await;
        (rows.len() == facts.len()).then_some(()).ok_or(rows.len())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_providers_keep_their_own_in_order() {
    let world = World::start("providers").await;
    let (a, b) = (world.provider, ProviderId::new(&*world.ids));
    let tenant = world.tenant("inquilino").await;
    let (of_a, of_b) = (life(&world, a, "norte"), life(&world, b, "sur"));
    // Staff before the provider, the third before the first: its turn and its schema are waited for.
    let (first, later) = of_a.split_at(4);
    let disorder: Vec<Envelope> = later.iter().chain(first.iter().rev()).cloned().collect();
    world.hear(Lane::Live, &disorder).await;
    world.hear(Lane::Live, &of_b).await;
    until_kept(&world, a, &of_a).await;
    until_kept(&world, b, &of_b).await;

    for (provider, facts) in [(a, &of_a), (b, &of_b)] {
        let rows = kept(&world, provider).await;
        for subject in facts.iter().map(|fact| &fact.subject) {
            let own: Vec<(Place, String)> = rows
                .iter()
                .filter(|((_, s, _), _)| s == subject)
                .cloned()
                .collect();
            let sent: Vec<(Place, String)> = facts
                .iter()
                .filter(|fact| fact.subject == *subject)
                .map(|fact| (told(fact), fact.data.get().to_owned()))
                .collect();
            assert_eq!(own, sent);
        }
    }
    // Sent again they change nothing; the inbox that knows them is the provider's, and no other.
    world.hear(Lane::Bulk, &of_a).await;
    let more = of_provider(&world, a, ("directory", "staff.changed.v1"), "per_x", 1);
    world.hear(Lane::Bulk, &[more]).await;
    eventually(LONG, || async {
        (kept(&world, a).await.len() == of_a.len() + 1).then_some(())
    })
    .await;
    let counted = |provider| {
        let db = world.db.clone();
        async move {
            let mut tx = db.begin_provider(provider, &[]).await.unwrap();
            let n: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox")
                .fetch_one(tx.conn())
                .await
                .unwrap();
            tx.commit().await.unwrap();
            n
        }
    };
    assert_eq!((counted(a).await, counted(b).await), (4, 3));
    let mut tx = world.db.begin_platform().await.unwrap();
    let n: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.inbox")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(n, 0);
    assert_eq!(
        world.count(tenant, "SELECT count(*) FROM inbox").await,
        1,
        "the tenant's own birth"
    );
    apart(&world, a, b, tenant).await;
    world.finish().await;
}

/// Neither the other provider nor a tenant of one's own reads a provider's facts: Postgres refuses.
async fn apart(world: &World, a: ProviderId, b: ProviderId, tenant: TenantId) {
    let of = |provider: ProviderId| {
        let sql = format!("SELECT data FROM p_{}.facts", provider.uuid().simple());
        sqlx::AssertSqlSafe(sql)
    };
    let code = |error: sqlx::Error| {
        let error = error.into_database_error().unwrap();
        error.code().unwrap().into_owned()
    };
    let mut tx = world.db.begin_provider(b, &[]).await.unwrap();
    let error = sqlx::query(of(a)).fetch_all(tx.conn()).await.unwrap_err();
    tx.rollback().await.unwrap();
    assert_eq!(code(error), "42501");
    let mut tx = world.db.begin(tenant).await.unwrap();
    let error = sqlx::query(of(a)).fetch_all(tx.conn()).await.unwrap_err();
    tx.rollback().await.unwrap();
    assert_eq!(code(error), "42501");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_leaves_them_alone() {
    let world = World::start("provider rebuild").await;
    let facts = life(&world, world.provider, "centro");
    world.hear(Lane::Live, &facts).await;
    until_kept(&world, world.provider, &facts).await;
    let tenant = world.tenant("cliente").await;
    let ticket = Told::new(&world, tenant).opened("2026-11-20T10:00:00Z");
    world.hear(Lane::Live, &ticket.facts).await;
    world.kept(tenant, 2).await;
    let before = kept(&world, world.provider).await;
    let rebuilt = reporting::rebuild(&world.db, tenant)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((rebuilt.facts, rebuilt.tickets), (2, 1));
    assert_eq!(kept(&world, world.provider).await, before);
    world.finish().await;
}

const HEARD: &[Migration] = &[Migration {
    name: "2026-11-25-000-heard",
    sql: "CREATE TABLE heard (
            place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            source text NOT NULL, subject text NOT NULL, sequence bigint NOT NULL)",
}];

/// It comes later: when the facts were published, it had no database.
static LATECOMER: Schema = Schema {
    service: "sla-clock",
    platform: &[],
    tenant: HEARD,
    tenant_squashed: None,
    provider: HEARD,
};

/// Writes down what it is given.
struct Listener;

#[async_trait]
impl FactHandler for Listener {
    fn scope(&self) -> HandlerScope {
        HandlerScope::Owner
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        for fact in facts {
            sqlx::query("INSERT INTO heard (source, subject, sequence) VALUES ($1, $2, $3)")
                .bind(&fact.source)
                .bind(&fact.subject)
                .bind(fact.sequence)
                .execute(tx.conn())
                .await?;
        }
        Ok(())
    }
}

const HEARD_IN_ORDER: &str = "SELECT source, subject, sequence FROM heard ORDER BY place";

async fn heard_of_provider(db: &ServiceDb, provider: ProviderId) -> Vec<Place> {
    let Ok(mut tx) = db.begin_provider(provider, &[]).await else {
        return Vec::new();
    };
    let rows = sqlx::query_as(HEARD_IN_ORDER).fetch_all(tx.conn()).await;
    tx.commit().await.unwrap();
    rows.unwrap()
}

async fn heard_of_tenant(db: &ServiceDb, tenant: TenantId) -> Vec<Place> {
    let Ok(mut tx) = db.begin_fact(tenant).await else {
        return Vec::new();
    };
    let rows = sqlx::query_as(HEARD_IN_ORDER).fetch_all(tx.conn()).await;
    tx.commit().await.unwrap();
    rows.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_latecomer_is_whole_after_a_backfill() {
    let world = World::start("provider backfill").await;
    let (a, b) = (world.provider, ProviderId::new(&*world.ids));
    let (of_a, of_b) = (life(&world, a, "norte"), life(&world, b, "sur"));
    world.hear(Lane::Live, &of_a).await;
    world.hear(Lane::Live, &of_b).await;
    until_kept(&world, a, &of_a).await;
    until_kept(&world, b, &of_b).await;
    let tenant = world.tenant("cliente").await;
    let ticket = Told::new(&world, tenant)
        .opened("2026-11-20T10:00:00Z")
        .held("2026-11-20T10:00:01Z", "Mesa", 1, None);
    world.hear(Lane::Live, &ticket.facts).await;
    world.kept(tenant, 3).await;

    let settings = world.suite.db_settings();
    tenancy::migrate(&settings, &LATECOMER, |_| {})
        .await
        .unwrap();
    let db = ServiceDb::connect(settings, &LATECOMER, world.clock.clone())
        .await
        .unwrap();
    let bus = Bus::connect(world.suite.bus_settings(), LATECOMER.service)
        .await
        .unwrap();
    let stop = CancellationToken::new();
    let running = Runner {
        db: db.clone(),
        bus: bus.clone(),
        outbox: Outbox::new(1, 1),
        clock: world.clock.clone(),
        ids: world.ids.clone(),
        facts: Some(Arc::new(Listener)),
        commands: None,
    }
    .run(stop.clone());

    // The providers' own first, then the tenant's; and once more, which changes nothing.
    for _ in 0..2 {
        let mut reported = Vec::new();
        let sent = reporting::backfill(&world.db, &world.bus, LATECOMER.service, |n| {
            reported.push(n);
        })
        .await
        .unwrap();
        assert_eq!((sent, reported), (15, vec![6, 12, 15]));
    }
    for (provider, facts) in [(a, &of_a), (b, &of_b)] {
        let wanted: Vec<Place> = facts.iter().map(told).collect();
        eventually(LONG, || async {
            let mut heard = heard_of_provider(&db, provider).await;
            let mut wanted = wanted.clone();
            heard.sort();
            wanted.sort();
            (heard == wanted).then_some(()).ok_or(heard)
        })
        .await;
        let heard = heard_of_provider(&db, provider).await;
        for subject in facts.iter().map(|fact| &fact.subject) {
            let sequences = heard.iter().filter(|(_, s, _)| s == subject).map(|p| p.2);
            assert!(sequences.is_sorted(), "{heard:?}");
        }
    }
    eventually(LONG, || async {
        let heard = heard_of_tenant(&db, tenant).await;
        (heard.len() == 3).then_some(()).ok_or(heard)
    })
    .await;
    eventually(LONG, || async {
        let left = world.suite.undelivered().await.unwrap();
        let ours = left.keys().any(|queue| queue.starts_with("sla-clock"));
        (!ours).then_some(()).ok_or(left)
    })
    .await;
    assert_eq!(heard_of_provider(&db, a).await.len(), 6);
    stop.cancel();
    running.await.unwrap();
    drop((db, bus));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_who_came_before_the_keeping_is_born_again() {
    let world = World::start("provider birth").await;
    world
        .db
        .provision_provider(world.provider, "antes", "Antes")
        .await
        .unwrap();
    let sent = reporting::backfill(&world.db, &world.bus, "knowledge", |_| {})
        .await
        .unwrap();
    assert_eq!(sent, 1);
    // Given to reporting itself it is kept from then on, once.
    for _ in 0..2 {
        reporting::backfill(&world.db, &world.bus, "reporting", |_| {})
            .await
            .unwrap();
        eventually(LONG, || async {
            (kept(&world, world.provider).await.len() == 1).then_some(())
        })
        .await;
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_of_a_provider_is_given_again() {
    let world = World::start("provider resend").await;
    let facts = life(&world, world.provider, "norte");
    world.hear(Lane::Live, &facts).await;
    until_kept(&world, world.provider, &facts).await;
    let asked = |provider| {
        let body = Resend {
            service: "routing".to_owned(),
            lane: "live".to_owned(),
            tenant: None,
            provider,
            source: "directory".to_owned(),
            subject: facts[1].subject.clone(),
            from_sequence: 2,
            to_sequence: 3,
        };
        Command {
            id: EventId::new(&*world.ids),
            name: Resend::NAME.to_owned(),
            tenant: TenantId::from_uuid(uuid::Uuid::nil()),
            key: body.subject.clone(),
            body: serde_json::value::to_raw_value(&body).unwrap(),
            traceparent: None,
        }
    };
    let commands = [asked(Some(world.provider)), asked(None)];
    world.bus.send("reporting", &commands).await.unwrap();
    eventually(LONG, || async {
        let waiting = world.suite.undelivered().await.unwrap();
        let given = waiting.get("routing.live.0").copied();
        (given == Some(2)).then_some(()).ok_or(waiting)
    })
    .await;
    // Whoever names nobody is told so, where an operator sees it.
    let parked = eventually(LONG, || async {
        let parked = park::list(&world.bus, "reporting", 10).await.unwrap();
        (parked.len() == 1).then_some(parked)
    })
    .await;
    assert_eq!(parked[0].reason, "it names neither a tenant nor a provider");
    world.finish().await;
}
