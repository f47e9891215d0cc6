//! What time does.

use access::Role;
use chrono::TimeDelta;
use directory::actions::keep_promises::keep_promises;
use directory::actions::purge::purge_platform;
use idempotency::{KEPT_FOR, purge};
use ids::TenantId;
use serde_json::json;

use crate::world::{PASSWORD, World, story};

async fn count(world: &World, table: &'static str) -> i64 {
    let mut tx = world.deps.db.begin_platform().await.unwrap();
    let sql = match table {
        "session" => "SELECT count(*) FROM platform.session",
        "refresh_token" => "SELECT count(*) FROM platform.refresh_token",
        "login_attempt" => "SELECT count(*) FROM platform.login_attempt",
        other => panic!("{other}"),
    };
    let n = sqlx::query_scalar(sql).fetch_one(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    n
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_kept_for_a_week_and_then_deleted() {
    story(async {
        let world = World::start("time-purge").await;
        let directory = directory::app::join(&world.deps, world.config.clone())
            .await
            .unwrap();
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let door = world.serve();
        let ended = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        let ended = json!({"refreshToken": ended.text("refreshToken")});
        assert_eq!(door.post("/auth/logout", ended).await.status, 204);
        let stays = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        door.log_in("nadie@ejemplo.pe", PASSWORD).await;
        assert_eq!(purge_platform(&directory).await.unwrap(), 0, "too early");

        world.later(TimeDelta::days(6));
        let refresh = json!({"refreshToken": stays.text("refreshToken")});
        let stays = door.post("/auth/refresh", refresh).await;
        assert_eq!(stays.status, 200);
        world.later(TimeDelta::days(2));
        // The session that ended with its token, and the failure of the unknown address.
        purge_platform(&directory).await.unwrap();
        assert_eq!(count(&world, "session").await, 1);
        assert_eq!(count(&world, "login_attempt").await, 0);
        let refresh = json!({"refreshToken": stays.text("refreshToken")});
        assert_eq!(
            door.post("/auth/refresh", refresh).await.status,
            200,
            "what stands stays"
        );
        world.later(TimeDelta::days(60));
        purge_platform(&directory).await.unwrap();
        assert_eq!(count(&world, "session").await, 0);
        assert_eq!(count(&world, "refresh_token").await, 0);
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_remembered_for_two_days() {
    story(async {
        let world = World::start("time-answers").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let operator = world.operator();
        // What is the provider's is remembered with the provider.
        let register = async |code: &str| {
            let input = json!({"code": code, "name": code, "idempotencyKey": "k"});
            let fields = "application { id } problems { code }";
            let (application, errors) = world
                .try_change(&admin, "registerApplication", input, fields)
                .await;
            let email = format!("{code}@ejemplo.pe");
            let input =
                json!({"provider": provider, "name": code, "email": email, "idempotencyKey": "k"});
            let fields = "staff { id } problems { code }";
            let (staff, more) = world
                .try_change(&operator, "registerStaff", input, fields)
                .await;
            ([application, staff], [errors, more].concat())
        };
        let first = register("sap").await;
        assert!(first.1.is_empty(), "{first:?}");
        let db = &world.deps.db;

        world.later(KEPT_FOR - TimeDelta::minutes(1));
        assert_eq!(purge(db, world.now()).await.unwrap(), 0, "too early");
        assert_eq!(register("sap").await, first);
        assert_eq!(register("crm").await.1, ["IDEMPOTENCY_MISMATCH"; 2]);

        world.later(TimeDelta::minutes(2));
        assert_eq!(purge(db, world.now()).await.unwrap(), 2);
        let anew = register("crm").await;
        assert!(anew.1.is_empty(), "{anew:?}");
        assert!(
            anew.0.iter().zip(&first.0).all(|(new, old)| new != old),
            "{anew:?}"
        );
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_nobody_kept_is_kept_by_the_job() {
    story(async {
        let world = World::start("time-promise").await;
        let directory = directory::app::join(&world.deps, world.config.clone())
            .await
            .unwrap();
        let provider = world.provider("mesa-lima").await;
        let promised = TenantId::new(&*world.ids);
        let mut tx = world.deps.db.begin_platform().await.unwrap();
        sqlx::query(
            "WITH t AS (INSERT INTO platform.tenant_record (id, provider, slug, name, locale, time_zone, state, created_at) \
             VALUES ($1, $2, 'banco-sur', 'Banco Sur', 'es', 'UTC', 'provisioning', $3) RETURNING id) \
             INSERT INTO platform.tenant_slug (slug, tenant, since) SELECT 'banco-sur', id, $3 FROM t",
        )
        .bind(promised.uuid())
        .bind(provider.uuid())
        .bind(world.now())
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(keep_promises(&directory).await.unwrap(), 0, "somebody may be at it");
        world.later(TimeDelta::minutes(2));
        assert_eq!(keep_promises(&directory).await.unwrap(), 1);
        assert_eq!(keep_promises(&directory).await.unwrap(), 0);
        assert_eq!(world.state(promised).await, "PROVISIONING");
        assert_eq!(world.announced("tenant.created.v1").await.len(), 1);
        world.suite.finish().await;
    })
    .await;
}
