//! Migrations: tenant by tenant, resumable, reported, by several at once; and the squashed script.

use std::sync::Mutex;

use ids::TenantId;
use sqlx::{Connection, PgConnection};
use tenancy::{DbSettings, Failure, Migration, Progress, Schema, Scope, ServiceDb, TenancyError};
use testkit::Suite;

use crate::world::{BOARD, DESK, NOTES, World, attempt, forbidden, new_tenant, note, run, story};

const TITLE: Migration = Migration {
    name: "2026-11-24-000-title",
    sql: "ALTER TABLE note ADD COLUMN title text NOT NULL DEFAULT '';
          GRANT SELECT ON note TO {tenants}; REVOKE SELECT ON note FROM {tenants};",
};
const UNIQUE: Migration = Migration {
    name: "2026-11-24-001-unique",
    sql: "CREATE INDEX note_title ON note (title); CREATE UNIQUE INDEX note_body ON note (body);",
};
const AUTHOR: Migration = Migration {
    name: "2026-11-25-000-author",
    sql: "ALTER TABLE note ADD COLUMN author uuid;",
};

static LATER: Schema = Schema {
    service: "desk",
    platform: &[],
    tenant: &[NOTES, TITLE, UNIQUE, AUTHOR],
    tenant_squashed: Some(
        "CREATE TABLE note (
           id uuid PRIMARY KEY, author uuid, body text NOT NULL, title text NOT NULL DEFAULT '');
         CREATE INDEX note_title ON note (title);
         CREATE UNIQUE INDEX note_body ON note (body);",
    ),
    provider: &[BOARD],
};

