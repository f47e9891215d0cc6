//! Every envelope is kept, byte for byte, in years that come into being on demand.

use events::intake::{Actor, Service, TicketServiceChanged, TicketState, TicketVendorAnswered};
use events::{Lane, Origin};
use ids::{EntryId, PersonId};
use sqlx::{Connection as _, PgConnection};

use crate::world::{Told, World, at};

#[tokio::test(flavor = "multi_thread")]
async fn facts_of_any_year_find_their_place() {
    let world = World::start("years").await;
    let tenant = world.tenant("tiempos").await;
    let told = Told::new(&world, tenant)
        .row(
            "2010-03-31T14:59:42Z",
            "Accepted/In Progress",
            TicketState::InProgress,
            "A:1",
        )
        .row(
            "2012-05-01T00:00:00Z",
            "Accepted/In Progress",
            TicketState::InProgress,
            "A:1",
        )
        .row(
            "2012-05-22T23:22:25Z",
            "Completed/Closed",
            TicketState::Closed,
            "A:1",
        );
    world.hear(Lane::Bulk, &told.facts).await;
    world.kept(tenant, 4).await;
    let years = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'facts'::regclass";
    // 2010, 2012, and the year of the tenant's own birth.
    assert_eq!(world.count(tenant, years).await, 3);

    let mut tx = world.db.begin_fact(tenant).await.unwrap();
    let kept: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT subject, sequence, data FROM facts WHERE source = 'intake' ORDER BY position",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let sent: Vec<(String, i64, String)> = told
        .facts
        .iter()
        .map(|f| (f.subject.clone(), f.sequence, f.data.get().to_owned()))
        .collect();
    assert_eq!(kept, sent);
    world.finish().await;
}

