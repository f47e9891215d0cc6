//! Signing in with address and password.

use std::time::Instant;

use access::Role;
use chrono::TimeDelta;
use directory::actions::log_in::REFUSAL_AFTER;
use serde_json::json;
use sqlx::Connection as _;

use crate::world::{PASSWORD, World, codes, global, story};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_a_member_of_the_staff_and_the_operator_sign_in() {
    story(async {
        let world = World::start("login-kinds").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (
            world.tenant(provider, "alfa").await,
            world.tenant(provider, "beta").await,
        );
        world.person("Ana Quispe", &a, Role::TenantAdmin).await;
        world
            .staff(
                "Luis Rojas",
                provider,
                &[(&b, &[Role::Agent]), (&a, &[Role::Coordinator])],
            )
            .await;
        directory::app::ensure_operator(&world.deps, "ops@ejemplo.pe", PASSWORD)
            .await
            .unwrap();
        let door = world.serve();

        let ana = door.log_in("ANA.quispe@ejemplo.pe", PASSWORD).await;
        assert_eq!(
            (ana.status, ana.body["expiresIn"].as_i64()),
            (200, Some(600)),
            "{ana:?}"
        );
        assert_eq!(
            ana.body["tenants"],
            json!([{"id": a.id, "slug": "alfa", "name": "Empresa alfa", "roles": ["tenant_admin"]}])
        );
        let luis = door.log_in("luis.rojas@ejemplo.pe", PASSWORD).await;
        let slugs: Vec<_> = luis.body["tenants"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["slug"].clone())
            .collect();
        assert_eq!(slugs, ["alfa", "beta"]);
        let ops = door.log_in("ops@ejemplo.pe", PASSWORD).await;
        assert_eq!(ops.body["tenants"], json!([]));
        let claims = door.caller("bearer", ops.text("accessToken"), None).await;
        assert_eq!(
            (claims.text("kind"), claims.text("scope")),
            ("operator", "operator")
        );

        for (email, password) in [
            ("ana.quispe@ejemplo.pe", "otra clave larga"),
            ("nadie@ejemplo.pe", PASSWORD),
            ("no es correo", PASSWORD),
        ] {
            // However much there was to compute, the answer comes no earlier: its time tells nothing.
            let asked = Instant::now();
            let refused = door.log_in(email, password).await;
            assert_eq!(refused.refusal(), (401, "UNAUTHENTICATED"), "{email}");
            assert_eq!(refused.text("message"), "Correo o contraseña incorrectos.");
            assert!(asked.elapsed() >= REFUSAL_AFTER, "{email}");
        }
        let odd = door.post("/auth/login", json!({"email": "a@b.pe"})).await;
        assert_eq!(odd.refusal(), (400, "BAD_INPUT"));
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_ones_own_at_an_address_does_not_help_to_guess_at_anothers() {
    story(async {
        let world = World::start("login-shared").await;
        let provider = world.provider("mesa-lima").await;
        for slug in ["alfa", "beta"] {
            let tenant = world.tenant(provider, slug).await;
            world.person("Ana Quispe", &tenant, Role::Requester).await;
        }
        let door = world.serve();
        let email = "ana.quispe@ejemplo.pe";
        for _ in 0..4 {
            assert_eq!(door.log_in(email, "otra clave larga").await.status, 401);
        }
        assert_eq!(door.log_in(email, PASSWORD).await.status, 200);
        assert_eq!(door.log_in(email, "otra clave larga").await.status, 401);
        assert_eq!(
            door.log_in(email, PASSWORD).await.refusal(),
            (429, "RETRY_LATER"),
            "the fifth failure counts as the fifth"
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_while_the_password_changes_is_out() {
    story(async {
        let world = World::start("login-race").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let ana = world.person("Ana Quispe", &tenant, Role::Requester).await;
        let door = world.serve();
        // A change that has taken the row and is not committed yet, as an administrator's would be for a moment.
        let url = world.suite.database_url("directory");
        let mut changing = sqlx::PgConnection::connect(&url).await.unwrap();
        let schema = format!("t_{}", tenant.id.uuid().simple());
        let change = format!(
            "BEGIN; UPDATE {schema}.person SET password_hash = 'other' WHERE id = '{}'",
            ana.person.uuid()
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(change))
            .execute(&mut changing)
            .await
            .unwrap();
        let commit = async {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            sqlx::raw_sql("COMMIT")
                .execute(&mut changing)
                .await
                .unwrap();
        };
        let (answer, ()) = tokio::join!(door.log_in("ana.quispe@ejemplo.pe", PASSWORD), commit);
        assert_eq!(answer.refusal(), (401, "UNAUTHENTICATED"));
        let open: i64 =
            sqlx::query_scalar("SELECT count(*) FROM platform.session WHERE revoked_at IS NULL")
                .fetch_one(&mut changing)
                .await
                .unwrap();
        assert_eq!(open, 0, "its session has ended");
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_make_an_address_wait_known_or_not() {
    story(async {
        let world = World::start("login-waits").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        world.person("Ana Quispe", &tenant, Role::Requester).await;
        world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let door = world.serve();
        for email in ["ana.quispe@ejemplo.pe", "nadie@ejemplo.pe"] {
            for n in 1..=5 {
                assert_eq!(
                    door.log_in(email, "otra clave larga").await.status,
                    401,
                    "{email} {n}"
                );
            }
            let blocked = door.log_in(email, PASSWORD).await;
            assert_eq!(
                blocked.refusal(),
                (429, "RETRY_LATER"),
                "also with the right password"
            );
            assert_eq!(blocked.retry_after, Some(30));
        }
        assert_eq!(
            door.log_in("rosa.huaman@ejemplo.pe", PASSWORD).await.status,
            200,
            "others do not wait"
        );

        world.later(TimeDelta::seconds(31));
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", "otra clave larga")
                .await
                .status,
            401
        );
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", PASSWORD)
                .await
                .retry_after,
            Some(60),
            "it doubles"
        );
        world.later(TimeDelta::seconds(61));
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await.status,
            200
        );
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", "otra clave larga")
                .await
                .status,
            401,
            "the count began again"
        );
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await.status,
            200
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_are_no_more_than_five() {
    story(async {
        let world = World::start("login-burst").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        world.person("Ana Quispe", &tenant, Role::Requester).await;
        let door = world.serve();
        let guesses = (0..20).map(|n| {
            let door = &door;
            async move {
                door.log_in("ana.quispe@ejemplo.pe", &format!("clave inventada {n}"))
                    .await
                    .status
            }
        });
        let statuses = futures::future::join_all(guesses).await;
        assert_eq!(
            statuses.iter().filter(|s| **s == 401).count(),
            5,
            "{statuses:?}"
        );
        assert_eq!(statuses.iter().filter(|s| **s == 429).count(), 15);
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_with_two_tenants_has_two_passwords() {
    story(async {
        let world = World::start("login-two").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (
            world.tenant(provider, "alfa").await,
            world.tenant(provider, "beta").await,
        );
        world.person("Ana Quispe", &a, Role::Requester).await;
        let there = world.person("Ana Quispe", &b, Role::Requester).await;
        let door = world.serve();
        let slug = |answer: &crate::world::Answer| answer.body["tenants"][0]["slug"].clone();
        // The same password in both: the tenant says which.
        for wished in ["alfa", "beta"] {
            let body =
                json!({"email": "ana.quispe@ejemplo.pe", "password": PASSWORD, "tenant": wished});
            assert_eq!(slug(&door.post("/auth/login", body).await), wished);
        }
        let done = world
            .change(
                &there,
                "setPassword",
                json!({"old": PASSWORD, "new": "cuatro gatos verdes"}),
                "done problems { code }",
            )
            .await;
        assert_eq!(done["done"], true);
        assert_eq!(
            slug(&door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await),
            "alfa"
        );
        assert_eq!(
            slug(
                &door
                    .log_in("ana.quispe@ejemplo.pe", "cuatro gatos verdes")
                    .await
            ),
            "beta"
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_set_with_the_old_one_and_ends_every_session() {
    story(async {
        let world = World::start("login-password").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let ana = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let luis = world
            .staff("Luis Rojas", provider, &[(&tenant, &[Role::Agent])])
            .await;
        let door = world.serve();
        for caller in [&ana, &luis] {
            let email = if caller.person == ana.person {
                "ana.quispe@ejemplo.pe"
            } else {
                "luis.rojas@ejemplo.pe"
            };
            let session = door.log_in(email, PASSWORD).await;
            let set = |old: &str, new: &str| {
                let (world, input) = (&world, json!({"old": old, "new": new}));
                async move {
                    world
                        .change(caller, "setPassword", input, "done problems { code field }")
                        .await
                }
            };
            assert_eq!(
                codes(&set("no es esta", "cuatro gatos verdes").await),
                ["PASSWORD_WRONG"]
            );
            assert_eq!(codes(&set(PASSWORD, "corta").await), ["PASSWORD_SHORT"]);
            assert_eq!(
                codes(&set(PASSWORD, &format!("xx {email} xx")).await),
                ["PASSWORD_CONTAINS_EMAIL"]
            );
            assert_eq!(codes(&set(PASSWORD, PASSWORD).await), ["PASSWORD_SAME"]);
            assert_eq!(
                door.caller("bearer", session.text("accessToken"), None)
                    .await
                    .status,
                200
            );
            assert_eq!(set(PASSWORD, "cuatro gatos verdes").await["done"], true);
            assert_eq!(
                door.caller("bearer", session.text("accessToken"), None)
                    .await
                    .refusal(),
                (401, "UNAUTHENTICATED")
            );
            let refresh = json!({"refreshToken": session.text("refreshToken")});
            assert_eq!(door.post("/auth/refresh", refresh).await.status, 401);
            assert_eq!(door.log_in(email, PASSWORD).await.status, 401);
            assert_eq!(door.log_in(email, "cuatro gatos verdes").await.status, 200);
        }
        // An administrator gives somebody a new one.
        let rosa = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let session = door.log_in("rosa.huaman@ejemplo.pe", PASSWORD).await;
        let input =
            json!({"person": global(&tenant, rosa.person), "password": "cinco lobos grises"});
        let done = world
            .change(&ana, "changePerson", input, "problems { code }")
            .await;
        assert_eq!(codes(&done), Vec::<&str>::new());
        assert_eq!(
            door.caller("bearer", session.text("accessToken"), None)
                .await
                .status,
            401
        );
        assert_eq!(
            door.log_in("rosa.huaman@ejemplo.pe", "cinco lobos grises")
                .await
                .status,
            200
        );
        let own = json!({"person": global(&tenant, ana.person), "password": "cinco lobos grises"});
        assert_eq!(
            codes(
                &world
                    .change(&ana, "changePerson", own, "problems { code }")
                    .await
            ),
            ["ONESELF"]
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_is_the_login_from_then_on() {
    story(async {
        let world = World::start("login-address").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let rosa = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let input = json!({"person": global(&tenant, rosa.person), "email": "rosa.nueva@ejemplo.pe"});
        world.change(&admin, "changePerson", input, "problems { code }").await;
        let door = world.serve();
        assert_eq!(door.log_in("rosa.huaman@ejemplo.pe", PASSWORD).await.status, 401);
        assert_eq!(door.log_in("rosa.nueva@ejemplo.pe", PASSWORD).await.status, 200);
        // The platform keeps no address.
        let mut tx = world.deps.db.begin_platform().await.unwrap();
        let rows: Vec<String> = sqlx::query_scalar("SELECT l::text FROM platform.login l UNION ALL SELECT s::text FROM platform.session s UNION ALL SELECT a::text FROM platform.login_attempt a")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert!(rows.len() >= 3 && rows.iter().all(|r| !r.contains("ejemplo")), "{rows:?}");
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}
