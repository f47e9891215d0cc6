//! Sessions and their refresh tokens.

use access::Role;
use chrono::TimeDelta;
use serde_json::json;

use crate::world::{Answer, Door, PASSWORD, World, global, story};

async fn refresh(door: &Door, of: &Answer) -> Answer {
    door.post(
        "/auth/refresh",
        json!({"refreshToken": of.text("refreshToken")}),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_used_once_and_reuse_ends_the_family() {
    story(async {
        let world = World::start("refresh-reuse").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        world.person("Ana Quispe", &tenant, Role::Requester).await;
        let door = world.serve();
        let first = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        let other_session = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        world.later(TimeDelta::minutes(11));
        assert_eq!(
            door.caller("bearer", first.text("accessToken"), None)
                .await
                .status,
            401,
            "ten minutes are over"
        );
        let second = refresh(&door, &first).await;
        assert_eq!(second.status, 200, "{second:?}");
        assert_ne!(second.text("refreshToken"), first.text("refreshToken"));
        assert_eq!(second.body["tenants"][0]["slug"], "alfa");
        assert_eq!(
            door.caller("bearer", second.text("accessToken"), None)
                .await
                .status,
            200
        );

        // Somebody shows the first one again: it is in two hands, and neither is trusted.
        assert_eq!(
            refresh(&door, &first).await.refusal(),
            (401, "UNAUTHENTICATED")
        );
        assert_eq!(refresh(&door, &second).await.status, 401);
        assert_eq!(
            door.caller("bearer", second.text("accessToken"), None)
                .await
                .status,
            401
        );
        assert_eq!(
            refresh(&door, &other_session).await.status,
            200,
            "the other sign-in stands"
        );
        let unknown = door
            .post("/auth/refresh", json!({"refreshToken": "vr_nada"}))
            .await;
        assert_eq!(unknown.refusal(), (401, "UNAUTHENTICATED"));
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_show_a_token_at_once_one_is_served() {
    story(async {
        let world = World::start("refresh-race").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        world.person("Ana Quispe", &tenant, Role::Requester).await;
        let door = world.serve();
        let first = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        let both = futures::future::join_all((0..4).map(|_| refresh(&door, &first))).await;
        assert!(
            both.iter().filter(|a| a.status == 200).count() <= 1,
            "{both:?}"
        );
        let stands = door.caller("bearer", first.text("accessToken"), None).await;
        assert_eq!(stands.status, 401, "the family ended");
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_by_logging_out_by_leaving_and_by_time() {
    story(async {
        let world = World::start("refresh-ends").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let rosa = world.person("Rosa Huaman", &tenant, Role::Requester).await;
        let door = world.serve();

        let session = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        let body = json!({"refreshToken": session.text("refreshToken")});
        assert_eq!(door.post("/auth/logout", body.clone()).await.status, 204);
        assert_eq!(
            door.post("/auth/logout", body).await.status,
            204,
            "already so"
        );
        assert_eq!(
            door.caller("bearer", session.text("accessToken"), None)
                .await
                .status,
            401
        );
        assert_eq!(refresh(&door, &session).await.status, 401);

        let session = door.log_in("rosa.huaman@ejemplo.pe", PASSWORD).await;
        let gone = json!({"person": global(&tenant, rosa.person)});
        world
            .change(&admin, "deactivatePerson", gone, "problems { code }")
            .await;
        assert_eq!(
            door.caller("bearer", session.text("accessToken"), None)
                .await
                .status,
            401
        );
        assert_eq!(refresh(&door, &session).await.status, 401);
        assert_eq!(
            door.log_in("rosa.huaman@ejemplo.pe", PASSWORD).await.status,
            401
        );

        let idle = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        let mut used = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        world.later(TimeDelta::days(6));
        used = refresh(&door, &used).await;
        world.later(TimeDelta::days(2));
        assert_eq!(
            refresh(&door, &idle).await.status,
            401,
            "a week without use"
        );
        for _ in 0..3 {
            used = refresh(&door, &used).await;
            assert_eq!(used.status, 200);
            world.later(TimeDelta::days(6));
        }
        used = refresh(&door, &used).await;
        assert_eq!(used.status, 200);
        world.later(TimeDelta::days(5));
        assert_eq!(
            refresh(&door, &used).await.status,
            401,
            "thirty days are over, used or not"
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}