/// Until 2026-11-27 there was a partition for each month.
#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_has_months_goes_on_by_months() {
    let world = World::start("months").await;
    let tenant = world.tenant("meses").await;
    let schema = format!("t_{}", tenant.uuid().simple());
    let mut owner = PgConnection::connect(&world.suite.database_url("reporting"))
        .await
        .unwrap();
    let older = format!(
        "CREATE TABLE {schema}.facts_201203 (LIKE {schema}.facts INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
         ALTER TABLE {schema}.facts ATTACH PARTITION {schema}.facts_201203
             FOR VALUES FROM ('2012-03-01 00:00:00+00') TO ('2012-04-01 00:00:00+00')"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(older))
        .execute(&mut owner)
        .await
        .unwrap();
    let state = TicketState::InProgress;
    let mut told = Told::new(&world, tenant);
    for at in [
        "2012-03-31T23:59:59Z",
        "2012-04-01T00:00:00Z",
        "2012-12-31T23:59:59Z",
        "2013-01-01T00:00:00Z",
        "2013-07-01T00:00:00Z",
    ] {
        told = told.row(at, "Accepted/In Progress", state, "A:1");
    }
    world.hear(Lane::Bulk, &told.facts).await;
    world.kept(tenant, 6).await;
    let parts: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = '{schema}.facts'::regclass AND c.relname < 'facts_2014' ORDER BY 1"
    )))
    .fetch_all(&mut owner)
    .await
    .unwrap();
    let wanted = ["facts_201203", "facts_201204", "facts_201212", "facts_2013"];
    assert_eq!(parts, wanted);
    owner.close().await.unwrap();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_is_kept_once() {
    let world = World::start("repeat").await;
    let tenant = world.tenant("repeticion").await;
    let told = Told::new(&world, tenant)
        .opened("2026-11-20T10:00:00Z")
        .state("2026-11-20T11:00:00Z", TicketState::Resolved);
    world.hear(Lane::Live, &told.facts).await;
    world.hear(Lane::Live, &told.facts).await;
    world.hear(Lane::Bulk, &told.facts).await;
    world.kept(tenant, 3).await;
    let closing = told.state("2026-11-20T12:00:00Z", TicketState::Closed);
    world.hear(Lane::Live, &closing.facts[2..]).await;
    world.kept(tenant, 4).await;
    assert_eq!(world.count(tenant, "SELECT count(*) FROM facts").await, 4);
    assert_eq!(world.count(tenant, "SELECT count(*) FROM step").await, 3);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_back_is_kept_and_counts_for_no_figure() {
    let world = World::start("restored").await;
    let tenant = world.tenant("restaurado").await;
    let mut told = Told::new(&world, tenant).opened("2026-11-20T10:00:00Z");
    let at = at("2026-11-20T11:00:00Z");
    told.snapshot.version += 1;
    told.snapshot.service = Some(Service::Lost { at });
    let fact = TicketServiceChanged {
        ticket: told.snapshot.clone(),
        by: Actor::System,
    };
    let subject = told.ticket.to_string();
    let fact = world.fact(tenant, &subject, at, Origin::Live, &fact);
    told.facts.push(fact);
    let told = told.state("2026-11-20T12:00:00Z", TicketState::Resolved);
    world.hear(Lane::Live, &told.facts).await;
    world.kept(tenant, 4).await;
    assert_eq!(world.count(tenant, "SELECT count(*) FROM step").await, 2);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_answer_is_kept_and_is_no_reply() {
    let world = World::start("vendor-answers").await;
    let tenant = world.tenant("proveedor").await;
    let mut told = Told::new(&world, tenant)
        .opened("2026-11-20T10:00:00Z")
        .state("2026-11-20T10:30:00Z", TicketState::WaitingForVendor);
    told.snapshot.version += 1;
    let fact = TicketVendorAnswered {
        ticket: told.snapshot.clone(),
        entry: EntryId::new(&*world.ids),
        by: Actor::Staff {
            person: PersonId::new(&*world.ids),
        },
    };
    let subject = told.ticket.to_string();
    let time = at("2026-11-20T11:00:00Z");
    let fact = world.fact(tenant, &subject, time, Origin::Live, &fact);
    told.facts.push(fact);
    let told = told.state("2026-11-20T12:00:00Z", TicketState::Resolved);
    world.hear(Lane::Live, &told.facts).await;
    world.kept(tenant, 5).await;
    // Neither a move of the ticket nor a touch with whoever asked.
    assert_eq!(world.count(tenant, "SELECT count(*) FROM step").await, 3);
    assert_eq!(world.count(tenant, "SELECT count(*) FROM contact").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenants_role_makes_years_of_its_own_and_nothing_else() {
    let world = World::start("ddl").await;
    let tenant = world.tenant("propio").await;
    let other = world.tenant("ajeno").await;
    let refused = |sql: String| async {
        let mut tx = world.db.begin(tenant).await.unwrap();
        let error = sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(tx.conn())
            .await
            .unwrap_err();
        tx.rollback().await.unwrap();
        error
            .as_database_error()
            .unwrap()
            .code()
            .unwrap()
            .into_owned()
    };
    let theirs = format!("t_{}", other.uuid().simple());
    assert_eq!(
        refused("CREATE TABLE mine (a int)".to_owned()).await,
        "42501"
    );
    assert_eq!(
        refused(format!("SELECT count(*) FROM {theirs}.facts")).await,
        "42501"
    );
    assert_eq!(refused("TRUNCATE ticket_summary".to_owned()).await, "42501");

    // The function takes the schema from the role in force; another search path does not lead it astray.
    let mut tx = world.db.begin(tenant).await.unwrap();
    sqlx::query("SELECT shared.reports_gate(ARRAY['1999-01-01']::date[])")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let found = "SELECT count(*) FROM pg_class WHERE relname = 'facts_1999' AND relkind = 'r' AND relnamespace::regnamespace::text = current_schema()";
    assert_eq!(world.count(tenant, found).await, 1);
    assert_eq!(world.count(other, found).await, 0);

    // Without a tenant's role in force there is nothing to make.
    let mut tx = world.db.begin_platform().await.unwrap();
    let error = sqlx::query("SELECT shared.reports_gate(ARRAY['1999-01-01']::date[])")
        .execute(tx.conn())
        .await
        .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501");
    tx.rollback().await.unwrap();
    world.finish().await;
}
