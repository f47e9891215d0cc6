//! Keys of a tenant's machines.

use access::Role;
use chrono::TimeDelta;
use ids::{ApiKeyId, GlobalId};
use serde_json::json;

use crate::world::{World, codes, id, story};

const FIELDS: &str = "apiKey { id name prefix roles createdBy { name } lastUsedAt revokedAt } secret problems { code }";

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_works_and_is_revoked() {
    story(async {
        let world = World::start("key-life").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let door = world.serve();

        let input = json!({"name": "Monitoreo", "idempotencyKey": "k"});
        let done = world
            .change(&admin, "createApiKey", input.clone(), FIELDS)
            .await;
        let secret = done["secret"].as_str().unwrap().to_owned();
        assert!(secret.starts_with("vk_") && secret.len() == 55);
        assert_eq!(done["apiKey"]["roles"], json!(["INTEGRATOR"]));
        assert_eq!(done["apiKey"]["createdBy"]["name"], "Ana Quispe");
        assert!(secret.starts_with(done["apiKey"]["prefix"].as_str().unwrap()));
        let again = world.change(&admin, "createApiKey", input, FIELDS).await;
        assert_eq!(
            (&again["apiKey"]["id"], &again["secret"]),
            (&done["apiKey"]["id"], &json!(null))
        );
        let input = json!({"name": "X", "roles": ["TENANT_ADMIN"]});
        assert_eq!(
            codes(&world.change(&admin, "createApiKey", input, FIELDS).await),
            ["ROLE_INVALID"]
        );

        let key: GlobalId<ApiKeyId> = id(&done["apiKey"]["id"]);
        let caller = door.caller("api_key", &secret, None).await;
        assert_eq!(caller.status, 200, "{caller:?}");
        assert_eq!(caller.text("kind"), "machine");
        assert_eq!(caller.text("tenant"), tenant.id.to_string());
        assert_eq!(
            caller.body["tenants"],
            json!([{"id": tenant.id, "roles": ["integrator"]}])
        );
        assert_eq!(caller.text("scope"), "integrator");
        let worn = access::Caller::person_of_key(key.id);
        assert_eq!(caller.text("sub"), worn.to_string());

        // Uses are noted to the hour.
        let used = || async {
            let data = world
                .data(&admin, "{ apiKeys { lastUsedAt } }", json!({}))
                .await;
            data["apiKeys"][0]["lastUsedAt"].clone()
        };
        let first = used().await;
        assert!(first.is_string());
        world.later(TimeDelta::minutes(59));
        door.caller("api_key", &secret, None).await;
        assert_eq!(used().await, first);
        world.later(TimeDelta::minutes(2));
        door.caller("api_key", &secret, None).await;
        assert_ne!(used().await, first);

        let revoked = world
            .change(
                &admin,
                "revokeApiKey",
                json!({"apiKey": key}),
                "apiKey { revokedAt } problems { code }",
            )
            .await;
        assert!(revoked["apiKey"]["revokedAt"].is_string());
        let again = world
            .change(
                &admin,
                "revokeApiKey",
                json!({"apiKey": key}),
                "apiKey { revokedAt } problems { code }",
            )
            .await;
        assert_eq!(again, revoked, "already so");
        assert_eq!(
            door.caller("api_key", &secret, None).await.refusal(),
            (401, "UNAUTHENTICATED")
        );
        for wrong in ["vk_x", "", "nada", &secret[..54]] {
            assert_eq!(
                door.caller("api_key", wrong, None).await.refusal(),
                (401, "UNAUTHENTICATED"),
                "{wrong}"
            );
        }
        door.close().await;
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_kept() {
    story(async {
        let world = World::start("key-kept").await;
        let provider = world.provider("mesa-lima").await;
        let tenant = world.tenant(provider, "banco-sur").await;
        let admin = world.person("Ana Quispe", &tenant, Role::TenantAdmin).await;
        let done = world.change(&admin, "createApiKey", json!({"name": "M"}), FIELDS).await;
        let secret = done["secret"].as_str().unwrap();
        let mut tx = world.deps.db.begin(tenant.id).await.unwrap();
        let rows: Vec<String> = sqlx::query_scalar("SELECT k::text FROM api_key k UNION ALL SELECT i::text FROM platform.api_key_index i UNION ALL SELECT r::text FROM idempotency r")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|r| !r.contains(&secret[12..])));
        world.suite.finish().await;
    })
    .await;
}