static AHEAD: Schema = Schema {
    service: "desk",
    platform: &[Migration {
        name: "2026-11-26-000-sums",
        sql: "CREATE FUNCTION shared.one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    }],
    tenant: &[NOTES],
    tenant_squashed: None,
    provider: &[BOARD],
};

async fn ran(owner: &mut PgConnection, tenant: TenantId) -> Vec<String> {
    sqlx::query_scalar("SELECT name FROM platform.migration WHERE owner = $1 ORDER BY name")
        .bind(tenant.uuid())
        .fetch_all(owner)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_failure_stops_one_tenant_is_reported_and_gone_on_from() {
    story(async {
        let world = World::start("resuming", &DESK).await;
        let mut tenants = Vec::new();
        for number in 0..6 {
            tenants.push(world.tenant(&format!("t{number}")).await);
        }
        let broken = tenants[2];
        let mut owner = world.owner().await;
        let table = format!("{}.note", Scope::Tenant(broken).schema());
        let twice = format!("INSERT INTO {table} (id, body) SELECT gen_random_uuid(), 'doble' FROM generate_series(1, 2)");
        run(&mut owner, &twice).await.unwrap();

        let seen = Mutex::new(Vec::new());
        let outcome = tenancy::migrate(&world.settings, &LATER, |step| seen.lock().unwrap().push(step)).await;
        let Err(TenancyError::Migration(report)) = outcome else { panic!("{outcome:?}") };
        // Three for each of five tenants, and one for the one that failed at its second.
        assert_eq!((report.applied, report.schemas, report.failed.len()), (16, 6, 1));
        let Failure { scope, migration, error } = &report.failed[0];
        assert_eq!((*scope, *migration), (Scope::Tenant(broken), UNIQUE.name));
        assert!(error.contains("note_body"), "{error}");
        let seen = seen.into_inner().unwrap();
        assert!(seen.contains(&Progress::Failed(report.failed[0].clone())));
        assert!(seen.contains(&Progress::Pending { schemas: 6 }));
        assert!(seen.contains(&Progress::Done { done: 6, of: 6 }));
        assert_eq!(seen.iter().filter(|step| matches!(step, Progress::Applied { .. })).count(), 16);
        // The failed one is as it was after its last good migration: not a half one.
        assert_eq!(ran(&mut owner, broken).await[1..], [NOTES.name, TITLE.name]);
        let index = format!("SELECT 1 / (to_regclass('{}.note_title') IS NULL)::int", Scope::Tenant(broken).schema());
        run(&mut owner, &index).await.unwrap();

        run(&mut owner, &format!("UPDATE {table} SET body = id::text")).await.unwrap();
        let report = tenancy::migrate(&world.settings, &LATER, |_| {}).await.unwrap();
        assert_eq!((report.applied, report.schemas), (2, 1));
        assert_eq!(ran(&mut owner, broken).await.len(), 5);
        let report = tenancy::migrate(&world.settings, &LATER, |_| {}).await.unwrap();
        assert_eq!((report.applied, report.schemas), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn several_migrators_at_once_do_the_work_once() {
    story(async {
        let suite = Suite::start("crowd").await;
        let settings = suite.db_settings();
        let crowd = (0..4).map(|_| tenancy::migrate(&settings, &DESK, |_| {}));
        let reports: Vec<_> = futures::future::join_all(crowd).await;
        let applied: usize = reports
            .into_iter()
            .map(|report| report.unwrap().applied)
            .sum();
        assert_eq!(applied, 1, "platform's base");
        suite.finish().await;

        let world = World::start("crowd-tenants", &DESK).await;
        for number in 0..5 {
            world.tenant(&format!("t{number}")).await;
        }
        let crowd = (0..3).map(|_| tenancy::migrate(&world.settings, &LATER, |_| {}));
        let reports: Vec<_> = futures::future::join_all(crowd).await;
        let applied: usize = reports
            .into_iter()
            .map(|report| report.unwrap().applied)
            .sum();
        assert_eq!(applied, 15);
    })
    .await;
}

#[tokio::test]
async fn the_squashed_script_comes_to_the_same_as_the_migrations() {
    static WRONG: Schema = Schema {
        tenant_squashed: Some(
            "CREATE TABLE note (id uuid PRIMARY KEY, author uuid, body text NOT NULL, title text NOT NULL);
             CREATE INDEX note_title ON note (title);
             CREATE UNIQUE INDEX note_body ON note (body);
             REVOKE DELETE ON note FROM {role};",
        ),
        provider: &[Migration { name: "2026-11-23-000-open", sql: "CREATE TABLE open (tenant uuid);" }],
        ..LATER
    };
    story(async {
        let world = World::start("squashed", &LATER).await;
        let found = tenancy::snapshot(&world.settings, &LATER).await.unwrap();
        assert_eq!(found.squashed, found.migrated);
        assert_eq!(found.unguarded, Vec::<String>::new());
        let has = |line: &str| found.migrated.iter().any(|one| one.contains(line));
        assert!(
            has("column note.title text not null default=''::text"),
            "{:#?}",
            found.migrated
        );
        assert!(has(
            "index note.{schema}.note_body CREATE UNIQUE INDEX note_body ON {schema}.note"
        ));
        assert!(has("privilege note {role} DELETE"));
        assert!(has(
            "constraint idempotency.idempotency_pkey PRIMARY KEY (person, operation, key)"
        ));
        assert!(!has("privilege note {role} TRUNCATE"));
        assert!(
            found
                .provider
                .iter()
                .any(|line| line.starts_with("policy board.by_tenant")),
            "{:#?}",
            found.provider
        );

        let found = tenancy::snapshot(&world.settings, &WRONG).await.unwrap();
        let missing: Vec<_> = found
            .migrated
            .iter()
            .filter(|line| !found.squashed.contains(line))
            .collect();
        assert_eq!(missing.len(), 2, "{missing:#?}");
        assert!(
            missing[0].starts_with("column note.title")
                && missing[1].ends_with("note {role} DELETE")
        );
        assert_eq!(found.unguarded, ["open"]);

        // It leaves nothing behind.
        let left: i64 =
            sqlx::query_scalar("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^[tp]_0{31}'")
                .fetch_one(&mut world.owner().await)
                .await
                .unwrap();
        assert_eq!(left, 0);
    })
    .await;
}

const COUNTED: Migration = Migration {
    name: "2026-11-24-000-counted",
    sql: "CREATE TABLE counted (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text);
          INSERT INTO counted (word) VALUES ('uno'), ('dos');
          REVOKE DELETE ON counted FROM {role}; GRANT UPDATE (word) ON counted TO {tenants};
          CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
          REVOKE ALL ON FUNCTION one() FROM PUBLIC;",
};

/// What such a table and such a function come to but for the numbers that are taken, and for whose they are.
macro_rules! counted {
    ($($also:literal)?) => {
        Schema {
            service: "desk",
            platform: &[],
            tenant: &[NOTES, COUNTED],
            tenant_squashed: Some(concat!(
                "CREATE TABLE note (id uuid PRIMARY KEY, body text NOT NULL);
                 CREATE TABLE counted (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text);
                 INSERT INTO counted (n, word) OVERRIDING SYSTEM VALUE VALUES (1, 'uno'), (2, 'dos');
                 CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
                $($also)?
            )),
            provider: &[],
        }
    };
}

#[tokio::test]
async fn numbers_that_are_taken_and_rights_that_are_not_the_usual_are_compared() {
    // As scripts/squash writes them.
    static WHOLE: Schema = counted!(
        "SELECT pg_catalog.setval('counted_n_seq', 2, true);
         GRANT UPDATE (word) ON TABLE counted TO {tenants};
         REVOKE DELETE ON TABLE counted FROM {role};
         REVOKE EXECUTE ON ROUTINE one() FROM PUBLIC;"
    );
    static LACKING: Schema = counted!();
    story(async {
        let world = World::start("counted", &WHOLE).await;
        let found = tenancy::snapshot(&world.settings, &WHOLE).await.unwrap();
        assert_eq!(found.squashed, found.migrated);
        let found = tenancy::snapshot(&world.settings, &LACKING).await.unwrap();
        let only = |of: &[String], not: &[String]| -> Vec<String> {
            let lines = of.iter().filter(|line| !not.contains(line));
            lines.cloned().collect()
        };
        let lacks = only(&found.migrated, &found.squashed);
        let has = only(&found.squashed, &found.migrated);
        let begin = |lines: &[String], beginnings: &[&str]| {
            assert_eq!(lines.len(), beginnings.len(), "{lines:#?}");
            for (line, beginning) in lines.iter().zip(beginnings) {
                assert!(line.starts_with(beginning), "{lines:#?}");
            }
        };
        begin(
            &lacks,
            &["privilege counted.word ", "sequence counted_n_seq at "],
        );
        begin(
            &has,
            &[
                "privilege counted {role} DELETE",
                "privilege on function {schema}.one() PUBLIC EXECUTE",
                "sequence counted_n_seq at ",
            ],
        );

        // A tenant made by the whole script goes on counting.
        let acme = world.tenant("acme").await;
        let mut tx = world.db.begin(acme).await.unwrap();
        let next: i64 =
            sqlx::query_scalar("INSERT INTO counted (word) VALUES ('tres') RETURNING n")
                .fetch_one(tx.conn())
                .await
                .unwrap();
        assert_eq!(next, 3);
        assert_eq!(attempt(&mut tx, "DELETE FROM counted").await, forbidden());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_tenant_made_by_the_squashed_script_needs_no_migration() {
    story(async {
        let world = World::start("new", &LATER).await;
        let acme = world.tenant("acme").await;
        let report = tenancy::migrate(&world.settings, &LATER, |_| {})
            .await
            .unwrap();
        assert_eq!((report.applied, report.schemas), (0, 0));
        let mut tx = world.db.begin(acme).await.unwrap();
        sqlx::query("INSERT INTO note (id, body, title) VALUES ($1, 'x', 'y')")
            .bind(world.ids.uuid())
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

/// What a managed Postgres gives.
#[tokio::test]
async fn an_owner_without_superuser_is_enough() {
    story(async {
        let suite = Suite::start("boss").await;
        let boss = format!("{}boss", suite.prefix());
        let mut server = PgConnection::connect(suite.postgres_owner_url())
            .await
            .unwrap();
        run(
            &mut server,
            &format!("CREATE ROLE {boss} LOGIN CREATEDB CREATEROLE PASSWORD 'b''s%s'"),
        )
        .await
        .unwrap();
        let host = suite.postgres_owner_url().rsplit_once('@').unwrap().1;
        let settings = DbSettings::from_owner(
            &format!("postgres://{boss}:b%27s%25s@{host}"),
            suite.prefix(),
        );
        tenancy::migrate(&settings, &LATER, |_| {}).await.unwrap();
        let db = ServiceDb::connect(settings.clone(), &LATER, clock::system())
            .await
            .unwrap();
        let ids = ids::system(clock::system());
        let provider = ids::ProviderId::new(&*ids);
        db.provision_provider(provider, "soporte", "Soporte S.A.")
            .await
            .unwrap();
        let (acme, beta) = (
            new_tenant(&*ids, provider, "acme"),
            new_tenant(&*ids, provider, "beta"),
        );
        db.provision_tenant(&acme).await.unwrap();
        db.provision_tenant(&beta).await.unwrap();
        let mut tx = db.begin(acme.id).await.unwrap();
        note(&mut tx, ids.uuid(), "hola").await;
        let theirs = format!("SELECT body FROM {}.note", Scope::Tenant(beta.id).schema());
        assert_eq!(attempt(&mut tx, &theirs).await, forbidden());
        tx.commit().await.unwrap();
        let found = tenancy::snapshot(&settings, &LATER).await.unwrap();
        assert_eq!(found.squashed, found.migrated);
    })
    .await;
}

#[tokio::test]
async fn migrations_out_of_order_are_refused() {
    static SWAPPED: Schema = Schema {
        tenant: &[TITLE, NOTES],
        ..DESK
    };
    static NAMED: Schema = Schema {
        service: "Desk;",
        ..DESK
    };
    let settings = DbSettings::from_owner("postgres://nobody@127.0.0.1:1", "");
    for schema in [&SWAPPED, &NAMED] {
        let refused = tenancy::migrate(&settings, schema, |_| {})
            .await
            .unwrap_err();
        assert!(matches!(refused, TenancyError::Invalid(_)), "{refused}");
    }
}

#[tokio::test]
async fn a_program_that_is_ahead_of_its_database_waits_for_it() {
    story(async {
        let world = World::start("ahead of it", &DESK).await;
        let connect = || ServiceDb::connect(world.settings.clone(), &AHEAD, world.clock.clone());
        let error = connect().await.unwrap_err();
        assert!(error.is_transient(), "{error}");
        assert!(error.to_string().contains("2026-11-26-000-sums"), "{error}");
        tenancy::migrate(&world.settings, &AHEAD, |_| {})
            .await
            .unwrap();
        connect().await.unwrap();
        // The older program goes on beside it.
        ServiceDb::connect(world.settings.clone(), &DESK, world.clock.clone())
            .await
            .unwrap();
    })
    .await;
}
