//! What the gateway is told about who shows a credential.

use access::{Caller, Claims, KeyPair, Role};
use serde_json::{Value, json};

use crate::world::{Answer, Door, PASSWORD, World, story};

async fn token(door: &Door, email: &str) -> String {
    door.log_in(email, PASSWORD)
        .await
        .text("accessToken")
        .to_owned()
}

fn slugs_of(answer: &Answer) -> Vec<String> {
    let tenants = answer.body["tenants"].as_array().unwrap();
    tenants
        .iter()
        .map(|t| t["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_resolved_with_its_tenant_and_no_other() {
    story(async {
        let world = World::start("caller-person").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (
            world.tenant(provider, "alfa").await,
            world.tenant(provider, "beta").await,
        );
        let ana = world.person("Ana Quispe", &a, Role::TenantAdmin).await;
        let door = world.serve();
        let token = token(&door, "ana.quispe@ejemplo.pe").await;

        for wished in [None, Some("alfa"), Some(a.id.to_string().as_str())] {
            let answer = door.caller("bearer", &token, wished).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let claims: Claims = serde_json::from_value(answer.body).unwrap();
            assert_eq!(
                (claims.scope.as_str(), claims.tenant),
                ("tenant_admin", Some(a.id))
            );
            assert_eq!(Caller::from(claims), ana);
        }
        for foreign in ["beta", "nada", b.id.to_string().as_str(), "ten_x"] {
            let answer = door.caller("bearer", &token, Some(foreign)).await;
            assert_eq!(answer.refusal(), (403, "NOT_FOUND"), "{foreign}");
        }
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_have_the_tenants_of_the_moment_without_suspended_ones() {
    story(async {
        let world = World::start("caller-staff").await;
        let operator = world.operator();
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (
            world.tenant(provider, "alfa").await,
            world.tenant(provider, "beta").await,
        );
        let luis = world
            .staff(
                "Luis Rojas",
                provider,
                &[
                    (&a, &[Role::Agent]),
                    (&b, &[Role::Coordinator, Role::Agent]),
                ],
            )
            .await;
        let door = world.serve();
        world.make_ready(b.id).await;
        let token = token(&door, "luis.rojas@ejemplo.pe").await;

        let answer = door.caller("bearer", &token, None).await;
        let both = vec![a.id.to_string(), b.id.to_string()];
        assert_eq!(slugs_of(&answer), both);
        assert_eq!(answer.text("scope"), "agent coordinator");
        assert_eq!(
            (answer.text("kind"), answer.text("provider")),
            ("staff", provider.to_string().as_str())
        );
        assert_eq!(answer.body["tenant"], Value::Null, "none was chosen");
        let chosen = door.caller("bearer", &token, Some("beta")).await;
        assert_eq!(chosen.text("tenant"), b.id.to_string());

        world
            .change(
                &operator,
                "suspendTenant",
                json!({"tenant": b.id}),
                "problems { code }",
            )
            .await;
        assert_eq!(
            slugs_of(&door.caller("bearer", &token, None).await),
            [a.id.to_string()]
        );
        assert_eq!(
            door.caller("bearer", &token, Some("beta")).await.refusal(),
            (403, "SUSPENDED")
        );
        world
            .change(
                &operator,
                "resumeTenant",
                json!({"tenant": b.id}),
                "problems { code }",
            )
            .await;
        assert_eq!(slugs_of(&door.caller("bearer", &token, None).await), both);

        let end = json!({"staff": luis.person, "tenant": a.id});
        world
            .change(&operator, "unassignStaff", end, "problems { code }")
            .await;
        assert_eq!(
            slugs_of(&door.caller("bearer", &token, None).await),
            [b.id.to_string()]
        );
        assert_eq!(
            door.caller("bearer", &token, Some("alfa")).await.refusal(),
            (403, "NOT_FOUND")
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_machines_of_a_suspended_tenant_are_told_so() {
    story(async {
        let world = World::start("caller-suspended").await;
        let operator = world.operator();
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "alfa").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let key = world
            .change(&admin, "createApiKey", json!({"name": "M"}), "secret")
            .await;
        let key = key["secret"].as_str().unwrap();
        let door = world.serve();
        world.make_ready(tenant.id).await;
        let session = door.log_in("ana.quispe@ejemplo.pe", PASSWORD).await;
        world
            .change(
                &operator,
                "suspendTenant",
                json!({"tenant": tenant.id}),
                "problems { code }",
            )
            .await;
        for wished in [None, Some("alfa")] {
            assert_eq!(
                door.caller("bearer", session.text("accessToken"), wished)
                    .await
                    .refusal(),
                (403, "SUSPENDED")
            );
            assert_eq!(
                door.caller("api_key", key, wished).await.refusal(),
                (403, "SUSPENDED")
            );
        }
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", PASSWORD)
                .await
                .refusal(),
            (403, "SUSPENDED")
        );
        assert_eq!(
            door.log_in("ana.quispe@ejemplo.pe", "otra clave larga")
                .await
                .status,
            401,
            "only who knows the password is told"
        );
        world
            .change(
                &operator,
                "resumeTenant",
                json!({"tenant": tenant.id}),
                "problems { code }",
            )
            .await;
        assert_eq!(door.caller("api_key", key, None).await.status, 200);
        assert_eq!(
            door.caller("bearer", session.text("accessToken"), None)
                .await
                .status,
            200
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_opens_to_the_gateway_alone() {
    story(async {
        let world = World::start("caller-door").await;
        let door = world.serve();
        for key in [
            None,
            Some(""),
            Some("only the gateway knows thiS"),
            Some("only the gateway knows this "),
        ] {
            // A client trims a header's blanks: the last one is the right key.
            let expected = if key.is_some_and(|k| k.trim() == crate::world::INTERNAL_KEY) {
                401
            } else {
                404
            };
            assert_eq!(door.caller_with_key(key).await.status, expected, "{key:?}");
        }
        let forged = KeyPair::generate(&*world.ids);
        let forged = directory::credentials::Tokens::new(&forged).unwrap();
        let (person, session) = (
            ids::PersonId::new(&*world.ids),
            ids::SessionId::new(&*world.ids),
        );
        let token = forged
            .sign(person, session, world.now(), chrono::TimeDelta::minutes(5))
            .unwrap();
        assert_eq!(
            door.caller("bearer", &token, None).await.refusal(),
            (401, "UNAUTHENTICATED")
        );
        assert_eq!(
            door.caller("bearer", "nada", None).await.refusal(),
            (401, "UNAUTHENTICATED")
        );
        assert_eq!(
            door.caller("otra", "nada", None).await.refusal(),
            (400, "BAD_INPUT")
        );
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}
