//! One tenant's transaction reaches that tenant alone, and no transaction reaches nothing.

use sqlx::{ConnectOptions, postgres::PgConnectOptions};
use tenancy::{Schema, Scope, TenancyError};

use crate::world::{DESK, World, attempt, forbidden, note, notes, run, story};

#[tokio::test]
async fn postgres_refuses_what_names_another_tenants_schema() {
    story(async {
        let world = World::start("isolation", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let mut tx = world.db.begin(beta).await.unwrap();
        note(&mut tx, world.ids.uuid(), "de beta").await;
        tx.commit().await.unwrap();

        let mut tx = world.db.begin(acme).await.unwrap();
        assert_eq!(tx.scope(), Scope::Tenant(acme));
        note(&mut tx, world.ids.uuid(), "de acme").await;
        assert_eq!(notes(&mut tx).await, ["de acme"]);
        let theirs = Scope::Tenant(beta).schema();
        for sql in [
            format!("SELECT body FROM {theirs}.note"),
            format!("INSERT INTO {theirs}.note (id, body) VALUES (gen_random_uuid(), 'x')"),
            format!("UPDATE {theirs}.note SET body = 'x'"),
            format!("DELETE FROM {theirs}.note"),
            format!("SELECT n.body FROM note m JOIN {theirs}.note n ON true"),
            format!(
                "SELECT line FROM {}.board",
                Scope::Provider(world.provider).schema()
            ),
            "SELECT id FROM platform.tenant".to_owned(),
            "SELECT id FROM platform.provider".to_owned(),
            "SELECT sequence FROM platform.inbox".to_owned(),
            "SELECT name FROM platform.migration".to_owned(),
            format!("DROP TABLE {}.note", Scope::Tenant(acme).schema()),
            "ALTER TABLE note ADD COLUMN x text".to_owned(),
            "CREATE TABLE mine (x int)".to_owned(),
            "CREATE TEMP TABLE mine (x int)".to_owned(),
            "CREATE FUNCTION shared.mine() RETURNS int LANGUAGE sql RETURN 1".to_owned(),
        ] {
            assert_eq!(attempt(&mut tx, &sql).await, forbidden(), "{sql}");
        }
        tx.commit().await.unwrap();

        let mut tx = world.db.begin(beta).await.unwrap();
        assert_eq!(notes(&mut tx).await, ["de beta"]);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn code_that_forgets_the_tenant_reaches_nothing() {
    story(async {
        let world = World::start("forgetting", &DESK).await;
        let acme = world.tenant("acme").await;
        let schema = Scope::Tenant(acme).schema();
        let mut login = world.login().await;
        let mut platform = world.db.begin_platform().await.unwrap();
        for sql in [
            format!("SELECT body FROM {schema}.note"),
            format!("CREATE TABLE {schema}.mine (x int)"),
            "CREATE TABLE public.mine (x int)".to_owned(),
            "CREATE TABLE platform.mine (x int)".to_owned(),
            "CREATE SCHEMA mine".to_owned(),
            "CREATE ROLE mine".to_owned(),
            "DELETE FROM platform.tenant".to_owned(),
            "INSERT INTO platform.migration (scope, owner, name) VALUES ('platform', gen_random_uuid(), 'x')".to_owned(),
        ] {
            assert_eq!(run(&mut login, &sql).await, forbidden(), "{sql}");
            assert_eq!(attempt(&mut platform, &sql).await, forbidden(), "{sql}");
        }
        // Neither path holds a tenant's schema: the table is not even seen.
        assert_eq!(run(&mut login, "SELECT body FROM note").await, Err("42P01".to_owned()));
        assert_eq!(attempt(&mut platform, "SELECT body FROM note").await, Err("42P01".to_owned()));
        platform.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn no_expression_changes_role_or_path() {
    story(async {
        let world = World::start("smuggling", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let (theirs, role) = (Scope::Tenant(beta).schema(), world.role(beta));
        let mut tx = world.db.begin(acme).await.unwrap();
        for sql in [
            format!("SELECT set_config('role', '{role}', true)"),
            format!(
                "SELECT body FROM note WHERE body = set_config('search_path', '{theirs}', true)"
            ),
            format!("UPDATE pg_settings SET setting = '{role}' WHERE name = 'role'"),
            format!("DO $$ BEGIN EXECUTE 'SET ROLE {role}'; END $$"),
            format!("SELECT query_to_xml('SELECT body FROM {theirs}.note', true, false, '')"),
        ] {
            assert_eq!(attempt(&mut tx, &sql).await, forbidden(), "{sql}");
        }
        tx.commit().await.unwrap();
    })
    .await;
}

/// What the login role may do, and what becomes of it: see "What this does not stop" at the crate's door.
#[tokio::test]
async fn a_transaction_that_changed_its_role_does_not_commit() {
    story(async {
        let world = World::start("changing", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let mut tx = world.db.begin(acme).await.unwrap();
        run(
            tx.conn(),
            &format!("SET LOCAL ROLE \"{}\"", world.role(beta)),
        )
        .await
        .unwrap();
        let sql = format!(
            "INSERT INTO {}.note (id, body) VALUES (gen_random_uuid(), 'x')",
            Scope::Tenant(beta).schema()
        );
        run(tx.conn(), &sql).await.unwrap();
        let refused = tx.commit().await.unwrap_err();
        assert!(
            matches!(&refused, TenancyError::Invalid(why) if why.contains("another role")),
            "{refused}"
        );

        let mut tx = world.db.begin(beta).await.unwrap();
        assert_eq!(notes(&mut tx).await, Vec::<String>::new());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_session_was_set_to_does_not_reach_the_next_transaction() {
    story(async {
        let world = World::start_with("leaking", &DESK, |settings| settings.slots = 1).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let mut tx = world.db.begin(acme).await.unwrap();
        note(&mut tx, world.ids.uuid(), "de acme").await;
        // Not local: it outlives the transaction.
        run(
            tx.conn(),
            &format!("SET search_path = {}", Scope::Tenant(acme).schema()),
        )
        .await
        .unwrap();
        run(tx.conn(), "SET app.tenants = '{}'").await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = world.db.begin(beta).await.unwrap();
        assert_eq!(notes(&mut tx).await, Vec::<String>::new());
        tx.commit().await.unwrap();
        let mut tx = world.db.begin_platform().await.unwrap();
        assert_eq!(
            attempt(&mut tx, "SELECT body FROM note").await,
            Err("42P01".to_owned())
        );
        let user: String = sqlx::query_scalar("SELECT current_user::text")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(user, world.login_role());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_service_cannot_enter_anothers_database() {
    static OTHER: Schema = Schema {
        service: "other-desk",
        platform: &[],
        tenant: &[],
        tenant_squashed: None,
        provider: &[],
    };
    story(async {
        let world = World::start("doors", &DESK).await;
        tenancy::migrate(&world.settings, &OTHER, |_| {})
            .await
            .unwrap();
        let url = world.suite.database_url("other_desk");
        let options: PgConnectOptions = url.parse().unwrap();
        options.connect().await.unwrap();
        let refused = options
            .username(&world.login_role())
            .connect()
            .await
            .unwrap_err();
        assert_eq!(crate::world::state_of(refused), crate::world::FORBIDDEN);
    })
    .await;
}
