//! Who sees what of whom.

use access::Role;
use ids::GlobalId;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};

use crate::world::{World, global, story};

const ENTITIES: &str = "query($of: [_Any!]!) { _entities(representations: $of) { \
    ... on Person { name kind email roles locale country vip active } ... on Application { code } ... on Tenant { slug } } }";

fn person(id: &str) -> Value {
    json!({"__typename": "Person", "id": id})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_for_the_tenant_and_an_address_for_those_who_may_read_people() {
    story(async {
        let world = World::start("see-people").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (world.tenant(provider, "alfa").await, world.tenant(provider, "beta").await);
        let admin = world.person("Ana Quispe", &a, Role::TenantAdmin).await;
        let rosa = world.person("Rosa Huaman", &a, Role::Requester).await;
        let foreign = world.person("Beto Diaz", &b, Role::Requester).await;
        let luis = world.staff("Luis Rojas", provider, &[(&a, &[Role::Agent])]).await;
        let idle = world.staff("Nora Paz", provider, &[(&b, &[Role::Agent])]).await;
        let key = world.change(&admin, "createApiKey", json!({"name": "Monitoreo"}), "apiKey { id }").await;
        let key: GlobalId<ids::ApiKeyId> = crate::world::id(&key["apiKey"]["id"]);

        let of = json!([
            person(&global(&a, admin.person)), person(&global(&a, rosa.person)), person(&global(&a, luis.person)),
            person(&global(&a, access::Caller::person_of_key(key.id))), person(&global(&b, foreign.person)),
            person(&global(&a, foreign.person)), person(&global(&a, idle.person)), person("per_nada"),
            {"__typename": "Tenant", "id": a.id}, {"__typename": "Tenant", "id": b.id},
        ]);
        let seen = world.data(&rosa, ENTITIES, json!({"of": of})).await;
        let seen = seen["_entities"].as_array().unwrap();
        assert_eq!((&seen[0]["name"], &seen[0]["kind"]), (&json!("Ana Quispe"), &json!("TENANT")));
        for field in ["email", "roles", "locale", "country", "vip", "active"] {
            assert_eq!(seen[0][field], Value::Null, "{field} of another");
            assert_ne!(seen[1][field], Value::Null, "{field} of oneself");
        }
        assert_eq!((&seen[2]["name"], &seen[2]["kind"], &seen[2]["email"]), (&json!("Luis Rojas"), &json!("PROVIDER"), &Value::Null));
        assert_eq!((&seen[3]["name"], &seen[3]["kind"]), (&json!("Monitoreo"), &json!("MACHINE")));
        for (n, why) in [(4, "another tenant's"), (5, "under the wrong tenant"), (6, "never worked here"), (7, "no id"), (9, "another tenant")] {
            assert_eq!(seen[n], Value::Null, "{why}");
        }
        assert_eq!(seen[8]["slug"], "alfa");

        for reader in [&admin, &luis] {
            let seen = world.data(reader, ENTITIES, json!({"of": [person(&global(&a, rosa.person))]})).await;
            assert_eq!(seen["_entities"][0]["email"], "rosa.huaman@ejemplo.pe");
        }
        // Who worked here keeps a name after leaving.
        let end = json!({"staff": luis.person, "tenant": a.id});
        world.change(&world.operator(), "unassignStaff", end, "problems { code }").await;
        let seen = world.data(&rosa, ENTITIES, json!({"of": [person(&global(&a, luis.person))]})).await;
        assert_eq!(seen["_entities"][0]["name"], "Luis Rojas");
        // The operator runs the platform and sees nobody.
        let seen = world.data(&world.operator(), ENTITIES, json!({"of": [person(&global(&a, rosa.person))]})).await;
        assert_eq!(seen["_entities"][0], Value::Null);
        let (_, errors) = world.ask(&rosa, "{ people { nodes { name } } }", json!({})).await;
        assert_eq!(errors, ["FORBIDDEN"]);
        world.suite.finish().await;
    })
    .await;
}

/// Transactions begun so far, by scope, as the metrics count them.
fn begun(metrics: &PrometheusHandle, scope: &str) -> u64 {
    let wanted = format!("scope=\"{scope}\"");
    let text = metrics.render();
    let line = text
        .lines()
        .find(|l| l.starts_with("tenancy_tx_begun_total") && l.contains(&wanted));
    line.and_then(|l| l.rsplit(' ').next())
        .map_or(0, |n| n.parse().unwrap())
}

// On one thread: this thread's recorder then sees what the loaders do.
#[tokio::test(flavor = "current_thread")]
async fn many_entities_are_one_transaction_per_tenant() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _counting = metrics::set_default_local_recorder(&recorder);
    story(async {
        let world = World::start("see-many").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (
            world.tenant(provider, "alfa").await,
            world.tenant(provider, "beta").await,
        );
        let mut of = Vec::new();
        for n in 0..10 {
            for tenant in [&a, &b] {
                let someone = world
                    .person(&format!("Persona {n}"), tenant, Role::Requester)
                    .await;
                of.push(person(&global(tenant, someone.person)));
            }
        }
        let luis = world
            .staff(
                "Luis Rojas",
                provider,
                &[(&a, &[Role::Agent]), (&b, &[Role::Agent])],
            )
            .await;
        let before = (begun(&metrics, "tenant"), begun(&metrics, "provider"));
        let seen = world.data(&luis, ENTITIES, json!({"of": of})).await;
        let after = (begun(&metrics, "tenant"), begun(&metrics, "provider"));
        let seen = seen["_entities"].as_array().unwrap();
        assert_eq!(seen.iter().filter(|p| p["email"].is_string()).count(), 20);
        assert!(before.0 > 0, "the metrics count");
        assert_eq!((after.0 - before.0, after.1 - before.1), (2, 0));
        world.suite.finish().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_itself_keeps_tenants_apart_on_the_platform() {
    story(async {
        let world = World::start("see-platform").await;
        let provider = world.provider("mesa-lima").await;
        let (a, b) = (
            world.tenant(provider, "alfa").await,
            world.tenant(provider, "beta").await,
        );
        for tenant in [&a, &b] {
            world.person("Ana Quispe", tenant, Role::TenantAdmin).await;
        }
        world
            .staff("Luis Rojas", provider, &[(&a, &[Role::Agent])])
            .await;
        let mut tx = world.deps.db.begin(a.id).await.unwrap();
        let owners: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT owner FROM platform.login")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(
            owners,
            [a.id.uuid()],
            "neither the other tenant's nor the provider's"
        );
        for forbidden in [
            "SELECT count(*) FROM platform.tenant_record",
            "SELECT count(*) FROM platform.installation",
            "SELECT count(*) FROM platform.operator",
            "SELECT count(*) FROM platform.refresh_token",
            "SELECT count(*) FROM platform.login_attempt",
            "SELECT kind FROM platform.session",
            "UPDATE platform.session SET person = owner",
        ] {
            let mut tx = world.deps.db.begin(a.id).await.unwrap();
            let refused = sqlx::query(forbidden).execute(tx.conn()).await.unwrap_err();
            let code = refused
                .as_database_error()
                .and_then(|e| e.code().map(|c| c.to_string()));
            assert_eq!(code.as_deref(), Some("42501"), "{forbidden}: {refused}");
        }
        let mut tx = world.deps.db.begin(a.id).await.unwrap();
        let planted = sqlx::query(
            "INSERT INTO platform.api_key_index (secret_hash, owner, key) VALUES ('x', $1, $1)",
        )
        .bind(b.id.uuid())
        .execute(tx.conn())
        .await;
        assert!(planted.is_err(), "a key that opens another tenant");
        // A provider's transaction for alfa sees nothing of beta.
        let mut tx = world
            .deps
            .db
            .begin_provider(provider, &[b.id])
            .await
            .unwrap();
        let n: i64 = sqlx::query_scalar("SELECT count(*) FROM assignment")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(n, 0);
        world.suite.finish().await;
    })
    .await;
}
